"""Benchmarks of the loop on the city in the database of DATABASE_URL.

    python -m bench.run_loop evaluation            all facts judged by all rules; then a whole run with its alerts
    python -m bench.run_loop changes [--seconds]   50 changes a second beside a running server: from the change to the alert on a page
    python -m bench.run_loop fill                  100,000 open clocks
    python -m bench.run_loop clocks [--seconds]    radar and alert list with 100,000 open clocks, at 30 requests a second against a running server

Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingjing.settings")
django.setup()

from django.db import connection
from django.utils import timezone

from bench.load import fetch, people, session_of, under_load
from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.alerts.evaluating import run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Clock
from mingjing.cases.actions import enter_all
from mingjing.cases.models import Case, Party
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import snapshot
from rulebook.evaluation import evaluate
from rulebook.facts import Facts

CHANGES = 50  # a second
LOOK_EVERY = 0.25  # seconds between two looks at the list of alerts
PATIENCE = 60  # seconds to wait for the last alerts
CLOCKS = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.run_loop")
    parser.add_argument("part", choices=["evaluation", "changes", "fill", "clocks"])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    parts = {"evaluation": evaluation, "changes": lambda: change_to_page(given.port, given.seconds), "fill": fill_up,
             "clocks": lambda: with_clocks(given.port, given.seconds)}
    print(json.dumps(parts[given.part]()))


def evaluation() -> dict:
    rules = library()
    facts = Facts.from_arrow(vocabulary(), snapshot())
    started = time.perf_counter()
    found = evaluate(rules, facts, timezone.now())
    seconds = time.perf_counter() - started
    run = run_whole()
    return {"rules": len(rules.rules), "rows": facts.rows, "subjects": sum(result.subjects for result in found.results), "findings": len(found),
            "seconds": seconds, "whole_run_seconds": run.seconds}


# --- a change, and the alert on a page ---

def change_to_page(port: int, seconds: int) -> dict:
    """Summonses of the day before without an end, each in a case of its own: each makes one red alert. Timed from the commit to the answer of the
    list of alerts that shows it first."""
    clerk = viewer(Officer.objects.filter(assignments__duty="案管", is_active=True).first())
    parties = _parties(CHANGES * seconds)
    entered, seen = dict[str, float](), dict[str, float]()
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(port, {party.case_id for party in parties}, seen, stop))
    watch.start()
    late = _enter(clerk, parties, entered)
    waited = time.perf_counter()
    while len(seen) < len(entered) and time.perf_counter() - waited < PATIENCE:
        time.sleep(LOOK_EVERY)
    stop.set()
    watch.join()
    taken = [seen[code] - moment for code, moment in entered.items() if code in seen]
    return {"changes": len(entered), "rate": CHANGES, "missing": len(entered) - len(taken), "late_ms": 1000 * late,
            "p50_ms": 1000 * statistics.median(taken), "p95_ms": 1000 * statistics.quantiles(taken, n=20)[18], "max_ms": 1000 * max(taken)}


def _parties(count: int) -> list[Party]:
    """One person in each of so many administrative cases without a summons alert."""
    cases = Case.objects.filter(kind="行政", category="治安").exclude(code__in=Clock.objects.values("matter_code")).order_by("-code")
    first = dict[str, Party]()
    for party in Party.objects.filter(case__in=cases.values("code")[: 2 * count]).order_by("case_id", "code"):
        first.setdefault(party.case_id, party)
    return list(first.values())[:count]


def _enter(clerk: object, parties: list[Party], entered: dict[str, float]) -> float:
    """Each change in a transaction of its own, leaving on time; the 95th percentile of how much later it was committed, in seconds."""
    arrived = timezone.localtime() - timedelta(hours=26)
    late = list[float]()

    def change(party: Party, due: float) -> None:
        row = {"code": f"BENCH-{party.code}", "case_code": party.case_id, "party_code": party.code, "kind": "行政传唤",
               "arrived_at": f"{arrived:%Y-%m-%d %H:%M}"}
        outcome = enter_all(by=clerk, table="summons", rows=[row], source="性能测试")
        assert outcome.entered == 1, outcome.rejects
        entered[party.case_id] = time.perf_counter()
        late.append(entered[party.case_id] - due)

    with ThreadPoolExecutor(4) as pool:
        start = time.perf_counter()
        jobs = []
        for number, party in enumerate(parties):
            due = start + number / CHANGES
            time.sleep(max(0.0, due - time.perf_counter()))
            jobs.append(pool.submit(change, party, due))
        for job in jobs:
            job.result()
    return statistics.quantiles(late, n=20)[18]


def _watch(port: int, wanted: set[str], seen: dict[str, float], stop: threading.Event) -> None:
    """What somebody who looks at the newest alerts sees, page after page while the pages hold something new."""
    cookie = session_of(people()[0])
    while not stop.wait(LOOK_EVERY):
        for page in itertools.count(1):
            status, body = fetch(port, f"/alerts/?sort=-opened_at&page={page}", cookie)
            assert status == 200, status
            now = time.perf_counter()
            found = set(re.findall(r'data-col="matter"[^>]*><a[^>]*>([^<]+)<', body.decode())) & wanted
            fresh = found - seen.keys()
            seen.update(dict.fromkeys(fresh, now))
            if not fresh:  # the pages after it show older ones
                break


# --- many clocks ---

def with_clocks(port: int, seconds: int) -> dict:
    lists = [("radar", "/radar/"), ("alerts", "/alerts/"), ("radar", "/radar/?level=red"), ("alerts", "/alerts/?state=all&page=2"), ("radar", "/radar/?page=3"),
             ("alerts", "/alerts/?sort=-opened_at")]
    return {**under_load(port, seconds, itertools.cycle(lists)), "clocks": Clock.objects.count()}


def fill_up() -> dict:
    """More clocks like those that runs have left, on other matters, until there are enough; none of them fires meanwhile."""
    models = list(Clock.objects.exclude(fires_at=None)[:500])
    cases = list(Case.objects.values_list("code", "unit_id")[:CLOCKS])
    now = timezone.now()
    for first in range(Clock.objects.count(), CLOCKS, 5_000):
        rows = []
        for number in range(first, min(first + 5_000, CLOCKS)):
            model, (case, unit) = models[number % len(models)], cases[number % len(cases)]
            due = now + timedelta(hours=2, minutes=number % 40_000)
            rows.append(Clock(
                rule_code=model.rule_code, rule_version=model.rule_version, subject_kind=model.subject_kind, subject_code=f"BENCH-{number}", matter_code=case,
                unit_id=unit, level=model.level, stage=model.stage, start_at=model.start_at, warns_at=due, due_at=due, fires_at=due, message=model.message,
                finding=model.finding))
        Clock.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE alerts_clock")  # what the server does by itself some minutes after so many rows
    return {"clocks": Clock.objects.count()}


if __name__ == "__main__":
    main()
