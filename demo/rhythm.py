"""When things happen: how incidents of a kind spread over the 168 hours of a week. Invented, shaped like any large city."""

from __future__ import annotations

SLOTS = 1_000  # a rhythm is a list of so many hours of the week (Monday 0:00 is 0), each as often as it is likely

DAY = (5, 4, 3, 2, 2, 2, 3, 6, 9, 10, 10, 10, 9, 8, 9, 10, 10, 10, 11, 12, 12, 11, 9, 7)
EVENING = (9, 7, 5, 3, 2, 1, 1, 2, 3, 4, 5, 5, 6, 5, 5, 6, 7, 8, 11, 14, 16, 17, 16, 13)
TRAFFIC = (2, 1, 1, 1, 1, 2, 5, 13, 16, 11, 8, 8, 8, 7, 8, 9, 11, 17, 18, 12, 9, 7, 5, 3)
WEEKEND = (1.0, 0.95, 0.95, 1.0, 1.25, 1.45, 1.2)
EVEN = (1.0, 1.0, 1.0, 1.0, 1.05, 0.95, 0.9)

RHYTHMS = {"治安": (EVENING, WEEKEND), "交通": (TRAFFIC, EVEN), "日间": (DAY, EVEN)}


def hours(name: str) -> list[int]:
    """The hours of the week of a rhythm, SLOTS of them, in order."""
    day, week = RHYTHMS[name]
    weights = [day[hour % 24] * week[hour // 24] for hour in range(168)]
    whole, taken, found = sum(weights), 0.0, []
    for hour, weight in enumerate(weights):
        taken += weight
        found += [hour] * (round(SLOTS * taken / whole) - len(found))
    return found
