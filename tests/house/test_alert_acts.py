"""Every act on an alert through its page: who may and who must not, what is refused where, two people at once, several at once, and who judges whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alerting import hand, overdue
from bureau import ELSEWHERE, STATION
from caseload import case, enter, party, put_on_team
from desk import Desk
from django.db import OperationalError, connection
from django.utils import timezone

from mingjing.accounts.duties import NONE, TEAM, table
from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.alerts import states
from mingjing.alerts.actions import handling
from mingjing.alerts.acts import ACTS, BATCHED
from mingjing.alerts.models import Alert, Statement
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
DUTIES = sorted(set(table().duties) - {"系统接口"})
REASON = "写明了理由的一段话"


def later(hours: float = 5) -> str:
    return f"{timezone.localtime() + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


def typed(officer: Officer | None = None) -> dict[str, str]:
    """Enough for the form of any act on an alert that nobody has touched."""
    return {"version": "1", "text": REASON, "answer_by": later(), "supervise_by": later(), "fault": "重复", "officer": officer.code if officer else "010001"}


@pytest.fixture
def matter(bureau) -> str:
    enter("case", case("A1"), case("A9", ELSEWHERE))
    return "A1"


def summoned(hours: float = 12, **more: str) -> Alert:
    """Somebody who has been there too long, in 李明's case A1."""
    enter("party", party("D1", "A1"))
    arrived = timezone.localtime() - timedelta(hours=hours)
    enter("summons", {"code": "S1", "case_code": "A1", "party_code": "D1", "kind": "行政传唤", "arrived_at": f"{arrived:%Y-%m-%d %H:%M}", **more})
    return overdue("A1")


def someone(duty: str, *, on_team: bool) -> Officer:
    made = Officer.objects.create(code=f"T{DUTIES.index(duty):02d}{int(on_team)}", name=f"测试{duty}", unit_id=STATION)
    DutyAssignment.objects.create(officer=made, duty=duty, unit_id=STATION, starts_on="2020-01-01")
    if on_team:
        put_on_team("A1", made, "协办")
    return made


def everything() -> tuple:
    return tuple(Alert.objects.order_by("code").values_list("code", "state", "version", "officer_id")), Statement.objects.count(), Event.objects.count()


@pytest.mark.parametrize("on_team", [True, False], ids=["承办", "不承办"])
@pytest.mark.parametrize("duty", DUTIES)
def test_every_cell_of_the_permission_table(matter, duty, on_team):
    """A page for whoever may, 403 for whoever may only read, 404 for whoever may not even know; what is forbidden writes nothing.

    A cell that says yes is opened. One that says no is sent, for that is what must not pass; and opened in the first state."""
    desk, wrong = Desk(someone(duty, on_team=on_team)), []
    for number, state in enumerate(states.STATES, 1):
        hand(number, state, matter="A1")
    elsewhere = hand(99, unit=ELSEWHERE, matter="A9").code
    before, reach = everything(), table().duties[duty].reach
    reads = reach != NONE and (on_team or reach != TEAM)
    for act in (*ACTS, "attach"):
        row = table().permission("alert", act)
        if desk.client.post(f"/alerts/{elsewhere}/{act}/", typed()).status_code != 404:
            wrong.append((act, "elsewhere"))
        for number, state in enumerate(states.STATES if reads else states.STATES[:1], 1):
            may = reads and table().allows(duty, "alert", act, state) and not (row.not_own and on_team)
            path = f"/alerts/YJ-2026-{number:06d}/{act}/"
            wanted = 404 if not reads else 405 if act == "acknowledge" else 200 if may else 403
            if (may or number == 1) and (answer := desk.client.get(path).status_code) != wanted:
                wrong.append((act, state, answer, wanted))
            if not may and (answer := desk.client.post(path, typed()).status_code) != (403 if reads else 404):
                wrong.append((act, state, "sent", answer))
    assert not wrong
    assert everything() == before


