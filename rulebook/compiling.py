"""A rule as one query for DuckDB: one SELECT a version, united."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from rulebook.conditions import time_literal
from rulebook.facts import Facts
from rulebook.names import Path, resolve
from rulebook.query import Scope
from rulebook.rules import Rule, Version


@dataclass(frozen=True)
class Compiled:
    """One query for one rule, the tables and columns that it reads, and the paths by which it reaches other rows."""

    sql: str
    reads: dict[str, set[str]]
    reaches: dict[str, set[Path]] = field(default_factory=dict)

    def missing(self, facts: Facts) -> tuple[str, ...]:
        lacking = []
        for table, columns in sorted(self.reads.items()):
            if table not in facts.present:
                lacking.append(table)
            else:
                lacking += [f"{table}.{column}" for column in sorted(columns - facts.present[table])]
        return tuple(lacking)


def compile_rule(rule: Rule, at: datetime, only: Collection[str] | None = None, present: Mapping[str, frozenset[str]] | None = None,
                 lookup: Callable[[str], list[str]] | None = None) -> Compiled:
    """The DuckDB query of a rule: one SELECT a version, united; each touches only the columns that its check reads.

    Columns that only the message speaks of are added where the source (`present`) has them; a rule is not skipped for want of a name.
    """
    reads: dict[str, set[str]] = {}
    reaches: dict[str, set[Path]] = {}
    spoken = () if present is None else spoken_of(rule, present)
    scopes = [Scope(rule.vocabulary, rule.subject, at, only, reads=reads, reaches=reaches, also_shown=spoken, lookup=lookup) for _ in rule.versions]
    parts = [version_sql(rule, version, scope) for version, scope in zip(rule.versions, scopes, strict=True)]
    return Compiled(" UNION ALL ".join(parts), reads, reaches)


def spoken_of(rule: Rule, present: Mapping[str, frozenset[str]]) -> tuple[Path, ...]:
    """What the rule's message speaks of, as far as the source has it."""
    return tuple(path for path in rule.message_paths() if _is_present(rule, path, present))


def _is_present(rule: Rule, path: Path, present: Mapping[str, frozenset[str]]) -> bool:
    references, column = resolve(path, rule.subject, rule.vocabulary)
    table = rule.subject.name
    for reference in references:
        if reference.name not in present.get(table, ()):
            return False
        table = reference.refers
    return column.name in present.get(table, ())


def version_sql(rule: Rule, version: Version, scope: Scope) -> str:
    """A SELECT of the version and of the columns of judgement for everybody who falls under it."""
    dated = dated_sql(rule, version, scope)
    return f"SELECT DATE '{version.effective}' AS version, * FROM ({version.check.judge_sql(scope, dated)}) AS judged"


def dated_sql(rule: Rule, version: Version, scope: Scope) -> str:
    """Whether a subject falls under this version. A subject without a date of its own is judged by the law of the day of judgement."""
    moment = f"coalesce({scope.moment(rule.dated_by)}, {scope.now})" if rule.dated_by else scope.now

    def midnight(day: date) -> str:
        return time_literal(datetime.combine(day, datetime.min.time(), rule.vocabulary.time_zone))

    until = f" AND {moment} < {midnight(version.until)}" if version.until else ""
    return f"{moment} >= {midnight(version.effective)}{until}"


def reached(rule: Rule, at: datetime, facts: Facts) -> Rule:
    """The rule with the versions that any subject can fall under, as far as one look at the subjects' own dates can tell; whoever has none is judged
    by today's."""
    moment = rule.dated_by
    if moment is None or moment.related or len(moment.own_paths) > 1 or len(moment.path) > 1 or len(rule.versions) == 1:
        return rule
    span = facts.span(rule.subject.name, moment.path[0])
    if span is None:
        return rule
    first, last = min(span[0], at), max(span[1], at)
    zone = rule.vocabulary.time_zone
    days = first.astimezone(zone).date(), last.astimezone(zone).date()
    versions = tuple(each for each in rule.versions if each.effective <= days[1] and (each.until is None or each.until > days[0]))
    return replace(rule, versions=versions or rule.versions[-1:])
