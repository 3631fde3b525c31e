"""The facts on which a rule speaks of one subject, row by row, for somebody who judges without knowing what the rule said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from mingjing.alerts.facts import of_matters
from mingjing.cases.vocabulary import vocabulary
from mingjing.ui.times import NOTHING, full
from rulebook.evaluation import compile_rule
from rulebook.rules import Rule
from rulebook.vocabulary import Column, Table

MOST = 50  # rows of one table on a sheet
PEOPLE = frozenset({"unit", "officer"})  # no facts of the matter


@dataclass(frozen=True)
class Part:
    """One table: labels of its columns and the rows in words, the subject itself marked; `more`: rows that are not shown."""

    label: str
    columns: Sequence[str]
    rows: Sequence[tuple[bool, Sequence[str]]]
    more: int


def sheet(rule: Rule, subject: str, matter: str, now: datetime) -> list[Part]:
    """The subject's table first, then every table that the rule reads, with the rows of this matter only: whatever else the rule sees belongs to others."""
    names = {*compile_rule(rule, now).reads, rule.subject.name} - PEOPLE
    tables, keys = of_matters([matter], names)
    ordered = sorted((name for name in tables if name in keys), key=lambda name: (name != rule.subject.name, name))
    return [part(vocabulary().tables[name], tables[name].to_pylist(), frozenset(keys[name]), subject if name == rule.subject.name else "") for name in ordered]


def part(form: Table, rows: Iterable[dict[str, Any]], own: frozenset[str], subject: str) -> Part:
    """Columns in which no row has anything are left out."""
    held = sorted((row for row in rows if row[form.key] in own), key=lambda row: (row[form.key] != subject, row[form.key]))
    columns = [column for column in form.columns.values() if any(row[column.name] is not None for row in held)]
    lines = [(row[form.key] == subject, [words(column, row[column.name]) for column in columns]) for row in held[:MOST]]
    return Part(form.label, [column.label for column in columns], lines, max(0, len(held) - MOST))


def words(column: Column, value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{full(local)}{f':{local:%S}' if local.second else ''}"
    return full(value) if isinstance(value, date) else f"{value:g} {column.unit}".strip() if isinstance(value, float) else f"{value} {column.unit}".strip()
