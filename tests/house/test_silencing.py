"""Quiet that ends by itself, settings that only make a rule stricter or visibly off, and rules that go back to trial."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from bureau import STATION
from django.http import Http404
from django.utils import timezone
from test_reconciling import at, clerk, enter, summon  # noqa: F401
from test_telling import alert

from mingjing.accounts.models import Unit
from mingjing.accounts.scope import viewer
from mingjing.alerts.actions import judging, silencing
from mingjing.alerts.actions.setting import lift, set_rule
from mingjing.alerts.actions.telling import escalate
from mingjing.alerts.evaluating import run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Demotion, Notice, Sample, Silence, UnitSetting
from mingjing.alerts.quality import Share, falls_below
from mingjing.alerts.rule_forms import SilenceForm
from mingjing.alerts.shares import misses, precisions
from mingjing.alerts.silence import silent
from mingjing.alerts.standing import standing
from mingjing.ledger.models import Event
from mingjing.lib.refused import Conflict, Forbidden, Refused

REASON = "系统对接调试期间重复告警"


@pytest.fixture
def station(bureau) -> Unit:
    return bureau[STATION]


def is_silent(one: Alert, moment: datetime) -> bool:
    return Alert.objects.filter(silent(moment), pk=one.pk).exists()


def ask(by, station, **more) -> Silence:
    given = {"unit": station, "rule_code": "SW-001", "reason": REASON, "ends_at": timezone.now() + timedelta(days=3), **more}
    return silencing.request(by=viewer(by), **given)


@pytest.mark.django_db
def test_without_a_second_person_nothing_is_silent(station, wangfang, legal):
    one, now = alert(rule_code="SW-001", level="orange"), timezone.now()
    silence = ask(wangfang, station)
    assert not is_silent(one, now)
    with pytest.raises(Forbidden):
        silencing.approve(by=viewer(wangfang), pk=silence.pk)
    silencing.approve(by=viewer(legal), pk=silence.pk)
    silence.refresh_from_db()
    assert is_silent(one, timezone.now())
    assert is_silent(one, silence.ends_at - timedelta(microseconds=1))
    assert not is_silent(one, silence.ends_at)
    assert not is_silent(alert(2, rule_code="SW-002", level="orange"), timezone.now())
    assert not is_silent(alert(3, rule_code="SW-001", level="orange", unit_id="42010301"), timezone.now())


@pytest.mark.django_db
def test_a_silence_can_be_ended_before_its_time(station, wangfang, legal):
    silence = ask(wangfang, station)
    silencing.approve(by=viewer(legal), pk=silence.pk)
    silencing.end(by=viewer(wangfang), pk=silence.pk)
    assert not is_silent(alert(rule_code="SW-001", level="orange"), timezone.now())
    with pytest.raises(Conflict):
        silencing.end(by=viewer(wangfang), pk=silence.pk)
    assert list(Event.objects.filter(subject_kind="silence").values_list("kind", flat=True)) == ["silence.request", "silence.approve", "silence.end"]


def silenced(station, wangfang, legal, until: datetime, rule_code: str = "SW-001", **more) -> Silence:
    """Approved already; by rule and unit unless an alert is named."""
    return Silence.objects.create(
        unit=station, rule_code=rule_code, reason=REASON, requested_by=wangfang, approved_by=legal, starts_at=until - timedelta(days=1), ends_at=until,
        **more)


def told_of(occasion: str) -> set[tuple[str, str]]:
    return set(Notice.objects.filter(occasion__startswith=occasion).values_list("alert_id", "officer_id"))


@pytest.mark.django_db
@pytest.mark.parametrize("about", ["alert", "rule"])
def test_what_is_silent_does_not_climb_and_is_told_once_when_the_silence_ends_by_itself(station, wangfang, legal, liming, about):
    until = at("2026-03-04 10:00")
    one = alert(rule_code="SW-001", level="orange", officer=liming, acknowledge_by=until - timedelta(hours=3))
    silence = silenced(station, wangfang, legal, until, **({"alert": one} if about == "alert" else {}))
    assert escalate(at=until - timedelta(microseconds=1)) == 0
    assert (told_of("逾期"), told_of("静默结束")) == (set(), set())
    for moment in (until, until + timedelta(minutes=1)):
        assert escalate(at=moment) == 0  # the time to sign begins anew
        assert told_of("静默结束") == {(one.code, liming.code), (one.code, wangfang.code)}
    one.refresh_from_db(), silence.refresh_from_db()
    assert (one.acknowledge_by, silence.ended_at) == (at("2026-03-04 14:00"), until)
    assert Notice.objects.count() == 2
    (event,) = Event.objects.filter(subject_kind="silence")
    assert (event.kind, event.actor, event.subject_code) == ("silence.expire", "系统", str(silence.pk))
    assert escalate(at=one.acknowledge_by + timedelta(seconds=1)) == 1


@pytest.mark.django_db
def test_another_silence_goes_on(station, wangfang, legal, liming):
    until = at("2026-03-04 10:00")
    one = alert(rule_code="SW-001", level="orange", officer=liming, acknowledge_by=until - timedelta(hours=3))
    silenced(station, wangfang, legal, until, alert=one)
    silenced(station, wangfang, legal, until + timedelta(hours=2))
    assert escalate(at=until) == 0
    assert not Notice.objects.exists()
    escalate(at=until + timedelta(hours=2))
    assert told_of("静默结束") == {(one.code, liming.code), (one.code, wangfang.code)}


@pytest.mark.django_db
def test_only_what_still_has_to_be_mended_is_told_again(station, wangfang, legal, liming, bureau):
    until = at("2026-03-04 10:00")
    for number, values in enumerate((
        {"state": "已反馈"}, {"state": "申辩中"}, {"state": "办结"}, {"gone_at": until}, {"unit_id": "42010301"}, {"rule_code": "SW-002"}, {"is_trial": True},
    ), 1):
        alert(number, **{"rule_code": "SW-001", "level": "orange", "officer": liming, **values})
    returned = alert(9, rule_code="SW-001", level="orange", officer=liming, state="已退回")
    silenced(station, wangfang, legal, until)
    escalate(at=until)
    assert {code for code, _ in told_of("")} == {returned.code}


@pytest.mark.django_db
@pytest.mark.parametrize("about", ["alert", "rule"])
def test_a_silence_of_what_has_come_to_protect_liberty_since_is_none(station, wangfang, legal, liming, about):
    """CU-012 protects liberty: what was approved when it did not must not keep it quiet now."""
    one = alert(rule_code="CU-012", officer=liming, acknowledge_by=at("2026-03-03 09:00"))
    silenced(station, wangfang, legal, at("2026-03-04 10:00"), **({"alert": one} if about == "alert" else {}), rule_code="CU-012")
    assert not is_silent(one, at("2026-03-03 10:00"))


@pytest.mark.django_db
def test_what_such_a_silence_kept_quiet_is_told_at_the_next_round(station, wangfang, legal, liming):
    one, moment = alert(rule_code="CU-012", officer=liming), at("2026-03-03 10:00")
    silence = silenced(station, wangfang, legal, at("2026-03-04 10:00"), rule_code="CU-012")
    escalate(at=moment)
    silence.refresh_from_db()
    assert silence.ended_at == moment
    assert {code for code, _ in told_of("静默结束")} == {one.code}


@pytest.mark.django_db
def test_what_protects_liberty_is_on_even_where_it_was_switched_off_before(station, legal):
    for code in ("CU-012", "SW-001"):
        UnitSetting.objects.create(unit=station, rule_code=code, is_on=False, officer=legal, at=timezone.now())
    now = standing()
    assert (now.is_on("CU-012", STATION), now.is_on("SW-001", STATION)) == (True, False)


@pytest.mark.django_db
def test_without_approval_nothing_ends_and_nothing_is_told(station, wangfang, legal, liming):
    until = at("2026-03-04 10:00")
    one = alert(rule_code="SW-001", level="orange", officer=liming, acknowledge_by=until)
    silence = silenced(station, wangfang, None, until, alert=one)
    escalate(at=until)
    silence.refresh_from_db()
    assert (silence.ended_at, Notice.objects.count()) == (None, 0)


@pytest.mark.django_db
def test_ended_by_a_person_it_is_told_at_once(station, wangfang, legal, liming):
    one = alert(rule_code="SW-001", level="orange", officer=liming)
    asked = ask(wangfang, station)
    silencing.approve(by=viewer(legal), pk=asked.pk)
    silencing.end(by=viewer(wangfang), pk=asked.pk)
    assert told_of("静默结束") == {(one.code, liming.code), (one.code, wangfang.code)}
    refused = ask(wangfang, station)
    silencing.end(by=viewer(legal), pk=refused.pk)  # never in force: there is nothing to make up for
    assert Notice.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("rule", ["CU-012", "QZ-001", "QZ-002", "QZ-003", "XW-005", "CF-006"])
def test_what_protects_liberty_is_never_silent_and_never_off(station, wangfang, leader, rule):
    """Whatever element the rule belongs to."""
    with pytest.raises(Refused, match="不能静默"):
        ask(wangfang, station, rule_code=rule)
    assert not silencing.may_request(viewer(wangfang), station, library().rules[rule])
    assert rule not in str(SilenceForm(viewer=viewer(wangfang), is_for_alert=False))
    with pytest.raises(Refused, match="不能停用"):
        set_rule(by=viewer(leader), unit=station, rule_code=rule, is_on=False, reason=REASON)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "accepted"), [(-1, False), (7, True), (7.01, False)])
def test_the_longest_silence_of_the_level(station, wangfang, days, accepted, monkeypatch):
    """Orange: seven days."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    if accepted:
        assert ask(wangfang, station, ends_at=now + timedelta(days=days)).pk
    else:
        with pytest.raises(Refused, match="7 天以内"):
            ask(wangfang, station, ends_at=now + timedelta(days=days))


