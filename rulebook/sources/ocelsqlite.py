"""OCEL 2.0 as SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rulebook.facts import quote
from rulebook.sources.ocel import OcelLog, not_ocel, old_version

TABLES = ("event", "object", "event_object", "object_object", "event_map_type", "object_map_type")
OWN_COLUMNS = {"ocel_id", "ocel_time", "ocel_changed_field"}


def read_sqlite(path: Path) -> OcelLog:
    """Read without writing, not even a lock file. Raises SourceError."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            # SQLite types single values: an id may be a number in one table and text in the next
            connection.text_factory = str
            return _read(connection, path)
    except sqlite3.Error as error:
        raise not_ocel(path, f"SQLite 读取失败（{error}）", f"SQLite fails ({error})") from error
    except UnicodeDecodeError as error:
        raise not_ocel(path, "文字不是 UTF-8", "its texts are not UTF-8") from error


def _read(connection: sqlite3.Connection, path: Path) -> OcelLog:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    missing = [name for name in TABLES if name not in there]
    if missing:
        if len(missing) == len(TABLES) and not {"events", "objects", "EVENTS", "OBJECTS"} & there:
            raise not_ocel(path, f"缺少表 {'、'.join(missing)}", f"it lacks the tables {', '.join(missing)}")
        if {"event_map_type", "object_map_type"} <= set(missing) or len(missing) == len(TABLES):
            raise old_version(path)
        raise not_ocel(path, f"缺少表 {'、'.join(missing)}", f"it lacks the tables {', '.join(missing)}")
    log = OcelLog()
    times = _event_times(connection, there, log)
    log.events = [(event, activity, times.get(event)) for event, activity in _texts(connection, "event", "ocel_id", "ocel_type")]
    log.objects = _texts(connection, "object", "ocel_id", "ocel_type")
    log.relations = _texts(connection, "event_object", "ocel_event_id", "ocel_object_id", "ocel_qualifier")
    log.links = _texts(connection, "object_object", "ocel_source_id", "ocel_target_id", "ocel_qualifier")
    _object_changes(connection, there, log)
    return log


def _texts(connection: sqlite3.Connection, table: str, *columns: str) -> list[tuple]:
    texts = ", ".join(f"CAST({quote(column)} AS TEXT)" for column in columns)
    return connection.execute(f"SELECT {texts} FROM {quote(table)} ORDER BY rowid").fetchall()


def _typed_tables(connection: sqlite3.Connection, there: set[str], kind: str) -> list[tuple[str, list[str]]]:
    """The tables of single types, with their attribute columns."""
    names = [f"{kind}_{mapped}" for _, mapped in _texts(connection, f"{kind}_map_type", "ocel_type", "ocel_type_map")]
    return [(name, [row[1] for row in connection.execute(f"PRAGMA table_info({quote(name)})") if row[1] not in OWN_COLUMNS])
            for name in names if name in there]


def _event_times(connection: sqlite3.Connection, there: set[str], log: OcelLog) -> dict[str, str]:
    times = {}
    for table, attributes in _typed_tables(connection, there, "event"):
        for event, time, *values in _texts(connection, table, "ocel_id", "ocel_time", *attributes):
            times[event] = time
            log.values += [(event, name, value) for name, value in zip(attributes, values, strict=True) if value is not None]
    return times


def _object_changes(connection: sqlite3.Connection, there: set[str], log: OcelLog) -> None:
    for table, attributes in _typed_tables(connection, there, "object"):
        for thing, time, *values in _texts(connection, table, "ocel_id", "ocel_time", *attributes):
            log.changes += [(thing, name, time, value) for name, value in zip(attributes, values, strict=True) if value is not None]
