"""The ledger's own pages: its state and check, the head to be printed, the entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from mingjing.ledger import actions, anchors, contents, guards, kinds, queries
from mingjing.ledger.models import Event
from mingjing.ledger.verification import Progress
from mingjing.lib.refused import Forbidden, Refused
from mingjing.ui import times
from mingjing.ui.lists import Button, Choice, Column, DateRange, Listing, Text

UNDER_WAY = "ledger_verification"  # in the session: how far this officer's check has come
SHOWN_HEADS = 31


def permit(request: HttpRequest, act: str) -> None:
    if request.viewer is None or not request.viewer.may("ledger", act):
        raise Forbidden("台账由法制支队监督岗、督察和系统管理员查看与核验。需要时请由其办理，或联系系统管理员调整职责。")


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    permit(request, "read")
    kept, faults = anchors.read(anchors.folder())
    context = {
        "title": "台账核验", "kept": kept[-1] if kept else None, "faults": faults, "unguarded": guards.missing(connection),
        "buttons": [Button("全部记录", reverse("ledger:entries"), "list"), Button("当日链头", reverse("ledger:head"), "printer")],
    }
    return render(request, "ledger/check.html", {**context, **_verification(request)})


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Start, go on with, or give up a check. One request checks one slice; the place is kept in the session."""
    permit(request, "verify")
    wish, packed = request.POST.get("do", ""), request.session.get(UNDER_WAY)
    if wish not in ("start", "step", "stop"):
        raise Refused("没有这种操作。请返回台账核验页面重新操作。")
    progress = Progress() if wish == "start" else Progress.unpacked(packed) if wish == "step" and packed else None
    is_running = progress is not None and _go_on(request, progress)
    if not is_running:
        request.session.pop(UNDER_WAY, None)
    if not request.htmx:
        return redirect("ledger:check")
    return render(request, "ledger/_verification.html", {**_verification(request), "is_running": is_running})


def _go_on(request: HttpRequest, progress: Progress) -> bool:
    """Check one slice; whether more follow. The result of the whole is kept in the ledger itself."""
    progress.step()
    if progress.is_finished:
        actions.record_verification(by=request.viewer.officer, report=progress.report)
    else:
        request.session[UNDER_WAY] = progress.packed()
    return not progress.is_finished


def _verification(request: HttpRequest) -> dict[str, Any]:
    """The check under way, the latest finished one, and which of the entries they name this viewer may open."""
    packed = request.session.get(UNDER_WAY)
    progress = Progress.unpacked(packed).report if packed else None
    last, latest = queries.head(), queries.verifications().first()
    outcome = contents.outcome(latest) if latest else None
    named = [event.seq for event in (last, latest) if event] + [flaw.seq for report in (progress, outcome) if report for flaw in report.flaws]
    return {
        "head": last, "progress": progress, "latest": latest, "outcome": outcome, "may_verify": request.viewer.may("ledger", "verify"),
        "readable": _readable(request, named),
    }


def _readable(request: HttpRequest, numbers: Iterable[int]) -> set[int]:
    return set(queries.visible(request.viewer).filter(seq__in=numbers).values_list("seq", flat=True))


@require_safe
def head(request: HttpRequest) -> HttpResponse:
    """The head as it is now, on a sheet to be signed, and the heads kept last."""
    permit(request, "read")
    last = queries.head()
    kept, faults = anchors.read(anchors.folder())
    context = {"title": "台账链头", "sheet": anchors.of(last, timezone.now()) if last else None, "kept": kept[: -SHOWN_HEADS - 1 : -1], "faults": faults}
    return render(request, "ledger/head.html", context)


LATE = mark_safe(' <span class="badge outline">补录</span>')


def _recorded(event: Event) -> SafeString:
    return format_html("{}{}", times.marked(event.recorded_at), LATE if event.is_late else "")


LISTING = Listing(
    name="ledger", title="台账记录", unit="条", default_sort="-seq", tie_break="seq",
    columns=[
        Column("seq", "序号", kind="code", link=lambda event: reverse("ledger:entry", args=[event.seq]), sort="seq"),
        Column("occurred_at", "发生时间", kind="time", sort="occurred_at"),
        Column("recorded_at", "记录时间", kind="time", sort="recorded_at", render=_recorded),
        Column("kind", "事项", value="label"),
        Column("actor", "经办人警号", kind="code"), Column("unit", "经办人单位", kind="code", shown=False),
        Column("subject_kind", "对象", value=lambda event: kinds.subject(event.subject_kind)),
        Column("subject_code", "对象编号", kind="code"), Column("matter_code", "所属案件或者警情", kind="code"),
        Column("is_late", "补录", kind="flag", shown=False), Column("digest", "摘要", kind="code", shown=False),
    ],
    filters=[
        DateRange("recorded", "记录日期", field="recorded_at"), DateRange("occurred", "发生日期", field="occurred_at"),
        Choice("kind", "事项", lambda viewer: kinds.choices()),
        Text("actor", "经办人警号", lookup="exact"), Text("matter", "案件或者警情编号", field="matter_code", lookup="exact"),
    ],
    empty=("台账里还没有记录", "任何一次办理、导入、查看完整号码都会在这里留下一条记录。"),
    on_export=lambda request, count: actions.record_export(by=request.viewer.officer, count=count, conditions=request.GET.dict()),
)


@require_safe
def entries(request: HttpRequest) -> HttpResponseBase:
    permit(request, "read")
    context = {"late_hours": contents.LATE_HOURS}
    return LISTING.respond(request, queries.visible(request.viewer), template="ledger/entries.html", context=context)


@require_safe
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    permit(request, "read")
    event = queries.visible(request.viewer).filter(seq=seq).first() if seq < 2**63 else None
    if event is None:
        raise Http404
    context = {
        "event": event, "link": contents.link(event), "content": contents.read(event), "late_hours": contents.LATE_HOURS,
        "readable": _readable(request, (seq - 1, seq + 1)), "subject": kinds.subject(event.subject_kind),
        "delay": times.span(event.delay), "groups": anchors.groups(event.digest),
    }
    return render(request, "ledger/entry.html", context)