@pytest.mark.django_db
def test_silences_of_others_do_not_exist(station, wangfang, zhaoqiang, bureau):
    silence = ask(wangfang, station)
    with pytest.raises(Http404):
        silencing.end(by=viewer(zhaoqiang), pk=silence.pk)
    with pytest.raises(Forbidden):
        ask(wangfang, bureau["42010301"])


@pytest.mark.django_db
def test_a_rule_that_is_off_opens_no_alert_and_keeps_its_clock(clerk, station, leader):  # noqa: F811
    enter(clerk, "case", code="A1", kind="行政", category="治安", unit_code=STATION, accepted_at="2026-03-01 09:00")
    enter(clerk, "property_item", code="W1", case_code="A1", unit_code=STATION, seized_at="2026-03-01 10:00")
    set_rule(by=viewer(leader), unit=station, rule_code="SW-001", is_on=False, reason=REASON)
    run_whole(at("2026-03-05 10:00"))
    assert not Alert.objects.filter(rule_code="SW-001").exists()
    assert Clock.objects.filter(rule_code="SW-001").exists()
    set_rule(by=viewer(leader), unit=station, rule_code="SW-001", is_on=True)
    run_whole(at("2026-03-05 10:01"))
    assert Alert.objects.filter(rule_code="SW-001").exists()


