"""An event log in one CSV or Parquet table: a row per event, columns named by the mapping."""

from __future__ import annotations

from pathlib import Path

import duckdb

from rulebook.errors import Fault, SourceError, Text
from rulebook.facts import Facts, literal, quote
from rulebook.sources.csvfile import ROW, CsvForm, read_csv
from rulebook.sources.eventlog import take_events
from rulebook.sources.faults import empty
from rulebook.sources.folder import bad_parquet, unglobbed
from rulebook.sources.mapping import Mapping
from rulebook.sources.projection import project
from rulebook.sources.stream import Progress
from rulebook.sources.times import TimeReader, with_instants


def take_csv(facts: Facts, path: Path, mapping: Mapping, _progress: Progress | None, _threads: int | None) -> None:
    """Read the table and project it. Raises SourceError when it cannot be read or lacks a column."""
    if not path.stat().st_size:
        raise empty(path)
    if path.suffix.lower() == ".parquet":
        _register_parquet(facts, path)
    else:
        rows, ragged = read_csv(path, "event", CsvForm(mapping.delimiter, mapping.encoding, mapping.columns))
        facts.reject("event", ragged)
        facts.connection.register("log_read", rows)
    _check_columns(facts, path, mapping)
    given = facts.connection.execute(_given(mapping)).to_arrow_table()
    times = {"time": mapping.time, **{f"@{name}": name for name in sorted(mapping.time_attributes)}}
    given = with_instants(facts, TimeReader(mapping.time_zone, mapping.time_format), given, times, str(path))
    facts.connection.register("given_event", given)
    take_events(facts, mapping)
    facts.connection.unregister("given_event")
    facts.connection.execute("DROP VIEW IF EXISTS log_read")
    project(facts, mapping)


def _register_parquet(facts: Facts, path: Path) -> None:
    query = f"SELECT *, file_row_number + 1 AS {quote(ROW)} FROM read_parquet({literal(unglobbed(path))}, file_row_number = true)"
    try:
        facts.connection.execute(f"CREATE OR REPLACE TEMP VIEW log_read AS {query}")
    except duckdb.Error as error:
        raise bad_parquet(str(path), error) from error


def _check_columns(facts: Facts, path: Path, mapping: Mapping) -> None:
    there = [row[0] for row in facts.connection.execute("DESCRIBE log_read").fetchall() if row[0] not in (ROW, "file_row_number")]
    asked = dict.fromkeys([mapping.case, mapping.activity, mapping.time, *sorted(mapping.event_attributes), *sorted(mapping.case_attributes)])
    known = "、".join(there)
    faults = [Fault(str(path), 1, Text(f"没有列“{name}”，映射文件 {mapping.path} 用到它", f"there is no column “{name}”, which {mapping.path} asks for"),
                    Text(f"可用的列：{known}；核对列名和 delimiter", f"known columns: {known}; check the name and the delimiter"))
              for name in asked if name not in there]
    if faults:
        raise SourceError(faults)


def _given(mapping: Mapping) -> str:
    """Every column as text: instants of Parquet bear their offset, its local times bear none and fall under the mapping's `time_zone`."""
    named = {"case": mapping.case, "activity": mapping.activity, "time": mapping.time}
    named |= {f"@{name}": name for name in sorted(mapping.event_attributes)} | {f"case@{name}": name for name in sorted(mapping.case_attributes)}
    columns = ", ".join(f"{quote(column)}::VARCHAR AS {quote(name)}" for name, column in named.items())
    return f"SELECT {quote(ROW)} AS \"row\", {columns}, NULL::VARCHAR AS fault FROM log_read"
