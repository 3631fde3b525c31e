"""Duties from one day to another: who may see what begins and ends at midnight in Shanghai, or at once when a duty is withdrawn."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bureau import BRANCH, ELSEWHERE, OTHER_BRANCH, STATION, appoint, sign_in
from django.utils import timezone

from mingjing.accounts import actions
from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.ledger.models import Event
from mingjing.lib.refused import Forbidden, Refused

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 10)


def at(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)


def held(officer: Officer, moment: datetime) -> list[tuple[str, str]]:
    return sorted((one.duty, one.unit_code) for one in viewer(officer, moment).held)


@pytest.fixture
def newcomer(bureau) -> Officer:
    return Officer.objects.create(code="010090", name="新来的", unit_id=STATION)


def assign(officer: Officer, **values) -> DutyAssignment:
    return DutyAssignment.objects.create(**{"officer": officer, "duty": "法制员", "unit_id": STATION, "starts_on": DAY, **values})


def test_a_duty_begins_at_midnight_in_shanghai_and_not_in_greenwich(newcomer):
    assign(newcomer)
    assert held(newcomer, at(DAY - timedelta(days=1), 23, 59, 59)) == []
    assert held(newcomer, at(DAY)) == [("法制员", STATION)]
    assert held(newcomer, at(DAY).astimezone(ZoneInfo("UTC"))) == [("法制员", STATION)]  # the evening before, there


def test_the_last_day_counts_whole(newcomer):
    assign(newcomer, ends_on=DAY)
    assert held(newcomer, at(DAY, 23, 59, 59)) == [("法制员", STATION)]
    assert held(newcomer, at(DAY + timedelta(days=1))) == []


@pytest.mark.parametrize("kind", ["借调", "代理"])
def test_secondment_and_acting_change_the_reach_from_midnight_to_midnight(liming, kind):
    assign(liming, kind=kind, duty="单位负责人", unit_id=OTHER_BRANCH, ends_on=DAY + timedelta(days=2), reason="文件")
    before, first, last, after = at(DAY - timedelta(days=1), 23, 59), at(DAY), at(DAY + timedelta(days=2), 23, 59, 59), at(DAY + timedelta(days=3))
    assert [viewer(liming, moment).paths("case") for moment in (before, after)] == [[], []]
    assert [viewer(liming, moment).paths("case") for moment in (first, last)] == [["4201/420103/"], ["4201/420103/"]]


def test_a_duty_at_a_dissolved_unit_reaches_nothing(newcomer, bureau):
    assign(newcomer)
    bureau[STATION].__class__.objects.filter(code=STATION).update(is_active=False)
    assert held(newcomer, at(DAY)) == []


def test_a_lost_duty_is_lost_at_the_next_request(client, admin, inspector):
    sign_in(client, inspector)
    assert client.get("/officers/").status_code == 200
    row = inspector.assignments.get()
    actions.withdraw_duty(by=viewer(admin), assignment=row.pk, reason="调离")
    assert client.get("/officers/").status_code == 403
    assert client.get("/me/").status_code == 200  # the own account stays open


def test_giving_a_duty_takes_effect_at_the_next_request(client, admin, newcomer):
    sign_in(client, newcomer)
    assert client.get("/officers/").status_code == 403
    actions.give_duty(by=viewer(admin), officer="010090", duty="办案民警", unit=STATION, starts_on=timezone.localdate())
    assert client.get("/officers/").status_code == 200


def test_a_duty_that_starts_tomorrow_does_nothing_today(client, admin, newcomer):
    sign_in(client, newcomer)
    actions.give_duty(by=viewer(admin), officer="010090", duty="办案民警", unit=STATION, starts_on=timezone.localdate() + timedelta(days=1))
    assert client.get("/officers/").status_code == 403


def test_a_withdrawn_duty_that_began_today_can_be_given_again(admin, newcomer):
    today, by = timezone.localdate(), viewer(admin)
    first = actions.give_duty(by=by, officer="010090", duty="法制员", unit=STATION, starts_on=today)
    with pytest.raises(Refused) as refused:
        actions.give_duty(by=by, officer="010090", duty="法制员", unit=STATION, starts_on=today)
    assert refused.value.field == "starts_on"
    actions.withdraw_duty(by=by, assignment=first.pk, reason="给错单位")
    actions.give_duty(by=by, officer="010090", duty="法制员", unit=STATION, starts_on=today)
    assert newcomer.assignments.count() == 2  # nothing is deleted


@pytest.mark.parametrize(("change", "field"), [
    ({"kind": "借调"}, "ends_on"),
    ({"kind": "代理", "reason": "所长出差"}, "ends_on"),
    ({"kind": "借调", "ends_on": 5}, "reason"),
    ({"kind": "借调", "ends_on": 5, "reason": "  "}, "reason"),
    ({"kind": "借调", "ends_on": 367, "reason": "专案"}, "ends_on"),
    ({"kind": "兼任"}, "kind"),
    ({"ends_on": -1}, "ends_on"),
    ({"starts_on": -9, "ends_on": -1}, "ends_on"),
    ({"duty": "皇帝"}, "duty"),
    ({"duty": "系统接口"}, "duty"),
    ({"unit": "9999"}, "unit"),
    ({"officer": "nobody"}, "officer"),
    ({"reason": "看\u202e反写"}, "reason"),
])
def test_what_makes_no_sense_is_refused_at_its_field(admin, newcomer, change, field):
    today = timezone.localdate()
    values = {"officer": "010090", "duty": "法制员", "unit": STATION, "starts_on": 0, **change}
    values = {name: today + timedelta(days=value) if name in ("starts_on", "ends_on") else value for name, value in values.items()}
    with pytest.raises(Refused) as refused:
        actions.give_duty(by=viewer(admin), **values)
    assert refused.value.field == field
    assert not newcomer.assignments.exists()
    assert not Event.objects.exists()


def test_exactly_one_year_of_secondment_is_accepted(admin, newcomer):
    today = timezone.localdate()
    actions.give_duty(by=viewer(admin), officer="010090", duty="法制员", unit=STATION, kind="借调", reason="专案", starts_on=today,
                      ends_on=today + timedelta(days=366))


def test_a_duty_can_be_ended_today_or_later_but_not_prolonged(admin, newcomer):
    today, by = timezone.localdate(), viewer(admin)
    row = actions.give_duty(by=by, officer="010090", duty="法制员", unit=STATION, starts_on=today - timedelta(days=3), ends_on=today + timedelta(days=9))
    for day in (today - timedelta(days=1), today + timedelta(days=9), today + timedelta(days=10)):
        with pytest.raises(Refused):
            actions.end_duty(by=by, assignment=row.pk, ends_on=day)
    actions.end_duty(by=by, assignment=row.pk, ends_on=today)
    row.refresh_from_db()
    assert row.ends_on == today
    assert held(newcomer, timezone.now()) == [("法制员", STATION)]


def test_each_change_is_one_ledger_entry(admin, newcomer):
    today, by = timezone.localdate(), viewer(admin)
    row = actions.give_duty(by=by, officer="010090", duty="法制员", unit=BRANCH, starts_on=today, ends_on=today + timedelta(days=9), kind="代理", reason="出差")
    actions.end_duty(by=by, assignment=row.pk, ends_on=today + timedelta(days=1))
    actions.withdraw_duty(by=by, assignment=row.pk, reason="提前返回")
    events = list(Event.objects.order_by("seq"))
    assert [(event.kind, event.actor, event.subject_code) for event in events] == [
        ("duty.give", "000009", "010090"), ("duty.end", "000009", "010090"), ("duty.withdraw", "000009", "010090")]
    assert json.loads(events[0].data)["manner"] == "代理"
    assert json.loads(events[2].data)["reason"] == "提前返回"


def test_nobody_gives_duties_to_oneself(admin):
    with pytest.raises(Forbidden):
        actions.give_duty(by=viewer(admin), officer=admin.code, duty="局领导", unit="4201", starts_on=timezone.localdate())
    with pytest.raises(Forbidden):
        actions.withdraw_duty(by=viewer(admin), assignment=admin.assignments.get().pk, reason="不想干了")


@pytest.mark.parametrize("person", ["liming", "wangfang", "leader", "legal", "chief", "inspector", "records"])
def test_only_administrators_give_and_take_duties(request, newcomer, zhaoqiang, person):
    by = viewer(request.getfixturevalue(person))
    with pytest.raises(Forbidden):
        actions.give_duty(by=by, officer="010090", duty="法制员", unit=STATION, starts_on=timezone.localdate())
    for act in (actions.end_duty, actions.withdraw_duty):
        with pytest.raises(Forbidden):
            act(by=by, assignment=zhaoqiang.assignments.get().pk, **({"ends_on": timezone.localdate()} if act is actions.end_duty else {"reason": "因为"}))


def test_the_administrator_of_a_branch_manages_this_branch_only(newcomer, zhaoqiang):
    by = viewer(appoint("020009", "分局管理", BRANCH, "系统管理员"))
    actions.give_duty(by=by, officer="010090", duty="法制员", unit=STATION, starts_on=timezone.localdate())
    for unit in ("4201", OTHER_BRANCH, ELSEWHERE):
        with pytest.raises(Forbidden):
            actions.give_duty(by=by, officer="010090", duty="法制员", unit=unit, starts_on=timezone.localdate())
    with pytest.raises(Forbidden):
        actions.withdraw_duty(by=by, assignment=zhaoqiang.assignments.get().pk, reason="越权")
    actions.give_duty(by=by, officer="030001", duty="办案民警", unit=STATION, kind="借调", reason="专案", starts_on=timezone.localdate(),
                      ends_on=timezone.localdate())  # somebody from elsewhere comes to help here