@pytest.mark.django_db
def test_a_unit_may_be_warned_earlier_but_never_later(clerk, station, leader, records, bureau):  # noqa: F811
    summon(clerk)
    with pytest.raises(Refused, match="不能缩短"):
        set_rule(by=viewer(leader), unit=station, rule_code="CU-012", is_on=True, warn_minutes=60)
    set_rule(by=viewer(leader), unit=station, rule_code="CU-012", is_on=True, warn_minutes=120)
    run_whole(at("2026-03-01 15:59"))
    assert Clock.objects.get(rule_code="CU-012").warns_at == at("2026-03-01 16:00")
    assert not Alert.objects.filter(rule_code="CU-012").exists()
    run_whole(at("2026-03-01 16:00"))
    assert Alert.objects.get(rule_code="CU-012").stage == "due_soon"


@pytest.mark.django_db
def test_settings_belong_to_the_own_unit_and_take_no_unknown_duty(station, leader, bureau, liming):
    with pytest.raises(Forbidden):
        set_rule(by=viewer(leader), unit=bureau["42010301"], rule_code="SW-001", is_on=True)
    with pytest.raises(Forbidden):
        set_rule(by=viewer(liming), unit=station, rule_code="SW-001", is_on=True)
    with pytest.raises(Refused, match="没有这些职责"):
        set_rule(by=viewer(leader), unit=station, rule_code="SW-001", is_on=True, also_told=["部长"])
    with pytest.raises(Refused, match="不少于"):
        set_rule(by=viewer(leader), unit=station, rule_code="SW-001", is_on=False, reason="不想看")


@pytest.mark.parametrize(("hits", "judged", "below"), [(6, 9, False), (6, 10, True), (7, 10, False), (34, 50, True), (35, 50, False), (0, 0, False)])
def test_the_line_of_precision(hits, judged, below):
    assert falls_below(Share(hits, judged)) is below


