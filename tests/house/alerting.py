"""Alerts for tests: one as a person would have found it, in any state; a summons whose eight hours are over, judged by the real rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bureau import STATION
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.alerts.evaluating import run_matters
from mingjing.alerts.models import Alert
from mingjing.alerts.models.alert import RANKS


def hand(number: int, state: str = "待签收", *, unit: str = STATION, matter: str = "", officer: Officer | None = None, **more: Any) -> Alert:
    """An alert without a rule."""
    now = timezone.now()
    level = more.pop("level", "yellow")
    values = {"subject_kind": "case", "subject_code": matter, "message": f"第 {number} 个问题", "stage": "violated", "finding": '{"article": ""}', **more}
    return Alert.objects.create(
        code=f"YJ-2026-{number:06d}", source=Alert.Source.HAND, matter_code=matter, unit_id=unit, officer=officer, level=level, rank=RANKS[level],
        state=state, opened_at=now, seen_at=now, **values)


def overdue(case: str, now: datetime | None = None) -> Alert:
    """Judges the case and gives the alert about its summons."""
    run_matters([case], now)
    return Alert.objects.get(rule_code="CU-012", matter_code=case)
