"""Rules + facts + a time = findings. Pure: no clock, no network, nothing written; the same input gives the same findings in any order."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rulebook.conditions import time_literal
from rulebook.errors import Fault, SourceError, Text
from rulebook.facts import Facts, quote
from rulebook.names import Path, resolve
from rulebook.query import Held, Keys, Scope
from rulebook.rules import STAGES, Rule, Version
from rulebook.shapes.base import COLUMNS

ALL_STAGES = (*STAGES, "kept", "unstarted")
SMALL = 10_000  # rows of facts up to which planning a query costs more than judging everybody with all evidence
SHORT = 300  # characters of an error that stand for it
SELECTED = ", ".join(["version", *COLUMNS])
NOTHING = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in {"version": "DATE", **COLUMNS}.items())


@dataclass(frozen=True)
class Finding:
    """What a rule says of one subject. Times are aware, in the vocabulary's zone; `due_at` is 24:00 of the last day for limits in days;
    from `warns_at` on the end is near (None: the rule does not warn)."""

    rule: str
    version: date
    subject: str
    stage: str
    start_at: datetime | None
    warns_at: datetime | None
    due_at: datetime | None
    end_at: datetime | None
    last_day: date | None
    limit: str
    estimated: bool
    pauses: tuple[tuple[datetime, datetime | None], ...]
    extensions: tuple[tuple[datetime, str], ...]
    met: tuple[str, ...]
    unmet: tuple[str, ...]
    facts: dict[str, str | None]
    details: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """The findings of one rule: counts, and rows on demand."""

    rule: Rule
    subjects: int
    seconds: float
    table: pa.Table = field(repr=False)

    @property
    def by_stage(self) -> dict[str, int]:
        counted = dict.fromkeys(STAGES, 0)
        for each in pc.value_counts(self.table["stage"]).to_pylist():
            if each["values"] in counted:
                counted[each["values"]] = each["counts"]
        return counted

    def __len__(self) -> int:
        return self.table.num_rows

    def __iter__(self) -> Iterator[Finding]:
        versions = {version.effective: version for version in self.rule.versions}
        for batch in self.table.to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                yield _finding(self.rule, versions[row["version"]], row)


@dataclass(frozen=True)
class Skipped:
    """A rule that could not be judged: the source lacks what it reads (`missing`), or judging broke off (`error`)."""

    rule: Rule
    missing: tuple[str, ...]
    error: str = ""

    @property
    def reason(self) -> Text:
        if self.error:
            return Text(f"{self.rule.code} 判断时出错：{self.error}", f"{self.rule.code} broke off: {self.error}")
        named = "、".join(f"{self._label(name)}（{name}）" for name in self.missing)
        return Text(f"{self.rule.code} 未判断：来源里没有 {named}", f"{self.rule.code} not judged: the source lacks {', '.join(self.missing)}")

    def _label(self, name: str) -> str:
        table_name, _, column = name.partition(".")
        table = self.rule.vocabulary.tables[table_name]
        return f"{table.label}的{table.columns[column].label}" if column else table.label


@dataclass(frozen=True)
class Evaluation:
    """All results of one run, in the order of the rules' codes."""

    at: datetime
    results: tuple[Result, ...]
    skipped: tuple[Skipped, ...]

    def __iter__(self) -> Iterator[Finding]:
        for result in self.results:
            yield from result

    def __len__(self) -> int:
        return sum(len(result) for result in self.results)

    def get(self, code: str) -> Result | None:
        return next((result for result in self.results if result.rule.code == code), None)


def evaluate(rules: Iterable[Rule], facts: Facts, at: datetime, only: Collection[str] | None = None, *, threads: int | None = None,
             every_stage: bool = False, progress=None, on_error: Callable[[Rule, Exception], None] | None = None) -> Evaluation:
    """Judge `facts` by `rules` as things stood at `at` (aware).

    `only` restricts to subjects with these keys. `every_stage` also returns subjects that kept the rule or have not begun. `progress` is called
    with each rule before it runs. What a rule raises ends the evaluation, unless there is `on_error`: that is told of it while it is being handled,
    and the rule is among the skipped. Raises ValueError for a time without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware datetime")
    results, skipped = [], []
    with facts.lock:
        if threads:
            facts.connection.execute(f"SET threads = {int(threads)}")
        for rule in sorted(rules, key=lambda each: each.code):
            if progress:
                progress(rule)
            try:
                outcome = _judge(rule, facts, at, only, ALL_STAGES if every_stage else STAGES)
            except Exception as error:
                if on_error is None:
                    raise
                on_error(rule, error)
                outcome = Skipped(rule, (), in_short(error))
            if isinstance(outcome, Skipped):
                skipped.append(outcome)
            else:
                results.append(outcome)
    return Evaluation(at, tuple(results), tuple(skipped))


def in_short(error: Exception) -> str:
    """The kind of an error and its first line: enough to recognise it by, the log has the whole."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}"[:SHORT]


