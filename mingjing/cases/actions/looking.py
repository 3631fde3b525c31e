"""Looks at people that the ledger keeps: lists taken out as a file, and searches by name."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from mingjing.accounts.scope import Viewer
from mingjing.cases.actions.writing import sealed
from mingjing.ledger.actions import record

TYPED = frozenset({"q", "name"})  # what was typed may be a person's name


@transaction.atomic
def exported(*, by: Viewer, name: str, title: str, conditions: Mapping[str, str], count: int) -> None:
    """A list was taken out as a file: which, under which conditions (parameters of its address), how many rows."""
    kept = {key: sealed(value) if key in TYPED else value for key, value in sorted(conditions.items()) if value}
    record(by=by.officer, kind="list.export", subject_kind="list", subject_code=name, title=title, conditions=kept, count=count)


@transaction.atomic
def searched_names(*, by: Viewer, name: str, count: int) -> None:
    """Somebody looked for a person by name: the name sealed, and how many people were shown."""
    record(by=by.officer, kind="search.names", subject_kind="search", subject_code="party", name=sealed(name), count=count)
