"""When the house wants an alert seen: working hours, nights, weekends and the long holidays of 2026."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mingjing.alerts import pace


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(("start", "hours", "end"), [
    ("2026-03-02 09:00", 4, "2026-03-02 13:00"), ("2026-03-02 16:30", 1, "2026-03-02 17:30"), ("2026-03-02 16:30", 2, "2026-03-03 09:30"),
    ("2026-03-02 07:00", 1, "2026-03-02 09:30"), ("2026-03-02 20:00", 1, "2026-03-03 09:30"), ("2026-03-06 17:00", 1, "2026-03-09 09:00"),  # a Friday
    ("2026-09-30 17:00", 1, "2026-10-08 09:00"),  # over National Day
    ("2026-10-10 09:00", 1, "2026-10-10 10:00"),  # a Saturday that is worked
    ("2026-03-07 12:00", 18, "2026-03-10 17:30"),  # two whole days from a Saturday
])
def test_working_hours_only(start, hours, end):
    assert pace.within(at(start), timedelta(hours=hours), by_clock=False) == at(end)


def test_red_counts_by_the_clock():
    assert pace.within(at("2026-09-30 23:30"), timedelta(hours=1), by_clock=True) == at("2026-10-01 00:30")


@pytest.mark.parametrize(("level", "moment", "sent"), [
    ("red", "2026-03-02 03:00", "2026-03-02 03:00"), ("orange", "2026-03-02 21:59", "2026-03-02 21:59"), ("orange", "2026-03-02 22:00", "2026-03-03 07:00"),
    ("yellow", "2026-03-02 06:59", "2026-03-02 07:00"), ("yellow", "2026-03-02 07:00", "2026-03-02 07:00"), ("blue", "2026-03-02 08:30", "2026-03-02 08:30"),
    ("blue", "2026-03-02 08:31", "2026-03-03 08:30"),
])
def test_the_night_is_quiet_except_for_red_and_blue_waits_for_the_morning(level, moment, sent):
    assert pace.send_at(at(moment), level) == at(sent)
