"""All facts of the house: what every app offers, gathered for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyarrow as pa
from django.db import connection

from mingjing.accounts import facts as accounts
from mingjing.cases import facts as cases
from mingjing.cases.vocabulary import vocabulary

TABLES = {**accounts.TABLES, **cases.TABLES}
BEGIN = {"postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "sqlite": "BEGIN DEFERRED"}


def snapshot(names: Iterable[str] | None = None) -> dict[str, pa.Table]:
    """Fact tables by name as they stood at one moment, while others go on writing. Raises KeyError for a table that no app offers."""
    forms = vocabulary().tables
    with _one_moment():
        return {name: TABLES[name](forms[name]) for name in (TABLES if names is None else names)}


@contextmanager
def _one_moment() -> Iterator[None]:
    """All reads inside see the same state: without it a party could arrive in the snapshot without its case. Takes no lock of writers; Django's own
    `atomic` would (on SQLite it begins with the lock, on PostgreSQL each statement sees a newer state)."""
    if connection.in_atomic_block:  # the caller has a transaction of his own
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(BEGIN[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
