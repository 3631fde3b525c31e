"""Every cell of the permission table, duty × object × state × act, asked through the pages; the table and the list of acts against each other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from bureau import ELSEWHERE, STATION, appoint, sign_in
from django.db import connection
from django.test import Client
from everywhere import UNITS

from mingjing.accounts.duties import NONE, TEAM, table
from mingjing.accounts.models import Officer
from mingjing.cases.acts import ACTS, Act
from mingjing.cases.models import NOUNS, CaseOfficer
from mingjing.ledger.models import Event

DUTIES = sorted(set(table().duties) - {"系统接口"})  # an interface account cannot sign in; its cells are asked through the API
STATELESS = ("read", "enter", "correct", "reveal")  # in any state: asked in the first one
PAGES = {"case": "cases", "incident": "incidents", "party": "parties"}
ANYTHING = {"version": 1, "name": "某乙", "role": "证人", "offence": "盗窃", "left_at": "2026-03-01T12:00", "ended_at": "2026-03-01T12:00"}


@dataclass(frozen=True)
class Asker:
    """Somebody with just this duty at the station, on the team of every case there or of none."""

    client: Client
    codes: dict[tuple[str, str, str], str]
    duty: str
    on_team: bool

    @property
    def reaches(self) -> bool:
        reach = table().duties[self.duty].reach
        return reach != NONE and (self.on_team or reach != TEAM)

    def may(self, kind: str, act: str, state: str = "") -> bool:
        """Whether the cell says yes, for a row at the station."""
        return self.reaches and table().allows(self.duty, kind, act, state) and not (table().permission(kind, act).not_own and self.on_team)

    def code(self, kind: str, state: str, unit: str = STATION) -> str:
        return self.codes[unit, kind, state]

    def asked(self, path: str) -> int:
        return self.client.get(path).status_code

    def sent(self, path: str) -> int:
        """The same address, with a form that would change many a row, as it comes from the drawer."""
        return self.client.post(path, ANYTHING, headers={"HX-Request": "true", "HX-Target": "drawer"}).status_code

    def both(self, path: str) -> tuple[int, int]:
        return self.asked(path), self.sent(path)


def someone(duty: str, codes: dict, *, on_team: bool) -> Officer:
    made = appoint(f"T{DUTIES.index(duty):02d}{int(on_team)}", f"测试{duty}", STATION, duty)
    if on_team:
        cases, incidents = ([code for (unit, name, _), code in codes.items() if (unit, name) == (STATION, kind)] for kind in ("case", "incident"))
        CaseOfficer.objects.bulk_create(CaseOfficer(case_id=code, officer=made, role="协办", since="2026-03-01T09:00+08:00") for code in cases)
        NOUNS["incident"].objects.filter(code__in=incidents).update(officer=made)
    return made


def everything() -> dict[str, tuple]:
    """Every row with its version, and the end of the ledger: what a forbidden request must leave as it is."""
    rows = {name: tuple(model.objects.order_by("code").values_list("code", "version")) for name, model in NOUNS.items()}
    return {**rows, "team": tuple(CaseOfficer.objects.order_by("pk").values_list("pk", "until")), "ledger": (Event.objects.count(),)}


@pytest.mark.django_db
@pytest.mark.parametrize("on_team", [True, False], ids=["承办", "不承办"])
@pytest.mark.parametrize("duty", DUTIES)
def test_every_cell_through_its_page(city, duty, on_team):
    asker = Asker(sign_in(Client(), someone(duty, city, on_team=on_team)), city, duty, on_team)
    before = everything()
    wrong = [*wrong_acts(asker), *wrong_elsewhere(asker), *wrong_beginnings(asker), *wrong_pages(asker), *wrong_corrections(asker)]
    assert not wrong
    assert everything() == before  # what is forbidden writes nothing, neither a row nor an entry in the ledger
    assert not list(wrong_looks(asker))
    assert everything() == {**before, "ledger": (before["ledger"][0] + asker.may("party", "reveal"),)}  # a number that was shown is on record


def begins(act: Act) -> bool:
    """Nothing exists yet whose state could matter."""
    return act.creates and act.table in ("incident", "case")


def address(asker: Asker, act: Act, state: str, unit: str = STATION) -> str:
    if act.creates:
        return f"/cases/{asker.code('case', state, unit)}/{act.table}/{act.name}/"
    return f"/acts/{act.table}/{asker.code(act.table, state, unit)}/{act.name}/"


def wrong_acts(asker: Asker) -> Iterator[tuple]:
    """A cell that says yes is opened. One that says no is sent, for that is what must not pass; and opened in one state, refused by the same line."""
    for act in (act for act in ACTS.values() if not begins(act)):
        readable = asker.may("case" if act.creates else act.table, "read")
        for state in table().states[act.table]:
            path, may = address(asker, act, state), asker.may(act.table, act.name, state)
            answers = {asker.asked(path)} if may or state == table().states[act.table][0] else set()
            if not may:
                answers.add(asker.sent(path))
            if not answers <= ({200, 422} if may else {403} if readable else {403, 404}):
                yield act.kind, state, answers


def wrong_elsewhere(asker: Asker) -> Iterator[tuple]:
    """One act a table is enough: the row is looked up before the act is known."""
    for act in {(act.table, act.creates): act for act in ACTS.values() if not begins(act)}.values():
        answer = asker.sent(address(asker, act, table().states[act.table][0], ELSEWHERE))
        if answer != 404:
            yield act.kind, "elsewhere", answer


def wrong_beginnings(asker: Asker) -> Iterator[tuple]:
    for act in filter(begins, ACTS.values()):
        answers = asker.both(f"/{act.table}s/new/")
        if answers != ((200, 422) if table().allows(asker.duty, act.table, act.name) else (403, 403)):  # 422: the form is not complete
            yield act.kind, answers


def wrong_pages(asker: Asker) -> Iterator[tuple]:
    """A page answers 200 within the duty's reach and 404 outside it; it is drawn differently in each state."""
    for kind, pages in PAGES.items():
        for state in table().states[kind]:
            answers = tuple(asker.asked(f"/{pages}/{asker.code(kind, state, unit)}/") for unit in UNITS)
            if answers != (200 if asker.may(kind, "read") else 404, 404):
                yield kind, state, answers


