"""Judging everybody by many rules.

First each rule gives every subject a stage, without evidence. Then the evidence is gathered for those that are found, all rules together: of a city that
mostly keeps the law they are few, and the evidence (the values that were judged on, the names that the message speaks of) is what costs.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from rulebook.compiling import compile_rule, dated_sql, reached, spoken_of, version_sql
from rulebook.facts import Facts, quote
from rulebook.query import Scope, Standing
from rulebook.rules import Rule, Version
from rulebook.shapes.base import COLUMNS
from rulebook.standing import Asked, drop, hold, hold_few

SELECTED = ", ".join(["version", *COLUMNS])
NOTHING = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in {"version": "DATE", **COLUMNS}.items())
SELECTIVE = 0.3  # share of a table's rows up to which it pays to look up their related rows instead of reading all


@dataclass(frozen=True)
class Found:
    """What one version of a rule has found, in a table of the connection."""

    version: Version
    table: str


@dataclass(frozen=True)
class Judged:
    """A rule that everybody has a stage by: the number of subjects, and who is found."""

    rule: Rule
    subjects: int
    seconds: float
    found: tuple[Found, ...]


class Whole:
    """One run over everybody; what it holds in memory is gone when its block ends."""

    def __init__(self, facts: Facts, at: datetime, stages: Collection[str]):
        self.facts, self.at = facts, at
        self.wanted = ", ".join(f"'{stage}'" for stage in stages)
        self.asked = Asked()
        self.standing, self.few = Standing({}, {}), Standing({}, {})
        self._reached: dict[str, Rule] = {}
        self._found: list[str] = []

    def __enter__(self) -> Whole:
        return self

    def __exit__(self, *_) -> None:
        drop(self.facts, [*self.standing.names.values(), *self.few.names.values(), *self._found])

    def ask(self, rule: Rule) -> tuple[str, ...]:
        """Note what the rule, in the versions that anybody can fall under, asks of the facts. Returns what is missing; such a rule cannot be judged."""
        judged = self._reached[rule.code] = reached(rule, self.at, self.facts)
        compiled, spoken = compile_rule(judged, self.at), compile_rule(judged, self.at, present=self.facts.present)
        missing = compiled.missing(self.facts)
        if not missing:
            self.asked.add_reads(spoken.reads)  # a column that only the message speaks of is read,
            self.asked.add_reaches(compiled.reaches)  # but not put beside every row
        return missing

    def hold(self) -> None:
        """Hold what has been asked for."""
        hold(self.facts, self.at, self.asked, self.standing)

    def judge(self, rule: Rule) -> Judged:
        """Give everybody a stage."""
        started = time.perf_counter()
        found, subjects = [], 0
        for version in self._reached[rule.code].versions:
            number = self._count(rule, version)
            if number:
                found.append(self._find(rule, version, number < SELECTIVE * self.standing.rows[rule.subject.name]))
            subjects += number
        return Judged(rule, subjects, time.perf_counter() - started, tuple(found))

    def show(self, judged: Iterable[Judged]) -> None:
        """Hold whatever the evidence of these needs."""
        asked, subjects = Asked(), {}
        for each in judged:
            for found in each.found:
                scope = self._shown(each.rule, None)
                found.version.check.evidence_sql(scope)
                scope.key()
                asked.add_reads(scope.reads)
                asked.add_reaches(scope.reaches)
                subjects.setdefault(each.rule.subject.name, []).append(quote(found.table))
        self.few = hold_few(self.facts, self.at, asked, self.standing, subjects)

    def evidence(self, judged: Judged) -> pa.Table:
        """The rows of everybody who is found, with the evidence."""
        execute = self.facts.connection.execute
        tables = [execute(f"SELECT {SELECTED} FROM ({self._evidence_sql(judged.rule, found)}) AS shown ORDER BY subject").to_arrow_table()
                  for found in judged.found]
        return pa.concat_tables([execute(f"SELECT {NOTHING} LIMIT 0").to_arrow_table(), *tables])

    def _count(self, rule: Rule, version: Version) -> int:
        scope = self._scope(rule)
        subjects = version.check.subjects_sql(scope, dated_sql(rule, version, scope))
        return self.facts.connection.execute(f"SELECT count(*) FROM ({subjects}) AS subjects").fetchone()[0]

    def _find(self, rule: Rule, version: Version, is_few: bool) -> Found:
        found = Found(version, f"found {rule.code} {version.effective}")
        self._found.append(found.table)
        few = (lambda few: version.check.conditions_sql(few, dated_sql(rule, version, few))) if is_few else None
        judged = version_sql(rule, version, self._scope(rule, is_bare=True, few=few))
        self.facts.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quote(found.table)} AS SELECT * FROM ({judged}) AS judged WHERE stage IN ({self.wanted})")
        return found

    def _evidence_sql(self, rule: Rule, found: Found) -> str:
        scope = self._shown(rule, self.few)
        scope.joins.append(f"JOIN {quote(found.table)} AS found ON found.subject = {scope.key_text()}")
        evidence = found.version.check.evidence_sql(scope)
        replaced = ", ".join(f"CAST({sql} AS {COLUMNS[name]}) AS {name}" for name, sql in evidence.items())
        return f"SELECT found.* REPLACE ({replaced}) {scope.from_sql()}"

    def _shown(self, rule: Rule, standing: Standing | None) -> Scope:
        return replace(self._scope(rule, also_shown=spoken_of(rule, self.facts.present)), standing=standing)

    def _scope(self, rule: Rule, **changes) -> Scope:
        return Scope(rule.vocabulary, rule.subject, self.at, standing=self.standing, **changes)
