"""The life of an alert through people's hands: who may, when, and what proves a cure."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.http import Http404
from django.utils import timezone
from test_reconciling import at, clerk, enter, summon  # noqa: F401

from mingjing.accounts.models import DutyAssignment
from mingjing.accounts.scope import viewer
from mingjing.alerts import states
from mingjing.alerts.actions import handling
from mingjing.alerts.actions.telling import escalate
from mingjing.alerts.evaluating import run_changes
from mingjing.alerts.models import Alert, Notice, Statement
from mingjing.cases.models import CaseOfficer, Summons
from mingjing.ledger import chain
from mingjing.ledger.models import Event
from mingjing.lib.refused import Conflict, Forbidden, Refused


@pytest.fixture
def overdue(clerk, liming) -> Alert:  # noqa: F811
    """李明's summons of 10:00 that nobody has ended by the evening."""
    summon(clerk)
    CaseOfficer.objects.create(case_id="A1", officer=liming, role="主办", since=at("2026-03-01 09:00"))
    run_changes(at("2026-03-01 19:00"))
    return Alert.objects.get(rule_code="CU-012")


def states_of(code: str) -> tuple[str, int]:
    return Alert.objects.values_list("state", "version").get(code=code)


@pytest.mark.django_db
def test_the_whole_way_to_a_proven_cure(overdue, clerk, liming, wangfang):  # noqa: F811
    """A clock that was ended after all, but late, is no cure: it stays a late one. So the fact itself had been wrong: left at 17:00, entered at night."""
    me, reviewer, code = viewer(liming), viewer(wangfang), overdue.code
    handling.acknowledge(by=me, code=code)
    handling.begin(by=me, code=code)
    handling.submit(by=me, code=code, text="人已于 17 时离开，当时漏登记，现补录")
    with pytest.raises(Refused, match="仍然超期未办"):
        handling.close(by=reviewer, code=code)
    handling.return_(by=reviewer, code=code, text="出区时间还没有登记", answer_by=timezone.now() + timedelta(hours=2))
    enter(clerk, "summons", code="S1", left_at="2026-03-01 17:00")
    handling.submit(by=me, code=code, text="已补录离开时间")
    closed = handling.close(by=reviewer, code=code)
    assert (closed.state, closed.cure) == (states.CLOSED, "已改正")
    kinds = list(Event.objects.filter(subject_code=code).order_by("seq").values_list("kind", flat=True))
    assert kinds == [f"alert.{act}" for act in ("open", "acknowledge", "begin", "submit", "return", "submit", "close")]
    assert chain.verify(event.entry() for event in Event.objects.order_by("seq")).sound


def answered_late(overdue: Alert, clerk, liming) -> None:  # noqa: F811
    """The person left three hours late, and 李明 says why."""
    enter(clerk, "summons", code="S1", left_at="2026-03-01 21:00")
    run_changes(at("2026-03-01 22:00"))
    handling.submit(by=viewer(liming), code=overdue.code, text="因突发疾病送医，延误离开")


@pytest.mark.django_db
def test_an_irreparable_fault_closes_only_explained_and_stays_counted(overdue, clerk, liming, wangfang):  # noqa: F811
    answered_late(overdue, clerk, liming)
    with pytest.raises(Refused, match="超期办理"):
        handling.close(by=viewer(wangfang), code=overdue.code)
    with pytest.raises(Refused, match="不少于"):
        handling.close(by=viewer(wangfang), code=overdue.code, explained=True)
    closed = handling.close(by=viewer(wangfang), code=overdue.code, explained=True, text="有送医记录，说明属实")
    assert closed.cure == "不可补救，已说明"
    assert Alert.objects.filter(stage="late").count() == 1


@pytest.mark.django_db
def test_what_can_still_be_done_cannot_be_explained_away(overdue, liming, wangfang):
    handling.submit(by=viewer(liming), code=overdue.code, text="说明一下情况")
    with pytest.raises(Refused, match="不属于不可补救"):
        handling.close(by=viewer(wangfang), code=overdue.code, explained=True, text="同意说明内容")


