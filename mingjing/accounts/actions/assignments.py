"""Give a duty from one day to another, and end it: with a day, or at once."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.actions.officers import INTERFACE
from mingjing.accounts.actions.permit import clean_text, locked_officer, not_oneself, open_unit, permit
from mingjing.accounts.duties import table
from mingjing.accounts.models import DutyAssignment
from mingjing.accounts.scope import Viewer
from mingjing.ledger.actions import record
from mingjing.lib.refused import Refused

LONGEST = timedelta(days=366)  # a secondment or an acting duty; longer ones are given anew, so that somebody looks at them


@transaction.atomic
def give_duty(
    *, by: Viewer, officer: str, duty: str, unit: str, starts_on: date, ends_on: date | None = None,
    kind: str = DutyAssignment.Kind.REGULAR, reason: str = "",
) -> DutyAssignment:
    """A duty at a unit. `starts_on` and `ends_on` are days in Asia/Shanghai, both included; secondment and acting need an end and a reason."""
    person, place = locked_officer(officer), open_unit(unit)
    permit(by, "officer", "manage", place.path)
    not_oneself(by, person)
    if duty not in table().duties:
        raise Refused("没有这种职责，请从列表中选择。", field="duty")
    if (duty == INTERFACE) != person.is_interface:
        raise Refused("“系统接口”职责只给系统接口账号，系统接口账号也只能有这一种职责。", field="duty")
    if not person.is_active:
        raise Refused(f"{person.name} 的账号已停用，请先恢复账号。", field="officer")
    reason = _checked(kind, starts_on, ends_on, reason)
    _not_twice(person.assignments.filter(duty=duty, unit=place, withdrawn_at__isnull=True), starts_on, ends_on)
    made = DutyAssignment.objects.create(
        officer=person, duty=duty, unit=place, kind=kind, starts_on=starts_on, ends_on=ends_on, reason=reason)
    _record(by, "duty.give", made, kind=made.kind, starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat() if ends_on else "", reason=reason)
    return made


@transaction.atomic
def end_duty(*, by: Viewer, assignment: int, ends_on: date) -> DutyAssignment:
    """Set or bring forward the last day, today or later. To stop a duty at this moment use `withdraw_duty`."""
    row = _managed(by, assignment)
    today = timezone.localdate()
    if ends_on < max(today, row.starts_on):
        raise Refused("最后一天不能早于今天，也不能早于开始的日期。要立刻停止请用“立即停止”。", field="ends_on")
    if row.ends_on and ends_on >= row.ends_on:
        raise Refused("这里只能提前结束。需要延长时请另给一段职责。", field="ends_on")
    DutyAssignment.objects.filter(pk=row.pk).update(ends_on=ends_on)
    _record(by, "duty.end", row, before=row.ends_on.isoformat() if row.ends_on else "", ends_on=ends_on.isoformat())
    return row


@transaction.atomic
def withdraw_duty(*, by: Viewer, assignment: int, reason: str) -> DutyAssignment:
    """Stop a duty at this moment, or one that has not begun: the next request of the officer no longer has it."""
    row = _managed(by, assignment)
    reason = clean_text(reason, field="reason", what="事由", most=200)
    DutyAssignment.objects.filter(pk=row.pk).update(withdrawn_at=timezone.now())
    _record(by, "duty.withdraw", row, reason=reason)
    return row


def _checked(kind: str, starts_on: date, ends_on: date | None, reason: str) -> str:
    if kind not in DutyAssignment.Kind.values:
        raise Refused("请选择任职、借调或者代理。", field="kind")
    if ends_on and ends_on < starts_on:
        raise Refused("结束日期早于开始日期，请核对。", field="ends_on")
    if ends_on and ends_on < timezone.localdate():
        raise Refused("结束日期已经过去，这段职责不会生效。", field="ends_on")
    if kind == DutyAssignment.Kind.REGULAR:
        return clean_text(reason, field="reason", what="事由", most=200, least=0)
    if ends_on is None:
        raise Refused(f"{kind}必须填写结束日期。", field="ends_on")
    if ends_on - starts_on > LONGEST:
        raise Refused(f"{kind}一次最长一年；期满后仍需要的，请重新办理。", field="ends_on")
    return clean_text(reason, field="reason", what="事由", most=200)


def _not_twice(same, starts_on: date, ends_on: date | None) -> None:
    for row in same:
        if (row.ends_on is None or row.ends_on >= starts_on) and (ends_on is None or ends_on >= row.starts_on):
            raise Refused("同一单位的同一职责在这段时间里已经有了，请先结束原来的。", field="starts_on")


def _managed(by: Viewer, number: int) -> DutyAssignment:
    row = DutyAssignment.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise Refused("没有这段职责，可能地址有误。")
    permit(by, "officer", "manage", row.unit.path)
    not_oneself(by, row.officer)
    if row.state(timezone.localdate()) == "已结束":
        raise Refused("这段职责已经结束。")
    return row


def _record(by: Viewer, what: str, row: DutyAssignment, **data: str) -> None:
    if "kind" in data:
        data["manner"] = data.pop("kind")
    record(by=by.officer, kind=what, subject_kind="officer", subject_code=row.officer_id, duty=row.duty, place=row.unit_id, assignment=row.pk, **data)
