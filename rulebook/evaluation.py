"""Rules + facts + a time = findings. Pure: no clock, no network, nothing written; the same input gives the same findings in any order."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rulebook.compiling import Compiled, compile_rule, reached
from rulebook.errors import Fault, SourceError, Text
from rulebook.facts import Facts
from rulebook.query import Scope
from rulebook.rules import STAGES, Rule, Version
from rulebook.whole import SELECTED, Judged, Whole

ALL_STAGES = (*STAGES, "kept", "unstarted")
SMALL = 10_000  # rows of facts up to which planning a query costs more than judging everybody with all evidence
SHORT = 300  # characters of an error that stand for it
ORDER = [("subject", "ascending"), ("version", "ascending")]


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
    stages = ALL_STAGES if every_stage else STAGES
    with facts.lock:
        if threads:
            facts.connection.execute(f"SET threads = {int(threads)}")
        run = _Run(facts, at, stages, progress or (lambda rule: None), on_error)
        ordered = sorted(rules, key=lambda each: each.code)
        outcomes = run.everybody(ordered) if only is None and facts.rows > SMALL else run.few(ordered, only)
    results, skipped = ([each for each in outcomes if isinstance(each, kind)] for kind in (Result, Skipped))
    return Evaluation(at, tuple(results), tuple(skipped))


@dataclass(frozen=True)
class _Run:
    """One evaluation: the same for few subjects, rule by rule, and for everybody."""

    facts: Facts
    at: datetime
    stages: Collection[str]
    progress: Callable[[Rule], None]
    on_error: Callable[[Rule, Exception], None] | None

    def few(self, rules: Iterable[Rule], only: Collection[str] | None) -> list[Result | Skipped]:
        def judge(rule: Rule) -> Result | Skipped:
            self.progress(rule)
            return _judge(rule, self.facts, self.at, only, self.stages)

        return self._each(rules, lambda rule: rule, judge)

    def everybody(self, rules: Iterable[Rule]) -> list[Result | Skipped]:
        """Step by step, all rules together: one that drops out at one step is passed over by the next."""
        def ask(rule: Rule) -> Rule | Skipped:
            missing = whole.ask(rule)
            return Skipped(rule, missing) if missing else rule

        def judge(rule: Rule) -> Judged:
            self.progress(rule)
            return whole.judge(rule)

        with Whole(self.facts, self.at, self.stages) as whole:
            asked = self._each(rules, lambda rule: rule, ask)
            whole.hold()
            judged = self._each(asked, lambda rule: rule, judge)
            whole.show(each for each in judged if isinstance(each, Judged))
            return self._each(judged, lambda each: each.rule, lambda each: _result(whole, each))

    def _each(self, items: Iterable, rule_of: Callable[[Any], Rule], step: Callable[[Any], Any]) -> list:
        return [item if isinstance(item, Skipped) else self._guarded(rule_of(item), lambda item=item: step(item)) for item in items]

    def _guarded(self, rule: Rule, work: Callable[[], Any]) -> Any:
        """What the work returns; where it breaks off and somebody is there to be told of it, that it did."""
        try:
            return work()
        except Exception as error:
            if self.on_error is None:
                raise
            self.on_error(rule, error)
            return Skipped(rule, (), in_short(error))


def _result(whole: Whole, judged: Judged) -> Result:
    started = time.perf_counter()
    table = whole.evidence(judged)
    if len(judged.found) > 1:
        table = table.sort_by(ORDER)
    return Result(judged.rule, judged.subjects, judged.seconds + time.perf_counter() - started, table)


def in_short(error: Exception) -> str:
    """The kind of an error and its first line: enough to recognise it by, the log has the whole."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}"[:SHORT]


def missing_facts(evaluation: Evaluation) -> SourceError:
    """The error for callers who asked for one rule that could not be judged."""
    fix = Text("补上这些表或者列，或者换一个来源", "add these tables or columns, or give another source")
    return SourceError([Fault(each.rule.path, 0, each.reason, fix) for each in evaluation.skipped])


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


def _judge(rule: Rule, facts: Facts, at: datetime, only: Collection[str] | None, stages: Collection[str]) -> Result | Skipped:
    """One query for the rule, the rest in Arrow: for a handful of subjects the statements themselves are the cost."""
    judged = replace(rule, versions=_applicable(rule, at, only, facts)) if only is not None else reached(rule, at, facts)
    compiled = compile_rule(judged, at, only, facts.present, None if only is None else facts.keys)
    missing = compiled.missing(facts)
    if missing:
        return Skipped(rule, missing)
    started = time.perf_counter()
    table = facts.connection.execute(f"SELECT {SELECTED} FROM ({compiled.sql}) AS judged").to_arrow_table()
    found = table.filter(pc.is_in(table["stage"], pa.array(list(stages))))
    return Result(rule, table.num_rows, time.perf_counter() - started, found.sort_by(ORDER))


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

