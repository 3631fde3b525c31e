"""The facts as they stood at one moment, held in memory for a run of many rules.

Two hundred rules ask the same questions of the same rows: what kind of case does this summons belong to, was this known by then? Here each is answered
once. Every fact table is copied with the columns that some rule reads, without what had not happened yet, and with what its references lead to beside
its own columns; a rule is then judged on plain columns in memory instead of following the references anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from rulebook.facts import Facts, quote
from rulebook.names import Path
from rulebook.query import Scope, Standing
from rulebook.vocabulary import Table


@dataclass(frozen=True)
class Asked:
    """What is asked of the facts: the columns of each table, and the paths that lead from each to other rows."""

    reads: dict[str, set[str]] = field(default_factory=dict)
    reaches: dict[str, set[Path]] = field(default_factory=dict)

    def add_reads(self, reads: dict[str, set[str]]) -> None:
        _add(self.reads, reads)

    def paths(self, table: Table) -> list[Path]:
        """The columns and paths of a table, in an order of their own."""
        reads = self.reads.get(table.name, ())
        return [*((column,) for column in table.columns if column in reads), *sorted(self.reaches.get(table.name, ()))]

    def add_reaches(self, reaches: dict[str, set[Path]]) -> None:
        _add(self.reaches, reaches)


def hold(facts: Facts, at: datetime, asked: Asked, standing: Standing) -> None:
    """Hold the tables that are asked for as they stood at `at` (aware), and note them in `standing` one by one, so that whoever has to clear up knows of
    them; what a table refers to is held before it and read from there."""
    for name in _referred_first(facts, asked):
        scope = Scope(facts.vocabulary, facts.vocabulary.tables[name], at, standing=standing)
        reaches = frozenset(asked.reaches.get(name, ()))
        rows = _create(facts, f"{name} as it stood", columns_sql(scope, asked.paths(scope.table)))
        standing.names[name], standing.paths[name], standing.rows[name] = f"{name} as it stood", reaches, rows


def _referred_first(facts: Facts, asked: Asked) -> list[str]:
    ordered: dict[str, None] = {}
    begun: set[str] = set()

    def visit(name: str) -> None:
        if name in asked.reads and name not in begun:  # tables may refer to each other in a ring
            begun.add(name)
            for path in sorted(asked.reaches.get(name, ())):
                visit(facts.vocabulary.tables[name].reference(path[0]).refers)
            ordered[name] = None

    for name in sorted(asked.reads):
        visit(name)
    return list(ordered)


def hold_few(facts: Facts, at: datetime, asked: Asked, standing: Standing, subjects: dict[str, Iterable[str]]) -> Standing:
    """Of what is held, the rows of some subjects, with further columns of other rows. `subjects` are for each table the (quoted) tables whose column
    `subject` has their keys."""
    few = Standing({name: f"{name} of few" for name in subjects}, {
        name: frozenset({*standing.paths[name], *asked.reaches.get(name, ())}) for name in subjects})
    for name, found in subjects.items():
        table = facts.vocabulary.tables[name]
        keys = " UNION ".join(f"SELECT subject FROM {each}" for each in found)
        chosen = f"{name} by key"  # held by itself: what a query knows of a table's size decides how it follows references from there
        key = Scope(facts.vocabulary, table, at, standing=standing).key_text()
        _create(facts, chosen, f"SELECT * FROM {quote(standing.names[name])} AS s WHERE {key} IN ({keys})")
        scope = Scope(facts.vocabulary, table, at, standing=replace(standing, names={**standing.names, name: chosen}))
        paths = [*((column,) for column in table.columns if column in asked.reads.get(name, ())), *sorted(few.paths[name])]
        few.rows[name] = _create(facts, few.names[name], columns_sql(scope, paths))
        drop(facts, [chosen])
    return few


def drop(facts: Facts, names: Iterable[str]) -> None:
    for name in names:
        facts.connection.execute(f"DROP TABLE IF EXISTS {quote(name)}")


def columns_sql(scope: Scope, paths: Collection[Path]) -> str:
    """A SELECT of these paths, each under its own name."""
    select = ", ".join(f"{scope.column(path)} AS {quote('.'.join(path))}" for path in paths)
    return f"SELECT {select} {scope.from_sql()}"


def _create(facts: Facts, name: str, query: str) -> int:
    """Returns the number of rows."""
    return facts.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quote(name)} AS {query}").fetchone()[0]


def _add(known: dict[str, set], more: dict[str, set]) -> None:
    for table, asked in more.items():
        known.setdefault(table, set()).update(asked)
