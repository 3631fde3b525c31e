"""Legal time: when a limit ends. The only place that adds hours, days, months or workdays to a time.

Each rule of counting stands twice, for one date in Python (`due`) and for a million rows in SQL (`macros`, `due_sql`); a property test
holds the two against each other. Law: 刑事诉讼法 第105条, 公安机关办理行政案件程序规定 第35条, 行政处罚法 第85条, 最高法刑诉解释 第202条.

- Hours run from the very instant: start + N×3600 s. The started hour is not given away (docs/adr/0003).
- Days and months: the first day is not counted; the last day ends at 24:00, written as 0:00 of the next day.
- Months end on the day of the same number; from the last day of a month on the last day; without such a day on the last day.
- 以内 includes the last unit; `inclusive=False` (不满) excludes it.
- A last day that is no workday rolls over to the next one, unless somebody's liberty is restricted.
- Pauses push the end out by the days (hours) between their two ends, overlaps once; one that starts after the end changes nothing.
- An extension counts only if it was granted before the time ran out.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from rulebook.workdays import FIRST, LAST, Calendar

UNITS = {"minutes": "分钟", "hours": "小时", "days": "日", "workdays": "个工作日", "months": "个月"}
MOST = {"minutes": 99_999, "hours": 99_999, "days": 7_300, "workdays": 5_000, "months": 240}  # twenty years: the calendar reaches that far
SECONDS = {"minutes": 60, "hours": 3600}
SPAN = re.compile(r"^(\d{1,5}) (minute|hour|day|workday|month)s?$")


@dataclass(frozen=True)
class Span:
    """An amount of legal time as rule files write it: `8 hours`, `1 day`, `12 months`, `7 workdays`."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Span:
        """Raises ValueError for anything that is not a number and a unit."""
        match = SPAN.match(str(text))
        if not match:
            raise ValueError(text)
        span = cls(int(match[1]), match[2] + "s")
        if span.amount > MOST[span.unit]:
            raise ValueError(text)
        return span

    @property
    def axis(self) -> str:
        """Which way of counting it needs: `clock` for hours, `days` for days and months, `workdays`. Axes do not mix in one limit."""
        return {"minutes": "clock", "hours": "clock", "workdays": "workdays"}.get(self.unit, "days")

    @property
    def seconds(self) -> int:
        return self.amount * SECONDS.get(self.unit, 0)

    @property
    def months(self) -> int:
        return self.amount if self.unit == "months" else 0

    @property
    def days(self) -> int:
        """Days or workdays, whichever the axis counts."""
        return self.amount if self.unit in ("days", "workdays") else 0

    def __str__(self) -> str:
        return f"{self.amount} {UNITS[self.unit]}"


@dataclass(frozen=True)
class Counting:
    """How one limit is counted. `roll_over` is False while a person is detained; `count_from` `same_day` counts the first day too."""

    axis: str
    inclusive: bool = True
    count_from: Literal["next_day", "same_day"] = "next_day"
    roll_over: bool = False

    @property
    def shift(self) -> int:
        """Days by which the last day moves for 不满 and for counting the first day."""
        return -int(not self.inclusive) - int(self.count_from == "same_day")


@dataclass(frozen=True)
class Pause:
    """A stretch that the law does not count. Without an end it lasts until the time of judgement."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Extension:
    """More time, granted at `granted_at`."""

    granted_at: datetime
    adds: Span


@dataclass(frozen=True)
class Due:
    """When a limit ends. `at` is the first instant that is too late on the day axes (24:00), the last lawful one on the clock axis.
    `raw_day` is the last day before it rolled over."""

    at: datetime
    last_day: date
    estimated: bool
    pauses: tuple[Pause, ...]
    extensions: tuple[Extension, ...]
    raw_day: date


def add_months(day: date, months: int) -> date:
    """最高法刑诉解释 第202条: same day number; last day to last day; no such day, the last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def due(start: datetime, limit: Span, counting: Counting, *, zone: ZoneInfo, calendar: Calendar, now: datetime,
        pauses: Iterable[Pause] = (), extensions: Iterable[Extension] = (), at_most: int | None = None) -> Due:
    """The end of a limit that began at `start` (aware). Pauses without an end last until `now`; at most `at_most` extensions count."""
    events = [*((each.start, 0, each.end is None, each.end or now, each) for each in pauses),
              *((each.granted_at, 1, False, each.granted_at, each) for each in extensions)]
    events.sort(key=lambda event: event[:4])
    walk = _ClockWalk(start, limit, zone) if counting.axis == "clock" else _DayWalk(start, limit, counting, zone, calendar)
    for *_, event in events:
        if isinstance(event, Pause):
            walk.pause(event, event.end or now)
        elif at_most is None or len(walk.extensions) < at_most:
            walk.extend(event)
    return walk.result()


