"""The lists, the pages of an incident and of a person: who sees what, filters, files, the number of queries."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from bureau import ELSEWHERE, SECOND, STATION, appoint, mentions, sign_in
from caseload import ID_NUMBER, PHONE, ago, case, enter, incident, lead, party
from django.utils import timezone
from openpyxl import load_workbook

from mingjing.accounts.duties import table
from mingjing.accounts.models import BreakGlass, Unit
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import act
from mingjing.cases.models import NOUNS, Incident
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
LISTS = ("incidents", "cases", "parties", "measures", "property", "summonses", "interviews", "decisions")
TABLES = {"property": "property_item", "summonses": "summons", "parties": "party"}


@pytest.fixture
def caseload(liming, wangfang, zhaoqiang):
    """李明 leads A1 and handles J1; A2 and J2 are his unit's; B1 and K1 lie in another branch."""
    for unit, codes in ((STATION, ("A1", "A2")), (ELSEWHERE, ("B1",))):
        for code in codes:
            enter("case", case(code, unit))
            enter("party", party(f"{code}-R01", code, name={"A": "周小甲", "B": "周小乙"}[code[0]], id_kind="居民身份证", id_number=ID_NUMBER,
                                 phone=PHONE, is_juvenile="是"))
            enter("summons", {"code": f"{code}-CH01", "case_code": code, "party_code": f"{code}-R01", "kind": "行政传唤", "arrived_at": ago(hours=2)})
            enter("interview", {"code": f"{code}-XW01", "case_code": code, "party_code": f"{code}-R01", "kind": "询问", "started_at": ago(hours=1)})
            enter("measure", {"code": f"{code}-CS01", "case_code": code, "party_code": f"{code}-R01", "kind": "取保候审"})
            enter("property_item", {"code": f"{code}-WP01", "case_code": code, "unit_code": unit, "name": "手机", "seized_at": ago(hours=9)})
            enter("decision", {"code": f"{code}-JD01", "case_code": code, "party_code": f"{code}-R01", "unit_code": unit,
                               "decided_at": ago(minutes=30), "fine": "500"})
    lead("A1", liming)
    enter("incident", incident("J1", officer_code=liming.code), incident("J2"), incident("K1", ELSEWHERE))


def codes(page) -> set[str]:
    return {line.key for line in page.context["listing"].lines}


# --- reach ---

EVERYTHING = {name: {f"{case}{ending}" for case in ("A1", "A2", "B1")} for name, ending in (
    ("cases", ""), ("parties", "-R01"), ("measures", "-CS01"), ("property", "-WP01"), ("summonses", "-CH01"), ("interviews", "-XW01"), ("decisions", "-JD01"))
} | {"incidents": {"J1", "J2", "K1"}}


def of(name: str, *cases: str) -> set[str]:
    return {code for code in EVERYTHING[name] if code.split("-")[0] in cases}


@pytest.mark.parametrize("name", LISTS)
def test_everybody_sees_just_what_is_within_reach(client, caseload, liming, wangfang, zhaoqiang, legal, name):
    for officer, cases in ((liming, ("A1", "J1")), (wangfang, ("A1", "A2", "J1", "J2")), (zhaoqiang, ()), (legal, ("A1", "A2", "B1", "J1", "J2", "K1"))):
        page = sign_in(client, officer).get(f"/{name}/")
        assert codes(page) == of(name, *cases), officer.name
        assert page.context["listing"].count == len(of(name, *cases)), officer.name
        text = page.content.decode()
        assert not [code for code in EVERYTHING[name] - of(name, *cases) if f">{code}<" in text or f"/{code}/" in text], officer.name


@pytest.mark.parametrize("name", LISTS)
def test_no_filter_and_no_sorting_reaches_further(client, caseload, zhaoqiang, name):
    sign_in(client, zhaoqiang)
    for asked in ("unit=42010201", "unit=4201", "mine=1", "q=A1", "q=打架", "state=未离开", "sort=code", "name=周小甲", "lead=010001", "page=2", "open=1",
                  "leaderless=1"):
        page = client.get(f"/{name}/?{asked}")
        assert page.status_code == 200, asked
        assert page.context["listing"].count == 0, asked
        file = client.get(f"/{name}/?{asked}&format=csv")
        assert not EVERYTHING[name] & set("".join(map(bytes.decode, file.streaming_content)).replace("\r", "").replace("\n", ",").split(",")), asked


