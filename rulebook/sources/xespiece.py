"""What a reader makes of a stretch of an XES log: two tables, of events and of traces."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Wanted:
    """The attributes that a mapping asks for; all others are passed over unread."""

    trace: frozenset[str]
    event: frozenset[str]


@dataclass(frozen=True)
class Piece:
    """`events`: `trace` (index into `traces`, NULL outside any trace), `repeated` (an attribute given twice) and the wanted attributes as text.

    `traces`: a row per trace in file order with `repeated` and the wanted attributes.
    """

    events: pa.Table
    traces: pa.Table


def event_schema(wanted: Wanted) -> pa.Schema:
    return pa.schema([("trace", pa.int64()), *_attribute_fields(wanted.event)])


def trace_schema(wanted: Wanted) -> pa.Schema:
    return pa.schema(_attribute_fields(wanted.trace))


def _attribute_fields(names: frozenset[str]) -> list[tuple[str, pa.DataType]]:
    """Attributes carry a mark, so that no attribute's name can be taken for one of the columns beside them."""
    return [("repeated", pa.string()), *((f"@{name}", pa.string()) for name in sorted(names))]


def join_pieces(pieces: list[Piece], wanted: Wanted) -> Piece:
    """One piece of many, in order; trace indexes count on through all of them."""
    events, traces, before = [event_schema(wanted).empty_table()], [trace_schema(wanted).empty_table()], 0
    for piece in pieces:
        events.append(piece.events.set_column(0, "trace", _shifted(piece.events.column("trace"), before)))
        traces.append(piece.traces)
        before += piece.traces.num_rows
    return Piece(pa.concat_tables(events), pa.concat_tables(traces))


def _shifted(indexes: pa.ChunkedArray, by: int) -> pa.ChunkedArray:
    return pc.add(indexes, pa.scalar(by, pa.int64()))
