"""The gate between a file and `enter_all`: from a row of cells to raw values by column name, or the reason why it is set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from django.db import models
from django.utils import timezone

from mingjing.cases.cleaning import columns
from mingjing.intake import readers
from mingjing.intake.headers import REMAINDER, Header, labels, read_header, recogniser, tidy
from mingjing.intake.readers import Row, Source
from mingjing.lib.refused import Refused
from mingjing.ui.exports import FORMULA_STARTS

SIGNED_NUMBER = re.compile(r"[+-]\d+(\.\d+)?")  # -1 is itself, for a spreadsheet too
PHONE = re.compile(r"\+\d[\d -]{4,19}")
PHONES = ("phone", "reporter_phone")
ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number


@dataclass(frozen=True)
class Line:
    """`values`: raw values by column name; `cells`: the row as it was, by header; `fault`: (column, reason) if it must be set aside."""

    number: int
    values: dict[str, Any]
    cells: dict[str, Any]
    fault: tuple[str, str] | None


@dataclass(frozen=True)
class Lines:
    """A file opened for a table."""

    table: str
    header: Header
    source: Source

    @property
    def notes(self) -> list[str]:
        return [*self.source.notes, *self.header.notes]

    def __iter__(self) -> Iterator[Line]:
        fields = columns(self.table)
        places = [(place, name, fields[name]) for place, name in enumerate(self.header.names) if name]
        remainder = next((place for place, text in enumerate(self.header.texts) if tidy(text) == REMAINDER), None)
        for row in self.source.rows():
            yield self._line(row, places, remainder)

    def _line(self, row: Row, places: list[tuple[int, str, models.Field]], remainder: int | None) -> Line:
        cells = {self.header.texts[place]: plain(row.cells[place]) for place, _, _ in places if place < len(row.cells)}
        left = plain(row.cells[remainder]) if remainder is not None and remainder < len(row.cells) else None
        faults = {place: reason for place, reason in row.faults.items() if place < 0 or self.header.names[place]}
        if faults:
            if -1 in faults:
                cells[REMAINDER] = left or " | ".join(str(plain(cell)) for cell in row.cells[len(self.header.texts):]) or "缺少的内容补齐后，清空此格"
            return Line(row.number, {}, cells, self._told(faults))
        if left:
            return Line(row.number, {}, {**cells, REMAINDER: left}, ("", f"“{REMAINDER}”里还有内容。核对这一行、补到正确的列之后，请清空这一格。"))
        values = {}
        for place, name, field in places:
            try:
                values[name] = taken(row.cells[place], field, name)
            except Refused as refused:
                return Line(row.number, {}, cells, (name, f"{labels(self.table)[name]}：{refused.message}"))
        return Line(row.number, values, cells, None)

    def _told(self, faults: dict[int, str]) -> tuple[str, str]:
        place, reason = next(iter(faults.items()))
        return self.header.names[place] if place >= 0 else "", reason


def open_lines(path: Any, kind: str, table: str) -> Lines:
    """Raises Refused for what makes the whole file unusable."""
    source = readers.open_file(path, kind, recogniser(table))
    return Lines(table, read_header(table, source.header), source)


def taken(raw: Any, field: models.Field, name: str) -> Any:
    """A cell as it may go on. Raises Refused for what a spreadsheet would run as a formula, and for numbers whose end a spreadsheet has lost."""
    if not isinstance(field, models.CharField | models.TextField | models.ForeignKey):
        return raw.strip() if isinstance(raw, str) else raw
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= EXACT:
        raise Refused("超过 15 位的号码被表格软件当作数字保存，末几位已经丢失。请把这一列设成“文本”格式，从原始数据重新填入。")
    if isinstance(raw, Decimal):
        return str(raw)
    if not isinstance(raw, str):
        return raw
    text = unguarded(raw.strip())
    if ROUNDED.fullmatch(text):
        raise Refused(f"“{text}”是表格软件改写过的号码，末几位已经丢失。请把这一列设成“文本”格式，从原始数据重新填入。")
    if text.startswith(FORMULA_STARTS) and not (SIGNED_NUMBER.fullmatch(text) or (name in PHONES and PHONE.fullmatch(text))):
        raise Refused(f"以“{text[0]}”开头的内容会被表格软件当作公式执行，不能导入。请删去开头的“{text[0]}”；没有内容的请留空。")
    return text


def unguarded(text: str) -> str:
    """Takes away the apostrophe that our own files put before what looks like a formula."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(FORMULA_STARTS) else text


def plain(value: Any) -> Any:
    """A cell as JSON keeps it and as a file of rejects gives it back: importing that again means the same."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{local:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, int | float):
        return value
    return str(value).replace("\x00", "␀")
