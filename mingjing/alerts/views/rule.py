"""One rule: the law in sentences, version by version; its examples; what it has done within the viewer's reach; what units have set about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mingjing.accounts.views.asking import require
from mingjing.alerts import quality as measure
from mingjing.alerts import register, states
from mingjing.alerts.actions.setting import may_lift
from mingjing.alerts.library import library
from mingjing.alerts.lists import level_badge
from mingjing.alerts.models import Alert
from mingjing.alerts.register import Course, Entry
from mingjing.alerts.views.rule_list import LINE, against_line, alerts_url, percent, scope_words
from mingjing.ui import charts
from mingjing.ui.times import full
from mingjing.ui.times import span as length
from rulebook.explain import STAGE_WORDS, advice_sentences, citation, period
from rulebook.rules import Example, Rule, Version
from rulebook.vocabulary import Column, Vocabulary

NAMED = 4  # rows of an example that are named one by one before it says how many


@dataclass(frozen=True)
class VersionShown:
    period: str
    is_current: bool
    sentences: Sequence[str]
    bases: Sequence[tuple[str, bool]]
    note: str


@dataclass(frozen=True)
class ExampleShown:
    """`given`: the rows table by table, as (label, in short, every row in words); `expected`: (subject, what the rule must say)."""

    name: str
    at: str
    given: Sequence[tuple[str, str, Sequence[str]]]
    expected: Sequence[tuple[str, str]]


@require_safe
def rule(request: HttpRequest, code: str) -> HttpResponse:
    viewer, now = request.viewer, timezone.now()
    require(viewer, "rule", "read")
    entry = find(register.entries(viewer, code), code)
    if entry.rule is None:
        return render(request, "alerts/rule_broken.html", {"entry": entry, "title": entry.name})
    running = library().rules
    context = {
        "entry": entry, "rule": entry.rule, "title": f"{entry.code} {entry.name}", "level": level_badge(entry.level), "runs": code in running,
        "scope": scope_words(viewer), "may_set": code in running and viewer.may("rule", "set"), "may_lift": may_lift(viewer),
        "may_silence": code in running and viewer.may("silence", "request"), **in_words(entry.rule, timezone.localdate(now)),
        **figures(entry, register.course(viewer, code, now), sees_samples=viewer.may("rule", "sample")),
    }
    return render(request, "alerts/rule.html", context)


def find(entries: Iterable[Entry], code: str) -> Entry:
    entry = next((entry for entry in entries if entry.code == code), None)
    if entry is None:
        raise Http404(f"没有编号为“{code}”的预警模型")
    return entry


# --- the rule in words ---

def in_words(rule: Rule, today: date) -> dict[str, Any]:
    """What the file says, the newest version first."""
    return {
        "versions": [shown(version, today) for version in reversed(rule.versions)], "examples": [told(each, rule) for each in rule.examples],
        "advice": [line.split("：", 1) for line in advice_sentences(rule)], "told": register.told(rule), "subject": rule.subject.label,
        "leaders": [(leader, getattr(library().known(leader), "name", "")) for leader in rule.follows], "form": rule.versions[-1].check.label,
    }


def shown(version: Version, today: date) -> VersionShown:
    bases = [(citation(basis), bool(basis.get("unverified"))) for basis in version.basis]
    sentences = [f"{sentence}。" for sentence in version.check.sentences()]
    return VersionShown(period(version).rstrip("："), version.covers(today), sentences, bases, version.note.strip())


def told(example: Example, rule: Rule) -> ExampleShown:
    given = [_given(name, rows, rule.vocabulary) for name, rows in example.given.items()]
    expected = [(each["subject"], _expected(each)) for each in example.expect]
    return ExampleShown(example.name, full(example.at), given, expected)


def _given(name: str, rows: Sequence[Mapping[str, Any]], words: Vocabulary) -> tuple[str, str, Sequence[str]]:
    table = words.tables[name]
    codes = [str(row.get(table.key, "")) for row in rows]
    short = "、".join(codes[:NAMED]) + (" 等" if len(codes) > NAMED else "")
    lines = ["，".join(f"{table.columns[column].label} {_value(table.columns[column], value)}" for column, value in row.items()) for row in rows]
    return table.label, f"{len(rows)} 条：{short}", lines


def _value(column: Column, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "（没有记录）" if value is None else f"{value} {column.unit}".strip()


def _expected(each: Mapping[str, Any]) -> str:
    due = f"，{each['due']} 届满" if "due" in each else ""
    return f"{STAGE_WORDS[each['stage']]}{due}{'（按周末推算）' if each.get('estimated') else ''}"


# --- what it has done ---

def figures(entry: Entry, course: Course, *, sees_samples: bool) -> dict[str, Any]:
    """Counts that open their lists, and how right the rule has been."""
    code, tally = entry.code, entry.tally

    def counted(names: Iterable[str], counts: Mapping[str, int], key: str) -> list[tuple[str, int, str]]:
        state = {} if key == "state" else {"state": "all"}
        return [(name, counts[name], alerts_url(code, **{key: name, **state})) for name in names if counts.get(name)]

    opened = [(f"近 {days} 天新发现", course.opened(days), alerts_url(code, state="all", opened_from=f"{course.today - timedelta(days=days - 1)}"))
              for days in (30, 90)]
    weeks = course.weeks()
    return {
        "live": counted(states.LIVE, course.states, "state"), "opened": opened,
        "over": [(*closed, counted(*parts)) for state, parts in (
            (states.CLOSED, (Alert.Cure.values, course.cures, "cure")), (states.DISMISSED, (Alert.Fault.values, course.faults, "fault")))
            for closed in counted([state], course.states, "state")],
        "sign": length(course.sign) if course.sign is not None else "", "cure": length(tally.cure) if tally.cure is not None else "",
        "precision": percent(tally.precision), "judged": tally.precision.judged, "judged_url": alerts_url(code, state="all"), "line": LINE,
        "last": measure.LAST, "against": against_line(tally.precision), "misses": percent(tally.misses), "sampled": tally.misses.judged,
        "sees_samples": sees_samples, **_chart(code, weeks),
    }


def _chart(code: str, weeks: Sequence[tuple[date, int]]) -> dict[str, Any]:
    """Thirteen weeks; nothing to draw where nothing happened."""
    total = sum(count for _, count in weeks)
    if not total:
        return {"chart": None}
    names = {first: f"{first.month}.{first.day}" for first, _ in weeks}
    links = {names[first]: alerts_url(code, state="all", opened_from=f"{first}", opened_to=f"{first + timedelta(days=6)}") for first, _ in weeks}
    most = max(weeks, key=lambda week: week[1])
    return {
        "chart": charts.bar([(names[first], count) for first, count in weeks], unit="条", axis="", links=links),
        "chart_table": [("周（自周一）", "新发现（条）"), *((full(first), count) for first, count in weeks)],
        "chart_title": f"近 {len(weeks)} 周新发现 {total} 条，最多的一周自{most[0].month}月{most[0].day}日起，{most[1]} 条",
    }
