"""今日: every duty sees what it must act on, within reach; every number opens its list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bureau import ELSEWHERE, PEOPLE, STATION, appoint, sign_in
from caseload import ago, case, enter, incident, lead, party
from django.utils import timezone

from mingjing.accounts.duties import table
from mingjing.accounts.models import BreakGlass, DutyAssignment
from mingjing.accounts.scope import viewer
from mingjing.cases import today
from mingjing.cases.actions import act
from mingjing.cases.models import NOUNS

pytestmark = pytest.mark.django_db


def station(first: str, unit: str) -> None:
    """Two cases: one in the middle of everything, one old and quiet; two incidents, one handled."""
    enter("case", case(f"{first}1", unit), case(f"{first}2", unit, accepted_at=ago(days=30), filed_at=ago(days=29)))
    enter("party", party(f"{first}1-R01", f"{first}1", name="周某", is_juvenile="是"), party(f"{first}2-R01", f"{first}2"))
    enter("summons", {"code": f"{first}1-CH01", "case_code": f"{first}1", "party_code": f"{first}1-R01", "arrived_at": ago(hours=5)},
          {"code": f"{first}2-CH01", "case_code": f"{first}2", "party_code": f"{first}2-R01", "arrived_at": ago(days=29), "left_at": ago(days=28.9)})
    enter("interview", {"code": f"{first}1-XW01", "case_code": f"{first}1", "party_code": f"{first}1-R01", "kind": "询问", "started_at": ago(hours=1)})
    enter("measure", {"code": f"{first}1-CS01", "case_code": f"{first}1", "party_code": f"{first}1-R01", "kind": "取保候审"},
          {"code": f"{first}1-CS02", "case_code": f"{first}1", "party_code": f"{first}1-R01", "kind": "监视居住", "approved_at": ago(hours=2)},
          {"code": f"{first}2-CS01", "case_code": f"{first}2", "party_code": f"{first}2-R01", "kind": "取保候审", "approved_at": ago(days=2),
           "started_at": ago(days=1)})
    enter("property_item", {"code": f"{first}1-WP01", "case_code": f"{first}1", "unit_code": unit, "name": "手机", "seized_at": ago(hours=9)},
          {"code": f"{first}2-WP01", "case_code": f"{first}2", "unit_code": unit, "name": "木棍", "seized_at": ago(days=9), "checked_in_at": ago(days=9)})
    enter("decision", {"code": f"{first}2-JD01", "case_code": f"{first}2", "party_code": f"{first}2-R01", "unit_code": unit, "decided_at": ago(days=1)},
          {"code": f"{first}2-JD02", "case_code": f"{first}2", "party_code": f"{first}2-R01", "unit_code": unit, "decided_at": ago(days=20)})
    enter("incident", incident(f"J{first}1", unit), incident(f"J{first}2", unit, outcome="当场调解", handled_at=ago(hours=1)))


@pytest.fixture
def bureau_at_work(liming, wangfang, zhaoqiang):
    station("A", STATION)
    station("B", ELSEWHERE)
    lead("A1", liming)
    lead("A2", liming)
    enter("incident", {"code": "JA1", "officer_code": liming.code})


def numbers(page) -> dict[str, int]:
    return {label: number for label, number, _, _ in page.context["numbers"]}


HERE, RUNNING, WAITING, MINE, OWN = "到案未离开的人", "正在进行的询问讯问", "等待批准或执行的措施", "我承办的未结案件", "我的未处理警情"
SEEN = {
    "liming": {HERE: 1, RUNNING: 1, WAITING: 2, MINE: 2, OWN: 1}, "zhaoqiang": {HERE: 0, RUNNING: 0, WAITING: 0, MINE: 0, OWN: 0},
    "wangfang": {"近 7 日的处罚决定": 1, "近 7 日的补录": 0}, "leader": {HERE: 1, WAITING: 2, "等待立案": 1, "没有主办的未结案件": 0},
    "legal": {"近 7 日的处罚决定": 2, "近 7 日的补录": 0, "等待复核的临时授权": 0}, "records": {"未处理的警情": 1}, "custodian": {HERE: 1},
    "keeper": {"没有入库的涉案财物": 1}, "chief": {}, "inspector": {"等待复核的临时授权": 0}, "admin": {},
}


@pytest.mark.parametrize("who", SEEN)
def test_every_duty_sees_its_numbers_within_reach_and_each_opens_its_list(client, bureau_at_work, request, who):
    page = sign_in(client, request.getfixturevalue(who)).get("/")
    assert page.status_code == 200
    assert numbers(page) == SEEN[who]
    assert not [code for code in ("B1", "JB1") if f"/{code}/" in page.content.decode()] or who in ("legal", "chief")
    for label, number, _, url in page.context["numbers"]:
        listed = client.get(url)
        assert listed.status_code == 200, label
        assert listed.context["listing"].count == number, label
        assert not [chip for chip in listed.context["listing"].asked.chips if chip.is_fault], label


def test_every_duty_of_the_table_has_panels():
    assert set(today.OF_DUTY) == set(table().duties) - {"系统接口"}
    assert {name for names in today.OF_DUTY.values() for name in names} == set(today.ORDER) == set(today.PANELS)
    assert set(today.PANELS) <= set(today.WORDS)


def test_what_cannot_wait_stands_first_and_says_why(client, bureau_at_work, liming):
    page = sign_in(client, liming).get("/")
    mine = next(panel for panel in page.context["panels"] if panel.name == "mine")
    assert [line.about.split(" · ")[0] for line in mine.lines] == ["A1", "A2"]
    assert set(mine.lines[0].signs) == {"询问讯问进行中", "有人到案未离开", "有措施已批准待执行", "有措施待批准", "物品未入库", "未立案"}
    assert set(mine.lines[1].signs) == {"决定未送达"}
    here = next(panel for panel in page.context["panels"] if panel.name == "here")
    assert (here.lines[0].title, here.lines[0].waits, here.lines[0].signs) == ("周某", "5 小时", ["未成年"])


def test_a_case_without_people_or_lead_says_so(client, bureau_at_work, liming, leader):
    enter("case", case("A3"), case("A4", is_offender_unknown="是"))
    for code in ("A3", "A4"):
        lead(code, liming)
    lines = {line.about.split(" · ")[0]: line.signs for panel in today.panels(viewer(liming)) if panel.name == "mine" for line in panel.lines}
    assert "没有当事人" in lines["A3"]
    assert "没有当事人" not in lines["A4"]
    enter("case", case("A5", filed_at=ago(days=1)))
    assert numbers(sign_in(client, leader).get("/"))["没有主办的未结案件"] == 1


def test_closed_cases_wait_for_nothing(client, bureau_at_work, liming):
    enter("case", {"code": "A1", "filed_at": ago(days=2), "decided_at": ago(days=1), "outcome": "不予处罚", "closed_at": ago(hours=1)})
    found = numbers(sign_in(client, liming).get("/"))
    assert (found[MINE], found[WAITING]) == (1, 0)


def test_late_entries_of_the_last_days(client, bureau_at_work, liming, wangfang, zhaoqiang):
    kind = NOUNS["notification"]._meta.get_field("kind").flatchoices[0][0]
    act(by=viewer(liming), table="notification", name="give", matter="A1", values={"kind": kind, "notified_at": timezone.now() - timedelta(days=2)})
    page = sign_in(client, wangfang).get("/")
    assert numbers(page)["近 7 日的补录"] == 1
    assert "晚录 2 天" in page.content.decode()


def test_break_glass_waits_for_somebody_elses_review(client, bureau_at_work, zhaoqiang, inspector):
    now = timezone.now()
    for officer in (zhaoqiang, inspector):
        BreakGlass.objects.create(officer=officer, matter_code="A1", reason="<i>追查</i>", starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    page = sign_in(client, inspector).get("/")
    assert numbers(page)["等待复核的临时授权"] == 1
    assert "赵强" in page.content.decode()
    assert "<i>追查" not in page.content.decode()


def test_several_duties_add_up_and_each_panel_stands_once(client, bureau_at_work, liming):
    for duty in ("办案中心管理员", "单位负责人", "财物管理员"):
        liming.assignments.create(duty=duty, unit_id=STATION, starts_on="2020-01-01")
    names = [panel.name for panel in sign_in(client, liming).get("/").context["panels"]]
    assert names == ["here", "interviews", "measures", "mine", "filings", "my_incidents", "items"]


def test_without_any_duty_today_the_page_says_whom_to_ask(client, bureau_at_work, liming):
    DutyAssignment.objects.filter(officer=liming).update(ends_on=timezone.localdate() - timedelta(days=1))
    page = sign_in(client, liming).get("/")
    assert page.status_code == 200
    assert "今天没有任何职责" in page.content.decode()


def test_leaders_see_figures_of_units_and_no_single_officer(client, bureau_at_work, chief, liming):
    page = sign_in(client, chief).get("/")
    panel = next(one for one in page.context["panels"] if one.name == "figures")
    weeks, hours = panel.charts
    assert sum(sum(row[1:]) for row in weeks["table"][1:]) == 4
    assert "4 起" in weeks["title"]
    assert len(weeks["table"]) == 1 + today.WEEKS
    assert sum(row[1] for row in hours["table"][1:]) == 4
    assert {listed["url"]: client.get(listed["url"]).context["listing"].count for listed in panel.charts} == {weeks["url"]: 4, hours["url"]: 4}
    text = page.content.decode()
    assert not [name for _, name, *_ in PEOPLE.values() if name in text and name != chief.name]


def test_figures_are_of_the_units_below_only(client, bureau_at_work):
    officer = appoint("020008", "分管", "420102", "局领导")
    weeks, hours = next(one for one in sign_in(client, officer).get("/").context["panels"] if one.name == "figures").charts
    assert sum(sum(row[1:]) for row in weeks["table"][1:]) == 2
    assert sum(row[1] for row in hours["table"][1:]) == 2


def test_the_system_administrator_sees_doors_and_no_cases(client, bureau_at_work, admin):
    page = sign_in(client, admin).get("/")
    assert [panel.name for panel in page.context["panels"]] == ["system"]
    for _, url, _ in page.context["panels"][0].links:
        assert client.get(url).status_code == 200, url
    assert "周某" not in page.content.decode()


@pytest.mark.parametrize("number", [3, 60])
def test_the_page_makes_no_more_queries_for_more_rows(client, bureau_at_work, liming, number, django_assert_max_num_queries):
    enter("case", *(case(f"M{index:03}") for index in range(number)))
    enter("party", *(party(f"M{index:03}-R01", f"M{index:03}") for index in range(number)))
    enter("summons", *({"code": f"M{index:03}-CH01", "case_code": f"M{index:03}", "party_code": f"M{index:03}-R01", "arrived_at": ago(hours=2)}
                       for index in range(number)))
    enter("incident", *(incident(f"N{index:03}", officer_code=liming.code) for index in range(number)))
    for index in range(number):
        lead(f"M{index:03}", liming)
    sign_in(client, liming).get("/me/")
    with django_assert_max_num_queries(15):
        client.get("/")
    for duty in set(today.OF_DUTY) - {"办案民警"}:
        liming.assignments.create(duty=duty, unit_id="4201", starts_on="2020-01-01")
    client.get("/me/")
    with django_assert_max_num_queries(15):
        page = client.get("/")
    assert len(page.context["panels"]) == len(today.ORDER)
