"""Silences, runs, the health of evaluation and the blind sample, through their pages: who may, who must not, boundaries, and what never stays silent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from bureau import ELSEWHERE, PEOPLE, STATION, appoint, mentions, sign_in
from caseload import case, enter
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from test_rule_pages import folder, get, post, text  # noqa: F401
from test_telling import alert

from mingjing.accounts.models import Officer
from mingjing.alerts import evaluating, facts_sheet, health, worker
from mingjing.alerts.actions import failing
from mingjing.alerts.actions.failing import record_failure
from mingjing.alerts.actions.telling import escalate
from mingjing.alerts.evaluating import position, run_changes, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Beat, Clock, Run, Sample, Silence
from mingjing.alerts.quality import Share
from mingjing.alerts.shares import misses
from mingjing.alerts.views.control_runs import changed
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
REASON = "系统对接调试期间重复告警"


def typed(**more: Any) -> dict[str, Any]:
    """What a request for quiet about an orange rule asks for."""
    return {"unit": STATION, "rule_code": "SW-001", "reason": REASON, "ends_at": local(timezone.now() + timedelta(days=3)), **more}


def local(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def silence(by: Officer, **more: Any) -> Silence:
    answer = post(by, "/silences/request/", **typed(**more))
    assert answer.status_code == 302, answer.context["form"].errors
    return Silence.objects.order_by("-pk").first()


# --- silences ---


def test_a_silence_from_asking_to_its_end(wangfang, legal, leader):
    one = silence(wangfang, reason=f"<b>{REASON}</b>")
    page = get(wangfang, "/silences/")
    assert ([row.pk for row, _ in page.context["waiting"]], page.context["quiet"]) == ([one.pk], [])
    assert f"&lt;b&gt;{REASON}" in text(page) and "参数，非法定" in text(page)
    assert post(legal, f"/silences/{one.pk}/approve/").status_code == 302
    page = get(leader, "/silences/")
    assert ([row.pk for row, _ in page.context["quiet"]], page.context["waiting"]) == ([one.pk], [])
    page = get(leader, f"/silences/{one.pk}/")
    shown = text(page)
    assert [who for _, who in page.context["history"]] == [f"王芳（{wangfang.code}）", f"吴监督（{legal.code}）"]
    assert "吴监督" in shown and "王芳" in shown and "批准静默" in shown
    assert post(leader, f"/silences/{one.pk}/end/").status_code == 302
    page = get(leader, "/silences/")
    assert (page.context["quiet"], page.context["waiting"], page.context["listing"].count) == ([], [], 1)
    assert "提前结束" in text(page)
    assert post(leader, f"/silences/{one.pk}/end/").status_code == 409
    assert post(legal, f"/silences/{one.pk}/approve/").status_code == 409


def test_a_silence_is_past_at_its_very_end(wangfang, legal, monkeypatch):
    one = silence(wangfang)
    post(legal, f"/silences/{one.pk}/approve/")
    one.refresh_from_db()
    for moment, quiet in ((one.ends_at - timedelta(microseconds=1), 1), (one.ends_at, 0)):
        monkeypatch.setattr("mingjing.alerts.views.control_silences.timezone.now", lambda moment=moment: moment)
        page = get(wangfang, "/silences/")
        assert (len(page.context["quiet"]), page.context["listing"].count) == (quiet, 1 - quiet)
        monkeypatch.undo()


def test_ended_by_itself_and_by_a_person_are_told_apart(wangfang, legal):
    early, itself = silence(wangfang), silence(wangfang)
    for one in (early, itself):
        post(legal, f"/silences/{one.pk}/approve/")
    post(legal, f"/silences/{early.pk}/end/")
    Silence.objects.filter(pk=itself.pk).update(ends_at=timezone.now())
    escalate(at=timezone.now())
    for state, found in (("提前结束", early), ("到期结束", itself)):
        page = get(wangfang, f"/silences/?state={state}")
        assert [row.pk for row in page.context["listing"].asked.rows] == [found.pk]
    assert "静默到期" in text(get(wangfang, f"/silences/{itself.pk}/")) and "<dt>提前结束" not in text(get(wangfang, f"/silences/{itself.pk}/"))
    assert "<dt>提前结束" in text(get(wangfang, f"/silences/{early.pk}/"))


READERS = ("wangfang", "leader", "legal", "chief", "inspector")


@pytest.mark.parametrize("who", [*PEOPLE])
def test_who_may_do_what_about_a_silence(request, bureau, who):
    officer = request.getfixturevalue(who)
    asker = appoint("010099", "另一法制员", STATION, "法制员")
    one = silence(asker)
    get(officer, "/silences/", 200 if who in READERS else 403)
    get(officer, f"/silences/{one.pk}/", 200 if who in READERS else 403)
    get(officer, "/silences/request/", 200 if who in ("wangfang", "leader") else 403)
    assert post(officer, "/silences/request/", **typed()).status_code == (302 if who in ("wangfang", "leader") else 403)
    assert post(officer, f"/silences/{one.pk}/approve/").status_code == (302 if who == "legal" else 403)
    assert post(officer, f"/silences/{one.pk}/end/").status_code == (302 if who in ("wangfang", "leader", "legal", "inspector") else 403)


def test_whoever_asked_does_not_approve(bureau):
    both = appoint("010098", "两职", STATION, "法制员")
    both.assignments.create(duty="法制支队监督岗", unit_id=STATION, starts_on="2020-01-01")
    one = silence(both)
    assert "批准</button>" not in text(get(both, f"/silences/{one.pk}/"))
    assert post(both, f"/silences/{one.pk}/approve/").status_code == 403
    assert Silence.objects.get().approved_by is None


def test_silences_elsewhere_do_not_exist(wangfang, bureau):
    one = silence(wangfang)
    other = appoint("030002", "外法制", ELSEWHERE, "法制员")
    page = get(other, "/silences/")
    assert (page.context["waiting"], page.context["listing"].count) == ([], 0)
    get(other, f"/silences/{one.pk}/", 404), get(other, "/silences/999/", 404)
    assert post(other, f"/silences/{one.pk}/end/").status_code == 404
    assert post(other, "/silences/request/", **typed()).status_code == 422  # a unit that is no choice


@pytest.mark.parametrize(("late", "status"), [(timedelta(), 302), (timedelta(minutes=1), 422), (-timedelta(days=8), 422)])
def test_the_cap_of_the_level_is_told_and_holds(wangfang, late, status, monkeypatch):
    now = timezone.now().replace(second=0, microsecond=0)
    monkeypatch.setattr("mingjing.alerts.actions.silencing.timezone.now", lambda: now)
    answer = post(wangfang, "/silences/request/", **typed(ends_at=local(now + timedelta(days=7) + late)))
    assert answer.status_code == status
    if status == 422:
        assert "7 天以内（参数，非法定）" in text(answer) and list(answer.context["form"].errors) == ["ends_at"]
        assert REASON in text(answer)
    assert "橙色 7 天" in text(get(wangfang, "/silences/request/"))


@pytest.mark.parametrize(("more", "field"), [
    ({"rule_code": "CU-012"}, "rule_code"), ({"rule_code": ""}, "rule_code"), ({"rule_code": "XX-1"}, "rule_code"), ({"reason": "太吵"}, "reason"),
    ({"ends_at": "明天"}, "ends_at"), ({"unit": ELSEWHERE}, "unit"),
])
def test_what_cannot_be_asked_for_is_said_at_its_field(wangfang, more, field):
    answer = post(wangfang, "/silences/request/", **typed(**more))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Silence.objects.exists()


def test_one_alert_is_silenced_without_asking_what_is_known(wangfang, bureau):
    alert(1, rule_code="SW-001", level="orange"), alert(2, rule_code="CU-012"), alert(3, rule_code="SW-001", level="orange", unit_id=ELSEWHERE)
    form = get(wangfang, "/silences/request/?alert=YJ-2026-000001").context["form"]
    assert list(form.fields) == ["reason", "ends_at"]
    given = {"reason": REASON, "ends_at": typed()["ends_at"]}
    assert post(wangfang, "/silences/request/?alert=YJ-2026-000001", **given).status_code == 302
    one = Silence.objects.get()
    assert (one.alert_id, one.rule_code, one.unit_id) == ("YJ-2026-000001", "SW-001", STATION)
    assert "YJ-2026-000001" in text(get(wangfang, f"/silences/{one.pk}/"))
    answer = post(wangfang, "/silences/request/?alert=YJ-2026-000002", **given)
    assert answer.status_code == 422 and "不能静默" in text(answer)
    get(wangfang, "/silences/request/?alert=YJ-2026-000003", 404)
    get(wangfang, "/silences/request/?alert=nothing", 404)


def test_a_silence_tells_how_many_alerts_it_keeps_quiet_and_opens_them(wangfang):
    for number in (1, 2):
        alert(number, rule_code="SW-001", level="orange")
    alert(3, rule_code="SW-001", level="orange", state="办结"), alert(4, rule_code="SW-001", level="orange", unit_id=ELSEWHERE)
    one = silence(wangfang)
    count, url = get(wangfang, f"/silences/{one.pk}/").context["concerned"]
    assert count == 2 == get(wangfang, url).context["listing"].count


# --- runs ---


@pytest.mark.parametrize("who", [*PEOPLE])
def test_who_reads_the_runs(request, bureau, who):
    officer = request.getfixturevalue(who)
    row = Run.objects.create(kind="全量", at=timezone.now(), started_at=timezone.now(), position=0)
    for path in ("/runs/", f"/runs/{row.pk}/"):
        get(officer, path, 200 if who in ("legal", "inspector", "admin") else 403)
    get(officer, "/runs/banner/")


def test_a_run_tells_what_it_left_out_and_which_files_changed(legal):
    now = timezone.now()

    def made(**more: Any) -> Run:
        return Run.objects.create(kind="全量", at=now, started_at=now, position=0, rules=3, **more)

    first = made(versions=json.dumps({"SW-001": "a", "SW-002": "b", "AJ-001": "c"}))
    Run.objects.create(kind="变动", at=now, started_at=now, position=1)
    last = made(versions=json.dumps({"SW-001": "x", "SW-002": "b", "CU-012": "d"}), skipped=json.dumps([["AJ-001", "缺少事实表 <i>"]]))
    assert [(code, word) for code, _, word in changed(first, last)] == [("AJ-001", "不再运行"), ("CU-012", "新增"), ("SW-001", "修改")]
    page = text(get(legal, f"/runs/{last.pk}/"))
    assert "缺少事实表 &lt;i&gt;" in page and f"第 {first.pk} 次" in page and "不再运行" in page
    get(legal, "/runs/999999/", 404)
    assert get(legal, "/runs/?that=skipped").context["listing"].count == 1
    assert get(legal, "/runs/?kind=变动").context["listing"].count == 1


@pytest.fixture
def breaks(monkeypatch):
    """Evaluation that raises."""
    def boom(*args: Any, **more: Any) -> None:
        raise RuntimeError("<b>除数为零</b>")

    monkeypatch.setattr(evaluating, "evaluate", boom)
    monkeypatch.setattr(evaluating, "judge_few", boom)
    return monkeypatch


def test_a_run_that_fails_is_on_record_and_forgets_nothing(bureau, legal, breaks):
    run_at = position()
    Run.objects.create(kind="全量", at=timezone.now(), started_at=timezone.now(), position=run_at)
    enter("case", case("A1"))
    worker.run_once(), worker.run_once()
    (row,) = Run.objects.exclude(kind="全量")
    assert (row.kind, row.position, row.error) == ("变动", run_at, "RuntimeError: <b>除数为零</b>")
    assert row.at > row.started_at
    assert position() == run_at
    page = text(get(legal, "/runs/"))
    assert "评估出错" in page and "&lt;b&gt;除数为零" in page and "<b>除数为零" not in page and "评估正常" not in page
    breaks.undo()
    worker.run_once()
    assert position() == Run.objects.first().position > run_at
    assert not Run.objects.first().error
    assert "评估出错" not in text(get(legal, "/runs/banner/"))


def test_another_error_is_another_row(bureau):
    now = timezone.now()
    for text_, later in (("甲", 0), ("甲", 1), ("乙", 2), ("甲", 3)):
        record_failure(kind="变动", error=ValueError(text_), began=now, now=now + timedelta(seconds=later), position=7)
    rows = Run.objects.order_by("pk").values_list("error", "seconds", "position")
    assert list(rows) == [("ValueError: 甲", 1.0, 7), ("ValueError: 乙", 2.0, 7), ("ValueError: 甲", 3.0, 7)]


def test_a_failing_whole_run_gives_the_changes_their_turn(bureau, breaks):
    with pytest.raises(RuntimeError):
        worker.run_whole_if_due()
    row = Run.objects.get()
    assert (row.kind, bool(row.error)) == ("全量", True)
    assert not worker.whole_is_due(row.at + worker.RETRY - timedelta(microseconds=1))
    assert worker.whole_is_due(row.at + worker.RETRY)
    breaks.undo()
    run_whole()
    assert not worker.whole_is_due(timezone.now())


def test_a_failure_that_cannot_be_recorded_does_not_hide_the_first(bureau, breaks, monkeypatch):
    def refuse(**given: Any) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(failing.Run.objects, "create", refuse)
    with pytest.raises(RuntimeError):
        worker.run_whole_if_due()


# --- health ---


def names(now: Any) -> list[str]:
    return [trouble.name for trouble in health.troubles(now)]


def test_nothing_recorded_and_nothing_run_is_no_trouble(db):
    assert names(timezone.now()) == []


@pytest.mark.parametrize(("seconds", "told"), [(59, []), (60, []), (61, ["behind"])])
def test_a_fact_may_wait_a_minute(bureau, seconds, told):
    run_whole()
    enter("case", case("A1"))
    recorded = Event.objects.order_by("seq").last().recorded_at
    first = Event.objects.filter(seq__gt=position()).order_by("seq").first().recorded_at
    assert first <= recorded
    assert names(first + timedelta(seconds=seconds)) == told
    run_changes()
    assert names(first + timedelta(seconds=61)) == []


@pytest.mark.parametrize(("seconds", "told"), [(59, []), (60, []), (61, ["stopped"])])
def test_a_worker_that_is_silent_for_a_minute_is_missed_though_nothing_waits(bureau, monkeypatch, seconds, told):
    monkeypatch.setattr(worker, "_done_at", {})
    run_whole()
    worker._beat()
    beat = Beat.objects.get().at
    assert names(beat + timedelta(seconds=seconds)) == told


def test_a_round_with_nothing_to_do_says_that_it_was_there_but_not_every_time(bureau, monkeypatch):
    monkeypatch.setattr(worker, "_done_at", {})
    moments = iter([0, 14, 15, -60])
    start, found = timezone.now(), []
    for second in moments:
        monkeypatch.setattr(worker.timezone, "now", lambda second=second: start + timedelta(seconds=second))
        worker._beat()
        found.append((Beat.objects.get().at - start).total_seconds())
    assert found == [0, 0, 15, -60]  # a clock that was set back is followed: else it would be silent until the old time comes again


def test_before_the_first_run_the_first_entry_must_not_wait_either(bureau):
    enter("case", case("A1"))
    first = Event.objects.order_by("seq").first().recorded_at
    assert names(first + timedelta(seconds=60)) == []
    assert names(first + timedelta(seconds=61)) == ["behind"]
    assert names(first + timedelta(minutes=21)) == ["behind", "whole"]


@pytest.mark.parametrize(("seconds", "told"), [(1199, []), (1200, []), (1201, ["whole"])])
def test_a_whole_run_may_be_late_by_one_interval(bureau, settings, seconds, told):
    settings.WHOLE_RUN_MINUTES = 10
    enter("case", case("A1"))
    row = run_whole()
    assert names(row.started_at + timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(("seconds", "told"), [(59, []), (60, []), (61, ["clocks"])])
def test_a_clock_may_be_a_minute_late(bureau, seconds, told):
    row = run_whole()
    Clock.objects.create(rule_code="SW-001", rule_version="2026-01-01", subject_kind="property_item", subject_code="W1", unit_id=STATION, level="orange",
                         stage="running", due_at=row.at + timedelta(hours=4), fires_at=row.at, message="入库")
    assert names(row.at + timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(("seconds", "told"), [(4, []), (5, []), (6, ["clock"])])
def test_a_clock_that_was_set_back(bureau, liming, seconds, told):
    row = run_whole()
    assert names(row.at - timedelta(seconds=seconds)) == told
    Run.objects.update(at=timezone.now() + timedelta(hours=1))
    assert "时钟被拨回" in text(get(liming, "/runs/banner/"))


def test_several_troubles_and_the_banner_that_says_them(bureau, liming, legal, folder):  # noqa: F811
    next(folder.rglob("SW-001_*.yaml")).write_text("code: [")
    enter("case", case("A1"))
    record_failure(kind="变动", error=ValueError("x"), began=timezone.now(), now=timezone.now(), position=0)
    page = text(get(liming, "/runs/banner/"))
    assert "自 " in page and "评估出错" in page and "规则文件有误" in page and "请联系系统管理员" in page and "/runs/" not in page
    assert 'href="/runs/"' in text(get(legal, "/runs/banner/"))
    assert text(get(liming, "/")).count('hx-get="/runs/banner/"') == 1


def test_the_banner_is_empty_while_all_is_well_and_asks_for_a_sign_in(bureau, liming):
    run_whole()
    assert text(get(liming, "/runs/banner/")).strip() == ""
    assert Client().get("/runs/banner/").status_code == 302
    page = get(appoint("000008", "管理员", "4201", "系统管理员"), "/runs/")
    assert "评估正常" in text(page)


def test_the_health_takes_one_query(bureau, django_assert_num_queries):
    run_whole()
    with django_assert_num_queries(1):
        health.troubles(timezone.now())


def test_a_page_left_open_does_not_keep_its_session_alive(liming, client, settings):
    sign_in(client, liming)
    client.get("/rules/")
    session = client.session
    session["seen_at"] = session["seen_at"] - settings.SESSION_IDLE_MINUTES * 60 + 30
    session.save()
    before = client.session["seen_at"]
    client.get("/runs/banner/", headers={"X-By-Itself": "1"})
    assert client.session["seen_at"] == before
    client.get("/rules/")
    assert client.session["seen_at"] > before


# --- the blind sample ---


@pytest.fixture
def drawn(bureau) -> Sample:
    """W1 of 李明's station, checked in in time, with another item of the same case and one of another."""
    enter("case", case("A1"), case("A2"))
    seized = f"{timezone.localtime() - timedelta(days=2):%Y-%m-%d %H:%M}"
    for code, matter in (("W1", "A1"), ("W2", "A1"), ("W3", "A2")):
        enter("property_item", {"code": code, "case_code": matter, "unit_code": STATION, "seized_at": seized, "checked_in_at": seized})
    return Sample.objects.create(week="2026-03-02", rule_code="SW-001", subject_kind="property_item", subject_code="W1", matter_code="A1", unit_id=STATION)


