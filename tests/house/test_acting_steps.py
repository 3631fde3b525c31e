"""The steps that an ordinary case system does not keep, each once through its page: custody, evidence, scrutiny, remedies, and what is told to whom when."""

from __future__ import annotations

import pytest
from desk import Desk, at

from mingjing.cases import kept
from mingjing.cases.acts import ACTS
from mingjing.cases.models import NOUNS, Case
from mingjing.ledger import chain
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
YES = "True"

# who, act, what is typed; a new row is made in the case, an act is done to the row made last
STORY = (
    ("li", "incident.dispatch", {"dispatched_at": at(0.1)}),
    ("li", "incident.warn", {"warned_at": at(0.5)}),
    ("li", "case.give_receipt", {"receipt_given_at": at(1)}),
    ("li", "party.add", {"role": "犯罪嫌疑人", "name": "某甲", "sex": "女", "is_official": YES}),
    ("li", "party.ask_aid", {"aid_asked_at": at(2)}),
    ("li", "summons.arrive", {"kind": "行政传唤", "arrived_at": at(2), "approver": "办案部门负责人"}),
    ("custodian", "summons.search", {"searched_at": at(2.1), "has_belongings": YES}),
    ("custodian", "waiting.start", {"room": "1 号", "started_at": at(2.2), "sex": "女"}),
    ("custodian", "waiting.end", {"ended_at": at(2.5)}),
    ("li", "interview.start", {"kind": "询问", "place": "执法办案场所", "room": "询问室 1", "started_at": at(3), "is_remote": YES}),
    ("li", "interview.end", {"ended_at": at(4)}),
    ("li", "interview.describe", {"is_rights_told": YES, "is_signed": YES}),
    ("li", "interview.return_record", {"returned_at": at(5)}),
    ("custodian", "summons.return_belongings", {"belongings_returned_at": at(6)}),
    ("li", "inspection.make", {"kind": "检查", "target": "场所", "started_at": at(6), "officer_count": "2"}),
    ("li", "inspection.describe", {"has_witness": YES}),
    ("li", "lineup.hold", {"kind": "照片", "started_at": at(7), "shown": "10"}),
    ("li", "lineup.describe", {"officer_count": "2"}),
    ("li", "appraisal.commission", {"kind": "伤情", "commissioned_at": at(8)}),
    ("li", "appraisal.receive", {"received_at": at(9)}),
    ("li", "appraisal.tell", {"told_at": at(10)}),
    ("li", "appraisal.object", {"objected_at": at(11)}),
    ("leader", "appraisal.answer", {"answered_at": at(12), "is_refused": YES}),
    ("li", "appraisal.tell_refusal", {"refusal_told_at": at(13)}),
    ("li", "recusal.apply", {"officer": "010001", "applied_at": at(13)}),
    ("leader", "recusal.decide", {"decided_at": at(14), "is_granted": "False"}),
    ("fang", "prosecutor_document.receive", {"kind": "纠正违法通知", "received_at": at(14), "due_on": "2030-01-01"}),
    ("fang", "prosecutor_document.answer", {"answered_at": at(15)}),
    ("li", "measure.request", {"kind": "取保候审", "deposit": "2000"}),
    ("leader", "measure.approve", {"approved_at": at(15), "approver_rank": "县级以上公安机关负责人"}),
    ("leader", "measure.report_deputy", {"deputy_reported_at": at(15)}),
    ("li", "measure.start", {"started_at": at(16)}),
    ("li", "measure.tell_station", {"station_told_at": at(17)}),
    ("li", "measure.deliver", {"delivered_at": at(17), "place": "看守所"}),
    ("li", "measure.report_foreign", {"foreign_reported_at": at(18)}),
    ("li", "measure.prolong", {"prolonged_months": "1"}),
    ("li", "measure.describe", {"place": "住处"}),
    ("li", "measure.end", {"ended_at": at(30)}),
    ("li", "measure.tell_end", {"end_told_at": at(31)}),
    ("li", "measure.return_deposit", {"deposit_returned_at": at(32)}),
    ("li", "property_item.seize", {"name": "木棍", "kind": "扣押", "seized_at": at(20), "is_on_the_spot": YES}),
    ("chief", "property_item.approve", {"approved_at": at(21)}),
    ("chief", "property_item.extend", {"extended_at": at(22)}),
    ("li", "property_item.tell_examination", {"examination_told_at": at(23)}),
    ("li", "property_item.describe", {"is_list_signed": YES}),
    ("li", "property_item.find_irrelevant", {"irrelevant_at": at(24)}),
    ("li", "property_item.call_owner", {"owner_told_at": at(25)}),
    ("keeper", "loan.take", {"taken_at": at(26)}),
    ("keeper", "loan.bring_back", {"returned_at": at(27)}),
    ("li", "review.request", {"kind": "行政处罚决定", "requested_at": at(33)}),
    ("fang", "review.finish", {"finished_at": at(34), "result": "通过", "officer": "010002"}),
    ("leader", "decision.make", {"decided_at": at(35), "fine": "100", "is_on_the_spot": YES}),
    ("li", "decision.report", {"reported_at": at(36)}),
    ("li", "decision.tell_official", {"official_told_at": at(37)}),
    ("li", "decision.reform", {"corrected_at": at(38)}),
    ("fang", "decision.overturn", {"overturned_at": at(39)}),
    ("li", "execution.start", {"kind": "当场收缴罚款", "executed_at": at(35), "collected": "100"}),
    ("li", "execution.hand_in", {"handed_in_at": at(36)}),
    ("li", "postponement.apply", {"applied_at": at(36)}),
    ("leader", "postponement.decide", {"decided_at": at(37), "is_granted": YES}),
    ("li", "postponement.deposit", {"deposit_paid_at": at(38)}),
    ("li", "postponement.end", {"ended_at": at(39)}),
    ("li", "postponement.return_deposit", {"deposit_returned_at": at(40)}),
    ("fang", "disclosure.publish", {"published_at": at(40), "is_anonymised": YES}),
    ("fang", "disclosure.withdraw", {"withdrawn_at": at(41)}),
    ("fang", "remedy.receive", {"kind": "申诉控告", "received_at": at(41)}),
    ("fang", "remedy.extend", {"extended_at": at(42)}),
    ("fang", "remedy.answer", {"answered_at": at(43)}),
)
REFUSED = ("case.refuse", "case.serve_refusal", "case.tell_end", "case.tell_transfer")  # another way through, see below
CONVERTED = "conversion.approve"
EXAMINED = "measure.examine"  # where the examination was not registered with the delivery


