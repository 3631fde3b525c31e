"""A small made-up log of road fines in the form of the real one, for machines that do not have it.

Seeded: the same file every time. 2,000 fines from 2007 to 2010, local midnights with daylight-saving offsets, as in the real log.
Usage: python small_log.py OUT.xes.gz
"""

from __future__ import annotations

import gzip
import random
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
FINES = 2_000
Event = tuple[str, date, dict[str, str]]


def fine(dice: random.Random) -> list[Event]:
    """The events of one fine: created, perhaps paid at once, else sent (often late), notified, penalised, paid, appealed or collected."""
    created = date(2007, 1, 1) + timedelta(days=dice.randrange(1460))
    amount = dice.choice(["22.0", "35.0", "36.0", "68.0"])
    events: list[Event] = [("Create Fine", created, {"amount": amount, "article": "157", "vehicleClass": "A"})]
    if dice.random() < 0.3:
        return [*events, ("Payment", created + timedelta(days=dice.randrange(5)), {"paymentAmount": amount, "totalPaymentAmount": amount})]
    sent = created + timedelta(days=dice.randrange(30, 160))
    events.append(("Send Fine", sent, {"expense": "11.0"}))
    if dice.random() < 0.02:
        events.append(("Payment", sent - timedelta(days=3), {"paymentAmount": amount, "totalPaymentAmount": amount}))
    if dice.random() < 0.23:
        return events
    notified = sent + timedelta(days=dice.randrange(5, 40))
    events.append(("Insert Fine Notification", notified, {"notificationType": "P"}))
    return [*events, *_after_notification(dice, notified, amount)]


def _after_notification(dice: random.Random, notified: date, amount: str) -> list[Event]:
    events: list[Event] = []
    if dice.random() < 0.06:
        appealed = notified + timedelta(days=dice.randrange(-2, 75))
        events.append(("Insert Date Appeal to Prefecture", appealed, {}))
        events.append(("Send Appeal to Prefecture", appealed + timedelta(days=dice.randrange(10, 90)), {}))
    if dice.random() < 0.02:
        events.append(("Appeal to Judge", notified + timedelta(days=dice.randrange(20, 100)), {}))
    penalised = notified + timedelta(days=60)
    events.append(("Add penalty", penalised, {"amount": "71.5"}))
    if dice.random() < 0.7:
        return [*events, ("Send for Credit Collection", penalised + timedelta(days=dice.randrange(200, 600)), {})]
    return [*events, ("Payment", penalised + timedelta(days=dice.randrange(100)), {"paymentAmount": amount, "totalPaymentAmount": amount})]


def log() -> Iterator[str]:
    """The XES document, a line at a time."""
    dice = random.Random(20070101)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<log xes.version="1.0" xmlns="http://www.xes-standard.org/">'
    for number in range(FINES):
        yield f'<trace><string key="concept:name" value="D{number + 1}"/>'
        for activity, day, attributes in fine(dice):
            moment = datetime.combine(day, datetime.min.time(), ROME).isoformat()
            more = "".join(f"<string key={quoteattr(key)} value={quoteattr(value)}/>" for key, value in attributes.items())
            yield f'<event><string key="concept:name" value={quoteattr(activity)}/><date key="time:timestamp" value="{moment}"/>{more}</event>'
        yield "</trace>"
    yield "</log>"


def main(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        for line in log():
            packed.write((line + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