def missing_facts(evaluation: Evaluation) -> SourceError:
    """The error for callers who asked for one rule that could not be judged."""
    fix = Text("补上这些表或者列，或者换一个来源", "add these tables or columns, or give another source")
    return SourceError([Fault(each.rule.path, 0, each.reason, fix) for each in evaluation.skipped])


@dataclass(frozen=True)
class Compiled:
    """One query for one rule, and the tables and columns that it reads."""

    sql: str
    reads: dict[str, set[str]]

    def missing(self, facts: Facts) -> tuple[str, ...]:
        lacking = []
        for table, columns in sorted(self.reads.items()):
            if table not in facts.present:
                lacking.append(table)
            else:
                lacking += [f"{table}.{column}" for column in sorted(columns - facts.present[table])]
        return tuple(lacking)


def compile_rule(rule: Rule, at: datetime, only: Keys | None = None, present: Mapping[str, frozenset[str]] | None = None,
                 lookup: Callable[[str], list[str]] | None = None) -> Compiled:
    """The DuckDB query of a rule: one SELECT a version, united; each touches only the columns that its check reads.

    Columns that only the message speaks of are added where the source (`present`) has them; a rule is not skipped for want of a name.
    """
    reads: dict[str, set[str]] = {}
    spoken = tuple(path for path in rule.message_paths() if present is not None and _is_present(rule, path, present))
    scopes = [Scope(rule.vocabulary, rule.subject, at, only, reads=reads, also_shown=spoken, lookup=lookup) for _ in rule.versions]
    parts = [_version_sql(rule, version, scope) for version, scope in zip(rule.versions, scopes, strict=True)]
    return Compiled(" UNION ALL ".join(parts), reads)


def _applicable(rule: Rule, at: datetime, only: Collection[str], facts: Facts) -> tuple[Version, ...]:
    """The versions that a handful of subjects fall under. Planning a query for the others would cost more than judging these."""
    today = at.astimezone(rule.vocabulary.time_zone).date()
    days = {today}
    if rule.dated_by:
        scope = Scope(rule.vocabulary, rule.subject, at, only)
        moment = scope.moment(rule.dated_by)
        query = f"SELECT DISTINCT coalesce(local_day({moment}), DATE '{today}') {scope.from_sql()}"
        if Compiled(query, scope.reads).missing(facts):
            return rule.versions
        days = {row[0] for row in facts.connection.execute(query).fetchall()}
    return tuple(version for version in rule.versions if any(version.covers(day) for day in days)) or rule.versions[-1:]


def _reached(rule: Rule, at: datetime, facts: Facts) -> tuple[Version, ...]:
    """The versions that any subject can fall under, as far as one look at the subjects' own dates can tell; whoever has none is judged by today's."""
    moment = rule.dated_by
    if moment is None or moment.related or len(moment.own_paths) > 1 or len(moment.path) > 1 or len(rule.versions) == 1:
        return rule.versions
    span = facts.span(rule.subject.name, moment.path[0])
    if span is None:
        return rule.versions
    first, last = min(span[0], at), max(span[1], at)
    zone = rule.vocabulary.time_zone
    days = first.astimezone(zone).date(), last.astimezone(zone).date()
    reached = tuple(each for each in rule.versions if each.effective <= days[1] and (each.until is None or each.until > days[0]))
    return reached or rule.versions[-1:]


def _judge(rule: Rule, facts: Facts, at: datetime, only: Collection[str] | None, stages: Collection[str]) -> Result | Skipped:
    judged = replace(rule, versions=_reached(rule, at, facts) if only is None else _applicable(rule, at, only, facts))
    compiled = compile_rule(judged, at, only, facts.present, None if only is None else facts.keys)
    missing = compiled.missing(facts)
    if missing:
        return Skipped(rule, missing)
    started = time.perf_counter()
    is_small = only is not None or facts.rows <= SMALL
    subjects, table = _few(compiled, facts, stages) if is_small else _many(rule, compiled, facts, stages, at)
    return Result(rule, subjects, time.perf_counter() - started, table)


