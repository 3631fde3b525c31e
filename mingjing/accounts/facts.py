"""What this app offers to the rules: units and officers."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from mingjing.accounts.models import Officer, Unit
from mingjing.lib.arrow import table
from rulebook.vocabulary import Table


def units(form: Table) -> pa.Table:
    return table(Unit.objects.all(), form, {"code": "code", "name": "name", "kind": "kind", "parent_code": "parent_id"})


def officers(form: Table) -> pa.Table:
    rows = Officer.objects.filter(is_interface=False)
    return table(rows, form, {"code": "code", "unit_code": "unit_id", "is_auxiliary": "is_auxiliary"})


TABLES: dict[str, Callable[[Table], pa.Table]] = {"unit": units, "officer": officers}
