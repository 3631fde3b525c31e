"""Enrolling, changing, moving, stopping and letting in again; what the ledger says of it and what it never says."""

from __future__ import annotations

import io
import json
import re

import pytest
from allauth.usersessions.models import UserSession
from bureau import BRANCH, BUREAU, ELSEWHERE, SECOND, STATION, appoint, sign_in
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from mingjing.accounts import actions
from mingjing.accounts.models import DutyAssignment, Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.ledger.models import Event
from mingjing.lib.refused import Forbidden, Refused


@pytest.fixture
def by(admin):
    return viewer(admin)


def test_enrolling_makes_an_officer_with_a_one_time_password_and_no_duty(by):
    officer, password = actions.enrol(by=by, code="ab100", name=" 张  三 ", unit=STATION)
    assert (officer.code, officer.name, officer.must_change_password) == ("AB100", "张 三", True)
    assert officer.check_password(password)
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password)
    assert viewer(officer).held == ()
    event = Event.objects.get()
    assert (event.kind, event.subject_code, event.actor) == ("officer.enrol", "AB100", "000009")
    assert password not in event.data
    assert officer.password not in event.data


def test_each_one_time_password_is_another(by):
    passwords = {actions.enrol(by=by, code=f"P{number}", name="某", unit=STATION)[1] for number in range(5)}
    assert len(passwords) == 5


@pytest.mark.parametrize(("change", "field"), [
    ({"code": "010001"}, "code"), ({"code": ""}, "code"), ({"code": "0 1"}, "code"), ({"code": "<b>"}, "code"),
    ({"name": ""}, "name"), ({"name": "长" * 51}, "name"),
    ({"name": "零\u200b宽"}, "name"), ({"unit": "0"}, "unit")])
def test_what_cannot_be_enrolled(by, liming, change, field):
    with pytest.raises(Refused) as refused:
        actions.enrol(by=by, **{"code": "010077", "name": "某人", "unit": STATION, **change})
    assert refused.value.field == field
    assert not Event.objects.exists()


def test_a_number_in_other_case_is_the_same_number(by):
    actions.enrol(by=by, code="ab100", name="甲", unit=STATION)
    with pytest.raises(Refused):
        actions.enrol(by=by, code="AB100", name="乙", unit=STATION)


def test_correcting_and_moving(by, liming):
    actions.change_officer(by=by, officer=liming.code, name="李明明", is_auxiliary=False)
    actions.transfer(by=by, officer=liming.code, unit=SECOND)
    liming.refresh_from_db()
    assert (liming.name, liming.unit_id) == ("李明明", SECOND)
    assert viewer(liming).held == ()  # the regular duty stayed behind
    kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["officer.change", "officer.transfer"]
    with pytest.raises(Refused):
        actions.change_officer(by=by, officer=liming.code, name="李明明", is_auxiliary=False)


def test_a_transfer_leaves_a_secondment_and_can_leave_the_duties(by, liming, wangfang):
    DutyAssignment.objects.create(officer=liming, duty="法制员", unit_id=BRANCH, kind="借调", starts_on="2020-01-01", ends_on="2090-01-01", reason="专案")
    actions.transfer(by=by, officer=liming.code, unit=SECOND)
    assert viewer(liming).duties == {"法制员"}
    actions.transfer(by=by, officer=wangfang.code, unit=SECOND, stops_duties=False)
    assert viewer(wangfang).duties == {"法制员"}


@pytest.fixture
def branch_admin(bureau):
    return viewer(appoint("020009", "分局系统", BRANCH, "系统管理员"))


def test_an_account_with_a_duty_above_belongs_to_administrators_above(by, branch_admin, bureau, client, admin):
    """Whoever resets the password of an account can use it, with all that it may do."""
    guest = Officer.objects.create(code="010050", name="上挂", unit_id=STATION)
    duty = DutyAssignment.objects.create(
        officer=guest, duty="法制支队监督岗", unit_id=BUREAU, kind="借调", starts_on="2020-01-01", ends_on="2090-01-01", reason="上挂")
    acts = (
        lambda who: actions.reset_password(by=who, officer=guest.code), lambda who: actions.remove_second_factor(by=who, officer=guest.code),
        lambda who: actions.change_officer(by=who, officer=guest.code, name="别人", is_auxiliary=False),
        lambda who: actions.transfer(by=who, officer=guest.code, unit=SECOND), lambda who: actions.deactivate(by=who, officer=guest.code, reason="离开"),
        lambda who: actions.unlock(by=who, officer=guest.code))
    for act in acts:
        with pytest.raises(Forbidden):
            act(branch_admin)
    assert not Event.objects.exists()
    assert "重置密码" not in sign_in(client, branch_admin.officer).get(f"/officers/{guest.code}/").content.decode()
    assert actions.reset_password(by=by, officer=guest.code)
    DutyAssignment.objects.filter(pk=duty.pk).update(ends_on="2020-12-31")
    assert actions.reset_password(by=branch_admin, officer=guest.code)  # it is over


def test_a_duty_below_leaves_the_account_to_the_branch(branch_admin, liming):
    assert actions.reset_password(by=branch_admin, officer=liming.code)


def test_who_leaves_is_signed_out_everywhere(by, client, liming):
    sign_in(client, liming)
    assert client.get("/").status_code == 200
    key = client.session.session_key
    UserSession.objects.create(user=liming, session_key=key, ip="127.0.0.1", user_agent="")  # as a sign-in through the page leaves it
    actions.deactivate(by=by, officer=liming.code, reason="退休")
    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.filter(user=liming).exists()
    assert client.get("/").status_code == 302


