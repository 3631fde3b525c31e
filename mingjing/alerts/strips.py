"""The strip of one time limit: from the fact that starts it to its end, each step with its date and its reason, so that it can be recomputed by hand.

Nothing here counts days itself: every intermediate end is `rulebook.timelimits.due` with one event more than the last. Where the version of the rule
that judged is no longer in its file there are no steps; what the finding has stored is shown then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.utils import timezone

from mingjing.alerts import pace
from mingjing.alerts.evidence import Evidence, exactly
from rulebook.evaluation import Finding
from rulebook.explain import ESTIMATED, chinese_date, chinese_due, chinese_time, citations
from rulebook.shapes.deadline import Deadline
from rulebook.timelimits import Due, Extension, Pause, Span, due

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Step:
    """`what` counts, until when it brings the end (in words), and `why`."""

    what: str
    end: str
    why: str


@dataclass(frozen=True)
class Strip:
    """`line`: the steps in one line, as (word, content). `is_moving`: a pause goes on, so the end moves with the time; it is reckoned for now.
    `agrees`: the steps lead to the end that was stored; False when facts or calendar have changed since and the next run will judge again."""

    line: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    end: str
    is_estimated: bool
    is_moving: bool
    agrees: bool


def strip(evidence: Evidence, now: datetime) -> Strip:
    """The strip of a finding with a limit. `now` is aware."""
    found, check = evidence.finding, evidence.version.check if evidence.version else None
    reckoned = reckon(found, check, now) if isinstance(check, Deadline) else None
    is_moving = any(end is None for _, end in found.pauses)
    if reckoned is None:
        return Strip(_line(evidence, chinese_due(found)), (), chinese_due(found), found.estimated, is_moving, True)
    steps, last = reckoned
    end = _end(last, check)
    agrees = is_moving or found.due_at is None or last.at == found.due_at
    return Strip(_line(evidence, end), steps, end, last.estimated, is_moving, agrees)


def _line(evidence: Evidence, end: str) -> list[tuple[str, str]]:
    found, version = evidence.finding, evidence.version
    law = citations(version).split("；")[0] if version else ""
    begins = version.check.start.sentence(version.check.table, version.check.vocabulary) if version and isinstance(version.check, Deadline) else ""
    return [
        ("起算", f"{chinese_time(found.start_at)} {begins}".strip()), ("期限", f"{law} {found.limit}".strip()),
        ("暂停", str(len(found.pauses))), ("延长", str(len(found.extensions))), ("届满", end),
    ]


# --- step by step ---

def reckon(found: Finding, check: Deadline, now: datetime) -> tuple[list[Step], Due] | None:
    """The steps and where they lead; None for what is counted backwards, or what this version cannot have produced."""
    limit = _span(found.limit, [check.limit, *(one.limit for one in check.unless)])
    extensions = [(at, _span(adds, [one.adds for one in check.extensions])) for at, adds in found.extensions]
    if check.direction != "after" or found.start_at is None or limit is None or any(adds is None for _, adds in extensions):
        return None
    events = sorted([*(Pause(*pause) for pause in found.pauses), *(Extension(*extension) for extension in extensions)], key=_moment)
    end_with = partial(_end_with, found.start_at, limit, check, now)
    return list(_steps(found, check, limit, events, [end_with(events[:count]) for count in range(len(events) + 1)], now)), end_with(events)


def _span(text: str, known: Iterable[Span]) -> Span | None:
    return next((span for span in known if str(span) == text), None)


def _moment(event: Pause | Extension) -> tuple[datetime, bool]:
    """In the order in which the rulebook takes them: at the same moment the pause first."""
    return (event.start, False) if isinstance(event, Pause) else (event.granted_at, True)


def _end_with(start: datetime, limit: Span, check: Deadline, now: datetime, events: Sequence[Pause | Extension]) -> Due:
    pauses, extensions = ([event for event in events if isinstance(event, kind)] for kind in (Pause, Extension))
    return due(start, limit, check.counting, zone=pace.zone(), calendar=pace.calendar(), now=now, pauses=pauses, extensions=extensions)


def _steps(
    found: Finding, check: Deadline, limit: Span, events: Sequence[Pause | Extension], ends: Sequence[Due], now: datetime,
) -> Iterator[Step]:
    yield Step("起算", chinese_time(found.start_at), f"{check.start.sentence(check.table, check.vocabulary)}。{_first(check)}")
    yield Step(f"期限 {limit}", _raw(ends[0], check), _counted(check, limit, found))
    for event, before, after in zip(events, ends, ends[1:], strict=False):
        if isinstance(event, Pause):
            until = chinese_time(event.end) if event.end else f"现在（{chinese_time(timezone.localtime(now))}，仍在暂停）"
            yield Step("暂停", _raw(after, check), f"{chinese_time(event.start)} 至 {until} 不计入，届满后移 {_moved(before, after, check)}。")
        else:
            yield Step("延长", _raw(after, check), f"{chinese_time(event.granted_at)} 在期限届满前批准，加 {event.adds}。")
    last = ends[-1]
    if last.raw_day != last.last_day:
        yield Step("顺延", chinese_date(last.last_day), f"{_named(last.raw_day)}不是工作日，顺延到其后的第一个工作日，{_named(last.last_day)}。")
    yield Step("届满", _end(last, check), _closing(check, last))


def _first(check: Deadline) -> str:
    if check.counting.axis == "clock":
        return "按小时计算，自这一时刻起。"
    return "当日不计入，从次日起数。" if check.counting.count_from == "next_day" else "当日计入，算第一日。"


def _counted(check: Deadline, limit: Span, found: Finding) -> str:
    """Why it is this limit, and how it is counted."""
    special = next((one for one in check.unless if one.limit == limit and one.limit != check.limit), None)
    reason = f"{special.when.sentence()}的，期限为 {limit}。" if special else ""
    if check.counting.axis == "clock":
        return f"{reason}自起算时刻起满 {limit}；节假日照计。"
    way = "只数工作日" if check.counting.axis == "workdays" else "按日历连续计算，节假日照计"
    if limit.unit == "months":
        way = "按月计算，到最后一个月的对应日；没有对应日的到月末"
    less = "" if check.counting.inclusive else "“不满”不含本数，提前一日。"
    return f"{reason}{way}。{less}"


def _closing(check: Deadline, last: Due) -> str:
    if check.counting.axis == "clock":
        return "“以内”包括本数：这一时刻仍在期限内，之后为超期。" if check.counting.inclusive else "“不满”不含本数：到这一时刻即为超期。"
    within = "“以内”包括末日，末日 24 时届满。" if check.counting.inclusive else "末日 24 时届满。"
    return f"{within}{ESTIMATED}。" if last.estimated else within


def _raw(end: Due, check: Deadline) -> str:
    return chinese_time(end.at) if check.counting.axis == "clock" else _named(end.raw_day)


def _end(end: Due, check: Deadline) -> str:
    return chinese_time(end.at) if check.counting.axis == "clock" else f"{chinese_date(end.last_day)} 24:00"


def _named(day: date) -> str:
    return f"{chinese_date(day)}（周{WEEKDAYS[day.weekday()]}）"


def _moved(before: Due, after: Due, check: Deadline) -> str:
    """How far a pause has moved the end."""
    if check.counting.axis == "clock":
        return exactly(after.at - before.at)
    if check.counting.axis == "workdays":
        calendar = pace.calendar()
        return f"{calendar.number(after.raw_day) - calendar.number(before.raw_day)} 个工作日"
    return f"{(after.raw_day - before.raw_day) // timedelta(days=1)} 日"


