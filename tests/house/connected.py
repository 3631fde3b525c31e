"""A connected system for the tests of the API: its account, its key, and calls with it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bureau import STATION
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.intake.actions import keys

ALL = ("cases:read", "facts:write:*")
API = "/api/v1"


class System:
    """Somebody else's software with a key."""

    def __init__(self, key, secret: str):
        self.key, self.secret = key, secret

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def get(self, path: str, **params: Any) -> HttpResponse:
        return Client(headers=self.header).get(f"{API}{path}", params)

    def push(self, table: str, *rows: dict, query: str = "", **headers: str) -> HttpResponse:
        return self.send(f"/facts/{table}{query}", json.dumps({"rows": rows}), **headers)

    def send(self, path: str, body: str | bytes, content_type: str = "application/json", **headers: str) -> HttpResponse:
        return Client(headers=self.header | headers).post(f"{API}{path}", body, content_type=content_type)

    def walk(self, path: str, **params: Any) -> list[dict]:
        """All rows of a list, page after page."""
        rows, cursor = [], {}
        while True:
            page = self.get(path, **params, **cursor).json()
            rows += page["rows"]
            if page["next"] is None:
                return rows
            cursor = {"cursor": page["next"]}


def account(code: str = "JK001", unit: str = STATION) -> Officer:
    made = Officer.objects.create(code=code, name=f"警综平台{code}", unit_id=unit, is_interface=True)
    made.set_unusable_password()
    made.save()
    DutyAssignment.objects.create(officer=made, duty="系统接口", unit_id=unit, starts_on="2020-01-01")
    return made


def connect(admin: Officer, unit: str = STATION, scopes=ALL, per_minute: int = 6000, code: str = "JK001", name: str = "警综平台") -> System:
    made = Officer.objects.filter(code=code).first() or account(code, unit)
    last_day = timezone.localdate() + timedelta(days=30)
    return System(*keys.issue(by=viewer(admin), officer=made.code, name=name, scopes=scopes, expires_on=last_day, per_minute=per_minute))


def case_row(code: str = "A1", unit: str = STATION, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": "行政", "category": "治安", "offence": "殴打他人", "unit_code": unit, "accepted_at": "2026-03-01T09:00:00+08:00", **more}


def party_row(code: str = "D1", case: str = "A1", **more: Any) -> dict[str, Any]:
    return {"code": code, "case_code": case, "role": "违法嫌疑人", "name": "某甲", **more}
