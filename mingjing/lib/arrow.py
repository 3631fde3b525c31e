"""A query of Django's as an Arrow table, column by column, in the types of the rules' vocabulary, without making objects of rows."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from rulebook.vocabulary import Table

TYPES = {
    "text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "flag": pa.bool_(), "date": pa.date32(), "time": pa.timestamp("us", "UTC"),
}
CHUNK = 20_000


def table(rows: QuerySet, form: Table, attributes: dict[str, str]) -> pa.Table:
    """The columns of a fact table from a queryset; `attributes` says which attribute holds which column. Empty texts are unknown (null)."""
    names = list(form.columns)
    schema = pa.schema([(name, TYPES[form.columns[name].type]) for name in names])
    try:
        sql, values = rows.order_by().values_list(*[attributes[name] for name in names]).query.sql_with_params()
    except EmptyResultSet:  # Django sees by itself that nothing can match
        return schema.empty_table()
    batches = [pa.record_batch([_array(cells, schema.field(i).type) for i, cells in enumerate(columns)], schema=schema) for columns in _columns(sql, values)]
    return pa.Table.from_batches(batches, schema=schema)


def _columns(sql: str, values: tuple) -> Iterator[list[tuple]]:
    """Chunks of the result, turned to columns. SQLite gives naive times in UTC, PostgreSQL aware ones."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        while chunk := cursor.fetchmany(CHUNK):
            yield list(zip(*chunk, strict=True))


def _array(cells: tuple, kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.array([cell or None for cell in cells], kind)
    if pa.types.is_floating(kind):  # decimals
        return pa.array([None if cell is None else float(cell) for cell in cells], kind)
    if pa.types.is_timestamp(kind) and connection.vendor == "sqlite":
        return pc.assume_timezone(pa.array(cells, pa.timestamp("us")), "UTC")
    return pa.array(cells, kind)
