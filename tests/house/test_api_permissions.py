"""Every cell of the permission table for the duty 系统接口: reading and entering each table in each state, asked through the API."""

from __future__ import annotations

import pytest
from connected import ELSEWHERE, STATION, connect
from test_permission_table import CASE_STATES, city, incident_row, rows_of  # noqa: F401  a fixture

from mingjing.accounts.duties import table
from mingjing.accounts.scope import viewer
from mingjing.cases.models import NOUNS
from mingjing.cases.queries import visible

DUTY = "系统接口"
STATES = {name: ("未处理", "已处理") if name == "incident" else CASE_STATES for name in NOUNS}


@pytest.fixture
def system(admin):
    return connect(admin)


def row(name: str, state: str, unit: str) -> dict:
    return incident_row(state, unit) if name == "incident" else rows_of(state, unit)[name]


@pytest.mark.django_db
def test_reading_every_table_in_every_state(city, system):  # noqa: F811
    wrong = []
    for name in NOUNS:
        codes = {found["code"] for found in system.walk(f"/facts/{name}", limit=2)}
        for state in STATES[name]:
            allowed = table().allows(DUTY, name, "read", state)
            if (city[STATION, name, state] in codes) != allowed or city[ELSEWHERE, name, state] in codes:
                wrong.append((name, state))
    assert not wrong


@pytest.mark.django_db
def test_a_whole_case_shows_every_table(city, system):  # noqa: F811
    for state in CASE_STATES:
        said = system.get(f"/cases/{city[STATION, 'case', state]}").json()
        assert said["case"]["state"] == state
        for name in set(NOUNS) - {"case", "incident"}:
            assert [found["code"] for found in said["rows"][name]] == [city[STATION, name, state]], (name, state)
        assert system.get(f"/cases/{city[ELSEWHERE, 'case', state]}").status_code == 404


@pytest.mark.django_db
def test_entering_every_table_in_every_state(city, system):  # noqa: F811
    """Within reach a new row is entered whatever the state; elsewhere it is set aside, and so is a change to a row there."""
    wrong = []
    for name in NOUNS:
        for state in STATES[name]:
            allowed = table().allows(DUTY, name, "enter", state)
            ours, theirs = row(name, state, STATION), row(name, state, ELSEWHERE)
            said = system.push(name, {**ours, "code": ours["code"] + "-N"}, {**theirs, "code": theirs["code"] + "-N"}, theirs).json()
            if (said["entered"], [one["index"] for one in said["rejects"]]) != (int(allowed), [1, 2]):
                wrong.append((name, state, said))
    assert not wrong
    assert not [name for name, model in NOUNS.items() if model.objects.filter(source="接口 警综平台", **{f"{model.unit_path}__contains": ELSEWHERE}).exists()]


def test_nothing_else_is_allowed_to_a_connected_system():
    others = {(kind, act) for (kind, act), row_ in table().permissions.items() if DUTY in row_.duties and not (kind in NOUNS and act in ("read", "enter"))}
    assert not others


@pytest.mark.django_db
def test_the_same_function_decides_for_pages_and_api(city, system):  # noqa: F811
    account = viewer(system.key.officer)
    for name, model in NOUNS.items():
        assert {found["code"] for found in system.walk(f"/facts/{name}")} == set(visible(account, model).values_list("code", flat=True))
