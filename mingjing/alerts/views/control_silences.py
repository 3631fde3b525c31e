"""静默: what is quiet now and why, what waits for a second person, what is over; asking, approving, ending."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import Viewer
from mingjing.accounts.views.asking import exported, require
from mingjing.alerts import queries, states
from mingjing.alerts.actions import silencing
from mingjing.alerts.history import called
from mingjing.alerts.library import library
from mingjing.alerts.lists import level_badge
from mingjing.alerts.models import Alert, Silence
from mingjing.alerts.rule_forms import PARAMETER, SilenceForm, longest_words
from mingjing.alerts.views.rule_list import alerts_url
from mingjing.ledger.models import Event
from mingjing.ledger.queries import of_subject
from mingjing.ui.forms import done
from mingjing.ui.lists import Button, Choice, Column, DateRange, Listing, UnitTree

SHOWN = 100  # silences in force or waiting that are shown at once; more would be no exception any more
NOW, WAITING, ENDED, OVER, LAPSED = "静默中", "待批准", "提前结束", "到期结束", "未批准"


# --- words ---

def is_early(silence: Silence) -> bool:
    """Ended by a person. One that ends by itself is closed at its very end."""
    return silence.ended_at is not None and silence.ended_at < silence.ends_at


def state_of(silence: Silence, now: datetime) -> str:
    if is_early(silence):
        return ENDED if silence.approved_by_id else LAPSED
    if silence.ends_at <= now:
        return OVER if silence.approved_by_id else LAPSED
    return NOW if silence.approved_by_id else WAITING


def about(silence: Silence) -> str:
    """Which alert, or which rule where."""
    rule = library().known(silence.rule_code)
    name = f"{silence.rule_code} {rule.name}" if rule else silence.rule_code
    return f"预警 {silence.alert_id}（{name}）" if silence.alert_id else name


def ended(silence: Silence) -> datetime:
    return silence.ended_at or silence.ends_at


def page(silence: Silence) -> str:
    return reverse("alerts:silence", args=[silence.pk])


def in_state(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    approved = Q(approved_by__isnull=False)
    early, by_itself = Q(ended_at__lt=F("ends_at")), Q(ended_at__isnull=True) | Q(ended_at=F("ends_at"))
    return rows.filter({ENDED: approved & early, OVER: approved & by_itself, LAPSED: ~approved}[value])


def units(viewer: Viewer) -> list[Any]:
    paths = tuple(viewer.paths("silence"))
    return [unit for unit in viewer.tree.values() if paths and unit.path.startswith(paths)]


PAST = Listing(
    name="silences", title="静默", unit="项", default_sort="-starts_at", tie_break="pk", on_export=exported("silence"),
    empty=("没有结束的静默", "静默到期或者提前结束以后列在这里。"),
    filters=[
        Choice("state", "结果", (OVER, ENDED, LAPSED), apply=in_state),
        UnitTree("unit", "单位", options=units),
        DateRange("ended", "截止日期", field="ends_at"),
    ],
    columns=[
        Column("about", "静默对象", value=about, link=page),
        Column("unit", "单位", value="unit.name"),
        Column("starts_at", "开始", kind="time", sort="starts_at"),
        Column("ended", "结束", kind="time", value=ended, sort="ends_at"),
        Column("state", "结果", value=lambda row: state_of(row, timezone.now()), kind="badge"),
        Column("reason", "理由"),
        Column("requested_by", "申请人", value="requested_by.name"),
        Column("approved_by", "批准人", value="approved_by.name"),
    ],
)


# --- pages ---

@require_safe
def silences(request: HttpRequest) -> HttpResponseBase:
    viewer, now = request.viewer, timezone.now()
    require(viewer, "silence", "read")
    rows = queries.silences(viewer).select_related("unit", "requested_by", "approved_by")
    is_live = Q(ended_at__isnull=True, ends_at__gt=now)
    live = list(rows.filter(is_live).order_by("ends_at", "pk")[:SHOWN + 1])
    context = {
        "quiet": [(row, about(row)) for row in live[:SHOWN] if row.approved_by_id], "waiting": [(row, about(row)) for row in live[:SHOWN]
        if not row.approved_by_id], "is_cut": len(live) > SHOWN, "shown": SHOWN, "longest": longest_words(), "parameter": PARAMETER,
    }
    buttons = [Button("申请静默", reverse("alerts:request_silence"), "bell-off", "primary")] if viewer.may("silence", "request") else []
    return PAST.respond(request, rows.exclude(is_live), template="alerts/silences.html", context=context, buttons=buttons)


@require_safe
def silence(request: HttpRequest, number: int) -> HttpResponse:
    viewer, now = request.viewer, timezone.now()
    require(viewer, "silence", "read")
    row = queries.one_silence(viewer, number)
    rule, state = library().known(row.rule_code), state_of(row, now)
    context = {
        "silence": row, "about": about(row), "rule": rule, "level": level_badge(rule.level) if rule else "", "state": state, "parameter": PARAMETER,
        "longest": longest_words(), "history": history(row), "title": f"静默 {about(row)}",
        "may_approve": state == WAITING and viewer.may("silence", "approve") and row.requested_by_id != viewer.officer.code,
        "may_end": state in (NOW, WAITING) and viewer.may("silence", "end"), "concerned": concerned(viewer, row),
        "is_early": is_early(row),
    }
    return render(request, "alerts/silence.html", context)


def history(row: Silence) -> list[tuple[Event, str]]:
    """What has happened to it, and by whom; by name where it was a person."""
    events = list(of_subject("silence", str(row.pk)).order_by("seq"))
    officers = {one.code: one for one in Officer.objects.filter(code__in={event.actor for event in events})}
    return [(event, called(officers.get(event.actor), event.actor)) for event in events]


def concerned(viewer: Viewer, row: Silence) -> tuple[int, str]:
    """How many live alerts it keeps quiet, of those that the viewer may read, and their list."""
    if row.alert_id:
        return 1, reverse("alerts:alert", args=[row.alert_id])
    rows = queries.alerts(viewer).filter(rule_code=row.rule_code, unit__path__startswith=row.unit.path, state__in=states.LIVE, leader__isnull=True)
    return rows.aggregate(number=Count("pk"))["number"], alerts_url(row.rule_code, state="live", unit=row.unit_id)


def request_(request: HttpRequest) -> HttpResponse:
    viewer = request.viewer
    require(viewer, "silence", "request")
    alert = queries.one(viewer, request.GET["alert"]) if request.GET.get("alert") else None
    initial = {"unit": request.GET.get("unit") or viewer.officer.unit_id, "rule_code": request.GET.get("rule", "")}
    form, back = SilenceForm(request.POST or None, viewer=viewer, is_for_alert=alert is not None, initial=initial), reverse("alerts:silences")
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            made = silencing.request(by=viewer, **_given(form.cleaned_data, alert))
        if form.is_valid():
            messages.success(request, "申请已提交。批准以前不会静默。")
            return done(request, page(made))
    context = {"alert": alert, "rule": library().known(alert.rule_code) if alert else None}
    cancel = reverse("alerts:alert", args=[alert.code]) if alert else back
    return form.respond(request, title="申请静默", submit="提交申请", cancel=cancel, template="alerts/silence_request.html", context=context)


def _given(typed: dict[str, Any], alert: Alert | None) -> dict[str, Any]:
    if alert is not None:
        return {**typed, "unit": alert.unit, "alert_code": alert.code}
    return {**typed, "unit": Unit.objects.get(code=typed["unit"])}


@require_POST
def approve(request: HttpRequest, number: int) -> HttpResponse:
    require(request.viewer, "silence", "approve")
    row = silencing.approve(by=request.viewer, pk=number)
    messages.success(request, "已批准，从现在起静默。")
    return done(request, page(row))


@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    require(request.viewer, "silence", "end")
    row = silencing.end(by=request.viewer, pk=number)
    messages.success(request, "静默已结束，照常推送。" if row.approved_by_id else "申请已终止。")
    return done(request, page(row))
