"""`record()`: the only door of the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from mingjing.ledger import chain
from mingjing.ledger.models import Event, moment


class Actor(Protocol):
    """Who acts: any object with a number and the code of its unit. The ledger stands below the accounts and knows no officers."""

    code: str
    unit_id: str


LOCK = 0x4D4A_4C47  # any fixed number: PostgreSQL's advisory lock of the chain
BATCH = 1000
KEPT_FLAWS = 20  # of a verification: the first ones say where; the command lists more


@dataclass(frozen=True)
class Happening:
    """Something to be recorded. `occurred_at` None means now; `data` must be plain JSON values without personal numbers."""

    kind: str
    subject_kind: str
    subject_code: str
    matter_code: str = ""
    occurred_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record(
    *, by: Actor, kind: str, subject_kind: str, subject_code: str, matter_code: str = "", occurred_at: datetime | None = None, **data: Any
) -> Event:
    """Append one entry, in the caller's transaction: without one it raises, so that an act and its entry stand or fall together."""
    return record_all(by=by, happenings=[Happening(kind, subject_kind, subject_code, matter_code, occurred_at, data)])[0]


def record_all(*, by: Actor, happenings: Iterable[Happening]) -> list[Event]:
    """Append entries in order. From here to the end of the transaction no other writer can append, so take row locks before calling this."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record() outside a transaction: the act and its entry could part")
    last, now = _head(), timezone.now()
    seq, previous = (last.seq, last.digest) if last else (0, chain.GENESIS)
    events = []
    for happening in happenings:
        event = _event(by, happening, now, seq + 1, previous)
        seq, previous = event.seq, event.digest
        events.append(event)
    Event.objects.bulk_create(events, batch_size=BATCH)
    return events


def _head() -> Event | None:
    """The last entry, with the chain locked against other writers. SQLite's immediate transactions let one writer in at a time already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    return Event.objects.order_by("-seq").first()


def _event(by: Actor, happening: Happening, now: datetime, seq: int, previous: str) -> Event:
    values = {
        "seq": seq, "uid": uuid.uuid4().hex, "kind": happening.kind, "actor": by.code, "unit": by.unit_id, "subject_kind": happening.subject_kind,
        "subject_code": happening.subject_code, "matter_code": happening.matter_code, "data": chain.canonical(happening.data),
        "algorithm": settings.LEDGER_DIGEST, "previous_digest": previous,
    }
    occurred_at = happening.occurred_at or now
    texts = {**values, "occurred_at": moment(occurred_at), "recorded_at": moment(now)}
    return Event(**values, occurred_at=occurred_at, recorded_at=now, digest=chain.digest(texts))


@transaction.atomic
def record_verification(*, by: Actor, report: chain.Report) -> Event:
    """Keep that somebody has checked the whole ledger, and what came of it."""
    flaws = [[flaw.seq, flaw.text] for flaw in report.flaws[:KEPT_FLAWS]]
    return record(
        by=by, kind="ledger.verify", subject_kind="ledger", subject_code=str(report.head.seq), entries=report.entries, anchors=report.anchors,
        found=report.found, flaws=flaws, head=report.head.digest)


@transaction.atomic
def record_export(*, by: Actor, count: int, conditions: Mapping[str, str]) -> Event:
    """Keep that somebody has taken entries out into a file."""
    return record(by=by, kind="ledger.export", subject_kind="ledger", subject_code="", count=count, conditions=dict(conditions))
