"""OCEL 2.0 object-centric event logs in their three forms: SQLite, JSON and XML, read into the same five tables.

Texts stay as they are; times are read later under the mapping's rules. Entries that are no proper event or object stay in, with `fault`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from rulebook.errors import SourceError
from rulebook.sources.faults import refusal

EVENT = pa.schema([("event", pa.string()), ("activity", pa.string()), ("time", pa.string())])
OBJECT = pa.schema([("object", pa.string()), ("type", pa.string())])
CHANGE = pa.schema([("object", pa.string()), ("name", pa.string()), ("time", pa.string()), ("value", pa.string())])
RELATION = pa.schema([("event", pa.string()), ("object", pa.string()), ("qualifier", pa.string())])
LINK = pa.schema([("source", pa.string()), ("target", pa.string()), ("qualifier", pa.string())])
VALUE = pa.schema([("event", pa.string()), ("name", pa.string()), ("value", pa.string())])


@dataclass
class OcelLog:
    """What a form gives: rows in file order. `values` are attributes of events, `changes` those of objects with the time they hold from."""

    events: list[tuple] = field(default_factory=list)
    objects: list[tuple] = field(default_factory=list)
    values: list[tuple] = field(default_factory=list)
    changes: list[tuple] = field(default_factory=list)
    relations: list[tuple] = field(default_factory=list)
    links: list[tuple] = field(default_factory=list)

    def tables(self) -> dict[str, pa.Table]:
        schemas = {"events": EVENT, "objects": OBJECT, "values": VALUE, "changes": CHANGE, "relations": RELATION, "links": LINK}
        return {name: _table(getattr(self, name), schema) for name, schema in schemas.items()}


def _table(rows: list[tuple], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    numbered = schema.insert(0, pa.field("row", pa.int64()))
    return pa.Table.from_arrays([pa.array(range(1, len(rows) + 1), pa.int64()),
                                 *(pa.array(column, pa.string()) for column in columns)], schema=numbered)


def old_version(path: Path, line: int = 0) -> SourceError:
    return refusal(path, line, "这是 OCEL 1.0 日志，本程序读 OCEL 2.0", "this is an OCEL 1.0 log, and OCEL 2.0 is needed",
                   "请先转换为 OCEL 2.0（如用 PM4Py）", "convert it to OCEL 2.0 first (PM4Py does)")


def not_ocel(path: Path, zh: str, en: str, line: int = 0) -> SourceError:
    return refusal(path, line, f"不是 OCEL 2.0 日志：{zh}", f"is no OCEL 2.0 log: {en}",
                   "核对文件是否选对、导出是否完整", "check that it is the right file and complete")
