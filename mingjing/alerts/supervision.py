"""督办: what was ordered from above, by whom, until when, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString

from mingjing.accounts.scope import Viewer
from mingjing.alerts import lists, queries, states
from mingjing.alerts.models import Alert, Statement
from mingjing.alerts.models.alert import LEVELS
from mingjing.cases.lists import on_export, units_in_reach
from mingjing.ui.html import fill
from mingjing.ui.lists import Choice, Column, DateRange, Flag, Listing, UnitTree
from mingjing.ui.templatetags.ui import due
from mingjing.ui.times import marked

LIVE, IN_TIME, LATE, ALL = "live", "in_time", "late", "all"
OUTCOMES = {LIVE: "督办中", "over": "督办中，已逾期", IN_TIME: "按期办结", LATE: "逾期办结", "dismissed": "已撤销", ALL: "全部"}


def supervised(viewer: Viewer) -> QuerySet[Alert]:
    """Those that the viewer may read, each with the `order` in words."""
    order = Statement.objects.filter(alert=OuterRef("pk"), act="supervise").order_by("-at", "-pk").values("text")[:1]
    rows = queries.alerts(viewer).filter(supervise_by__isnull=False).select_related("unit", "officer", "supervised_by")
    return rows.annotate(order=Subquery(order))


def of_outcome(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    in_time = Q(closed_at__lte=F("supervise_by"))
    conditions: Mapping[str, Q] = {
        LIVE: Q(state__in=states.LIVE), "over": Q(state__in=states.LIVE, supervise_by__lt=viewer.at), IN_TIME: Q(state=states.CLOSED) & in_time,
        LATE: Q(state=states.CLOSED) & ~in_time, "dismissed": Q(state=states.DISMISSED), ALL: Q(),
    }
    return rows.filter(conditions[value])


def outcome(alert: Alert) -> str:
    if alert.is_live:
        return OUTCOMES["over" if alert.supervise_by < timezone.now() else LIVE]
    if alert.state == states.DISMISSED:
        return OUTCOMES["dismissed"]
    return OUTCOMES[IN_TIME if alert.closed_at and alert.closed_at <= alert.supervise_by else LATE]


def deadline(alert: Alert) -> SafeString:
    """What is left of it; of what is over, when it ended and whether in time."""
    return due({}, alert.supervise_by) if alert.is_live else fill('<span class="muted">{} 届满，{}</span>', marked(alert.supervise_by), outcome(alert))


def shown(rows: QuerySet, params: QueryDict) -> tuple[QuerySet, QuerySet]:
    """What the list shows when nothing is said: what is still to be done. And what it leaves out for that."""
    if params.get("outcome"):
        return rows, rows.none()
    return rows.filter(state__in=states.LIVE), rows.filter(state__in=states.FINAL)


SUPERVISED = Listing(
    name="supervised", title="督办", unit="件", default_sort="supervise_by", on_export=partial(on_export, name="supervised", title="督办"),
    empty=("没有督办", "上级督办的预警会列在这里；督办在预警页上下达。"),
    filters=[
        Choice("outcome", "结果", list(OUTCOMES.items()), apply=of_outcome), Choice("level", "级别", list(LEVELS.items())),
        UnitTree("unit", "责任单位", options=partial(units_in_reach, "alert")),
        Flag("ordered", "本单位督办的", apply=lambda rows, viewer: rows.filter(supervised_by=viewer.officer.unit_id)),
        Flag("mine", "我负责的", apply=lambda rows, viewer: rows.filter(officer=viewer.officer)), DateRange("due", "督办期限", field="supervise_by"),
    ],
    columns=[
        Column("supervise_by", "督办期限", kind="time", render=deadline, sort="supervise_by"),
        Column("level", "级别", render=lambda row: lists.level_badge(row.level), export=lambda row: LEVELS[row.level], sort="rank"),
        Column("message", "内容", link=lists.page_of_alert),
        Column("order", "督办要求"),
        Column("supervised_by", "督办单位", value="supervised_by.name"),
        Column("state", "状态", kind="badge"),
        Column("unit", "责任单位", value="unit.name"),
        Column("officer", "责任人", value="officer.name"),
        Column("code", "预警编号", kind="code", sort="code", shown=False),
        Column("outcome", "结果", value=outcome, shown=False),
        Column("closed_at", "办结时间", kind="time", shown=False),
    ],
)
