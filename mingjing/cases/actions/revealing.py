"""Showing a personal number in full: one number at a time, each look in the ledger."""

from __future__ import annotations

from django.db import transaction

from mingjing.accounts.scope import Viewer, check
from mingjing.cases.models import Incident, Party
from mingjing.cases.queries import is_on_team, matter_of
from mingjing.ledger.actions import record
from mingjing.lib.refused import Refused

SHOWN = {Party: ("id_number", "phone", "address"), Incident: ("reporter_phone",)}


@transaction.atomic
def reveal(*, by: Viewer, row: Party | Incident, name: str) -> str:
    """The full content of a masked field, after recording who looked. Raises Refused for a field that is not masked, Forbidden outside the duty."""
    if name not in SHOWN[type(row)]:
        raise Refused("这一项没有隐藏的内容。")
    matter = matter_of(row)
    act = "reveal" if isinstance(row, Party) else "read"
    check(by, kind=row.table, act=act, unit_path=matter.unit.path, is_team=is_on_team(by, matter))
    record(by=by.officer, kind=f"{row.table}.reveal", subject_kind=row.table, subject_code=row.code, matter_code=matter.code, field=name)
    return getattr(row, name)
