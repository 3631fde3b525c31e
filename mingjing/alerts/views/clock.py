"""时限雷达 and the strip of one limit, of a clock or of an alert."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from mingjing.accounts.scope import Viewer
from mingjing.alerts import evidence, lists, queries, radar, strips
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock
from mingjing.alerts.views.alert import matter_of, rule_url
from mingjing.alerts.views.alert_list import permit
from mingjing.ui.lists import Button, Listing, with_params

ON_PAPER = 500  # rows of the printed list


@require_safe
def clocks(request: HttpRequest) -> HttpResponseBase:
    permit(request.viewer)
    rows, listing = queries.clocks(request.viewer), radar.listing(library())
    is_part = bool(request.htmx) or "format" in request.GET
    context = {} if is_part else {"chart": _chart(request, listing, rows)}
    buttons = [Button("打印今日事项", reverse("alerts:print"), "printer")]
    return listing.respond(request, rows.select_related("unit", "officer"), template="alerts/radar.html", context=context, buttons=buttons)


@require_safe
def chart(request: HttpRequest) -> HttpResponse:
    """The chart alone, for when the list beside it is narrowed; asked for as a page, it leads there."""
    permit(request.viewer)
    if not request.htmx:
        return redirect(f"{reverse('alerts:radar')}{with_params(request.GET)}")
    found = _chart(request, radar.listing(library()), queries.clocks(request.viewer))
    return render(request, "alerts/_clock_chart.html", {"chart": found})


def _chart(request: HttpRequest, listing: Listing, rows: QuerySet[Clock]) -> dict[str, Any]:
    return radar.chart(radar.asked_without_window(listing, request, rows), request.viewer.at, request.GET)


@require_safe
def strip(request: HttpRequest, pk: int) -> HttpResponse:
    """How the end of a limit is reckoned, as a page or in the drawer."""
    clock = queries.one_clock(request.viewer, pk)
    alert = queries.alerts(request.viewer).filter(
        rule_code=clock.rule_code, origin=clock.origin, subject_kind=clock.subject_kind, subject_code=clock.subject_code).only("code", "state", "level").first()
    return render(request, "alerts/strip.html", _context(request.viewer, clock) | {"alert": alert, "is_running": True, "is_paused": clock.is_paused})


@require_safe
def alert_strip(request: HttpRequest, code: str) -> HttpResponse:
    """The same for the limit that an alert is about."""
    alert = queries.one(request.viewer, code)
    if alert.due_at is None or alert.source == Alert.Source.HAND:
        raise Http404("这条预警不是关于期限的")
    is_running = alert.stage in ("due_soon", "overdue") and alert.is_live and not alert.gone_at
    return render(request, "alerts/strip.html", _context(request.viewer, alert) | {"alert": alert, "is_running": is_running})


def _context(viewer: Viewer, row: Clock | Alert) -> dict[str, Any]:
    now, rule = timezone.now(), library().rules.get(row.rule_code)
    matter = matter_of(viewer, row)
    found = evidence.of(row, rule, viewer, subject=evidence.subject_of(row), sees_matter=matter is not None, now=now)
    return {
        "title": f"{rule.name if rule else row.rule_code}怎样算出", "row": row, "rule": rule, "rule_url": rule_url(row.rule_code), "evidence": found,
        "strip": strips.strip(found, now), "level": lists.level_badge(row.level), "matter_url": lists.page_of_matter(row) if matter else "",
        "estimated": strips.ESTIMATED,
    }


@require_safe
def today_on_paper(request: HttpRequest) -> HttpResponse:
    """What is over or ends today, by unit, for the morning meeting."""
    permit(request.viewer)
    now, rules = request.viewer.at, library()
    asked = queries.clocks(request.viewer).filter(radar.is_over(now) | radar.ends_today(now)).select_related("unit", "officer")
    rows = list(asked.order_by("unit__path", "due_at", "pk")[: ON_PAPER + 1])
    listed = [
        (row, lists.level_badge(row.level), radar.about(row), radar.subject_of_limit(rules, row), row.due_at < now) for row in rows[:ON_PAPER]
    ]
    context = {"title": "今日时限事项", "rows": listed, "on_paper": ON_PAPER, "is_cut": len(rows) > ON_PAPER, "over": sum(line[-1] for line in listed)}
    return render(request, "alerts/print.html", context)
