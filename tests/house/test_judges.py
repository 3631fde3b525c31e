"""Whoever has, or had, to mend something does not judge it: by team, by name, by incident, now and before."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from alerting import hand
from bureau import STATION
from caseload import case, enter, incident, put_on_team
from django.utils import timezone

from mingjing.accounts.models import BreakGlass, DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.alerts import queries, states
from mingjing.alerts.actions import handling
from mingjing.alerts.models import Alert
from mingjing.cases.models import CaseOfficer, Incident
from mingjing.ledger.models import Event
from mingjing.lib.refused import Forbidden

pytestmark = pytest.mark.django_db
REASON = "写明了理由的一段话"


def waiting(who: Officer) -> set[str]:
    """The alerts that wait for somebody's judgement."""
    return set(queries.alerts(viewer(who)).filter(queries.to_judge(viewer(who))).values_list("code", flat=True))


def judgements(who: Officer, code: str) -> dict[str, Callable[[], Alert]]:
    by, later = viewer(who), timezone.now() + timedelta(hours=2)
    return {
        "close": lambda: handling.close(by=by, code=code, text=REASON), "return": lambda: handling.return_(by=by, code=code, text=REASON, answer_by=later),
        "dismiss": lambda: handling.dismiss(by=by, code=code, fault="误报-数据错", text=REASON),
    }


def barred(who: Officer, code: str) -> None:
    """Neither by button nor in the list of what waits."""
    before = Event.objects.count()
    for judge in judgements(who, code).values():
        with pytest.raises(Forbidden):
            judge()
    assert Event.objects.count() == before
    assert code not in waiting(who)


@pytest.fixture
def handled(bureau, liming, wangfang) -> Alert:
    """王芳 handled the incident and is named in the alert about it."""
    enter("incident", incident("J1", officer_code=wangfang.code))
    return hand(1, matter="J1", subject_kind="incident", officer=wangfang)


def test_an_incident_that_was_passed_on_is_not_judged_by_whoever_handled_it(handled, liming, wangfang, leader, legal):
    with pytest.raises(Forbidden, match="承办人以外"):
        handling.transfer(by=viewer(wangfang), code=handled.code, officer=liming, text=REASON)
    handling.transfer(by=viewer(leader), code=handled.code, officer=liming, text=REASON)
    barred(wangfang, handled.code)
    handling.submit(by=viewer(liming), code=handled.code, text=REASON)
    barred(wangfang, handled.code)
    assert waiting(legal) == {handled.code}
    assert handling.close(by=viewer(legal), code=handled.code, text=REASON).state == states.CLOSED


def test_an_alert_about_an_incident_that_names_somebody_else(handled, liming, wangfang):
    Alert.objects.filter(pk=handled.pk).update(officer=liming)
    handling.submit(by=viewer(liming), code=handled.code, text=REASON)
    barred(wangfang, handled.code)


def test_an_incident_that_became_a_case_is_the_teams(bureau, liming, wangfang):
    enter("case", case("A1"))
    enter("incident", incident("J1", officer_code=liming.code))
    Incident.objects.update(case_id="A1")
    put_on_team("A1", wangfang, "协办")
    one = hand(1, states.SUBMITTED, matter="J1", subject_kind="incident", officer=liming)
    barred(wangfang, one.code)


def test_whoever_was_named_before_does_not_judge_after(bureau, liming, wangfang, leader, legal):
    """Without any case to remember it: what was passed on twice was everybody's who had it."""
    one, both = hand(1, officer=wangfang), (liming, wangfang)
    handling.transfer(by=viewer(leader), code=one.code, officer=liming, text=REASON)
    entry = json.loads(Event.objects.get(kind="alert.transfer").data)
    assert (entry["left"], entry["officer_id"]) == (wangfang.code, liming.code)
    DutyAssignment.objects.create(officer=liming, duty="法制员", unit_id=STATION, starts_on="2020-01-01")
    handling.transfer(by=viewer(legal), code=one.code, officer=leader, text=REASON)
    handling.submit(by=viewer(leader), code=one.code, text=REASON)
    for who in both:
        barred(who, one.code)
    assert waiting(legal) == {one.code}


def test_whoever_has_left_the_team_does_not_judge_what_was_done_in_his_time(bureau, liming, wangfang, legal):
    enter("case", case("A1"))
    put_on_team("A1", wangfang, "协办")
    CaseOfficer.objects.update(until=timezone.now() - timedelta(hours=1))
    one = hand(1, states.SUBMITTED, matter="A1", officer=liming)
    barred(wangfang, one.code)
    assert waiting(legal) == {one.code}


def test_having_been_on_the_team_gives_no_reach(bureau, liming, zhaoqiang):
    """赵强 was on the team once and looks at the case by break-glass: to read only."""
    enter("case", case("A1"))
    put_on_team("A1", zhaoqiang, "协办")
    CaseOfficer.objects.update(until=timezone.now() - timedelta(hours=1))
    one, now = hand(1, matter="A1", officer=liming), timezone.now()
    BreakGlass.objects.create(officer=zhaoqiang, matter_code="A1", reason="复核旧案", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    assert queries.one(viewer(zhaoqiang), one.code) == one
    for act in (lambda: handling.acknowledge(by=viewer(zhaoqiang), code=one.code), lambda: handling.submit(by=viewer(zhaoqiang), code=one.code, text=REASON)):
        with pytest.raises(Forbidden):
            act()


def test_a_reviewer_does_not_dismiss_what_he_answered_himself(bureau, liming, wangfang, legal):
    answered = hand(1, officer=liming)
    handling.submit(by=viewer(wangfang), code=answered.code, text=REASON)
    barred(wangfang, answered.code)
    disputed = hand(2, officer=liming)
    handling.dispute(by=viewer(wangfang), code=disputed.code, text=REASON)
    handling.reject(by=viewer(legal), code=disputed.code, text=REASON)
    with pytest.raises(Forbidden, match="你本人写的"):
        handling.dismiss(by=viewer(wangfang), code=disputed.code, fault="误报-数据错", text=REASON)
    assert handling.dismiss(by=viewer(legal), code=answered.code, fault="误报-数据错", text=REASON).state == states.DISMISSED
