"""Break-glass: one case outside the reach, to read only, with a reason, for some hours, reviewed by somebody else the next day.

A request is filed for a code, whether or not such a case exists: only afterwards, with the request on record, does the case open if it is there.
So nothing can be found out by trying codes without leaving a line with name, time and reason. For the same reason nobody holds many at once.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.actions.permit import clean_text, permit
from mingjing.accounts.models import BreakGlass, Officer
from mingjing.accounts.scope import Viewer
from mingjing.ledger.actions import record
from mingjing.lib.characters import CONTROL
from mingjing.lib.refused import Conflict, Forbidden, Refused

SHORTEST_REASON, LONGEST_HOURS, OPEN_AT_ONCE = 10, 24, 3


@transaction.atomic
def request_access(*, by: Viewer, matter_code: str, reason: str, hours: int) -> BreakGlass:
    """Opens the case (or incident) of this code for 1 to 24 hours, from now on."""
    if not by.may("break_glass", "request"):
        raise Forbidden("你现在的职责不能申请临时授权。")
    code = (matter_code or "").strip()
    if not code or len(code) > 64 or CONTROL.search(code) or set(code) & set("\t\r\n"):
        raise Refused("请填写一起案件或者警情的完整编号。", field="matter_code")
    reason = clean_text(reason, field="reason", what="理由", most=500, least=SHORTEST_REASON)
    if not 1 <= hours <= LONGEST_HOURS:
        raise Refused(f"时长应为 1 至 {LONGEST_HOURS} 小时。", field="hours")
    Officer.objects.select_for_update().get(pk=by.officer.pk)  # two requests of one person at once are counted one after the other
    now = timezone.now()
    _not_too_many(by.officer, code, now)
    row = BreakGlass.objects.create(officer=by.officer, matter_code=code, reason=reason, starts_at=now, ends_at=now + timedelta(hours=hours))
    _record(by, "break_glass.request", row, reason=reason, hours=hours)
    return row


@transaction.atomic
def end_access(*, by: Viewer, number: int) -> BreakGlass:
    """Give back what is no longer needed."""
    row, now = _locked(number), timezone.now()
    if row.officer_id != by.officer.code:
        raise Forbidden("只能结束自己的临时授权。")
    if not row.is_open(now):
        raise Refused("这次临时授权已经结束。")
    BreakGlass.objects.filter(pk=row.pk).update(ends_at=now)
    _record(by, "break_glass.end", row)
    return row


@transaction.atomic
def review_access(*, by: Viewer, number: int, verdict: str, remark: str) -> BreakGlass:
    """Judge whether it was necessary; one that was not ends at once. Never by the officer who used it."""
    row, now = _locked(number), timezone.now()
    permit(by, "break_glass", "review", row.officer.unit.path)
    if row.officer_id == by.officer.code:
        raise Forbidden("不能复核自己的临时授权，请由其他复核人办理。")
    if row.reviewed_at:
        raise Conflict(f"这次临时授权已由 {row.reviewed_by.name} 复核为“{row.verdict}”。", current=row)
    if verdict not in BreakGlass.Verdict.values:
        raise Refused("请选择复核结论。", field="verdict")
    remark = clean_text(remark, field="remark", what="复核说明", most=500, least=0 if verdict == BreakGlass.Verdict.JUSTIFIED else 1)
    ends_at = min(row.ends_at, now) if verdict == BreakGlass.Verdict.UNJUSTIFIED else row.ends_at
    BreakGlass.objects.filter(pk=row.pk).update(reviewed_by=by.officer, reviewed_at=now, verdict=verdict, remark=remark, ends_at=ends_at)
    _record(by, "break_glass.review", row, verdict=verdict, remark=remark)
    return row


def _not_too_many(officer: Officer, code: str, now) -> None:
    running = list(officer.break_glass.filter(ends_at__gt=now).values_list("matter_code", flat=True))
    if code in running:
        raise Refused("这个编号的临时授权还没有到期，不需要再次申请。", field="matter_code")
    if len(running) >= OPEN_AT_ONCE:
        raise Refused(f"同时最多有 {OPEN_AT_ONCE} 项未到期的临时授权，请先结束不再需要的。")


def _locked(number: int) -> BreakGlass:
    row = BreakGlass.objects.select_for_update().filter(pk=number).first()  # no joins: PostgreSQL would show them as they were before the wait
    if row is None:
        raise Refused("没有这次临时授权，可能地址有误。")
    return row


def _record(by: Viewer, what: str, row: BreakGlass, **data: object) -> None:
    record(by=by.officer, kind=what, subject_kind="break_glass", subject_code=str(row.pk), matter_code=row.matter_code, officer=row.officer_id, **data)
