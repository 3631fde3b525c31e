"""The story of an alert: the ledger's entries, what people wrote in full, and who was told and whether it reached them, in the order of time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from string import digits
from typing import Any

from mingjing.accounts.models import Officer
from mingjing.alerts import kinds as _named  # noqa: F401  the ledger's codes get their names
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.models import Alert, Notice, Statement
from mingjing.ledger import kinds, queries
from mingjing.ledger.contents import spoken
from mingjing.ledger.models import Event
from rulebook.explain import LEVEL_WORDS, STAGE_WORDS

SHOWN = 200  # entries; an alert that somebody keeps busy must not make its page endless
PEOPLE = ("officer_id", "left", "told")
UNTOLD = ("acknowledged_at", "supervised_by_id")  # when, and the unit of whom: the entry says so itself
LONGEST_RUN = timedelta(minutes=5)


@dataclass(frozen=True)
class Entry:
    """`who` None: the platform. `said`: (word, content); `text`: the statement in full; `seq`: the entry of the ledger, 0 for a notice."""

    at: datetime
    label: str
    who: Officer | None = None
    said: Sequence[tuple[str, str]] = ()
    text: str = ""
    seq: int = 0


def events_of(alert: Alert) -> list[Event]:
    """The last SHOWN entries, oldest first."""
    return list(queries.of_subject("alert", alert.code).order_by("-seq")[:SHOWN])[::-1]


def people_in(events: Iterable[Event], statements: Iterable[Statement]) -> set[str]:
    """Police numbers that have to be turned into names."""
    codes = {statement.officer_id for statement in statements}
    for event in events:
        data = json.loads(event.data)
        codes |= {event.actor, *(code for name in PEOPLE for code in _listed(data.get(name)))}
    return codes - {SYSTEM.code, ""}


def _listed(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one]


def history(
    events: Sequence[Event], statements: Sequence[Statement], notices: Iterable[Notice], officers: Mapping[str, Officer],
) -> list[Entry]:
    """`officers` by code. What somebody wrote stands with the act that it was written for."""
    texts = _texts(events, statements)
    entries = [replace(_entry(event, officers), text=texts.get(event.seq, "")) for event in events]
    told = [(_cause(entry, events), entry) for entry in _told(notices)]
    return [entry for _, entry in sorted([*((entry.at, entry) for entry in entries), *told], key=lambda one: (one[0], one[1].seq == 0, one[1].seq))]


def _cause(told: Entry, events: Sequence[Event]) -> datetime:
    """When what a notice is about was recorded. A run dates its notices with its beginning and is recorded at its end, in one transaction."""
    later = (event.recorded_at for event in events if told.at <= event.recorded_at <= told.at + LONGEST_RUN)
    return next(later, told.at)


def _texts(events: Sequence[Event], statements: Iterable[Statement]) -> dict[int, str]:
    """A statement is written a moment before its entry, in the same transaction: it belongs to the next entry of that act by that officer."""
    found: dict[int, str] = {}
    for one in sorted(statements, key=lambda statement: (statement.at, statement.pk)):
        same = (e for e in events if e.kind == f"alert.{one.act}" and e.actor == one.officer_id and e.recorded_at >= one.at and e.seq not in found)
        if event := next(same, None):
            found[event.seq] = one.text
    return found


def _entry(event: Event, officers: Mapping[str, Officer]) -> Entry:
    data = json.loads(event.data)
    said = [(kinds.field("alert", name), _words(name, value, officers)) for name, value in data.items() if name != "rule" and _is_told(name, value)]
    return Entry(event.recorded_at, event.label, officers.get(event.actor), said, seq=event.seq)


def _is_told(name: str, value: Any) -> bool:
    return value not in (None, "", [], False) and not (isinstance(value, list) and len(value) == 2 and value[0] == value[1]) and name not in UNTOLD


def _words(name: str, value: Any, officers: Mapping[str, Officer]) -> str:
    if name in PEOPLE:
        return "、".join(called(officers.get(code), code) for code in _listed(value))
    if name == "level":
        return LEVEL_WORDS.get(value, value)
    if name == "stage":
        return " → ".join(STAGE_WORDS.get(stage, stage) for stage in _listed(value))
    if name == "state":
        return " → ".join(_listed(value))
    return spoken(value)


def called(officer: Officer | None, code: str) -> str:
    return f"{officer.name}（{code}）" if officer else code


def _told(notices: Iterable[Notice]) -> Iterable[Entry]:
    """One entry an occasion: to whom by which way, and when it arrived and was read."""
    ordered = sorted(notices, key=lambda one: (one.created_at, one.occasion, one.officer_id, one.channel))
    for (at, occasion), group in groupby(ordered, key=lambda one: (one.created_at, one.occasion)):
        yield Entry(at, f"告知（{occasion.rstrip(digits)}）", said=[(f"{one.officer.name}（{one.duty}）", _arrival(one)) for one in group])


def _arrival(notice: Notice) -> str:
    if notice.read_at:
        return f"{notice.channel} · {_minute(notice.read_at)} 已读"
    if notice.delivered_at:
        return f"{notice.channel} · {_minute(notice.delivered_at)} 送达，未读"
    return f"{notice.channel} · 没有送达：{notice.error}" if notice.error else f"{notice.channel} · 待发送（{_minute(notice.send_at)}）"


def _minute(moment: datetime) -> str:
    return spoken(moment.isoformat())