def test_the_judge_sees_facts_and_the_question_and_not_what_the_rule_said(drawn, legal):
    page = text(get(legal, f"/samples/{drawn.pk}/"))
    assert f"这里有没有“{library().rules['SW-001'].name}”的问题？" in page
    assert mentions("W1", page) and mentions("W2", page) and not mentions("W3", page) and "本项" in page and "入库" in page
    assert "没有预警" not in page and "未预警" not in page


def test_a_sheet_shows_no_rows_of_other_matters(bureau):
    """Other interviews of the same officer are facts for the rule, but not of this case."""
    officer = appoint("010050", "办案", STATION, "办案民警")
    enter("case", case("A1"), case("A2", ELSEWHERE))
    for number, matter in ((1, "A1"), (2, "A2")):
        enter("party", {"code": f"D{number}", "case_code": matter, "role": "违法嫌疑人", "name": "某甲"})
        enter("interview", {"code": f"T{number}", "case_code": matter, "party_code": f"D{number}", "kind": "询问", "started_at": "2026-03-01 10:00"})
        enter("attendance", {"code": f"J{number}", "interview_code": f"T{number}", "role": "主办", "officer_code": officer.code})
    parts = facts_sheet.sheet(library().rules["XW-003"], "T1", "A1", timezone.now())
    cells = {cell for part in parts for _, row in part.rows for cell in row}
    assert "T1" in cells and not {"T2", "J2", "A2"} & cells
    assert "某甲" not in cells


