"""Facts: the tables that rules are judged on, in an in-memory DuckDB, behind one gate.

Every source hands its raw rows to `Facts.add`. The gate gives each column the vocabulary's type, sets aside rows that cannot be judged
(with row number, column, reason and the original row) and counts both. Nothing is dropped silently and nothing is repaired by guess:
"NA", "null" and "001" are ordinary texts.

What an ordinary case system lacks (`usual: false` in the vocabulary) counts as missing as long as no row holds it: the rules that read it are skipped and
named, instead of finding in every case that nothing was entered.

Times are instants (TIMESTAMPTZ). A time without an offset is read in the vocabulary's time zone. Times outside 1980–2060, where the calendar
of workdays ends, and dates outside 1880–2100 are set aside. Of rows with one key the first in the source's order stays; which other rows are
set aside does not depend on that order.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from rulebook.errors import Fault, SourceError, Text
from rulebook.timelimits import prepare
from rulebook.vocabulary import Column, Table, Vocabulary
from rulebook.workdays import load_calendar

REJECT_SCHEMA = pa.schema([
    ("table", pa.string()), ("row", pa.int64()), ("column", pa.string()), ("reason", pa.string()), ("original", pa.string()),
])
FLAG_WORDS = {"是": True, "否": False, "有": True, "无": False}
WHOLE = r"^[+-]?\d+(\.0*)?$"  # DuckDB by itself would round 1.5 and read 0x10 and 1_000
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
WHOLES = r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER"
NUMERIC = re.compile(rf"^({WHOLES}|FLOAT|DOUBLE|DECIMAL\(.*\))$")
MOMENTS = re.compile(r"^(DATE|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?)$")
ALIKE = {"whole": re.compile(f"^({WHOLES})$"), "date": MOMENTS, "time": MOMENTS}  # raw types taken as they are; all others are read as text
# type: (reason, first and last that can be judged, exclusive)
RANGES = {
    "time": ("时间不在 1980—2060 年之间", "TIMESTAMPTZ '1980-01-01'", "TIMESTAMPTZ '2061-01-01'"),
    "date": ("日期不在 1880—2100 年之间", "DATE '1880-01-01'", "DATE '2101-01-01'"),
}


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass
class Reject:
    """Rows of one table set aside for one reason."""

    table: str
    column: str
    reason: str
    rows: int


class Facts:
    """Fact tables ready to be judged. Not tied to a clock: the time of judgement is a parameter of `evaluate`.

    `kept`: for a part of the facts, the unusual tables and columns (`loan`, `case.refused_at`) that are filled in somewhere in the whole; None when these
    are all the facts there are.
    """

    def __init__(self, vocabulary: Vocabulary, connection: duckdb.DuckDBPyConnection | None = None, kept: Collection[str] | None = None):
        self.vocabulary = vocabulary
        self.kept = frozenset(kept or ())
        self.connection = connection or _connect(vocabulary)
        self.lock = threading.RLock()  # one connection, one query at a time; DuckDB itself uses many threads
        self.present: dict[str, frozenset[str]] = {}
        self.rows = 0
        self.rejects: list[Reject] = []
        self.notes: list[Text] = []
        self._indexed: set[str] = set()
        self._empty: set[str] = set()
        self._spans: dict[tuple[str, str], tuple[datetime, datetime] | None] = {}
        self._rejected: list[pa.Table] = []

    @classmethod
    def from_arrow(cls, vocabulary: Vocabulary, tables: Mapping[str, pa.Table], kept: Collection[str] | None = None) -> Facts:
        """Facts from Arrow tables, one a fact table; tables of the vocabulary that are not given are absent, not empty."""
        facts = cls(vocabulary, kept=kept)
        for name, table in tables.items():
            facts._add_arrow(name, table)
        return facts

    @classmethod
    def from_rows(cls, vocabulary: Vocabulary, tables: Mapping[str, Iterable[Mapping[str, Any]]], like: Facts | None = None) -> Facts:
        """Facts from plain rows, as in the examples of a rule: every table is present, those without rows are empty.

        `like` lends its connection, which saves preparing a new one; its own tables are replaced. Raises SourceError for unknown tables and columns.
        """
        facts = cls(vocabulary, like.connection if like else None, vocabulary.unusual)
        for name in sorted(like._indexed) if like else ():
            facts.connection.execute(f"DROP TABLE {quote(name)}")
        if like and like.vocabulary is vocabulary:
            facts._empty = like._empty  # one record for all facts that use the connection in turn: what one fills is empty for none
        for name in dict.fromkeys([*vocabulary.tables, *tables]):
            table, rows = facts._known_table(name, name), list(tables.get(name, ()))
            if rows:
                columns = dict.fromkeys([*table.columns, *(column for row in rows for column in row)])
                facts._add_arrow(name, pa.table({column: pa.array([_plain(row.get(column)) for row in rows], pa.string()) for column in columns}))
            else:
                facts._add_empty(table, is_there=name in facts._empty)
        return facts

    def _add_arrow(self, name: str, table: pa.Table) -> None:
        self.connection.register(f"given {name}", table)
        self.add(name, f"SELECT * FROM {quote(f'given {name}')}", origin=name)

    def _add_empty(self, table: Table, *, is_there: bool) -> None:
        """`is_there`: the connection holds it already, of the same vocabulary and as empty."""
        self._empty.add(table.name)
        self.present[table.name] = frozenset(table.columns)
        if is_there:
            return
        columns = ", ".join(f"CAST(NULL AS {column.sql_type}) AS {quote(column.name)}" for column in table.columns.values())
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote(table.name)} AS SELECT {columns} WHERE false")

    @property
    def rejected(self) -> int:
        return sum(reject.rows for reject in self.rejects)

    def rejected_rows(self) -> pa.Table:
        """The rows set aside: table, row number in its source (from 1), column, reason in Chinese, the row as JSON."""
        return pa.concat_tables([REJECT_SCHEMA.empty_table(), *self._rejected])

    def reject(self, table: str, rows: pa.Table) -> None:
        """Take in rows that a reader set aside before they became facts; `rows` has REJECT_SCHEMA."""
        if rows.num_rows:
            self._rejected.append(rows.cast(REJECT_SCHEMA))
            counted = rows.group_by(["column", "reason"]).aggregate([("row", "count")]).to_pylist()
            self.rejects += [Reject(table, each["column"], each["reason"], each["row_count"]) for each in counted]

    def add(self, name: str, query: str, origin: str, *, count_rows: bool = True, row_column: str | None = None) -> None:
        """Take in fact table `name` from the SELECT `query`, whose columns may be of any type. `origin` names the source in messages.

        `row_column` of the query, no column of the table, holds the row numbers in the source; without it rows are counted from 1.

        Raises SourceError for a table or column that the vocabulary does not know, and for a missing key column.
        """
        table = self._known_table(name, origin)
        raw = f"raw {name}"
        self._spans.clear()
        self._empty.discard(name)
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote(raw)} AS {query}")
        types = {row[0]: row[1] for row in self.connection.execute(f"DESCRIBE {quote(raw)}").fetchall() if row[0] != row_column}
        self._check_columns(table, types, origin)
        readings = [_Reading(column, types[column.name]) for column in table.columns.values() if column.name in types]
        key = next(reading.value for reading in readings if reading.column.name == table.key)
        total, bad, distinct = self.connection.execute(f"""
            SELECT count(*), count(fault), count(DISTINCT key) FILTER (WHERE fault IS NULL)
            FROM (SELECT {_reason_sql(table, readings)} AS fault, {key} AS key FROM {_read_sql(quote(raw), readings)})""").fetchone()
        if bad or distinct != total - bad:
            kept = self._set_aside(table, readings, row_column)
        else:
            typed = ", ".join(f"{reading.cast} AS {reading.given}" for reading in readings)
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS SELECT {typed} FROM {quote(raw)}")
            kept = total
        self.present[name] = frozenset(reading.column.name for reading in readings if self._is_kept(table, reading.column))
        if not table.usual and not kept and name not in self.kept:
            del self.present[name]
        if count_rows:
            self.rows += kept

    def _is_kept(self, table: Table, column: Column) -> bool:
        name = f"{table.name}.{column.name}"
        return column.usual or name in self.kept or bool(self.connection.execute(
            f"SELECT 1 FROM {quote(table.name)} WHERE {quote(column.name)} IS NOT NULL LIMIT 1").fetchall())

    @property
    def unusual_kept(self) -> frozenset[str]:
        """The unusual tables and columns that are filled in, as `kept` takes them."""
        names = {*self.present, *(f"{table}.{column}" for table, columns in self.present.items() for column in columns)}
        return frozenset(names & self.vocabulary.unusual)

    def span(self, table: str, column: str) -> tuple[datetime, datetime] | None:
        """The first and the last moment in a column of times; None for a column of another kind, without values, or that the source lacks."""
        if (table, column) not in self._spans:
            known = column in self.present.get(table, ()) and self.vocabulary.tables[table].columns[column].type == "time"
            found = self.connection.execute(f"SELECT min({quote(column)}), max({quote(column)}) FROM {quote(table)}").fetchone() if known else (None,)
            self._spans[table, column] = found if found[0] is not None else None
        return self._spans[table, column]

    def keys(self, query: str) -> list[str]:
        """The first column of a query as texts, NULL left out; none where the source lacks what it reads."""
        try:
            return [str(row[0]) for row in self.connection.execute(query).fetchall() if row[0] is not None]
        except (duckdb.CatalogException, duckdb.BinderException):  # the rule is then skipped with what is missing
            return []

    def index(self) -> None:
        """Hold all tables in memory with an index on each key and reference, so that single subjects are found at once."""
        for name, columns in self.present.items():
            if name in self._indexed:
                continue
            table = self.vocabulary.tables[name]
            held = f"held {name}"
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quote(held)} AS SELECT * FROM {quote(name)}")
            self.connection.execute(f"DROP VIEW {quote(name)}")  # a view would hide the index
            self.connection.execute(f"ALTER TABLE {quote(held)} RENAME TO {quote(name)}")
            self._indexed.add(name)
            self._empty.discard(name)
            keys = [table.key, *(column.name for column in table.columns.values() if column.refers and column.name in columns)]
            for key in dict.fromkeys(keys):
                self.connection.execute(f"CREATE INDEX {quote(f'{held} {key}')} ON {quote(name)} ({quote(key)})")

    def _known_table(self, name: str, origin: str) -> Table:
        table = self.vocabulary.tables.get(name)
        if table is None:
            known = "、".join(self.vocabulary.tables)
            raise SourceError([Fault(origin, 0, Text(f"词汇表里没有事实表“{name}”", f"the vocabulary has no table “{name}”"),
                                     Text(f"可用的表：{known}", f"known tables: {known}"))])
        return table

    def _check_columns(self, table: Table, types: Mapping[str, str], origin: str) -> None:
        faults = []
        for column in types:
            if column not in table.columns:
                faults.append(Fault(origin, 0, Text(f"事实表 {table.name} 没有列“{column}”", f"table {table.name} has no column “{column}”"),
                                    Text(f"可用的列：{'、'.join(table.columns)}", f"known columns: {', '.join(table.columns)}")))
        if table.key not in types:
            faults.append(Fault(origin, 0, Text(f"缺少主键列“{table.key}”", f"the key column “{table.key}” is missing"),
                                Text("补上这一列，每行一个不重复的编号", "add it, with a code of its own for every row")))
        if faults:
            raise SourceError(faults)

    def _set_aside(self, table: Table, readings: list[_Reading], row_column: str | None) -> int:
        """Split the raw rows into kept rows and rejects; of rows that share a key the first stays. Returns the number kept."""
        # names with a blank cannot be those of tables and columns, see `vocabulary.NAME`
        held, raw, judged = (quote(f"{word} {table.name}") for word in ("kept", "raw", "judged"))
        place, row, fault, verdict, original = (quote(f"the {word}") for word in ("place", "row", "fault", "verdict", "original"))
        names = ", ".join(reading.given for reading in readings)
        typed = ", ".join(f"{reading.value} AS {reading.given}" for reading in readings)
        texts = ", ".join(f"{literal(reading.column.name)}: r.{reading.given}::VARCHAR" for reading in readings)
        numbered = f"(SELECT *, row_number() OVER () AS {place} FROM {raw})"
        self.connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE {judged} AS
            WITH checked AS (
                SELECT {place}, {quote(row_column) if row_column else place} AS {row}, {_reason_sql(table, readings)} AS {fault}, {typed},
                    {{{texts}}} AS {original} FROM {_read_sql(numbered, readings)} AS r)
            SELECT *, CASE WHEN {fault} IS NOT NULL THEN {fault}
                WHEN row_number() OVER (PARTITION BY {fault} IS NULL, {quote(table.key)} ORDER BY {place}) > 1
                THEN {literal(table.key + '|编号重复，先出现的一行已采用')} END AS {verdict} FROM checked""")
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {held} AS SELECT {names} FROM {judged} WHERE {verdict} IS NULL")
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote(table.name)} AS SELECT * FROM {held}")
        self.reject(table.name, self.connection.execute(f"""
            SELECT {literal(table.name)} AS "table", {row} AS "row", split_part({verdict}, '|', 1) AS "column",
                substr({verdict}, strpos({verdict}, '|') + 1) AS reason, to_json({original})::VARCHAR AS original
            FROM {judged} WHERE {verdict} IS NOT NULL ORDER BY {place}""").to_arrow_table())
        self.connection.execute(f"DROP TABLE {judged}")
        return self.connection.execute(f"SELECT count(*) FROM {held}").fetchone()[0]


