"""Small lists of alerts that pages of apps below fetch by htmx: of a case or incident, of a unit, one's own. What is out of reach looks like none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from mingjing.alerts import lists, queries, states
from mingjing.alerts.models import Alert
from mingjing.alerts.models.alert import LEVELS

SHOWN = 8


@require_safe
def of_matter(request: HttpRequest, matter: str) -> HttpResponse:
    """Alerts of a case or incident."""
    may_find = request.viewer.may("alert", "find")
    find_url = f"{reverse('alerts:find')}?{urlencode({'matter': matter})}" if may_find else ""
    return _part(request, queries.alerts(request.viewer).filter(matter_code=matter), {"matter": matter}, "本案预警", find_url=find_url)


@require_safe
def of_unit(request: HttpRequest, unit: str) -> HttpResponse:
    """Alerts of a unit and all below it. Counts are by level and never by officer."""
    placed = request.viewer.tree.get(unit)
    rows = queries.alerts(request.viewer).filter(unit__path__startswith=placed.path) if placed else Alert.objects.none()
    return _part(request, rows, {"unit": unit}, "本单位及下级单位的预警")


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Alerts that the viewer has to mend."""
    return _part(request, queries.alerts(request.viewer).filter(officer=request.viewer.officer), {"mine": "1"}, "我负责的预警")


def _part(request: HttpRequest, rows: QuerySet, condition: dict[str, str], title: str, *, find_url: str = "") -> HttpResponse:
    """Three queries. Asked for as a page, it leads to the list."""
    list_url = f"{reverse('alerts:alerts')}?{urlencode(condition)}"
    if not request.htmx:
        return redirect(list_url)
    live = rows.filter(state__in=states.LIVE, leader__isnull=True)
    counts = dict(live.order_by().values_list("level").annotate(Count("pk")))
    shown = list(lists.urgent_first(live.select_related("officer", "unit"))[:SHOWN]) if counts else []
    over = rows.filter(state__in=states.FINAL).count()
    context: dict[str, Any] = {
        "title": title, "list_url": list_url, "find_url": find_url, "levels": list(_levels(counts, list_url)), "total": sum(counts.values()), "over": over,
        "rows": [(row, lists.level_badge(row.level), lists.marks_of(row), lists.term(row)) for row in shown],
    }
    return render(request, "alerts/_part.html", context)


def _levels(counts: dict[str, int], list_url: str) -> Iterable[tuple[Any, int, str]]:
    return ((lists.level_badge(level), counts[level], f"{list_url}&level={level}") for level in LEVELS if counts.get(level))
