"""我的今日: what ends first among the own matters, what waits for the own words or judgement, and for whoever answers for units how they stand.

Counts by unit only, never by officer, and in the order of the units: nothing here is a ranking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, DateTimeField, F, Q, QuerySet, Value, When, Window
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString

from mingjing.accounts.scope import Viewer
from mingjing.alerts import lists, queries, radar, states
from mingjing.alerts.library import Library, library
from mingjing.alerts.models import Alert, Clock
from mingjing.alerts.models.alert import RANKS

SHOWN = 8
COUNTED = 1000  # of the number in the top bar; more says as little as this
WAITING = {states.OPEN: "签收", states.ACKNOWLEDGED: "反馈", states.RECTIFYING: "反馈", states.RETURNED: "再次反馈"}
ABOVE = frozenset({"单位负责人", "法制员", "法制支队监督岗", "局领导", "督察"})  # who answers for units


@dataclass(frozen=True)
class Line:
    """Something that ends at `due_at`; `is_parameter`: a time of the house, no limit of law."""

    due_at: datetime
    level: SafeString
    rank: int
    title: str
    about: str
    url: str
    due_url: str = ""
    is_parameter: bool = False


@dataclass(frozen=True)
class Box:
    """A number and the list behind it."""

    label: str
    number: int
    url: str


@dataclass(frozen=True)
class UnitRow:
    """How the limits and alerts of a unit and those below it stand. Each figure with its list."""

    name: str
    over: Box
    today: Box
    live: Box
    unsigned: Box


@dataclass(frozen=True)
class Today:
    lines: Sequence[Line]
    limits: Box
    alerts: Box
    boxes: Sequence[Box]
    chart: dict[str, Any]
    units: Sequence[UnitRow]

    @property
    def has_own(self) -> bool:
        """Whether there is something of the viewer's own to show, or nothing else anyway."""
        return bool(self.lines or self.limits.number or self.alerts.number or not self.units)


def today(viewer: Viewer) -> Today:
    """At most six queries, besides the units and grants of the viewer."""
    limits, alerts = _own_limits(viewer), _own_alerts(viewer)
    rules = library()
    lines = [*(_of_limit(clock, rules) for clock in limits), *(_of_alert(alert) for alert in alerts if alert.own_term)]
    counts = alerts[0] if alerts else None
    boxes = [
        Box("被退回", counts.returned if counts else 0, _alerts(mine="1", state=states.RETURNED)),
        Box("待我说明", counts.answering if counts else 0, _alerts(answer="1")),
        Box("新到", counts.fresh if counts else 0, _alerts(mine="1", state=states.OPEN)),
    ]
    if viewer.may("alert", "close") or viewer.may("alert", "uphold"):
        boxes.append(Box("待我审核", _to_judge(viewer), _alerts(judge="1")))
    return Today(
        lines=sorted(lines, key=lambda line: (line.due_at, line.rank, line.url))[:SHOWN],
        limits=Box("我承办的时限", limits[0].all_of_them if limits else 0, _radar(mine="1")),
        alerts=Box("我负责的预警", counts.all_of_them if counts else 0, _alerts(mine="1")), boxes=boxes,
        chart=radar.chart(queries.clocks(viewer), viewer.at, QueryDict(), "today"), units=_units(viewer) if viewer.duties & ABOVE else ())


def count_today(viewer: Viewer) -> int:
    """Limits within reach that end today, at most COUNTED."""
    return queries.clocks(viewer).filter(radar.ends_today(viewer.at)).order_by()[:COUNTED].count()


def count_unread(viewer: Viewer) -> int:
    return queries.notices(viewer).filter(read_at__isnull=True).order_by()[:COUNTED].count()


# --- the own ---

def _own_limits(viewer: Viewer) -> list[Clock]:
    own = queries.clocks(viewer).filter(matter_code__in=queries.own_matters(viewer.officer))
    return list(own.annotate(all_of_them=Window(Count("pk"))).order_by("due_at", "pk")[:SHOWN])