@pytest.mark.parametrize("who", [*PEOPLE])
def test_who_judges_samples(request, drawn, who):
    officer = request.getfixturevalue(who)
    allowed = who in ("legal", "inspector")
    get(officer, "/samples/", 200 if allowed else 403), get(officer, f"/samples/{drawn.pk}/", 200 if allowed else 403)
    answer = post(officer, f"/samples/{drawn.pk}/", verdict="漏报", remark="入库时间<i>有涂改")
    assert answer.status_code == (302 if allowed else 403)
    assert Sample.objects.exclude(verdict="").count() == allowed
    if allowed:
        page = text(get(officer, f"/samples/{drawn.pk}/"))
        assert "入库时间&lt;i&gt;有涂改" in page and "记录结论" not in page


def test_samples_of_other_units_do_not_exist(drawn, bureau):
    branch = appoint("030009", "外督察", "420103", "督察")
    assert get(branch, "/samples/").context["listing"].count == 0
    get(branch, f"/samples/{drawn.pk}/", 404)
    assert post(branch, f"/samples/{drawn.pk}/", verdict="符合规定").status_code == 404


def test_a_verdict_is_given_once_and_counts(drawn, legal, inspector):
    for given, field in (({"remark": "看过"}, "verdict"), ({"verdict": "胡说"}, "verdict"), ({"verdict": "漏报", "remark": "无"}, "remark")):
        answer = post(legal, f"/samples/{drawn.pk}/", **given)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert post(legal, f"/samples/{drawn.pk}/", verdict="漏报", remark="入库时间有涂改").status_code == 302
    assert post(inspector, f"/samples/{drawn.pk}/", verdict="符合规定").status_code == 409
    Sample.objects.create(week="2026-03-09", rule_code="SW-001", subject_kind="property_item", subject_code="W2", matter_code="A1", unit_id=STATION,
                          verdict="无法判断")
    (row,) = get(legal, "/samples/").context["missed"]
    assert row[2] == misses(Sample.objects.all())["SW-001"] == Share(1, 1)
    assert get(legal, "/samples/?verdict=漏报&rule=SW-001").context["listing"].count == 1


