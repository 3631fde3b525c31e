"""Cases and incidents of two stations, entered through the same door as files: 李明's station, and another branch that he must not see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import enter_all
from mingjing.cases.models import Case, CaseOfficer
from mingjing.lib.masking import check_digit

STATION, SECOND, ELSEWHERE = "42010201", "42010202", "42010301"
ID_NUMBER = "42010219900307123" + check_digit("42010219900307123")
PHONE = "13812345678"


def clerk() -> Officer:
    """案管 of the whole bureau, who enters everything."""
    officer, new = Officer.objects.get_or_create(code="099001", defaults={"name": "总案管", "unit_id": "4201"})
    if new:
        DutyAssignment.objects.create(officer=officer, duty="案管", unit_id="4201", starts_on="2020-01-01")
    return officer


def enter(table: str, *rows: dict[str, Any]) -> None:
    outcome = enter_all(by=viewer(clerk()), table=table, rows=rows, source="测试")
    assert not outcome.rejects, outcome.rejects


def ago(**length: float) -> str:
    return (timezone.localtime() - timedelta(**length)).strftime("%Y-%m-%d %H:%M")


def incident(code: str, unit: str = STATION, **more: Any) -> dict[str, Any]:
    return {"code": code, "unit_code": unit, "kind": "治安", "reported_at": ago(hours=5), "place": "示范路 1 号", "content": "有人打架",
            "reporter_name": "孙某", "reporter_phone": PHONE, **more}


def case(code: str, unit: str = STATION, **more: Any) -> dict[str, Any]:
    return {"code": code, "unit_code": unit, "kind": "行政", "category": "治安", "offence": "殴打他人", "accepted_at": ago(days=3), **more}


def party(code: str, case_code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "case_code": case_code, "role": "违法嫌疑人", "name": "周某某", **more}


def lead(case_code: str, officer: Officer) -> None:
    CaseOfficer.objects.create(case=Case.objects.get(code=case_code), officer=officer, role="主办", since=timezone.now())
