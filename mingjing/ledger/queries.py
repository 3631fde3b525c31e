"""Reading the ledger. `of_*` give a history to whoever guards the page of its matter; `visible` is what a viewer may read on the ledger's own pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from mingjing.ledger.chain import WHOLE, Anchor
from mingjing.ledger.models import Event

PAGE = 5_000  # entries fetched at once while streaming
TIMES = ("occurred_at", "recorded_at")
# SQLite keeps 2026-03-01 01:05:00 or …00.250000, in UTC. PostgreSQL is told to name the era, without which a year before Christ would look like ours.
TIME_AS_TEXT = {"sqlite": "{0} || ''", "postgresql": """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.USZAD')"""}


def head() -> Event | None:
    """The last entry."""
    return Event.objects.order_by("-seq").first()


def of_matter(code: str) -> QuerySet[Event]:
    """All entries of a case or incident in the order in which things happened. The caller has made sure that the viewer may read it."""
    return Event.objects.filter(matter_code=code).order_by("occurred_at", "seq")


def of_subject(kind: str, code: str) -> QuerySet[Event]:
    """All entries of one row (of a table, by its code), as they were recorded. The caller has made sure that the viewer may read it."""
    return Event.objects.filter(subject_kind=kind, subject_code=code)


def visible(viewer: Any) -> QuerySet[Event]:
    """Entries that the viewer may read: by actors of the units within reach. A duty that reaches no cases shows what belongs to no case."""
    within = Q(unit__in=viewer.units_under(viewer.paths("ledger", "read")))
    of_no_matter = Q(unit__in=viewer.units_under(viewer.posts("ledger", "read")), matter_code="")
    return Event.objects.filter(within | of_no_matter)


def entries(after: int | None = None, *, first: int | None = None, last: int | None = None) -> Iterator[dict[str, Any]]:
    """Entries as they were digested, by number, a page at a time so that memory and locks stay small, up to whatever the end then is.

    `after`: begin behind this number; None is the very front, where a forged entry could have the number 0. `first`, `last`: numbers included.
    """
    after = first - 1 if first is not None else after
    while page := slice_(after, PAGE):
        for entry in page:
            if last is not None and entry["seq"] > last:
                return
            yield entry
        after = page[-1]["seq"]


def slice_(after: int | None, count: int) -> list[dict[str, Any]]:
    """At most `count` entries behind a number. Times come as text: one that was tampered into nonsense must be found and not stop the check."""
    columns = ", ".join(TIME_AS_TEXT[connection.vendor].format(name) if name in TIMES else name for name in WHOLE)
    condition, given = ("WHERE seq > %s", [after]) if after is not None else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {Event._meta.db_table} {condition} ORDER BY seq LIMIT %s", [*given, count])
        return [_entry(row) for row in cursor.fetchall()]


def _entry(row: tuple[Any, ...]) -> dict[str, Any]:
    entry = dict(zip(WHOLE, row, strict=True))
    for name in TIMES:
        entry[name] = _moment(entry[name])
    return entry


def _moment(value: str | None) -> str | None:
    """The digested text of a time column; see TIME_AS_TEXT for what the databases give."""
    if value is None or value.endswith("AD"):
        return value and value[:-2]
    day, _, time = value.partition(" ")
    second, _, fraction = time.partition(".")
    return f"{day}T{second}.{fraction:0<6}Z"


def verifications() -> QuerySet[Event]:
    """Earlier checks of the whole ledger, latest first."""
    return Event.objects.filter(subject_kind="ledger", kind="ledger.verify").order_by("-seq")


def as_anchor(event: Event | None) -> Anchor:
    return Anchor(event.seq, event.digest) if event else Anchor(0, "")