def test_after_one_sheet_comes_the_next(drawn, legal):
    other = Sample.objects.create(week="2026-03-02", rule_code="SW-002", subject_kind="property_item", subject_code="W2", matter_code="A1", unit_id=STATION)
    assert post(legal, f"/samples/{drawn.pk}/", verdict="符合规定")["Location"] == f"/samples/{other.pk}/"
    assert post(legal, f"/samples/{other.pk}/", verdict="符合规定")["Location"] == "/samples/"


def test_a_sample_of_a_rule_that_is_gone_cannot_be_judged(drawn, legal):
    Sample.objects.update(rule_code="XX-001")
    page = text(get(legal, f"/samples/{drawn.pk}/"))
    assert "已经不在" in page and "记录结论" not in page


@pytest.mark.parametrize("number", [3, 60])
def test_few_queries_whatever_the_number(bureau, wangfang, legal, client, number, django_assert_max_num_queries):
    now = timezone.now()
    for each in range(number):
        Run.objects.create(kind="变动", at=now, started_at=now, position=each, versions='{"SW-001": "a"}')
        Sample.objects.create(week="2026-03-02", rule_code="SW-001", subject_kind="case", subject_code=f"A{each}", matter_code=f"A{each}", unit_id=STATION,
                              verdict="" if each % 2 else "漏报", judged_by=legal, judged_at=now)
        Silence.objects.create(rule_code="SW-001", unit_id=STATION, reason=REASON, requested_by=wangfang, approved_by=legal if each % 3 else None,
                               starts_at=now, ends_at=now + timedelta(days=1 if each % 2 else -1))
    sign_in(client, legal)
    last = [f"/runs/{Run.objects.first().pk}/", f"/samples/{Sample.objects.first().pk}/", f"/silences/{Silence.objects.first().pk}/"]
    for path in ("/silences/", "/runs/", "/samples/", "/runs/banner/", *last):
        with django_assert_max_num_queries(15):
            assert client.get(path).status_code == 200


def test_alerts_stay_what_they_are_while_pages_are_read(bureau, legal):
    """Reading writes nothing."""
    alert(1, rule_code="SW-001")
    before = (Alert.objects.values_list("version", flat=True).get(), Event.objects.count())
    for path in ("/rules/SW-001/", "/silences/", "/runs/", "/samples/"):
        get(legal, path)
    assert before == (Alert.objects.values_list("version", flat=True).get(), Event.objects.count())
