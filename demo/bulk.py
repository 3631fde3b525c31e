"""Many rows at once into a table of the platform: COPY on PostgreSQL, one prepared INSERT on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from django.db import connection, models

INDEXES = """
    SELECT i.indexname, i.indexdef FROM pg_indexes AS i WHERE i.schemaname = current_schema() AND i.tablename = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = (quote_ident(i.schemaname) || '.' || quote_ident(i.indexname))::regclass)
    ORDER BY i.indexname"""


def columns_of(model: type[models.Model]) -> list[models.Field]:
    """The columns that are given: all but a number that the database counts itself."""
    return [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]


def insert(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """New rows, as they stand, in the caller's transaction. Unlike `bulk_create` it gives the rows no keys back."""
    names = [field.attname for field in columns_of(model)]
    insert_values(model, ([getattr(row, name) for name in names] for row in rows))


def insert_values(model: type[models.Model], rows: Iterable[Sequence[Any]]) -> None:
    """The same from values in the order of `columns_of`."""
    fields = columns_of(model)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})", plain_rows(fields, rows))


def plain_rows(fields: Sequence[models.Field], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Values as Django keeps them in SQLite: times as texts in UTC, days and amounts as texts."""
    times = [place for place, field in enumerate(fields) if isinstance(field, models.DateTimeField)]
    texts = [place for place, field in enumerate(fields) if isinstance(field, models.DateField | models.DecimalField) and place not in times]
    for row in rows:
        cells = list(row)
        for place in times:
            if cells[place] is not None:
                cells[place] = str(cells[place].astimezone(UTC).replace(tzinfo=None))
        for place in texts:
            if cells[place] is not None:
                cells[place] = str(cells[place])
        yield cells


@contextmanager
def without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """On PostgreSQL the indexes of these tables (not those that hold a constraint) are made once at the end, instead of being kept up row by row."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [list(tables)])
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # inside a transaction of the caller an index cannot be made while checks are waiting
        for _, made_by in found:
            cursor.execute(made_by)
