"""What the views of forms share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mingjing.accounts.scope import Viewer
from mingjing.ledger.actions import record
from mingjing.lib.refused import Forbidden
from mingjing.ui.forms import HouseForm, done


def require(viewer: Viewer, kind: str, act: str) -> None:
    """Raises Forbidden for whoever has no duty for this at all."""
    if not viewer.may(kind, act):
        raise Forbidden("你现在的职责不包括这个页面。需要时请由有职责的人办理，或联系系统管理员调整职责。")


def ask(
    request: HttpRequest, form: HouseForm, act: Callable[..., Any], *, title: str, submit: str, back: str, said: str = "", notes: tuple[str, ...] = (),
) -> HttpResponse:
    """Show a form; when it is sent, do the act with what was typed, and go back. A result with a one-time password is shown instead, once.

    `act` takes the form's fields; `said` is told on the page that follows; `notes` say beforehand what will happen.
    """
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            result = act(**form.cleaned_data)
        if form.is_valid():
            if isinstance(result, tuple):
                return shown_once(request, *result, back)
            if said:
                messages.success(request, said)
            return done(request, back)
    return form.respond(request, title=title, submit=submit, cancel=back, template="accounts/form.html", context={"notes": notes})


def shown_once(request: HttpRequest, officer: Any, password: str, back: str) -> HttpResponse:
    response = render(request, "accounts/one_time_password.html", {"officer": officer, "password": password, "back": back, "title": "一次性密码"})
    response.headers["Cache-Control"] = "no-store"
    return response


def exported(subject: str) -> Callable[[HttpRequest, int], None]:
    """For a Listing: an export is on record."""
    def on_export(request: HttpRequest, count: int) -> None:
        with transaction.atomic():
            record(
                by=request.viewer.officer, kind=f"{subject}.export", subject_kind=subject, subject_code="", count=count,
                conditions=request.GET.urlencode()[:500])
    return on_export
