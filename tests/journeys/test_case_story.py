"""李明 takes an incident and makes it a case; his leader files it and nobody else may; 赵强 never sees it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def minutes_ago(minutes: int) -> str:
    return (datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


def test_from_the_call_to_the_filed_case(visit, city):
    liming = visit(city.person("办案民警", "李明"))
    liming.open("/incidents/new/")
    liming.fill(kind="治安", reported_at=minutes_ago(50), content="二人在棋牌室打架")
    liming.shoot("story-1-incident-form")
    liming.send()
    liming.shoot("story-2-incident")
    incident = liming.page.url.rstrip("/").rsplit("/", 1)[-1]
    liming.open(f"/cases/new/?incident={incident}")
    liming.fill(kind="行政", category="治安", offence="殴打他人", accepted_at=minutes_ago(40))
    liming.send()
    code = liming.page.url.split("/cases/")[1].split("/")[0]
    assert incident in liming.page.inner_text("main")
    liming.open(f"/cases/{code}/party/add/")
    liming.fill(role="违法嫌疑人", name="测试人甲")
    liming.page.click("main form[data-keep] button[type=submit]")
    liming.page.wait_for_url(f"**/cases/{code}/**")
    assert "测试人甲" in liming.page.inner_text("main")
    liming.open(f"/cases/{code}/summons/arrive/")
    party = liming.page.locator("main form [name=party] option").nth(1).get_attribute("value")
    liming.fill(party=party, kind="行政传唤", arrived_at=minutes_ago(20))
    liming.shoot("story-3-summons-form")
    liming.send()
    liming.open(f"/cases/{code}/")
    liming.shoot("story-4-case")
    assert liming.page.goto(f"{city.url}/acts/case/{code}/file/").status == 403
    leader = visit(city.person("单位负责人"))
    assert leader.page.goto(f"{city.url}/acts/case/{code}/file/").status == 200
    leader.fill(filed_at=minutes_ago(5))
    leader.send()
    leader.open(f"/cases/{code}/")
    assert "立案" in leader.page.inner_text("h1")
    stranger = visit(city.person("办案民警", "赵强"))
    assert stranger.page.goto(f"{city.url}/cases/{code}/").status == 404
    assert stranger.page.goto(f"{city.url}/parties/{code}-R01/").status == 404
    liming.open("/search/?q=" + code)
    assert code in liming.page.inner_text("main")
    liming.shoot("story-5-search")


def test_a_form_says_what_cannot_be_true_and_keeps_what_was_typed(visit, city):
    liming = visit(city.person("办案民警", "李明"))
    liming.open("/incidents/new/")
    later = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    liming.fill(kind="治安", reported_at=later, content="内容要留下来")
    liming.send()
    assert "还没有到" in liming.page.inner_text("main")
    assert liming.page.input_value("main form [name=content]") == "内容要留下来"
    liming.shoot("form-refusal")


def test_a_personal_number_is_shown_one_at_a_time_and_recorded(visit, city):
    liming = visit(city.person("办案民警", "李明"))
    liming.open("/cases/?mine=1")
    for href in [link.get_attribute("href") for link in liming.page.locator("main tbody td.code a").all()]:
        liming.open(href)
        button = liming.page.locator("main .secret button").first
        if button.count():
            break
    masked = button.locator("xpath=..").inner_text()
    button.click()
    liming.page.wait_for_function("before => document.querySelector('main .secret') && document.querySelector('main .secret').innerText !== before", arg=masked)
    assert "*" in masked
    assert "*" not in liming.page.locator("main .secret").first.inner_text()


def test_the_ledger_is_sound_after_all_this(visit, city):
    window = visit(city.person("督察"))
    window.open("/ledger/")
    window.page.click("main form[action*='verify'] button")
    window.page.wait_for_selector("text=/完好|没有发现/", timeout=60_000)
    window.shoot("ledger-verified")
