"""A whole installation as a new user would make it: `mingjing demo --no-serve`, `mingjing serve`, a real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import quiet
from playwright.sync_api import Browser, sync_playwright
from quiet import Bureau
from window import WIDE, City, Person, Visit, read_people

from mingjing.management.commands.serve import web

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files, packed once for all installations: that takes longer than starting one."""
    data = tmp_path_factory.mktemp("packed")
    environment = {**os.environ, "MINGJING_DATA": str(data), "DJANGO_SETTINGS_MODULE": "mingjing.settings"}
    script = "import django; django.setup(); from mingjing.management.commands.serve import collect; collect(print)"
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, cwd=ROOT, timeout=120)
    return data / "static"


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory, packed: Path) -> Iterator[City]:
    data = tmp_path_factory.mktemp("city")
    (data / "static").symlink_to(packed)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"MINGJING_DATA": str(data)}
    command = [sys.executable, "-m", "mingjing"]
    subprocess.run([*command, "demo", "--size", "small", "--no-serve"], env=environment, check=True, cwd=ROOT, timeout=300)
    port = free_port()
    server = subprocess.Popen([*command, "serve", "--port", str(port)], env=environment, cwd=ROOT)
    try:
        wait_for(f"http://localhost:{port}/account/login/", server)
        yield City(f"http://localhost:{port}", data, read_people(data / "demo-people.txt"))
    finally:
        server.terminate()
        server.wait(timeout=40)


@pytest.fixture(scope="session")
def bureau(tmp_path_factory: pytest.TempPathFactory, packed: Path) -> Iterator[Bureau]:
    """The installation whose time stands still; its pages are served as `mingjing serve` does it, its worker goes round when the journey says so."""
    data = tmp_path_factory.mktemp("bureau")
    (data / "static").symlink_to(packed)
    stagehand, people, sessions = quiet.found(data)
    port = free_port()
    server = subprocess.Popen(web("127.0.0.1", port, 1), env=quiet.environment(data), cwd=ROOT)
    try:
        wait_for(f"http://localhost:{port}/account/login/", server)
        yield Bureau(f"http://localhost:{port}", data, people, sessions, stagehand)
    finally:
        stagehand.leaves()
        server.terminate()
        server.wait(timeout=40)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(url: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        assert server.poll() is None, "mingjing serve has stopped"
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("MINGJING_CI"):
            pytest.fail("Chromium is missing in CI")
        pytest.skip("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, city: City) -> Iterator:
    """Opens windows on the city: `visit(person)`. At the end no page may have broken its own Content-Security-Policy, thrown an error or asked another
    host for anything."""
    visits: list[Visit] = []

    def new(person: Person | None = None, viewport: dict[str, int] = WIDE, scheme: str = "light") -> Visit:
        made = window(browser, city, viewport, scheme, person and city.sessions.get(person.code))
        visits.append(made)
        if person and person.code in city.sessions:
            made.open("/")
        elif person:
            made.sign_in(person)
            city.sessions[person.code] = made.page.context.storage_state()
        return made

    yield new
    for made in visits:
        made.page.context.close()
    check(visits)


@pytest.fixture
def at_desk(browser: Browser, bureau: Bureau) -> Iterator:
    """The window of somebody in the quiet bureau, by name: `at_desk("李明")`. It stays open from one journey to the next, as on a real desk."""
    people = {person.name: person.code for person in bureau.people}

    def desk(name: str, viewport: dict[str, int] = WIDE) -> Visit:
        place = (name, viewport["width"])
        if place not in bureau.desks:
            bureau.desks[place] = window(browser, bureau, viewport, "light", bureau.sessions[people[name]])
        return bureau.desks[place]

    yield desk
    check(bureau.desks.values())


def window(browser: Browser, city: City, viewport: dict[str, int], scheme: str, session: Any = None) -> Visit:
    """A new window, empty still; `session`: the cookies of somebody who is signed in. Nothing moves in it, so that pictures show the finished page."""
    context = browser.new_context(
        viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", color_scheme=scheme, reduced_motion="reduce", storage_state=session)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"error on {page.url}: {error}"))
    page.on("console", lambda said: faults.append(f"on {page.url}: {said.text} {said.location}") if "Content Security Policy" in said.text else None)
    page.on("request", lambda asked: None if asked.url.startswith((city.url, "data:")) else faults.append(f"asked {asked.url}"))
    page.on("response", lambda got: faults.append(f"{got.status} {got.url}") if got.status >= 500 else None)
    return Visit(page, city, faults)


def check(visits: Iterable[Visit]) -> None:
    faults = [fault for made in visits for fault in made.faults]
    for made in visits:
        made.faults.clear()
    assert not faults, faults
