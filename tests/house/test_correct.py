"""更正: only 案管, with a reason, the old content stays in the ledger, and no row leaves its case or the reach of whoever corrects."""

from __future__ import annotations

import json

import pytest
from bureau import ELSEWHERE, STATION
from caseload import id_number
from desk import Desk, at
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.cases import actions
from mingjing.cases.models import NOUNS, Case, Extension, Incident, Party, Summons
from mingjing.ledger.models import Event
from mingjing.lib.refused import Refused

pytestmark = pytest.mark.django_db
REASON = "reason_of_correction"


@pytest.fixture
def li(liming) -> Desk:
    return Desk(liming)


@pytest.fixture
def case(li) -> Case:
    li.does("/incidents/new/", kind="治安", reported_at=at(0), content="打架", reporter_phone="19000000001")
    li.does(f"/cases/new/?incident={Incident.objects.get().code}", offence="殴打他人", accepted_at=at(1))
    found = Case.objects.get()
    li.does(f"/cases/{found.code}/party/add/", role="违法嫌疑人", name="某甲", phone="19000001234")
    li.does(f"/cases/{found.code}/summons/arrive/", kind="行政传唤", arrived_at=at(3))
    return found


@pytest.fixture
def clerk(records) -> Desk:
    return Desk(records)


def test_a_wrong_time_is_put_right_with_a_reason_and_the_old_one_stays_on_record(clerk, case):
    row = Summons.objects.get()
    old = timezone.localtime(row.arrived_at).isoformat()
    location = clerk.does(f"/correct/summons/{row.code}/", arrived_at=at(2), **{REASON: "到案时间录晚了一小时"})
    assert location == f"/cases/{case.code}/#summonses"
    row.refresh_from_db()
    assert f"{timezone.localtime(row.arrived_at):%Y-%m-%dT%H:%M}" == at(2)
    event = Event.objects.get(kind="summons.correct")
    said = json.loads(event.data)
    assert said["reason"] == "到案时间录晚了一小时"
    assert list(said["changes"]) == ["arrived_at"]  # what was not touched is not said to have changed
    assert timezone.datetime.fromisoformat(said["changes"]["arrived_at"][0]) == timezone.datetime.fromisoformat(old)
    page = clerk.client.get(f"/correct/summons/{row.code}/").content.decode()
    assert "到案时间录晚了一小时" in page and "李明" in page and "郑案管" in page
    assert "更正传唤" in clerk.client.get(f"/cases/{case.code}/").content.decode()


@pytest.mark.parametrize("reason", ["", "录错", "     "])
def test_without_a_proper_reason_nothing_is_corrected(clerk, case, reason):
    answer = clerk.tries(f"/correct/case/{case.code}/", offence="盗窃", **{REASON: reason})
    assert REASON in answer.context["form"].errors
    case.refresh_from_db()
    assert case.offence == "殴打他人"


def test_nobody_but_the_clerk_of_records_may_correct(li, leader, legal, wangfang, zhaoqiang, case):
    for officer, status in ((li.officer, 403), (leader, 403), (legal, 403), (wangfang, 403), (zhaoqiang, 404)):
        desk = Desk(officer).client
        for table in ("case", "party", "summons"):
            code = NOUNS[table].objects.get().code
            assert desk.get(f"/correct/{table}/{code}/").status_code == status
            assert desk.post(f"/correct/{table}/{code}/", {"offence": "盗窃", "version": 1, REASON: "没有权限的人在改"}).status_code == status
    assert not Event.objects.filter(kind__endswith=".correct").exists()


def test_every_table_has_its_form_of_correction(clerk, case):
    for table in ("case", "party", "summons", "incident"):
        assert clerk.client.get(f"/correct/{table}/{NOUNS[table].objects.get().code}/").status_code == 200, table


def test_seconds_that_the_form_does_not_show_are_kept(clerk, case):
    Summons.objects.update(arrived_at=Summons.objects.get().arrived_at.replace(second=37))
    row = Summons.objects.get()
    clerk.does(f"/correct/summons/{row.code}/", kind="拘传", **{REASON: "传唤类型录错了"})
    row.refresh_from_db()
    assert (row.kind, row.arrived_at.second) == ("拘传", 37)