def _own_alerts(viewer: Viewer) -> list[Alert]:
    """The first by the time to sign or to answer, each with how many there are of each kind."""
    own = queries.alerts(viewer).filter(officer=viewer.officer, state__in=states.LIVE, leader__isnull=True)
    term = Case(
        When(state=states.OPEN, then=F("acknowledge_by")), When(state__in=tuple(WAITING), then=F("answer_by")), default=None,
        output_field=DateTimeField())
    counted = own.annotate(
        own_term=term, all_of_them=Window(Count("pk")), returned=_number(Q(state=states.RETURNED)), fresh=_number(Q(state=states.OPEN)),
        answering=_number(Q(state__in=queries.ANSWERING)))
    return list(counted.order_by(F("own_term").asc(nulls_last=True), "rank", "code")[:SHOWN])


def _number(condition: Q) -> Window:
    return Window(Count("pk", filter=condition))


def _to_judge(viewer: Viewer) -> int:
    return queries.alerts(viewer).filter(queries.to_judge(viewer), leader__isnull=True).order_by()[:COUNTED].count()


def _of_limit(clock: Clock, rules: Library) -> Line:
    url = radar.strip_url(clock)
    return Line(clock.due_at, lists.level_badge(clock.level), RANKS[clock.level], radar.about(clock), radar.subject_of_limit(rules, clock), url, url)


def _of_alert(alert: Alert) -> Line:
    return Line(
        alert.own_term, lists.level_badge(alert.level), alert.rank,
        f"{WAITING[alert.state]}：{alert.message}", f"预警 {alert.code}", lists.page_of_alert(alert),
        is_parameter=True)


# --- by unit ---

def _units(viewer: Viewer) -> list[UnitRow]:
    """The units directly below those where the viewer's duties are held, in the order of the tree; each unit itself as the sum."""
    counts = _by_unit(viewer)
    rows = []
    for top in viewer.paths("alert"):
        depth = top.count("/")
        places = [place for place in viewer.tree.values() if place.path.startswith(top) and place.path.count("/") <= depth + 1]
        rows += [_row(viewer, place, counts, is_sum=place.path == top and len(places) > 1) for place in places]
    return rows


def _by_unit(viewer: Viewer) -> dict[str, tuple[int, int, int, int]]:
    """Code of the unit → over, ends today, live alerts, unsigned alerts; in one query."""
    over, ends = Count("pk", filter=radar.is_over(viewer.at)), Count("pk", filter=radar.ends_today(viewer.at))
    limits = _grouped(queries.clocks(viewer).filter(due_at__lte=radar.midnight(viewer.at, 1)), "clock", over, ends)
    live = queries.alerts(viewer).filter(state__in=states.LIVE, leader__isnull=True)
    alerts = _grouped(live, "alert", Count("pk"), Count("pk", filter=Q(state=states.OPEN)))
    counts: dict[str, tuple[int, int, int, int]] = {}
    for row in limits.union(alerts, all=True):
        held = counts.get(row["unit_id"], (0, 0, 0, 0))
        counts[row["unit_id"]] = (row["one"], row["two"], *held[2:]) if row["of"] == "clock" else (*held[:2], row["one"], row["two"])
    return counts


def _grouped(rows: QuerySet, of: str, one: Count, two: Count) -> QuerySet:
    return rows.order_by().values("unit_id", of=Value(of)).annotate(one=one, two=two)


def _row(viewer: Viewer, place: Any, counts: dict[str, tuple[int, int, int, int]], *, is_sum: bool) -> UnitRow:
    below = [counts[code] for code, unit in viewer.tree.items() if code in counts and unit.path.startswith(place.path)]
    over, ends, live, unsigned = (sum(column) for column in zip(*below, strict=True)) if below else (0, 0, 0, 0)
    unit = {"unit": place.code}
    return UnitRow(
        f"{place.name}（合计）" if is_sum else place.name, Box("已超期", over, _radar(**unit, over="1")), Box("今日届满", ends, _radar(**unit, today="1")),
        Box("未办结预警", live, _alerts(**unit)), Box("未签收", unsigned, _alerts(**unit, state=states.OPEN)))


# --- addresses ---

def _radar(**conditions: str) -> str:
    return f"{reverse('alerts:radar')}?{urlencode(conditions)}"


def _alerts(**conditions: str) -> str:
    return f"{reverse('alerts:alerts')}?{urlencode(conditions)}"
