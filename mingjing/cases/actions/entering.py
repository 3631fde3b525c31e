"""Rows from files, other systems and the demo: many at once, each checked like an act by hand, each with its ledger entry.

A row is known by its code. A new code makes a row; a known one completes or changes it, where an empty cell says nothing about its column; the
same row again changes nothing and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.scope import Viewer
from mingjing.cases import search
from mingjing.cases.actions.writing import changed, changes, created
from mingjing.cases.checks import check
from mingjing.cases.cleaning import clean_row
from mingjing.cases.models import NOUNS, Case, Entry
from mingjing.cases.models.matters import state_of
from mingjing.cases.references import References, check_references, references
from mingjing.ledger.actions import Happening, record_all
from mingjing.lib.refused import Forbidden, Refused

BATCH = 500


@dataclass(frozen=True)
class Reject:
    """A row set aside. `index`: its place in the rows given, from 0; `column`: name of the column at fault, may be empty."""

    index: int
    column: str
    reason: str
    row: dict[str, Any]


@dataclass
class Outcome:
    entered: int = 0
    changed: int = 0
    unchanged: int = 0
    rejects: list[Reject] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.entered + self.changed + self.unchanged + len(self.rejects)


@dataclass
class Draft:
    """A cleaned row on its way: `values` by attribute, `row` the stored one if its code is known."""

    index: int
    given: dict[str, Any]
    values: dict[str, Any]
    row: Entry | None = None
    matter: str = ""


@dataclass
class Trial:
    """What a dry run remembers, because it writes nothing: how rows would stand after those before them, also when a file is tried out in several calls.

    `codes`: those worth remembering, namely the ones that come more than once; None for all.
    """

    codes: Container[str] | None = None
    rows: dict[str, Entry] = field(default_factory=dict)


def enter_all(
    *, by: Viewer, table: str, rows: Sequence[dict[str, Any]], source: str, dry_run: bool = False, now: datetime | None = None, trial: Trial | None = None,
) -> Outcome:
    """Enter rows (by column name of the vocabulary, raw values) into one table, in one transaction with their ledger entries.

    `dry_run` checks everything and writes nothing; `trial` carries its memory from call to call. Raises Forbidden if no duty allows entering this
    table at all; a row that is refused, also for lying outside the reach, is set aside with its reason.
    """
    if not by.paths(table, "enter"):
        raise Forbidden(f"你没有导入“{NOUNS[table]._meta.verbose_name}”的权限，请由案管办理。")
    outcome, now = Outcome(), now or timezone.now()
    trial = (trial or Trial()) if dry_run else None
    happenings: list[Happening] = []
    with transaction.atomic():
        for part in _apart(_cleaned(table, rows, outcome)):
            happenings += _enter(by, table, part, source, outcome, trial, now)
        if happenings:
            record_all(by=by.officer, happenings=happenings)  # after all parts: whoever holds the chain must wait for no row
    outcome.rejects.sort(key=lambda reject: reject.index)
    return outcome


def _cleaned(table: str, rows: Sequence[dict[str, Any]], outcome: Outcome) -> list[Draft]:
    drafts = []
    for index, row in enumerate(rows):
        try:
            values = clean_row(table, row)
            if "code" not in values:
                raise Refused("编号：必须填写。", field="code")
            drafts.append(Draft(index, row, values))
        except Refused as refused:
            outcome.rejects.append(Reject(index, refused.field, refused.message, row))
    return drafts


def _apart(drafts: list[Draft]) -> Iterable[list[Draft]]:
    """Batches in which no code comes twice, in the order of the rows."""
    batch: dict[str, Draft] = {}
    for draft in drafts:
        if draft.values["code"] in batch or len(batch) == BATCH:
            yield list(batch.values())
            batch = {}
        batch[draft.values["code"]] = draft
    if batch:
        yield list(batch.values())


def _enter(
    by: Viewer, table: str, drafts: list[Draft], source: str, outcome: Outcome, trial: Trial | None, now: datetime,
) -> list[Happening]:
    """The rows are written; what is returned has yet to be recorded."""
    model = NOUNS[table]
    stored = model.objects.select_for_update().order_by("code").in_bulk([draft.values["code"] for draft in drafts])
    if trial:
        stored |= {draft.values["code"]: trial.rows[draft.values["code"]] for draft in drafts if draft.values["code"] in trial.rows}
    for draft in drafts:
        draft.row = stored.get(draft.values["code"])
    known = references(model, [values for draft in drafts for values in (_whole(draft), _stored(draft))])
    paths = by.paths(table, "enter")
    sound = [draft for draft in drafts if _is_sound(table, draft, known, paths, outcome, now)]
    new = [draft for draft in sound if draft.row is None]
    altered = [draft for draft in sound if draft.row is not None and changes(draft.row, draft.values)]
    outcome.entered += len(new)
    outcome.changed += len(altered)
    outcome.unchanged += len(sound) - len(new) - len(altered)
    if trial:
        _remember(trial, model, [*new, *altered], now)
        return []
    return [*_insert(model, new, source, now), *_update(model, altered, source)]


def _remember(trial: Trial, model: type[Entry], drafts: list[Draft], now: datetime) -> None:
    for draft in drafts:
        if trial.codes is None or draft.values["code"] in trial.codes:
            row = draft.row or model(entered_at=now)
            for name, value in draft.values.items():
                setattr(row, name, value)
            trial.rows[row.code] = row


def _stored(draft: Draft) -> dict[str, Any]:
    """The row as it stands; empty for a new one."""
    return {field.attname: getattr(draft.row, field.attname) for field in draft.row._meta.concrete_fields} if draft.row else {}


def _whole(draft: Draft) -> dict[str, Any]:
    """The row as it would stand: stored values overlaid by the given ones."""
    return {**_stored(draft), **draft.values}


def _is_sound(table: str, draft: Draft, known: References, paths: list[str], outcome: Outcome, now: datetime) -> bool:
    model, whole = NOUNS[table], _whole(draft)
    try:
        check(table, whole, now)
        place = known.place(model, whole)
        now_at = known.place(model, _stored(draft)) if draft.row else place
        if not all(any(known_place.path.startswith(path) for path in paths) for known_place in (place, now_at)):
            raise Refused("所属单位不在你的管辖范围内，不能导入。", field="")
        if place.matter != now_at.matter:
            raise Refused(f"这一行已经属于 {now_at.matter}，不能改到另一案件。录错的请在原案件更正，另用新编号录入。", field="case_code")
        check_references(model, whole, known)
        draft.matter = place.matter
    except Refused as refused:
        outcome.rejects.append(Reject(draft.index, refused.field, refused.message, draft.given))
        return False
    return True


def _insert(model: type[Entry], drafts: list[Draft], source: str, now: datetime) -> list[Happening]:
    rows = []
    for draft in drafts:
        row = model(**draft.values, entered_at=now, source=source)
        if isinstance(row, Case):
            row.state = state_of(row)
        rows.append(row)
    model.objects.bulk_create(rows)
    search.index(rows)
    return [
        created(row, kind=f"{model.table}.enter", matter=draft.matter, at=getattr(row, model.occurs), source=source)
        for row, draft in zip(rows, drafts, strict=True)
    ]


def _update(model: type[Entry], drafts: list[Draft], source: str) -> list[Happening]:
    happenings, names, reworded = [], {"version"}, []
    for draft in drafts:
        found = changes(draft.row, draft.values)
        for name, (_, new) in found.items():
            setattr(draft.row, name, new)
        draft.row.version += 1
        names |= {model._meta.get_field(name).name for name in found}
        if search.is_touched(model.table, found):
            reworded.append(draft.row)
        if isinstance(draft.row, Case):
            draft.row.state = state_of(draft.row)
            names.add("state")
        happenings.append(changed(draft.row, found, kind=f"{model.table}.change", matter=draft.matter, at=None, source=source))
    if drafts:
        model.objects.bulk_update([draft.row for draft in drafts], sorted(names))
        search.index(reworded)
    return happenings
