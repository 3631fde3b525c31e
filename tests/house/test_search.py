"""The search over codes, names and texts in Chinese: what is found, what never is, and what the ledger keeps of it."""

from __future__ import annotations

import json

import pytest
from bureau import ELSEWHERE, STATION, sign_in
from caseload import ID_NUMBER, PHONE, ago, case, clerk, enter, incident, lead, party
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from mingjing.accounts.scope import viewer
from mingjing.cases import search
from mingjing.cases.actions import act, correct, enter_all
from mingjing.cases.models import Case, SearchText
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def texts(liming, wangfang, zhaoqiang):
    enter("case", case("A100", offence="盗窃", summary="嫌疑人入室盗窃电动自行车一辆"), case("A200", offence="殴打他人", summary="酒后滋事，打人致伤"),
          case("B100", ELSEWHERE, offence="盗窃", summary="扒窃手机"))
    enter("party", party("A100-R01", "A100", name="欧阳建国"), party("A200-R01", "A200", name="欧阳"), party("B100-R01", "B100", name="欧阳建国"),
          party("A200-R02", "A200", name="买买提·吐尔逊"), party("A200-R03", "A200", name="John Smith"))
    enter("property_item", {"code": "A100-WP01", "case_code": "A100", "unit_code": STATION, "name": "电动自行车", "seized_at": ago(hours=9)})
    enter("incident", incident("J100", content="发现宾馆内有人吸毒，请查处。ＡＢＣ１２３车牌"), incident("J200", content="两车追尾"),
          incident("K100", ELSEWHERE, content="有人吸毒"))
    lead("A100", liming)


def found(page) -> dict[str, list[str]]:
    return {group.label: [str(hit.title) for hit in group.hits] for group in page.context["groups"]}


def asked(client, officer, typed: str):
    page = sign_in(client, officer).get("/search/", {"q": typed})
    assert page.status_code == 200, typed
    return page


# --- words ---

WORDS = [
    ("盗窃", {"案件": ["A100"]}), ("吸毒", {"警情": ["J100"]}), ("打人", {"案件": ["A200"]}), ("滋事", {"案件": ["A200"]}),
    ("自行车", {"案件": ["A100"], "涉案财物": ["电动自行车"]}), ("盗窃自行车", {"案件": ["A100"]}), ("自行车 盗窃", {"案件": ["A100"]}),
    ("盗窃，自行车。", {"案件": ["A100"]}), ("自行车 吸毒", {}), ("abc123", {"警情": ["J100"]}),
    ("车辆被盗", {}), ("入室盗窃", {"案件": ["A100"]}), ("一辆自行车", {"案件": ["A100"]}), ("查处有人", {"警情": ["J100"]}),
]


@pytest.mark.parametrize("typed, expected", WORDS)
def test_words_of_texts_are_found(client, texts, wangfang, typed, expected):
    assert found(asked(client, wangfang, typed)) == expected


def test_what_matched_is_marked_and_nothing_personal_shown(client, texts, wangfang):
    enter("incident", incident("J300", content=f"电话 {PHONE} 证件 {ID_NUMBER} 报称被诈骗"))
    text = asked(client, wangfang, "诈骗").content.decode()
    assert "<mark>诈骗</mark>" in text
    assert PHONE not in text
    assert ID_NUMBER not in text


def test_a_text_is_found_by_its_new_words_only_after_every_kind_of_change(client, texts, wangfang, liming, records):
    enter("incident", {"code": "J200", "content": "车辆被砸"})
    case_ = Case.objects.get(code="A100")
    act(by=viewer(liming), table="case", name="describe", target="A100", values={"summary": "翻墙进入"}, version=case_.version)
    assert found(asked(client, wangfang, "追尾")) == {}
    assert found(asked(client, wangfang, "被砸")) == {"警情": ["J200"]}
    assert found(asked(client, wangfang, "翻墙")) == {"案件": ["A100"]}
    assert found(asked(client, wangfang, "入室")) == {}
    row = Case.objects.get(code="A200")
    correct(by=viewer(records), table="case", target="A200", values={"offence": "寻衅滋事"}, reason="案由录错了", version=row.version)
    assert found(asked(client, wangfang, "寻衅")) == {"案件": ["A200"]}


def test_a_row_made_by_hand_is_found(client, bureau, liming):
    values = {"unit": bureau[STATION], "kind": "治安", "reported_at": timezone.now(), "content": "邻里噪音纠纷"}
    row = act(by=viewer(liming), table="incident", name="record", values=values)
    assert found(asked(client, liming, "噪音")) == {"警情": [row.code]}


def test_what_was_refused_is_not_in_the_index(texts):
    enter_all(by=viewer(clerk()), table="incident", rows=[incident("J900", content="坠楼", reported_at="2099-01-01 00:00")], source="测试")
    enter_all(by=viewer(clerk()), table="incident", rows=[incident("J901", content="坠楼")], source="测试", dry_run=True)
    assert not search.matching(["incident"], "坠楼")


