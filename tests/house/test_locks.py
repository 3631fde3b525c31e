"""Who waits for whom: rows are locked before the chain of the ledger, always, so two writers never wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event, current_thread
from typing import Any

import pytest
from bureau import STATION
from django.db import connection

from mingjing.accounts.scope import viewer
from mingjing.cases.actions import acting, enter_all, entering
from mingjing.cases.models import Case, Incident
from mingjing.ledger import chain
from mingjing.ledger import models as ledger

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time: there is nothing to wait for in the wrong order"),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01 {text}+08:00")


@pytest.fixture
def incident(bureau, liming) -> Incident:
    return Incident.objects.create(code="J1", unit_id=STATION, officer=liming, kind="治安", reported_at=at("08:00"), entered_at=at("08:05"))


def crossing(monkeypatch, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Both at once: `second` begins when `first` holds its rows and is about to record, and `first` records when `second` has, or cannot."""
    holds, recorded = Event(), Event()
    real = acting.record_all

    def record_all(**given):
        if current_thread().name == "first":
            holds.set()
            recorded.wait(1)
            return real(**given)
        events = real(**given)
        recorded.set()
        return events

    for module in (acting, entering):
        monkeypatch.setattr(module, "record_all", record_all)

    def run(name: str, do: Callable[[], Any]) -> Any:
        current_thread().name = name
        try:
            if name == "second":
                assert holds.wait(10)
            return do()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(run, "first", first), pool.submit(run, "second", second)
        return one.result(30), two.result(30)


def arrive(liming) -> Callable[[], Any]:
    return lambda: acting.act(by=viewer(liming), table="incident", name="arrive", target="J1", values={"arrived_at": at("08:20")})


def test_a_case_is_made_of_an_incident_that_somebody_else_is_writing(incident, liming, monkeypatch):
    def accept() -> Case:
        values = {"kind": "行政", "category": "治安", "offence": "殴打他人", "unit": incident.unit, "accepted_at": at("09:00")}
        return acting.act(by=viewer(liming), table="case", name="accept", values=values, incident="J1")

    _, case = crossing(monkeypatch, arrive(liming), accept)
    incident.refresh_from_db()
    assert (incident.case_id, incident.arrived_at) == (case.code, at("08:20"))
    kinds = list(ledger.Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["incident.arrive", "case.accept", "case.assign", "incident.handle"]
    assert chain.verify(event.entry() for event in ledger.Event.objects.order_by("seq")).sound


def test_rows_come_in_whose_code_repeats_while_somebody_is_writing_one_of_them(incident, liming, records, monkeypatch):
    def push():
        row = {"unit_code": STATION, "kind": "治安", "reported_at": "2026-03-01 08:00"}
        rows = [{**row, "code": "J9"}, {**row, "code": "J9", "kind": "纠纷"}, {**row, "code": "J1", "kind": "纠纷"}]
        return enter_all(by=viewer(records), table="incident", rows=rows, source="测试")

    _, outcome = crossing(monkeypatch, arrive(liming), push)
    assert (outcome.entered, outcome.changed, outcome.rejects) == (1, 2, [])
    incident.refresh_from_db()
    assert (incident.kind, incident.arrived_at) == ("纠纷", at("08:20"))
