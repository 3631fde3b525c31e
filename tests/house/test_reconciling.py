"""From facts to clocks and alerts: once each, joined when repeated, marked when gone, opened again when back; nothing lost at any stop."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import caseload
import pytest
from django.db import transaction

from mingjing.accounts.scope import viewer
from mingjing.alerts import evaluating, states
from mingjing.alerts.actions.firing import fire
from mingjing.alerts.evaluating import changed_since, position, run_changes, run_matters, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Run
from mingjing.cases.models import CaseOfficer
from mingjing.ledger.actions import record
from mingjing.ledger.models import Event
from rulebook.evaluation import compile_rule


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture
def clerk(bureau):
    return viewer(caseload.clerk())


def enter(clerk, table, **row):
    caseload.enter(table, row)


def summon(clerk, number: int = 1, **more):
    """Somebody summoned at 10:00 in a public-order case of 2026: eight hours."""
    enter(clerk, "case", code=f"A{number}", kind="行政", category="治安", unit_code="42010201", accepted_at="2026-03-01 09:00")
    enter(clerk, "party", code=f"D{number}", case_code=f"A{number}", role="违法嫌疑人", name="某甲")
    enter(clerk, "summons", code=f"S{number}", case_code=f"A{number}", party_code=f"D{number}", kind="行政传唤", arrived_at="2026-03-01 10:00", **more)


def alerts(rule: str = "CU-012") -> list[Alert]:
    return list(Alert.objects.filter(rule_code=rule).order_by("code"))


@pytest.mark.django_db
def test_a_clock_runs_before_anything_is_wrong(clerk):
    summon(clerk)
    run_changes(at("2026-03-01 12:00"))
    clock = Clock.objects.get(rule_code="CU-012")
    assert (clock.stage, clock.unit_id, clock.matter_code) == ("running", "42010201", "A1")
    assert (clock.warns_at, clock.due_at, clock.fires_at) == (at("2026-03-01 17:00"), at("2026-03-01 18:00"), at("2026-03-01 17:00"))
    assert alerts() == []


@pytest.mark.django_db
@pytest.mark.parametrize(("now", "stage"), [("2026-03-01 16:59:59", None), ("2026-03-01 17:00", "due_soon"), ("2026-03-01 18:00", "due_soon"),
                                            ("2026-03-01 18:00:01", "overdue")])
def test_an_alert_opens_at_the_boundary(clerk, now, stage):
    summon(clerk)
    run_changes(at(now))
    assert [alert.stage for alert in alerts()] == ([stage] if stage else [])


@pytest.mark.django_db
def test_judging_again_changes_nothing_and_leaves_no_trace(clerk):
    summon(clerk)
    run_whole(at("2026-03-01 19:00"))
    before = (Alert.objects.values_list("code", "version", "repeats").get(rule_code="CU-012"), Event.objects.count(), Clock.objects.count())
    run_whole(at("2026-03-01 19:30"))
    assert before == (Alert.objects.values_list("code", "version", "repeats").get(rule_code="CU-012"), Event.objects.count(), Clock.objects.count())


@pytest.mark.django_db
def test_changes_and_the_whole_find_the_same(clerk):
    for number in range(1, 4):
        summon(clerk, number)
    run_changes(at("2026-03-01 19:00"))
    found = set(Alert.objects.values_list("rule_code", "subject_code", "stage"))
    clocks = set(Clock.objects.values_list("rule_code", "subject_code", "stage", "due_at"))
    run_whole(at("2026-03-01 19:00"))
    assert found == set(Alert.objects.values_list("rule_code", "subject_code", "stage"))
    assert clocks == set(Clock.objects.values_list("rule_code", "subject_code", "stage", "due_at"))
    assert len(found) >= 3


@pytest.mark.django_db
def test_only_what_changed_is_judged(clerk):
    summon(clerk, 1)
    run_changes(at("2026-03-01 12:00"))
    summon(clerk, 2)
    run = run_changes(at("2026-03-01 19:00"))
    assert [alert.subject_code for alert in alerts()] == ["S2"]
    assert run.position == Event.objects.exclude(kind__startswith="alert.").order_by("-seq").first().seq
    assert changed_since(position()).matters == ()  # what is left are the entries about the alert itself
    assert run_changes(at("2026-03-01 19:01")).subjects == 0
    assert run_changes(at("2026-03-01 19:02")) is None


@pytest.mark.django_db
def test_what_is_no_longer_found_is_marked_and_stays_open(clerk):
    summon(clerk)
    run_changes(at("2026-03-01 17:30"))
    enter(clerk, "summons", code="S1", left_at="2026-03-01 17:40")
    run_changes(at("2026-03-01 18:30"))
    (alert,) = alerts()
    assert (alert.gone_at, alert.state) == (at("2026-03-01 18:30"), states.OPEN)
    assert not Clock.objects.filter(rule_code="CU-012").exists()
    assert [kind for kind in Event.objects.filter(subject_code=alert.code).values_list("kind", flat=True)] == ["alert.open", "alert.gone"]


@pytest.mark.django_db
def test_a_graver_stage_joins_the_same_alert(clerk):
    summon(clerk)
    run_whole(at("2026-03-01 17:30"))
    run_whole(at("2026-03-01 18:30"))
    enter(clerk, "summons", code="S1", left_at="2026-03-01 20:00")
    run_changes(at("2026-03-01 20:30"))
    (alert,) = alerts()
    assert (alert.stage, alert.repeats) == ("late", 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("cure", "fault", "reopened"), [("已改正", "", 1), ("不可补救，已说明", "", 0), ("", "误报-数据错", 0)])
def test_a_closed_alert_opens_again_only_if_it_was_closed_as_cured(clerk, cure, fault, reopened):
    summon(clerk, left_at="2026-03-01 20:00")
    run_whole(at("2026-03-02 09:00"))
    Alert.objects.filter(rule_code="CU-012").update(state=states.CLOSED if cure else states.DISMISSED, cure=cure, fault=fault)
    run_whole(at("2026-03-02 10:00"))
    (alert,) = alerts()
    assert (alert.reopened, alert.is_live) == (reopened, bool(reopened))


@pytest.mark.django_db
def test_what_opens_again_is_supervised_no_more(clerk):
    """The order was done when it closed: its old deadline says nothing about what has come since."""
    summon(clerk, left_at="2026-03-01 20:00")
    run_whole(at("2026-03-02 09:00"))
    Alert.objects.filter(rule_code="CU-012").update(state=states.CLOSED, cure="已改正", supervise_by=at("2026-03-02 09:30"), supervised_by="4201")
    run_whole(at("2026-03-02 10:00"))
    (alert,) = alerts()
    assert (alert.state, alert.supervise_by, alert.supervised_by_id, alert.supervision_over_at) == (states.OPEN, None, None, None)


@pytest.mark.django_db
def test_rounds_in_which_only_alerts_have_changed_are_one_row(clerk):
    summon(clerk, left_at="2026-03-01 20:00")
    run_whole(at("2026-03-02 09:00"))
    for number, minute in enumerate((1, 2, 3)):
        with transaction.atomic():
            record(by=clerk.officer, kind="alert.attach", subject_kind="alert", subject_code="YJ-2026-000001", name=f"{number}.pdf")
        run_changes(at(f"2026-03-02 09:0{minute}"))
    rows = list(Run.objects.order_by("pk").values_list("kind", "at", "position"))
    assert [kind for kind, _, _ in rows] == ["全量", "变动"]
    assert rows[1][1:] == (at("2026-03-02 09:03"), Event.objects.order_by("-seq").first().seq)
    enter(clerk, "summons", code="S1", left_at="2026-03-01 21:00")
    run_changes(at("2026-03-02 10:00"))
    assert Run.objects.count() == 3  # what was judged has a row of its own


@pytest.mark.django_db
def test_other_facts_open_even_a_dismissed_alert_again(clerk):
    summon(clerk, left_at="2026-03-01 20:00")
    run_whole(at("2026-03-02 09:00"))
    Alert.objects.filter(rule_code="CU-012").update(state=states.DISMISSED, fault="误报-数据错")
    enter(clerk, "summons", code="S1", left_at="2026-03-01 21:00")
    run_changes(at("2026-03-02 10:00"))
    assert [(alert.state, alert.reopened) for alert in alerts()] == [(states.OPEN, 1)]


@pytest.mark.django_db
def test_whoever_leads_the_case_is_named(clerk, liming):
    summon(clerk)
    CaseOfficer.objects.create(case_id="A1", officer=liming, role="主办", since=at("2026-03-01 09:00"))
    run_whole(at("2026-03-01 19:00"))
    assert alerts()[0].officer_id == liming.code


@pytest.mark.django_db
def test_a_broken_rule_file_leaves_the_others_alone(clerk, settings, tmp_path):
    folder = tmp_path / "rules"
    shutil.copytree(Path(settings.RULES), folder)
    broken = next(folder.rglob("AJ-001*.yaml"))
    broken.write_text(broken.read_text(encoding="utf-8").replace("subject: case", "subject: nothing"), encoding="utf-8")
    settings.RULES = folder
    summon(clerk)
    run = run_whole(at("2026-03-01 19:00"))
    assert len(alerts()) == 1
    assert "AJ-001" not in run.versions


@pytest.mark.django_db
def test_a_run_that_fails_leaves_the_position_where_it_was(clerk, monkeypatch):
    summon(clerk)

    def fails(**_):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("mingjing.alerts.evaluating.reconcile", fails)
        with pytest.raises(RuntimeError):
            run_changes(at("2026-03-01 19:00"))
    assert (position(), Run.objects.count(), Alert.objects.count()) == (0, 0, 0)
    run_changes(at("2026-03-01 19:00"))
    assert len(alerts()) == 1


@pytest.mark.django_db
def test_a_stored_clock_fires_at_its_own_time_without_judging(clerk, monkeypatch):
    summon(clerk)
    run_changes(at("2026-03-01 12:00"))
    monkeypatch.setattr(evaluating, "evaluate", None)  # nothing can be judged any more
    monkeypatch.setattr(evaluating, "judge_few", None)
    for now, stages in {"2026-03-01 16:59:59": [], "2026-03-01 17:00": ["due_soon"], "2026-03-01 18:00": ["due_soon"], "2026-03-01 18:00:01": ["overdue"],
                        "2026-03-02 09:00": ["overdue"]}.items():
        fire(rules=library(), at=at(now))
        assert [alert.stage for alert in alerts()] == stages, now
    assert alerts()[0].repeats == 1


@pytest.mark.django_db
def test_firing_and_judging_agree(clerk):
    summon(clerk)
    run_changes(at("2026-03-01 12:00"))
    fire(rules=library(), at=at("2026-03-01 18:30"))
    fired = (alerts()[0].stage, json.loads(alerts()[0].finding), Clock.objects.get(rule_code="CU-012").stage)
    run_whole(at("2026-03-01 18:30"))
    assert fired == (alerts()[0].stage, json.loads(alerts()[0].finding), Clock.objects.get(rule_code="CU-012").stage)


@pytest.mark.django_db
def test_a_paused_clock_is_judged_instead(clerk):
    """Sobering up does not count: from 11:00 on the end moves with the time that passes."""
    summon(clerk)
    enter(clerk, "restraint", code="Y1", summons_code="S1", started_at="2026-03-01 11:00")
    run_changes(at("2026-03-01 12:00"))
    changes, unsure = fire(rules=library(), at=at("2026-03-01 19:00"))
    assert (changes.opened, [clock.matter_code for clock in unsure]) == (0, ["A1"])
    run_matters(["A1"], at("2026-03-01 19:00"))
    assert Clock.objects.get(rule_code="CU-012").due_at == at("2026-03-02 02:00")
    assert alerts() == []


@pytest.mark.django_db
def test_a_whole_run_leaves_alone_what_changed_while_it_judged(clerk, monkeypatch):
    """It read the facts before the officer registered that the person had left; it must not bring back what that has ended."""
    summon(clerk, 1)
    summon(clerk, 2)
    run_changes(at("2026-03-01 17:30"))
    judge = evaluating.evaluate

    def judge_slowly(*given, **more):
        found = judge(*given, **more)
        monkeypatch.setattr(evaluating, "evaluate", judge)
        enter(clerk, "summons", code="S1", left_at="2026-03-01 17:40")
        run_changes(at("2026-03-01 18:30"))
        return found

    monkeypatch.setattr(evaluating, "evaluate", judge_slowly)
    run_whole(at("2026-03-01 18:30"))
    first, second = alerts()
    assert (first.stage, first.gone_at) == ("due_soon", at("2026-03-01 18:30"))
    assert (second.stage, second.gone_at) == ("overdue", None)
    assert list(Clock.objects.filter(rule_code="CU-012").values_list("subject_code", flat=True)) == ["S2"]
    assert changed_since(position(), most=None) is None or "A1" not in changed_since(position(), most=None).matters


# --- which rules a change concerns ---

def test_a_change_concerns_every_rule_that_reads_its_table():
    rules = library()
    for rule in rules:
        for table in compile_rule(rule, at("2026-03-01 12:00")).reads:
            assert rule in rules.touched_by({table}), (rule.code, table)
    assert {rule.code for rule in rules.touched_by({"summons"})} >= {"CU-012", "CU-013"}
    assert "AJ-001" not in {rule.code for rule in rules.touched_by({"summons"})}
    assert rules.touched_by({"summons", "team"}) == list(rules)  # no table of facts


@pytest.mark.django_db
def test_a_change_is_judged_by_the_rules_that_it_concerns_and_the_matter_itself_by_all(clerk):
    summon(clerk)
    enter(clerk, "case", code="A1", filed_at="2026-03-01 09:30")
    whole = run_changes(at("2026-03-01 11:00"))
    enter(clerk, "summons", code="S1", left_at="2026-03-01 19:00")
    part = run_changes(at("2026-03-01 20:00"))
    assert [alert.stage for alert in alerts()] == ["late"]
    assert 0 < part.subjects < whole.subjects
    assert Clock.objects.filter(rule_code="AJ-001").exists()  # not judged, not touched
    enter(clerk, "case", code="A1", offence="殴打他人")
    assert run_changes(at("2026-03-01 20:01")).subjects >= whole.subjects


@pytest.mark.django_db
def test_a_name_that_changes_changes_what_an_alert_says(clerk):
    summon(clerk)
    run_changes(at("2026-03-01 17:30"))
    enter(clerk, "party", code="D1", name="某乙")
    run_changes(at("2026-03-01 17:31"))
    assert Clock.objects.get(rule_code="CU-012").message.startswith("某乙")