@pytest.mark.django_db
def test_whoever_mends_does_not_judge(overdue, liming):
    """Not even with both duties."""
    DutyAssignment.objects.create(officer=liming, duty="法制员", unit_id="42010201", starts_on="2020-01-01")
    me = viewer(liming)
    handling.submit(by=me, code=overdue.code, text="已经整改完毕")
    for act in (lambda: handling.close(by=me, code=overdue.code), lambda: handling.dismiss(by=me, code=overdue.code, fault="重复", text="重复的预警"),
                lambda: handling.return_(by=me, code=overdue.code, text="退回自己", answer_by=timezone.now() + timedelta(hours=1))):
        with pytest.raises(Forbidden):
            act()


@pytest.mark.django_db
def test_a_dispute_is_decided_by_somebody_else_and_leaves_no_count(overdue, liming, wangfang, legal):
    handling.dispute(by=viewer(liming), code=overdue.code, text="该人系证人，不是被传唤人")
    assert states_of(overdue.code)[0] == states.DISPUTED
    with pytest.raises(Forbidden):
        handling.uphold(by=viewer(liming), code=overdue.code, text="我认为成立")
    with pytest.raises(Forbidden):
        handling.close(by=viewer(wangfang), code=overdue.code)
    upheld = handling.uphold(by=viewer(legal), code=overdue.code, text="经核实为证人，申辩成立")
    assert (upheld.state, upheld.fault) == (states.DISMISSED, "申辩成立")
    assert list(Statement.objects.values_list("act", "officer_id")) == [("dispute", liming.code), ("uphold", legal.code)]


@pytest.mark.django_db
def test_a_rejected_dispute_goes_back_to_be_mended(overdue, liming, legal):
    handling.dispute(by=viewer(liming), code=overdue.code, text="该人系证人，不是被传唤人")
    assert handling.reject(by=viewer(legal), code=overdue.code, text="笔录记载为违法嫌疑人").state == states.ACKNOWLEDGED


@pytest.mark.django_db
def test_a_rejected_dispute_gives_time_to_answer_anew(overdue, liming, legal):
    """Red: twenty-four hours. What had been given beyond that is kept."""
    Alert.objects.filter(pk=overdue.pk).update(answer_by=timezone.now() - timedelta(hours=3))
    handling.dispute(by=viewer(liming), code=overdue.code, text="该人系证人，不是被传唤人")
    before = timezone.now()
    answer_by = handling.reject(by=viewer(legal), code=overdue.code, text="笔录记载为违法嫌疑人").answer_by
    assert timedelta(0) <= answer_by - before - timedelta(hours=24) < timedelta(minutes=1)
    later = timezone.now() + timedelta(days=9)
    Alert.objects.filter(pk=overdue.pk).update(answer_by=later)
    handling.dispute(by=viewer(liming), code=overdue.code, text="该人系证人，不是被传唤人")
    assert handling.reject(by=viewer(legal), code=overdue.code, text="笔录记载为违法嫌疑人").answer_by == later


@pytest.mark.django_db
def test_whoever_has_it_has_a_time_of_his_own(overdue, liming, wangfang, leader):
    """To sign, to answer, to judge: when it is over the next up hears; more time moves that, marks do not."""
    def now(act, *, by, **more) -> Alert:
        return getattr(handling, act)(by=viewer(by), code=overdue.code, **more)

    Alert.objects.filter(pk=overdue.pk).update(escalations=3)
    one, soon = now("acknowledge", by=liming), timezone.now() + timedelta(hours=2)
    assert (one.climbs_at, one.escalations) == (one.answer_by, 0)
    one = now("submit", by=liming, text="人已于 17 时离开")
    assert one.climbs_at == one.judge_by
    assert timedelta(hours=24) - timedelta(minutes=1) < one.judge_by - timezone.now() <= timedelta(hours=24)
    assert now("return_", by=wangfang, text="离开时间没有登记", answer_by=soon).climbs_at == soon
    assert now("extend", by=leader, text="监控正在调取，延长一天", answer_by=soon + timedelta(days=1)).climbs_at == soon + timedelta(days=1)
    one = now("dispute", by=liming, text="该人系证人，不是被传唤人")
    assert one.climbs_at == one.judge_by
    assert now("uphold", by=leader, text="经核查确系证人").climbs_at is None


