"""Too many failed sign-ins of one number from one address: a pause. Passwords and second factors are counted together, in one place: axes."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mingjing.accounts.actions import signing
from mingjing.accounts.models import Officer


def address(request: HttpRequest) -> str | None:
    """The address that a request came from, behind as many proxies as settings say; None for a request that came from nowhere, as in a test."""
    return get_adapter().get_client_ip(request) if "REMOTE_ADDR" in request.META else None


def is_locked(request: HttpRequest, code: str) -> bool:
    """Whether the number is locked at this address; the answer to the request is then the page below, whatever the view says."""
    if AxesProxyHandler.is_allowed(request, {"username": code}):
        return False
    request.axes_locked_out, request.axes_credentials = True, {"username": code}
    return True


def count(request: HttpRequest, officer: Officer, how: str) -> None:
    """A failure that Django's own authentication does not see, such as a wrong second factor."""
    AxesProxyHandler.user_login_failed(sender=__name__, credentials={"username": officer.code}, request=request)
    failed(request, officer.code, how)


def failed(request: HttpRequest, code: str, how: str) -> None:
    """Record a failure after it was counted. An attempt during a lockout is turned away before, and fills no ledger."""
    signing.failed(code=code, how=how, address=address(request), locks=request.axes_locked_out)


def locked_out(request: HttpRequest, *args: Any) -> HttpResponse:
    """The page for a locked number, with 429. It says the same for numbers that do not exist.

    axes passes other arguments under ASGI than under WSGI, so the number is taken from the request, where both leave it.
    """
    hours = settings.AXES_COOLOFF_TIME
    context = {"failures": settings.AXES_FAILURE_LIMIT, "hours": hours, "code": (request.axes_credentials or {}).get("username") or ""}
    page = render(request, "account/locked.html", context, status=429)
    page.headers["Retry-After"] = str(hours * 3600)
    return page
