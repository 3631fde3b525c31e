"""Every request of a signed-in officer carries a viewer; a session left alone ends; a password that must be changed is changed first."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from mingjing.accounts.scope import viewer

SEEN = "seen_at"
SEEN_EVERY = 60  # seconds; the session is not written at every request
OPEN_WHILE_CHANGING = ("/account/", "/static/")


def officer_on_duty(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Sets `request.viewer` (None without sign-in); officers who left or lost every duty are signed out at once."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = None
        if request.user.is_authenticated:
            request.viewer = viewer(request.user)
            if idle_too_long(request):
                logout(request)
                request.viewer = None
                messages.info(request, f"已超过 {settings.SESSION_IDLE_MINUTES} 分钟没有操作，请重新登录。")
            elif request.user.must_change_password and not request.path.startswith(OPEN_WHILE_CHANGING):
                return redirect("account_change_password")
        return get_response(request)

    return middleware


def idle_too_long(request: HttpRequest) -> bool:
    now = timezone.now().timestamp()
    seen = request.session.get(SEEN, now)
    if now - seen > settings.SESSION_IDLE_MINUTES * 60:
        return True
    if SEEN not in request.session or now - seen > SEEN_EVERY:
        request.session[SEEN] = now
    return False