@pytest.mark.django_db
def test_what_is_opened_again_is_supervised_no_more(overdue, liming, wangfang, legal):
    """The order was done when it closed: its old deadline says nothing about what comes now."""
    handling.supervise(by=viewer(legal), code=overdue.code, text="请立即释放并补录", supervise_by=timezone.now() + timedelta(hours=2))
    handling.dismiss(by=viewer(wangfang), code=overdue.code, fault="误报-数据错", text="到案时间录错")
    one = handling.reopen(by=viewer(wangfang), code=overdue.code, text="到案时间没有录错")
    assert (one.supervise_by, one.supervised_by_id, one.supervision_over_at) == (None, None, None)


@pytest.mark.django_db
def test_a_new_order_to_supervise_has_a_time_of_its_own(overdue, legal):
    soon = timezone.now() + timedelta(hours=2)
    Alert.objects.filter(pk=overdue.pk).update(supervision_over_at=timezone.now(), escalations=1)
    one = handling.supervise(by=viewer(legal), code=overdue.code, text="请立即释放并补录", supervise_by=soon)
    assert (one.supervision_over_at, one.supervise_by, one.escalations, one.climbs_at) == (None, soon, 1, overdue.climbs_at)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["transfer", "reopen"])
def test_what_has_to_be_signed_for_anew_has_the_time_of_a_new_alert(overdue, liming, wangfang, leader, act):
    """Red: an hour to sign, a day to answer, and the ladder is climbed from its foot."""
    past = timezone.now() - timedelta(hours=3)
    Alert.objects.filter(pk=overdue.pk).update(acknowledge_by=past, climbs_at=past, answer_by=past, escalations=2)
    before = timezone.now()
    if act == "transfer":
        handling.transfer(by=viewer(wangfang), code=overdue.code, officer=leader, text="承办人休假，转所长")
    else:
        handling.dismiss(by=viewer(wangfang), code=overdue.code, fault="误报-数据错", text="到案时间录错")
        handling.reopen(by=viewer(wangfang), code=overdue.code, text="到案时间没有录错")
    overdue.refresh_from_db()
    assert (overdue.state, overdue.escalations, overdue.acknowledged_at) == (states.OPEN, 0, None)
    assert timedelta(0) <= overdue.acknowledge_by - before - timedelta(hours=1) < timedelta(minutes=1)
    assert timedelta(0) <= overdue.answer_by - before - timedelta(hours=24) < timedelta(minutes=1)
    assert escalate(at=timezone.now()) == 0
    assert chain.verify(event.entry() for event in Event.objects.order_by("seq")).sound


@pytest.mark.django_db
def test_only_what_is_irreparable_by_the_facts_of_now_can_be_explained(overdue, clerk, liming, wangfang):  # noqa: F811
    """The alert still says late; a second ago the time of leaving turned out to be wrong, and the person may still be there."""
    answered_late(overdue, clerk, liming)
    Summons.objects.filter(code="S1").update(left_at=None)
    assert Alert.objects.get(pk=overdue.pk).stage == "late"
    with pytest.raises(Refused, match="不属于不可补救"):
        handling.close(by=viewer(wangfang), code=overdue.code, explained=True, text="有送医记录，说明属实")
    Summons.objects.filter(code="S1").update(left_at=at("2026-03-01 21:00"))
    Alert.objects.filter(pk=overdue.pk).update(stage="overdue")  # and the other way round
    assert handling.close(by=viewer(wangfang), code=overdue.code, explained=True, text="有送医记录，说明属实").cure == "不可补救，已说明"


