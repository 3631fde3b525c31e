"""Every page as each demo person sees it: opens, keeps to its own scripts, has no serious accessibility fault, fits a phone; pictures are left behind."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

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


FILES = re.compile(r"[?&]format=|/files/|/templates?/|/rejects/|/export|/static/|/logout|/account/oidc/|/api/")  # no pages
SEEN = set[str]()  # kinds of pages that somebody has looked at: the same page for the next duty is the business of the other tests


def kind_of(path: str) -> str:
    """/cases/A42010201…/acts/party/new/ and its like are one page: whatever holds a digit is a number."""
    return re.sub(r"[^/]*\d[^/]*", "0", urlsplit(path).path)


def reached(window: Visit) -> Iterator[str]:
    """Every page that links lead to from the navigation, one of each kind; the window stands on it."""
    queue = deque(["/", *links(window)])
    while queue:
        path = queue.popleft()
        if kind_of(path) in SEEN or FILES.search(path):
            continue
        SEEN.add(kind_of(path))
        status = window.status(path)
        yield path if status == 200 else f"{path} {status}"
        queue.extend(window.page.eval_on_selector_all("main a[href^='/']:not([download])", "links => links.map(link => link.getAttribute('href'))"))


@pytest.mark.parametrize("duty", ["办案民警", "法制员", "法制支队监督岗", "单位负责人", "案管", "系统管理员", "督察"])
def test_no_page_that_a_link_leads_to_has_a_serious_accessibility_fault(visit, city, duty):
    """Pictures of all of them are left for the handbook and for whoever reviews a change."""
    window = visit(city.person(duty))
    faults, pages = [], 0
    for path in reached(window):
        pages += 1
        faults += [path] if " " in path else axe_faults(window)
        window.shoot(f"light-{duty}-{re.sub('[^a-z]+', '-', kind_of(path).replace('/0/', '/one/')).strip('-') or 'home'}")
    assert not faults
    assert pages or duty not in ("办案民警", "案管", "系统管理员")


@pytest.mark.parametrize("duty", ["法制支队监督岗", "系统管理员"])
def test_nor_has_one_in_the_dark(visit, city, duty):
    window = visit(city.person(duty), scheme="dark")
    faults = []
    for path in ["/", *links(window)]:
        window.open(path)
        faults += axe_faults(window)
        window.shoot(f"dark-{duty}-{re.sub('[^a-z]', '', path) or 'home'}")
    assert not faults


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
