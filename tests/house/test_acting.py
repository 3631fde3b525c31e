"""Every act once through its page, from the incident to the close of the case; and what each leaves in the ledger."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from bureau import STATION
from caseload import id_number
from desk import Desk, at
from django.utils import timezone
from test_acting_steps import CONVERTED, EXAMINED, REFUSED, STORY

from mingjing.cases import models as rows
from mingjing.cases.acts import ACTS
from mingjing.cases.models import Case, Incident, Party
from mingjing.ledger import chain
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
@pytest.fixture
def desks(liming, wangfang, leader, keeper):
    people = {"liming": liming, "wangfang": wangfang, "leader": leader, "keeper": keeper}
    return {name: Desk(officer) for name, officer in people.items()}


def the_call(li):
    li.does("/incidents/new/", kind="治安", reported_at=at(0), content="有人打架", place="一元路 1 号", reporter_name="某报警", reporter_phone="19000000001")
    incident = Incident.objects.get()
    assert (incident.unit_id, incident.officer_id, incident.source) == (STATION, li.officer.code, "人工录入")
    li.does(f"/acts/incident/{incident.code}/arrive/", arrived_at=at(0.5))

    other = Incident.objects.count()
    li.does("/incidents/new/", kind="求助", reported_at=at(1), content="求助")
    assert Incident.objects.count() == other + 1
    helped = Incident.objects.exclude(code=incident.code).get()
    li.does(f"/acts/incident/{helped.code}/handle/", outcome="求助已处理", handled_at=at(2))
    return incident, helped


def acceptance(li, incident):
    form = li.form(f"/cases/new/?incident={incident.code}")
    assert form["summary"].value() == "有人打架"
    assert form.fields["summary"].source == f"警情 {incident.code}"
    li.does(f"/cases/new/?incident={incident.code}", offence="殴打他人", accepted_at=at(1), is_offender_unknown="False")
    case = Case.objects.get()
    incident.refresh_from_db()
    assert (incident.case_id, incident.outcome) == (case.code, "受理为案件")
    assert (case.kind, case.category, case.is_offender_unknown, case.is_grave) == ("行政", "治安", False, None)
    assert [(one.officer_id, one.role) for one in case.team.all()] == [(li.officer.code, "主办")]
    return case


def people(li, case, here):
    location = li.does(f"{here}/party/add/", role="违法嫌疑人", name="某甲", sex="男", id_kind="居民身份证", id_number=id_number("42010219900101001"),
                       born_on="1990-01-01", phone="19000001234", address="一元路 2 号", is_deaf="True")
    assert location == f"{here}/#parties"
    suspect = Party.objects.get()
    li.does(f"{here}/party/add/", role="被侵害人", name="某乙")
    victim = Party.objects.get(name="某乙")
    li.does(f"/acts/party/{victim.code}/describe/", is_pregnant="True", sex="女")
    li.does(f"/acts/case/{case.code}/describe/", summary="某甲殴打某乙", is_offender_unknown="False")
    return suspect


def filing(li, leader, fang, case):
    leader.does(f"/acts/case/{case.code}/file/", filed_at=at(2))
    case.refresh_from_db()
    assert case.state == "立案"
    leader.does(f"/acts/case/{case.code}/assign/", officer=fang.officer.code, role="协办")
    assert case.team.filter(until__isnull=True).count() == 2


def questioning(li, suspect, here):
    li.does(f"{here}/summons/arrive/?party={suspect.code}", kind="行政传唤", arrived_at=at(3), is_complex="True")
    summons = rows.Summons.objects.get()
    assert summons.party_id == suspect.code
    li.does(f"{here}/restraint/start/", started_at=at(3.1))
    restraint = rows.Restraint.objects.get()
    li.does(f"/acts/restraint/{restraint.code}/end/", ended_at=at(4))
    li.does(f"/acts/summons/{summons.code}/describe/", may_be_detained="True")
    li.does(f"{here}/interview/start/?party={suspect.code}", kind="询问", place="执法办案场所", started_at=at(4))
    interview = rows.Interview.objects.get()
    li.does(f"{here}/attendance/add/", role="主办", officer=li.officer.code)
    assert rows.Attendance.objects.get().officer_id == li.officer.code
    li.does(f"{here}/recording/add/?interview={interview.code}", started_at=at(4))
    li.does(f"/acts/interview/{interview.code}/describe/", is_qualified_place="True")
    li.does(f"/acts/interview/{interview.code}/end/", ended_at=at(5))
    li.does(f"/acts/recording/{rows.Recording.objects.get().code}/end/", ended_at=at(4.75))
    li.does(f"/acts/summons/{summons.code}/leave/", left_at=at(6))


def things(li, keeper, here):
    li.does(f"{here}/property_item/seize/", name="木棍", quantity="1 根", seized_at=at(3))
    item = rows.PropertyItem.objects.get()
    li.does(f"/acts/property_item/{item.code}/bring_back/", returned_at=at(4))
    keeper.does(f"/acts/property_item/{item.code}/check_in/", checked_in_at=at(5))
    keeper.does(f"/acts/property_item/{item.code}/dispose/", disposed_at=at(30))


def periods(li, leader, case, here):
    li.does(f"{here}/suspension/start/", kind="鉴定", started_at=at(7))
    li.does(f"/acts/suspension/{rows.Suspension.objects.get().code}/end/", ended_at=at(20))
    li.does(f"/acts/case/{case.code}/fail_mediation/", mediation_failed_at=at(21))
    leader.does(f"{here}/extension/grant/", granted_at=at(22), approver="上一级公安机关", reason="案情复杂")
    assert rows.Extension.objects.get().reason == "案情复杂"


def as_a_crime(li, leader, case, suspect, here):
    leader.does(f"/acts/case/{case.code}/convert/", to_kind="刑事", converted_at=at(23), reason="伤情达到轻伤")
    case.refresh_from_db()
    assert (case.kind, case.category) == ("刑事", "")
    li.does(f"{here}/measure/request/?party={suspect.code}", kind="刑事拘留")
    measure = rows.Measure.objects.get()
    leader.does(f"/acts/measure/{measure.code}/approve/", approved_at=at(24))
    measure.refresh_from_db()
    assert measure.approver_id == leader.officer.code
    li.does(f"/acts/measure/{measure.code}/start/", started_at=at(25))
    li.does(f"/acts/measure/{measure.code}/request_arrest/", arrest_requested_at=at(48), is_extended_gang="True")
    li.does(f"/acts/measure/{measure.code}/transfer/", transferred_at=at(60))
    li.does(f"/acts/measure/{measure.code}/end/", ended_at=at(61))
    leader.does(f"/acts/case/{case.code}/convert/", to_kind="行政", converted_at=at(62), reason="复检为轻微伤")
    assert [(one.from_kind, one.to_kind) for one in rows.Conversion.objects.order_by("converted_at")] == [("行政", "刑事"), ("刑事", "行政")]


def penalty(li, leader, case, suspect, here):
    li.does(f"{here}/notification/give/?party={suspect.code}", kind="处罚前告知", notified_at=at(63))
    assert rows.Notification.objects.get().party_id == suspect.code
    li.does(f"{here}/hearing/apply/?party={suspect.code}", applied_at=at(64))
    hearing = rows.Hearing.objects.get()
    leader.does(f"/acts/hearing/{hearing.code}/arrange/", notified_at=at(65), held_at=f"{timezone.localtime() + timedelta(days=9):%Y-%m-%dT%H:%M}")
    li.does(f"/acts/hearing/{hearing.code}/withdraw/", is_withdrawn="on")
    leader.does(f"{here}/decision/make/?party={suspect.code}", decided_at=at(70), fine="500", detention_days="5")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("已决定", "处罚")
    decision = rows.Decision.objects.get()
    assert decision.unit_id == STATION
    li.does(f"{here}/service/serve/", recipient="被处罚人", method="直接", served_at=at(71))
    li.does(f"{here}/execution/start/", kind="送拘留所执行", executed_at=at(72))
    li.does(f"/acts/execution/{rows.Execution.objects.get().code}/complete/", completed_at=at(192))
    assert rows.Service.objects.get().decision_id == decision.code


def test_a_case_from_the_call_to_its_close_every_act_through_its_page(desks):
    li, leader = desks["liming"], desks["leader"]
    incident, helped = the_call(li)
    case = acceptance(li, incident)
    here = f"/cases/{case.code}"
    suspect = people(li, case, here)
    filing(li, leader, desks["wangfang"], case)
    questioning(li, suspect, here)
    things(li, desks["keeper"], here)
    periods(li, leader, case, here)
    as_a_crime(li, leader, case, suspect, here)
    penalty(li, leader, case, suspect, here)
    leader.does(f"/acts/case/{case.code}/close/", closed_at=at(200))
    case.refresh_from_db()
    assert case.state == "结案"

    kinds = set(Event.objects.filter(matter_code__in=[case.code, incident.code, helped.code]).values_list("kind", flat=True))
    elsewhere = {kind for _, kind, _ in STORY} | {*REFUSED, EXAMINED, CONVERTED, "case.end"}  # the other way out is below, further steps in test_acting_steps
    assert {act.kind for act in ACTS.values()} - kinds == elsewhere - kinds  # every act left its entry
    report = chain.verify(event.entry() for event in Event.objects.order_by("seq"))
    assert report.flaws == [] and report.entries == Event.objects.count()
    page = li.client.get(f"{here}/").content.decode()
    for word in ("登记到案", "升格", "降格", "结案", "某甲", "木棍", "周所长", "缺 15 分", "补录", "（已封存）"):
        assert word in page, word
    assert "42010219900101001" not in page


def test_the_other_way_out_a_case_that_is_handed_over(desks):
    li, leader = desks["liming"], desks["leader"]
    li.does("/cases/new/", kind="行政", offence="盗窃", accepted_at=at(1))
    case = Case.objects.get()
    leader.does(f"/acts/case/{case.code}/end/", ended_without_decision_at=at(2), outcome="移送")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("已决定", "移送")
    assert Event.objects.filter(kind="case.end", subject_code=case.code).exists()
    li.does("/cases/new/", kind="刑事", offence="诈骗", accepted_at=at(1))
    criminal = Case.objects.exclude(code=case.code).get()
    leader.does(f"/acts/case/{criminal.code}/decide/", decided_at=at(2), outcome="不予处罚")
    criminal.refresh_from_db()
    assert (criminal.state, criminal.outcome) == ("已决定", "不予处罚")
    assert json.loads(Event.objects.get(kind="case.end").data)["changes"]["outcome"] == [None, "移送"]
