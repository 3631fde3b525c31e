"""What happens behind the pages of the quiet bureau: founding it, entering what other systems would have sent, the rounds of the worker, the check of
the ledger. One JSON line comes in, one goes out, so that whoever asks knows that it is done and never waits for the time to pass.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import django

django.setup()

from bureau import BACKEND, PEOPLE, TREE, appoint
from caseload import clerk, lead
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.alerts import worker
from mingjing.alerts.models import Notice
from mingjing.cases.actions import enter_all


def found() -> list[list[str]]:
    """An empty installation with the units and people of the tests of the house; returns (duty, name, police number, key of a session)."""
    call_command("migrate", verbosity=0)
    units: dict[str, Any] = {}
    for code, name, kind, parent in TREE:
        above = units.get(parent)
        units[code] = Unit.objects.create(code=code, name=name, kind=kind, parent=above, path=f"{above.path if above else ''}{code}/")
    return [[person[3], person[1], person[0], _session(appoint(*person))] for person in PEOPLE.values()]


def _session(officer: Officer) -> str:
    """Signed in: typing passwords is another journey."""
    session = SessionStore()
    session.update({"_auth_user_id": str(officer.pk), "_auth_user_backend": BACKEND, "_auth_user_hash": officer.get_session_auth_hash()})
    session.save()
    return session.session_key


def enter(rows: list[tuple[str, dict[str, Any]]], leads: dict[str, str]) -> None:
    """Rows as another system sends them, (table, row) in their order; `leads`: who leads which case, by name."""
    for table, row in rows:
        outcome = enter_all(by=viewer(clerk()), table=table, rows=[row], source="办案系统")
        assert not outcome.rejects, outcome.rejects
    for case, name in leads.items():
        lead(case, Officer.objects.get(name=name))


def work() -> None:
    """Rounds of the worker until nothing is left to do at this moment."""
    worker.run_whole_if_due()
    while worker.run_once():
        pass


def told(alert: str) -> list[list[str]]:
    """Who has been told of an alert on what occasion, in the order in which it was written, arrived or not."""
    return [list(row) for row in Notice.objects.filter(alert_id=alert).order_by("pk").values_list("officer__name", "occasion")]


def verify() -> dict[str, Any]:
    """What `mingjing verify_ledger` says; it leaves with SystemExit when there is a flaw."""
    said = io.StringIO()
    call_command("verify_ledger", format="json", stdout=said)
    return json.loads(said.getvalue())


CUES = {each.__name__: each for each in (found, enter, work, told, verify)}

if __name__ == "__main__":
    for line in sys.stdin:
        cue, values = json.loads(line)
        print(json.dumps(CUES[cue](**values)), flush=True)
