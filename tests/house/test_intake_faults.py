"""The disk fills up, a chunk breaks, two workers meet: where an import stops, and how it goes on."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.cases.models import Incident
from mingjing.intake import actions, files, worker
from mingjing.intake.actions import working
from mingjing.intake.models import Batch
from mingjing.intake.models.batches import State
from mingjing.ledger import chain
from mingjing.ledger.models import Event

HEAD = ["警情编号", "处警单位", "警情类别", "报警时间", "报警内容"]


@pytest.fixture
def clerk(settings, tmp_path):
    settings.DATA = tmp_path
    Unit.objects.create(code="4201", name="江城市公安局", kind="市局", path="4201/")
    officer = Officer.objects.create(code="099001", name="总案管", unit_id="4201")
    DutyAssignment.objects.create(officer=officer, duty="案管", unit_id="4201", starts_on="2020-01-01")
    return officer


def ready(clerk, rows: int) -> Batch:
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *[[f"J{number:05}", "4201", "治安", "2026-03-01 09:00", "长" * 200] for number in range(rows)]])
    with files.receiving(io.BytesIO(out.getvalue().encode())) as coming:
        batch = actions.receive(by=viewer(clerk), table="incident", name="警情.csv", coming=coming)
    worker.try_at_once(batch)
    return actions.start(by=viewer(clerk), number=batch.pk)


def finish(batch: Batch) -> Batch:
    for _ in range(50):
        worker.run_once()
        batch.refresh_from_db()
        if not batch.is_due:
            return batch
    raise AssertionError("does not end")


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_in_the_middle_keeps_the_position_and_goes_on_after_retry(clerk):
    """On SQLite the database really runs full."""
    batch = ready(clerk, 2_000)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 350}")
        finish(batch)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    else:
        real, calls = working.enter_all, []

        def full_at_the_third(**given):
            calls.append(given)
            outcome = real(**given)
            if len(calls) == 3:
                raise OperationalError('could not extend file "base/1/2": No space left on device')
            return outcome

        with mock.patch.object(working, "enter_all", full_at_the_third):
            finish(batch)
    assert (batch.state, batch.failed_in) == (State.FAILED, State.IMPORTING)
    assert "磁盘已满" in batch.message
    assert 0 < batch.position < 2_000
    assert Incident.objects.count() == batch.position == batch.entered
    actions.retry(by=viewer(clerk), number=batch.pk)
    finish(batch)
    assert (batch.state, batch.entered, Incident.objects.count()) == (State.DONE, 2_000, 2_000)
    assert Event.objects.filter(kind="incident.enter").count() == 2_000
    assert chain.verify(event.entry() for event in Event.objects.order_by("seq").iterator()).sound


@pytest.mark.django_db
def test_what_breaks_again_and_again_is_given_up_with_a_message(clerk, monkeypatch):
    batch = ready(clerk, 3)
    monkeypatch.setattr(worker, "advance", mock.Mock(side_effect=ZeroDivisionError))
    for _ in range(working.ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            worker.run_once()
        assert not worker.run_once()  # held until its lease has run out
        Batch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert worker.run_once()
    batch.refresh_from_db()
    assert batch.state == State.FAILED
    assert "没有进展" in batch.message
    monkeypatch.undo()
    actions.retry(by=viewer(clerk), number=batch.pk)
    assert finish(batch).state == State.DONE


@pytest.mark.django_db
def test_a_worker_whose_lease_was_taken_over_writes_nothing(clerk):
    batch = ready(clerk, 3)
    slow = working.take("slow")
    assert working.take("quick") is None
    Batch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    quick = working.take("quick")
    assert quick.pk == slow.pk == batch.pk
    worker.turn(slow, until=float("inf"))
    assert not Incident.objects.exists()
    worker.turn(quick, until=float("inf"))
    worker.turn(slow, until=float("inf"))
    batch.refresh_from_db()
    assert (batch.state, batch.entered, Incident.objects.count()) == (State.DONE, 3, 3)
    assert Event.objects.filter(kind="incident.enter").count() == 3


@pytest.mark.django_db
def test_batches_take_turns(clerk, monkeypatch):
    first, second = ready(clerk, 4), ready(clerk, 5)
    monkeypatch.setattr(worker, "TURN", -1.0)
    monkeypatch.setattr(worker, "CHUNK", 1)
    for _ in range(4):
        worker.run_once()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.position, second.position) == (2, 2)


@pytest.mark.django_db
def test_the_stored_file_is_gone(clerk):
    batch = ready(clerk, 3)
    files.place(batch.digest, batch.kind).unlink()
    assert finish(batch).state == State.FAILED
    assert "不在服务器上" in batch.message