def test_the_index_can_be_made_anew(client, texts, wangfang, capsys):
    SearchText.objects.all().delete()
    assert found(asked(client, wangfang, "吸毒")) == {}
    call_command("index_search")
    assert "警情 3 行" in capsys.readouterr().out
    assert found(asked(client, wangfang, "吸毒")) == {"警情": ["J100"]}
    call_command("index_search")
    assert SearchText.objects.filter(kind="incident").count() == 3


def test_common_words_are_found_as_well_as_rare_ones(client, texts, wangfang, monkeypatch):
    monkeypatch.setattr(search, "FEW", 1)
    enter("incident", *(incident(f"J4{number:02}", content="广场有人吸毒") for number in range(12)))
    page = asked(client, wangfang, "吸毒")
    group = page.context["groups"][0]
    assert len(group.hits) == 8
    assert group.is_more
    listed = client.get(group.url)
    assert listed.context["listing"].count == 13


def test_pieces_of_a_text():
    assert search.pieces("被盗窃，Ab1２") == ["被盗", "盗窃", "ab12"]
    assert search.pieces(f"电话{PHONE}") == ["电话"]
    assert search.pieces("") == []
    assert search.pieces("毒") == []
    assert search.pieces("盗窃盗窃") == ["盗窃", "窃盗"]


@pytest.mark.parametrize("typed", [
    "'; DROP TABLE x; --盗窃", "\"盗窃\" OR 1=1", "盗窃 & | ! ( ) : *", "盗窃\\", "NEAR(盗窃 吸毒)", "盗窃 NOT", "盗窃 '", "😀盗窃",
])
def test_signs_of_query_languages_are_only_signs(client, texts, wangfang, typed):
    page = asked(client, wangfang, typed)
    assert not page.context["groups"] or found(page) == {"案件": ["A100"]}


@pytest.mark.parametrize("typed, told", [
    ("毒", "至少输入两个字"), ("？！", "至少输入两个字"), ("1", "至少输入两个字"), ("长" * 101, "太长"),
])
def test_what_cannot_be_searched_is_told(client, texts, wangfang, typed, told):
    assert told in asked(client, wangfang, typed).content.decode()


def test_nothing_typed_and_nothing_found_say_what_to_do(client, texts, wangfang):
    assert "证件号码、电话号码不能用来检索" in asked(client, wangfang, "").content.decode()
    assert "没有找到" in asked(client, wangfang, "外星飞船").content.decode()


# --- reach ---

REACH = [
    ("盗窃", {"liming": ["A100"], "wangfang": ["A100"], "zhaoqiang": [], "legal": ["A100", "B100"]}),
    ("吸毒", {"liming": [], "wangfang": ["J100"], "zhaoqiang": [], "legal": ["J100", "K100"]}),
    ("欧阳建国", {"liming": ["A100-R01"], "wangfang": ["A100-R01"], "zhaoqiang": [], "legal": ["A100-R01", "B100-R01"]}),
    ("A1", {"liming": ["A100", "A100-R01", "A100-WP01"], "wangfang": ["A100", "A100-R01", "A100-WP01"], "zhaoqiang": [],
            "legal": ["A100", "A100-R01", "A100-WP01"]}),
]


@pytest.mark.parametrize("typed, expected", REACH)
def test_nothing_out_of_reach_is_found_or_counted(client, texts, request, typed, expected):
    for who, codes in expected.items():
        groups = asked(client, request.getfixturevalue(who), typed).context["groups"]
        assert sorted(hit.code for group in groups for hit in group.hits) == codes, who


def test_a_code_out_of_reach_is_answered_like_one_that_does_not_exist(client, texts, zhaoqiang):
    hidden, none = asked(client, zhaoqiang, "A100"), asked(client, zhaoqiang, "Z999")
    assert (hidden.context["groups"], none.context["groups"]) == ([], [])
    assert "没有找到" in hidden.content.decode()


def test_whose_duty_reaches_no_cases_finds_none(client, texts, admin):
    for typed in ("盗窃", "欧阳建国", "A100"):
        assert found(asked(client, admin, typed)) == {}


# --- codes ---

@pytest.mark.parametrize("typed, path", [("A100", "/cases/A100/"), ("a100", "/cases/A100/"), ("Ａ１００", "/cases/A100/"), (" J100 ", "/incidents/J100/"),
                                         ("A100-R01", "/parties/A100-R01/")])
def test_a_whole_code_opens_its_page(client, texts, wangfang, typed, path):
    answer = sign_in(client, wangfang).get("/search/", {"q": typed})
    assert (answer.status_code, answer["Location"]) == (302, path)


