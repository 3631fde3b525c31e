"""The list of alerts, one alert with its reasons, the straight way to the form that cures it, and the fragments on pages of cases, units and one's own."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from alerting import hand, overdue
from bureau import ELSEWHERE, STATION
from caseload import case, enter, incident, party, put_on_team
from desk import Desk
from django.utils import timezone

from mingjing.accounts.models import BreakGlass, DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.alerts import curing, evidence
from mingjing.alerts.evaluating import run_matters
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Silence
from mingjing.cases.acts import ACTS
from mingjing.cases.models import NOUNS
from mingjing.ledger import kinds
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def stamp(hours: float) -> str:
    """So many hours ago, to the minute."""
    return f"{timezone.localtime() - timedelta(hours=hours):%Y-%m-%d %H:%M}"


@pytest.fixture
def matter(bureau, liming) -> str:
    enter("case", case("A1"), case("A9", ELSEWHERE))
    put_on_team("A1", liming)
    return "A1"


def summoned(hours: float = 12, code: str = "A1", **more: str) -> Alert:
    enter("party", party(f"D{code}", code))
    enter("summons", {"code": f"S{code}", "case_code": code, "party_code": f"D{code}", "kind": "行政传唤", "arrived_at": stamp(hours), **more})
    return overdue(code)


def text_of(officer: Officer, path: str, **more) -> str:
    answer = Desk(officer).client.get(path, **more)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def codes_in(officer: Officer, query: str = "") -> list[str]:
    page = Desk(officer).client.get(f"/alerts/{query}")
    assert page.status_code == 200
    return [line.key[-2:].lstrip("0") for line in page.context["listing"].lines]


# --- the list ---

def test_level_first_then_what_ends_first_and_what_has_no_end_last(matter, wangfang):
    now = timezone.now()
    hand(1, level="blue", due_at=now)
    hand(2, level="red")
    hand(3, level="red", due_at=now + timedelta(hours=2))
    hand(4, level="red", due_at=now + timedelta(hours=1))
    hand(5, level="orange", due_at=now - timedelta(days=9))
    assert codes_in(wangfang) == ["4", "3", "2", "5", "1"]
    assert codes_in(wangfang, "?sort=due_at") == ["5", "1", "4", "3", "2"]


def test_what_is_left_out_is_counted_and_said(matter, wangfang):
    leader = hand(1)
    hand(2, leader=leader)
    hand(3, "办结")
    hand(4, "已撤销", leader=leader)
    page = text_of(wangfang, "/alerts/")
    assert codes_in(wangfang) == ["1"]
    assert "已办结和已撤销的" in page and ">2 条</a>" in page and "已并入其他预警" in page and ">1 条</a>" in page
    assert codes_in(wangfang, "?followers=1") == ["1", "2"]
    assert codes_in(wangfang, "?state=all&followers=1") == ["1", "2", "3", "4"]
    assert "没有列出" not in text_of(wangfang, "/alerts/?state=all&followers=1")


def test_every_filter(matter, wangfang, liming):
    now = timezone.now()
    hand(1, level="red", officer=liming, stage="overdue", due_at=now)
    hand(2, is_trial=True, rule_code="CU-012", supervise_by=now)
    hand(3, "已签收", matter="A1", gone_at=now)
    Alert.objects.filter(code="YJ-2026-000002").update(source="系统判定")
    for query, found in {
        "level=red": "1", "state=已签收": "3", "stage=overdue": "1", "rule=CU-012": "2", "source=系统判定": "2", "trial=only": "2", "gone=1": "3",
        "supervised=1": "2", "matter=A1": "3", f"due_from={timezone.localdate()}": "1", "q=YJ-2026-000003": "3", "q=A1": "3", "q=传唤询问": "2",
    }.items():
        assert codes_in(wangfang, f"?{query}") == [found], query
    assert codes_in(wangfang, "?trial=without&sort=code") == ["1", "3"]
    assert codes_in(wangfang, f"?unit={STATION}&sort=code") == ["1", "2", "3"]
    assert codes_in(liming, "?mine=1") == ["1"]
    assert codes_in(wangfang, "?mine=1") == []
    assert codes_in(wangfang, f"?opened_to={timezone.localdate() - timedelta(days=1)}") == []


@pytest.mark.parametrize("query", [
    "level=purple", "state=nix", "stage=1", "rule=XX-999", f"unit={ELSEWHERE}", "source=x", "trial=yes", "mine=2", "gone=x", "due_from=gestern", "page=-1",
    "sort=officer__password", "format=pdf", "q=" + "长" * 101, "opened_from=0001-01-01", "due_to=9999-12-31", "followers=9",
])
def test_bad_parameters_are_told_and_do_no_harm(matter, wangfang, query):
    hand(1, matter="A1")
    assert "条件无效，已忽略" in text_of(wangfang, f"/alerts/?{query}")


def test_alerts_of_one_case_lead_to_each_other(matter, wangfang, liming):
    for number in (1, 2, 3):
        hand(number, matter="A1", level="red" if number == 3 else "blue", due_at=timezone.now())
    hand(4, "办结", matter="A1")
    hand(5)
    page = text_of(wangfang, "/alerts/")
    assert page.count("同案 3 条") == 3 and 'href="/alerts/?matter=A1"' in page
    desk = Desk(wangfang).client.get("/alerts/by-case/")
    (line,) = desk.context["listing"].lines
    assert line.url == "/alerts/?matter=A1" and "红" in str(line.html) and ">3<" in str(line.html)
    for asked in ("state=all", "state=办结", "followers=1"):  # the column counts what is not over, whatever the address says
        (line,) = Desk(wangfang).client.get(f"/alerts/by-case/?{asked}").context["listing"].lines
        assert ">3<" in str(line.html), asked
    assert Desk(wangfang).client.get("/alerts/by-case/?level=blue&sort=-number").status_code == 200
    assert "A1" in b"".join(Desk(wangfang).client.get("/alerts/by-case/?format=csv").streaming_content).decode()


def test_an_export_is_in_the_ledger_and_holds_what_the_list_holds(matter, wangfang):
    hand(1, level="red")
    hand(2, level="blue", message="=cmd|'/c calc'!A1")
    text = b"".join(Desk(wangfang).client.get("/alerts/?format=csv&level=blue").streaming_content).decode()
    assert "YJ-2026-000002" in text and "YJ-2026-000001" not in text and ",=cmd" not in text and "蓝色" in text
    event = Event.objects.get(kind="list.export")
    assert json.loads(event.data)["count"] == 1 and event.subject_code == "alerts"


def test_the_sheet_to_be_printed_has_all_rows_and_no_boxes(matter, wangfang):
    for number in range(1, 56):
        hand(number)
    assert len(codes_in(wangfang)) == 50
    page = Desk(wangfang).client.get("/alerts/?print=1")
    assert len(page.context["listing"].lines) == 55 and 'name="selected"' not in page.content.decode()
    assert 'name="selected"' in text_of(wangfang, "/alerts/")


def test_boxes_only_for_whoever_may_do_something_to_several(matter, chief, wangfang):
    hand(1)
    assert 'name="selected"' not in text_of(chief, "/alerts/")
    page = text_of(wangfang, "/alerts/")
    assert "批量转办" in page and "批量撤销" in page and "批量延长" not in page


@pytest.mark.parametrize("count", [3, 60])
def test_no_more_than_fifteen_queries(matter, wangfang, liming, legal, count, django_assert_max_num_queries):
    for number in range(1, count + 1):
        hand(500 + number, matter="A1", officer=liming, due_at=timezone.now())
    code = summoned().code
    for officer in (wangfang, liming, legal):
        desk = Desk(officer)
        desk.client.get("/alerts/")
        for path in ("/alerts/", "/alerts/?print=1", "/alerts/by-case/", f"/alerts/{code}/", "/alerts/YJ-2026-000501/", f"/alerts/{code}/submit/"):
            with django_assert_max_num_queries(15):
                assert desk.client.get(path).status_code in (200, 403), path
        for path in ("/alerts/of/A1/", f"/alerts/of-unit/{STATION}/", "/alerts/mine/"):
            with django_assert_max_num_queries(15):
                assert desk.client.get(path, headers=HTMX).status_code == 200


def test_judging_again_reads_only_what_the_rule_needs(matter, liming, wangfang, django_assert_max_num_queries):
    code = summoned().code
    Desk(liming).does(f"/alerts/{code}/submit/", text="正在核对离开时间")
    desk = Desk(wangfang)
    desk.client.get("/alerts/")
    with django_assert_max_num_queries(17):  # the page itself, and the facts of three tables
        assert "仍然超期未办" in desk.client.get(f"/alerts/{code}/close/").content.decode()


# --- one alert ---

def test_the_reasons_are_the_rules_own_words_and_every_fact_has_its_place(matter, liming):
    page = text_of(liming, f"/alerts/{summoned().code}/")
    for words in ("传唤询问查证超时", "治安管理处罚法 第97条第1款", "传唤类型为“行政传唤”", "标明“情况复杂”，且标明“可能适用行政拘留或者需要拘留逮捕”",
                  "8 小时",
                  "所属案件的行政案件类别", "超期未办", "传唤的离开时间已有记录，且重新判断已符合规定", "适用"):
        assert words in page, words
    assert 'href="/cases/A1/#summonses">SA1</a>' in page and "测试" in page and "录入" in page
    assert "alert-timeline" in page and "已超期 4 小时" in page


def test_how_the_end_was_reckoned_with_what_does_not_count(matter, liming):
    """Two of the ten and a half hours are not counted: eight hours end half an hour ago, and the picture has a lane for the pause."""
    enter("party", party("DA1", "A1"))
    enter("summons", {"code": "SA1", "case_code": "A1", "party_code": "DA1", "kind": "行政传唤", "arrived_at": stamp(10.5)})
    enter("restraint", {"code": "Y1", "summons_code": "SA1", "started_at": stamp(8), "ended_at": stamp(6)})
    alert = overdue("A1")
    read = evidence.of(alert, library().rules["CU-012"], viewer(liming), subject=evidence.subject_of(alert), sees_matter=True, now=timezone.now())
    steps = dict(read.steps)
    assert steps["期限"] == "8 小时" and "至" in steps["暂停"] and steps["延长"] == "0" and steps["办结"] == "（没有记录）"
    assert read.chart["echarts"]["yAxis"]["data"] == ["期限", "暂停", "超期"] and read.chart_title.startswith("已超期 3")
    pause = next(row for row in read.chart_table if row[2] == "暂停")
    assert f"{timezone.localtime() - timedelta(hours=8):%H:%M}" in pause[0]


def test_gaps_of_a_recording_are_drawn_between_what_was_recorded(bureau, liming):
    enter("case", case("A2", kind="刑事", category="", is_grave="是"))
    put_on_team("A2", liming)
    enter("party", party("D2", "A2", role="犯罪嫌疑人"))
    enter("interview", {"code": "I2", "case_code": "A2", "party_code": "D2", "kind": "讯问", "started_at": stamp(3), "ended_at": stamp(1)})
    enter("recording", {"code": "L1", "interview_code": "I2", "started_at": stamp(3), "ended_at": stamp(2.5)},
          {"code": "L2", "interview_code": "I2", "started_at": stamp(2.25), "ended_at": stamp(1)})
    run_matters(["A2"])
    alert = Alert.objects.get(rule_code="LX-001")
    found = evidence.finding_of(alert)
    version = library().rules["LX-001"].versions[-1]
    options, table, title = evidence.picture(found, version, [], timezone.now())
    assert title == "缺 15 分" and options["echarts"]["yAxis"]["data"] == ["询问讯问", "录音录像", "缺口"]
    assert [row[2] for row in table[1:]] == ["询问讯问", "录音录像", "缺口", "录音录像"]
    page = text_of(liming, f"/alerts/{alert.code}/")
    assert "缺 15 分" in page and "/cases/A2/recording/add/?interview=I2" in page and "/acts/recording/" not in page


def test_rows_of_other_units_are_not_named_in_an_overlap(matter, liming, legal, zhaoqiang):
    """李明 is said to have been in two interviews at once; the other one belongs to a case elsewhere."""
    put_on_team("A9", zhaoqiang)
    for code in ("A9", "A1"):
        hours = 4 if code == "A9" else 3.5
        enter("party", party(f"D{code}", code))
        times = {"started_at": stamp(hours), "ended_at": stamp(hours - 1)}
        enter("interview", {"code": f"I{code}", "case_code": code, "party_code": f"D{code}", "kind": "询问", **times})
        enter("attendance", {"code": f"T-{code}", "interview_code": f"I{code}", "role": "主办", "officer_code": "010001"})
    run_matters(["A1", "A9"])
    alert = Alert.objects.get(rule_code="XW-003")
    assert alert.subject_code == "T-A1"
    page = text_of(liming, f"/alerts/{alert.code}/")
    assert "不在你查阅范围内的一条" in page and "T-A9" not in page and "/acts/interview/IA1/" not in page  # it has ended: nothing to complete
    assert "T-A9" in text_of(legal, f"/alerts/{alert.code}/")


def test_an_alert_stays_readable_when_its_rule_has_changed_or_is_gone(matter, liming, settings, tmp_path):
    code = summoned().code
    folder = tmp_path / "rules"
    shutil.copytree(Path(settings.RULES), folder)
    file = next(folder.rglob("CU-012*.yaml"))
    file.write_text(file.read_text(encoding="utf-8").replace("effective: 2026-01-01", "effective: 2026-01-02"), encoding="utf-8")
    settings.RULES = folder
    page = text_of(liming, f"/alerts/{code}/")
    assert "规则文件里现在已没有这一版" in page and "8 小时" in page and "所属案件的行政案件类别" in page
    file.unlink()
    page = text_of(liming, f"/alerts/{code}/")
    assert "现在没有运行" in page and "8 小时" in page and "传唤类型为“行政传唤”" in page


def test_a_silence_says_until_when_and_why(matter, liming, wangfang, legal):
    alert = hand(1, matter="A1")
    now = timezone.now()
    Silence.objects.create(alert=alert, unit_id=STATION, reason="系统对接调试期间重复", requested_by=wangfang, approved_by=legal, starts_at=now,
                           ends_at=now + timedelta(days=1))
    page = text_of(liming, f"/alerts/{alert.code}/")
    assert "系统对接调试期间重复" in page and "批准 吴监督" in page
    Silence.objects.update(approved_by=None)
    assert "系统对接调试期间重复" not in text_of(liming, f"/alerts/{alert.code}/")


def test_whoever_may_ask_for_quiet_is_led_to_it_where_there_is_something_to_ask_for(matter, liming, wangfang, leader, legal, chief):
    enter("property_item", {"code": "W1", "case_code": "A1", "unit_code": STATION, "seized_at": stamp(40)})
    run_matters(["A1"])
    loud, path = Alert.objects.get(rule_code="SW-001"), "/silences/request/?alert="
    for officer, is_led in ((wangfang, True), (leader, True), (liming, False), (legal, False), (chief, False)):
        assert (f"{path}{loud.code}" in text_of(officer, f"/alerts/{loud.code}/")) is is_led, officer.name
    assert Desk(wangfang).client.get(f"{path}{loud.code}").status_code == 200
    assert path not in text_of(wangfang, f"/alerts/{summoned().code}/")  # protects the liberty of persons
    hand(7, matter="A1")
    assert path not in text_of(wangfang, "/alerts/YJ-2026-000007/")  # no rule would repeat it
    now = timezone.now()
    Silence.objects.create(alert=loud, rule_code="SW-001", unit_id=STATION, reason="系统对接调试期间重复", requested_by=wangfang, approved_by=legal,
                           starts_at=now, ends_at=now + timedelta(days=1))
    assert path not in text_of(wangfang, f"/alerts/{loud.code}/")
    Silence.objects.all().delete()
    for values in ({"is_trial": True}, {"is_trial": False, "state": "办结"}):
        Alert.objects.filter(pk=loud.pk).update(**values)
        assert path not in text_of(wangfang, f"/alerts/{loud.code}/")


def test_a_limit_leads_to_its_strip_and_what_has_none_does_not(matter, liming):
    alert = summoned()
    page, strip = text_of(liming, f"/alerts/{alert.code}/"), f'href="/radar/of/{alert.code}/"'
    assert page.count(strip) == 2  # what is left of it, and in words
    assert Desk(liming).client.get(f"/radar/of/{alert.code}/").status_code == 200
    Alert.objects.filter(pk=alert.pk).update(state="办结")
    assert strip in text_of(liming, f"/alerts/{alert.code}/")
    hand(7, matter="A1", due_at=timezone.now())
    assert "/radar/of/" not in text_of(liming, "/alerts/YJ-2026-000007/")


def test_what_is_gone_is_not_to_be_cured_again(matter, liming):
    alert = summoned()
    form = 'href="/acts/summons/SA1/leave/"'
    assert form in text_of(liming, f"/alerts/{alert.code}/")
    Alert.objects.filter(pk=alert.pk).update(gone_at=timezone.now())
    assert form not in text_of(liming, f"/alerts/{alert.code}/")


def test_other_alerts_of_the_case_stand_beside(matter, wangfang):
    for number in (1, 2):
        hand(number, matter="A1")
    hand(3)
    page = text_of(wangfang, "/alerts/YJ-2026-000001/")
    assert "/alerts/YJ-2026-000002/" in page and "/alerts/YJ-2026-000003/" not in page


# --- the way to the cure ---

def test_from_an_alert_to_the_form_that_cures_it_in_one_step(matter, liming):
    alert = summoned()
    li = Desk(liming)
    page = li.client.get(f"/alerts/{alert.code}/").content.decode()
    assert 'href="/acts/summons/SA1/leave/"' in page
    assert li.form("/acts/summons/SA1/leave/")["left_at"].value() is not None  # nothing has to be typed
    li.does("/acts/summons/SA1/leave/")
    assert overdue("A1").stage == "late"


def test_a_new_row_has_what_is_known_filled_in(matter, liming, records):
    enter("party", party("D1", "A1"))
    enter("decision", {"code": "P1", "case_code": "A1", "party_code": "D1", "unit_code": STATION, "decided_at": stamp(300)})
    overdue_service = Alert.objects.filter(rule_code="CF-003")
    run_matters(["A1"])
    li = Desk(liming)
    page = li.client.get(f"/alerts/{overdue_service.get().code}/").content.decode()
    path = "/cases/A1/service/serve/?decision=P1"
    assert path in page and li.form(path)["decision"].value() == "P1"


def test_whoever_cannot_do_it_is_told_who_can(matter, liming, keeper):
    enter("property_item", {"code": "W1", "case_code": "A1", "unit_code": STATION, "seized_at": stamp(40)})
    run_matters(["A1"])
    code = Alert.objects.get(rule_code="SW-001").code
    assert "由财物管理员办理" in text_of(liming, f"/alerts/{code}/")
    assert 'href="/acts/property_item/W1/check_in/"' in text_of(keeper, f"/alerts/{code}/")


def test_a_call_that_was_taken_without_a_case_leads_to_the_acceptance_of_one(bureau, liming, custodian, whole_library):
    enter("incident", incident("J1", officer_code="010001", reported_at=stamp(40), handled_at=stamp(30), outcome="受理为案件"))
    run_matters(["J1"])
    code = Alert.objects.get(rule_code="JQ-004").code
    li, path = Desk(liming), "/cases/new/?incident=J1"
    assert f'href="{path}"' in text_of(liming, f"/alerts/{code}/")
    assert li.form(path)["summary"].value() == "有人打架"


def test_every_rule_whose_proof_is_a_fact_has_a_form_for_it(whole_library):
    """Nobody writes a rule whose cure cannot be recorded: some act sets the column, or it is corrected."""
    for rule in library():
        name, _, column = rule.proof.partition(".")
        if name in NOUNS:
            field = curing.columns(name)[column].name
            acts = [act for act in ACTS.values() if act.table == name and field in act.fields]
            assert acts or (name, column) in curing.MADE_OF, rule.code


# --- who sees what ---

def test_somebody_from_elsewhere_sees_nothing_anywhere(matter, zhaoqiang, liming):
    put_on_team("A9", zhaoqiang)
    code = hand(1, matter="A1", officer=liming, message="一元路的问题").code
    hand(2, "办结", matter="A1")
    zhao = Desk(zhaoqiang)
    page = zhao.client.get("/alerts/")
    assert page.context["listing"].count == 0 and "没有列出" not in page.content.decode() and "一元路" not in page.content.decode()
    assert codes_in(zhaoqiang, "?state=all&followers=1&matter=A1") == []
    assert zhao.client.get("/alerts/by-case/").context["listing"].count == 0
    assert "YJ-2026" not in b"".join(zhao.client.get("/alerts/?format=csv&state=all").streaming_content).decode()
    for path in (f"/alerts/{code}/", f"/alerts/{code}/submit/", f"/alerts/{code}/attach/", f"/alerts/{code}/files/1/"):
        assert zhao.client.get(path).status_code == 404
    none = zhao.client.get("/alerts/of/NIX/", headers=HTMX).content
    for path in ("/alerts/of/A1/", f"/alerts/of-unit/{STATION}/"):
        text = zhao.client.get(path, headers=HTMX).content.decode()
        assert "一元路" not in text and "没有未办结的" in text and "已办结" not in text
    assert zhao.client.get("/alerts/of/A1/", headers=HTMX).content.replace(b"A1", b"NIX") == none


def test_a_transferred_alert_is_read_by_whoever_has_it_now_without_opening_the_case(matter, liming, bureau):
    other = Officer.objects.create(code="020009", name="钱民警", unit_id="42010202")
    DutyAssignment.objects.create(officer=other, duty="办案民警", unit_id="42010202", starts_on="2020-01-01")
    alert = summoned()
    Alert.objects.filter(pk=alert.pk).update(officer=other, unit_id="42010202")
    page = text_of(other, f"/alerts/{alert.code}/")
    assert "/cases/A1/" not in page and "/acts/summons/" not in page and "SA1" in page


def test_break_glass_opens_the_alerts_of_that_case_to_read_only(matter, zhaoqiang):
    now = timezone.now()
    code = hand(1, matter="A1").code
    BreakGlass.objects.create(officer=zhaoqiang, matter_code="A1", reason="协查", starts_at=now, ends_at=now + timedelta(hours=1))
    page = text_of(zhaoqiang, f"/alerts/{code}/")
    assert "alert-acts" in page and f"/alerts/{code}/submit/" not in page
    assert Desk(zhaoqiang).client.post(f"/alerts/{code}/acknowledge/", {"version": 1}).status_code == 403


def test_no_duty_no_list(bureau, admin):
    assert Desk(admin).client.get("/alerts/").status_code == 403
    assert Desk(admin).client.get("/alerts/by-case/").status_code == 403


# --- fragments ---

def test_fragments_stand_on_the_pages_of_case_incident_unit_and_ones_own(matter, wangfang):
    enter("incident", incident("J1"))
    for path, part in {"/cases/A1/": "/alerts/of/A1/", "/incidents/J1/": "/alerts/of/J1/", f"/units/{STATION}/": f"/alerts/of-unit/{STATION}/",
                       "/me/": "/alerts/mine/"}.items():
        page = text_of(wangfang, path)
        assert f'hx-get="{part}" hx-trigger="load"' in page and "查看预警" in page, path


def test_a_fragment_counts_by_level_and_its_counts_open_their_list(matter, wangfang, liming):
    hand(1, matter="A1", level="red", officer=liming, due_at=timezone.now() + timedelta(hours=1))
    hand(2, matter="A1", level="blue")
    hand(3, "办结", matter="A1")
    text = text_of(wangfang, "/alerts/of/A1/", headers=HTMX)
    assert "未办结 2 条" in text and "/alerts/?matter=A1&amp;level=red" in text and "已办结和撤销 1 条" in text and "/alerts/find/?matter=A1" in text
    assert text.index("第 1 个问题") < text.index("第 2 个问题")
    assert "未办结 2 条" in text_of(wangfang, f"/alerts/of-unit/{STATION}/", headers=HTMX)
    assert "未办结 1 条" in text_of(liming, "/alerts/mine/", headers=HTMX) and "登记人工发现" not in text_of(liming, "/alerts/mine/", headers=HTMX)
    assert "没有未办结的" in text_of(wangfang, "/alerts/mine/", headers=HTMX)
    answer = Desk(wangfang).client.get("/alerts/of/A1/")  # without scripts: the list itself
    assert answer.status_code == 302 and answer["Location"] == "/alerts/?matter=A1"


def test_a_problem_of_an_incident_belongs_to_whoever_handles_it(bureau, wangfang, liming):
    enter("incident", incident("J1", officer_code="010001"))
    Desk(wangfang).does("/alerts/find/?matter=J1", level="yellow", text="到场时间没有登记")
    alert = Alert.objects.get()
    assert (alert.subject_kind, alert.officer_id) == ("incident", liming.code)
    page = text_of(liming, f"/alerts/{alert.code}/")
    assert 'href="/incidents/J1/"' in page and "/submit/" in page


# --- words ---

def test_every_entry_about_alerts_has_a_name():
    for act in ("open", "change", "reopen", "gone", "follow", "free", "escalate", "acknowledge", "begin", "submit", "return", "close", "dispute", "uphold",
                "reject", "dismiss", "transfer", "extend", "supervise", "attach", "find"):
        assert kinds.label(f"alert.{act}") != f"alert.{act}"
    for kind in ("silence.request", "silence.approve", "silence.end", "rule.set", "rule.lift", "rule.demote", "sample.draw", "sample.judge"):
        assert kinds.label(kind) != kind
    assert [kinds.subject(name) for name in ("alert", "silence", "rule", "sample")] == ["预警", "静默", "预警模型", "抽查对照"]
