"""What the forms of acts refuse, to whom, and that nothing typed is lost by it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bureau import ELSEWHERE, STATION, sign_in
from caseload import id_number
from desk import Desk, at
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment
from mingjing.cases.models import Case, CaseOfficer, Incident, Measure, Party, Summons
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db


def new_case(desk: Desk, **more: str) -> str:
    desk.does("/cases/new/", **{"kind": "行政", "offence": "殴打他人", "accepted_at": at(1), **more})
    return Case.objects.latest("entered_at").code


def new_party(desk: Desk, case: str, **more: str) -> Party:
    desk.does(f"/cases/{case}/party/add/", **{"role": "违法嫌疑人", "name": "某甲", **more})
    return Party.objects.filter(case_id=case).latest("entered_at")


@pytest.fixture
def li(liming) -> Desk:
    return Desk(liming)


@pytest.fixture
def case(li) -> str:
    return new_case(li)


def errors(answer) -> dict[str, list[str]]:
    return answer.context["form"].errors


def test_an_end_before_its_start_is_refused_beside_its_field_and_nothing_is_written(li, case):
    new_party(li, case)
    li.does(f"/cases/{case}/summons/arrive/", kind="行政传唤", arrived_at=at(3))
    row, before = Summons.objects.get(), Event.objects.count()
    answer = li.tries(f"/acts/summons/{row.code}/leave/", left_at=at(2.99))
    assert answer.status_code == 422
    assert "早于到案时间" in errors(answer)["left_at"][0]
    assert answer.context["form"]["left_at"].value() == at(2.99)
    row.refresh_from_db()
    assert (row.left_at, row.version, Event.objects.count()) == (None, 1, before)
    li.does(f"/acts/summons/{row.code}/leave/", left_at=at(3))  # the same minute is no contradiction


@pytest.mark.parametrize(("minutes", "passes"), [(9, True), (12, False)])
def test_a_time_that_has_not_come_is_refused_but_clocks_may_differ_by_ten_minutes(li, minutes, passes):
    when = f"{timezone.localtime() + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"
    data = li.filled("/cases/new/", kind="行政", offence="盗窃", accepted_at=when)
    answer = li.client.post("/cases/new/", data)
    assert Case.objects.exists() == passes
    if not passes:
        assert "还没有到" in errors(answer)["accepted_at"][0]


def test_a_wrong_check_digit_is_named_at_the_number(li, case):
    right = id_number("42010219900101001")
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    answer = li.tries(f"/cases/{case}/party/add/", role="证人", name="某乙", id_kind="居民身份证", id_number=wrong)
    assert "校验码不符" in errors(answer)["id_number"][0]
    assert not Party.objects.exists()
    answer = li.tries(f"/cases/{case}/party/add/", role="证人", name="某乙", id_kind="居民身份证", id_number=right, born_on="1990-01-02")
    assert "不一致" in errors(answer)["born_on"][0]


@pytest.mark.parametrize("when", ["2026-02-30T10:00", "昨天", "0001-01-01T00:00", "9999-12-31T23:59", ""])
def test_a_time_that_is_none_is_refused_and_never_crashes(li, when):
    answer = li.client.post("/cases/new/", {"kind": "行政", "offence": "盗窃", "unit": STATION, "accepted_at": when})
    assert answer.status_code == 422
    assert errors(answer)["accepted_at"]


def test_a_person_of_another_case_cannot_be_named(li, case):
    other = new_case(li, offence="盗窃")
    stranger = new_party(li, other, name="他案人")
    new_party(li, case)
    data = li.filled(f"/cases/{case}/summons/arrive/", kind="行政传唤", arrived_at=at(3), party=stranger.code)
    assert li.client.post(f"/cases/{case}/summons/arrive/", data).status_code == 422
    assert li.client.get(f"/cases/{case}/summons/arrive/?party={stranger.code}").status_code == 422
    assert not Summons.objects.exists()
    assert "他案人" not in li.client.get(f"/cases/{case}/summons/arrive/").content.decode()


def test_whoever_handles_a_case_cannot_approve_in_it_even_with_both_duties(li, liming, leader, case):
    DutyAssignment.objects.create(officer=liming, duty="单位负责人", unit_id=STATION, starts_on="2020-01-01")
    party = new_party(li, case)
    li.does(f"/cases/{case}/measure/request/?party={party.code}", kind="行政拘留")
    measure, before = Measure.objects.get(), Event.objects.count()
    path = f"/acts/measure/{measure.code}/approve/"
    assert li.client.get(path).status_code == 403
    answer = li.client.post(path, {"approved_at": at(5), "version": measure.version})
    assert answer.status_code == 403
    assert "承办人" in answer.content.decode()
    assert answer.context["form"]["approved_at"].value() == at(5)  # what was typed is still there
    measure.refresh_from_db()
    assert (measure.approved_at, Event.objects.count()) == (None, before)
    assert "本案承办人不能办理" in li.client.get(f"/cases/{case}/").content.decode()
    Desk(leader).does(path, approved_at=at(5))


def test_a_step_before_the_step_it_needs_cannot_be_done(li, case):
    party = new_party(li, case)
    assert li.client.get(f"/cases/{case}/service/serve/").status_code == 422
    assert "作出处罚决定" in li.client.get(f"/cases/{case}/service/serve/").content.decode()
    li.does(f"/cases/{case}/measure/request/?party={party.code}", kind="行政拘留")
    code = Measure.objects.get().code
    assert li.client.get(f"/acts/measure/{code}/start/").status_code == 422
    answer = li.client.post(f"/acts/measure/{code}/start/", {"started_at": at(5), "version": 1})
    assert answer.status_code == 422
    assert Measure.objects.get().started_at is None
    page = li.client.get(f"/cases/{case}/").content.decode()
    assert "须先批准强制措施" in page


def test_an_act_that_was_done_already_cannot_be_done_again(leader, case):
    chief = Desk(leader)
    chief.does(f"/acts/case/{case}/file/", filed_at=at(2))
    assert chief.client.get(f"/acts/case/{case}/file/").status_code == 403  # the table allows it in 受案 only
    assert chief.client.post(f"/acts/case/{case}/file/", {"filed_at": at(3), "version": 2}).status_code == 403


def test_an_incident_becomes_one_case_only(li):
    li.does("/incidents/new/", kind="治安", reported_at=at(0), content="打架")
    incident = Incident.objects.get()
    path = f"/cases/new/?incident={incident.code}"
    data = li.filled(path, offence="殴打他人", accepted_at=at(1))
    li.does(path, offence="殴打他人", accepted_at=at(1))
    assert li.client.get(path).status_code == 422
    answer = li.client.post(path, data)
    assert answer.status_code == 422
    assert "已经转为案件" in answer.content.decode()
    assert Case.objects.count() == 1
    other = li.tries("/cases/new/", kind="刑事", category="治安", offence="盗窃", accepted_at=at(1))
    assert "没有行政案件类别" in errors(other)["category"][0]


def test_nobody_from_elsewhere_learns_that_the_case_exists(li, zhaoqiang, case):
    party = new_party(li, case)
    li.does(f"/cases/{case}/summons/arrive/", kind="行政传唤", arrived_at=at(3))
    summons, before = Summons.objects.get(), Event.objects.count()
    stranger = Desk(zhaoqiang).client
    for path in (
        f"/cases/{case}/", f"/cases/{case}/party/add/", f"/acts/summons/{summons.code}/leave/", f"/acts/case/{case}/describe/",
        f"/acts/party/{party.code}/describe/", f"/correct/party/{party.code}/", f"/correct/case/{case}/",
    ):
        missing = stranger.get(path.replace(case, "A000"))  # the same address of a case that does not exist
        for answer in (stranger.get(path), stranger.post(path, {"left_at": at(5), "version": 1, "name": "x", "role": "证人"})):
            assert answer.status_code == missing.status_code == 404, path
            for page in (answer, missing):
                text = page.content.decode()
                assert "没有找到" in text and "某甲" not in text and "殴打" not in text
            assert len(answer.content) - len(missing.content) in (0, len(case) - len("A000"), 2 * (len(case) - len("A000"))), path
    assert Event.objects.count() == before


def test_what_is_no_act_is_not_found(li, case):
    for path in (
        f"/cases/{case}/nothing/add/", f"/cases/{case}/party/nothing/", f"/cases/{case}/case/accept/", f"/cases/{case}/party/describe/",
        f"/acts/nothing/{case}/file/", f"/acts/case/{case}/nothing/", f"/acts/case/{case}/accept/", "/acts/case/A000/file/", f"/correct/nothing/{case}/",
        f"/acts/party/{case}/add/",
    ):
        assert li.client.get(path).status_code == 404, path
        assert li.client.post(path).status_code == 404, path


def test_a_form_without_its_token_is_refused(liming, leader):
    desk = Desk(liming, enforce_csrf_checks=True)
    answer = desk.client.post("/cases/new/", {"kind": "行政", "offence": "盗窃", "unit": STATION, "accepted_at": at(1)})
    assert answer.status_code == 403
    assert not Case.objects.exists()


def test_two_officers_change_one_case_and_the_second_sees_both_versions(li, wangfang, leader, case):
    Desk(leader).does(f"/acts/case/{case}/assign/", officer=wangfang.code, role="协办")
    DutyAssignment.objects.create(officer=wangfang, duty="办案民警", unit_id=STATION, starts_on="2020-01-01")
    path = f"/acts/case/{case}/describe/"
    stale = li.filled(path, summary="李明写的")
    Desk(wangfang).does(path, summary="王芳写的")
    answer = li.client.post(path, stale)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "李明写的" in page and "王芳写的" in page
    assert Case.objects.get().summary == "王芳写的"
    again = {**stale, "version": answer.context["form"]["version"].value()}
    assert li.client.post(path, again).status_code == 302  # knowingly over the newer version
    assert Case.objects.get().summary == "李明写的"
    changes = [event.data for event in Event.objects.filter(kind="case.describe").order_by("seq")]
    assert len(changes) == 2  # both are in the ledger


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_and_only_one_wins(li, leader, case):
    path = f"/acts/case/{case}/file/"
    clients = []
    for _ in range(8):
        clients.append(sign_in(Client(), leader))

    def post(number: int) -> int:
        try:
            return clients[number].post(path, {"filed_at": at(2 + number), "version": 1}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(post, range(8)))
    assert answers.count(302) == 1
    assert set(answers) <= {302, 403, 409}
    assert Event.objects.filter(kind="case.file").count() == 1
    assert Case.objects.get().version == 2


def test_a_lost_session_keeps_the_draft_in_the_browser_and_writes_nothing(li, case):
    page = li.client.get(f"/cases/{case}/party/add/").content.decode()
    assert "data-keep" in page  # the browser keeps what is typed, see drafts.js
    data = li.filled(f"/cases/{case}/party/add/", role="证人", name="某丙")
    li.client.logout()
    answer = li.client.post(f"/cases/{case}/party/add/", data)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert not Party.objects.exists()


def test_only_units_within_reach_can_be_chosen(li, leader):
    assert [code for code, _ in li.form("/cases/new/").fields["unit"].choices if code] == [STATION]
    data = li.filled("/cases/new/", kind="行政", offence="盗窃", accepted_at=at(1), unit=ELSEWHERE)
    answer = li.client.post("/cases/new/", data)
    assert answer.status_code == 422
    assert "unit" in errors(answer)
    assert not Case.objects.exists()


def test_masked_numbers_are_not_put_into_the_form_and_an_empty_control_keeps_them(li, case):
    number = id_number("42010219900101001")
    party = new_party(li, case, id_kind="居民身份证", id_number=number, phone="19000001234")
    path = f"/acts/party/{party.code}/describe/"
    page = li.client.get(path).content.decode()
    assert number not in page and "19000001234" not in page
    assert "留空则不改" in page
    li.does(path, sex="男")
    party.refresh_from_db()
    assert (party.id_number, party.phone, party.sex) == (number, "19000001234", "男")


def test_nothing_changed_is_told_and_leaves_no_entry(li, case):
    before = Event.objects.count()
    answer = li.tries(f"/acts/case/{case}/describe/")
    assert "没有任何改动" in answer.content.decode()
    assert Event.objects.count() == before


def test_an_officer_is_named_by_number_and_must_be_in_service(leader, li, liming, zhaoqiang, case):
    chief, path = Desk(leader), f"/acts/case/{case}/assign/"
    page = chief.client.get(path).content.decode()
    assert f'<option value="{liming.code}">李明</option>' in page
    assert "没有警号" in errors(chief.tries(path, officer="999999", role="协办"))["officer"][0]
    assert "已经是本案主办" in errors(chief.tries(path, officer=liming.code, role="主办"))["officer"][0]
    chief.does(path, officer=f"{zhaoqiang.code} 赵强", role="主办")  # lent from elsewhere
    assert list(CaseOfficer.objects.filter(until__isnull=True).values_list("officer_id", "role")) == [(zhaoqiang.code, "主办")]
    assert li.client.get(f"/cases/{case}/").status_code == 404  # no longer on the team
    page = chief.client.get(f"/cases/{case}/").content.decode()
    assert "以前的办案人员 1" in page and "李明" in page