@pytest.mark.django_db
def test_elsewhere_it_does_not_exist(overdue, zhaoqiang, admin):
    for stranger in (zhaoqiang, admin):
        with pytest.raises(Http404):
            handling.acknowledge(by=viewer(stranger), code=overdue.code)


@pytest.mark.django_db
def test_two_at_once_the_second_is_told(overdue, liming, wangfang):
    handling.acknowledge(by=viewer(wangfang), code=overdue.code, version=overdue.version)
    with pytest.raises(Conflict):
        handling.acknowledge(by=viewer(liming), code=overdue.code, version=overdue.version)
    assert Event.objects.filter(kind="alert.acknowledge").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["begin", "close", "return", "uphold", "reject", "reopen"])
def test_an_act_out_of_turn_is_refused_and_writes_nothing(overdue, legal, leader, liming, act):
    calls = {
        "begin": lambda: handling.begin(by=viewer(liming), code=overdue.code),
        "close": lambda: handling.close(by=viewer(legal), code=overdue.code, text="可以办结"),
        "return": lambda: handling.return_(by=viewer(legal), code=overdue.code, text="退回整改", answer_by=timezone.now() + timedelta(hours=1)),
        "uphold": lambda: handling.uphold(by=viewer(leader), code=overdue.code, text="申辩成立"),
        "reject": lambda: handling.reject(by=viewer(leader), code=overdue.code, text="申辩不成立"),
        "reopen": lambda: handling.reopen(by=viewer(legal), code=overdue.code, text="重新开启一下"),
    }
    before = (states_of(overdue.code), Event.objects.count(), Statement.objects.count())
    with pytest.raises(Refused):
        calls[act]()
    assert before == (states_of(overdue.code), Event.objects.count(), Statement.objects.count())


@pytest.mark.django_db
def test_dismissal_needs_a_code_and_a_reason(overdue, wangfang):
    with pytest.raises(Refused, match="撤销原因"):
        handling.dismiss(by=viewer(wangfang), code=overdue.code, fault="随便", text="不想处理了")
    with pytest.raises(Refused, match="不少于 5"):
        handling.dismiss(by=viewer(wangfang), code=overdue.code, fault="误报-数据错", text="误报了了")
    assert handling.dismiss(by=viewer(wangfang), code=overdue.code, fault="误报-数据错", text="到案时间录错").state == states.DISMISSED


@pytest.mark.django_db
def test_a_transfer_stays_below_whoever_transfers(overdue, wangfang, zhaoqiang, leader):
    with pytest.raises(Refused, match="本单位"):
        handling.transfer(by=viewer(wangfang), code=overdue.code, officer=zhaoqiang, text="转给别的单位")
    moved = handling.transfer(by=viewer(wangfang), code=overdue.code, officer=leader, text="承办人休假，转所长")
    assert (moved.officer_id, moved.state) == (leader.code, states.OPEN)
    assert handling.acknowledge(by=viewer(leader), code=overdue.code).state == states.ACKNOWLEDGED


@pytest.mark.django_db
def test_extending_gives_time_to_answer_and_moves_no_limit_of_law(overdue, leader):
    later = timezone.now() + timedelta(days=1)
    assert handling.extend(by=viewer(leader), code=overdue.code, answer_by=later, text="案情复杂需要时间").answer_by == later
    overdue.refresh_from_db()
    assert overdue.due_at == at("2026-03-01 18:00")
    with pytest.raises(Refused, match="之后"):
        handling.extend(by=viewer(leader), code=overdue.code, answer_by=timezone.now() - timedelta(seconds=1), text="案情复杂需要时间")