def _connect(vocabulary: Vocabulary) -> duckdb.DuckDBPyConnection:
    settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = duckdb.connect(config=settings)
    connection.execute(f"SET TimeZone = {literal(vocabulary.time_zone.key)}")
    connection.execute("SET enable_progress_bar = false")  # it would write into whatever a command prints
    prepare(connection, vocabulary.time_zone, load_calendar(vocabulary.calendar, vocabulary.overrides))
    return connection


def sound_sql(table: Table) -> str:
    """A SELECT of whether the gate would take in all rows that already stand in the table in the vocabulary's types."""
    readings = [_Reading(column, column.sql_type) for column in table.columns.values()]
    return f"""SELECT count(fault) = 0 AND count(DISTINCT key) = count(*) FROM (
        SELECT {_reason_sql(table, readings)} AS fault, {quote(table.key)} AS key FROM {_read_sql(quote(table.name), readings)})"""


@dataclass(frozen=True)
class _Reading:
    """One column of a source at the gate: `given` as it came, `value` as read in the vocabulary's type, NULL if it cannot be."""

    column: Column
    raw_type: str

    @property
    def given(self) -> str:
        return quote(self.column.name)

    @property
    def cast(self) -> str:
        return cast_sql(self.column, self.raw_type)

    @property
    def value(self) -> str:
        return self.given if self.cast == self.given else quote(f"{self.column.name} read")


