"""Cases and incidents of two stations, entered through the same door as files: 李明's station, and another branch that he must not see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bureau import BUREAU, STATION, appoint
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import enter_all
from mingjing.cases.models import CaseOfficer
from mingjing.lib.masking import check_digit


def id_number(first: str) -> str:
    """A resident ID number with the right check digit."""
    return first + check_digit(first)


ID_NUMBER = id_number("42010219900307123")
PHONE = "13812345678"


def clerk() -> Officer:
    """案管 of the whole bureau, who enters everything."""
    return Officer.objects.filter(code="099001").first() or appoint("099001", "总案管", BUREAU, "案管")


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


def put_on_team(case_code: str, officer: Officer, role: str = "主办") -> None:
    CaseOfficer.objects.create(case_id=case_code, officer=officer, role=role, since=timezone.now() - timedelta(days=1))


def lead(case_code: str, officer: Officer) -> None:
    put_on_team(case_code, officer)