def test_a_code_that_two_things_have_opens_neither(client, texts, wangfang):
    enter("incident", incident("A100"))
    assert set(found(asked(client, wangfang, "A100"))) == {"案件", "警情", "当事人", "涉案财物"}


def test_the_beginning_of_a_code_lists_what_begins_so(client, texts, wangfang):
    page = asked(client, wangfang, "a2")
    assert found(page)["案件"] == ["A200"]
    assert len(found(page)["当事人"]) == 3
    assert {line.key for line in client.get(page.context["groups"][0].url).context["listing"].lines} == {"A200"}


def test_searching_by_codes_and_words_leaves_no_trace(client, texts, wangfang):
    before = Event.objects.count()
    for typed in ("盗窃", "自行车 盗窃", "A1", "追尾"):
        asked(client, wangfang, typed)
    assert Event.objects.count() == before


# --- names ---

NAMES = [("欧阳建国", 1), ("欧阳", 2), ("买买提·吐尔逊", 1), ("买买提", 1), ("John Smith", 1), ("建国", 0), ("阳建国", 0)]


@pytest.mark.parametrize("typed, number", NAMES)
def test_names_are_found_from_their_beginning_and_the_look_is_kept(client, texts, wangfang, typed, number):
    groups = asked(client, wangfang, typed).context["groups"]
    people = [hit for group in groups if group.label == "当事人" for hit in group.hits]
    assert len(people) == number
    entry = Event.objects.get(kind="search.names")
    data = json.loads(entry.data)
    assert entry.actor == wangfang.code
    assert data["count"] == number
    assert data["name"].startswith("密:")
    assert typed not in entry.data


def test_the_list_of_a_name_is_kept_as_well(client, texts, wangfang):
    page = asked(client, wangfang, "欧阳建国")
    listed = client.get(page.context["groups"][0].url)
    assert [line.key for line in listed.context["listing"].lines] == ["A100-R01"]
    assert Event.objects.filter(kind="search.names").count() == 2


def test_a_name_with_signs_of_a_pattern_finds_only_itself(client, texts, wangfang):
    for typed in ("欧%", "欧_", "%%", "__"):
        assert found(asked(client, wangfang, typed)) == {}


@pytest.mark.parametrize("typed", [
    ID_NUMBER, ID_NUMBER[:-1] + "x", "110101900307123", PHONE, f"+86{PHONE}", "027-87654321", f"张三 {PHONE}", "１３８１２３４５６７８", "110101199003071234",
])
def test_personal_numbers_are_refused_with_the_reason_and_found_nowhere(client, texts, wangfang, typed):
    enter("party", {"code": "A100-R01", "id_kind": "居民身份证", "id_number": ID_NUMBER, "phone": PHONE})
    enter("incident", incident("J300", content=f"号码 {typed}"))
    before = Event.objects.count()
    page = asked(client, wangfang, typed)
    assert page.context["groups"] == []
    assert "不能用来检索" in page.content.decode()
    assert Event.objects.count() == before
    assert not SearchText.objects.filter(words__contains=typed[:11]).exists()


def test_a_code_of_eighteen_digits_is_a_code(client, texts, wangfang):
    code = "420102019999990001"
    enter("case", case(code))
    assert sign_in(client, wangfang).get("/search/", {"q": code})["Location"] == f"/cases/{code}/"


# --- speed ---

@pytest.mark.parametrize("number", [3, 60])
def test_no_search_makes_more_than_fifteen_queries(client, texts, wangfang, liming, django_assert_max_num_queries, number):
    enter("case", *(case(f"M{index:03}", offence="盗窃", summary="欧阳") for index in range(number)))
    enter("party", *(party(f"M{index:03}-R01", f"M{index:03}", name="欧阳") for index in range(number)))
    enter("measure", *({"code": f"M{index:03}-CS01", "case_code": f"M{index:03}", "party_code": f"M{index:03}-R01", "kind": "刑事拘留"}
                       for index in range(number)))
    enter("incident", *(incident(f"M{index:03}J", content="盗窃 欧阳") for index in range(number)))
    enter("property_item", *({"code": f"M{index:03}-WP01", "case_code": f"M{index:03}", "unit_code": STATION, "name": "欧阳 手机", "seized_at": ago(hours=1)}
                             for index in range(number)))
    for index in range(number):
        lead(f"M{index:03}", liming)
    for officer in (wangfang, liming):
        sign_in(client, officer).get("/me/")
        for typed in ("盗窃", "欧阳", "M0", "M000"):
            with django_assert_max_num_queries(15):
                client.get("/search/", {"q": typed})


def test_each_database_uses_its_index(texts):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN SELECT code FROM cases_searchtext WHERE {search._match()}", [search._asked(["吸毒"])])
            assert "search_by_words" in str(cursor.fetchall())
        else:
            cursor.execute("INSERT INTO cases_searchwords(cases_searchwords) VALUES ('integrity-check')")  # raises when table and triggers have parted
