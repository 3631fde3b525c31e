"""Every cell of the permission table, duty × object × state × act, asked through the pages; the table and the list of acts against each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from mingjing.accounts.duties import NONE, TEAM, table
from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import enter_all
from mingjing.cases.acts import ACTS
from mingjing.cases.models import NOUNS, CaseOfficer
from mingjing.ledger.models import Event

STATION, BRANCH, ELSEWHERE = "42010201", "420102", "42010301"
UNITS = STATION, ELSEWHERE
CASE_STATES = ("受案", "立案", "已决定", "结案")
DUTIES = sorted(set(table().duties) - {"系统接口"})  # an interface account cannot sign in; its cells are asked through the API
AT = "2026-03-01 09:00"
TIMES = {"受案": {}, "立案": {"filed_at": "2026-03-01 10:00"}, "已决定": {"filed_at": "2026-03-01 10:00", "decided_at": "2026-03-05 10:00", "outcome": "处罚"}}
TIMES["结案"] = {**TIMES["已决定"], "closed_at": "2026-03-06 10:00"}


def rows_of(state: str, unit: str) -> dict[str, dict]:
    """One row in every table, belonging to a case in this state; codes end in the state."""
    def code(letter: str) -> str:
        return f"{letter}-{unit}-{CASE_STATES.index(state) if state in CASE_STATES else state}"

    case, party, decision, interview, summons = (code(letter) for letter in ("A", "D", "P", "T", "S"))
    inside = {"case_code": case}
    return {
        "case": {"code": case, "kind": "行政", "category": "治安", "offence": "殴打他人", "unit_code": unit, "accepted_at": AT, **TIMES[state]},
        "party": {"code": party, **inside, "role": "违法嫌疑人", "name": "某甲", "phone": "19000001234"},
        "conversion": {"code": code("Z"), **inside, "from_kind": "刑事", "to_kind": "行政", "converted_at": AT},
        "summons": {"code": summons, **inside, "party_code": party, "kind": "行政传唤", "arrived_at": AT},
        "restraint": {"code": code("Y"), "summons_code": summons, "started_at": AT},
        "interview": {"code": interview, **inside, "party_code": party, "kind": "询问", "started_at": AT},
        "attendance": {"code": code("J"), "interview_code": interview, "role": "翻译"},
        "recording": {"code": code("L"), "interview_code": interview, "started_at": AT},
        "measure": {"code": code("M"), **inside, "party_code": party, "kind": "行政拘留"},
        "suspension": {"code": code("K"), **inside, "kind": "鉴定", "started_at": AT},
        "extension": {"code": code("E"), **inside, "granted_at": AT, "approver": "上一级公安机关"},
        "notification": {"code": code("N"), **inside, "kind": "其他", "notified_at": AT},
        "hearing": {"code": code("H"), **inside, "party_code": party, "applied_at": AT},
        "decision": {"code": decision, **inside, "party_code": party, "unit_code": unit, "decided_at": AT},
        "service": {"code": code("V"), "decision_code": decision, "recipient": "被处罚人", "method": "直接", "served_at": AT},
        "execution": {"code": code("X"), "decision_code": decision, "kind": "缴纳罚款", "executed_at": AT},
        "property_item": {"code": code("W"), **inside, "unit_code": unit, "seized_at": AT},
    }


def incident_row(state: str, unit: str) -> dict:
    done = {"outcome": "当场调解", "handled_at": AT} if state == "已处理" else {}
    return {"code": f"I-{unit}-{state}", "unit_code": unit, "kind": "治安", "reported_at": AT, **done}


@pytest.fixture
def city(bureau):
    """Rows in every table and state, in one unit and in another; returns code by (unit, table, state)."""
    clerk = viewer(officer("099001", "4201", "案管"))
    rows = {(unit, name, state): row for unit in UNITS for state in CASE_STATES for name, row in rows_of(state, unit).items()}
    rows |= {(unit, "incident", state): incident_row(state, unit) for unit in UNITS for state in ("未处理", "已处理")}
    for table_name in NOUNS:
        batch = [row for (_, name, _), row in rows.items() if name == table_name]
        outcome = enter_all(by=clerk, table=table_name, rows=batch, source="测试")
        assert outcome.entered == len(batch), (table_name, outcome.rejects)
    return {place: row["code"] for place, row in rows.items()}


def officer(code: str, unit: str, *duties: str) -> Officer:
    made = Officer.objects.create(code=code, name=f"测试{code}", unit_id=unit)
    for duty in duties:
        DutyAssignment.objects.create(officer=made, duty=duty, unit_id=unit, starts_on="2020-01-01")
    return made


def someone(duty: str, codes: dict, *, on_team: bool) -> Officer:
    """Somebody with just this duty at the station, on the team of every case there or of none."""
    made = officer(f"T{DUTIES.index(duty):02d}{int(on_team)}", STATION, duty)
    if on_team:
        for (unit, name, _), code in codes.items():
            if unit == STATION and name == "case":
                CaseOfficer.objects.create(case_id=code, officer=made, role="协办", since="2026-03-01T09:00+08:00")
            if unit == STATION and name == "incident":
                NOUNS["incident"].objects.filter(code=code).update(officer=made)
    return made


def address(act, code: str, case: str) -> str:
    if act.table in ("incident", "case") and act.creates:
        return f"/{act.table}s/new/"
    return f"/cases/{case}/{act.table}/{act.name}/" if act.creates else f"/acts/{act.table}/{code}/{act.name}/"


def asked(client: Client, path: str) -> int:
    return client.get(path).status_code


ANYTHING = {"version": 1, "name": "某乙", "role": "证人", "offence": "盗窃", "left_at": "2026-03-01T12:00", "ended_at": "2026-03-01T12:00"}


def sent(client: Client, path: str) -> int:
    """The same address, with a form that would change many a row."""
    return client.post(path, ANYTHING).status_code


def signed_in(person: Officer) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def everything() -> dict[str, tuple]:
    """Every row with its version, and the end of the ledger: what a forbidden request must leave as it is."""
    rows = {name: tuple(model.objects.order_by("code").values_list("code", "version")) for name, model in NOUNS.items()}
    return {**rows, "team": tuple(CaseOfficer.objects.order_by("pk").values_list("pk", "until")), "ledger": (Event.objects.count(),)}


def expected(duty: str, act, state: str, *, on_team: bool) -> bool:
    """Whether the cell says yes, for somebody at the station who is or is not on the team."""
    row = table().permission(act.table, act.name)
    if not table().allows(duty, act.table, act.name, state) or (row.not_own and on_team):
        return False
    return on_team or table().duties[duty].reach != TEAM


@pytest.mark.django_db
@pytest.mark.parametrize("on_team", [True, False], ids=["承办", "不承办"])
@pytest.mark.parametrize("duty", DUTIES)
def test_every_act_in_every_state_through_its_page(city, duty, on_team):
    client, before, wrong = signed_in(someone(duty, city, on_team=on_team)), everything(), []
    sees = on_team or table().duties[duty].reach != TEAM
    for act in ACTS.values():
        if act.table in ("incident", "case") and act.creates:
            continue  # asked below: nothing exists yet whose state could matter
        for state in table().states[act.table]:
            code, case = city[STATION, act.table, state], city.get((STATION, "case", state), "")
            may = expected(duty, act, state, on_team=on_team)
            readable = sees and table().duties[duty].reach != NONE and table().allows(duty, "case" if act.creates else act.table, "read")
            allowed = {200, 422} if may else {403} if readable else {403, 404}
            answers = [asked(client, address(act, code, case))]
            if not may:
                answers.append(sent(client, address(act, code, case)))
            if not set(answers) <= allowed:
                wrong.append((act.kind, state, answers, allowed))
        foreign = address(act, city[ELSEWHERE, act.table, state], city.get((ELSEWHERE, "case", state), ""))
        if {asked(client, foreign), sent(client, foreign)} != {404}:  # whatever the state: the last one
            wrong.append((act.kind, state, "elsewhere"))
    assert not wrong
    assert everything() == before  # what is forbidden writes nothing, neither a row nor an entry in the ledger


@pytest.mark.django_db
@pytest.mark.parametrize("on_team", [True, False], ids=["承办", "不承办"])
@pytest.mark.parametrize("duty", DUTIES)
def test_reading_and_correcting_every_kind_of_row(city, duty, on_team):
    """The form of correction knows three answers: 200 for who may correct, 403 for who may only read, 404 for who may not even know."""
    client, before, wrong = signed_in(someone(duty, city, on_team=on_team)), everything(), []
    reaches = table().duties[duty].reach != NONE and (on_team or table().duties[duty].reach != TEAM)
    for kind in NOUNS:
        for state in table().states[kind]:
            reads, corrects = (reaches and table().allows(duty, kind, act, state) for act in ("read", "correct"))
            wanted = 200 if corrects else 403 if reads else 404
            path, foreign = (f"/correct/{kind}/{city[unit, kind, state]}/" for unit in UNITS)
            if asked(client, path) != wanted:
                wrong.append((kind, state, wanted))
        answers = wanted if corrects else sent(client, path), asked(client, foreign), sent(client, foreign)  # whatever the state: the last one
        if answers != (wanted, 404, 404):
            wrong.append((kind, state, answers, wanted))
    assert not wrong
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize("duty", DUTIES)
def test_reading_the_pages_of_cases_incidents_and_persons(city, duty):
    """A page answers 200 within the duty's reach, 404 outside it, whatever the state."""
    client = signed_in(someone(duty, city, on_team=False))
    for kind, pages in {"case": "cases", "incident": "incidents", "party": "parties"}.items():
        for state in table().states[kind]:
            sees = table().allows(duty, kind, "read") and table().duties[duty].reach not in (NONE, TEAM)
            assert asked(client, f"/{pages}/{city[STATION, kind, state]}/") == (200 if sees else 404), (kind, state)
            assert asked(client, f"/{pages}/{city[ELSEWHERE, kind, state]}/") == 404


