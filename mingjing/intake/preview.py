"""The first rows of a file as they were understood, for whoever decides whether to import it. Personal numbers are masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from mingjing.cases.cleaning import clean, columns
from mingjing.intake.headers import name_of
from mingjing.intake.lines import Line
from mingjing.lib.masking import mask_id, mask_phone
from mingjing.lib.refused import Refused

SHOWN = 20
MASKS = {"id_number": mask_id, "phone": mask_phone, "reporter_phone": mask_phone}


def understood(table: str, lines: Sequence[Line], reasons: Mapping[int, str]) -> list[dict[str, Any]]:
    """For each row its number, the values by column name as text, and why it is set aside (empty if it is not)."""
    return [{"row": line.number, "values": _values(table, line), "reason": reasons.get(line.number, "")} for line in lines]


def _values(table: str, line: Line) -> dict[str, str]:
    fields, said = columns(table), {}
    given = line.values or {name_of(table, text): value for text, value in line.cells.items()}
    for name, raw in given.items():
        if name not in fields:
            continue
        try:
            value = clean(fields[name], raw, name)
        except Refused:
            value = raw
        if value is not None and value != "":
            said[name] = masked(name, _text(value))
    return said


def kind_of_cell(table: str, name: str) -> str:
    """How a list would show the column: long texts wrap, the rest stays on one line."""
    field = columns(table)[name]
    return "text" if isinstance(field, models.TextField) or (isinstance(field, models.CharField) and field.max_length > 64) else "code"


def masked(name: str, text: str) -> str:
    return MASKS[name](text) if name in MASKS else text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value).replace("\x00", "␀")[:200]
