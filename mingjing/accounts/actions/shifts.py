"""Rosters: who is on shift at a unit outside working hours. Whoever is told of something then is told among these, where the duty has somebody on shift."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.actions.permit import locked_officer, permit
from mingjing.accounts.models import Officer, Shift
from mingjing.accounts.scope import Viewer
from mingjing.ledger.actions import record
from mingjing.lib.refused import Refused

LONGEST, MOST_DAYS = timedelta(hours=72), 31


@transaction.atomic
def put_on_shift(*, by: Viewer, officer: Officer, starts_at: datetime, ends_at: datetime, days: int = 1) -> list[Shift]:
    """`officer` at the own unit from `starts_at` to `ends_at` (aware; the end is not included), and at the same hours of the days after until there are
    `days` of them."""
    officer = locked_officer(officer.code)  # two rosters of one person at once are checked one after the other
    permit(by, "shift", "set", officer.unit.path)
    if not officer.is_active or officer.is_interface:
        raise Refused("只能安排在职人员值班。", field="officer")
    if not timedelta() < ends_at - starts_at <= LONGEST:
        raise Refused(f"结束应在开始之后，一班最长 {LONGEST.total_seconds() // 3600:.0f} 小时。", field="ends_at")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"连续天数应为 1 至 {MOST_DAYS}。", field="days")
    if ends_at <= timezone.now():
        raise Refused("这一班已经过去，请填写现在以后的时间。", field="ends_at")
    if days > 1 and ends_at - starts_at > timedelta(days=1):
        raise Refused("连续安排时一班不能超过 24 小时，否则前后两班重叠。", field="days")
    moved = [timedelta(days=day) for day in range(days)]
    shifts = [Shift(officer=officer, unit=officer.unit, starts_at=starts_at + later, ends_at=ends_at + later) for later in moved]
    _refuse_overlap(officer, shifts)
    Shift.objects.bulk_create(shifts)
    record(by=by.officer, kind="shift.set", subject_kind="officer", subject_code=officer.code, starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(),
           days=days)
    return shifts


def _refuse_overlap(officer: Officer, shifts: Collection[Shift]) -> None:
    first, last = min(shift.starts_at for shift in shifts), max(shift.ends_at for shift in shifts)
    held = Shift.objects.filter(officer=officer, withdrawn_at__isnull=True, starts_at__lt=last, ends_at__gt=first)
    for other in held:
        if any(shift.starts_at < other.ends_at and other.starts_at < shift.ends_at for shift in shifts):
            raise Refused(f"与已有的值班（{timezone.localtime(other.starts_at):%m-%d %H:%M} 开始）重叠，请先撤销原来的安排。", field="starts_at")


@transaction.atomic
def withdraw_shifts(*, by: Viewer, numbers: Collection[int]) -> int:
    """Take back what has not ended; what has been stays as it was. Returns how many."""
    rows = list(Shift.objects.select_for_update().filter(pk__in=numbers, withdrawn_at__isnull=True, ends_at__gt=timezone.now()).order_by("pk"))
    for row in rows:
        permit(by, "shift", "set", row.unit.path)
        row.withdrawn_at = timezone.now()
    Shift.objects.bulk_update(rows, ["withdrawn_at"])
    for row in rows:
        record(by=by.officer, kind="shift.withdraw", subject_kind="officer", subject_code=row.officer_id, starts_at=row.starts_at.isoformat(),
               ends_at=row.ends_at.isoformat())
    return len(rows)