def test_wilsons_interval():
    """Against the published value for 8 of 10."""
    low, high = Share(8, 10).bounds
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert Share(0, 0).bounds is None
    assert Share(10, 10).bounds[1] == 1.0


def judged(number: int, fault: str = "", when: datetime | None = None) -> None:
    state, cure = ("已撤销", "") if fault else ("办结", "已改正")
    alert(number, rule_code="SW-001", level="orange", state=state, fault=fault, cure=cure, closed_at=when or timezone.now())


@pytest.mark.django_db
def test_precision_counts_the_last_judged_and_leaves_out_what_says_nothing(bureau):
    start = timezone.now()
    for number in range(1, 61):
        judged(number, "误报-数据错" if number <= 20 else "", start + timedelta(minutes=number))
    judged(70, "重复", start + timedelta(days=1))
    judged(71, "不归本单位", start + timedelta(days=1))
    assert precisions(Alert.objects.all())["SW-001"] == Share(40, 50)
    judged(72, "申辩成立", start + timedelta(days=1))
    assert precisions(Alert.objects.all())["SW-001"] == Share(40, 50)  # one false came, one false fell out


@pytest.mark.django_db
def test_a_rule_below_its_line_goes_back_to_trial_and_its_owner_is_told(bureau, legal, tmp_path):
    rule = SimpleNamespace(code="SW-001", status="active")
    rules = SimpleNamespace(digests={"SW-001": library().digests["SW-001"]}, __iter__=None)
    many = type("Many", (), {"digests": rules.digests, "__iter__": lambda self: iter([rule])})()
    for number in range(1, 11):
        judged(number, "误报-规则错" if number <= 4 else "")
    (demotion,) = judging.demote(rules=many, at=timezone.now())
    assert (demotion.precision, demotion.judged) == (0.6, 10)
    assert judging.demote(rules=many, at=timezone.now()) == []
    assert Event.objects.filter(kind="rule.demote").count() == 1
    assert legal.notices.count() == 1
    with pytest.raises(Refused, match="没有改过"):
        lift(by=viewer(legal), pk=demotion.pk, reason="已修改例外情形并补充范例")
    Demotion.objects.update(file_digest="0" * 64)
    lift(by=viewer(legal), pk=demotion.pk, reason="已修改例外情形并补充范例")
    assert not Demotion.objects.filter(rule_code="SW-001", lifted_at__isnull=True).exists()


@pytest.mark.django_db
def test_the_sample_is_blind_repeatable_and_drawn_once(clerk, legal, liming):  # noqa: F811
    now = timezone.localtime()
    accepted, seized = ((now - timedelta(days=days)).isoformat(timespec="minutes") for days in (5, 4))
    for number in range(1, 8):
        enter(clerk, "case", code=f"A{number}", kind="行政", category="治安", unit_code=STATION, accepted_at=accepted)
        enter(clerk, "property_item", code=f"W{number}", case_code=f"A{number}", unit_code=STATION, seized_at=seized, checked_in_at=seized)
    enter(clerk, "property_item", code="W9", case_code="A1", unit_code=STATION, seized_at=seized)
    run_whole(now)
    monday = now.date() - timedelta(days=now.weekday())
    assert judging.draw_sample(rules=library(), week=monday, seed="x") > 0
    first = set(Sample.objects.values_list("rule_code", "subject_code"))
    assert judging.draw_sample(rules=library(), week=monday, seed="y") == 0
    assert ("SW-001", "W9") not in first
    assert Sample.objects.filter(rule_code="SW-001").count() == 3
    Sample.objects.all().delete()
    judging.draw_sample(rules=library(), week=monday, seed="x")
    assert set(Sample.objects.values_list("rule_code", "subject_code")) == first
    one = Sample.objects.filter(rule_code="SW-001").first()
    with pytest.raises(Http404):
        judging.judge_sample(by=viewer(liming), pk=one.pk, verdict="漏报", remark="入库时间有涂改")
    judging.judge_sample(by=viewer(legal), pk=one.pk, verdict="漏报", remark="入库时间有涂改")
    with pytest.raises(Conflict):
        judging.judge_sample(by=viewer(legal), pk=one.pk, verdict="符合规定", remark="")
    assert misses(Sample.objects.all())["SW-001"] == Share(1, 1)
