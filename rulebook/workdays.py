"""Which days are workdays: the State Council's yearly notices, with make-up working weekends.

Source: the `chinesecalendar` package, then override files of the rule set (`calendar/*.yaml`: the notice and its days). A year that no notice
covers is computed from weekends only and is not `published`: whatever depends on it must say that it is estimated.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from chinese_calendar import constants

from rulebook.errors import Fault, RuleError
from rulebook.schema import check_schema
from rulebook.yamlfile import YamlFile, read_yaml

FIRST, LAST = date(1979, 1, 1), date(2099, 12, 31)  # clocks start from 1980 to 2060 and run for `timelimits.MOST` at the longest
SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Workdays from FIRST to LAST, by day number (days since FIRST).

    `numbers[i]` counts the workdays up to and including day i; `days[n-1]` is the n-th workday; `published` holds years with a notice.
    """

    numbers: tuple[int, ...]
    days: tuple[date, ...]
    published: frozenset[int]

    def is_workday(self, day: date) -> bool:
        position = bisect_left(self.days, day)
        return position < len(self.days) and self.days[position] == day

    def next_workday(self, day: date) -> date:
        """The day itself if it is a workday, else the first one after it."""
        return self.days[bisect_left(self.days, day)]

    def number(self, day: date) -> int:
        return self.numbers[(day - FIRST).days]

    def workday(self, number: int) -> date:
        return self.days[number - 1]

    def is_published(self, day: date) -> bool:
        return day.year in self.published


def load_calendar(kind: str, overrides: tuple[Path, ...] = ()) -> Calendar:
    """`china`: notices and overrides. `weekends`: Monday to Friday in every year, nothing estimated. `none` is the same, for rule sets
    whose rules may not speak of workdays (checked when rules load)."""
    if kind == "china":
        return _china(overrides)
    return _build(frozenset(), frozenset(), frozenset(range(FIRST.year, LAST.year + 1)))


@cache
def _china(overrides: tuple[Path, ...]) -> Calendar:
    holidays, makeup = set(constants.holidays), set(constants.workdays)
    published = {day.year for day in constants.holidays}
    for path in overrides:
        file = read_yaml(path)
        days = _override(file)
        holidays = (holidays | days["holidays"]) - days["workdays"]
        makeup = (makeup | days["workdays"]) - days["holidays"]
        published.add(file.data["year"])
    return _build(frozenset(holidays), frozenset(makeup), frozenset(published))


def _override(file: YamlFile) -> dict[str, set[date]]:
    faults = check_schema(file, "calendar")
    days: dict[str, set[date]] = {"holidays": set(), "workdays": set()}
    if not faults:
        for kind, found in days.items():
            for index, text in enumerate(file.data.get(kind, ())):
                try:
                    found.add(date.fromisoformat(text))
                except ValueError:
                    faults.append(_bad_day(file, kind, index, text))
    if faults:
        raise RuleError(faults)
    return days


def _bad_day(file: YamlFile, kind: str, index: int, text: str) -> Fault:
    return file.fault((kind, index), f"“{text}”不是日期", f"“{text}” is no date", "写成 2027-01-01", "write it as 2027-01-01")


def _build(holidays: frozenset[date], makeup: frozenset[date], published: frozenset[int]) -> Calendar:
    every = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
    working = [day in makeup or (day.weekday() < SATURDAY and day not in holidays) for day in every]
    days = tuple(day for day, works in zip(every, working, strict=True) if works)
    return Calendar(tuple(accumulate(map(int, working))), days, published)
