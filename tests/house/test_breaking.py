"""A rule that breaks stops no other: what it missed is on record, in the banner, and caught up when it works again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from caseload import put_on_team
from django.conf import settings
from django.utils import timezone
from test_reconciling import alerts, at, clerk, enter, summon  # noqa: F401
from test_rule_pages import get, text

import rulebook.evaluation
from mingjing.accounts.scope import viewer
from mingjing.alerts import apart, health
from mingjing.alerts.actions import handling, reconciling
from mingjing.alerts.apart import judge_apart
from mingjing.alerts.evaluating import fire_clocks, judge, position, run_changes, run_matters, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Run
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import snapshot
from mingjing.ledger.models import Event
from mingjing.lib.refused import Refused
from rulebook.desk import Desk
from rulebook.facts import Facts

pytestmark = pytest.mark.django_db
LATE = at("2026-05-05 19:00")


@pytest.fixture
def broken(monkeypatch):
    """A function that breaks CU-012 whenever subjects like these are judged by it; without subjects always."""
    compiled, at_the_desk = rulebook.evaluation.compile_rule, Desk._judge

    def break_on(*subjects: str):
        def compile_or_break(rule, moment, only=None, *more):
            if rule.code == "CU-012" and (not subjects or only is None or set(only) & set(subjects)):
                raise ZeroDivisionError("<b>除数为零</b>\nmore")
            return compiled(rule, moment, only, *more)

        def judge_or_break(desk, rule, *more):
            if rule.code == "CU-012":
                raise ZeroDivisionError
            return at_the_desk(desk, rule, *more)

        monkeypatch.setattr(Desk, "_judge", judge_or_break)
        monkeypatch.setattr(rulebook.evaluation, "compile_rule", compile_or_break)
        monkeypatch.setattr("mingjing.alerts.evaluating.compile_rule", compile_or_break)

    def mend():
        monkeypatch.setattr(Desk, "_judge", at_the_desk)
        monkeypatch.setattr(rulebook.evaluation, "compile_rule", compiled)
        monkeypatch.setattr("mingjing.alerts.evaluating.compile_rule", compiled)

    break_on.mend = mend
    return break_on


def file(clerk) -> None:  # noqa: F811
    """The case of the summons is open for 30 days: another rule to speak."""
    enter(clerk, "case", code="A1", filed_at="2026-03-01 09:00")


def others() -> set[str]:
    return set(Alert.objects.exclude(rule_code="CU-012").values_list("rule_code", flat=True))


@pytest.mark.parametrize("run", [run_changes, run_whole])
def test_the_other_rules_are_judged_and_the_position_moves_on(clerk, broken, run, caplog):  # noqa: F811
    summon(clerk), file(clerk)
    last = Event.objects.order_by("-seq").first().seq
    broken()
    row = run(LATE)
    assert (alerts(), row.error, row.position) == ([], "", last)
    assert others() == {"AJ-001"}
    assert json.loads(row.broken) == ["CU-012"]
    assert ["CU-012", "CU-012 判断时出错：ZeroDivisionError: <b>除数为零</b>"] in json.loads(row.skipped)
    assert "Traceback" in caplog.text and "预警模型 CU-012 判断时出错" in caplog.text


def test_what_was_missed_is_caught_up_by_the_next_whole_run(clerk, broken):  # noqa: F811
    summon(clerk)
    broken()
    run_changes(LATE)
    broken.mend()
    assert run_changes(LATE + timedelta(minutes=1)) is None  # the change itself has been taken in
    assert alerts() == []
    run_whole(LATE + timedelta(minutes=2))
    assert [alert.subject_code for alert in alerts()] == ["S1"]


def test_what_stands_about_its_subjects_stays(clerk, broken):  # noqa: F811
    summon(clerk)
    run_whole(at("2026-03-01 17:30"))
    enter(clerk, "summons", code="S1", left_at="2026-03-01 17:40")
    broken()
    run_changes(at("2026-03-01 18:30")), run_whole(at("2026-03-01 18:31"))
    assert [alert.gone_at for alert in alerts()] == [None]
    assert Clock.objects.filter(rule_code="CU-012").count() == 1
    broken.mend()
    run_whole(at("2026-03-01 18:40"))
    assert [alert.gone_at for alert in alerts()] == [at("2026-03-01 18:40")]


@pytest.mark.parametrize("run", [lambda: run_matters(["A1", "A2", "A3"], LATE), lambda: run_whole(LATE)])
def test_a_matter_that_breaks_a_rule_does_not_take_the_others_along(clerk, broken, run):  # noqa: F811
    for number in (1, 2, 3):
        summon(clerk, number)
    broken("S2")
    row = run()
    assert [alert.subject_code for alert in alerts()] == ["S1", "S3"]
    assert json.loads(row.broken) == ["CU-012"]
    (reason,) = [reason for code, reason in json.loads(row.skipped) if code == "CU-012"]
    assert reason.endswith("只有这些对象没有判断：S2")
    broken.mend()
    run_whole(LATE)
    assert {alert.subject_code for alert in alerts()} == {"S1", "S2", "S3"}


def test_what_stands_about_the_bad_subject_stays_and_the_others_move(clerk, broken):  # noqa: F811
    for number in (1, 2):
        summon(clerk, number)
    run_whole(at("2026-03-01 17:30"))
    for number in (1, 2):
        enter(clerk, "summons", code=f"S{number}", left_at="2026-03-01 17:40")
    broken("S2")
    run_whole(at("2026-03-01 18:30"))
    assert {alert.subject_code: bool(alert.gone_at) for alert in alerts()} == {"S1": True, "S2": False}
    assert list(Clock.objects.filter(rule_code="CU-012").values_list("subject_code", flat=True)) == ["S2"]


def test_a_rule_that_breaks_on_everything_is_given_up(clerk, broken, monkeypatch):  # noqa: F811
    for number in range(1, 9):
        summon(clerk, number)
    facts, rule = Facts.from_arrow(vocabulary(), snapshot()), library().rules["CU-012"]
    broken(*(f"S{number}" for number in range(1, 9)))
    assert judge_apart(rule, facts, LATE) is None
    broken("S8")
    assert judge_apart(rule, facts, LATE).bad == ("S8",)
    assert judge_apart(rule, facts, LATE).result.subjects == 7
    for attempts, found in ((5, None), (6, ("S8",))):  # halves, quarters, eighths: two of each
        monkeypatch.setattr(apart, "MOST", attempts)
        assert getattr(judge_apart(rule, facts, LATE), "bad", None) == found


def test_findings_that_cannot_be_taken_in_undo_only_their_rule(clerk, monkeypatch):  # noqa: F811
    summon(clerk), file(clerk)
    says = reconciling.message

    def message(rule, finding):
        if rule.code == "CU-012":
            raise KeyError("name")
        return says(rule, finding)

    monkeypatch.setattr(reconciling, "message", message)
    row = run_whole(LATE)
    assert (alerts(), json.loads(row.broken)) == ([], ["CU-012"])
    assert others() == {"AJ-001"} and row.opened == Alert.objects.count() == 1
    assert not Clock.objects.filter(rule_code="CU-012").exists()
    monkeypatch.undo()
    assert run_whole(LATE).broken == "[]"
    assert len(alerts()) == 1


def test_a_paused_clock_of_a_broken_rule_waits_for_the_next_whole_run(clerk, broken):  # noqa: F811
    summon(clerk)
    enter(clerk, "restraint", code="Y1", summons_code="S1", started_at="2026-03-01 11:00")
    run_changes(at("2026-03-01 12:00"))
    broken()
    now = at("2026-03-01 19:00")
    assert fire_clocks(now)
    judged = Run.objects.count()
    again = now + timedelta(minutes=settings.WHOLE_RUN_MINUTES)
    assert not fire_clocks(now + timedelta(seconds=1))
    assert not fire_clocks(again - timedelta(microseconds=1))
    assert Run.objects.count() == judged
    assert fire_clocks(again)  # nothing is forgotten either
    broken.mend()
    run_whole(again + timedelta(seconds=1))
    clock = Clock.objects.get(rule_code="CU-012")
    assert clock.fires_at == clock.warns_at > again + timedelta(minutes=30)


def test_nothing_is_closed_by_a_rule_that_breaks(clerk, broken, liming, wangfang):  # noqa: F811
    summon(clerk)
    put_on_team("A1", liming)
    run_changes(LATE)
    (alert,) = alerts()
    handling.submit(by=viewer(liming), code=alert.code, text="已经补办手续")
    broken()
    assert judge(library().rules["CU-012"], "S1", "A1", LATE).skipped[0].error
    with pytest.raises(Refused, match=r"判断时出错.*不能办结"):
        handling.close(by=viewer(wangfang), code=alert.code, text="审核后同意")
    assert alerts()[0].is_live


def test_the_banner_names_the_rule_until_the_gap_is_filled(clerk, broken, liming, legal):  # noqa: F811
    summon(clerk)
    now = timezone.now()
    run_whole(now)
    broken()
    enter(clerk, "summons", code="S1", is_complex="是")
    row = run_changes()
    assert [trouble.name for trouble in health.troubles(timezone.now())] == ["breaking"]
    page = text(get(liming, "/runs/banner/"))
    assert "有 1 个预警模型判断时出错" in page and "CU-012 传唤询问查证超时" in page
    assert "ZeroDivisionError" not in page and "S1" not in page  # nothing of the matter for those who may not see it
    page = text(get(legal, "/runs/"))
    assert "评估正常" not in page and "有模型出错" in page
    assert "ZeroDivisionError: &lt;b&gt;" in text(get(legal, f"/runs/{row.pk}/"))
    assert get(legal, "/runs/?that=broken").context["listing"].count == 1
    broken.mend()
    run_changes()
    assert [trouble.name for trouble in health.troubles(timezone.now())] == ["breaking"]  # what it missed has not been judged yet
    run_whole()
    assert health.troubles(timezone.now()) == []
    assert position() > 0