class _ClockWalk:
    """Hours: everything is an instant. In UTC, because Python adds hours to a zoned time on the wall clock."""

    def __init__(self, start: datetime, limit: Span, zone: ZoneInfo):
        self.zone = zone
        self.paused_until = start.astimezone(UTC)
        self.end = self.paused_until + timedelta(seconds=limit.seconds)
        self.pauses: list[Pause] = []
        self.extensions: list[Extension] = []

    def pause(self, pause: Pause, until: datetime) -> None:
        if pause.start <= self.end and until > self.paused_until:
            self.end += until.astimezone(UTC) - max(pause.start.astimezone(UTC), self.paused_until)
            self.paused_until = until.astimezone(UTC)
            self.pauses.append(pause)

    def extend(self, extension: Extension) -> None:
        if extension.granted_at <= self.end:
            self.end += timedelta(seconds=extension.adds.seconds)
            self.extensions.append(extension)

    def result(self) -> Due:
        local = self.end.astimezone(self.zone)
        return Due(local, local.date(), False, tuple(self.pauses), tuple(self.extensions), local.date())


class _DayWalk:
    """Days, months and workdays: everything is a date in the zone."""

    def __init__(self, start: datetime, limit: Span, counting: Counting, zone: ZoneInfo, calendar: Calendar):
        self.counting, self.zone, self.calendar = counting, zone, calendar
        self.first = self._day(start)
        self.months, self.days = limit.months, limit.days + counting.shift
        self.paused_until = self.first
        self.pauses: list[Pause] = []
        self.extensions: list[Extension] = []

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _between(self, first: date, last: date) -> int:
        if self.counting.axis == "workdays":
            return self.calendar.number(last) - self.calendar.number(first)
        return (last - first).days

    def raw_last(self) -> date:
        if self.counting.axis == "workdays":
            return self.calendar.workday(self.calendar.number(self.first) + self.days)
        return add_months(self.first, self.months) + timedelta(days=self.days)

    def last(self) -> date:
        return self.calendar.next_workday(self.raw_last()) if self.counting.roll_over else self.raw_last()

    def pause(self, pause: Pause, until: datetime) -> None:
        begin, end = self._day(pause.start), self._day(until)
        if begin <= self.last() and end > self.paused_until:
            self.days += self._between(max(begin, self.paused_until), end)
            self.paused_until = end
            self.pauses.append(pause)

    def extend(self, extension: Extension) -> None:
        if self._day(extension.granted_at) <= self.last():
            self.months += extension.adds.months
            self.days += extension.adds.days
            self.extensions.append(extension)

    def result(self) -> Due:
        last, leans = self.last(), []
        if self.counting.axis == "workdays":
            leans = [self.first, last]
        elif self.counting.roll_over:
            leans = [self.raw_last(), last]
        estimated = not all(self.calendar.is_published(day) for day in leans)
        midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), self.zone)
        return Due(midnight, last, estimated, tuple(self.pauses), tuple(self.extensions), self.raw_last())


# --- the same in SQL -------------------------------------------------------------------------------------------------------------------

