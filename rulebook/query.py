"""SQL over one subject table: the columns that a rule reads, the rows it refers to and the rows that refer to it.

What had not happened at the time of judgement is not there: times after `at` read as NULL and rows not yet known are left out (planned times
excepted). So the same facts answer for any past moment, which is what a back-test asks.

Where many rules are judged at one moment, the tables as they stood then are held (`rulebook.standing`), and a scope over these neither hides nor
follows again what they already hide and hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from rulebook.conditions import Condition, time_literal
from rulebook.facts import literal, quote
from rulebook.names import Path, path_label, resolve
from rulebook.vocabulary import Column, Table, Vocabulary

MOMENT = "the moment"


@dataclass(frozen=True)
class Related:
    """Rows of another fact table that belong to the subject: equal in each pair of `link` (their column, the subject's)."""

    table: Table
    link: tuple[tuple[str, str], ...]
    matching: Condition | None = None

    def sentence(self) -> str:
        return self.table.label + (f"（{self.matching.sentence()}）" if self.matching else "")


@dataclass(frozen=True)
class Moment:
    """A time of the subject (`path`), the earliest of several (`path` and `others`), or the first or last such time among related rows."""

    path: Path
    related: Related | None = None
    pick: Literal["first", "last"] = "first"
    others: tuple[Path, ...] = ()

    @property
    def own_paths(self) -> tuple[Path, ...]:
        """The columns of the subject that it reads."""
        return () if self.related else (self.path, *self.others)

    def sentence(self, table: Table, vocabulary: Vocabulary) -> str:
        if self.related is None:
            labels = [path_label(path, table, vocabulary) for path in self.own_paths]
            return labels[0] if len(labels) == 1 else f"{'、'.join(labels)}中最早的一项"
        return f"{'首次' if self.pick == 'first' else '末次'}{self.related.sentence()}的{self.related.table.columns[self.path[0]].label}"


@dataclass(frozen=True)
class Standing:
    """Tables that hold facts as they stood at the time of judgement: for each such fact table the name of the one that holds it, the columns of other
    rows that this holds besides its own, and its number of rows."""

    names: dict[str, str]
    paths: dict[str, frozenset[Path]]
    rows: dict[str, int] = field(default_factory=dict)


def in_list(column: Column, keys: Collection[str]) -> str:
    """SQL: the column holds one of the keys, given as texts."""
    name = quote(column.name) if column.type == "text" else f"CAST({quote(column.name)} AS VARCHAR)"
    return f"{name} IN ({', '.join(literal(key) for key in sorted(keys)) or 'NULL'})"


@dataclass
class Scope:
    """A FROM clause that grows joins as columns are asked for. `only` restricts it to given keys of the table.

    With `only`, `lookup` (a query's first column as keys) finds the keys of other rows beforehand: an index serves a list of values, not a join.
    `reads` and `reaches` note what is asked for: the columns of each table, and the paths that lead from each to other rows.
    `is_bare`: a judgement without its evidence. `few`: the conditions that only few rows of the table fulfil, so that of related rows theirs are enough.
    `is_planned_ahead`: the time of judgement is not known yet (no `at`); the query will find it in the one row of the table MOMENT.
    """

    vocabulary: Vocabulary
    table: Table
    at: datetime | None
    only: Collection[str] | None = None
    alias: str = "s"
    filter_sql: str = ""
    also_shown: tuple[Path, ...] = ()
    joins: list[str] = field(default_factory=list)
    reads: dict[str, set[str]] = field(default_factory=dict)
    reaches: dict[str, set[Path]] = field(default_factory=dict)
    lookup: Callable[[str], list[str]] | None = None
    standing: Standing | None = None
    is_bare: bool = False
    few: Callable[[Scope], list[str]] | None = None
    is_planned_ahead: bool = False
    _aliases: dict[Path, str] = field(default_factory=dict)

    def again(self) -> Scope:
        """The rows that are asked for once more, in a FROM clause of its own."""
        filter_sql = self._of_few(self.table.key, self.table.key) if self.few else ""
        return self.beside(self.table, only=self.only, filter_sql=filter_sql)

    def column(self, path: Path) -> str:
        """SQL of a column path, joined in when it leads elsewhere, hidden while it has not happened."""
        _, column = resolve(path, self.table, self.vocabulary)
        if len(path) > 1:
            self.reaches.setdefault(self.table.name, set()).add(path)
        for depth in range(len(path)):
            alias, table = self._reach(path[:depth])
            if self._stands(table) and path[depth:] in self.standing.paths[table.name]:
                return f"{alias}.{quote('.'.join(path[depth:]))}"
        self._read(table, column.name)
        sql = f"{alias}.{quote(column.name)}"
        return sql if self._stands(table) else self._visible(column, sql)

    def beside(self, table: Table, **changes) -> Scope:
        """A FROM clause of its own over a table, at the same moment and on the same facts."""
        return Scope(self.vocabulary, table, self.at, reads=self.reads, reaches=self.reaches, lookup=self.lookup, standing=self.standing,
                     is_bare=self.is_bare, is_planned_ahead=self.is_planned_ahead, **changes)

    @property
    def now(self) -> str:
        """The time of judgement as SQL."""
        return "moment.now" if self.is_planned_ahead else time_literal(self.at)

    def condition(self, condition: Condition) -> str:
        return condition.sql(self.column)

    def key(self) -> str:
        return self.column((self.table.key,))

    def key_text(self) -> str:
        key = self.key()
        return key if self.table.columns[self.table.key].type == "text" else f"CAST({key} AS VARCHAR)"

    def time(self, path: Path) -> str:
        """A time or date column as an instant; a date is its first."""
        sql = self.column(path)
        is_date = resolve(path, self.table, self.vocabulary)[1].type == "date"
        return f"midnight({sql})" if is_date else sql

    def moment(self, moment: Moment) -> str:
        if moment.related is None:
            times = [self.time(path) for path in moment.own_paths]
            return times[0] if len(times) == 1 else f"least({', '.join(times)})"  # DuckDB's least passes over NULL
        function = "min" if moment.pick == "first" else "max"
        return self.aggregate(moment.related, lambda inner: f"{function}({inner.time(moment.path)})")

    def aggregate(self, related: Related, expression) -> str:
        """SQL of one value over the related rows of each subject; `expression(inner_scope)` gives the aggregate. NULL without rows."""
        name = f"r{len(self.joins)}"
        inner = self.beside(related.table, alias=f"{name}_s", filter_sql=self._only_related(related))
        value = expression(inner)
        conditions = [inner.condition(related.matching)] if related.matching else []
        keys = [inner.column((theirs,)) for theirs, _ in related.link]
        grouped = ", ".join(f"{key} AS k{index}" for index, key in enumerate(keys))
        on = " AND ".join(f"{name}.k{index} = {self.column((ours,))}" for index, (_, ours) in enumerate(related.link))
        self.joins.append(f"LEFT JOIN (SELECT {grouped}, {value} AS value {inner.from_sql(conditions)} GROUP BY ALL) AS {name} ON {on}")
        return f"{name}.value"

    def has_none(self, related: Related) -> bool:
        """Whether the subjects asked for are known to have no such rows. Only with `only`, where asking costs less than planning a join."""
        if self.only is None or self.lookup is None:
            return False
        return not self.lookup(f"SELECT 1 FROM {self._source(related.table)} WHERE {self._only_related(related)} LIMIT 1")

    def from_sql(self, conditions: Collection[str] = ()) -> str:
        """FROM … WHERE … with everything asked for so far."""
        known = self._known(self.table, self.alias)
        kept = [part for part in (*conditions, known, self._only()) if part]
        where = f" WHERE {' AND '.join(f'({part})' for part in kept)}" if kept else ""
        source = self._source(self.table)
        base = f"(SELECT * FROM {source} WHERE {self.filter_sql})" if self.filter_sql else source
        return f"FROM {base} AS {self.alias} {self._moment()}{' '.join(self.joins)}{where}"

    def _moment(self) -> str:
        return f"CROSS JOIN {quote(MOMENT)} AS moment " if self.is_planned_ahead else ""

    def _reach(self, steps: Path) -> tuple[str, Table]:
        alias, table = self.alias, self.table
        for depth in range(len(steps)):
            reference = table.reference(steps[depth])
            path, parent = steps[: depth + 1], alias
            self._read(table, reference.name)
            table = self.vocabulary.tables[reference.refers]
            alias = quote(f"{self.alias}.{'.'.join(path)}")
            if path not in self._aliases:
                self._aliases[path] = alias
                self._join(parent, reference, alias, table)
        return alias, table

    def _join(self, parent: str, reference: Column, alias: str, table: Table) -> None:
        self._read(table, table.key)
        source, known = self._referred(parent, reference, table), self._known(table, "known")
        if known:
            source = f"(SELECT known.* FROM {source} AS known {self._moment()}WHERE {known})"
        self.joins.append(f"LEFT JOIN {source} AS {alias} ON {alias}.{quote(table.key)} = {parent}.{quote(reference.name)}")

    def _referred(self, parent: str, reference: Column, table: Table) -> str:
        """The table behind a reference; where few rows are asked for, only the rows that these refer to."""
        few = self._keys_sql() if self.only is not None else self.filter_sql
        if not (few and self.lookup and parent == self.alias):
            return self._source(table)
        keys = self.lookup(f"SELECT DISTINCT {quote(reference.name)} FROM {self._source(self.table)} WHERE {few}")
        return f"(SELECT * FROM {self._source(table)} WHERE {in_list(table.columns[table.key], keys)})"

    def _source(self, table: Table) -> str:
        return quote(self.standing.names[table.name] if self._stands(table) else table.name)

    def _stands(self, table: Table) -> bool:
        return self.standing is not None and table.name in self.standing.names

    def _known(self, table: Table, alias: str) -> str:
        if table.known_from is None:
            return ""
        self._read(table, table.known_from)
        if self._stands(table):
            return ""
        column = table.columns[table.known_from]
        return f"coalesce({alias}.{quote(column.name)} <= {self._now(column)}, true)"

    def _visible(self, column: Column, sql: str) -> str:
        if column.planned or column.type not in ("time", "date"):
            return sql
        return f"CASE WHEN {sql} <= {self._now(column)} THEN {sql} END"

    def _now(self, column: Column) -> str:
        return self.now if column.type == "time" else f"local_day({self.now})"

    def _only(self) -> str:
        return "" if self.only is None else f"{self.alias}.{self._keys_sql()}"

    def _keys_sql(self) -> str:
        return in_list(self.table.columns[self.table.key], self.only)

    def _only_related(self, related: Related) -> str:
        """With `only`, related rows are looked up by the subjects' own values instead of being read whole."""
        theirs, ours = related.link[0]
        if self.few:
            return self._of_few(theirs, ours)
        if self.only is None:
            return ""
        if ours == self.table.key:
            return in_list(related.table.columns[theirs], self.only)
        return self.alike(related.table.columns[theirs], ours)

    def _of_few(self, theirs: str, ours: str) -> str:
        few = self.beside(self.table, alias="few")
        return f"{quote(theirs)} IN (SELECT few.{quote(ours)} {few.from_sql(self.few(few))})"

    def alike(self, theirs: Column, ours: str) -> str:
        """With `only`: the condition that a row has in `theirs` what one of the subjects has in `ours`."""
        own = f"SELECT DISTINCT {quote(ours)} FROM {self._source(self.table)} WHERE {self._keys_sql()}"
        return in_list(theirs, self.lookup(own)) if self.lookup else f"{quote(theirs.name)} IN ({own})"

    def _read(self, table: Table, column: str) -> None:
        self.reads.setdefault(table.name, set()).add(column)
