"""Every cell of the permission table for the duty 系统接口: reading and entering each table, asked through the API."""

from __future__ import annotations

import pytest
from bureau import ELSEWHERE, STATION
from connected import connect
from everywhere import CASE_STATES, incident_row, rows_of

from mingjing.accounts.duties import table
from mingjing.accounts.scope import viewer
from mingjing.cases.models import NOUNS
from mingjing.cases.queries import visible

DUTY = "系统接口"


@pytest.fixture
def system(admin):
    return connect(admin)


def row(name: str, unit: str) -> dict:
    """In the first state: writing is allowed in any or in none, see test_permission_table.py."""
    return incident_row("未处理", unit) if name == "incident" else rows_of(CASE_STATES[0], unit)[name]


@pytest.mark.django_db
def test_reading_every_table_in_every_state(city, system):
    wrong = []
    for name in NOUNS:
        codes = {found["code"] for found in system.walk(f"/facts/{name}", limit=2)}
        for state in table().states[name]:
            allowed = table().allows(DUTY, name, "read", state)
            if (city[STATION, name, state] in codes) != allowed or city[ELSEWHERE, name, state] in codes:
                wrong.append((name, state))
    assert not wrong


@pytest.mark.django_db
def test_a_whole_case_shows_every_table(city, system):
    for state in CASE_STATES:
        said = system.get(f"/cases/{city[STATION, 'case', state]}").json()
        assert said["case"]["state"] == state
        for name in set(NOUNS) - {"case", "incident"}:
            assert [found["code"] for found in said["rows"][name]] == [city[STATION, name, state]], (name, state)
        assert system.get(f"/cases/{city[ELSEWHERE, 'case', state]}").status_code == 404


@pytest.mark.django_db
def test_entering_every_table(city, system):
    """Within reach a new row is entered; elsewhere it is set aside, and so is a change to a row there."""
    wrong = []
    for name in NOUNS:
        ours, theirs = row(name, STATION), row(name, ELSEWHERE)
        said = system.push(name, {**ours, "code": ours["code"] + "-N"}, {**theirs, "code": theirs["code"] + "-N"}, theirs).json()
        if (said["entered"], [one["index"] for one in said["rejects"]]) != (int(table().allows(DUTY, name, "enter")), [1, 2]):
            wrong.append((name, said))
    assert not wrong
    assert not [name for name, model in NOUNS.items() if model.objects.filter(source="接口 警综平台", **{f"{model.unit_path}__contains": ELSEWHERE}).exists()]


def test_nothing_else_is_allowed_to_a_connected_system():
    others = {(kind, act) for (kind, act), row_ in table().permissions.items() if DUTY in row_.duties and not (kind in NOUNS and act in ("read", "enter"))}
    assert not others


@pytest.mark.django_db
def test_the_same_function_decides_for_pages_and_api(city, system):
    account = viewer(system.key.officer)
    for name, model in NOUNS.items():
        assert {found["code"] for found in system.walk(f"/facts/{name}")} == set(visible(account, model).values_list("code", flat=True))