MACROS = """
CREATE OR REPLACE TEMP MACRO add_months(day, n) AS
    CASE WHEN n = 0 THEN day WHEN day = last_day(day) THEN last_day(day + to_months(n)) ELSE CAST(day + to_months(n) AS DATE) END;
CREATE OR REPLACE TEMP MACRO workday_number(day) AS TRY_CAST(substring(getvariable('workday_numbers'), 5 * (day - DATE '{first}') + 1, 5) AS INTEGER);
CREATE OR REPLACE TEMP MACRO next_workday(day) AS
    day + (ascii(nullif(substring(getvariable('workday_leaps'), (day - DATE '{first}') + 1, 1), '')) - {zero});
CREATE OR REPLACE TEMP MACRO workday(n) AS DATE '{first}' + TRY_CAST(substring(getvariable('workdays'), CAST(5 * (n - 1) + 1 AS BIGINT), 5) AS INTEGER);
CREATE OR REPLACE TEMP MACRO local_day(moment) AS CASE WHEN moment >= TIMESTAMPTZ '{settled}'
    THEN CAST(make_timestamp(epoch_us(moment) + {offset}) AS DATE) ELSE CAST(timezone('{zone}', moment) AS DATE) END;
CREATE OR REPLACE TEMP MACRO midnight(day) AS CASE WHEN day > DATE '{settled}'
    THEN make_timestamptz(epoch_us(day) - {offset}) ELSE timezone('{zone}', CAST(day AS TIMESTAMP)) END;
CREATE OR REPLACE TEMP MACRO midnight_after(day) AS midnight(day + 1);
CREATE OR REPLACE TEMP MACRO is_published(day) AS list_contains(getvariable('published_years'), year(day));
"""


def prepare(connection: duckdb.DuckDBPyConnection, zone: ZoneInfo, calendar: Calendar) -> None:
    """Give the connection the calendar and the macros that compiled rules use.

    The calendar is three long texts, so many letters a day: DuckDB shares a text among all places of a query that mention it, and copies a list into each,
    element by element. Where the clock of the zone no longer changes, a sum finds the day in a twentieth of the time that its table of changes takes.
    """
    for name, text in _calendar_texts(calendar).items():
        connection.execute(f"SET VARIABLE {name} = {text}")
    settled, offset = _settled(zone)
    connection.execute(MACROS.format(first=FIRST, zero=ZERO, zone=zone.key, settled=settled, offset=offset))


@lru_cache(maxsize=4)
def _settled(zone: ZoneInfo) -> tuple[date, int]:
    """The day, in UTC, by which the zone's clock has changed for the last time before the calendar ends, and its distance from UTC since then in
    microseconds."""
    day, last = datetime.combine(LAST, datetime.min.time(), UTC), timedelta(days=2)
    offset = day.astimezone(zone).utcoffset()
    while day.date() > FIRST and (day - last).astimezone(zone).utcoffset() == offset:
        day -= timedelta(days=1)
    return day.date(), offset // timedelta(microseconds=1)


ZERO = ord("0")


@lru_cache(maxsize=4)  # one calendar serves many connections, and its 30,000 days take a fifth of a second
def _calendar_texts(calendar: Calendar) -> dict[str, str]:
    """SQL literals of each variable: by day the number of the workday and the days to the next one, by workday its distance from the first day."""
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    leaps = ((calendar.next_workday(day) - day).days if day <= calendar.days[-1] else 0 for day in days)
    years = ",".join(f"{year}::BIGINT" for year in sorted(calendar.published))
    return {
        "workday_numbers": "'" + "".join(f"{calendar.number(day):05}" for day in days) + "'",
        "workday_leaps": "'" + "".join(chr(ZERO + leap) for leap in leaps) + "'",
        "workdays": "'" + "".join(f"{(day - FIRST).days:05}" for day in calendar.days) + "'",
        "published_years": f"[{years}]",
    }


def last_day_sql(first: str, months: str, days: str, counting: Counting) -> str:
    """SQL for the last day of a limit; arguments are SQL over dates and integers, `days` with Counting.shift already in it."""
    raw = raw_last_day_sql(first, months, days, counting)
    return f"next_workday({raw})" if counting.roll_over else raw


def raw_last_day_sql(first: str, months: str, days: str, counting: Counting) -> str:
    """The last day before it rolls over."""
    if counting.axis == "workdays":
        return f"workday(workday_number({first}) + {days})"
    start = first if months == "0" else f"add_months({first}, {months})"
    return f"({start} + {days})"


def between_sql(first: str, last: str, counting: Counting) -> str:
    """Days on the axis of the limit from one date to another, the first not counted."""
    if counting.axis == "workdays":
        return f"(workday_number({last}) - workday_number({first}))"
    return f"({last} - {first})"
