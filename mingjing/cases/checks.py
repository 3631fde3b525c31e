"""What cannot be true, for every door alike. An act that breaks the law is recorded as it happened: to see it is what the platform is for.

So nothing here knows a legal limit. Refused is only what contradicts itself: an end before its start, a time that has not come, a wrong check digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from mingjing.cases.cleaning import columns, is_required, name_of
from mingjing.cases.models import NOUNS
from mingjing.cases.models.parties import Party
from mingjing.cases.vocabulary import vocabulary
from mingjing.lib.masking import id_fault
from mingjing.lib.refused import Refused

AHEAD = timedelta(minutes=10)  # clocks of other systems differ a little

Values = Mapping[str, Any]


def check(table: str, values: Values, now: datetime) -> None:
    """Raises Refused for the first thing in a whole row (values by attribute) that cannot be true."""
    _number(values)
    _required(table, values)
    _not_in_future(table, values, now)
    _ordered(table, values)
    if table in OWN:
        OWN[table](values)


def _number(values: Values) -> None:
    """A row's number stands in its address: a slash would cut it in two, and `new` is where a new one is made."""
    code = values.get("code") or ""
    if set(code) & set("/\\") or code in (".", "..", "new"):
        raise Refused("编号：不能含有斜线（/ 或 \\），也不能是“.”“..”“new”。", field="code")


def _required(table: str, values: Values) -> None:
    for name, field in columns(table).items():
        if is_required(field) and values.get(field.attname) in (None, ""):
            raise Refused(f"{field.verbose_name}：必须填写。", field=name)


def _not_in_future(table: str, values: Values, now: datetime) -> None:
    planned = {column.name for column in vocabulary().tables[table].columns.values() if column.planned}
    for name, field in columns(table).items():
        value = values.get(field.attname)
        if isinstance(field, models.DateTimeField) and value and name not in planned and value > now + AHEAD:
            raise Refused(f"{field.verbose_name}：{local(value)} 还没有到，只能登记已经发生的事。", field=name)


def _ordered(table: str, values: Values) -> None:
    for first, second in vocabulary().tables[table].ordered:
        start, end = values.get(first), values.get(second)
        if start and end and end < start:
            later, earlier = NOUNS[table]._meta.get_field(second), NOUNS[table]._meta.get_field(first)
            raise Refused(f"{later.verbose_name} {local(end)} 早于{earlier.verbose_name} {local(start)}，请核对。", field=second)


def _party(values: Values) -> None:
    number = values.get("id_number", "")
    if number and values.get("id_kind") == Party.IdKind.RESIDENT:
        fault = id_fault(number.upper())
        if fault:
            raise Refused(f"证件号码：{fault}。", field="id_number")
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        if values.get("born_on") and values["born_on"] != born:
            raise Refused("出生日期与居民身份证号码里的日期不一致，请核对哪一个录错了。", field="born_on")
    if values.get("born_on") and values["born_on"] > timezone.localdate():
        raise Refused("出生日期：这一天还没有到。", field="born_on")


def _attendance(values: Values) -> None:
    if not values.get("officer_id") and values["role"] in ("主办", "协办", "记录") and not values.get("is_auxiliary"):
        raise Refused("民警：主办、协办、记录须填警号；由辅警担任的请注明辅警。", field="officer_code")


def _conversion(values: Values) -> None:
    if values["from_kind"] == values["to_kind"]:
        raise Refused("转换后类型与转换前相同。", field="to_kind")


def _incident(values: Values) -> None:
    if bool(values.get("outcome")) != bool(values.get("handled_at")):
        missing = "handled_at" if values.get("outcome") else "outcome"
        raise Refused("处理结果与处理结果登记时间要么都填，要么都空。", field=missing)


def _case(values: Values) -> None:
    if values["kind"] == "刑事" and values.get("category"):
        raise Refused("刑事案件没有行政案件类别，请留空。", field="category")


OWN: dict[str, Callable[[Values], None]] = {
    "party": _party, "attendance": _attendance, "conversion": _conversion, "incident": _incident, "case": _case,
}


def check_filled(table: str, required: tuple[str, ...], values: Values) -> None:
    """The fields that an act must have."""
    for name in required:
        field = NOUNS[table]._meta.get_field(name)
        if values.get(field.attname) in (None, "", False):
            raise Refused(f"{field.verbose_name}：必须填写。", field=name_of(field))


def local(value: datetime) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