def _is_present(rule: Rule, path: Path, present: Mapping[str, frozenset[str]]) -> bool:
    references, column = resolve(path, rule.subject, rule.vocabulary)
    table = rule.subject.name
    for reference in references:
        if reference.name not in present.get(table, ()):
            return False
        table = reference.refers
    return column.name in present.get(table, ())


def _version_sql(rule: Rule, version: Version, scope: Scope) -> str:
    dated = _dated_sql(rule, version, scope)
    return f"SELECT DATE '{version.effective}' AS version, * FROM ({version.check.judge_sql(scope, dated)}) AS judged"


def _dated_sql(rule: Rule, version: Version, scope: Scope) -> str:
    """Whether a subject falls under this version. A subject without a date of its own is judged by the law of the day of judgement."""
    now = time_literal(scope.at)
    moment = f"coalesce({scope.moment(rule.dated_by)}, {now})" if rule.dated_by else now

    def midnight(day: date) -> str:
        return time_literal(datetime.combine(day, datetime.min.time(), rule.vocabulary.time_zone))

    until = f" AND {moment} < {midnight(version.until)}" if version.until else ""
    return f"{moment} >= {midnight(version.effective)}{until}"


def _many(rule: Rule, compiled: Compiled, facts: Facts, stages: Collection[str], at: datetime) -> tuple[int, pa.Table]:
    """The number of subjects and the rows of the wanted stages. Everybody gets a stage; only those of a wanted one are judged again with the evidence,
    which is what costs: of a city that mostly keeps the law they are few."""
    wanted = ", ".join(f"'{stage}'" for stage in stages)
    held = "judged_" + rule.code.replace("-", "_").lower()
    facts.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quote(held)} AS SELECT subject, stage IN ({wanted}) AS is_found FROM ({compiled.sql}) AS judged")
    subjects, found = facts.connection.execute(f"SELECT count(*), count(*) FILTER (WHERE is_found) FROM {quote(held)}").fetchone()
    again = compiled
    if not found:  # no need to plan the query anew to learn that it is empty
        facts.connection.execute(f"DROP TABLE {quote(held)}")
        return subjects, facts.connection.execute(f"SELECT {NOTHING} LIMIT 0").to_arrow_table()
    if found < subjects:
        facts.connection.execute(f"DELETE FROM {quote(held)} WHERE NOT is_found")
        again = compile_rule(rule, at, Held(held), facts.present)
    table = facts.connection.execute(
        f"SELECT {SELECTED} FROM ({again.sql}) AS judged WHERE stage IN ({wanted}) ORDER BY subject, version").to_arrow_table()
    facts.connection.execute(f"DROP TABLE {quote(held)}")
    return subjects, table


def _few(compiled: Compiled, facts: Facts, stages: Collection[str]) -> tuple[int, pa.Table]:
    """The same for a handful of subjects, where the statements themselves are the cost: one query, the rest in Arrow."""
    table = facts.connection.execute(f"SELECT {SELECTED} FROM ({compiled.sql}) AS judged").to_arrow_table()
    found = table.filter(pc.is_in(table["stage"], pa.array(list(stages))))
    return table.num_rows, found.sort_by([("subject", "ascending"), ("version", "ascending")])


def _finding(rule: Rule, version: Version, row: dict[str, Any]) -> Finding:
    tests = version.check.tests()
    truth = list(zip(tests, row["met"] or [], strict=True))
    own = [part.sentence() for part in version.check.where.parts()] if version.check.where else []
    return Finding(
        rule=rule.code, version=row["version"], subject=row["subject"], stage=row["stage"], start_at=row["start_at"],
        warns_at=row["warns_at"], due_at=row["due_at"], end_at=row["end_at"], last_day=row["last_day"] or (row["due_at"] and row["due_at"].date()),
        limit=_limit_text(version, row["branch"]), estimated=bool(row["estimated"]),
        pauses=tuple((each["start"], each["end"]) for each in row["pauses"] or ()),
        extensions=tuple((each["granted_at"], each["adds"]) for each in row["extensions"] or ()),
        met=(*own, *(test.sentence() for test, holds in truth if holds)), unmet=tuple(test.sentence() for test, holds in truth if not holds),
        facts=json.loads(row["facts"]) if row["facts"] else {}, details=json.loads(row["details"]) if row["details"] else {})


def _limit_text(version: Version, branch: int | None) -> str:
    limit = getattr(version.check, "branch_limit", None)
    return str(limit(branch)) if limit else ""