def test_an_officer_who_left_the_team_sees_the_case_no_more(client, caseload, liming):
    liming.cases.update(until=timezone.now())
    assert codes(sign_in(client, liming).get("/cases/")) == set()
    assert codes(client.get("/incidents/")) == {"J1"}


def test_whose_incident_became_the_own_case_sees_it(client, caseload, liming):
    enter("incident", {"code": "J2", "case_code": "A1"})
    assert codes(sign_in(client, liming).get("/incidents/")) == {"J1", "J2"}


def test_a_duty_higher_up_reaches_every_unit_below_and_a_second_one_adds_its_cases(client, caseload, liming, bureau):
    enter("case", case("C1", SECOND))
    officer = appoint("020009", "区法制", "420102", "法制员")
    assert codes(sign_in(client, officer).get("/cases/")) == {"A1", "A2", "C1"}
    officer.assignments.create(duty="办案民警", unit_id=ELSEWHERE, starts_on="2020-01-01")
    lead("B1", officer)
    assert codes(client.get("/cases/")) == {"A1", "A2", "C1", "B1"}


def test_a_unit_whose_number_begins_like_another_is_not_below_it(client, bureau, records, caseload):
    """4201021 begins like 420102 and lies elsewhere."""
    Unit.objects.create(code="4201021", name="别处", kind="分局", parent_id="4201", path="4201/4201021/")
    enter("case", case("X1", "4201021"))
    assert "X1" not in codes(sign_in(client, records).get("/cases/"))


