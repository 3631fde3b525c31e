"""Judging one matter after another: every query is planned once and then only run.

For a handful of rows nearly all the time goes into planning. The desk has a table for each fact table; the rows of a matter are laid on it, first each
subject table is asked once which versions of which rules have a subject there at all, and only these are run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain
from threading import RLock

import duckdb
import pyarrow as pa

from rulebook.compiling import compile_rule, dated_sql, spoken_of, version_sql
from rulebook.conditions import time_literal
from rulebook.evaluation import ORDER, Evaluation, Result, Skipped
from rulebook.facts import Facts, literal, quote, sound_sql
from rulebook.query import MOMENT, Scope, Standing
from rulebook.rules import STAGES, Rule, Version
from rulebook.standing import Asked, columns_sql
from rulebook.vocabulary import Table, Vocabulary
from rulebook.whole import NOTHING, SELECTED

EVER = datetime(2026, 1, 1, tzinfo=UTC)  # what a rule reads does not depend on the time
SUBJECTS = "the subjects"
WORN = 100_000  # rows taken away again, after which their room is given back: DuckDB only marks them
Query = Callable[[], str]
# The tables are empty when queries are planned. What would make use of that, or weighs one order of joins against another, is switched off.
UNPLANNED = ("statistics_propagation", "empty_result_pullup", "row_group_pruner", "join_order", "build_side_probe_side", "common_subplan", "join_elimination")


class Desk:
    """`kept` as for Facts. One matter, one thread at a time. What a rule raises, while it is planned or run, is the caller's."""

    def __init__(self, rules: Iterable[Rule], vocabulary: Vocabulary, kept: Collection[str]):
        self.vocabulary = vocabulary
        self.present = {table.name: frozenset(column.name for column in table.columns.values() if column.usual or f"{table.name}.{column.name}" in kept)
                        for table in vocabulary.tables.values() if table.usual or table.name in kept}
        self.lock = RLock()
        self.connection = Facts(vocabulary).connection
        self.connection.execute("SET threads = 1")
        self.connection.execute(f"SET disabled_optimizers = {literal(','.join(UNPLANNED))}")
        # a table and no parameter: DuckDB plans a query with a parameter anew each time
        self.connection.execute(f"CREATE TABLE {quote(MOMENT)} AS SELECT {time_literal(EVER)} AS now")
        self.connection.execute(f"CREATE TABLE {quote(SUBJECTS)} (name VARCHAR, key VARCHAR)")
        self._asked = Asked()
        self._versions: dict[str, list[tuple[Rule, Version]]] = {}
        self._missing: dict[tuple[str, date], tuple[str, ...]] = {}  # by rule and version
        self._broken: dict[str, Exception] = {}  # raised when somebody judges by it
        for rule in rules:
            try:
                self._take(rule)
            except Exception as error:
                self._broken[rule.code] = error
        self._types = {name: self._make_given(table) for name, table in vocabulary.tables.items()}
        self._standing = Standing({}, {})
        for name in self._asked.reads:
            self._make_standing(vocabulary.tables[name])
        self._nothing = self.connection.execute(f"SELECT {NOTHING} LIMIT 0").to_arrow_table()
        self._planned: set[str] = set()
        self._filled: set[str] = set()
        self._worn = 0
        self._at = EVER
        self._keys: dict[str, frozenset[str]] = {}

    def plan(self) -> None:
        """Plan all queries ahead of the first matter (two seconds), instead of each when it is first needed, and run each once on the empty desk: a first
        run is slower than the others, too."""
        with self.lock:
            self._clear()
            for name in self.vocabulary.tables:
                self._run(*self._sound(name))
            for name in self._standing.names:
                self._run(*self._stand(name))
            for subject, versions in self._versions.items():
                self._run(*self._sieve(subject))
                for rule, version in versions:
                    if not self._missing[rule.code, version.effective]:
                        self._run(*self._verdict(rule, version))

    def lay(self, tables: Mapping[str, pa.Table], keys: Mapping[str, Collection[str]], at: datetime) -> bool:
        """Put these rows on the desk as they stood at `at` (aware) instead of what lies there; `keys` by table are those to be judged, the other rows are
        there to be seen. False, with nothing on it, unless the gate of Facts would take in each row as it is: then it has to be asked."""
        if at.tzinfo is None:
            raise ValueError("`at` must be an aware datetime")
        with self.lock:
            self._clear()
            self._at = at
            self.connection.execute(f"UPDATE {quote(MOMENT)} SET now = {time_literal(at)}")
            self._keys = {name: frozenset(own) for name, own in keys.items()}
            is_laid = all(self._give(self.vocabulary.tables[name], rows) for name, rows in tables.items())
            if is_laid:
                self._note(pa.table({"name": pa.array([name for name, own in keys.items() for _ in own], pa.string()),
                                     "key": pa.array([*chain(*keys.values())], pa.string())}))
                for name in self._filled & self._standing.names.keys():
                    self._run(*self._stand(name))
            else:
                self._clear()
            return is_laid

    def judge(self, rules: Iterable[Rule]) -> Evaluation:
        """Judge what lies on the desk, as `evaluate` does. The rules are of those that the desk was made for and have one subject table."""
        ordered = sorted(rules, key=lambda each: each.code)
        with self.lock:
            falling = self._falling(ordered[0].subject.name) if ordered else {}
            outcomes = [self._judge(rule, falling.get(rule.code, ())) for rule in ordered]
        results, skipped = ([each for each in outcomes if isinstance(each, kind)] for kind in (Result, Skipped))
        return Evaluation(self._at, tuple(results), tuple(skipped))

    def _take(self, rule: Rule) -> None:
        compiled = compile_rule(rule, EVER, present=self.present)
        for version in rule.versions:
            self._missing[rule.code, version.effective] = compile_rule(replace(rule, versions=(version,)), EVER).missing(self)
        self._asked.add_reads(compiled.reads)
        self._asked.add_reaches(compiled.reaches)
        self._versions.setdefault(rule.subject.name, []).extend((rule, version) for version in rule.versions)

    # --- what lies on it ---

    def _make_given(self, table: Table) -> pa.Schema:
        """The table for rows as they are given. Returns the types of its columns."""
        columns = ", ".join(f"{quote(column.name)} {column.sql_type}" for column in table.columns.values())
        self.connection.execute(f"CREATE TABLE {quote(table.name)} ({columns})")
        return self.connection.execute(f"SELECT * FROM {quote(table.name)}").to_arrow_table().schema

    def _make_standing(self, table: Table) -> None:
        """The table for rows as they stood, with what they lead to beside their own columns."""
        name = f"{table.name} as it stood"
        query = columns_sql(Scope(self.vocabulary, table, EVER), self._asked.paths(table))
        self.connection.execute(f"CREATE TABLE {quote(name)} AS {query} LIMIT 0")
        self._standing.names[table.name], self._standing.paths[table.name] = name, frozenset(self._asked.reaches.get(table.name, ()))

    def _clear(self) -> None:
        self.connection.execute(f"DELETE FROM {quote(SUBJECTS)}")
        for name in self._filled:
            self.connection.execute(f"DELETE FROM {quote(name)}")
            if name in self._standing.names:
                self.connection.execute(f"DELETE FROM {quote(self._standing.names[name])}")
        self._filled = set()
        if self._worn > WORN:
            self.connection.execute("CHECKPOINT")
            self._worn = 0

    def _give(self, table: Table, rows: pa.Table) -> bool:
        if not rows.num_rows:
            return True
        present = self.present.get(table.name, frozenset())
        if not all(self._fits(table.name, name, rows, name in present) for name in table.columns):
            return False
        names = ", ".join(quote(name) for name in rows.column_names)
        self._filled.add(table.name)
        self._worn += rows.num_rows
        self.connection.execute(f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} FROM rows")
        return self._run(*self._sound(table.name)).fetchone()[0]

    def _note(self, subjects: pa.Table) -> None:
        self.connection.execute(f"INSERT INTO {quote(SUBJECTS)} SELECT * FROM subjects")

    def _fits(self, table: str, name: str, rows: pa.Table, is_present: bool) -> bool:
        """Whether a column is there that should be, empty if nobody keeps it, and of its own type."""
        if name not in rows.column_names:
            return not is_present
        return _is_alike(rows.schema.field(name).type, self._types[table].field(name).type) and (is_present or rows[name].null_count == rows.num_rows)

    # --- what is made of it ---

    def _falling(self, subject: str) -> dict[str, list[Version]]:
        """The versions of each rule that anybody to be judged falls under."""
        versions = self._versions.get(subject, [])
        falls = self._run(*self._sieve(subject)).fetchone() if versions else ()
        falling: dict[str, list[Version]] = {}
        for (rule, version), does_fall in zip(versions, falls, strict=True):
            if does_fall:
                falling.setdefault(rule.code, []).append(version)
        return falling

    def _judge(self, rule: Rule, versions: Collection[Version]) -> Result | Skipped:
        if rule.code in self._broken:
            raise self._broken[rule.code]
        missing = {name for version in versions or rule.versions[-1:] for name in self._missing[rule.code, version.effective]}
        if missing:
            return Skipped(rule, tuple(sorted(missing)))
        if not versions:
            return Result(rule, 0, 0.0, self._nothing)
        started = time.perf_counter()
        judged = pa.concat_tables([self._run(*self._verdict(rule, version)).to_arrow_table() for version in versions])
        # a handful of rows: plain Python is faster than Arrow's own filters
        keys = self._keys[rule.subject.name]
        own = [(place, stage) for place, (subject, stage) in enumerate(zip(judged["subject"].to_pylist(), judged["stage"].to_pylist(), strict=True))
               if subject in keys]
        found = [place for place, stage in own if stage in STAGES]
        table = judged.take(found) if found else self._nothing
        return Result(rule, len(own), time.perf_counter() - started, table.sort_by(ORDER) if len(found) > 1 else table)

    # --- the queries: a name and how to write it ---

    def _sound(self, name: str) -> tuple[str, Query]:
        return f"sound {name}", lambda: sound_sql(self.vocabulary.tables[name])

    def _stand(self, name: str) -> tuple[str, Query]:
        table = self.vocabulary.tables[name]
        return f"stand {name}", lambda: (f"INSERT INTO {quote(self._standing.names[name])} "
                                         f"{columns_sql(Scope(self.vocabulary, table, None, is_planned_ahead=True), self._asked.paths(table))}")

    def _sieve(self, subject: str) -> tuple[str, Query]:
        def query() -> str:
            scope, tests = self._scope(self.vocabulary.tables[subject]), []
            for rule, version in self._versions[subject]:
                conditions = version.check.conditions_sql(scope, dated_sql(rule, version, scope))
                tests.append(f"coalesce(bool_or({' AND '.join(f'({each})' for each in conditions)}), false)")
            own = f"{scope.key_text()} IN (SELECT key FROM {quote(SUBJECTS)} WHERE name = {literal(subject)})"
            return f"SELECT {', '.join(tests)} {scope.from_sql([own])}"

        return f"sieve {subject}", query

    def _verdict(self, rule: Rule, version: Version) -> tuple[str, Query]:
        def query() -> str:
            scope = self._scope(rule.subject, also_shown=spoken_of(rule, self.present))
            return f"SELECT {SELECTED} FROM ({version_sql(rule, version, scope)}) AS judged"

        return f"{rule.code} {version.effective}", query

    def _scope(self, table: Table, **changes) -> Scope:
        return Scope(self.vocabulary, table, None, is_planned_ahead=True, standing=self._standing, **changes)

    def _run(self, name: str, query: Query) -> duckdb.DuckDBPyConnection:
        """Run a query by its name, planned when it is first asked for."""
        if name not in self._planned:
            self.connection.execute(f"PREPARE {quote(name)} AS {query()}")
            self._planned.add(name)
        return self.connection.execute(f"EXECUTE {quote(name)}")


def _is_alike(given: pa.DataType, wanted: pa.DataType) -> bool:
    """The same type, whatever the zone that a time is told in or the width of a whole number."""
    if pa.types.is_timestamp(wanted):
        return pa.types.is_timestamp(given) and given.tz is not None
    if pa.types.is_string(wanted):
        return pa.types.is_string(given) or pa.types.is_large_string(given)
    return given == wanted or pa.types.is_null(given) or (pa.types.is_integer(wanted) and pa.types.is_integer(given) and given.bit_width <= wanted.bit_width)