def _read_sql(raw: str, readings: list[_Reading]) -> str:
    """The raw rows with each value read once, for reading texts is what costs time."""
    read = ", ".join(["*", *(f"{reading.cast} AS {reading.value}" for reading in readings if reading.value != reading.given)])
    return f"(SELECT {read} FROM {raw})"


def cast_sql(column: Column, raw_type: str) -> str:
    """The raw column in the vocabulary's type; NULL where it cannot be read as that type."""
    name = quote(column.name)
    if column.type == "number" and NUMERIC.match(raw_type):
        return f"CASE WHEN isfinite(try_cast({name} AS DOUBLE)) THEN try_cast({name} AS DOUBLE) END"
    if raw_type == column.sql_type:
        return name
    if raw_type == "VARCHAR":
        return _read_text(column, name)
    alike = ALIKE.get(column.type)
    if column.type == "text" or (alike and alike.match(raw_type)):
        return f"try_cast({name} AS {column.sql_type})"
    return _read_text(column, f"CAST({name} AS VARCHAR)")


def _read_text(column: Column, text: str) -> str:
    if column.type == "flag":
        words = " ".join(f"WHEN {literal(word)} THEN {str(value).lower()}" for word, value in FLAG_WORDS.items())
        return f"CASE trim({text}) {words} ELSE try_cast(trim({text}) AS BOOLEAN) END"
    if column.type in ("whole", "number"):
        form = WHOLE if column.type == "whole" else NUMBER
        number = f"try_cast(trim({text}) AS {column.sql_type})"
        finite = f" AND isfinite({number})" if column.type == "number" else ""
        return f"CASE WHEN regexp_matches(trim({text}), {literal(form)}){finite} THEN {number} END"
    if column.type == "date":  # read as a date alone, whatever followed the tenth letter would pass
        return f"CASE WHEN try_cast({text} AS TIMESTAMP) IS NOT NULL THEN try_cast({text} AS DATE) END"
    if column.type == "time":  # DuckDB wants seconds before an offset: 09:00+08:00 is read as 09:00:00+08:00
        text = f"regexp_replace(trim({text}), '^(.{{10}}[T ][0-9]{{2}}:[0-9]{{2}})([Zz+-].*)$', '\\1:00\\2')"
    return f"try_cast({text} AS {column.sql_type})"


