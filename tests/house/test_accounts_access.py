"""Break-glass: opens exactly one case, to read only, until exactly its end; on record from the first word; reviewed by somebody else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bureau import BRANCH, ELSEWHERE, STATION, appoint, sign_in
from django.db import connection
from django.utils import timezone

from mingjing.accounts import actions
from mingjing.accounts.models import BreakGlass
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import act, enter_all
from mingjing.cases.models import Case, Incident, Party
from mingjing.cases.queries import visible
from mingjing.ledger.models import Event
from mingjing.lib.refused import Conflict, Forbidden, Refused

REASON = "串并案需要核对嫌疑人体貌特征"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def cases(bureau):
    """Two cases of another branch, each with a party, and an incident there."""
    clerk = viewer(appoint("099001", "市局案管", "4201", "案管"))
    for code in ("A-1", "A-2", "A-10"):
        row = {"code": code, "kind": "行政", "category": "治安", "offence": "殴打他人", "unit_code": ELSEWHERE, "accepted_at": "2026-03-01 09:00"}
        assert enter_all(by=clerk, table="case", rows=[row], source="测试").entered == 1
        party = {"code": f"D-{code}", "case_code": code, "role": "违法嫌疑人", "name": "某甲"}
        assert enter_all(by=clerk, table="party", rows=[party], source="测试").entered == 1
    incident = {"code": "I-1", "unit_code": ELSEWHERE, "kind": "治安", "reported_at": "2026-03-01 09:00"}
    assert enter_all(by=clerk, table="incident", rows=[incident], source="测试").entered == 1


def ask(officer, code="A-1", hours=2, reason=REASON):
    return actions.request_access(by=viewer(officer), matter_code=code, reason=reason, hours=hours)


def seen(officer, model, at=None) -> list[str]:
    return sorted(visible(viewer(officer, at), model).values_list("code", flat=True))


def test_it_opens_exactly_one_case(cases, liming):
    assert seen(liming, Case) == []
    ask(liming)
    assert seen(liming, Case) == ["A-1"]
    assert seen(liming, Party) == ["D-A-1"]
    assert seen(liming, Incident) == []


def test_it_opens_an_incident_as_well(cases, liming):
    ask(liming, "I-1")
    assert (seen(liming, Case), seen(liming, Incident)) == ([], ["I-1"])


def test_it_opens_for_the_one_who_asked_and_nobody_else(cases, liming, wangfang):
    ask(liming)
    assert seen(wangfang, Case) == []


def test_it_is_for_reading_and_not_for_acting(cases, liming, leader):
    for officer, name, values in [(liming, "describe", {"summary": "改写"}), (leader, "decide", {"decided_at": timezone.now(), "outcome": "处罚"})]:
        ask(officer)
        case = Case.objects.get(code="A-1")
        with pytest.raises(Forbidden):
            act(by=viewer(officer), table="case", name=name, values=values, target="A-1", version=case.version)
        case.refresh_from_db()
        assert case.summary == ""
        assert case.decided_at is None


def test_it_ends_exactly_at_its_end(cases, liming):
    row = ask(liming, hours=1)
    assert row.ends_at - row.starts_at == timedelta(hours=1)
    assert seen(liming, Case, row.starts_at - timedelta(microseconds=1)) == []
    assert seen(liming, Case, row.starts_at) == ["A-1"]
    assert seen(liming, Case, row.ends_at - timedelta(microseconds=1)) == ["A-1"]
    assert seen(liming, Case, row.ends_at) == []


def test_giving_it_back_closes_at_once(cases, liming, wangfang):
    row = ask(liming)
    with pytest.raises(Forbidden):
        actions.end_access(by=viewer(wangfang), number=row.pk)
    actions.end_access(by=viewer(liming), number=row.pk)
    assert seen(liming, Case) == []
    with pytest.raises(Refused):
        actions.end_access(by=viewer(liming), number=row.pk)


def test_asking_for_what_does_not_exist_tells_nothing_and_is_on_record(cases, client, liming):
    sign_in(client, liming)
    answers = {}
    for code in ("A-2", "NO-SUCH"):
        response = client.post("/break-glass/new/", {"matter_code": code, "reason": REASON, "hours": "2"})
        answers[code] = (response.status_code, response["Location"])
    assert answers["A-2"] == answers["NO-SUCH"] == (302, "/break-glass/")
    events = Event.objects.filter(kind="break_glass.request").order_by("seq")
    assert [(event.matter_code, json.loads(event.data)["reason"]) for event in events] == [("A-2", REASON), ("NO-SUCH", REASON)]


@pytest.mark.parametrize(("change", "field"), [
    ({"reason": "九个字的理由不够长"}, "reason"), ({"reason": "　" * 20}, "reason"), ({"reason": "长" * 501}, "reason"),
    ({"hours": 0}, "hours"), ({"hours": 25}, "hours"),
    ({"code": ""}, "matter_code"), ({"code": "X" * 65}, "matter_code"), ({"code": "A\x00"}, "matter_code")])
def test_what_is_refused(liming, change, field):
    with pytest.raises(Refused) as refused:
        ask(liming, **change)
    assert refused.value.field == field
    assert not BreakGlass.objects.exists()
    assert not Event.objects.exists()


def test_ten_characters_and_one_to_twenty_four_hours_are_enough(liming):
    ask(liming, "A-1", hours=1, reason="正好十个字的理由够了")
    ask(liming, "A-2", hours=24, reason="正好十个字的理由够了")


def test_no_more_than_three_at_once_and_not_the_same_twice(liming):
    row = ask(liming, "A-1")
    with pytest.raises(Refused):
        ask(liming, "A-1")
    ask(liming, "A-2")
    ask(liming, "A-3")
    with pytest.raises(Refused):
        ask(liming, "A-4")
    actions.end_access(by=viewer(liming), number=row.pk)
    ask(liming, "A-4")


@pytest.mark.django_db(transaction=True)
def test_six_requests_at_once_open_no_more_than_three(liming):
    def one(number: int) -> bool:
        try:
            ask(liming, f"A-{number}")
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(6))) == 3
    assert BreakGlass.objects.count() == 3


def test_administrators_and_officers_without_duty_cannot_ask(admin, bureau):
    with pytest.raises(Forbidden):
        ask(admin)
    nobody = type(admin).objects.create(code="010098", name="无职责", unit_id=STATION)
    with pytest.raises(Forbidden):
        ask(nobody)


# review

def review(officer, row, verdict="必要", remark=""):
    return actions.review_access(by=viewer(officer), number=row.pk, verdict=verdict, remark=remark)


def test_somebody_else_reviews_and_it_is_on_record(cases, liming, legal):
    row = ask(liming)
    review(legal, row, remark="核对无误")
    row.refresh_from_db()
    assert (row.reviewed_by, row.verdict, row.state(timezone.now())) == (legal, "必要", "已复核")
    assert seen(liming, Case) == ["A-1"]
    event = Event.objects.get(kind="break_glass.review")
    assert (event.actor, event.matter_code, json.loads(event.data)["officer"]) == (legal.code, "A-1", liming.code)


def test_what_was_not_necessary_ends_at_once_and_needs_words(cases, liming, inspector):
    row = ask(liming)
    with pytest.raises(Refused) as refused:
        review(inspector, row, "不必要")
    assert refused.value.field == "remark"
    review(inspector, row, "不必要", "与本人工作无关")
    assert seen(liming, Case) == []


def test_nobody_reviews_the_own_access(legal, inspector):
    row = ask(legal)
    with pytest.raises(Forbidden):
        review(legal, row)
    review(inspector, row)


@pytest.mark.parametrize("person", ["liming", "wangfang", "leader", "chief", "records", "admin"])
def test_who_may_not_review(request, client, zhaoqiang, person):
    row, officer = ask(zhaoqiang), request.getfixturevalue(person)
    with pytest.raises(Forbidden):
        review(officer, row)
    sign_in(client, officer)
    assert client.get(f"/break-glass/{row.pk}/").status_code == 404
    assert client.get(f"/break-glass/{row.pk}/review/").status_code == 403
    assert client.post(f"/break-glass/{row.pk}/end/").status_code == 404
    assert BreakGlass.objects.get(pk=row.pk).reviewed_at is None


def test_an_inspector_of_one_branch_neither_sees_nor_reviews_another(client, liming, zhaoqiang):
    inspector, here, there = appoint("020008", "分局督察", BRANCH, "督察"), ask(liming), ask(zhaoqiang)
    sign_in(client, inspector)
    assert client.get(f"/break-glass/{here.pk}/").status_code == 200
    assert client.get(f"/break-glass/{there.pk}/").status_code == 404
    with pytest.raises(Forbidden):
        review(inspector, there)


@pytest.mark.django_db(transaction=True)
def test_of_two_reviews_at_once_one_counts(liming, legal, inspector):
    row = ask(liming)

    def one(officer) -> bool:
        try:
            review(officer, row, "必要", officer.name)
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, (legal, inspector))) == [False, True]
    row.refresh_from_db()
    assert row.remark == row.reviewed_by.name
    assert Event.objects.filter(kind="break_glass.review").count() == 1


def test_the_review_is_due_on_the_next_day_and_then_marked(client, liming, legal):
    started = datetime(2026, 3, 10, 23, 30, tzinfo=SHANGHAI)
    row = BreakGlass.objects.create(officer=liming, matter_code="A-1", reason=REASON, starts_at=started, ends_at=started + timedelta(hours=2))
    assert row.review_due_on.isoformat() == "2026-03-11"
    assert row.state(datetime(2026, 3, 11, 23, 59, 59, tzinfo=SHANGHAI)) == "待复核"
    assert row.state(datetime(2026, 3, 12, tzinfo=SHANGHAI)) == "逾期未复核"
    sign_in(client, legal)
    assert "逾期未复核" in client.get("/break-glass/?state=late").content.decode()


@pytest.mark.parametrize(("hours_ago", "is_late"), [(0, False), (24, False), (49, True)])
def test_the_filter_for_late_reviews_agrees_with_the_mark(client, liming, legal, hours_ago, is_late):
    started = timezone.now() - timedelta(hours=hours_ago)
    row = BreakGlass.objects.create(officer=liming, matter_code="A-77", reason=REASON, starts_at=started, ends_at=started + timedelta(hours=1))
    assert (row.state(timezone.now()) == "逾期未复核") == is_late
    sign_in(client, legal)
    assert ("A-77" in client.get("/break-glass/?state=late").content.decode()) == is_late
    assert "A-77" in client.get("/break-glass/?state=waiting").content.decode()