def test_break_glass_opens_the_one_case(client, caseload, zhaoqiang):
    now = timezone.now()
    BreakGlass.objects.create(officer=zhaoqiang, matter_code="A1", reason="追查逃犯", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    assert codes(sign_in(client, zhaoqiang).get("/cases/")) == {"A1"}
    assert codes(client.get("/parties/")) == {"A1-R01"}


@pytest.mark.parametrize("name", LISTS)
def test_whose_duty_reaches_no_cases_is_told_so(client, admin, name):
    answer = sign_in(client, admin).get(f"/{name}/")
    assert answer.status_code == 403
    assert "你的职责不能查看" in answer.content.decode()


def test_a_list_opens_for_every_duty_that_may_read(client, bureau, caseload, leader, legal, records, custodian, keeper, chief, inspector):
    for officer in (leader, legal, records, custodian, keeper, chief, inspector):
        duty = officer.assignments.get().duty
        for name in LISTS:
            kind = TABLES.get(name, name.rstrip("s"))
            status = sign_in(client, officer).get(f"/{name}/").status_code
            assert status == (200 if table().allows(duty, kind, "read") else 403), (duty, name)


# --- filters ---

FILTERS = [
    ("cases", "kind=刑事", {"C2"}), ("cases", "state=立案", {"C3"}), ("cases", "state=受案&kind=行政", {"A1", "A2"}), ("cases", "outcome=处罚", {"C3X"}),
    ("cases", "category=交通", {"C3"}), ("cases", "offence=盗", {"C2"}), ("cases", "mine=1", set()), ("cases", "lead=李明", {"A1"}),
    ("cases", "lead=010001", {"A1"}),
    ("cases", "lead=李", set()), ("cases", "leaderless=1", {"A2", "C2", "C3", "C3X"}), ("cases", "open=1", {"A1", "A2", "C2", "C3"}),
    ("cases", "accepted_from=2020-01-05&accepted_to=2020-01-05", {"C2"}), ("cases", "q=c3", {"C3", "C3X"}), ("cases", "q=c3x", {"C3X"}),
    ("incidents", "outcome=none", {"J1", "J2"}), ("incidents", "outcome=当场调解", {"J3"}), ("incidents", "kind=交通", {"J3"}), ("incidents", "q=追尾", {"J3"}),
    ("incidents", "reported_from=2020-01-05&reported_to=2020-01-05", {"J3"}), ("parties", "role=被侵害人", {"C2-R01"}), ("parties", "mark=is_deaf", {"C2-R01"}),
    ("parties", "juvenile=yes", {"A1-R01", "A2-R01"}), ("parties", "juvenile=no", {"C2-R01"}), ("parties", "juvenile=unknown", {"C2-R02"}),
    ("parties", "name=周小甲", {"A1-R01", "A2-R01"}), ("parties", "q=C2-", {"C2-R01", "C2-R02"}), ("measures", "state=待批准", {"A1-CS01", "A2-CS01"}),
    ("measures", "state=执行中", {"C2-CS01"}), ("measures", "state=已结束", {"C2-CS02"}), ("measures", "state=已批准待执行", {"C2-CS03"}),
    ("measures", "state=待批准或者执行", {"A1-CS01", "A2-CS01", "C2-CS03"}), ("measures", "kind=刑事拘留", {"C2-CS01", "C2-CS02", "C2-CS03"}),
    ("property", "state=未入库", {"A1-WP01", "A2-WP01"}), ("property", "state=在库", {"C2-WP01"}), ("property", "state=已处理", {"C2-WP02"}),
    ("property", "q=自行车", {"C2-WP01"}), ("summonses", "state=已离开", {"C2-CH01"}), ("summonses", "state=未离开", {"A1-CH01", "A2-CH01"}),
    ("interviews", "state=进行中", {"A1-XW01", "A2-XW01"}), ("decisions", "decided_from=2020-01-01&decided_to=2020-02-01", set()),
]


@pytest.fixture
def various(caseload):
    old = "2020-01-05 23:59"
    enter("case", case("C2", kind="刑事", category="", offence="盗窃", accepted_at=old), case("C3", category="交通", filed_at=ago(days=1)),
          case("C3X", filed_at=ago(days=2), decided_at=ago(days=1), outcome="处罚", closed_at=ago(hours=1)))
    enter("party", party("C2-R01", "C2", role="被侵害人", is_deaf="是", is_juvenile="否"), party("C2-R02", "C2", name="吴某"))
    enter("measure", *({"code": f"C2-CS0{number}", "case_code": "C2", "party_code": "C2-R02", "kind": "刑事拘留", **times} for number, times in (
        (1, {"approved_at": old, "started_at": old}), (2, {"approved_at": old, "started_at": old, "ended_at": ago(days=1)}), (3, {"approved_at": old}))))
    enter("property_item", *({"code": f"C2-WP0{number}", "case_code": "C2", "unit_code": STATION, "name": name, "seized_at": old, "checked_in_at": old, **more}
                             for number, name, more in ((1, "电动自行车", {}), (2, "木棍", {"disposed_at": ago(days=1)}))))
    enter("summons", {"code": "C2-CH01", "case_code": "C2", "party_code": "C2-R02", "arrived_at": old, "left_at": "2020-01-06 03:00"})
    enter("incident", incident("J3", kind="交通", content="两车追尾", outcome="当场调解", reported_at=old, handled_at=ago(hours=1)))


@pytest.mark.parametrize("name, asked, expected", FILTERS)
def test_filters(client, various, wangfang, name, asked, expected):
    assert codes(sign_in(client, wangfang).get(f"/{name}/?{asked}")) == expected


def test_mine_are_the_cases_of_the_own_team(client, various, liming):
    liming.assignments.create(duty="法制员", unit_id=STATION, starts_on="2020-01-01")
    sign_in(client, liming)
    assert codes(client.get("/cases/?mine=1")) == {"A1"}
    assert codes(client.get("/incidents/?mine=1")) == {"J1"}
    assert codes(client.get("/parties/?mine=1")) == {"A1-R01"}


def test_a_unit_reaches_all_below_it(client, caseload, legal):
    sign_in(client, legal)
    assert codes(client.get("/cases/?unit=420102")) == {"A1", "A2"}
    assert codes(client.get("/parties/?unit=42010301")) == {"B1-R01"}


def test_the_units_offered_are_those_within_reach(client, caseload, wangfang, legal):
    def offered(officer):
        page = sign_in(client, officer).get("/cases/")
        return {code for code, _ in next(one for one in page.context["listing"].asked.filters if one.name == "unit").options}

    assert offered(wangfang) == {STATION}
    assert {STATION, ELSEWHERE, "4201"} <= offered(legal)


BAD = ["kind=x", "unit=42010301", "accepted_from=2026-13-01", "accepted_from=2026-02-01&accepted_to=2026-01-01", "accepted_from=0001-01-01",
       "accepted_to=9999-12-31", "lead=" + "长" * 101, "mine=2", "sort=unit__path", "sort=-password", "page=-1", "page=x", "format=pdf",
       "offence=" + "长" * 101, "open=x"]


@pytest.mark.parametrize("asked", BAD)
def test_a_condition_without_sense_is_told_and_ignored(client, caseload, wangfang, asked):
    page = sign_in(client, wangfang).get(f"/cases/?{asked}")
    assert page.status_code == 200
    assert codes(page) == {"A1", "A2"}
    assert "条件无效，已忽略" in page.content.decode()


def test_one_character_of_a_name_is_no_condition(client, caseload, wangfang):
    page = sign_in(client, wangfang).get("/parties/?name=周")
    assert "条件无效，已忽略" in page.content.decode()
    assert not Event.objects.filter(kind="search.names").exists()


def test_a_personal_number_in_a_list_is_refused_with_the_reason(client, caseload, wangfang):
    sign_in(client, wangfang)
    for number in (ID_NUMBER, PHONE):
        for name in LISTS:
            answer = client.get(f"/{name}/?q={number}")
            assert answer.status_code == 422, (name, number)
            assert "不能用来检索" in answer.content.decode()


# --- files ---

def rows_of(answer) -> list[list[str]]:
    text = "".join(part.decode() for part in answer.streaming_content).lstrip("\ufeff")
    return [row for row in csv.reader(io.StringIO(text)) if row and not row[0].startswith("※")]


def test_a_file_holds_what_is_listed_with_masked_numbers_and_the_ledger_knows(client, caseload, wangfang):
    head, *rows = rows_of(sign_in(client, wangfang).get("/parties/?juvenile=yes&name=周小甲&format=csv"))
    assert [row[head.index("当事人编号")] for row in rows] == ["A2-R01", "A1-R01"]
    assert {row[head.index("证件号码")] for row in rows} == {f"4201************{ID_NUMBER[-2:]}"}
    assert {row[head.index("联系电话")] for row in rows} == {"138******78"}
    entry = Event.objects.get(kind="list.export")
    data = json.loads(entry.data)
    assert (entry.actor, entry.subject_kind, entry.subject_code) == (wangfang.code, "list", "parties")
    assert data["count"] == 2
    assert data["conditions"]["juvenile"] == "yes"
    assert data["conditions"]["name"].startswith("密:")
    assert "周小甲" not in entry.data


@pytest.mark.parametrize("name", LISTS)
def test_nothing_personal_is_whole_in_a_list_or_its_files(client, caseload, wangfang, name):
    enter("incident", incident("J9", content=f"报警人证件 {ID_NUMBER}，电话 {PHONE}，被打", place=f"电话 {PHONE}"))
    sign_in(client, wangfang)
    whole = client.get(f"/{name}/").content.decode() + str(rows_of(client.get(f"/{name}/?format=csv")))
    book = load_workbook(io.BytesIO(b"".join(client.get(f"/{name}/?format=xlsx").streaming_content)), read_only=True)
    whole += str([row for sheet in book for row in sheet.iter_rows(values_only=True)])
    assert ID_NUMBER not in whole
    assert PHONE not in whole
    assert Event.objects.filter(kind="list.export", subject_code=name).count() == 2


def test_a_text_that_a_spreadsheet_would_reckon_is_made_harmless(client, caseload, wangfang):
    Incident.objects.filter(code="J1").update(content="=HYPERLINK(1)", place="@SUM(1)")
    head, *rows = rows_of(sign_in(client, wangfang).get("/incidents/?q=J1&format=csv"))
    row = dict(zip(head, rows[0], strict=True))
    assert (row["报警内容"], row["地点"]) == ("'=HYPERLINK(1)", "'@SUM(1)")


def test_the_name_of_a_file_says_what_it_is(client, caseload, wangfang):
    assert "警情_" in unquote(sign_in(client, wangfang).get("/incidents/?format=xlsx")["Content-Disposition"])


# --- speed: the number of queries does not grow ---

def many(number: int) -> None:
    enter("case", *(case(f"M{index:03}") for index in range(number)))
    enter("party", *(party(f"M{index:03}-R01", f"M{index:03}", id_number="X1", phone=PHONE, is_deaf="是") for index in range(number)))
    inside = [{"case_code": f"M{index:03}", "party_code": f"M{index:03}-R01", "index": f"M{index:03}"} for index in range(number)]

    def rows(ending: str, **more: str) -> list[dict]:
        return [{**{key: value for key, value in one.items() if key != "index"}, "code": one["index"] + ending, **more} for one in inside]

    enter("summons", *rows("-CH01", arrived_at=ago(hours=2)))
    enter("interview", *rows("-XW01", kind="询问", started_at=ago(hours=1)))
    enter("measure", *rows("-CS01", kind="刑事拘留"))
    enter("decision", *rows("-JD01", unit_code=STATION, decided_at=ago(hours=1)))
    enter("property_item", *({"code": f"M{index:03}-WP01", "case_code": f"M{index:03}", "unit_code": STATION, "name": "手机", "seized_at": ago(hours=3)}
                             for index in range(number)))
    enter("incident", *(incident(f"N{index:03}", case_code=f"M{index:03}") for index in range(number)))


@pytest.mark.parametrize("number", [3, 60])
def test_no_list_makes_more_queries_for_more_rows(client, bureau, wangfang, liming, django_assert_max_num_queries, number):
    many(number)
    for index in range(number):
        lead(f"M{index:03}", liming)
    for officer in (wangfang, liming):
        sign_in(client, officer).get("/me/")  # the first request of a session writes it
        for name in LISTS:
            with django_assert_max_num_queries(10):
                page = client.get(f"/{name}/")
            assert page.context["listing"].count == number
        with django_assert_max_num_queries(15):
            client.get("/parties/?name=周某&role=违法嫌疑人&juvenile=unknown&q=M0")
    for path in ("/incidents/N000/", "/parties/M000-R01/", "/late/"):
        with django_assert_max_num_queries(15):
            assert client.get(path).status_code == 200


# --- one incident ---

def test_the_page_of_an_incident(client, caseload, liming):
    page = sign_in(client, liming).get("/incidents/J1/").content.decode()
    assert "有人打架" in page
    assert "138******78" in page
    assert PHONE not in page
    assert "/acts/incident/J1/handle/" in page
    assert "/cases/new/?incident=J1" in page
    assert "录入警情" in page  # out of the ledger


def plain(answer) -> str:
    """The page without its token and without the time of printing."""
    return re.sub(r"[A-Za-z0-9]{64}|<time.*?</time>", "", answer.content.decode())


def test_an_incident_out_of_reach_is_answered_like_none(client, caseload, zhaoqiang, liming):
    for officer, code in ((zhaoqiang, "J1"), (liming, "K1"), (liming, "J2")):
        sign_in(client, officer)
        hidden, none = client.get(f"/incidents/{code}/"), client.get("/incidents/NONE/")
        assert (hidden.status_code, none.status_code) == (404, 404)
        assert plain(hidden).replace(code, "NONE") == plain(none)


def test_acts_that_are_done_or_not_the_viewers_are_not_offered(client, caseload, liming, wangfang):
    enter("incident", {"code": "J1", "outcome": "当场调解", "handled_at": ago(hours=1), "arrived_at": ago(hours=4)})
    page = sign_in(client, liming).get("/incidents/J1/").content.decode()
    assert "/acts/incident/" not in page
    page = sign_in(client, wangfang).get("/incidents/J2/").content.decode()
    assert "/acts/incident/" not in page
    assert "/cases/new/" not in page


def test_an_incident_that_became_a_case_out_of_reach_does_not_open_it(client, caseload, liming):
    enter("incident", {"code": "J1", "case_code": "A2"})
    page = sign_in(client, liming).get("/incidents/J1/").content.decode()
    assert "/cases/A2/" not in page
    assert "不在你的查阅范围之内" in page


def test_markup_in_texts_stays_text(client, caseload, liming):
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    enter("incident", {"code": "J1", "content": bad, "place": bad, "reporter_name": "<b>孙某</b>"})
    enter("party", {"code": "A1-R01", "name": "<i>周</i>"})
    enter("case", {"code": "A1", "offence": "<u>殴打</u>"})
    sign_in(client, liming)
    for path in ("/incidents/", "/incidents/J1/", "/parties/", "/parties/A1-R01/", "/", "/search/?q=alert", "/search/?q=<script>alert", "/search/?q=殴打",
                 "/cases/", "/summonses/"):
        text = client.get(path).content.decode()
        assert not [mark for mark in ("<script>alert", "<img src=x", "<b>孙某", "<i>周", "<u>殴打") if mark in text], path


# --- one person ---

def test_the_page_of_a_person_tells_what_happened_in_this_case_only(client, caseload, wangfang):
    enter("party", party("A1-R02", "A1", name="郑某"))
    enter("summons", {"code": "A1-CH02", "case_code": "A1", "party_code": "A1-R02", "kind": "拘传", "arrived_at": ago(hours=3)})
    page = sign_in(client, wangfang).get("/parties/A1-R01/")
    assert [step.what for step in page.context["steps"]] == ["行政传唤", "询问", "处罚决定", "取保候审"]
    text = page.content.decode()
    assert "未成年" in text
    assert ID_NUMBER not in text
    assert PHONE not in text
    assert "/reveal/party/A1-R01/id_number/" in text
    assert not mentions("B1", text)


def test_a_person_out_of_reach_is_answered_like_none(client, caseload, zhaoqiang, liming):
    for officer, code in ((zhaoqiang, "A1-R01"), (liming, "A2-R01"), (liming, "B1-R01")):
        assert sign_in(client, officer).get(f"/parties/{code}/").status_code == 404


def test_whose_duty_shows_people_but_not_what_happened_to_them_sees_just_that(client, caseload, keeper):
    page = sign_in(client, keeper).get("/parties/A1-R01/")
    assert page.status_code == 200
    assert page.context["steps"] == []
    assert "/reveal/" not in page.content.decode()


def test_drawers_hold_the_content_and_no_frame(client, caseload, liming):
    sign_in(client, liming)
    for path in ("/incidents/J1/", "/parties/A1-R01/"):
        text = client.get(path, headers={"HX-Request": "true", "HX-Target": "drawer"}).content.decode()
        assert "<html" not in text
        assert "drawer-head" in text


# --- late entries ---

def test_late_entries_are_listed_within_reach_and_imports_are_not(client, caseload, liming, wangfang, zhaoqiang):
    act(by=viewer(liming), table="summons", name="leave", target="A1-CH01", values={"left_at": timezone.now() - timedelta(minutes=5)})
    assert codes(sign_in(client, wangfang).get("/late/")) == set()
    act(by=viewer(liming), table="party", name="add", matter="A1", values={"role": "证人", "name": "钱某"})
    act(by=viewer(liming), table="notification", name="give", matter="A1",
        values={"kind": NOUNS["notification"]._meta.get_field("kind").flatchoices[0][0], "notified_at": timezone.now() - timedelta(days=2)})
    page = client.get("/late/")
    assert [line.key for line in page.context["listing"].lines] == [str(Event.objects.get(kind="notification.give").seq)]
    assert "李明" in page.content.decode()
    assert codes(sign_in(client, zhaoqiang).get("/late/")) == set()


def test_codes_with_strange_characters_have_their_pages(client, caseload, liming):
    enter("incident", incident("公(一)2026 字第#1?号&", officer_code=liming.code))
    sign_in(client, liming)
    link = next(line.url for line in client.get("/incidents/").context["listing"].lines if line.key.startswith("公"))
    assert client.get(link).status_code == 200
