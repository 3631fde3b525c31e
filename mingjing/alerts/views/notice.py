"""站内信: the list, one notice (opening it marks it as read), signing for its alert, and marking several."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from mingjing.alerts import inbox as own
from mingjing.alerts import lists
from mingjing.alerts.actions import handling
from mingjing.alerts.actions.reading import read
from mingjing.alerts.models import Notice
from mingjing.lib.refused import Refused
from mingjing.ui.forms import done

MOST = 200  # marked at once


@require_safe
def inbox(request: HttpRequest) -> HttpResponseBase:
    return own.listing(request.viewer).respond(request, own.rows(request.viewer), template="alerts/inbox.html")


def _one(request: HttpRequest, pk: int) -> Notice:
    found = own.rows(request.viewer).filter(pk=pk).first()
    if found is None:
        raise Http404("没有这条站内信")
    return found


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    found = _one(request, pk)
    if found.read_at is None:
        read(by=request.viewer, keys=[pk])
    context = {
        "title": "站内信", "notice": found, "alert": found.alert, "level": lists.level_badge(found.alert.level),
        "may_sign": own.may_sign(request.viewer, found),
    }
    return render(request, "alerts/_notice.html", context)


@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """签收 straight from the inbox: the alert is acknowledged as it was seen (`version`), its notice is read."""
    found, version = _one(request, pk), request.POST.get("version", "")
    handling.acknowledge(by=request.viewer, code=found.alert_id, version=int(version) if version.isdecimal() and len(version) < 10 else None)
    read(by=request.viewer, keys=[pk])
    messages.success(request, f"已办理：签收（{found.alert_id}）。已记入台账。")
    return done(request, reverse("alerts:inbox"))


@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    keys = [key for key in request.POST.getlist("selected") if key.isascii() and key.isdecimal() and len(key) < 19]
    if not keys or len(keys) > MOST:
        raise Refused(f"请在列表里勾选 1 到 {MOST} 条站内信。")
    count = read(by=request.viewer, keys=[int(key) for key in keys])
    messages.success(request, f"已把 {count} 条标为已读。" if count else "这些站内信已经读过了。")
    return redirect("alerts:inbox")
