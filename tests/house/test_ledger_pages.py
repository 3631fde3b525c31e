"""The ledger's pages: who may, what they show, and a check that goes slice by slice."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from bureau import ELSEWHERE, STATION, mentions, sign_in
from django.db import connection, transaction
from django.utils import timezone

from mingjing.ledger import anchors, guards, kinds, verification
from mingjing.ledger.actions import Happening, record, record_all
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
PAGES = ("/ledger/", "/ledger/head/", "/ledger/entries/", "/ledger/entries/1/")


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path


def fill(count: int, unit: str = STATION, matter: str = "A1", **data: object) -> list[Event]:
    by = SimpleNamespace(code="010001", unit_id=unit)
    now = timezone.now()
    happenings = [Happening("summons.arrive", "summons", f"S{n}", matter, now - timedelta(hours=n), {"values": {"n": n, **data}}) for n in range(count)]
    with transaction.atomic():
        return record_all(by=by, happenings=happenings)


@pytest.fixture
def filled(bureau):
    return fill(3)


def go(client, **form: str):
    return client.post("/ledger/verify/", form)


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("who", ["legal", "inspector"])
def test_supervisors_open_every_page(client, request, who, filled):
    sign_in(client, request.getfixturevalue(who))
    for page in PAGES:
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize("who", ["liming", "wangfang", "leader", "records", "custodian", "keeper", "chief"])
def test_nobody_else_opens_any_or_checks(client, request, who, filled):
    sign_in(client, request.getfixturevalue(who))
    for page in PAGES:
        assert client.get(page).status_code == 403, page
    assert go(client, do="start").status_code == 403
    assert not Event.objects.filter(kind="ledger.verify").exists()


def test_an_administrator_sees_the_chain_but_nothing_of_a_case(client, admin, filled):
    with transaction.atomic():
        record(by=SimpleNamespace(code="000009", unit_id="4201"), kind="unit.rename", subject_kind="unit", subject_code="4201")
    sign_in(client, admin)
    assert client.get("/ledger/").status_code == 200
    assert client.get("/ledger/entries/1/").status_code == 404
    assert client.get("/ledger/entries/4/").status_code == 200
    listed = text(client.get("/ledger/entries/"))
    assert "共 1 条" in listed
    assert not mentions("A1", listed)
    assert "/ledger/entries/3/" not in text(client.get("/ledger/entries/4/"))  # the neighbour is named, not offered
    assert "完好" in text(client.post("/ledger/verify/", {"do": "start"}, follow=True))


def test_a_supervisor_of_a_branch_sees_its_units_and_a_foreign_entry_is_like_none(client, bureau, inspector):
    fill(2)
    fill(2, unit=ELSEWHERE, matter="B1")
    inspector.assignments.update(unit_id="420102")
    sign_in(client, inspector)
    assert "共 2 条" in text(client.get("/ledger/entries/"))
    foreign, none = client.get("/ledger/entries/3/"), client.get("/ledger/entries/99/")
    assert foreign.status_code == none.status_code == 404
    assert text(foreign).replace("/3/", "/99/") == text(none) or "没有找到" in text(foreign)


@pytest.mark.parametrize("path", ["/ledger/entries/0/", "/ledger/entries/99999999999999999999/", "/ledger/entries/abc/"])
def test_a_number_that_is_none_is_not_found(client, legal, filled, path):
    sign_in(client, legal)
    assert client.get(path).status_code == 404


def test_the_state_names_head_anchor_and_guards(client, legal, filled):
    sign_in(client, legal)
    page = text(client.get("/ledger/"))
    assert filled[2].digest in page
    assert "3 条" in page
    assert "完好：不允许修改" in page
    assert "还没有核验过" in page
    anchors.keep()
    assert "第 3 条 ·" in text(client.get("/ledger/"))
    next(anchors.folder().iterdir()).write_text("垃圾\n", encoding="utf-8")
    assert "第 1 行读不出" in text(client.get("/ledger/"))
    guards.remove(connection)
    assert "数据库的保护不完整" in text(client.get("/ledger/"))


def test_an_empty_ledger_says_what_will_stand_there(client, legal):
    sign_in(client, legal)
    for page in PAGES[:3]:
        assert "台账里还没有记录" in text(client.get(page)), page
    assert go(client, do="start").status_code == 302


def test_a_small_ledger_is_checked_at_once_and_the_result_stays(client, legal, filled):
    sign_in(client, legal)
    assert go(client, do="start").status_code == 302
    page = text(client.get("/ledger/"))
    assert "完好" in page
    assert "3 条，到第 3 条为止" in page
    event = Event.objects.get(kind="ledger.verify")
    assert (event.actor, event.subject_code, event.label) == ("000001", "3", "核验台账")
    assert verification.whole().sound


def test_a_long_check_goes_on_slice_by_slice_without_scripts(client, legal, bureau, monkeypatch):
    monkeypatch.setattr(verification, "SLICE", 10)
    fill(25)
    sign_in(client, legal)
    go(client, do="start")
    page = text(client.get("/ledger/"))
    assert "停在：10 / 25 条" in page
    assert "继续" in page
    go(client, do="step")
    assert "20 / 25" in text(client.get("/ledger/"))
    go(client, do="step")
    assert "25 条，到第 25 条为止" in text(client.get("/ledger/"))


def test_with_scripts_the_part_asks_for_the_next_slice_itself(client, legal, bureau, monkeypatch):
    monkeypatch.setattr(verification, "SLICE", 10)
    fill(15)
    sign_in(client, legal)
    part = client.post("/ledger/verify/", {"do": "start"}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert 'hx-trigger="load"' in text(part)
    assert '<progress value="10" max="15"' in text(part)
    assert "<html" not in text(part)
    part = client.post("/ledger/verify/", {"do": "step"}, headers={"HX-Request": "true"})
    assert "hx-trigger" not in text(part)
    assert "完好" in text(part)


def test_what_is_recorded_meanwhile_is_checked_as_well_and_no_anchor_is_taken_for_a_cut_end(client, legal, bureau, monkeypatch):
    monkeypatch.setattr(verification, "SLICE", 10)
    fill(10)
    sign_in(client, legal)
    go(client, do="start")
    fill(5)
    anchors.keep()
    go(client, do="step")
    page = text(client.get("/ledger/"))
    assert "15 条，到第 15 条为止" in page
    assert "1 个相符" in page


def test_a_check_can_be_given_up(client, legal, bureau, monkeypatch):
    monkeypatch.setattr(verification, "SLICE", 10)
    fill(15)
    sign_in(client, legal)
    go(client, do="start")
    go(client, do="stop")
    assert "还没有核验过" in text(client.get("/ledger/"))
    assert go(client, do="step").status_code == 302  # there is nothing to go on with
    assert not Event.objects.filter(kind="ledger.verify").exists()


@pytest.mark.parametrize("form", [{}, {"do": "delete"}, {"do": ""}])
def test_another_wish_is_told(client, legal, filled, form):
    sign_in(client, legal)
    assert go(client, **form).status_code == 422
    assert client.get("/ledger/verify/").status_code == 405


def test_flaws_are_shown_with_number_and_meaning_and_can_be_opened(client, legal, filled):
    guards.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_event SET actor = '<b>999' WHERE seq = 2")
    guards.install(connection)
    sign_in(client, legal)
    go(client, do="start")
    page = text(client.get("/ledger/"))
    assert "发现 1 处问题" in page
    assert "内容与摘要不符" in page
    assert '<a href="/ledger/entries/2/">2</a>' in page
    one = text(client.get("/ledger/entries/2/"))
    assert "与记录不符：这一条被改动过" in one
    assert "<b>999" not in one
    assert "与记录相符" in text(client.get("/ledger/entries/1/"))


def test_a_broken_chain_shows_at_the_entry(client, legal, filled):
    guards.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_event WHERE seq = 2")
    guards.install(connection)
    sign_in(client, legal)
    assert "不见了" in text(client.get("/ledger/entries/3/"))
    assert "不衔接" in text(client.get("/ledger/entries/3/"))


def test_an_entry_tells_its_contents_in_words_and_escapes_them(client, legal, bureau, monkeypatch):
    monkeypatch.setattr(kinds, "_fields", {**kinds._fields, ("case", "filed_at"): "立案时间"})
    changes = {"filed_at": [None, "2026-03-02T10:00:00+08:00"], "is_grave": [False, True], "name": ["密:ab", "密:cd"]}
    with transaction.atomic():
        record(
            by=SimpleNamespace(code="010001", unit_id=STATION), kind="case.change", subject_kind="case", subject_code="A1", matter_code="A1",
            occurred_at=timezone.now() - timedelta(days=3), changes=changes, source="<script>alert(1)</script>")
    sign_in(client, legal)
    page = text(client.get("/ledger/entries/1/"))
    assert "立案时间" in page
    assert "2026年3月2日 10:00" in page
    assert "<td>否</td><td>是</td>" in page
    assert "只留加密摘要" in page
    assert "补录" in page
    assert "参数（非法定）" in page
    assert "<script>alert" not in page
    drawer = text(client.get("/ledger/entries/1/", headers={"HX-Request": "true", "HX-Target": "drawer"}))
    assert "<html" not in drawer


def test_the_list_is_narrowed_and_a_condition_that_makes_no_sense_is_told(client, legal, bureau):
    fill(3)
    fill(2, matter="A2")
    sign_in(client, legal)
    assert "共 5 条" in text(client.get("/ledger/entries/"))
    assert "共 2 条" in text(client.get("/ledger/entries/?matter=A2"))
    assert "共 0 条" in text(client.get("/ledger/entries/?matter=A"))
    assert "共 5 条" in text(client.get("/ledger/entries/?actor=010001"))
    assert "共 0 条" in text(client.get("/ledger/entries/?actor=999999"))
    assert "共 0 条" in text(client.get("/ledger/entries/?kind=ledger.export"))
    today = timezone.localdate().isoformat()
    assert "共 5 条" in text(client.get(f"/ledger/entries/?recorded_from={today}&recorded_to={today}"))
    assert "条件无效" in text(client.get("/ledger/entries/?recorded_from=gestern&kind=none&page=-1"))


def test_taking_entries_out_is_recorded(client, legal, filled):
    sign_in(client, legal)
    answer = client.get("/ledger/entries/?format=csv&matter=A1")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len([line for line in lines if line.startswith(("1,", "2,", "3,"))]) == 3
    event = Event.objects.get(kind="ledger.export")
    assert (event.actor, '"count":3' in event.data, '"matter":"A1"' in event.data) == ("000001", True, True)


def test_the_head_is_on_a_sheet_to_be_signed(client, legal, filled):
    sign_in(client, legal)
    page = text(client.get("/ledger/head/"))
    assert "".join(f"<span>{group}</span>" for group in anchors.groups(filled[2].digest)) in page
    assert "签名" in page
    anchors.keep()
    assert "近期留存的链头" in text(client.get("/ledger/head/"))


@pytest.mark.parametrize("count", [3, 60])
def test_pages_ask_few_questions_whatever_the_number_of_rows(client, legal, bureau, django_assert_max_num_queries, count):
    fill(count)
    sign_in(client, legal)
    client.get("/ledger/")
    for page in PAGES:
        with django_assert_max_num_queries(15):
            assert client.get(page).status_code == 200
    with django_assert_max_num_queries(15):
        go(client, do="start")
