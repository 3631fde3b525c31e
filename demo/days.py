"""Days that law and calendar allow for something, by the State Council's notices (package `chinesecalendar`)."""

from __future__ import annotations

from datetime import date, timedelta

from chinese_calendar import constants

NOTICE = 7  # workdays between the notice of a hearing and the hearing
TEN = 10  # days from the application to the hearing


def is_workday(day: date) -> bool:
    return day in constants.workdays or (day.weekday() < 5 and day not in constants.holidays)


def hearing_days(until: date, weeks: int) -> list[dict[str, date]]:
    """Days on which somebody can ask for a hearing, be told its time on the same day, and have it within ten days with seven workdays in between."""
    begin = until - timedelta(weeks=weeks + 1)
    found = []
    for place in range(7 * weeks + 60):
        day = begin + timedelta(days=place)
        held_on = day + timedelta(days=TEN)
        between = sum(is_workday(day + timedelta(days=each)) for each in range(1, TEN))
        if between >= NOTICE and is_workday(held_on) and is_workday(day):
            found.append({"day": day, "held_on": held_on})
    return found
