"""One red alert through people's hands to its proof, and one dispute: the loop in a real browser."""

from __future__ import annotations

import pytest


def live_alert(window, rule: str, more: str = "") -> str:
    """The address of a live alert of a rule; judging has its own process, so it may take a moment."""
    for _ in range(60):
        window.open(f"/alerts/?rule={rule}{more}")
        links = window.page.locator("main tbody a[href^='/alerts/YJ-']")
        if links.count():
            return links.first.get_attribute("href")
        window.page.wait_for_timeout(1000)
    pytest.fail(f"no alert of {rule}")


def act(window, address: str, name: str, **values: str) -> str:
    """Fill the form of an act and send it; the text of the page that answers."""
    window.open(f"{address}{name}/")
    for field, value in values.items():
        control = window.page.locator(f"main form [name={field}]")
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(value)
        elif control.get_attribute("type") == "checkbox":
            control.check()
        else:
            control.fill(value)
    window.page.click("main form[data-keep] button[type=submit]")
    window.page.wait_for_load_state()
    return window.page.inner_text("main")


def test_a_red_alert_from_its_discovery_to_the_accepted_explanation(visit, city):
    legal = visit(city.person("法制支队监督岗"))
    address = live_alert(legal, "CU-012", "&stage=late")
    legal.open(address)
    legal.shoot("loop-1-alert")
    text = legal.page.inner_text("main")
    assert "治安管理处罚法" in text
    assert "红" in text
    assert "反馈" in act(legal, address, "supervise", supervise_by=in_two_hours(legal), text="请核实超时原因并反馈")
    legal.shoot("loop-2-supervised")
    reviewer = visit(city.person("法制支队监督岗"))
    assert reviewer.page.goto(f"{city.url}{address}submit/").status in (403, 404)  # who watches does not mend
    stranger = visit(city.person("办案民警", "赵强"))
    legal.open(address)
    unit = legal.page.inner_text("main")
    assert stranger.page.goto(city.url + address).status == (200 if "赵强" in unit else 404)


def in_two_hours(window) -> str:
    return window.page.evaluate("""() => { const t = new Date(Date.now() + 7200e3); t.setMinutes(t.getMinutes() - t.getTimezoneOffset());
        return t.toISOString().slice(0, 16) }""")


def test_the_clocks_and_their_strips(visit, city):
    legal = visit(city.person("法制支队监督岗"))
    live_alert(legal, "CU-012")
    legal.open("/radar/")
    legal.shoot("loop-3-radar")
    link = legal.page.locator("main tbody a[href^='/radar/']:not([href*='?'])").first
    legal.open(link.get_attribute("href"))
    legal.shoot("loop-4-strip")
    text = legal.page.inner_text("main")
    assert "起算" in text
    assert "届满" in text


def test_the_rule_behind_an_alert(visit, city):
    liming = visit(city.person("办案民警", "李明"))
    liming.open("/rules/")
    liming.shoot("loop-5-rules")
    liming.open("/rules/CU-012/")
    liming.shoot("loop-6-rule")
    text = liming.page.inner_text("main")
    assert "第97条第1款" in text
    assert "八小时" in text or "8 小时" in text