def test_a_masked_number_is_kept_changed_or_emptied(clerk, case):
    party, path = Party.objects.get(), f"/correct/party/{Party.objects.get().code}/"
    assert "19000001234" not in clerk.client.get(path).content.decode()
    number = id_number("42010219900101001")
    clerk.does(path, id_kind="居民身份证", id_number=number, **{REASON: "证件号码漏录了"})
    party.refresh_from_db()
    assert (party.id_number, party.phone) == (number, "19000001234")
    clerk.does(path, phone="清空", **{REASON: "电话不是本人的"})
    party.refresh_from_db()
    assert party.phone == ""
    assert number not in "".join(Event.objects.values_list("data", flat=True))


def test_an_extension_keeps_its_own_reason_apart_from_that_of_the_correction(clerk, leader, case):
    Desk(leader).does(f"/acts/case/{case.code}/file/", filed_at=at(2))
    Desk(leader).does(f"/cases/{case.code}/extension/grant/", granted_at=at(22), approver="上一级公安机关", reason="案情复杂")
    row = Extension.objects.get()
    answer = clerk.tries(f"/correct/extension/{row.code}/", reason="案情重大复杂", **{REASON: "录错"})
    assert REASON in answer.context["form"].errors
    clerk.does(f"/correct/extension/{row.code}/", reason="案情重大复杂", **{REASON: "漏录了两个字"})
    row.refresh_from_db()
    assert row.reason == "案情重大复杂"


def test_a_correction_cannot_contradict_itself_either(clerk, case):
    row = Summons.objects.get()
    answer = clerk.tries(f"/correct/summons/{row.code}/", left_at=at(2), **{REASON: "离开时间录错了"})
    assert "left_at" in answer.context["form"].errors
    answer = clerk.tries(f"/correct/summons/{row.code}/", arrived_at="", **{REASON: "到案时间录错了"})
    assert "arrived_at" in answer.context["form"].errors


def test_a_row_does_not_leave_its_case_nor_the_reach_of_the_clerk(clerk, case, li):
    li.does("/cases/new/", kind="行政", offence="盗窃", accepted_at=at(1))
    other = Case.objects.exclude(code=case.code).get()
    who, party = viewer(clerk.officer), Party.objects.get()
    with pytest.raises(Refused, match="另一案件"):
        actions.correct(by=who, table="party", target=party.code, values={"case": other.code}, reason="换到另一案件", version=1)
    with pytest.raises(Refused, match="管辖范围"):
        actions.correct(by=who, table="case", target=case.code, values={"unit": ELSEWHERE}, reason="换到另一单位", version=case.version)
    case.refresh_from_db()
    assert case.unit_id == STATION
    assert Event.objects.filter(kind__endswith=".correct").count() == 0


def test_an_incident_is_not_tied_to_a_case_out_of_reach(clerk, zhaoqiang, case):
    far = Desk(zhaoqiang)
    far.does("/cases/new/", kind="行政", offence="盗窃", accepted_at=at(1))
    hidden, incident = Case.objects.get(unit_id=ELSEWHERE), Incident.objects.get()
    answer = clerk.tries(f"/correct/incident/{incident.code}/", case=hidden.code, **{REASON: "所转案件录错了"})
    assert "没有编号" in answer.content.decode()
    incident.refresh_from_db()
    assert incident.case_id == case.code


def test_a_correction_that_comes_second_sees_what_the_first_one_did(clerk, case, bureau):
    other = Officer.objects.create(code="020002", name="另案管", unit_id="420102")
    DutyAssignment.objects.create(officer=other, duty="案管", unit_id="420102", starts_on="2020-01-01")
    path = f"/correct/case/{case.code}/"
    stale = clerk.filled(path, offence="寻衅滋事", **{REASON: "案由录错了一次"})
    Desk(other).does(path, offence="盗窃", **{REASON: "案由录错了两次"})
    answer = clerk.client.post(path, stale)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "盗窃" in page and "寻衅滋事" in page
