"""时限雷达: the list of open limits by time left, what falls due in the next days as a chart, and which of them end today."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from mingjing.accounts.scope import Viewer
from mingjing.alerts import lists, queries
from mingjing.alerts.library import Library
from mingjing.alerts.models import Clock
from mingjing.alerts.models.alert import LEVELS
from mingjing.cases.lists import on_export, units_in_reach
from mingjing.cases.vocabulary import vocabulary
from mingjing.ui import charts
from mingjing.ui.addresses import page
from mingjing.ui.filters import Bound, Filter
from mingjing.ui.html import fill
from mingjing.ui.lists import Choice, Column, Flag, Listing, UnitTree
from mingjing.ui.templatetags.ui import badge, due
from mingjing.ui.times import full
from rulebook.explain import citation

REACH, STEP = timedelta(hours=72), 6  # of the chart; hours of a bar
INSTANT = timedelta(microseconds=1)


# --- moments ---

def midnight(now: datetime, days: int = 0) -> datetime:
    """0:00 in Asia/Shanghai, so many days after the day of `now`."""
    return timezone.make_aware(datetime.combine(timezone.localdate(now) + timedelta(days=days), time()))


def ends_today(now: datetime) -> Q:
    """24:00 is the end of its day: the 0:00 that begins today ended yesterday, the 0:00 that ends it ends today."""
    return Q(due_at__gt=midnight(now), due_at__lte=midnight(now, 1))


def is_over(now: datetime) -> Q:
    """The moment itself is still within the limit."""
    return Q(due_at__lt=now)


# --- filters ---

@dataclass(frozen=True)
class Window:
    """What ends after one moment and not after another: what a bar of the chart stands for. ISO times in Asia/Shanghai, in the address only."""

    name: str = "due"
    label: str = "届满"

    def bind(self, params: QueryDict, viewer: Any) -> Bound:
        names = (f"{self.name}_after", f"{self.name}_until")
        raw = [params.get(name, "").strip() for name in names]
        bound = Bound("hidden", self.name, self.label, [(name, text) for name, text in zip(names, raw, strict=True) if text])
        if not any(raw):
            return bound
        try:
            after, until = (timezone.make_aware(datetime.fromisoformat(text)).astimezone(UTC) for text in raw)
        except (ValueError, OverflowError):  # no time, a time with a zone, or one at the end of the world
            return bound.ignore(*names)
        if until <= after:
            return bound.ignore(*names)
        return bound.accept(
            f"{self.label}：{full(after + INSTANT)} 至 {full(until)}", lambda rows: rows.filter(due_at__gt=after, due_at__lte=until), *names)


def window_url(params: QueryDict, after: datetime, until: datetime) -> str:
    kept = {name: value for name, value in params.items() if name not in ("page", "format", "today", "over", "due_after", "due_until") and value}
    moments = (f"{timezone.localtime(moment).replace(tzinfo=None).isoformat()}" for moment in (after, until))
    return f"{reverse('alerts:radar')}?{urlencode(kept | dict(zip(('due_after', 'due_until'), moments, strict=True)))}"


def filters(rules: Library) -> tuple[Filter, ...]:
    elements = list(dict.fromkeys(rule.element for rule in rules))
    subjects = list(dict.fromkeys((rule.subject.name, rule.subject.label) for rule in rules))
    return (
        UnitTree("unit", "单位", options=partial(units_in_reach, "alert")),
        Choice("element", "要素", elements, apply=partial(of_element, rules)),
        Choice("subject", "对象类别", subjects, field="subject_kind"),
        Choice("rule", "预警模型", [(rule.code, f"{rule.code} {rule.name}") for rule in rules], field="rule_code"),
        Choice("level", "级别", list(LEVELS.items())),
        Choice("origin", "来源", lists.origins_to_choose, apply=lists.of_origin),
        Flag("today", "今日届满", apply=lambda rows, viewer: rows.filter(ends_today(viewer.at))),
        Flag("over", "已超期", apply=lambda rows, viewer: rows.filter(is_over(viewer.at))),
        Flag("paused", "暂停中", apply=lambda rows, viewer: rows.filter(is_paused=True)),
        Flag("mine", "我承办的", apply=lambda rows, viewer: rows.filter(matter_code__in=queries.own_matters(viewer.officer))),
        Window(),
    )


def of_element(rules: Library, rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(rule_code__in=[rule.code for rule in rules if rule.element == value])


def search(rules: Library, rows: QuerySet, text: str, viewer: Viewer) -> QuerySet:
    """The beginning of a number, or words of the name of a rule."""
    named = [rule.code for rule in rules if text in rule.name]
    return rows.filter(Q(matter_code__startswith=text) | Q(subject_code__startswith=text) | Q(rule_code__in=named))


# --- cells ---

def strip_url(clock: Clock) -> str:
    return page("alerts:strip", clock.pk)


def left(clock: Clock) -> SafeString:
    return fill("{} {}", due({}, clock.due_at), badge("暂停中", "outline")) if clock.is_paused else due({}, clock.due_at)


def about(clock: Clock) -> str:
    """Whom or what it is about: the person where the finding names one, and what kind of thing with its number."""
    facts = json.loads(clock.finding).get("facts", {})
    label = vocabulary().tables[clock.subject_kind].label
    return " · ".join(word for word in (facts.get("party.name"), f"{label} {clock.subject_code}") if word)


def matter_url(clock: Clock) -> str:
    return lists.page_of_matter(clock)


def subject_of_limit(rules: Library, clock: Clock) -> str:
    """办案期限 (治安管理处罚法 第118条): what has to be done, by which article."""
    rule = rules.rules.get(clock.rule_code)
    if rule is None:
        return clock.rule_code
    version = next((one for one in rule.versions if one.effective == clock.rule_version), rule.versions[-1])
    return f"{rule.name}（{citation(version.basis[0])}）"


def listing(rules: Library) -> Listing:
    """The list with the rules as they stand now: looked for once a request, not for every row."""
    return Listing(
        name="radar", title="时限雷达", unit="项", default_sort="due_at", tie_break="pk", filters=filters(rules), search=partial(search, rules),
        on_export=partial(on_export, name="radar", title="时限雷达"),
        empty=("没有进行中的时限", "系统判定到正在进行的法定期限，会按剩余时间列在这里。"),
        columns=[
            Column("due", "剩余 · 届满", value="due_at", kind="time", render=left, link=strip_url, sort="due_at"),
            Column("level", "级别", render=lambda row: lists.level_badge(row.level), export=lambda row: LEVELS[row.level]),
            Column("about", "对象", value=about),
            Column("limit", "事项（依据）", value=partial(subject_of_limit, rules)),
            Column("matter", "案件或者警情", value="matter_code", kind="code", link=matter_url, sort="matter_code"),
            Column("officer", "承办", value="officer.name"),
            Column("unit", "单位", value="unit.name"),
            Column("start_at", "起算", kind="time", shown=False),
            Column("origin", "来源", value=lambda row: row.origin or "本平台", shown=False),
            Column("message", "内容", shown=False),
        ],
    )


# --- the chart ---

@dataclass(frozen=True)
class Bar:
    """What ends after `after` and not after `until`. `name` says both, `short` what there is room for under a bar."""

    after: datetime
    until: datetime
    name: str
    short: str


def bars(now: datetime) -> list[Bar]:
    """The next 72 hours cut at 0, 6, 12 and 18 o'clock: the first and the last bar are pieces. The first begins with the very moment of now."""
    local, end = timezone.localtime(now), now + REACH
    cuts = [midnight(now) + timedelta(hours=STEP * number) for number in range(1, int(REACH.total_seconds() // 3600 // STEP) + 5)]
    cuts = [cut for cut in cuts if now < cut < end] + [end]
    starts = [now - INSTANT, *cuts[:-1]]
    return [_bar(after, until, local) for after, until in zip(starts, cuts, strict=True)]


def _bar(after: datetime, until: datetime, now: datetime) -> Bar:
    """今日 12–18时; the end of a day is 24."""
    begin, end = timezone.localtime(after + INSTANT), timezone.localtime(until)
    days = (begin.date() - now.date()).days
    day = {0: "今日", 1: "明日"}.get(days, f"{begin.month}月{begin.day}日")
    first, last = _hour(begin), "24" if end.date() != begin.date() else _hour(end)
    return Bar(after, until, f"{day} {first}–{last}时", f"{begin.day}日{first}时")


def _hour(moment: datetime) -> str:
    return f"{moment:%H:%M}" if moment.minute else str(moment.hour)


def counted(rows: QuerySet, given: Sequence[Bar]) -> dict[tuple[int, str], int]:
    """How many by bar and level; one query."""
    place = Case(*(When(due_at__lte=bar.until, then=Value(number)) for number, bar in enumerate(given)), output_field=IntegerField())
    within = rows.order_by().filter(due_at__gt=given[0].after, due_at__lte=given[-1].until)
    return {(number, level): count for number, level, count in within.annotate(bar=place).values_list("bar", "level").annotate(Count("pk"))}


def chart(rows: QuerySet, now: datetime, params: QueryDict, id: str = "radar") -> dict[str, Any]:
    """What the tag `chart` takes; every bar, and every figure of the table, opens its list with the conditions of `params`."""
    given = bars(now)
    counts = counted(rows, given)
    parts = {LEVELS[level]: [counts.get((number, level), 0) for number in range(len(given))] for level in LEVELS}
    urls = [window_url(params, bar.after, bar.until) for bar in given]
    sums = [sum(values) for values in zip(*parts.values(), strict=True)]
    return {
        "id": f"{id}-chart", "options": charts.stacked_bar([bar.short for bar in given], parts, unit="项", links=urls), "title": _title(given, sums),
        "table": [("届满时间", *parts, "合计"), *_table(given, parts, urls, sums)], "total": sum(sums),
        "url": window_url(params, given[0].after, given[-1].until),
    }


def _table(given: Sequence[Bar], parts: Mapping[str, Sequence[int]], urls: Sequence[str], sums: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    levels = {label: level for level, label in LEVELS.items()}
    for number, bar in enumerate(given):
        cells = (_figure(values[number], f"{urls[number]}&level={levels[label]}") for label, values in parts.items())
        yield (bar.name, *cells, _figure(sums[number], urls[number]))


def _figure(number: int, url: str) -> SafeString | int:
    return fill('<a href="{}">{}</a>', url, number) if number else 0


def _title(given: Sequence[Bar], sums: Sequence[int]) -> str:
    total = sum(sums)
    if not total:
        return "未来 72 小时没有届满的时限"
    most = max(range(len(given)), key=lambda number: sums[number])
    return f"未来 72 小时届满 {total:,} 项，{given[most].name}最多（{sums[most]:,} 项）"


def asked_without_window(whole: Listing, request: HttpRequest, rows: QuerySet) -> QuerySet:
    """The rows that the address asks for, whatever moments it names: the chart is drawn over all of them."""
    if not request.GET:
        return rows
    return replace(whole, filters=[one for one in whole.filters if one.name not in ("due", "today", "over")]).ask(request, rows).rows
