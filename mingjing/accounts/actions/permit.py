"""What every act on people and units asks first: may this viewer do it here; is the text sensible; is the row there."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils import timezone

from mingjing.accounts.duties import table
from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import Viewer, in_force
from mingjing.lib.characters import CONTROL
from mingjing.lib.refused import Forbidden, Refused

CODE = re.compile(r"[0-9A-Z][0-9A-Z-]{1,31}")


def permit(by: Viewer, kind: str, act: str, path: str) -> None:
    """Raises Forbidden unless a duty that allows the act is held at a unit that is above `path` or the same."""
    if any(path.startswith(post) for post in by.posts(kind, act)):
        return
    duties = "、".join(sorted(table().permission(kind, act).duties))
    raise Forbidden(f"只有本单位或者上级单位的{duties}可以办理。需要时请由其办理。")


def places_of(person: Officer, at: datetime) -> set[str]:
    """Paths of the units where somebody belongs: the own one, and wherever a duty is held that day. Whoever manages the account can use it, so the
    post has to be above all of them."""
    held = person.assignments.filter(in_force(timezone.localdate(at)))
    return {person.unit.path, *held.values_list("unit__path", flat=True)}


def not_oneself(by: Viewer, officer: Officer) -> None:
    if officer.pk == by.officer.pk:
        raise Forbidden("不能变更自己的人员信息和职责，请由另一名系统管理员办理。")


def clean_code(value: str, *, field: str = "code", what: str = "编号") -> str:
    """A code as it is kept: capitals, so that two codes never differ in case alone. Raises Refused."""
    code = (value or "").strip().upper()
    if not CODE.fullmatch(code):
        raise Refused(f"{what}应为 2 至 32 位数字、字母或者连字符，并以数字或字母开头。", field=field)
    return code


def clean_text(value: str, *, field: str, what: str, most: int, least: int = 1) -> str:
    """A one-line text without control characters. Raises Refused."""
    text = " ".join((value or "").split())
    if CONTROL.search(text):
        raise Refused(f"{what}含有不可见的控制字符，请删去后重新填写。", field=field)
    if len(text) < least:
        raise Refused(f"请填写{what}。" if least == 1 else f"{what}至少 {least} 个字，请说明得具体一些。", field=field)
    if len(text) > most:
        raise Refused(f"{what}最多 {most} 个字，现在有 {len(text)} 个字。", field=field)
    return text


def locked_officer(code: str) -> Officer:
    """An officer, with the row locked to the end of the transaction. No joins: PostgreSQL would show them as they were before the wait for the lock."""
    officer = Officer.objects.select_for_update().filter(code=code).first()
    if officer is None:
        raise Refused(f"没有警号为“{code}”的人员，请核对。", field="officer")
    return officer


def open_unit(code: str, *, field: str = "unit") -> Unit:
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise Refused(f"没有编号为“{code}”的单位，请核对。", field=field)
    if not unit.is_active:
        raise Refused(f"{unit.name}已撤销，请选择在用的单位。", field=field)
    return unit