def _reason_sql(table: Table, readings: list[_Reading]) -> str:
    """`column|reason` for a row that cannot be judged, NULL for a good one. The first reason that applies is given."""
    tests = [f"WHEN {_is_blank(quote(table.key))} THEN {literal(table.key + '|缺少编号')}"]
    for reading in readings:
        tests += _column_tests(reading)
    values = {reading.column.name: reading.value for reading in readings}
    for first, then in table.ordered:
        if first in values and then in values:
            tests.append(f"WHEN {values[then]} < {values[first]} THEN {literal(then + '|早于' + table.columns[first].label)}")
    return f"CASE {' '.join(tests)} END"


def _column_tests(reading: _Reading) -> list[str]:
    column, given, value, tests = reading.column, reading.given, reading.value, []
    if column.required:
        tests.append(f"WHEN {_is_blank(given)} THEN {literal(column.name + '|必填项为空')}")
    if value != given:
        tests.append(f"WHEN {given} IS NOT NULL AND {value} IS NULL THEN {literal(column.name + '|无法识别为' + _type_label(column))}")
    if column.type in RANGES:
        reason, first, last = RANGES[column.type]
        tests.append(f"WHEN {value} < {first} OR {value} >= {last} THEN {literal(f'{column.name}|{reason}')}")
    if column.values:
        allowed = ", ".join(literal(each) for each in column.values)
        tests.append(f"WHEN {value} NOT IN ({allowed}) THEN {literal(column.name + '|取值不在词汇表中')}")
    return tests


def _is_blank(name: str) -> str:
    return f"({name} IS NULL OR trim({name}::VARCHAR) = '')"


def _type_label(column: Column) -> str:
    return {"text": "文字", "whole": "整数", "number": "数", "flag": "是否", "date": "日期", "time": "时间"}[column.type]


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
