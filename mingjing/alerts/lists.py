"""The lists of alerts: which columns, which filters. What a viewer may see is decided by the rows that the view gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from mingjing.accounts.scope import Viewer
from mingjing.alerts import queries, states
from mingjing.alerts.acts import ACTS, BATCHED
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Source
from mingjing.alerts.models.alert import LEVELS
from mingjing.cases.lists import on_export, page_of, units_in_reach
from mingjing.ui.addresses import page
from mingjing.ui.html import fill
from mingjing.ui.lists import Choice, Column, DateRange, Flag, Listing, RowAction, Text, UnitTree
from mingjing.ui.templatetags.ui import badge, due
from mingjing.ui.times import marked
from rulebook.explain import STAGE_WORDS

STAGES = ("due_soon", "overdue", "late", "violated")
LIVE, ALL, OWN = "live", "all", "-"
MOST = 10_000  # counting further than this costs more than it tells


class ByUrgency(Listing):
    """Level first, then what ends first; what has no end comes last on every database."""

    def _ordered(self, rows: QuerySet, sort: str) -> QuerySet:
        name, is_down = sort.removeprefix("-"), sort.startswith("-")
        if name == "rank":
            return urgent_first(rows, sort)
        if name == "due_at":
            return rows.order_by(F(name).desc(nulls_last=True) if is_down else F(name).asc(nulls_last=True), self.tie_break)
        return super()._ordered(rows, sort)


def urgent_first(rows: QuerySet, level: str = "rank") -> QuerySet:
    return rows.order_by(level, F("due_at").asc(nulls_last=True), "code")


# --- cells ---

def level_badge(level: str) -> SafeString:
    return badge(LEVELS[level].removesuffix("色"), level)


def page_of_alert(alert: Alert) -> str:
    return page("alerts:alert", alert.code)


def page_of_matter(alert: Alert) -> str:
    if not alert.matter_code or alert.origin:
        return ""
    return page("cases:incident", alert.matter_code) if alert.subject_kind == "incident" else page_of(alert.matter_code)


def marks_of(alert: Alert) -> list[SafeString]:
    """What keeps it apart from an ordinary alert."""
    marks = (
        (alert.is_historic, "历史遗留", "outline"), (alert.origin, f"来源 {alert.origin}", "outline"),
        (alert.source == Alert.Source.HAND, "人工发现", "outline"), (alert.is_trial, "试运行", "outline"), (alert.gone_at, "情况已消失", "outline"),
        (alert.leader_id, f"并入 {alert.leader_id}", "outline"), (alert.supervise_by, "督办逾期" if alert.supervision_over_at else "督办", "strong"),
    )
    return [badge(text, kind) for holds, text, kind in marks if holds]


def what(alert: Alert) -> SafeString:
    return fill("{} {}", alert.message, mark_safe(" ".join(marks_of(alert))))


def term(alert: Alert) -> SafeString:
    """What is left of the law's limit; of what is done, only when it ended."""
    if alert.due_at is None:
        return marked(None)
    if alert.stage in ("due_soon", "overdue") and alert.is_live and not alert.gone_at:
        return due({}, alert.due_at)
    return fill('<span class="muted">{} 届满</span>', marked(alert.due_at))


def together(alert: Alert) -> SafeString:
    """同案 3 条: opens them."""
    if (alert.together or 0) < 2:
        return fill('<span class="muted">{}</span>', "—")
    return fill('<a href="{}">同案 {} 条</a>', link_to_list(alert), alert.together)


# --- filters ---

def rules_to_choose(viewer: Viewer) -> list[tuple[str, str]]:
    """Those that run, and those that ran once and left alerts behind."""
    return [(rule.code, f"{rule.code} {rule.name}") for rule in (*library(), *library().idle.values())]


def origins_to_choose(viewer: Viewer) -> list[tuple[str, str]]:
    """Of the sources that the platform knows, whichever alerts the viewer may read; nothing to choose where there is none."""
    names = list(Source.objects.values_list("name", flat=True))
    return [(OWN, "本平台"), *((name, name) for name in names)] if names else []