def wrong_corrections(asker: Asker) -> Iterator[tuple]:
    """The form of correction knows three answers: 200 for who may correct, 403 for who may only read, 404 for who may not even know."""
    for kind in NOUNS:
        corrects = asker.may(kind, "correct")
        wanted = 200 if corrects else 403 if asker.may(kind, "read") else 404
        path, foreign = (f"/correct/{kind}/{asker.code(kind, table().states[kind][0], unit)}/" for unit in UNITS)
        answers = asker.asked(path), wanted if corrects else asker.sent(path), asker.sent(foreign)
        if answers != (wanted, wanted, 404):
            yield kind, "correct", answers


def wrong_looks(asker: Asker) -> Iterator[tuple]:
    path, foreign = (f"/reveal/party/{asker.code('party', '受案', unit)}/phone/" for unit in UNITS)
    wanted = 200 if asker.may("party", "reveal") else 403 if asker.may("party", "read") else 404
    answers = asker.sent(path), asker.sent(foreign), asker.asked(path)
    if answers not in ((wanted, 404, 404), (wanted, 404, 405)):
        yield "party.reveal", answers


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_each_their_own_answer(city):
    """The same page asked by everybody at the same time: nobody gets another's answer."""
    case = city[STATION, "case", "受案"]
    people = {duty: someone(duty, city, on_team=False) for duty in DUTIES}

    def ask(duty: str) -> tuple[str, int, int]:
        client = sign_in(Client(), people[duty])
        try:
            return duty, client.get(f"/cases/{case}/").status_code, client.get(f"/acts/case/{case}/file/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, DUTIES * 6))
    for duty, page, act in answers:
        sees = table().allows(duty, "case", "read") and table().duties[duty].reach not in (NONE, TEAM)
        assert page == (200 if sees else 404), duty
        assert act == (200 if duty == "单位负责人" else 403 if sees else 404), duty


def test_what_is_asked_in_one_state_has_none_in_the_table():
    assert not [key for key, row in table().permissions.items() if key[1] in STATELESS and row.states]


def test_the_table_and_the_list_of_acts_are_the_same_acts():
    acts = {(act.table, act.name) for act in ACTS.values()}
    rows = {(kind, act) for kind, act in table().permissions if kind in NOUNS and act not in STATELESS}
    assert acts == rows


def test_nobody_may_delete():
    assert not [act for _, act in table().permissions if "delete" in act or "remove" in act]


def test_every_table_of_facts_stands_in_the_permission_table():
    for kind in NOUNS:
        assert {"read", "enter", "correct"} <= {act for object_, act in table().permissions if object_ == kind}, kind