@pytest.mark.django_db
def test_supervision_from_above_has_its_own_deadline(overdue, legal, liming):
    until = timezone.now() + timedelta(hours=4)
    with pytest.raises(Forbidden):
        handling.supervise(by=viewer(liming), code=overdue.code, supervise_by=until, text="请尽快整改")
    seen = handling.supervise(by=viewer(legal), code=overdue.code, supervise_by=until, text="请尽快整改")
    assert (seen.supervised_by_id, seen.supervise_by, seen.state) == (legal.unit_id, until, states.OPEN)


@pytest.mark.django_db
def test_proof_is_the_rule_of_now_even_if_the_alert_says_gone(overdue, liming, wangfang):
    Alert.objects.filter(pk=overdue.pk).update(gone_at=datetime.now().astimezone())
    handling.submit(by=viewer(liming), code=overdue.code, text="已经整改完毕")
    with pytest.raises(Refused, match="仍然"):
        handling.close(by=viewer(wangfang), code=overdue.code)


@pytest.mark.django_db
def test_whoever_has_to_go_on_with_it_hears_of_it(overdue, liming, wangfang, leader, legal):
    def heard(act: str) -> set[str]:
        return set(Notice.objects.filter(occasion__startswith=act).values_list("officer_id", flat=True))

    code, later = overdue.code, timezone.now() + timedelta(hours=2)
    handling.submit(by=viewer(liming), code=code, text="已经整改完毕")
    assert heard("反馈") == {wangfang.code}
    handling.return_(by=viewer(wangfang), code=code, text="材料还不齐全", answer_by=later)
    assert heard("退回") == {liming.code}
    handling.supervise(by=viewer(legal), code=code, text="请尽快整改", supervise_by=later)
    assert heard("督办") == {liming.code, leader.code}
    handling.dispute(by=viewer(liming), code=code, text="该人系证人")
    assert heard("申辩") == {leader.code, legal.code}
    handling.reject(by=viewer(leader), code=code, text="笔录记载为违法嫌疑人")
    assert heard("申辩不成立") == {liming.code}
    handling.submit(by=viewer(liming), code=code, text="已经再次整改")
    handling.return_(by=viewer(wangfang), code=code, text="材料仍不全", answer_by=later)
    assert Notice.objects.filter(occasion__startswith="退回").count() == 2  # the second time is told too


@pytest.mark.django_db
def test_an_answer_that_the_only_reviewer_wrote_goes_on_to_whoever_may_judge_it(overdue, liming, wangfang, leader, legal):
    """Up the ladder: 周所长 may not close, 吴监督 may."""
    handling.submit(by=viewer(wangfang), code=overdue.code, text="已代为补录离开时间")
    assert set(Notice.objects.filter(occasion__startswith="反馈").values_list("officer_id", flat=True)) == {legal.code}


@pytest.mark.django_db
def test_an_answer_about_the_only_reviewers_own_case_goes_on_too(overdue, liming, wangfang, legal):
    CaseOfficer.objects.create(case_id="A1", officer=wangfang, role="协办", since=at("2026-03-01 09:00"))
    handling.submit(by=viewer(liming), code=overdue.code, text="已经整改完毕")
    assert set(Notice.objects.filter(occasion__startswith="反馈").values_list("officer_id", flat=True)) == {legal.code}


@pytest.mark.django_db
def test_what_is_returned_to_nobody_in_particular_is_heard_by_the_unit(overdue, wangfang, leader):
    Alert.objects.filter(pk=overdue.pk).update(officer=None)
    handling.submit(by=viewer(leader), code=overdue.code, text="已经整改完毕")
    handling.return_(by=viewer(wangfang), code=overdue.code, text="材料还不齐全", answer_by=timezone.now() + timedelta(hours=2))
    assert set(Notice.objects.filter(occasion__startswith="退回").values_list("officer_id", flat=True)) == {leader.code}
