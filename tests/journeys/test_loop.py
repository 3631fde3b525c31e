"""The loop in a real browser: a red alert through five people's hands, a dispute that is upheld, a silence that ends by itself, an escalation over the
holidays, a fault that cannot be undone. Each on days of its own in the quiet bureau; its pictures are for the handbook."""

from __future__ import annotations

import re
from typing import Any

import pytest
from quiet import Bureau
from window import NARROW, Visit

STATION, UNITS = "42010201", ("42010201", "420102", "4201")
Row = tuple[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def sound_ledger(bureau: Bureau):
    """Whatever a journey has done, the chain holds afterwards."""
    yield
    assert bureau.ledger_is_sound()


def case_of(number: int, accepted_at: str, kind: str = "行政", **more: Any) -> tuple[str, list[Row]]:
    """A case of 李明's station with one party; its number, and the rows."""
    code = f"A{STATION}{accepted_at[:4]}{accepted_at[5:7]}{number:04d}"
    category = {"category": "治安", "offence": "殴打他人"} if kind == "行政" else {"offence": "盗窃"}
    role = "违法嫌疑人" if kind == "行政" else "犯罪嫌疑人"
    return code, [
        ("case", {"code": code, "unit_code": STATION, "kind": kind, "accepted_at": accepted_at, **category, **more}),
        ("party", {"code": f"{code}-R01", "case_code": code, "role": role, "name": "孙某某", "sex": "男"}),
    ]


def interview_of_one(case: str, start: str, end: str) -> list[Row]:
    """An interview at which only one officer is on record."""
    code = f"{case}-XW01"
    return [
        ("interview", {"code": code, "case_code": case, "party_code": f"{case}-R01", "kind": "询问", "started_at": start, "ended_at": end}),
        ("attendance", {"code": f"{case}-CJ01", "interview_code": code, "role": "主办", "officer_code": "010001"}),
    ]


def found_alert(window: Visit, rule: str, case: str) -> str:
    """The address of the only alert of a rule about a case, as the list leads to it."""
    window.open(f"/alerts/?rule={rule}&matter={case}&state=all")
    links = {link.get_attribute("href") for link in window.page.locator("main tbody a[href^='/alerts/YJ-']").all()}
    assert len(links) == 1, links
    return links.pop()


def code_of(address: str) -> str:
    return address.strip("/").split("/")[1]


def newest_notice(window: Visit) -> str:
    """Opens the inbox and then what stands at its top; the text of the notice."""
    window.open("/inbox/")
    window.open(window.page.locator("main tbody a[href^='/inbox/']").first.get_attribute("href"))
    return window.page.inner_text(".notice-text")


def steps(window: Visit, address: str) -> list[str]:
    """The names of what has happened to an alert, in order, without who was told."""
    window.open(address)
    return [label for label in window.page.locator("#history .timeline > li > b").all_inner_texts() if not label.startswith("告知")]


# --- one red alert through five people to its proof ---


def detained(case: str) -> list[Row]:
    return [("measure", {"code": f"{case}-CS01", "case_code": case, "party_code": f"{case}-R01", "kind": "刑事拘留", "approved_at": "2026-09-13 15:30",
                         "started_at": "2026-09-13 16:00", "arrest_requested_at": "2026-09-14 11:00"})]


def test_a_red_alert_through_five_people_to_its_proof(bureau, at_desk, tmp_path):
    """孙某某's family must hear of his detention within 24 hours. 李明 is told four hours before, on his phone; 卫督察 presses; 王芳 wants the receipt;
    吴监督 closes on the facts of now; 褚局长 sees the proof."""
    case, rows = case_of(1, "2026-09-12 09:00", "刑事", filed_at="2026-09-12 15:00")
    bureau.goes_to("2026-09-14 11:59")
    bureau.receives(*rows, *detained(case), leads={case: "李明"})
    bureau.goes_to("2026-09-14 12:00")
    bureau.goes_to("2026-09-14 12:05")
    phone = at_desk("李明", NARROW)
    address = signs_on_the_phone(phone)
    legal = at_desk("吴监督")
    assert found_alert(legal, "QZ-003", case) == address
    assert {name for name, _ in bureau.told(code_of(address))} == {"李明", "王芳", "周所长"}
    assert at_desk("赵强").status(address) == 404

    bureau.goes_to("2026-09-14 12:10")
    presses_from_above(at_desk("卫督察"), address)
    bureau.goes_to("2026-09-14 12:40")
    cures_on_the_phone(phone, address)
    bureau.works()
    assert "情况已消失" in answers(phone, address, "12 时 40 分已电话通知其妻，通知书已送达。")
    phone.shoot("red-5-answered-phone", whole=False)

    bureau.goes_to("2026-09-14 13:00")
    returns_it_once(at_desk("王芳"), address)
    bureau.goes_to("2026-09-14 13:30")
    adds_the_receipt(phone, address, tmp_path)
    answers(phone, address, "已上传家属签收的拘留通知书回执。")

    bureau.goes_to("2026-09-14 14:00")
    closes_on_the_facts_of_now(legal, address)
    chief = at_desk("褚局长")
    assert steps(chief, address) == ["发现预警", "签收", "督办", "情况已消失", "反馈", "退回", "上传附件", "反馈", "办结"]
    assert chief.offers() == []
    assert "已改正" in chief.text
    chief.shoot("red-9-proof")


def signs_on_the_phone(phone: Visit) -> str:
    """From the inbox to the alert, and signed; the alert's address. Having opened it he has read the notice."""
    phone.open("/inbox/")
    phone.shoot("red-1-inbox-phone", whole=False)
    assert "应在" in newest_notice(phone)
    phone.press("打开预警")
    address = phone.page.url.removeprefix(phone.city.url)
    assert "刑事诉讼法 第85条第2款" in phone.text
    phone.shoot("red-2-alert-phone", whole=False)
    assert "已签收" in phone.press("签收")
    phone.open("/inbox/?unread=1")
    assert "共 0 条" in phone.text
    return address


def presses_from_above(inspector: Visit, address: str) -> None:
    inspector.open("/alerts/?level=red")
    inspector.shoot("red-3-list")
    inspector.open(address)
    assert inspector.offers() == ["督办"]
    inspector.press("督办")
    inspector.fill(text="请在期限届满前通知家属并反馈。")
    assert "市公安局 督办" in inspector.send()
    inspector.press("怎样算出")
    assert "起算" in inspector.text
    inspector.shoot("red-3-strip")


def cures_on_the_phone(phone: Visit, address: str) -> None:
    """The alert and the form that cures it are the only two pages on the way; who and which detention are filled in, the time is now."""
    phone.open(address)
    assert "督办" in phone.text
    phone.press("登记告知通知")
    known = {name: phone.page.input_value(f"main form [name={name}]") for name in ("party", "measure", "notified_at")}
    case = known["party"].rsplit("-", 1)[0]
    assert known == {"party": f"{case}-R01", "measure": f"{case}-CS01", "notified_at": "2026-09-14T12:40"}
    phone.fill(kind="拘留通知家属")
    phone.shoot("red-4-cure-phone", whole=False)
    phone.send()


def answers(window: Visit, address: str, text: str) -> str:
    window.open(address)
    window.press("反馈")
    window.fill(text=text)
    return window.send()


def returns_it_once(reviewer: Visit, address: str) -> None:
    """She sees that the rule is content, and still wants the paper."""
    assert "反馈" in newest_notice(reviewer)
    reviewer.press("打开预警")
    assert reviewer.offers()[:2] == ["办结", "退回"]
    reviewer.press("办结")
    assert "已符合规定，可以办结" in reviewer.text
    reviewer.open(address)
    reviewer.press("退回")
    reviewer.fill(text="请上传家属签收的拘留通知书回执。", answer_by="2026-09-14T15:00")
    reviewer.shoot("red-6-return")
    assert "已退回" in reviewer.send()


def adds_the_receipt(phone: Visit, address: str, folder: Any) -> None:
    assert "退回" in newest_notice(phone)
    phone.press("打开预警")
    assert "请上传家属签收的拘留通知书回执。" in phone.text
    phone.shoot("red-7-returned-phone", whole=False)
    phone.press("上传附件")
    receipt = folder / "拘留通知书回执.txt"
    receipt.write_text("孙某某之妻 2026年9月14日 13:10 签收", encoding="utf-8")
    phone.page.set_input_files("main form [name=file]", receipt)
    assert "拘留通知书回执.txt" in phone.send()


def closes_on_the_facts_of_now(legal: Visit, address: str) -> None:
    legal.open(address)
    legal.press("办结")
    assert "按现在的事实重新判断：已符合规定，可以办结" in legal.text
    legal.fill(text="通知及时，回执齐全。")
    legal.shoot("red-8-close")
    assert "已改正" in legal.send()


# --- one dispute that is upheld ---


def test_a_dispute_that_is_upheld_counts_against_the_rule_and_nobody_else(bureau, at_desk):
    """李明 is named for an interview that was none. He is told first and heard; his leader agrees; the rule's precision shows it."""
    case, rows = case_of(2, "2026-09-14 20:00")
    bureau.goes_to("2026-09-15 10:00")
    bureau.receives(*rows, *interview_of_one(case, "2026-09-15 09:00", "2026-09-15 09:30"), leads={case: "李明"})
    liming, wangfang, leader, legal = (at_desk(name) for name in ("李明", "王芳", "周所长", "吴监督"))
    address = found_alert(liming, "XW-001", case)
    assert bureau.told(code_of(address))[0] == ("李明", "开启")
    before = figures_of_the_rule(legal, "XW-001")

    bureau.goes_to("2026-09-15 10:20")
    disputes(liming, address)
    assert not {"办结", "撤销", "退回"} & set(offered(wangfang, address))  # nothing is decided over his head
    assert liming.status(f"{address}uphold/") == 403
    assert figures_of_the_rule(legal, "XW-001") == before  # and nothing counts yet

    bureau.goes_to("2026-09-15 11:00")
    upholds(leader, address)
    bureau.works()
    assert "申辩成立" in newest_notice(liming)
    assert steps(liming, address) == ["发现预警", "申辩", "申辩成立"]
    judged, upheld = figures_of_the_rule(legal, "XW-001")
    assert (judged, upheld) == ("0%", "1 条")
    legal.shoot("dispute-4-rule")
    legal.open("/rules/quality/")
    assert "XW-001" in legal.text
    legal.shoot("dispute-5-quality")


def disputes(liming: Visit, address: str) -> None:
    liming.open(address)
    liming.press("申辩")
    liming.fill(text="这一次是一名民警带领辅警接受证据材料，不是询问，系统录入时选错了类别。")
    liming.shoot("dispute-1-form")
    assert "申辩中" in liming.send()
    assert liming.offers() == []
    liming.shoot("dispute-2-waiting")


def offered(window: Visit, address: str) -> list[str]:
    window.open(address)
    return window.offers()


def upholds(leader: Visit, address: str) -> None:
    assert "申辩" in newest_notice(leader)
    leader.press("打开预警")
    assert leader.offers()[:2] == ["申辩成立", "申辩不成立"]
    leader.press("申辩成立")
    assert "系统录入时选错了类别" in leader.text
    leader.fill(text="已核对登记表，确系接受证据材料，申辩成立。")
    leader.shoot("dispute-3-uphold")
    text = leader.send()
    assert "已撤销" in text
    assert "申辩成立" in text


def figures_of_the_rule(window: Visit, rule: str) -> tuple[str, str]:
    """Its precision in percent, and how many disputes against it were upheld; empty where there are none."""
    window.open(f"/rules/{rule}/")
    precision = re.search(r"准确率\s+(\d+%)", window.text)
    upheld = re.search(r"申辩成立\s+(\d+ 条)", window.text)
    return (precision[1] if precision else "", upheld[1] if upheld else "")


# --- one silence that ends by itself ---


def test_a_silence_that_ends_by_itself(bureau, at_desk):
    """The property room moves; until it is open again nobody has to hear every hour what everybody knows. Then everybody hears, and nobody has to do
    anything for that."""
    case, rows = case_of(3, "2026-09-16 08:30")
    seized = ("property_item", {"code": f"{case}-WP01", "case_code": case, "unit_code": STATION, "name": "木棍", "quantity": "1 根",
                                "seized_at": "2026-09-16 09:00"})
    bureau.goes_to("2026-09-16 10:00")
    bureau.receives(*rows, seized, leads={case: "李明"})
    bureau.goes_to("2026-09-17 07:00")  # four hours before the end it was night; now it arrives
    keeper, wangfang, legal = at_desk("陈管理"), at_desk("王芳"), at_desk("吴监督")
    address = found_alert(wangfang, "SW-001", case)
    code, everybody = code_of(address), {"李明", "王芳", "陈管理"}
    assert set(bureau.told(code)) == {(name, "开启") for name in everybody}

    bureau.goes_to("2026-09-17 08:00")
    asks_for_quiet(wangfang, address)
    approves(legal)
    is_listed_as_silent(wangfang, code)
    for moment in ("2026-09-17 09:01", "2026-09-17 12:31", "2026-09-18 17:59"):  # the limit ends, the time to sign runs out, the last minute
        bureau.goes_to(moment)
        assert {occasion for _, occasion in bureau.told(code)} == {"开启"}, moment
    wangfang.open(address)
    assert "超期未办" in wangfang.text  # judged and shown all the time
    wangfang.shoot("silence-4-meanwhile")

    bureau.goes_to("2026-09-18 18:00")
    again = [name for name, occasion in bureau.told(code) if occasion.startswith("静默结束")]
    assert sorted(again) == sorted(everybody)
    assert "静默结束" in newest_notice(keeper)
    keeper.shoot("silence-5-told-again")
    keeper.press("打开预警")
    assert "已签收" in keeper.press("签收")
    wangfang.open("/silences/")
    assert "现在没有静默" in wangfang.text
    assert "到期结束" in wangfang.text
    wangfang.shoot("silence-6-over")


def asks_for_quiet(wangfang: Visit, address: str) -> None:
    wangfang.open(address)
    wangfang.press("申请静默")
    wangfang.fill(reason="财物保管室搬迁，9 月 18 日下班前恢复入库，期间由分局统一看管。", ends_at="2026-09-18T18:00")
    wangfang.shoot("silence-1-request")
    assert "待批准" in wangfang.send() + wangfang.page.inner_text("h1")
    assert wangfang.page.locator("button", has_text="批准").count() == 1  # only that it may be withdrawn


def approves(legal: Visit) -> None:
    legal.open("/silences/")
    legal.page.locator("main tbody a[href^='/silences/']").first.click()
    legal.page.wait_for_url("**/silences/*/")
    legal.shoot("silence-2-approve")
    legal.page.locator("main button", has_text="批准").first.click()
    with legal.page.expect_navigation():
        legal.page.click("#confirm button[value=yes]")
    assert "静默中" in legal.page.inner_text("h1")


def is_listed_as_silent(window: Visit, code: str) -> None:
    window.open("/silences/")
    assert code in window.page.locator("main section", has_text="静默中").first.inner_text()
    window.shoot("silence-3-list")


# --- one escalation over a holiday ---


def test_an_escalation_over_national_day(bureau, at_desk):
    """An orange alert of the last half hour before the holidays. Four working hours to sign: half of one is left, three and a half come on 8 October."""
    case, rows = case_of(4, "2026-09-30 10:00")
    bureau.goes_to("2026-09-30 17:00")
    bureau.receives(*rows, *interview_of_one(case, "2026-09-30 15:00", "2026-09-30 15:40"), leads={case: "李明"})
    wangfang, leader, phone = at_desk("王芳"), at_desk("周所长"), at_desk("周所长", NARROW)
    address = found_alert(wangfang, "XW-001", case)
    code = code_of(address)
    wangfang.open(address)
    assert "10月8日 12:00" in wangfang.text
    wangfang.shoot("holiday-1-before")

    for moment in ("2026-10-01 09:30", "2026-10-05 12:00", "2026-10-07 23:59", "2026-10-08 11:59", "2026-10-08 12:00"):
        bureau.goes_to(moment)
        assert {occasion for _, occasion in bureau.told(code)} == {"开启"}, moment
    bureau.goes_to("2026-10-08 12:01")
    assert ("王芳", "逾期未签收2") in bureau.told(code)
    assert newest_notice(wangfang).startswith("逾期未签收")
    wangfang.shoot("holiday-2-first-step")
    bureau.goes_to("2026-10-08 16:01")
    assert "周所长" not in dict(bureau.told(code))
    bureau.goes_to("2026-10-08 16:02")
    assert bureau.told(code)[-1] == ("周所长", "逾期未签收3")

    bureau.goes_to("2026-10-08 16:20")
    leader.open("/inbox/")
    leader.shoot("holiday-3-second-step")
    assert newest_notice(phone).startswith("逾期未签收")
    phone.press("签收")
    bureau.goes_to("2026-10-09 08:00")
    assert bureau.told(code)[-1] == ("周所长", "逾期未签收3")  # signed for: it climbs no further
    assert steps(leader, address) == ["发现预警", "逾期，升级", "逾期，升级", "签收"]
    leader.shoot("holiday-4-history")


# --- one fault that cannot be undone ---


def test_an_irreparable_fault_closes_explained_and_stays_counted(bureau, at_desk):
    """Somebody was kept 25 minutes too long. That cannot be mended; it can be explained, and a second person has to accept that. It still counts."""
    case, rows = case_of(1, "2026-10-09 08:00")
    kept = ("summons", {"code": f"{case}-CH01", "case_code": case, "party_code": f"{case}-R01", "kind": "行政传唤", "arrived_at": "2026-10-09 08:10",
                        "left_at": "2026-10-09 16:35"})
    bureau.goes_to("2026-10-09 16:40")
    bureau.receives(*rows, kept, leads={case: "李明"})
    liming, wangfang, chief = at_desk("李明"), at_desk("王芳"), at_desk("褚局长")
    address = found_alert(liming, "CU-012", case)
    liming.open(address)
    assert "超期 25 分 办理" in liming.text
    liming.shoot("irreparable-1-alert")
    answers(liming, address, "被传唤人突发哮喘送医，16 时 30 分返回后立即放人，有急诊病历。")
    assert liming.status(f"{address}close/") == 403

    bureau.goes_to("2026-10-09 17:10")
    closes_explained(wangfang, address)
    bureau.goes_to("2026-10-10 09:00")
    wangfang.open(address)
    assert "不可补救，已说明" in wangfang.text  # judged again meanwhile, and not opened again: the facts are the same
    still_counted(chief, code_of(address))


def closes_explained(wangfang: Visit, address: str) -> None:
    wangfang.open(address)
    wangfang.press("办结")
    assert "仍然超期办理" in wangfang.text
    wangfang.fill(text="病历属实，确因送医延误。")
    assert "不能办结" in wangfang.send()
    wangfang.shoot("irreparable-2-refused")
    wangfang.fill(explained=True, text="")
    assert "不少于 5 个字" in wangfang.send()
    wangfang.fill(explained=True, text="病历属实，确因送医延误，说明可以接受。")
    wangfang.shoot("irreparable-3-explained")
    assert "不可补救，已说明" in wangfang.send()
    wangfang.shoot("irreparable-4-closed")


def still_counted(chief: Visit, code: str) -> None:
    """In the figures of the rule, and of the unit and every unit above."""
    chief.open("/rules/CU-012/")
    assert re.search(r"不可补救，已说明\s+1 条", chief.text)
    chief.shoot("irreparable-5-rule")
    for unit in UNITS:
        chief.open(f"/alerts/?state=all&unit={unit}&rule=CU-012&cure=不可补救，已说明")
        assert code in chief.page.inner_html("main tbody"), unit
    chief.open(f"/units/{STATION}/")
    chief.page.wait_for_selector("text=已办结和撤销")
    chief.shoot("irreparable-6-unit")