@pytest.fixture
def desks(liming, wangfang, leader, keeper, custodian):
    desks = {"li": liming, "fang": wangfang, "leader": leader, "keeper": keeper, "custodian": custodian, "chief": leader}
    return {name: Desk(officer) for name, officer in desks.items()}


def accepted(li: Desk, **more: str) -> Case:
    li.does("/cases/new/", **{"kind": "行政", "category": "治安", "offence": "殴打他人", "accepted_at": at(1), **more})
    return Case.objects.order_by("-entered_at").first()


def do(desk: Desk, case: Case, kind: str, typed: dict[str, str]) -> None:
    table, name = kind.split(".")
    if ACTS[table, name].creates:
        desk.does(f"/cases/{case.code}/{table}/{name}/", **typed)
    else:
        last = NOUNS[table].objects.order_by("-entered_at").first()
        desk.does(f"/acts/{table}/{last.code}/{name}/", **typed)


def test_every_step_through_its_page_leaves_its_entry_and_is_shown(desks):
    li = desks["li"]
    li.does("/incidents/new/", kind="纠纷", reported_at=at(0), content="家中争吵", is_domestic_violence=YES)
    case = accepted(li, has_complainant=YES)
    for who, kind, typed in STORY:
        do(desks[who], case, kind, typed)
    told = set(Event.objects.values_list("kind", flat=True))
    assert {kind for _, kind, _ in STORY} <= told
    report = chain.verify(event.entry() for event in Event.objects.order_by("seq"))
    assert report.flaws == []
    page = li.client.get(f"/cases/{case.code}/").content.decode()
    for word in ("候问 1 号", "勘验检查、辨认与鉴定", "法制审核、回避与检察文书", "暂缓执行、公开与救济", "批准人层级 县级以上公安机关负责人",
    "保证金数额 2000", "调用"):
        assert word in page, word


def test_a_case_that_is_not_filed_and_one_that_is_dropped(desks):
    li, leader = desks["li"], desks["leader"]
    case = accepted(li, kind="刑事", category="", offence="诈骗")
    do(leader, case, "case.refuse", {"refused_at": at(2)})
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("已决定", "不予立案")
    do(li, case, "case.serve_refusal", {"refusal_served_at": at(3)})
    other = accepted(li, kind="刑事", category="", offence="盗窃")
    do(leader, other, "case.end", {"ended_without_decision_at": at(4), "outcome": "撤销案件"})
    do(li, other, "case.tell_end", {"end_told_at": at(5)})
    do(li, other, "case.tell_transfer", {"transfer_told_at": at(5)})
    assert set(REFUSED) <= set(Event.objects.values_list("kind", flat=True))
    assert leader.client.get(f"/acts/case/{case.code}/file/").status_code != 200  # what was refused is not filed afterwards


def test_an_examination_that_was_not_registered_with_the_delivery(desks):
    li, leader = desks["li"], desks["leader"]
    case = accepted(li, kind="刑事", category="", offence="盗窃")
    for desk, kind, typed in (
            (li, "party.add", {"role": "犯罪嫌疑人", "name": "某甲"}), (li, "measure.request", {"kind": "刑事拘留"}),
            (leader, "measure.approve", {"approved_at": at(2)}), (li, "measure.start", {"started_at": at(3)}), (li, EXAMINED, {"examined_at": at(4)})):
        do(desk, case, kind, typed)
    assert NOUNS["measure"].objects.get().examined_at is not None


def test_the_approval_of_a_conversion_that_was_entered_without_it(desks):
    leader = desks["leader"]
    case = accepted(desks["li"])
    do(leader, case, "case.convert", {"to_kind": "刑事", "converted_at": at(20), "reason": "达到立案标准"})
    do(leader, case, CONVERTED, {"is_approved": "on"})
    assert NOUNS["conversion"].objects.get().is_approved is True


def test_what_one_case_fills_in_is_kept_by_the_whole_bureau(desks):
    """Until then the rules that read it are skipped: an empty register says nothing about any case."""
    case = accepted(desks["li"])
    assert "case.receipt_given_at" not in kept.kept() and "inspection" not in kept.kept()
    kept.forget()
    do(desks["li"], case, "case.give_receipt", {"receipt_given_at": at(2)})
    do(desks["li"], case, "inspection.make", {"kind": "检查", "started_at": at(6)})
    assert {"case.receipt_given_at", "inspection"} <= kept.kept()
    assert "case.refused_at" not in kept.kept() and "loan" not in kept.kept()
