"""What every shape of check has in common: its columns of judgement, its words, and its mutants for `rulebook pins`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar

from rulebook.conditions import Condition
from rulebook.facts import literal
from rulebook.names import Path
from rulebook.parsing import Part
from rulebook.query import Moment, Scope
from rulebook.timelimits import Counting, Span
from rulebook.vocabulary import Table, Vocabulary

# What a compiled check returns for each subject in its scope. Stages `kept` and `unstarted` are no findings; `explain` shows them.
COLUMNS = {
    "subject": "VARCHAR", "stage": "VARCHAR", "start_at": "TIMESTAMPTZ", "warns_at": "TIMESTAMPTZ", "due_at": "TIMESTAMPTZ", "end_at": "TIMESTAMPTZ",
    "last_day": "DATE", "branch": "INTEGER", "estimated": "BOOLEAN", "pauses": 'STRUCT("start" TIMESTAMPTZ, "end" TIMESTAMPTZ)[]',
    "extensions": "STRUCT(granted_at TIMESTAMPTZ, adds VARCHAR)[]", "details": "VARCHAR", "met": "BOOLEAN[]", "facts": "VARCHAR",
}


def row_sql(**columns: str) -> str:
    """A SELECT list with every column of judgement; those not given are empty."""
    return ", ".join(f"CAST({columns.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in COLUMNS.items())


@dataclass(frozen=True)
class Shape:
    """One way of checking. `where` says which rows it is about; all rows if None."""

    name: ClassVar[str]
    label: ClassVar[str]

    table: Table
    vocabulary: Vocabulary
    where: Condition | None

    @classmethod
    def parse(cls, part: Part) -> Shape:
        raise NotImplementedError

    def judge_sql(self, scope: Scope, dated: str) -> str:
        """A SELECT of COLUMNS for the rows in scope; `dated` is a further condition, which version applies."""
        raise NotImplementedError

    def sentences(self) -> list[str]:
        """The check in Chinese, a line a statement."""
        raise NotImplementedError

    def dated_by(self) -> Moment | None:
        """The time of the subject that decides which version of the rule applies, if the check itself names one."""
        return None

    def tests(self) -> list[Condition]:
        """Conditions whose truth a finding reports, besides those of `where`, which are all met."""
        return []

    def shown(self) -> list[Path]:
        """Columns of the subject whose values a finding reports."""
        conditions = [self.where, *self.tests()]
        return list(dict.fromkeys(path for condition in conditions if condition for path in condition.columns))

    def conditions_sql(self, scope: Scope, dated: str) -> list[str]:
        """What makes a row of the table a subject of this check."""
        return [part for part in (scope.condition(self.where) if self.where else "", dated) if part]

    def subjects_sql(self, scope: Scope, dated: str) -> str:
        """A SELECT of the keys of all subjects, whatever becomes of them."""
        return f"SELECT {scope.key()} AS subject {scope.from_sql(self.conditions_sql(scope, dated))}"

    def evidence_sql(self, scope: Scope) -> dict[str, str]:
        """`met` and `facts`: the truth of each test and the values it was judged on."""
        if scope.is_bare:
            return {"met": "NULL", "facts": "NULL"}
        met = ", ".join(f"coalesce({scope.condition(test)}, false)" for test in self.tests())
        values = ", ".join(f"{literal('.'.join(path))}: CAST({scope.column(path)} AS VARCHAR)" for path in dict.fromkeys([*self.shown(), *scope.also_shown]))
        return {"met": f"[{met}]" if met else "NULL", "facts": f"to_json({{{values}}})" if values else "NULL"}

    def scope_sentence(self) -> str:
        return f"对象：{self.table.label}" + (f"，限于{self.where.sentence()}的" if self.where else "")

    def mutants(self) -> Iterator[tuple[str, Shape]]:
        """The check with one thing changed at a time: every number a unit off, every condition negated, every option flipped."""
        yield from mutate(self)


FIXED = {"table", "vocabulary", "axis", "path", "related_table"}


def mutate(node: object, path: str = "") -> Iterator[tuple[str, object]]:
    """All single changes of a frozen dataclass, deep."""
    for each in fields(node):
        if each.name in FIXED:
            continue
        value = getattr(node, each.name)
        place = f"{path}{each.name}"
        for label, changed in _mutate_value(value, place, node):
            yield label, dataclasses.replace(node, **{each.name: changed})


def _mutate_value(value: object, place: str, holder: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Condition):
        yield from ((f"{place}：{label}", changed) for label, changed in value.mutants())
    elif isinstance(value, Span):
        yield from ((f"{place}：{value} 改为 {span}", span) for span in _spans(value))
    elif isinstance(value, bool):
        if _matters(holder) or place.endswith("inclusive"):
            yield f"{place}：改为 {str(not value).lower()}", not value
    elif isinstance(value, int):
        yield from ((f"{place}：{value} 改为 {value + step}", value + step) for step in (-1, 1) if value + step >= 0)
    elif isinstance(holder, Moment) and place.endswith("others"):
        yield from ((f"{place}：去掉 {'.'.join(path)}", tuple(other for other in value if other != path)) for path in value)
    elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        yield from _mutate_items(value, place)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Table | Vocabulary):
        yield from mutate(value, f"{place}.")
    elif value in FLIPS and _matters(holder):
        yield f"{place}：{value} 改为 {FLIPS[value]}", FLIPS[value]


def _matters(holder: object) -> bool:
    """Options that change nothing need no example: day counting on the clock axis, first or last of a single time."""
    if isinstance(holder, Counting):
        return holder.axis != "clock"
    return not (isinstance(holder, Moment) and holder.related is None)


FLIPS = {
    "high": "low", "low": "high", "next_day": "same_day", "same_day": "next_day", "first": "last", "last": "first",
    "violated": "ignored", "ignored": "violated",
}


def _mutate_items(items: tuple, place: str) -> Iterator[tuple[str, tuple]]:
    for index, item in enumerate(items):
        yield f"{place}：去掉第 {index + 1} 项", items[:index] + items[index + 1:]
        for label, changed in mutate(item, f"{place}[{index + 1}]."):
            yield label, (*items[:index], changed, *items[index + 1:])


def _spans(span: Span) -> list[Span]:
    return [Span(span.amount + step, span.unit) for step in (-1, 1) if span.amount + step >= 0]
