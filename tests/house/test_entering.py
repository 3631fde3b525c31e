"""Rows from files and other systems: the one door `enter_all`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bureau import ELSEWHERE, STATION
from caseload import clerk
from django.utils import timezone

from mingjing.accounts.scope import viewer
from mingjing.cases.actions import enter_all
from mingjing.cases.models import Case, Incident, Interview, Party, Summons
from mingjing.ledger import chain
from mingjing.ledger.models import Event
from mingjing.lib.masking import check_digit
from mingjing.lib.refused import Forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief_records(bureau):
    return clerk()


def case_row(code="A1", **more):
    return {"code": code, "kind": "行政", "category": "治安", "offence": "殴打他人", "unit_code": STATION, "accepted_at": "2026-03-01 09:00", **more}


def enter(officer, table, *rows, **more):
    return enter_all(by=viewer(officer), table=table, rows=rows, source="测试", **more)


def test_a_new_row_is_entered_with_its_ledger_entry(records):
    outcome = enter(records, "case", case_row())
    assert (outcome.entered, outcome.changed, outcome.unchanged, outcome.rejects) == (1, 0, 0, [])
    case = Case.objects.get(code="A1")
    assert (case.state, case.source, case.version) == ("受案", "测试", 1)
    assert timezone.localtime(case.accepted_at).isoformat() == "2026-03-01T09:00:00+08:00"
    event = Event.objects.get(subject_code="A1")
    assert (event.kind, event.actor, event.matter_code) == ("case.enter", records.code, "A1")
    assert event.occurred_at == case.accepted_at


def test_the_same_row_again_changes_nothing_and_leaves_no_trace(records):
    enter(records, "case", case_row())
    before = Event.objects.count()
    outcome = enter(records, "case", case_row())
    assert (outcome.entered, outcome.unchanged) == (0, 1)
    assert Event.objects.count() == before
    assert Case.objects.get(code="A1").version == 1


def test_a_known_code_completes_the_row_and_an_empty_cell_says_nothing(records):
    enter(records, "case", case_row())
    outcome = enter(records, "case", {"code": "A1", "offence": "", "filed_at": "2026-03-02 10:00"})
    assert (outcome.changed, outcome.rejects) == (1, [])
    case = Case.objects.get(code="A1")
    assert (case.offence, case.state, case.version) == ("殴打他人", "立案", 2)
    event = Event.objects.get(kind="case.change")
    assert '"filed_at":[null,"2026-03-02T10:00:00+08:00"]' in event.data
    assert "offence" not in event.data


def test_one_code_twice_in_one_batch_is_taken_in_order(records):
    outcome = enter(records, "case", case_row(), case_row(offence="寻衅滋事"))
    assert (outcome.entered, outcome.changed) == (1, 1)
    assert Case.objects.get(code="A1").offence == "寻衅滋事"


@pytest.mark.parametrize(("row", "column", "said"), [
    (case_row(code=""), "code", "必须填写"),
    (case_row(kind="民事"), "kind", "行政、刑事"),
    (case_row(kind=""), "kind", "必须填写"),
    (case_row(accepted_at="3/4/2026 9:00"), "accepted_at", "年在前"),
    (case_row(accepted_at="2026-03-01"), "accepted_at", "没有时刻"),
    (case_row(accepted_at="2026-02-30 09:00"), "accepted_at", "没有这个时间"),
    (case_row(accepted_at="1979-12-31 23:59"), "accepted_at", "1980"),
    (case_row(unit_code="9999"), "unit_code", "没有编号为“9999”的单位"),
    (case_row(colour="red"), "colour", "没有“colour”这一列"),
    (case_row(filed_at="2026-03-02 09:00", closed_at="2026-03-02 08:59"), "closed_at", "早于"),
    (case_row(is_grave="也许"), "is_grave", "是 或 否"),
    (case_row(offence="x" * 101), "offence", "最长 100 个字"),
    (case_row(offence="a\x07b"), "offence", "控制字符"),
    (case_row(offence="看\u202e反写"), "offence", "控制字符"),
    (case_row(kind="刑事"), "category", "没有行政案件类别"),
])
def test_a_row_that_cannot_be_is_set_aside_with_its_column_and_reason(records, row, column, said):
    outcome = enter(records, "case", case_row("A0"), row)
    assert outcome.entered == 1
    (reject,) = outcome.rejects
    assert (reject.index, reject.column, reject.row) == (1, column, row)
    assert said in reject.reason
    assert Case.objects.filter(code="A0").exists()


def test_a_time_that_has_not_come_is_refused_but_a_clock_ten_minutes_fast_is_not(records):
    now = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    late = (now + timedelta(minutes=10, seconds=1)).isoformat()
    just = (now + timedelta(minutes=10)).isoformat()
    outcome = enter(records, "case", case_row("A1", accepted_at=just), case_row("A2", accepted_at=late), now=now)
    assert outcome.entered == 1
    assert "还没有到" in outcome.rejects[0].reason


@pytest.mark.parametrize("written", [
    "2026-03-01 09:05", "2026/3/1 9:05", "2026.03.01 09:05:00", "2026年3月1日 9时5分", "2026年3月1日9点5分", "2026-03-01T09:05:00+08:00",
    "2026-03-01T01:05:00Z",
])
def test_times_are_read_in_the_usual_ways_of_writing(records, written):
    assert not enter(records, "case", case_row(accepted_at=written)).rejects
    assert Case.objects.get(code="A1").accepted_at == datetime(2026, 3, 1, 1, 5, tzinfo=UTC)


def test_a_child_of_a_case_that_is_not_there_is_set_aside(records):
    outcome = enter(records, "party", {"code": "D1", "case_code": "A9", "role": "证人", "name": "某甲"})
    assert "A9" in outcome.rejects[0].reason
    assert outcome.rejects[0].column == "case_code"


def test_a_party_of_another_case_is_refused(records):
    enter(records, "case", case_row("A1"), case_row("A2"))
    enter(records, "party", {"code": "D1", "case_code": "A1", "role": "违法嫌疑人", "name": "某甲"})
    outcome = enter(records, "summons", {"code": "S1", "case_code": "A2", "party_code": "D1", "arrived_at": "2026-03-01 10:00"})
    assert "不是本案的当事人" in outcome.rejects[0].reason
    assert not Summons.objects.exists()


def test_rows_outside_the_reach_are_refused_and_tell_nothing(records):
    outcome = enter(records, "case", case_row(unit_code=ELSEWHERE))
    assert "管辖范围" in outcome.rejects[0].reason
    assert not Case.objects.exists()


def test_a_child_of_a_case_outside_the_reach_is_refused(records, chief_records):
    enter(chief_records, "case", case_row("A1", unit_code=ELSEWHERE))
    outcome = enter(records, "party", {"code": "D1", "case_code": "A1", "role": "证人", "name": "某甲"})
    assert len(outcome.rejects) == 1
    assert not Party.objects.exists()


def test_a_row_cannot_be_moved_to_another_case(records):
    enter(records, "case", case_row("A1"), case_row("A2"))
    enter(records, "party", {"code": "D1", "case_code": "A1", "role": "证人", "name": "某甲"})
    outcome = enter(records, "party", {"code": "D1", "case_code": "A2", "role": "证人", "name": "某甲"})
    assert "另一案件" in outcome.rejects[0].reason
    assert Party.objects.get().case_id == "A1"


def test_a_row_cannot_be_moved_out_of_another_unit_by_giving_it_a_new_one(records, chief_records):
    enter(chief_records, "case", case_row("A1", unit_code=ELSEWHERE))
    outcome = enter(records, "case", case_row("A1"))
    assert len(outcome.rejects) == 1
    assert Case.objects.get(code="A1").unit_id == ELSEWHERE


@pytest.mark.parametrize("who", ["liming", "wangfang", "leader", "keeper", "admin", "inspector"])
def test_only_the_duties_of_the_table_may_enter(who, request):
    with pytest.raises(Forbidden):
        enter(request.getfixturevalue(who), "case", case_row())
    assert not Case.objects.exists()


def test_a_dry_run_says_the_same_and_writes_nothing(records):
    rows = [case_row("A1"), case_row("A2", kind="民事")]
    before = Event.objects.count()
    dry = enter(records, "case", *rows, dry_run=True)
    assert (dry.entered, len(dry.rejects)) == (1, 1)
    assert not Case.objects.exists()
    assert Event.objects.count() == before


def test_a_thousand_rows_keep_one_chain(records):
    rows = [{"code": f"J{i}", "unit_code": STATION, "kind": "治安", "reported_at": "2026-03-01 09:00"} for i in range(1001)]
    assert enter(records, "incident", *rows).entered == 1001
    report = chain.verify(event.entry() for event in Event.objects.order_by("seq").iterator())
    assert report.sound
    assert Incident.objects.count() == 1001


def test_an_id_number_with_a_wrong_check_digit_is_refused_and_never_reaches_the_ledger(records):
    enter(records, "case", case_row())
    row = {"code": "D1", "case_code": "A1", "role": "证人", "name": "某甲", "id_kind": "居民身份证", "id_number": "420102199001010013"}
    outcome = enter(records, "party", row)
    assert "校验码" in outcome.rejects[0].reason
    good = row | {"id_number": row["id_number"][:17] + check_digit(row["id_number"][:17])}
    assert enter(records, "party", good).entered == 1
    entry = Event.objects.get(subject_code="D1").data
    assert good["id_number"] not in entry
    assert "某甲" not in entry


def test_references_through_an_interview_keep_to_the_case(records, liming):
    enter(records, "case", case_row())
    enter(records, "party", {"code": "D1", "case_code": "A1", "role": "违法嫌疑人", "name": "某甲"})
    enter(records, "interview", {"code": "T1", "case_code": "A1", "party_code": "D1", "kind": "询问", "started_at": "2026-03-01 10:00"})
    outcome = enter(
        records, "attendance", {"code": "X1", "interview_code": "T1", "officer_code": liming.code, "role": "主办"},
        {"code": "X2", "interview_code": "T1", "role": "协办"},
        {"code": "X3", "interview_code": "T9", "officer_code": liming.code, "role": "主办"})
    assert outcome.entered == 1
    assert [reject.column for reject in outcome.rejects] == ["officer_code", "interview_code"]
    assert Event.objects.get(subject_code="X1").matter_code == "A1"
    assert Interview.objects.get().attendances.count() == 1
