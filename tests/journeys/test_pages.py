"""Every page as each demo person sees it: opens, keeps to its own scripts, has no serious accessibility fault, fits a phone; pictures are left behind."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from window import NARROW, Visit

SERIOUS = {"serious", "critical"}


def links(visit: Visit) -> list[str]:
    """The addresses in the navigation."""
    found = visit.page.eval_on_selector_all("nav a[href^='/']", "links => links.map(link => link.getAttribute('href'))")
    return list(dict.fromkeys(href for href in found if not href.startswith("/account/logout")))


def axe_faults(visit: Visit) -> list[str]:
    results = Axe().run(visit.page)
    return [
        f"{visit.page.url}: {fault['id']} ({fault['impact']}) {fault['nodes'][0]['html'][:150]}"
        for fault in results.response["violations"] if fault["impact"] in SERIOUS
    ]


def overflows(visit: Visit) -> bool:
    return visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")


def test_every_demo_person_can_sign_in_and_open_everything_in_the_navigation(visit, city):
    faults = []
    for person in city.people:
        window = visit(person)
        window.shoot(f"home-{person.duty}-{person.code}")
        for path in links(window):
            status = window.page.request.get(city.url + path).status
            if status != 200:
                faults.append(f"{person.duty}: {path} {status}")
        window.page.context.close()
    assert not faults


@pytest.mark.parametrize(("duty", "scheme"), [
    ("办案民警", "light"), ("法制支队监督岗", "light"), ("法制支队监督岗", "dark"), ("案管", "light"), ("系统管理员", "dark"), ("督察", "light"),
])
def test_no_page_has_a_serious_accessibility_fault_and_each_leaves_its_picture(visit, city, duty, scheme):
    """Pictures wide, light and dark: for the handbook and for whoever reviews a change."""
    window = visit(city.person(duty), scheme=scheme)
    faults = []
    for path in ["/", *links(window), *ones(window, duty)]:
        window.open(path)
        faults += axe_faults(window)
        window.shoot(f"{scheme}-{duty}-{re.sub('[^a-z]', '', path) or 'home'}")
    assert not faults


def ones(visit: Visit, duty: str) -> list[str]:
    """A case, an incident, a party, an alert, a limit and a rule, as the lists lead to them."""
    found = []
    for kind in ("cases", "incidents", "parties", "alerts", "radar", "rules") if duty in ("办案民警", "法制支队监督岗") else ():
        visit.open(f"/{kind}/")
        link = visit.page.query_selector(f"main tbody a[href^='/{kind}/']:not([href*='?']):not([href$='/new/'])")
        found += [link.get_attribute("href")] if link else []
    return found


@pytest.mark.parametrize("duty", ["办案民警", "案管", "局领导"])
def test_pages_fit_a_phone(visit, city, duty):
    window = visit(city.person(duty), viewport=NARROW)
    wide = [window.page.url] if overflows(window) else []
    window.shoot(f"phone-home-{duty}")
    for path in links(window):
        window.open(path)
        if overflows(window):
            wide.append(path)
        window.shoot(f"phone-{duty}-{re.sub('[^a-z]', '', path)}")
    assert not wide


def test_sign_in_and_error_pages(visit, city):
    window = visit()
    window.open("/account/login/")
    window.shoot("sign-in")
    assert not axe_faults(window)
    window.page.set_viewport_size(NARROW)
    window.shoot("phone-sign-in")
    assert not overflows(window)
    window = visit(city.person("办案民警"))
    for path, status in {"/cases/none/": 404, "/accounts/none/": 404, "/ledger/": 403}.items():
        assert window.page.goto(city.url + path).status == status
        assert not axe_faults(window)
        window.shoot(f"error-{status}")


def test_maintenance(visit, city):
    file = city.data / "maintenance"
    file.write_text("今晚 22:00 至 23:00 升级数据库。", encoding="utf-8")
    try:
        window = visit()
        answer = window.page.goto(city.url + "/")
        assert answer.status == 503
        assert "今晚 22:00" in window.page.content()
        window.shoot("error-503")
        assert not axe_faults(window)
        window.faults.clear()  # a 503 is what was asked for
    finally:
        file.unlink()


def test_the_wrong_password_is_told_and_the_fifth_time_locks(visit, city):
    person = city.person("局领导")
    window = visit()
    for _ in range(5):
        window.open("/account/login/")
        window.page.fill("input[name=login]", person.code)
        window.page.fill("input[name=password]", "不是这个口令")
        with window.page.expect_navigation():  # the next attempt must not cut this one off
            window.page.click("main button[type=submit]")
    assert "暂停登录" in window.page.content()
    window.shoot("locked-out")
    assert not axe_faults(window)


def live_alert(window: Visit, rule: str) -> str:
    """The address of a live alert of a rule; judging has its own process, so it may take a moment after the city has been filled."""
    for _ in range(60):
        window.open(f"/alerts/?rule={rule}")
        links = window.page.locator("main tbody a[href^='/alerts/YJ-']")
        if links.count():
            return links.first.get_attribute("href")
        window.page.wait_for_timeout(1000)
    pytest.fail(f"no alert of {rule}")


def test_the_city_is_judged_and_its_clocks_lead_to_their_strips(visit, city):
    window = visit(city.person("法制支队监督岗"))
    window.open(live_alert(window, "CU-012"))
    window.shoot("city-alert")
    assert "治安管理处罚法" in window.text
    window.open("/radar/")
    window.shoot("city-radar")
    window.open(window.page.locator("main tbody a[href^='/radar/']:not([href*='?'])").first.get_attribute("href"))
    window.shoot("city-strip")
    assert "起算" in window.text
    assert "届满" in window.text


def test_the_rule_behind_an_alert(visit, city):
    window = visit(city.person("办案民警", "李明"))
    window.open("/rules/")
    window.shoot("city-rules")
    window.open("/rules/CU-012/")
    window.shoot("city-rule")
    assert "第97条第1款" in window.text
    assert "八小时" in window.text or "8 小时" in window.text