def of_origin(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(origin="" if value == OWN else value)


def in_state(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    groups: Mapping[str, Iterable[str]] = {LIVE: states.LIVE, ALL: states.STATES}
    return rows.filter(state__in=groups.get(value, (value,)))


def trial_or_not(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(is_trial=value == "only")


def historic_or_not(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(is_historic=value == "only")


def search(rows: QuerySet, text: str, viewer: Viewer) -> QuerySet:
    """The beginning of a number, or words of the name of a rule; people are not looked up here."""
    rules = [rule.code for rule in library() if text in rule.name]
    return rows.filter(Q(code__startswith=text) | Q(matter_code__startswith=text) | Q(subject_code__startswith=text) | Q(rule_code__in=rules))


FILTERS = (
    Choice("level", "级别", list(LEVELS.items())),
    Choice("state", "状态", [(LIVE, "未办结"), *((state, state) for state in states.STATES), (ALL, "全部")], apply=in_state),
    Choice("stage", "阶段", [(stage, STAGE_WORDS[stage]) for stage in STAGES]),
    Choice("rule", "预警模型", rules_to_choose, field="rule_code"),
    UnitTree("unit", "单位", options=partial(units_in_reach, "alert")),
    Choice("source", "产生方式", Alert.Source.choices),
    Choice("origin", "来源", origins_to_choose, apply=of_origin),
    Choice("cure", "办结方式", Alert.Cure.choices),
    Choice("fault", "撤销原因", Alert.Fault.choices),
    Choice("trial", "试运行", [("only", "只看试运行"), ("without", "不看试运行")], apply=trial_or_not),
    Choice("historic", "历史遗留", [("only", "只看历史遗留"), ("without", "不看历史遗留")], apply=historic_or_not),
    Flag("mine", "我负责的", apply=lambda rows, viewer: rows.filter(officer=viewer.officer)),
    Flag("answer", "待我说明", apply=lambda rows, viewer: rows.filter(queries.to_answer(viewer))),
    Flag("judge", "待我审核", apply=lambda rows, viewer: rows.filter(queries.to_judge(viewer))),
    Flag("gone", "情况已消失", apply=lambda rows, viewer: rows.filter(gone_at__isnull=False)),
    Flag("supervised", "督办", apply=lambda rows, viewer: rows.filter(supervise_by__isnull=False)),
    Flag("followers", "显示已并入的", apply=lambda rows, viewer: rows),
    DateRange("opened", "发现日期", field="opened_at"),
    DateRange("due", "届满日期", field="due_at"),
    Text("matter", "案件或者警情编号", field="matter_code", lookup="exact"),
)

ALERTS = ByUrgency(
    name="alerts", title="预警", unit="条", default_sort="rank", search=search, filters=FILTERS,
    on_export=partial(on_export, name="alerts", title="预警"), empty=("没有预警", "系统判定的、人工发现的预警会列在这里。"),
    columns=[
        Column("level", "级别", render=lambda row: level_badge(row.level), export=lambda row: LEVELS[row.level], sort="rank"),
        Column("code", "预警编号", kind="code", link=page_of_alert, sort="code"),
        Column("message", "内容", render=what),
        Column("due", "法定期限", value="due_at", kind="time", render=term, sort="due_at"),
        Column("state", "状态", kind="badge"),
        Column("stage", "阶段", value=lambda row: STAGE_WORDS.get(row.stage, row.stage), shown=False),
        Column("answer_by", "反馈期限（参数）", kind="time", sort="answer_by", shown=False),
        Column("unit", "责任单位", value="unit.name"),
        Column("officer", "责任人", value="officer.name"),
        Column("matter", "案件或者警情", value="matter_code", kind="code", link=page_of_matter, sort="matter_code"),
        Column("together", "同案", render=together, export=lambda row: row.together),
        Column("rule", "预警模型", value="rule_code", shown=False),
        Column("opened_at", "发现时间", kind="time", sort="opened_at", shown=False),
        Column("source", "产生方式", shown=False),
        Column("origin", "来源", value=lambda row: row.origin or "本平台", shown=False),
        Column("fault", "撤销原因", shown=False),
        Column("cure", "办结方式", shown=False),
    ],
)


def alerts_for(viewer: Viewer, *, on_paper: int = 0) -> Listing:
    """The list of this viewer, with the names of the rules looked up once and not row by row; `on_paper`: so many rows on one sheet, without boxes."""
    names = {rule.code: f"{rule.code} {rule.name}" for rule in library()}
    named = Column("rule", "预警模型", value=lambda row: names.get(row.rule_code, row.rule_code), shown=False)
    columns = [named if column.name == "rule" else column for column in ALERTS.columns]
    if on_paper:
        return replace(ALERTS, columns=columns, page_size=on_paper)
    return replace(ALERTS, columns=columns, row_actions=row_actions(viewer))


def row_actions(viewer: Viewer) -> list[RowAction]:
    """What this viewer's duties may do to several at once."""
    return [RowAction(f"批量{ACTS[act].label}", f"alerts:batch_{act}") for act in BATCHED if viewer.may("alert", act)]


# --- rows ---

def shown(rows: QuerySet, params: QueryDict) -> tuple[QuerySet, dict[str, QuerySet]]:
    """What the list shows when nothing is said: what is not over and not held back behind another. And what it leaves out for that, by name."""
    hidden = {}
    if not params.get("state"):
        hidden["over"] = rows.filter(state__in=states.FINAL)
        rows = rows.filter(state__in=states.LIVE)
    if not params.get("followers"):
        hidden["followers"] = rows.filter(leader__isnull=False)
        rows = rows.filter(leader__isnull=True)
    return rows, hidden


def counted(asked: QuerySet) -> int:
    """How many, at most MOST."""
    return asked.order_by()[:MOST].count()


def with_together(rows: QuerySet, viewer: Viewer) -> QuerySet:
    """Each with `together`: how many live alerts of the same matter this viewer may read, itself included."""
    same = queries.alerts(viewer).filter(matter_code=OuterRef("matter_code"), state__in=states.LIVE, leader__isnull=True).order_by()
    counts = same.values("matter_code").annotate(number=Count("pk")).values("number")
    return rows.annotate(together=Subquery(counts, output_field=IntegerField(default=0)))


# --- by case ---

def link_to_list(row: Any) -> str:
    """The list of all of the same matter."""
    return f"{reverse('alerts:alerts')}?{urlencode({'matter': row.matter_code})}"


def gravest(row: Any) -> str:
    return list(LEVELS)[row.gravest]


BY_MATTER = Listing(
    name="alerts-by-case", title="预警 · 按案件", unit="起", tie_break="matter_code", default_sort="gravest",
    filters=[one for one in FILTERS if one.name in ("level", "stage", "rule", "unit", "mine", "trial", "historic")],
    on_export=partial(on_export, name="alerts-by-case", title="预警 · 按案件"), empty=("没有预警", "有预警的案件和警情会列在这里。"),
    columns=[
        Column("gravest", "最高级别", render=lambda row: level_badge(gravest(row)), export=lambda row: LEVELS[gravest(row)], sort="gravest"),
        Column("matter_code", "案件或者警情", kind="code", link=link_to_list, sort="matter_code"),
        Column("number", "未办结预警", kind="number", link=link_to_list, sort="number"),
        Column("first_due", "最早届满", kind="time", sort="first_due"),
        Column("first_opened", "最早发现", kind="time", sort="first_opened"),
        Column("unit", "责任单位", value="unit_name"),
    ],
)


def by_matter(rows: QuerySet) -> QuerySet:
    """One row a case or incident."""
    grouped = rows.exclude(matter_code="").order_by().values("matter_code")
    return grouped.annotate(
        number=Count("pk"), gravest=Min("rank"), first_due=Min("due_at"), first_opened=Min("opened_at"), unit_name=Min("unit__name"),
    ).values_list("matter_code", "number", "gravest", "first_due", "first_opened", "unit_name", named=True)
