"""Benchmarks of the house: import, pages under load, facts into the engine. Uses the database of DATABASE_URL or SQLite in MINGJING_DATA.

    python -m bench.run_house import             10,000 incidents with their ledger entries, into a database of its own
    python -m bench.run_house pages [--seconds]  case list and case page at 30 requests a second against a running server
    python -m bench.run_house facts              all facts into the engine

Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingjing.settings")
django.setup()

from django.db import connection as database
from django.db import transaction

from bench.load import under_load
from mingjing.accounts.models import DutyAssignment, Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import enter_all
from mingjing.cases.models import NOUNS, Case, CaseOfficer, Incident
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import snapshot
from mingjing.ledger.models import Event
from rulebook.facts import Facts

SMALLEST = "/permissions/"
ZONE = ZoneInfo("Asia/Shanghai")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.run_house")
    parser.add_argument("part", choices=["import", "pages", "facts"])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    answer = {"import": import_incidents, "facts": read_facts}.get(given.part)
    print(json.dumps(answer() if answer else load_pages(given.port, given.seconds)))


def import_incidents(rows: int = 10_000) -> dict:
    """Through the door that files use: cleaned, checked, written, indexed, chained. Beside it the same rows by `bulk_create` alone."""
    unit, _ = Unit.objects.get_or_create(code="bench", defaults={"name": "性能测试", "kind": "市局", "path": "bench/"})
    officer, new = Officer.objects.get_or_create(code="bench", defaults={"name": "性能测试", "unit": unit})
    if new:
        DutyAssignment.objects.create(officer=officer, duty="案管", unit=unit, starts_on="2020-01-01")
    run = datetime.now(tz=ZONE).strftime("%Y%m%d%H%M%S")
    facts = [
        {"code": f"B{run}{number:06d}", "unit_code": "bench", "kind": "治安", "reported_at": "2026-03-01 09:00", "place": "示范路 1 号", "content": "打架",
         "outcome": "当场调解", "handled_at": "2026-03-01 10:05"} for number in range(rows)
    ]
    plain = insert_plainly(facts)
    started = time.perf_counter()
    for first in range(0, rows, 500):
        batch = facts[first:first + 500]
        assert enter_all(by=viewer(officer), table="incident", rows=batch, source="性能测试").entered == len(batch)
    return {"rows": rows, "seconds": time.perf_counter() - started, "plain_seconds": plain}


def insert_plainly(facts: list[dict]) -> float:
    """The rows alone, without checks, ledger and index; taken back afterwards."""
    moments = {name: datetime.fromisoformat(f"{facts[0][name]}+08:00") for name in ("reported_at", "handled_at")}
    rows = [Incident(**{"code": row["code"], "unit_id": row["unit_code"], **{name: row[name] for name in ("kind", "place", "content", "outcome")}, **moments},
                     entered_at=moments["handled_at"]) for row in facts]
    with transaction.atomic():
        started = time.perf_counter()
        Incident.objects.bulk_create(rows, batch_size=500)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def read_facts() -> dict:
    started = time.perf_counter()
    tables = snapshot()
    read = time.perf_counter() - started
    facts = Facts.from_arrow(vocabulary(), tables)
    seconds = time.perf_counter() - started
    return {"rows": facts.rows, "read_seconds": read, "seconds": seconds, "rejected": facts.rejected, "plain_seconds": fetch_plainly()}


def fetch_plainly() -> float:
    """The same columns of the same rows, fetched as tuples and thrown away."""
    started = time.perf_counter()
    with database.cursor() as cursor:
        for name, form in vocabulary().tables.items():
            model = {"unit": Unit, "officer": Officer, **NOUNS}[name]
            held = {field.column for field in model._meta.concrete_fields}
            cursor.execute(f'SELECT {", ".join(column for column in form.columns if column in held)} FROM {model._meta.db_table}')
            while cursor.fetchmany(20_000):
                pass
    return time.perf_counter() - started


def load_pages(port: int, seconds: int) -> dict:
    codes = list(CaseOfficer.objects.order_by("-case_id").values_list("case_id", flat=True).distinct()[:500])
    pages = itertools.cycle([f"/cases/{code}/" for code in codes])
    lists = ["/cases/", "/cases/?kind=行政&state=立案", "/incidents/", "/cases/?page=3"]
    jobs = (job for path in itertools.cycle(lists)
            for job in (("list", path), ("page", next(pages)), ("list", path), ("page", next(pages)), ("smallest", SMALLEST)))
    return {**under_load(port, seconds, jobs), "cases": Case.objects.count(), "incidents": Incident.objects.count(), "entries": Event.objects.count()}


if __name__ == "__main__":
    main()
