"""How fast the house wants its alerts seen and answered, by level. House parameters (参数，非法定), shown as such wherever they appear: no limit of law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings

from mingjing.cases.vocabulary import vocabulary
from rulebook.workdays import Calendar, load_calendar

OPENS, CLOSES = time(8, 30), time(17, 30)  # working hours
QUIET = (time(22, 0), time(7, 0))  # nobody is called at night, except for red
DIGEST = time(8, 30)  # when blue alerts are told together
HEAD_START = timedelta(hours=1)  # whoever is named hears of what cannot be undone so much earlier than those above


@dataclass(frozen=True)
class Pace:
    """`acknowledge`, `answer` and `judge`: time to sign for an alert, to answer it, and to decide about an answer or a dispute; counted by the clock or in
    working hours. `disturbs`: also at night. `silence_days`: the longest silence."""

    acknowledge: timedelta
    answer: timedelta
    judge: timedelta
    by_clock: bool
    disturbs: bool
    silence_days: int


PACES = {
    "red": Pace(timedelta(hours=1), timedelta(hours=24), timedelta(hours=24), True, True, 1),
    "orange": Pace(timedelta(hours=4), timedelta(hours=18), timedelta(hours=18), False, False, 7),
    "yellow": Pace(timedelta(hours=9), timedelta(hours=27), timedelta(hours=27), False, False, 15),
    "blue": Pace(timedelta(hours=18), timedelta(hours=45), timedelta(hours=45), False, False, 30),
}


def by(level: str, what: str, start: datetime) -> datetime:
    """Until when an alert of this level has to be dealt with: `what` is acknowledge, answer or judge, counted from `start` (aware)."""
    return within(start, getattr(PACES[level], what), by_clock=PACES[level].by_clock)


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


@cache
def calendar() -> Calendar:
    return load_calendar(vocabulary().calendar, vocabulary().overrides)


def within(start: datetime, length: timedelta, *, by_clock: bool) -> datetime:
    """The end of a stretch that begins at `start` (aware): by the clock, or counting working hours of workdays only."""
    if by_clock:
        return start + length
    moment, left = _working(start.astimezone(zone())), length
    while True:
        closing = moment.replace(hour=CLOSES.hour, minute=CLOSES.minute, second=0, microsecond=0)
        if left <= closing - moment:
            return moment + left
        left -= closing - moment
        moment = _working(closing)


def is_working(moment: datetime) -> bool:
    """Whether a moment (aware) lies in working hours of a workday."""
    local = moment.astimezone(zone())
    return calendar().is_workday(local.date()) and OPENS <= local.time() < CLOSES


def _working(moment: datetime) -> datetime:
    """The moment itself in working hours, else the next opening."""
    if calendar().is_workday(moment.date()) and moment.time() < CLOSES:
        return max(moment, datetime.combine(moment.date(), OPENS, moment.tzinfo))
    return datetime.combine(calendar().next_workday(moment.date() + timedelta(days=1)), OPENS, moment.tzinfo)


def send_at(moment: datetime, level: str) -> datetime:
    """When a notice about an alert of this level may go out: at once, after the night, or with the morning's digest."""
    local = moment.astimezone(zone())
    if PACES[level].disturbs:
        return moment
    if level == "blue":
        return _next(local, DIGEST)
    return _next(local, QUIET[1]) if local.time() >= QUIET[0] or local.time() < QUIET[1] else moment


def _next(local: datetime, at: time) -> datetime:
    today = datetime.combine(local.date(), at, local.tzinfo)
    return today if today >= local else today + timedelta(days=1)
