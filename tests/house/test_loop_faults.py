"""What must not go wrong between a finding and whoever should hear of it: runs that overtake each other, rules that come and go, limits that run out twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from caseload import case, enter, lead, party
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.alerts import channels, evaluating, states
from mingjing.alerts.actions.handling import acknowledge, transfer
from mingjing.alerts.actions.telling import deliver
from mingjing.alerts.channels.undelivered import Undelivered
from mingjing.alerts.evaluating import fire_clocks, run_changes, run_matters, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Demotion, Notice, UnitSetting
from mingjing.cases.actions import act

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01 {text}+08:00")


def summon(number: int = 1, **more) -> None:
    """Somebody summoned at 10:00 in a public-order case: eight hours."""
    enter("case", case(f"A{number}", accepted_at="2026-03-01 09:00"))
    enter("party", party(f"D{number}", f"A{number}"))
    change(number, arrived_at="2026-03-01 10:00", **more)


def change(number: int = 1, **values) -> None:
    enter("summons", {"code": f"S{number}", "case_code": f"A{number}", "party_code": f"D{number}", "kind": "行政传唤", **values})


def alert(number: int = 1) -> Alert:
    return Alert.objects.get(rule_code="CU-012", subject_code=f"S{number}")


def clock() -> Clock:
    return Clock.objects.get(rule_code="CU-012")


def occasions() -> list[str]:
    return sorted({notice.occasion.rstrip("0123456789") for notice in Notice.objects.filter(alert__rule_code="CU-012")})


@pytest.fixture
def people(liming, wangfang):
    return liming, wangfang


# --- runs that overtake each other ---

def test_a_whole_run_does_not_undo_what_a_clock_has_fired_meanwhile(people, monkeypatch):
    summon()
    run_changes(at("12:00"))
    judge = evaluating.evaluate

    def judge_slowly(*given, **more):
        found = judge(*given, **more)
        fire_clocks(at("18:00:01"))
        return found

    monkeypatch.setattr(evaluating, "evaluate", judge_slowly)
    run_whole(at("16:00"))
    assert (alert().stage, alert().gone_at) == ("overdue", None)
    assert (clock().stage, clock().fires_at) == ("overdue", None)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_every_row_is_locked_before_anything_is_recorded(people):
    """Whoever holds the chain of the ledger and waits for a row can be waited for by whoever holds the row and waits for the chain."""
    for number in (1, 2):
        summon(number)
        enter("interview", {"code": f"X{number}", "case_code": f"A{number}", "party_code": f"D{number}", "kind": "询问", "place": "执法办案场所",
                            "started_at": "2026-03-01 11:00", "ended_at": "2026-03-01 11:30"})
    with CaptureQueriesContext(connection) as seen:
        run_whole(at("19:00"))
    asked = [query["sql"] for query in seen]
    chain = next(place for place, sql in enumerate(asked) if "ledger_" in sql and ("FOR UPDATE" in sql or sql.startswith("INSERT") or "advisory" in sql))
    assert len({*Alert.objects.values_list("rule_code", flat=True)}) > 1  # more than one rule had something to record
    held = [sql for sql in asked[:chain] if "FOR UPDATE" in sql]
    assert all(sum(f'"{table}"' in sql for sql in held) >= len(library().rules) for table in ("alerts_alert", "alerts_clock"))
    assert any("cases_counter" in sql for sql in held)


def test_a_fact_recorded_before_its_time_is_seen_when_the_clock_fires(people, monkeypatch):
    """At 17:56 somebody writes down that the person leaves at 17:59: a time a little ahead is accepted, and not seen before it has come."""
    summon()
    run_changes(at("12:00"))
    fire_clocks(at("17:00"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: at("17:56").astimezone())
    change(left_at="2026-03-01 17:59")
    run_changes(at("17:56"))
    assert alert().stage == "due_soon"
    fire_clocks(at("18:00:01"))
    assert alert().gone_at == at("18:00:01")
    assert not Clock.objects.filter(rule_code="CU-012").exists()


# --- limits that run out twice ---

def test_a_limit_that_runs_out_again_is_told_again(people):
    summon()
    run_changes(at("12:00"))
    fire_clocks(at("17:00"))
    fire_clocks(at("18:00:01"))
    change(is_complex=True, may_be_detained=True)  # twenty-four hours after all
    run_matters(["A1"], at("18:10"))
    assert alert().gone_at == at("18:10")
    fire_clocks(at("18:00") + timedelta(hours=15))
    assert (alert().stage, alert().gone_at) == ("due_soon", None)  # judged, not fired: it was gone
    fire_clocks(at("10:00:01") + timedelta(days=1))
    assert alert().stage == "overdue"
    assert len(Notice.objects.filter(occasion__startswith="超期").values_list("occasion", flat=True).distinct()) == 2


def test_what_was_closed_as_cured_comes_back_when_its_limit_runs_out_after_all(people):
    summon()
    run_changes(at("12:00"))
    fire_clocks(at("17:00"))
    change(is_complex=True, may_be_detained=True)
    run_matters(["A1"], at("17:10"))
    Alert.objects.update(state=states.CLOSED, cure=Alert.Cure.PROVEN, closed_at=at("17:20"))
    fire_clocks(at("10:00:01") + timedelta(days=1))
    assert (alert().state, alert().stage, alert().reopened) == (states.OPEN, "overdue", 1)
    assert "再次开启" in occasions()


def test_what_was_explained_stays_closed(people):
    summon()
    run_changes(at("17:30"))
    Alert.objects.update(state=states.CLOSED, cure=Alert.Cure.EXPLAINED, closed_at=at("17:40"))
    fire_clocks(at("18:00:01"))
    assert alert().state == states.CLOSED


# --- rules that come and go ---

def without(monkeypatch, code: str, *, idle: bool) -> None:
    held = library()
    rules = {name: rule for name, rule in held.rules.items() if name != code}
    broken = () if idle else ("a file",)
    changed = replace(held, rules=rules, idle={**held.idle, code: held.rules[code]} if idle else held.idle, broken=broken)
    monkeypatch.setattr(evaluating, "library", lambda: changed)


def test_a_clock_whose_rule_file_is_broken_waits_for_it(people, monkeypatch):
    summon()
    run_changes(at("12:00"))
    with monkeypatch.context() as patched:
        without(patched, "CU-012", idle=False)
        fire_clocks(at("17:00"))
        run_whole(at("17:01"))
        assert not Alert.objects.filter(rule_code="CU-012").exists() and clock().stage == "running"
    run_whole(at("18:00:01"))
    assert (alert().stage, alert().is_trial) == ("overdue", False)
    assert "开启" in occasions()


def test_a_rule_that_is_retired_leaves_no_clock_behind(people, monkeypatch):
    summon()
    run_changes(at("12:00"))
    without(monkeypatch, "CU-012", idle=True)
    run_whole(at("12:01"))
    assert not Clock.objects.filter(rule_code="CU-012").exists()


def test_a_rule_that_leaves_its_trial_tells_of_what_it_had_found(people):
    summon()
    Demotion.objects.create(rule_code="CU-012", at=at("09:00"), precision=0.1, judged=50)
    run_changes(at("17:30"))
    assert alert().is_trial and occasions() == []
    Demotion.objects.update(lifted_at=at("17:40"))
    run_matters(["A1"], at("17:41"))
    assert not alert().is_trial and occasions() == ["开启"]


def test_switching_a_rule_off_makes_nothing_disappear(people):
    summon()
    run_changes(at("17:30"))
    UnitSetting.objects.create(rule_code="CU-012", unit=Unit.objects.get(code="42010201"), is_on=False, reason="系统联调", officer=people[1], at=at("17:31"))
    run_matters(["A1"], at("17:32"))
    assert alert().gone_at is None
    change(left_at="2026-03-01 17:40")
    run_matters(["A1"], at("17:45"))
    assert alert().gone_at == at("17:45")


# --- who has it ---

def test_an_alert_goes_with_the_case_to_whoever_leads_it_now(people, leader):
    liming, _ = people
    summon()
    run_changes(at("17:30"))
    assert alert().officer is None
    act(by=viewer(leader), table="case", name="assign", target="A1", values={"officer": liming, "role": "主办"})
    run_changes(at("17:31"))
    assert alert().officer == liming
    assert Notice.objects.filter(officer=liming, alert=alert(), occasion__startswith="转由").exists()
    assert run_matters(["A1"], at("17:32")) and alert().version == Alert.objects.get(pk=alert().pk).version


def test_a_transfer_by_hand_stands(people, wangfang, leader):
    liming, _ = people
    summon()
    lead("A1", liming)
    run_changes(at("17:30"))
    acknowledge(by=viewer(liming), code=alert().code)
    other = Officer.objects.create(code="020008", name="孙民警", unit_id="42010201")
    transfer(by=viewer(leader), code=alert().code, officer=other, text="承办人休假，由孙民警办理")
    fire_clocks(at("18:00:01"))
    run_matters(["A1"], at("18:01"))
    assert alert().officer == other


# --- deliveries ---

def test_a_way_that_fails_is_left_alone_for_the_round_and_the_others_go_on(people, monkeypatch):
    summon(1)
    summon(2)
    run_changes(at("19:00"))
    tried = []

    def dead(notices):
        tried.extend(notice.pk for notice in notices)
        raise Undelivered("对方没有回应")

    first = Notice.objects.order_by("pk").first()
    for notice in Notice.objects.all():
        notice.pk, notice.channel = None, "邮件"
        notice.save()
    working = channels.sender
    monkeypatch.setattr(channels, "sender", lambda channel: dead if channel == "邮件" else working(channel))
    inbox = Notice.objects.filter(channel=first.channel).count()
    assert inbox > 1
    assert deliver(at=at("19:01")) == inbox
    assert len(tried) == 1
    deliver(at=at("19:01"))
    assert len(set(tried)) == 2  # the next one has its turn; the first waits
