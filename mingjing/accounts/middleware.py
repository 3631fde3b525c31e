"""Every request of a signed-in officer carries a viewer; a session left alone ends; a password that must be changed is changed first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from mingjing.accounts.actions import signing
from mingjing.accounts.adapter import WAYS, may_sign_in, ways
from mingjing.accounts.scope import viewer

SEEN = "seen_at"
SEEN_EVERY = 60  # seconds; the session is not written at every request
OPEN_WHILE_CHANGING = ("account_change_password", "account_logout", "account_reset_password")
OPEN_TO_ALL = ("/api/", *(("/style/",) if settings.DEBUG else ()))  # the API asks for its keys itself

Handler = Callable[[HttpRequest], HttpResponse]


def officer_on_duty(get_response: Handler) -> Handler:
    """Sets `request.viewer` (None without sign-in), with the duties held at this moment. Whoever may no longer sign in is signed out at once."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = None
        if request.user.is_authenticated:
            if not may_sign_in(request.user):
                logout(request)
            elif idle_too_long(request):
                signing.signed_out(officer=request.user, how="超时")
                logout(request)
                messages.info(request, f"已超过 {settings.SESSION_IDLE_MINUTES} 分钟没有操作，请重新登录。")
            else:
                request.viewer = viewer(request.user)
                if must_change_first(request):
                    return redirect("account_change_password")
        return get_response(request)

    return middleware


def sign_in_first(get_response: Handler) -> Handler:
    """No page without sign-in, unless its view says so itself: what is forgotten is closed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any) -> HttpResponse | None:
        if request.user.is_authenticated or not getattr(view, "login_required", True) or request.path.startswith(OPEN_TO_ALL):
            return None
        return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))

    middleware.process_view = process_view
    return middleware


def must_change_first(request: HttpRequest) -> bool:
    """The one-time password opens nothing but the page to change it. Who came through the directory did not use it and may never know it."""
    if not request.user.must_change_password or request.path in [reverse(name) for name in OPEN_WHILE_CHANGING]:
        return False
    return WAYS["socialaccount"] not in ways(request, request.user)


def idle_too_long(request: HttpRequest) -> bool:
    now = timezone.now().timestamp()
    seen = request.session.get(SEEN, now)
    if now - seen > settings.SESSION_IDLE_MINUTES * 60:
        return True
    if is_by_itself(request):
        return False
    if SEEN not in request.session or now - seen > SEEN_EVERY:
        request.session[SEEN] = now
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
    return False


def is_by_itself(request: HttpRequest) -> bool:
    """Whether an open page asks without anybody's hand, every minute or in its stream of events: that keeps no deserted session alive."""
    return request.headers.get("X-By-Itself") == "1" or request.headers.get("Accept") == "text/event-stream"