@pytest.mark.parametrize("duty", DUTIES)
def test_registering_a_problem_by_every_duty(matter, duty):
    desk, allowed = Desk(someone(duty, on_team=False)), table().allows(duty, "alert", "find")
    before = everything()
    assert desk.client.get("/alerts/find/?matter=A1").status_code == (200 if allowed else 403)
    assert desk.client.post("/alerts/find/", {"matter": "A9", "level": "red", "text": REASON}).status_code == (422 if allowed else 403)
    assert everything() == before
    answer = desk.client.post("/alerts/find/", {"matter": "A1", "level": "red", "text": REASON})
    assert answer.status_code == (302 if allowed else 403)
    assert Alert.objects.count() == int(allowed)


def test_buttons_are_only_those_that_pass(matter, liming, wangfang, leader, legal, chief):
    put_on_team("A1", liming)
    code = hand(1, matter="A1", officer=liming).code

    def shown(officer: Officer) -> set[str]:
        text = Desk(officer).client.get(f"/alerts/{code}/").content.decode()
        return {act for act in (*ACTS, "attach") if f"/alerts/{code}/{act}/" in text}

    assert shown(liming) == {"acknowledge", "submit", "dispute", "attach"}
    assert shown(wangfang) == {"acknowledge", "submit", "dispute", "attach", "transfer", "dismiss"}
    assert shown(chief) == {"supervise"}
    Alert.objects.update(state="已反馈")
    assert shown(liming) == {"attach"}
    assert shown(wangfang) == {"close", "return", "dismiss", "attach"}
    Alert.objects.update(state="申辩中")
    assert shown(leader) == {"uphold", "reject", "attach"}
    Alert.objects.update(state="办结")
    assert shown(legal) == {"reopen"} and shown(leader) == set()


