"""From what came in (a text cell, a JSON value, a form's value) to what a column holds. One place for files, interfaces and forms."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from mingjing.cases.models import NOUNS, Entry
from mingjing.lib.characters import CONTROL
from mingjing.lib.refused import Refused

FLAGS = {"是": True, "否": False, "有": True, "无": False, "true": True, "false": False, "1": True, "0": False}
# year first, always: 3/4/2026 could be either of two days
DAY = r"(?P<year>\d{4})(?:[-/.]|年)(?P<month>\d{1,2})(?:[-/.]|月)(?P<day>\d{1,2})日?"
CLOCK = r"(?P<hour>\d{1,2})(?:[:：]|时|点)(?P<minute>\d{1,2})?分?(?:[:：]?(?P<second>\d{1,2})(?:\.\d{1,6})?秒?)?"
MOMENT = re.compile(rf"^{DAY}(?:[ T]*{CLOCK})?$")
OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
EARLIEST, LATEST = 1980, 2060  # the years for which the calendar of workdays is kept


@cache
def columns(table: str) -> dict[str, models.Field]:
    """The columns of a table that people and files may give, by the name used in files: a reference is named `…_code`."""
    skipped = {"state", *Entry.kept}
    return {name_of(field): field for field in NOUNS[table]._meta.concrete_fields if field.name not in skipped}


def is_required(field: models.Field) -> bool:
    """Whether a new row must have it."""
    return not field.blank and not field.null


def name_of(field: models.Field) -> str:
    return f"{field.name}_code" if isinstance(field, models.ForeignKey) else field.name


def clean_row(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Values by attribute (`case_id`, `accepted_at` …) of the columns that are given and not empty. Raises Refused for the first bad one."""
    known = columns(table)
    for name in row:
        if name not in known:
            raise Refused(f"没有“{name}”这一列。请从导入页下载最新的模板。", field=name)
    values = {}
    for name, raw in row.items():
        value = clean(known[name], raw, name)
        if value is not None and value != "":
            values[known[name].attname] = value
    return values


def clean(field: models.Field, raw: Any, name: str = "") -> Any:
    """One value in the field's type, None for an empty one. Raises Refused naming the column, the value and what would do."""
    name = name or name_of(field)
    if isinstance(raw, str):
        raw = unicodedata.normalize("NFC", raw).strip()
    if raw is None or raw == "":
        return None
    try:
        value = _converted(field, raw)
    except (ValueError, InvalidOperation) as error:
        raise Refused(f"{field.verbose_name}：{error}。现在的内容是“{str(raw)[:60]}”。", field=name) from None
    allowed = listed(field)
    if allowed and value not in allowed:
        raise Refused(f"{field.verbose_name}：没有“{str(raw)[:60]}”这个值。可填：{'、'.join(allowed)}。", field=name)
    return value


@cache
def listed(field: models.Field) -> tuple[str, ...]:
    """The values a field may take; empty when it may take any."""
    return tuple(choice for choice, _ in field.flatchoices)


def _converted(field: models.Field, raw: Any) -> Any:
    if isinstance(field, models.DateTimeField):
        return moment(raw)
    if isinstance(field, models.DateField):
        return day(raw)
    if isinstance(field, models.BooleanField):
        return flag(raw)
    if isinstance(field, models.DecimalField):
        return amount(raw, field.max_digits, field.decimal_places)
    if isinstance(field, models.IntegerField):
        return whole(raw)
    return text(raw, field)


def text(raw: Any, field: models.Field) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError("应为文字")
    if isinstance(raw, float):
        raw = int(raw) if raw.is_integer() else raw  # a spreadsheet keeps 123 as 123.0
    value = str(raw)
    if CONTROL.search(value):
        raise ValueError("含有不可见的控制字符")
    limit = field.target_field.max_length if isinstance(field, models.ForeignKey) else field.max_length
    if limit and len(value) > limit:
        raise ValueError(f"最长 {limit} 个字，现在有 {len(value)} 个")
    return value


def flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    key = str(raw).lower().removesuffix(".0")
    if key not in FLAGS:
        raise ValueError("应填 是 或 否")
    return FLAGS[key]


def whole(raw: Any) -> int:
    value = amount(raw, 9, 2)
    if value != int(value):
        raise ValueError("应为整数")
    return int(value)


def amount(raw: Any, digits: int, places: int) -> Decimal:
    if isinstance(raw, bool):
        raise ValueError("应为数字")
    try:
        value = Decimal(str(raw).replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise ValueError("应为数字") from None
    if not value.is_finite() or value < 0 or value.adjusted() + 1 > digits - places:
        raise ValueError("应为不小于 0 的数字，且不能过大")
    if value != round(value, places):
        raise ValueError(f"最多 {places} 位小数")
    return value


def moment(raw: Any) -> datetime:
    """An aware time. Without an offset it is read in Asia/Shanghai; a day without a clock time is refused, for hours decide limits."""
    zone = ZoneInfo(settings.TIME_ZONE)
    if isinstance(raw, datetime):
        value = raw
    elif isinstance(raw, str) and OFFSET.search(raw) and "T" in raw:
        value = datetime.fromisoformat(raw.replace("Z", "+00:00"))
    else:
        value = _written(raw, needs_clock=True)
    if not EARLIEST <= value.year <= LATEST:
        raise ValueError(f"年份应在 {EARLIEST} 至 {LATEST} 之间")
    return value if value.tzinfo else value.replace(tzinfo=zone)


def day(raw: Any) -> date:
    value = raw.date() if isinstance(raw, datetime) else raw if isinstance(raw, date) else _written(raw, needs_clock=False).date()
    if not 1880 <= value.year <= 2100:
        raise ValueError("年份应在 1880 至 2100 之间")
    return value


def _written(raw: Any, *, needs_clock: bool) -> datetime:
    example = "2026-03-01 09:00" if needs_clock else "2026-03-01"
    found = MOMENT.match(str(raw)) if isinstance(raw, str) else None
    if not found:
        raise ValueError(f"认不出这个时间，请写成 {example}（年在前）")
    parts = {name: int(value) for name, value in found.groupdict().items() if value is not None}
    if needs_clock and "hour" not in parts:
        raise ValueError(f"只有日期，没有时刻；请写成 {example}")
    try:
        return datetime(**parts)
    except ValueError:
        raise ValueError(f"没有这个时间，请写成 {example}") from None
