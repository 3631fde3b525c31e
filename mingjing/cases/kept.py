"""Which of the unusual tables and columns (`usual: false` in the vocabulary) this bureau fills in: one row is enough.

Facts of a few matters cannot tell by themselves what is kept elsewhere, so it is asked of the whole database. What is kept stays kept in the memory of a
process; what is not is asked again after a while, for it may have begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from django.db import connection, models

from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS
from mingjing.cases.vocabulary import vocabulary
from rulebook.vocabulary import Table

ASK_EVERY = 60.0  # seconds
_kept: set[str] = set()
_asked: list[float] = []


def kept() -> frozenset[str]:
    """Names as the rule engine takes them: `loan`, `case.refused_at`."""
    if not _asked or monotonic() - _asked[0] > ASK_EVERY:
        _asked[:] = [monotonic()]
        for table in vocabulary().tables.values():
            _kept.update(_of_table(table))
    return frozenset(_kept)


def remember(names: Iterable[str]) -> None:
    """What has been seen to be filled in."""
    _kept.update(names)


def forget() -> None:
    """Ask anew: for a process that turns to another database."""
    _kept.clear()
    _asked.clear()


def _of_table(table: Table) -> Iterable[str]:
    if table.name not in NOUNS:
        return
    wanted = {f"{table.name}.{column.name}": column.name for column in table.columns.values() if not column.usual} if table.usual else {table.name: ""}
    wanted = {name: column for name, column in wanted.items() if name not in _kept}
    if not wanted:
        return
    quote = connection.ops.quote_name
    from_table, known = quote(NOUNS[table.name]._meta.db_table), columns(table.name)
    asked = [f"EXISTS (SELECT 1 FROM {from_table}{_filled(known[column], quote) if column else ''})" for column in wanted.values()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(asked)}")  # names of our own models only
        yield from (name for name, is_kept in zip(wanted, cursor.fetchone(), strict=True) if is_kept)


def _filled(field: models.Field, quote: Callable[[str], str]) -> str:
    name = quote(field.column)
    return f" WHERE {name} <> ''" if isinstance(field, models.CharField) else f" WHERE {name} IS NOT NULL"