def test_the_whole_way_through_the_pages(matter, liming, wangfang):
    put_on_team("A1", liming)
    code = summoned().code
    li, wang, page = Desk(liming), Desk(wangfang), f"/alerts/{code}/"
    version = li.client.get(page).context["alert"].version
    assert li.client.post(f"{page}acknowledge/", {"version": version})["Location"] == page
    li.does(f"{page}begin/")
    li.does(f"{page}submit/", text="人已离开，离开时间正在核对")
    text = wang.client.get(f"{page}close/").content.decode()
    assert "仍然超期未办" in text and "离开时间正在核对" in text and 'name="explained"' not in text
    refused = wang.tries(f"{page}close/", text="没有问题可以办结")
    assert "仍然超期未办" in refused.content.decode() and refused.status_code == 422
    wang.does(f"{page}return/", text="请补登离开时间")
    summoned_at = timezone.localtime() - timedelta(hours=12)
    li.does("/acts/summons/S1/leave/", left_at=f"{summoned_at + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    li.does(f"{page}submit/", text="已补登离开时间")
    assert "已符合规定" in wang.client.get(f"{page}close/").content.decode()
    wang.does(f"{page}close/")
    closed = Alert.objects.get(code=code)
    assert (closed.state, closed.cure) == ("办结", "已改正")
    text = wang.client.get(page).content.decode()
    for words in ("人已离开，离开时间正在核对", "请补登离开时间", "已补登离开时间", "待签收 → 已签收", "李明（010001"):
        assert words in text, words
    assert text.index("人已离开") < text.index("请补登离开时间") < text.index("已补登离开时间")


def test_an_irreparable_fault_closes_with_an_explanation_only(matter, liming, wangfang):
    put_on_team("A1", liming)
    left = timezone.localtime() - timedelta(hours=1)
    code = summoned(left_at=f"{left:%Y-%m-%d %H:%M}").code
    Desk(liming).does(f"/alerts/{code}/submit/", text="送医延误，附病历")
    wang = Desk(wangfang)
    assert 'name="explained"' in wang.client.get(f"/alerts/{code}/close/").content.decode()
    assert "不能办结" in wang.tries(f"/alerts/{code}/close/", text="没有问题，可以办结").content.decode()
    assert "不少于" in wang.tries(f"/alerts/{code}/close/", explained="on").content.decode()
    wang.does(f"/alerts/{code}/close/", explained="on", text="病历属实，予以认可")
    assert Alert.objects.get(code=code).cure == "不可补救，已说明"


def test_nobody_judges_the_own_words(matter, wangfang, leader, legal):
    """法制员 may answer and may close, but not close what the same person answered; the same with a dispute."""
    code = hand(1, matter="A1").code
    wang, chief = Desk(wangfang), Desk(leader)
    wang.does(f"/alerts/{code}/submit/", text="已经补正完毕")
    for act in ("close", "return"):
        assert wang.client.get(f"/alerts/{code}/{act}/").status_code == 403
        assert wang.client.post(f"/alerts/{code}/{act}/", {**typed(), "version": "2"}).status_code == 403
        assert f"/{act}/" not in wang.client.get(f"/alerts/{code}/").content.decode()
    Desk(legal).does(f"/alerts/{code}/return/", text="请说明具体做法", answer_by=later())
    chief.does(f"/alerts/{code}/dispute/", text="并不存在这个问题")
    assert chief.client.post(f"/alerts/{code}/uphold/", {**typed(), "version": "4"}).status_code == 403
    Desk(legal).does(f"/alerts/{code}/reject/", text="问题确实存在")
    assert Alert.objects.get(code=code).state == "已签收"


def test_what_a_person_found_closes_by_another_with_an_opinion(matter, liming, wangfang):
    put_on_team("A1", liming)
    wang = Desk(wangfang)
    form = wang.form("/alerts/find/?matter=A1")
    assert form["officer"].value() == liming.code and form["matter"].value() == "A1"
    where = wang.does("/alerts/find/?matter=A1", level="orange", text="扣押清单没有见证人签名", article="刑事诉讼法 第142条")
    alert = Alert.objects.get()
    assert where == f"/alerts/{alert.code}/"
    assert (alert.source, alert.rule_code, alert.officer_id, alert.unit_id, alert.state) == ("人工发现", "", liming.code, STATION, "待签收")
    assert alert.acknowledge_by and alert.answer_by
    assert set(alert.notices.values_list("officer_id", flat=True)) == {liming.code}  # who found it knows already
    assert "刑事诉讼法 第142条" in wang.client.get(where).content.decode()
    Desk(liming).does(f"{where}submit/", text="已补签并附照片")
    assert "审核意见" in wang.tries(f"{where}close/").content.decode()
    wang.does(f"{where}close/", text="照片清楚，予以办结")
    assert Alert.objects.get().cure == "已改正"
    kinds = list(Event.objects.filter(subject_code=alert.code).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["alert.find", "alert.submit", "alert.close"]


@pytest.mark.parametrize(("given", "field", "words"), [
    ({"text": "短"}, "text", "5 到 500"), ({"matter": "A404"}, "matter", "没有编号为"), ({"matter": "A9"}, "matter", "没有编号为"),
    ({"level": "purple"}, "level", ""), ({"officer": "999999"}, "officer", "没有警号"), ({"officer": "030001"}, "officer", "职责范围"),
    ({"article": "条" * 201}, "article", ""),
])
def test_a_problem_is_refused_at_its_field(matter, wangfang, zhaoqiang, given, field, words):
    answer = Desk(wangfang).client.post("/alerts/find/", {"matter": "A1", "level": "red", "text": REASON, **given})
    assert answer.status_code == 422 and words in str(answer.context["form"].errors[field])
    assert Alert.objects.count() == 0


@pytest.mark.parametrize(("act", "state", "given", "field"), [
    ("submit", "已签收", {"text": "短短"}, "text"), ("dispute", "已签收", {"text": " " * 9}, "text"), ("transfer", "待签收", {"officer": "030001"}, "officer"),
    ("transfer", "待签收", {"officer": "000000"}, "officer"), ("extend", "待签收", {"answer_by": later(-1)}, "answer_by"),
    ("return", "已反馈", {"answer_by": later(-1)}, "answer_by"), ("return", "已反馈", {"answer_by": "昨天"}, "answer_by"),
    ("supervise", "待签收", {"supervise_by": later(-1)}, "supervise_by"), ("dismiss", "待签收", {"fault": ""}, "fault"),
    ("dismiss", "待签收", {"fault": "申辩成立"}, "fault"), ("submit", "已签收", {"text": "长" * 2001}, "text"),
])
def test_refusals_stand_at_their_field_and_keep_what_was_typed(matter, leader, wangfang, legal, zhaoqiang, act, state, given, field):
    code = hand(1, state, matter="A1").code
    before = everything()
    person = {"dismiss": wangfang, "supervise": legal, "return": wangfang}.get(act, leader)
    answer = Desk(person).client.post(f"/alerts/{code}/{act}/", {**typed(), **given})
    assert answer.status_code == 422 and answer.context["form"].errors[field]
    assert everything() == before
    if field != "text":
        assert REASON in answer.content.decode()


def test_two_at_once_the_second_sees_both(matter, liming, wangfang):
    put_on_team("A1", liming)
    code = hand(1, matter="A1", officer=liming).code
    li = Desk(liming)
    typed_by_li = li.filled(f"/alerts/{code}/submit/", text="李明写的反馈内容")
    Desk(wangfang).does(f"/alerts/{code}/dismiss/", fault="重复", text="王芳先撤销了")
    answer = li.client.post(f"/alerts/{code}/submit/", typed_by_li)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "李明写的反馈内容" in text and "王芳先撤销了" in text and "已撤销" in text
    again = li.client.post(f"/alerts/{code}/submit/", {**typed_by_li, "version": answer.context["form"]["version"].value()})
    assert again.status_code == 403 and "已撤销" in again.content.decode()
    assert Alert.objects.get().state == "已撤销" and Statement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_people_acknowledge_at_the_same_moment(bureau, liming, wangfang, leader):
    enter("case", case("A1"))
    put_on_team("A1", liming)
    code = hand(1, matter="A1", officer=liming).code

    def press(officer: Officer) -> int:
        try:
            return Desk(officer).client.post(f"/alerts/{code}/acknowledge/", {"version": 1}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(press, [liming, wangfang, leader] * 3))
    assert answers[0] == 302 and set(answers[1:]) == {409}
    assert Event.objects.filter(kind="alert.acknowledge").count() == 1 and Alert.objects.get().version == 2


def test_an_act_that_does_not_exist(matter, wangfang):
    code = hand(1, matter="A1").code
    for path in (f"/alerts/{code}/delete/", "/alerts/YJ-2026-000404/submit/", "/alerts/nix/submit/"):
        assert Desk(wangfang).client.get(path).status_code == 404
        assert Desk(wangfang).client.post(path, typed()).status_code == 404


# --- several at once ---

def test_a_batch_does_what_it_can_and_says_what_it_could_not(matter, wangfang, liming):
    put_on_team("A1", liming)
    good = [hand(number, matter="A1").code for number in (1, 2)]
    closed, foreign = hand(3, "办结", matter="A1").code, hand(4, unit=ELSEWHERE, matter="A9").code
    codes = [*good, closed, foreign, "YJ-2026-000404", good[0]]
    wang = Desk(wangfang)
    page = wang.client.post("/alerts/batch/dismiss/", {"selected": codes})
    text = page.content.decode()
    assert page.status_code == 200 and "其中 2 条不存在" in text and "第 4 个问题" not in text
    assert Alert.objects.filter(state="已撤销").count() == 0
    short = wang.client.post("/alerts/batch/dismiss/", {"selected": codes, "sent": "1", "fault": "重复", "text": ""})
    assert short.status_code == 422 and all(code in short.content.decode() for code in good)
    done = wang.client.post("/alerts/batch/dismiss/", {"selected": codes, "sent": "1", "fault": "重复", "text": "与上月预警重复"})
    text = done.content.decode()
    assert "2 条已办理，3 条没有办理" in text and "现在的状态是“办结”" in text and text.count("没有这条预警") == 2
    assert set(Alert.objects.filter(state="已撤销").values_list("code", flat=True)) == set(good)
    assert Alert.objects.get(code=foreign).state == "待签收"
    assert list(Statement.objects.values_list("text", flat=True)) == ["与上月预警重复"] * 2
    assert Event.objects.filter(kind="alert.dismiss").count() == 2


def test_a_database_that_gives_up_on_one_leaves_the_others(matter, liming, monkeypatch, caplog):
    for number in (1, 2, 3):
        hand(number, officer=liming)
    real = handling.offers.check

    def check(viewer, alert, *args, **more):
        if alert.code.endswith("2"):
            raise OperationalError("deadlock detected")
        return real(viewer, alert, *args, **more)

    monkeypatch.setattr(handling.offers, "check", check)
    page = Desk(liming).client.post("/alerts/batch/acknowledge/", {"selected": [f"YJ-2026-00000{number}" for number in (1, 2, 3)]})
    assert page.status_code == 200
    assert "2 条已办理，1 条没有办理" in page.content.decode() and "没有任何改动" in page.content.decode()
    assert list(Alert.objects.order_by("code").values_list("state", flat=True)) == ["已签收", "待签收", "已签收"]
    assert "deadlock detected" in caplog.text


def test_acknowledging_several_needs_no_words(matter, liming):
    put_on_team("A1", liming)
    codes = [hand(number, matter="A1", officer=liming).code for number in (1, 2, 3)]
    text = Desk(liming).client.post("/alerts/batch/acknowledge/", {"selected": codes}).content.decode()
    assert "3 条已办理" in text and "没有办理" not in text
    assert set(Alert.objects.values_list("state", flat=True)) == {"已签收"}


def test_a_batch_of_transfers_and_extensions(matter, leader, liming):
    codes = [hand(number, matter="A1").code for number in (1, 2)]
    chief = Desk(leader)
    given = {"selected": codes, "sent": "1", "text": "承办人休假", "officer": liming.code}
    assert "2 条已办理" in chief.client.post("/alerts/batch/transfer/", given).content.decode()
    assert set(Alert.objects.values_list("officer_id", flat=True)) == {liming.code}
    until = later(30)
    given = {"selected": codes, "sent": "1", "text": "案情复杂需要时间", "answer_by": until}
    assert "2 条已办理" in chief.client.post("/alerts/batch/extend/", given).content.decode()
    assert {f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}" for moment in Alert.objects.values_list("answer_by", flat=True)} == {until}


@pytest.mark.parametrize("act", BATCHED)
@pytest.mark.parametrize("duty", DUTIES)
def test_batches_by_every_duty(matter, duty, act):
    client, allowed = Desk(someone(duty, on_team=False)).client, table().allows(duty, "alert", act)
    code = hand(1, matter="A1").code
    assert client.get(f"/alerts/batch/{act}/").status_code == 405
    assert client.post(f"/alerts/batch/{act}/", {"selected": []}).status_code == (422 if allowed else 403)
    page = client.post(f"/alerts/batch/{act}/", {"selected": [code]})
    assert page.status_code == (200 if allowed else 403)
    if allowed and table().duties[duty].reach == TEAM:
        assert Alert.objects.get().state == "待签收"  # not the own case: named, not done
    assert client.post(f"/alerts/batch/{act}/", {"selected": [f"YJ-2026-{n:06d}" for n in range(201)]}).status_code == (422 if allowed else 403)


def test_words_are_shown_as_words(matter, liming, wangfang):
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    put_on_team("A1", liming)
    code = hand(1, matter="A1", officer=liming, message=bad).code
    Desk(liming).does(f"/alerts/{code}/submit/", text=bad)
    wang = Desk(wangfang)
    pages = [wang.client.get(path) for path in (f"/alerts/{code}/", f"/alerts/{code}/close/", "/alerts/", "/alerts/of/A1/")]
    pages.append(wang.client.get("/alerts/of/A1/", headers={"HX-Request": "true"}))
    pages.append(wang.client.post("/alerts/batch/dismiss/", {"selected": [code, bad]}))
    pages.append(wang.client.post("/alerts/batch/dismiss/", {"selected": [code, bad], "sent": "1", "fault": "重复", "text": bad}))
    pages.append(wang.client.get(f"/alerts/{code}/"))
    for page in pages:
        text = page.content.decode()
        assert "<script>alert" not in text and "<img src=x" not in text
    assert "&lt;script&gt;" in pages[0].content.decode()