def test_who_leaves_loses_everything_and_comes_back_without_duties(by, liming):
    liming.set_password("a-good-pass-phrase-1")
    liming.save()
    actions.deactivate(by=by, officer=liming.code, reason="退休")
    liming.refresh_from_db()
    assert viewer(liming).held == ()
    with pytest.raises(Refused):
        actions.deactivate(by=by, officer=liming.code, reason="退休")
    with pytest.raises(Refused):
        actions.reset_password(by=by, officer=liming.code)
    officer, password = actions.reactivate(by=by, officer=liming.code)
    officer.refresh_from_db()
    assert officer.is_active
    assert officer.check_password(password)
    assert officer.must_change_password
    assert viewer(officer).held == ()


def test_resetting_replaces_the_password(by, liming):
    _, first = actions.reset_password(by=by, officer=liming.code)
    _, second = actions.reset_password(by=by, officer=liming.code)
    liming.refresh_from_db()
    assert not liming.check_password(first)
    assert liming.check_password(second)
    assert not any(word in event.data for event in Event.objects.all() for word in (first, second))


def test_the_account_of_a_connected_system_has_one_duty_and_no_password(by):
    officer = actions.enrol_interface(by=by, code="IF-01", name="办案系统", unit=BRANCH)
    assert not officer.has_usable_password()
    assert viewer(officer).duties == {"系统接口"}
    for act in (actions.reset_password, actions.reactivate):
        with pytest.raises(Refused):
            act(by=by, officer="IF-01")
    with pytest.raises(Refused):
        actions.give_duty(by=by, officer="IF-01", duty="案管", unit=BRANCH, starts_on=officer.assignments.get().starts_on)


def test_nobody_acts_on_the_own_account(by, admin):
    acts = [
        lambda: actions.deactivate(by=by, officer=admin.code, reason="走了"), lambda: actions.reset_password(by=by, officer=admin.code),
        lambda: actions.transfer(by=by, officer=admin.code, unit=STATION),
        lambda: actions.change_officer(by=by, officer=admin.code, name="某", is_auxiliary=False),
        lambda: actions.unlock(by=by, officer=admin.code), lambda: actions.remove_second_factor(by=by, officer=admin.code)]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


ACTS = {
    "enrol": lambda by: actions.enrol(by=by, code="010077", name="某人", unit=STATION),
    "enrol_interface": lambda by: actions.enrol_interface(by=by, code="IF-09", name="某系统", unit=STATION),
    "change": lambda by: actions.change_officer(by=by, officer="020001", name="改名", is_auxiliary=False),
    "transfer": lambda by: actions.transfer(by=by, officer="020001", unit=STATION),
    "deactivate": lambda by: actions.deactivate(by=by, officer="020001", reason="某事由"),
    "reset": lambda by: actions.reset_password(by=by, officer="020001"),
    "unlock": lambda by: actions.unlock(by=by, officer="020001"),
    "factor": lambda by: actions.remove_second_factor(by=by, officer="020001"),
}


@pytest.mark.parametrize("person", ["liming", "wangfang", "leader", "legal", "chief", "inspector"])
def test_only_administrators_act_on_people(request, records, person):
    by = viewer(request.getfixturevalue(person))
    for act in ACTS.values():
        with pytest.raises(Forbidden):
            act(by)
    assert not Event.objects.exists()


def test_a_branch_administrator_acts_on_the_own_branch_only(bureau, zhaoqiang, legal):
    by = viewer(appoint("020009", "分局管理", BRANCH, "系统管理员"))
    for code in (zhaoqiang.code, legal.code):
        with pytest.raises(Forbidden):
            actions.reset_password(by=by, officer=code)
    for unit in (BUREAU, ELSEWHERE):
        with pytest.raises(Forbidden):
            actions.enrol(by=by, code="010077", name="某人", unit=unit)


# the command line

def administrator(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_admin", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_first_administrator_makes_the_root_unit(settings):
    settings.BUREAU = "江城市公安局"
    said = administrator("000001", "蒋系统", "--unit", "4201")
    officer = Officer.objects.get(code="000001")
    password = re.search(r"一次性密码：(\S+)", said)[1]
    assert officer.check_password(password)
    assert viewer(officer).duties == {"系统管理员"}
    assert (Unit.objects.get().code, Unit.objects.get().name, Unit.objects.get().kind, Unit.objects.get().path) == ("4201", "江城市公安局", "市局", "4201/")
    events = list(Event.objects.order_by("seq"))
    assert [(event.kind, event.actor) for event in events] == [("unit.found", "命令行"), ("officer.enrol", "命令行"), ("duty.give", "命令行")]
    assert not any(password in event.data for event in events)
    assert json.loads(events[2].data)["duty"] == "系统管理员"


def test_a_further_administrator_joins_the_root(bureau):
    administrator("000002", "第二人")
    assert Officer.objects.get(code="000002").unit_id == BUREAU
    assert Unit.objects.count() == len(bureau)


@pytest.mark.parametrize("arguments", [("000009", "重号"), ("坏号", "某人"), ("000003", ""), ("000003", "某人", "--unit", "999")])
def test_the_command_refuses_with_words_and_leaves_nothing(admin, arguments):
    with pytest.raises(CommandError) as error:
        administrator(*arguments)
    assert re.search("[\u4e00-\u9fff]", str(error.value))
    assert not Event.objects.exists()
    assert Officer.objects.count() == 1