@pytest.mark.django_db
@pytest.mark.parametrize("on_team", [True, False], ids=["承办", "不承办"])
@pytest.mark.parametrize("duty", DUTIES)
def test_looking_at_a_number_and_the_entry_it_leaves(city, duty, on_team):
    client, before = signed_in(someone(duty, city, on_team=on_team)), everything()
    reaches = table().duties[duty].reach != NONE and (on_team or table().duties[duty].reach != TEAM)
    for state in CASE_STATES:
        may, reads = (reaches and table().allows(duty, "party", act, state) for act in ("reveal", "read"))
        path, foreign = (f"/reveal/party/{city[unit, 'party', state]}/phone/" for unit in UNITS)
        assert client.post(path).status_code == (200 if may else 403 if reads else 404), state
        assert client.post(foreign).status_code == 404
        assert asked(client, path) in (404, 405)
    looks = len(CASE_STATES) if reaches and table().allows(duty, "party", "reveal") else 0
    assert everything() == {**before, "ledger": (before["ledger"][0] + looks,)}


@pytest.mark.django_db
@pytest.mark.parametrize("duty", DUTIES)
def test_accepting_a_case_and_recording_an_incident(city, duty):
    client, before = signed_in(someone(duty, city, on_team=False)), everything()
    for act in (ACTS["case", "accept"], ACTS["incident", "record"]):
        allowed = table().allows(duty, act.table, act.name)
        assert asked(client, address(act, "", "")) == (200 if allowed else 403), act.kind
        assert sent(client, address(act, "", "")) == (422 if allowed else 403), act.kind  # the form is not complete
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_each_their_own_answer(city):
    """The same page asked by everybody at the same time: nobody gets another's answer."""
    case = city[STATION, "case", "受案"]
    people = {duty: someone(duty, city, on_team=False) for duty in DUTIES}

    def ask(duty: str) -> tuple[str, int, int]:
        client = signed_in(people[duty])
        try:
            return duty, asked(client, f"/cases/{case}/"), asked(client, f"/acts/case/{case}/file/")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, DUTIES * 6))
    for duty, page, act in answers:
        sees = table().allows(duty, "case", "read") and table().duties[duty].reach not in (NONE, TEAM)
        assert page == (200 if sees else 404), duty
        assert act == (200 if duty == "单位负责人" else 403 if sees else 404), duty


def test_the_table_and_the_list_of_acts_are_the_same_acts():
    acts = {(act.table, act.name) for act in ACTS.values()}
    rows = {(kind, act) for kind, act in table().permissions if kind in NOUNS and act not in ("read", "enter", "correct", "reveal")}
    assert acts == rows


def test_nobody_may_delete():
    assert not [act for _, act in table().permissions if "delete" in act or "remove" in act]


def test_every_table_of_facts_stands_in_the_permission_table():
    for kind in NOUNS:
        assert {"read", "enter", "correct"} <= {act for object_, act in table().permissions if object_ == kind}, kind
