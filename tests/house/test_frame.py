"""What holds for every page: its policy for the browser, its error pages, its maintenance notice."""

from __future__ import annotations

import pytest
from bureau import sign_in
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from mingjing.cases import queries

PAGES = ("/", "/cases/", "/incidents/", "/parties/", "/officers/", "/units/", "/account/login/", "/nothing/here/")


def test_nothing_inline_and_nothing_from_elsewhere_may_run(client, liming):
    sign_in(client, liming)
    for path in PAGES:
        policy = client.get(path)["Content-Security-Policy"]
        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy, path
        assert "http" not in policy, path


def test_other_protections_are_in_the_answer(client, liming):
    sign_in(client, liming)
    answer = client.get("/")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert client.cookies["sessionid"]["httponly"]


@pytest.mark.django_db
def test_without_signing_in_every_page_leads_to_the_sign_in_page(client):
    for path in sorted(_paths()):
        answer = client.get(path)
        assert answer.status_code in (302, 404, 405), (path, answer.status_code)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/account/"), path


def _paths(resolver: URLResolver | None = None, prefix: str = "") -> set[str]:
    """An address for every pattern of ours; what takes an argument gets one that names nothing."""
    found = set()
    for each in (resolver or get_resolver()).url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            found |= _paths(each, path)
        elif isinstance(each, URLPattern) and not path.startswith(("account", "api", "^", "style")):
            words = [part.partition(">") for part in path.split("<")]
            found.add("/" + words[0][0] + "".join(("1" if head.startswith("int") else "none") + tail for head, _, tail in words[1:]))
    return found


def test_what_does_not_exist_says_so_in_chinese(client, liming):
    sign_in(client, liming)
    answer = client.get("/cases/none/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()
    part = client.get("/cases/none/", headers={"HX-Request": "true"})
    assert part["HX-Retarget"] == "#notice"
    assert "<html" not in part.content.decode()


def test_a_fault_of_ours_says_what_to_do_and_shows_nothing_inside(client, liming, monkeypatch):
    sign_in(client, liming)
    client.raise_request_exception = False

    def broken(*args, **kwargs):
        raise RuntimeError("口令 secret-detail")

    monkeypatch.setattr(queries, "one", broken)
    monkeypatch.setattr(queries, "visible", broken)
    answer = client.get("/cases/none/")
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()
    assert "secret-detail" not in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_chinese(liming):
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, liming)
    answer = strict.post("/cases/new/", {"offence": "盗窃"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_maintenance_closes_every_page_and_says_until_when(client, liming, settings, tmp_path):
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    settings.MAINTENANCE_FILE.write_text("今晚 22:00 至 23:00 升级 <b>。", encoding="utf-8")
    sign_in(client, liming)
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "今晚 22:00" in answer.content.decode()
    assert "<b>。" not in answer.content.decode()
    settings.MAINTENANCE_FILE.unlink()
    assert client.get("/").status_code == 200
