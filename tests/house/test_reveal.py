"""Showing a masked number: one at a time, only to duties that may, every look in the ledger."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from bureau import ELSEWHERE, sign_in
from caseload import ID_NUMBER, PHONE, case, enter, incident, lead, party
from django.utils import timezone

from mingjing.accounts.models import BreakGlass
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
ADDRESS = "示范路 12 号 3 单元 <b>401</b>"
OF_PARTY, OF_INCIDENT = "/reveal/party/A1-R01/{}/", "/reveal/incident/J1/reporter_phone/"


@pytest.fixture
def people(liming):
    enter("case", case("A1"), case("B1", ELSEWHERE))
    enter("party", *(party(f"{code}-R01", code, id_kind="居民身份证", id_number=ID_NUMBER, phone=PHONE, address=ADDRESS) for code in ("A1", "B1")))
    enter("incident", incident("J1", officer_code=liming.code), incident("K1", ELSEWHERE))
    lead("A1", liming)


def looks() -> int:
    return Event.objects.filter(kind__endswith=".reveal").count()


@pytest.mark.parametrize("name, value", [("id_number", ID_NUMBER), ("phone", PHONE), ("address", ADDRESS)])
def test_one_field_is_shown_as_plain_text_and_the_look_is_kept(client, people, liming, name, value):
    answer = sign_in(client, liming).post(OF_PARTY.format(name))
    assert answer.status_code == 200
    assert answer.content.decode() == value
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Cache-Control"] == "no-store"
    entry = Event.objects.get(kind="party.reveal")
    assert (entry.actor, entry.subject_code, entry.matter_code, json.loads(entry.data)) == (liming.code, "A1-R01", "A1", {"field": name})


def test_every_look_is_an_entry_of_its_own(client, people, liming):
    sign_in(client, liming)
    for _ in range(3):
        client.post(OF_PARTY.format("phone"))
    assert looks() == 3


def test_the_phone_of_who_called(client, people, liming):
    assert sign_in(client, liming).post(OF_INCIDENT).content.decode() == PHONE
    assert Event.objects.get(kind="incident.reveal").matter_code == "J1"


@pytest.mark.parametrize("who", ["chief", "keeper"])
def test_duties_without_the_right_read_but_do_not_reveal(client, people, request, who):
    officer = request.getfixturevalue(who)
    page = sign_in(client, officer).get("/parties/A1-R01/")
    assert page.status_code == 200
    assert "/reveal/" not in page.content.decode()
    answer = client.post(OF_PARTY.format("id_number"))
    assert answer.status_code == 403
    assert ID_NUMBER not in answer.content.decode()
    assert looks() == 0


@pytest.mark.parametrize("who", ["wangfang", "leader", "legal", "records", "custodian", "inspector"])
def test_duties_with_the_right_reveal_within_reach(client, people, request, who):
    assert sign_in(client, request.getfixturevalue(who)).post(OF_PARTY.format("id_number")).content.decode() == ID_NUMBER


@pytest.mark.parametrize("who", ["zhaoqiang", "admin"])
def test_what_is_out_of_reach_is_answered_like_what_does_not_exist(client, people, request, who):
    sign_in(client, request.getfixturevalue(who))
    for path in (OF_PARTY.format("id_number"), OF_INCIDENT, "/reveal/party/NONE/id_number/"):
        answer = client.post(path)
        assert answer.status_code == 404, path
        assert ID_NUMBER not in answer.content.decode()
    assert looks() == 0


def test_neighbouring_units_are_out_of_reach_too(client, people, liming, wangfang):
    for officer in (liming, wangfang):
        sign_in(client, officer)
        assert client.post("/reveal/party/B1-R01/phone/").status_code == 404
        assert client.post("/reveal/incident/K1/reporter_phone/").status_code == 404


def test_break_glass_lets_read_and_not_reveal(client, people, zhaoqiang):
    now = timezone.now()
    BreakGlass.objects.create(officer=zhaoqiang, matter_code="A1", reason="追查逃犯", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    page = sign_in(client, zhaoqiang).get("/parties/A1-R01/")
    assert page.status_code == 200
    assert "/reveal/" not in page.content.decode()
    assert client.post(OF_PARTY.format("id_number")).status_code == 403
    assert looks() == 0


@pytest.mark.parametrize("path, status", [
    ("/reveal/party/A1-R01/name/", 422), ("/reveal/party/A1-R01/case/", 422), ("/reveal/party/A1-R01/__class__/", 422), ("/reveal/incident/J1/content/", 422),
    ("/reveal/case/A1/summary/", 404), ("/reveal/officer/010001/password/", 404), ("/reveal/none/A1/x/", 404),
])
def test_nothing_else_can_be_revealed(client, people, liming, path, status):
    assert sign_in(client, liming).post(path).status_code == status
    assert looks() == 0


def test_a_look_is_a_post_with_a_token(client, people, liming):
    assert sign_in(client, liming).get(OF_PARTY.format("phone")).status_code == 405
    assert looks() == 0


def test_an_officer_who_left_the_team_reveals_no_more(client, people, liming):
    liming.cases.update(until=timezone.now())
    assert sign_in(client, liming).post(OF_PARTY.format("phone")).status_code == 404


def test_the_page_shows_masked_numbers_with_their_buttons(client, people, liming):
    text = sign_in(client, liming).get("/parties/A1-R01/").content.decode()
    for name in ("id_number", "phone", "address"):
        assert OF_PARTY.format(name) in text
    for value in (ID_NUMBER, PHONE, ADDRESS, "401"):
        assert value not in text or value == "401"
