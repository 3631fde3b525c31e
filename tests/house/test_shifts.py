"""值班表: who may put whom on shift; and that alerts outside working hours go to whoever is there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from bureau import BRANCH, ELSEWHERE, STATION, appoint, sign_in
from django.utils import timezone

from mingjing.accounts import actions
from mingjing.accounts.models import Shift, Unit
from mingjing.accounts.scope import viewer
from mingjing.alerts import pace
from mingjing.alerts.recipients import Directory
from mingjing.ledger.models import Event
from mingjing.lib.refused import Forbidden, Refused


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


NIGHT, DAY, SUNDAY = at("2026-03-02 23:00"), at("2026-03-02 10:00"), at("2026-03-01 10:00")


@pytest.fixture
def second(bureau):
    return appoint("010012", "王二", STATION, "法制员")


def on_shift(officer, start: datetime, end: datetime, **more) -> Shift:
    return Shift.objects.create(officer=officer, unit=officer.unit, starts_at=start, ends_at=end, **more)


def who(duty: str, moment: datetime) -> set[str]:
    unit = Unit.objects.get(code=STATION)
    return {each.officer.code for each in Directory([unit]).holders(duty, unit, moment)}


@pytest.mark.parametrize(("moment", "is_working"), [
    ("2026-03-02 08:29", False), ("2026-03-02 08:30", True), ("2026-03-02 17:29", True), ("2026-03-02 17:30", False), ("2026-03-01 10:00", False),
    ("2026-10-01 10:00", False), ("2026-10-10 10:00", True),  # a Saturday that is worked
])
def test_working_hours(moment, is_working):
    assert pace.is_working(at(moment)) is is_working


@pytest.mark.django_db
def test_outside_working_hours_whoever_is_on_shift_is_told(wangfang, second):
    on_shift(second, at("2026-03-02 17:30"), at("2026-03-03 08:30"))
    assert who("法制员", NIGHT) == {second.code}
    assert who("法制员", DAY) == {wangfang.code, second.code}  # all are there
    assert who("法制员", at("2026-03-02 17:30")) == {second.code}
    assert who("法制员", at("2026-03-03 08:29")) == {second.code}
    assert who("法制员", at("2026-03-03 20:00")) == {wangfang.code, second.code}  # nobody is on shift: everybody hears


@pytest.mark.django_db
def test_a_shift_that_was_taken_back_and_one_of_another_duty_change_nothing(wangfang, second, liming):
    on_shift(second, SUNDAY - timedelta(hours=1), SUNDAY + timedelta(hours=1), withdrawn_at=SUNDAY)
    on_shift(liming, SUNDAY - timedelta(hours=1), SUNDAY + timedelta(hours=1))
    assert who("法制员", SUNDAY) == {wangfang.code, second.code}


@pytest.mark.django_db
def test_leaders_too_hear_by_the_roster(chief):
    other = appoint("000012", "另一局长", "4201", "局领导")
    on_shift(other, NIGHT - timedelta(hours=1), NIGHT + timedelta(hours=1))
    unit = Unit.objects.get(code=STATION)
    assert [each.officer.code for each in next(Directory([unit]).steps(unit, NIGHT))] == [other.code]


def soon(hours: float) -> datetime:
    return timezone.now() + timedelta(hours=hours)


@pytest.mark.django_db
def test_a_head_of_a_unit_puts_its_people_on_shift_for_some_days(leader, wangfang):
    start = soon(1)
    shifts = actions.put_on_shift(by=viewer(leader), officer=wangfang, starts_at=start, ends_at=start + timedelta(hours=15), days=3)
    assert [shift.starts_at for shift in Shift.objects.all()] == [start + timedelta(days=day) for day in range(3)]
    (event,) = Event.objects.filter(kind="shift.set")
    assert (event.actor, event.subject_code) == (leader.code, wangfang.code)
    assert actions.withdraw_shifts(by=viewer(leader), numbers=[shifts[0].pk, shifts[2].pk]) == 2
    assert Shift.objects.filter(withdrawn_at__isnull=True).get() == shifts[1]
    assert Event.objects.filter(kind="shift.withdraw").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "end", "days", "field"), [
    (1, 1, 1, "ends_at"), (2, 1, 1, "ends_at"), (1, 73.01, 1, "ends_at"), (1, 9, 0, "days"), (1, 9, 32, "days"), (1, 25.01, 2, "days"), (-9, -1, 1, "ends_at"),
])
def test_what_makes_no_sense_is_refused(leader, wangfang, start, end, days, field):
    now = timezone.now()
    with pytest.raises(Refused) as refused:
        actions.put_on_shift(by=viewer(leader), officer=wangfang, starts_at=now + timedelta(hours=start), ends_at=now + timedelta(hours=end), days=days)
    assert refused.value.field == field
    assert not Shift.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "fits"), [(9, True), (8.99, False), (0.5, False), (25, True)])
def test_nobody_is_on_two_shifts_at_once(leader, wangfang, start, fits):
    """From the first to the ninth hour, and the same on the day after."""
    now, by = timezone.now(), viewer(leader)
    actions.put_on_shift(by=by, officer=wangfang, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=9), days=1)
    given = {"officer": wangfang, "starts_at": now + timedelta(hours=start), "ends_at": now + timedelta(hours=start + 8)}
    if fits:
        actions.put_on_shift(by=by, **given)
    else:
        with pytest.raises(Refused, match="重叠"):
            actions.put_on_shift(by=by, **given)


@pytest.mark.django_db
def test_only_above_and_only_by_duty(leader, zhaoqiang, wangfang, liming, admin, bureau):
    other = appoint("030002", "别所长", ELSEWHERE, "单位负责人")
    above = appoint("020002", "分局领导", BRANCH, "单位负责人")
    for by in (other, wangfang, liming):
        with pytest.raises(Forbidden):
            actions.put_on_shift(by=viewer(by), officer=wangfang, starts_at=soon(1), ends_at=soon(9))
    shift = actions.put_on_shift(by=viewer(above), officer=wangfang, starts_at=soon(1), ends_at=soon(9))[0]
    with pytest.raises(Forbidden):
        actions.withdraw_shifts(by=viewer(other), numbers=[shift.pk])
    assert actions.withdraw_shifts(by=viewer(admin), numbers=[shift.pk]) == 1


@pytest.mark.django_db
def test_what_is_over_is_not_taken_back(leader, wangfang):
    past = on_shift(wangfang, soon(-9), soon(-1))
    assert actions.withdraw_shifts(by=viewer(leader), numbers=[past.pk, 999]) == 0
    past.refresh_from_db()
    assert past.withdrawn_at is None


@pytest.mark.django_db
def test_the_page(client, leader, wangfang, liming, django_assert_max_num_queries):
    for number in range(40):
        on_shift(wangfang, soon(24 * number + 1), soon(24 * number + 9))
    on_shift(liming, soon(-9), soon(-1))
    sign_in(client, liming)
    with django_assert_max_num_queries(15):
        page = client.get("/shifts/")
    text = page.content.decode()
    assert "王芳" in text and "法制员" in text and "排班" not in page.context.get("buttons", ())
    assert {line.key for line in page.context["listing"].lines}.isdisjoint({str(Shift.objects.get(officer=liming).pk)})
    assert client.get("/shifts/?when=past&mine=1").context["listing"].count == 1
    assert client.get("/shifts/new/").status_code == 403
    assert client.post("/shifts/withdraw/", {"selected": ["1"]}).status_code == 403


@pytest.mark.django_db
def test_putting_on_shift_and_taking_back_on_the_page(client, leader, wangfang):
    sign_in(client, leader)
    start = timezone.localtime(soon(30))
    typed = {"officer": wangfang.code, "starts_at": f"{start:%Y-%m-%dT%H:%M}", "ends_at": f"{start + timedelta(hours=8):%Y-%m-%dT%H:%M}", "days": "2"}
    assert client.post("/shifts/new/", {**typed, "officer": "999999"}).status_code in (200, 422)
    assert client.post("/shifts/new/", {**typed, "ends_at": typed["starts_at"]}).status_code in (200, 422)
    assert not Shift.objects.exists()
    assert client.post("/shifts/new/", typed).status_code == 302
    assert client.post("/shifts/new/", typed).status_code in (200, 409, 422)
    assert Shift.objects.count() == 2
    chosen = [str(shift.pk) for shift in Shift.objects.all()]
    assert client.post("/shifts/withdraw/", {"selected": [*chosen, "x", "9" * 40]}).status_code == 302
    assert "已撤销 2 班" in client.get("/shifts/").content.decode()
    client.post("/shifts/withdraw/", {})
    assert "没有可以撤销的值班" in client.get("/shifts/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("leaves", ["transfer", "deactivate"])
def test_whoever_leaves_is_off_the_roster(admin, wangfang, leaves):
    past, coming = on_shift(wangfang, soon(-9), soon(-1)), on_shift(wangfang, soon(-1), soon(9))
    if leaves == "transfer":
        actions.transfer(by=viewer(admin), officer=wangfang.code, unit=ELSEWHERE)
    else:
        actions.deactivate(by=viewer(admin), officer=wangfang.code, reason="退休")
    past.refresh_from_db(), coming.refresh_from_db()
    assert (past.withdrawn_at is None, coming.withdrawn_at is None) == (True, False)
