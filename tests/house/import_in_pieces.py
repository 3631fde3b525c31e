"""Run by test_intake_killed.py in processes of their own, with Django set up: an installation with one file to import, work on it, what came of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
import time
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.cases.models import Incident
from mingjing.intake import actions, files, worker
from mingjing.intake.actions import working
from mingjing.intake.models.batches import DUE, Batch, State
from mingjing.ledger import chain
from mingjing.ledger.models import Event

ROWS = 2_400


def prepare() -> None:
    call_command("migrate", verbosity=0)
    Unit.objects.create(code="4201", name="江城市公安局", kind="市局", path="4201/")
    officer = Officer.objects.create(code="099001", name="总案管", unit_id="4201")
    DutyAssignment.objects.create(officer=officer, duty="案管", unit_id="4201", starts_on="2020-01-01")
    with files.receiving(io.BytesIO(content())) as coming:
        actions.receive(by=viewer(officer), table="incident", name="警情.csv", coming=coming)


def content() -> bytes:
    """Good rows, bad ones, and codes that come again far below."""
    out = io.StringIO()
    write = csv.writer(out).writerow
    write(["警情编号", "处警单位", "警情类别", "报警时间", "报警内容"])
    for number in range(ROWS):
        code = f"J{number % (ROWS - 300):05}"
        kind = "天气" if number % 97 == 0 else "治安"
        write([code, "4201", kind, f"2026-03-01 {number % 24:02}:{number % 60:02}", f"第{number}行"])
    return out.getvalue().encode()


def work() -> None:
    """Until nothing is left; small steps and a short lease, so that there is much to interrupt and little to wait for."""
    working.LEASE, worker.CHUNK, worker.TURN = timedelta(seconds=1), 60, 0.5
    working.ATTEMPTS = worker.ATTEMPTS = 1_000
    print("working", flush=True)
    while True:
        if worker.run_once():
            continue
        batch = Batch.objects.get()
        if batch.state == State.READY:
            actions.start(by=viewer(batch.officer, timezone.now()), number=batch.pk)
        elif batch.state not in DUE:
            return
        time.sleep(0.05)


def report() -> None:
    batch = Batch.objects.get()
    rows = list(Incident.objects.order_by("code").values_list("code", "reported_at", "content", "version"))
    entries = list(Event.objects.filter(subject_kind="incident").order_by("seq").values_list("kind", "subject_code", "data"))
    rejects = list(batch.rejects.order_by("row").values_list("row", "column", "reason"))
    sound = chain.verify(event.entry() for event in Event.objects.order_by("seq").iterator()).sound
    print(json.dumps({
        "state": batch.state, "counts": [batch.total, batch.position, batch.entered, batch.changed, batch.unchanged, batch.rejected],
        "foreseen": batch.foreseen, "rows": len(rows), "rows_digest": _digest(rows), "rejects": len(rejects), "rejects_digest": _digest(rejects),
        "entries": len(entries), "entries_digest": _digest([entry[:2] for entry in entries]), "sound": sound,
    }))


def _digest(rows: list) -> str:
    return hashlib.sha256(json.dumps(rows, default=str, ensure_ascii=False).encode()).hexdigest()


if __name__ == "__main__":
    {"prepare": prepare, "work": work, "report": report}[sys.argv[1]]()
