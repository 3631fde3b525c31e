"""The case page: what it tells, to whom, with how many queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from bureau import STATION
from caseload import id_number
from desk import Desk, at
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import act, enter_all
from mingjing.cases.cleaning import moment
from mingjing.cases.contents import INSIDE, contents, readable
from mingjing.cases.models import NOUNS, Case, CaseOfficer, Interview, Party, Recording
from mingjing.cases.offers import Offers
from mingjing.cases.timeline import coverage, picture
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
BAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def case_of(liming: Officer, **more) -> Case:
    """A case of 李明, accepted an hour ago."""
    values = {"kind": "行政", "category": "治安", "offence": "殴打他人", "unit": STATION, "accepted_at": timezone.now() - timedelta(hours=1), **more}
    return act(by=viewer(liming), table="case", name="accept", values=values)


def with_rows(records: Officer, case: Case, count: int) -> None:
    """So many persons, each with one row in every table."""
    for number in range(count):
        code = f"{case.code}-{number:03d}"
        start = "2026-03-01 09:00"
        rows = {
            "party": {"role": "违法嫌疑人", "name": f"某{number}", "is_juvenile": "是", "phone": "19000001234"},
            "summons": {"party_code": f"R{code}", "kind": "行政传唤", "arrived_at": start, "left_at": "2026-03-01 15:00"},
            "restraint": {"summons_code": f"S{code}", "started_at": start},
            "interview": {"party_code": f"R{code}", "kind": "询问", "started_at": start, "ended_at": "2026-03-01 10:00"},
            "attendance": {"interview_code": f"I{code}", "role": "主办", "officer_code": "010001"},
            "recording": {"interview_code": f"I{code}", "started_at": start, "ended_at": "2026-03-01 09:45"},
            "measure": {"party_code": f"R{code}", "kind": "行政拘留", "started_at": start},
            "suspension": {"kind": "鉴定", "started_at": start},
            "extension": {"granted_at": start, "approver": "上一级公安机关"},
            "notification": {"party_code": f"R{code}", "measure_code": f"M{code}", "kind": "其他", "notified_at": start},
            "hearing": {"party_code": f"R{code}", "applied_at": start},
            "decision": {"party_code": f"R{code}", "unit_code": STATION, "decided_at": start, "fine": "500.50"},
            "service": {"decision_code": f"D{code}", "recipient": "被处罚人", "method": "直接", "served_at": start},
            "execution": {"decision_code": f"D{code}", "kind": "缴纳罚款", "executed_at": start},
            "property_item": {"unit_code": STATION, "seized_at": start, "name": f"物品{number}"},
            "conversion": {"from_kind": "刑事", "to_kind": "行政", "converted_at": start},
            "waiting": {"summons_code": f"S{code}", "room": "1 号", "started_at": start},
            "inspection": {"kind": "检查", "target": "场所", "started_at": start, "officer_count": "2"},
            "lineup": {"kind": "照片", "started_at": start, "shown": "10"},
            "appraisal": {"party_code": f"R{code}", "kind": "伤情", "commissioned_at": start},
            "review": {"party_code": f"R{code}", "kind": "行政处罚决定", "officer_code": "010001", "requested_at": start},
            "recusal": {"officer_code": "010001", "applied_at": start},
            "prosecutor_document": {"kind": "批准逮捕", "received_at": start, "due_on": "2026-03-09"},
            "postponement": {"decision_code": f"D{code}", "applied_at": start},
            "disclosure": {"decision_code": f"D{code}", "published_at": start, "is_anonymised": "是"},
            "remedy": {"party_code": f"R{code}", "kind": "申诉控告", "received_at": start},
            "loan": {"property_item_code": f"W{code}", "officer_code": "010001", "taken_at": start},
        }
        letters = {"party": "R", "summons": "S", "interview": "I", "measure": "M", "decision": "D", "property_item": "W"}
        for table, row in rows.items():
            inside = {"case_code": case.code} if "case" in {field.name for field in NOUNS[table]._meta.concrete_fields} else {}
            whole = {"code": f"{letters.get(table, table)}{code}", **inside, **row}
            outcome = enter_all(by=viewer(records), table=table, rows=[whole], source="警务平台")
            assert outcome.entered == 1, (table, outcome.rejects)


@pytest.mark.parametrize("count", [1, 60])
def test_no_more_than_fifteen_queries_whatever_the_number_of_persons(liming, leader, records, count, django_assert_max_num_queries):
    case = case_of(liming)
    with_rows(records, case, count)
    for officer in (liming, leader, records):
        desk = Desk(officer)
        desk.client.get(f"/cases/{case.code}/")  # the session is there already
        with django_assert_max_num_queries(15):
            page = desk.client.get(f"/cases/{case.code}/")
        text = page.content.decode()
        assert page.status_code == 200
        assert all(text.count(f"某{number}</b>") for number in range(count))


FORMS = ("/cases/{case}/summons/arrive/", "/cases/{case}/notification/give/", "/cases/{case}/service/serve/", "/correct/measure/M{case}-000/")


@pytest.mark.parametrize("path", FORMS)
def test_forms_too_keep_to_fifteen_queries(liming, records, path, django_assert_max_num_queries):
    case = case_of(liming)
    with_rows(records, case, 60)
    desk = Desk(records if "correct" in path else liming)
    with django_assert_max_num_queries(15):
        assert desk.client.get(path.format(case=case.code)).status_code == 200


def test_rows_read_in_one_query_are_the_rows_of_their_tables(liming, records, django_assert_num_queries):
    """Out of JSON every value comes back as the model itself reads it, on both databases."""
    case = case_of(liming)
    with_rows(records, case, 2)
    with django_assert_num_queries(1):
        found = contents(case, INSIDE)
    for table in INSIDE:
        assert len(found[table]) == 2, table
        for row in found[table]:
            stored = NOUNS[table].objects.get(code=row.code)
            for field in stored._meta.concrete_fields:
                assert getattr(row, field.attname) == getattr(stored, field.attname), (table, field.name)
    with django_assert_num_queries(0):
        assert found["attendance"][0].interview.party.case.unit_id == STATION


def test_what_a_duty_may_not_read_is_not_on_the_page(liming, keeper, records):
    case = case_of(liming)
    with_rows(records, case, 1)
    text = Desk(keeper).client.get(f"/cases/{case.code}/").content.decode()
    assert "物品0" in text and "某0" in text
    assert "行政拘留" not in text and "询问" not in text and "罚款" not in text
    assert viewer(keeper).may("property_item", "read") and not viewer(keeper).may("measure", "read")
    tables = readable(viewer(keeper), case, is_team=False)
    assert {"party", "property_item", "suspension"} <= tables
    assert not tables & {"summons", "interview", "measure", "decision", "incident", "ledger"}


def test_text_is_text_and_never_a_script(liming, leader, records):
    case = case_of(liming, offence=BAD[:90], summary=BAD)
    li = Desk(liming)
    li.does(f"/cases/{case.code}/party/add/", role="违法嫌疑人", name="<script>x</script>", address=BAD, phone="<b>1</b>")
    li.does(f"/cases/{case.code}/property_item/seize/", name=BAD, quantity="<i>1</i>", seized_at=at(3))
    Desk(leader).does(f"/acts/case/{case.code}/convert/", to_kind="刑事", converted_at=f"{timezone.localtime():%Y-%m-%dT%H:%M}", reason=BAD)
    party = Party.objects.get()
    for path in (f"/cases/{case.code}/", f"/cases/{case.code}/summons/arrive/", f"/acts/party/{party.code}/describe/", f"/acts/case/{case.code}/describe/"):
        text = li.client.get(path).content.decode()
        assert "<script>alert" not in text and "<script>x" not in text and "<img src=x" not in text and "<i>1" not in text, path
    assert "&lt;script&gt;" in li.client.get(f"/cases/{case.code}/").content.decode()


def test_marks_that_change_the_law_are_badges_and_numbers_are_masked(liming, chief, records):
    case, number = case_of(liming), id_number("42010220120101001")
    Desk(liming).does(
        f"/cases/{case.code}/party/add/", role="违法嫌疑人", name="某甲", id_kind="居民身份证", id_number=number, born_on="2012-01-01", phone="19000001234",
        **{mark: "True" for mark in ("is_juvenile", "is_foreign", "is_deaf", "is_pregnant", "is_seriously_ill")}, is_blind="False")
    text = Desk(liming).client.get(f"/cases/{case.code}/").content.decode()
    for badge in ("未成年", "外国人", "聋哑", "怀孕"):
        assert re.search(rf'<span class="badge strong"[^>]*>{badge}</span>', text), badge
    assert not re.search(r'<span class="badge strong"[^>]*>盲人</span>', text)
    assert number not in text and "19000001234" not in text and "/id_number/" in text
    text = Desk(chief).client.get(f"/cases/{case.code}/").content.decode()  # reads the case, may not look at numbers
    assert "某甲" in text and "/id_number/" not in text and "hx-post" not in text


def test_the_menu_offers_what_can_be_done_and_says_why_something_cannot(liming, wangfang, leader):
    case = case_of(liming)
    text = Desk(liming).client.get(f"/cases/{case.code}/").content.decode()
    assert f"/cases/{case.code}/party/add/" in text and "须先添加当事人" in text
    assert f"/acts/case/{case.code}/file/" not in text  # not his to do, and nothing he could do about it
    assert f"/cases/{case.code}/summons/arrive/" not in text
    text = Desk(leader).client.get(f"/cases/{case.code}/").content.decode()
    assert f"/acts/case/{case.code}/file/" in text and f"/acts/case/{case.code}/assign/" in text
    assert "案件已决定之后才能办理" in text  # 结案
    text = Desk(wangfang).client.get(f"/cases/{case.code}/").content.decode()
    assert "/file/" not in text and f"/cases/{case.code}/party/add/" not in text


def test_the_menu_and_the_pages_agree(liming, leader, records):
    """Every address that the page offers answers with its form."""
    case = case_of(liming)
    with_rows(records, case, 1)
    for officer in (liming, leader, records):
        desk = Desk(officer)
        text = desk.client.get(f"/cases/{case.code}/").content.decode()
        addresses = set(re.findall(rf'href="((?:/acts/|/correct/|/cases/{case.code}/)[^"#]+)"', text)) - {f"/cases/{case.code}/"}
        assert addresses
        for address in addresses:
            assert desk.client.get(address.replace("&amp;", "&")).status_code == 200, (officer.name, address)


def test_offers_ask_the_database_nothing(liming, records, django_assert_num_queries):
    case = case_of(liming)
    with_rows(records, case, 3)
    who, rows = viewer(liming), contents(case, INSIDE)
    assert case.unit.path
    with django_assert_num_queries(0):
        offers = Offers(who, case, is_team=True, rows=rows)
        offers.menu()
        for kept in rows.values():
            for row in kept:
                offers.on(row), offers.about(row)


def test_a_late_entry_is_visible_as_late_and_an_import_names_its_source(liming, records):
    case = case_of(liming, accepted_at=timezone.now() - timedelta(hours=25))
    text = Desk(liming).client.get(f"/cases/{case.code}/").content.decode()
    assert "补录" in text
    assert 'class="late"' in text
    prompt = case_of(liming, accepted_at=timezone.now() - timedelta(hours=23))
    text = Desk(liming).client.get(f"/cases/{prompt.code}/").content.decode()
    assert 'class="late"' not in text and ">补录<" not in text
    with_rows(records, prompt, 1)
    text = Desk(liming).client.get(f"/cases/{prompt.code}/").content.decode()
    assert 'class="late"' not in text and "来源 警务平台" in text


def test_the_history_names_who_acted_and_seals_personal_contents(liming, wangfang, leader):
    case = case_of(liming, summary="某人的隐私")
    chief = Desk(leader)
    chief.does(f"/acts/case/{case.code}/assign/", officer=wangfang.code, role="协办")
    chief.does(f"/acts/case/{case.code}/assign/", officer=wangfang.code, role="主办")
    text = chief.client.get(f"/cases/{case.code}/").content.decode()
    history = text[text.index('id="history"'):]
    assert "周所长（010003，一元路派出所）" in history
    assert "（已封存）" in history and "某人的隐私" not in history and "密:" not in history
    assert "李明（010001）" in history  # who left
    assert "以前的办案人员 2" in text
    assert CaseOfficer.objects.filter(case=case, until__isnull=True).count() == 1


def test_older_entries_are_told_and_one_step_away(liming):
    case = case_of(liming)
    who = viewer(liming)
    for number in range(105):
        act(by=who, table="case", name="describe", values={"offence": f"案由{number}"}, target=case.code)
    desk, total = Desk(liming), Event.objects.filter(matter_code=case.code).count()
    text = desk.client.get(f"/cases/{case.code}/").content.decode()
    assert "最近 100 条" in text and "?history=all" in text and f"台账第 {Event.objects.first().seq} 条" not in text
    text = desk.client.get(f"/cases/{case.code}/?history=all").content.decode()
    assert f"{total} 条" in text and f"台账第 {Event.objects.first().seq} 条" in text


@pytest.mark.parametrize(("recorded", "words", "parts"), [
    ([], "没有录音录像", 0),
    ([("09:00", "10:00")], "全程有录音录像", 1),
    ([("08:50", "10:20")], "全程有录音录像", 1),
    ([("09:00", "09:30"), ("09:30", "10:00")], "全程有录音录像", 1),
    ([("09:00", "09:30"), ("09:20", "09:45")], "缺 15 分", 1),
    ([("09:00", "09:20"), ("09:40", "10:00")], "缺 20 分", 2),
    ([("07:00", "08:00")], "没有录音录像", 0),
    ([("09:00", None)], "全程有录音录像", 1),
])
def test_how_much_of_an_interview_was_recorded(recorded, words, parts):
    day = "2026-03-01 "
    interview = Interview(started_at=moment(day + "09:00"), ended_at=moment(day + "10:00"))
    recordings = [Recording(started_at=moment(day + first), ended_at=moment(day + last) if last else None) for first, last in recorded]
    found = coverage(interview, recordings, moment("2026-03-02 09:00"))
    assert (found.words, len(found.parts)) == (words, parts)


def test_a_damaged_recording_covers_nothing():
    interview = Interview(started_at=moment("2026-03-01 09:00"), ended_at=moment("2026-03-01 10:00"))
    damaged = Recording(started_at=interview.started_at, ended_at=interview.ended_at, is_damaged=True)
    assert coverage(interview, [damaged], moment("2026-03-02 09:00")).words == "没有录音录像"


def test_the_picture_has_every_row_in_its_table_and_not_too_many_lanes(liming, records):
    case = case_of(liming, accepted_at=moment("2026-03-01 08:00"))
    with_rows(records, case, 20)
    options, table, title = picture(case, contents(case, INSIDE), [], timezone.now())
    lanes = options["echarts"]["yAxis"]["data"]
    assert lanes[0] == "事项" and len([lane for lane in lanes if lane.startswith("某")]) == 15
    assert "其余 5 人见数据表" in title and "传唤 20 次" in title
    assert {f"某{number}" for number in range(20)} <= {row[2].split(" ")[0] for row in table}


def test_an_address_of_nothing_is_not_found(liming):
    assert Desk(liming).client.get("/cases/不存在/").status_code == 404
