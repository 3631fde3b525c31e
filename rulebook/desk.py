"""Judging one matter after another: every query is planned once and then only run.

For a handful of rows nearly all the time goes into planning. The desk has a table for each fact table; the rows of a matter are laid on it, first each
subject table is asked once which versions of which rules have a subject there at all, and only these are run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from threading import RLock

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rulebook.compiling import compile_rule, dated_sql, spoken_of, version_sql
from rulebook.conditions import time_literal
from rulebook.evaluation import ORDER, Evaluation, Result, Skipped
from rulebook.facts import Facts, literal, quote, sound_sql
from rulebook.query import Scope
from rulebook.rules import STAGES, Rule, Version
from rulebook.vocabulary import Table, Vocabulary
from rulebook.whole import NOTHING, SELECTED

NOW = "CAST($now AS TIMESTAMPTZ)"
EVER = datetime(2026, 1, 1, tzinfo=UTC)  # what a rule reads does not depend on the time
# The tables are empty when queries are planned. What would make use of that, or weighs one order of joins against another, is switched off.
UNPLANNED = ("statistics_propagation", "empty_result_pullup", "row_group_pruner", "join_order", "build_side_probe_side", "common_subplan", "join_elimination")


class Desk:
    """`kept` as for Facts. Not tied to a clock; one matter, one thread at a time. What a rule raises, while it is planned or run, is the caller's."""

    def __init__(self, rules: Iterable[Rule], vocabulary: Vocabulary, kept: Collection[str]):
        self.vocabulary = vocabulary
        self.present = {table.name: frozenset(column.name for column in table.columns.values() if column.usual or f"{table.name}.{column.name}" in kept)
                        for table in vocabulary.tables.values() if table.usual or table.name in kept}
        self.lock = RLock()
        self.connection = Facts(vocabulary).connection
        self.connection.execute("SET threads = 1")
        self.connection.execute(f"SET disabled_optimizers = {literal(','.join(UNPLANNED))}")
        for table in vocabulary.tables.values():
            columns = ", ".join(f"{quote(column.name)} {column.sql_type}" for column in table.columns.values())
            self.connection.execute(f"CREATE TEMP TABLE {quote(table.name)} ({columns})")
        self._versions: dict[str, list[tuple[Rule, Version]]] = {}
        self._missing: dict[str, tuple[str, ...]] = {}
        self._broken: dict[str, Exception] = {}  # raised when somebody judges by it
        for rule in rules:
            try:
                self._missing[rule.code] = compile_rule(rule, EVER).missing(self)
            except Exception as error:
                self._broken[rule.code] = error
                continue
            if not self._missing[rule.code]:
                self._versions.setdefault(rule.subject.name, []).extend((rule, version) for version in rule.versions)
        self._types = {name: self.connection.execute(f"SELECT * FROM {quote(name)}").to_arrow_table().schema for name in vocabulary.tables}
        self._nothing = self.connection.execute(f"SELECT {NOTHING} LIMIT 0").to_arrow_table()
        self._planned: set[str] = set()
        self._laid: set[str] = set()

    def plan(self) -> None:
        """Plan all queries ahead of the first matter (a second or two), instead of each when it is first needed."""
        with self.lock:
            for subject, versions in self._versions.items():
                self._plan(f"sieve {subject}", lambda versions=versions: self._sieve_sql(versions))
                for rule, version in versions:
                    self._plan(_name(rule, version), lambda rule=rule, version=version: self._version_sql(rule, version))
            for table in self.vocabulary.tables.values():
                self._plan(f"sound {table.name}", lambda table=table: sound_sql(table))

    def lay(self, tables: Mapping[str, pa.Table]) -> bool:
        """Put these rows on the desk instead of those that lie there. False, with nothing on it, unless the gate of Facts would take in each of them as
        it is: then it has to be asked."""
        with self.lock:
            self._clear()
            is_laid = all(self._lay(self.vocabulary.tables[name], rows) for name, rows in tables.items())
            if not is_laid:
                self._clear()
            return is_laid

    def judge(self, rules: Iterable[Rule], at: datetime, keys: Collection[str]) -> Evaluation:
        """Judge what lies on the desk, for the subjects with these keys, as `evaluate` does. The rules are of those that the desk was made for and have
        one subject table."""
        if at.tzinfo is None:
            raise ValueError("`at` must be an aware datetime")
        ordered, wanted = sorted(rules, key=lambda each: each.code), pa.array(sorted(keys), pa.string())
        with self.lock:
            falling = self._falling(ordered[0].subject.name, at) if ordered else {}
            outcomes = [self._judge(rule, falling.get(rule.code, ()), at, wanted) for rule in ordered]
        results, skipped = ([each for each in outcomes if isinstance(each, kind)] for kind in (Result, Skipped))
        return Evaluation(at, tuple(results), tuple(skipped))

    def _clear(self) -> None:
        for name in self._laid:
            self.connection.execute(f"DELETE FROM {quote(name)}")
        self._laid = set()

    def _lay(self, table: Table, rows: pa.Table) -> bool:
        if not rows.num_rows:
            return True
        present = self.present.get(table.name, frozenset())
        if not all(self._fits(table.name, name, rows, name in present) for name in table.columns):
            return False
        names = ", ".join(quote(name) for name in rows.column_names)
        self._laid.add(table.name)
        self.connection.execute(f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} FROM rows")
        return self._run(f"sound {table.name}", lambda: sound_sql(table)).fetchone()[0]

    def _fits(self, table: str, name: str, rows: pa.Table, is_present: bool) -> bool:
        """Whether a column is there that should be, empty if nobody keeps it, and of its own type."""
        if name not in rows.column_names:
            return not is_present
        return _is_alike(rows.schema.field(name).type, self._types[table].field(name).type) and (is_present or rows[name].null_count == rows.num_rows)

    def _falling(self, subject: str, at: datetime) -> dict[str, list[Version]]:
        """The versions of each rule that anything on the desk falls under."""
        versions = self._versions.get(subject, [])
        falls = self._run(f"sieve {subject}", lambda: self._sieve_sql(versions), at).fetchone() if versions else ()
        falling: dict[str, list[Version]] = {}
        for (rule, version), does_fall in zip(versions, falls, strict=True):
            if does_fall:
                falling.setdefault(rule.code, []).append(version)
        return falling

    def _sieve_sql(self, versions: Collection[tuple[Rule, Version]]) -> str:
        scope, tests = self._scope(versions[0][0]), []
        for rule, version in versions:
            conditions = version.check.conditions_sql(scope, dated_sql(rule, version, scope))
            tests.append(f"coalesce(bool_or({' AND '.join(f'({each})' for each in conditions)}), false)")
        return f"SELECT {', '.join(tests)} {scope.from_sql()}"

    def _judge(self, rule: Rule, versions: Collection[Version], at: datetime, wanted: pa.Array) -> Result | Skipped:
        if rule.code in self._broken:
            raise self._broken[rule.code]
        if self._missing[rule.code]:
            return Skipped(rule, self._missing[rule.code])
        started = time.perf_counter()
        tables = [self._run(_name(rule, version), lambda version=version: self._version_sql(rule, version), at).to_arrow_table()
                  for version in versions]
        judged = pa.concat_tables([self._nothing, *tables])
        own = judged.filter(pc.is_in(judged["subject"], wanted))
        found = own.filter(pc.is_in(own["stage"], pa.array(STAGES)))
        return Result(rule, own.num_rows, time.perf_counter() - started, found.sort_by(ORDER))

    def _version_sql(self, rule: Rule, version: Version) -> str:
        return f"SELECT {SELECTED} FROM ({version_sql(rule, version, self._scope(rule, also_shown=spoken_of(rule, self.present)))}) AS judged"

    def _scope(self, rule: Rule, **changes) -> Scope:
        return Scope(rule.vocabulary, rule.subject, None, now_sql=NOW, **changes)

    def _run(self, name: str, query: Callable[[], str], at: datetime | None = None) -> duckdb.DuckDBPyConnection:
        """Run a query by its name, planned when it is first asked for."""
        self._plan(name, query)
        return self.connection.execute(f"EXECUTE {quote(name)}" + (f"(now := {time_literal(at)})" if at else ""))

    def _plan(self, name: str, query: Callable[[], str]) -> None:
        if name not in self._planned:
            self.connection.execute(f"PREPARE {quote(name)} AS {query()}")
            self._planned.add(name)


def _name(rule: Rule, version: Version) -> str:
    return f"{rule.code} {version.effective}"


def _is_alike(given: pa.DataType, wanted: pa.DataType) -> bool:
    """The same type, whatever the zone that a time is told in or the width of a whole number."""
    if pa.types.is_timestamp(wanted):
        return pa.types.is_timestamp(given) and given.tz is not None
    if pa.types.is_string(wanted):
        return pa.types.is_string(given) or pa.types.is_large_string(given)
    return given == wanted or pa.types.is_null(given) or (pa.types.is_integer(wanted) and pa.types.is_integer(given) and given.bit_width <= wanted.bit_width)
