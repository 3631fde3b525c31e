"""The ledger of a made-up past: what was recorded when and by whom, put in order of recording, and appended to the chain in the ledger's own form.

The product has no door by which an entry could get another time than now, and must have none. So this module makes entries of the ledger's own form (its
fields, its digest), gives them the times of the story, and writes them past `record()`, but not past the database's guards. It is only for filling an empty
installation with an invented city; the check of the chain must find nothing to say about it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import transaction

from demo.bulk import columns_of, insert_values
from mingjing.ledger import chain
from mingjing.ledger.actions import Happening
from mingjing.ledger.models import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHUNK = 20_000
MICROSECOND = timedelta(microseconds=1)
SCHEMA = pa.schema([
    *((name, pa.int64()) for name in ("recorded", "place", "happened")),
    *((name, pa.string()) for name in ("kind", "subject_kind", "subject_code", "matter_code", "actor", "unit", "data")),
])
TOLD = tuple(SCHEMA.names[3:])


@dataclass(frozen=True)
class Actor:
    code: str
    unit_id: str


class Chronicle:
    """Collects what happened, in any order, outside the memory; then writes it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self.connection = connection
        self.waiting: list[tuple] = []
        self.places = count()
        connection.execute("""CREATE TABLE chronicle (recorded BIGINT, place BIGINT, happened BIGINT, kind VARCHAR, subject_kind VARCHAR, subject_code VARCHAR,
            matter_code VARCHAR, actor VARCHAR, unit VARCHAR, data VARCHAR)""")

    def note(self, happening: Happening, actor: Actor, recorded: datetime) -> None:
        """Entries of the same moment stay in the order in which they are noted."""
        happened = None if happening.occurred_at is None else (happening.occurred_at - EPOCH) // MICROSECOND
        self.waiting.append((
            (recorded - EPOCH) // MICROSECOND, next(self.places), happened, happening.kind, happening.subject_kind, happening.subject_code,
            happening.matter_code, actor.code, actor.unit_id, chain.canonical(happening.data)))
        if len(self.waiting) >= CHUNK:
            self._keep()

    def _keep(self) -> None:
        if self.waiting:
            kept = pa.table([list(column) for column in zip(*self.waiting, strict=True)], schema=SCHEMA)
            self.connection.register("kept", kept)
            self.connection.execute("INSERT INTO chronicle SELECT * FROM kept")
            self.connection.unregister("kept")
            self.waiting = []

    def write(self, tell: Callable[[int, int], None]) -> int:
        """Append everything to the (empty) ledger, a chunk a transaction. `tell` hears how many of how many are written. Returns the number of entries."""
        self._keep()
        whole = self.connection.execute("SELECT count(*) FROM chronicle").fetchone()[0]
        done = 0
        entries = self._entries()
        while rows := list(islice(entries, CHUNK)):
            with transaction.atomic():
                insert_values(Event, rows)
            done += len(rows)
            tell(done, whole)
        return done

    def _entries(self) -> Iterator[list]:
        """The entries in order of recording, chained, as values of the columns of `Event`."""
        names = [field.attname for field in columns_of(Event)]
        entry = {"seq": 0, "algorithm": settings.LEDGER_DIGEST, "digest": chain.GENESIS}
        rows = self.connection.cursor().execute(f"SELECT recorded, coalesce(happened, recorded), {', '.join(TOLD)} FROM chronicle ORDER BY recorded, place")
        while chunk := rows.fetchmany(CHUNK):
            for recorded, happened, *told in chunk:
                entry = {**entry, **dict(zip(TOLD, told, strict=True)), "seq": entry["seq"] + 1, "uid": uuid.uuid4().hex, "previous_digest": entry["digest"]}
                times = {"recorded_at": moment(recorded), "occurred_at": moment(happened)}
                entry["digest"] = chain.digest({**entry, **{name: text(value) for name, value in times.items()}})
                values = {**entry, **times}
                yield [values[name] for name in names]


def moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND



def text(value: datetime) -> str:
    """As `ledger.models.moment` writes it, a little faster."""
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
