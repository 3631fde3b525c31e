"""The stream of events: what it sends, to whom, when it ends, what it costs; and as it is served: by a real server, to fifty open pages at once."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from alerting import hand
from asgiref.sync import sync_to_async
from bureau import BACKEND
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.test import AsyncClient
from django.utils import timezone
from served import answers, free_port

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.alerts.models import Notice
from mingjing.alerts.views import notice_live
from mingjing.management.commands.serve import web

ROOT = Path(__file__).parents[2]
ON_POSTGRES = os.environ.get("DATABASE_URL", "").startswith("postgres")
pytestmark = pytest.mark.django_db(transaction=True)


# --- what it sends ---

@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(notice_live, "EVERY", 0.01)
    monkeypatch.setattr(notice_live, "BEAT", 3)


def told(number: int, officer, text: str = "到点了") -> Notice:
    now = timezone.now()
    return Notice.objects.create(
        alert=hand(number, officer=officer, level="red"), officer=officer, duty="承办人", channel="站内", occasion="开启", text=text,
        created_at=now, send_at=now, delivered_at=now)


def play(story) -> object:
    """Runs it; the thread that looked into the database for it lets go of its connection."""
    async def whole():
        try:
            return await story
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(whole())


async def opened(officer) -> tuple[AsyncClient, object]:
    client = AsyncClient()
    await sync_to_async(client.force_login)(officer, backend=BACKEND)
    return client, await client.get("/live/", headers={"Accept": "text/event-stream"})


async def events(answer) -> AsyncIterator[tuple[str, dict]]:
    async for part in answer:
        text = part.decode()
        if text.startswith("event: "):
            name, _, data = text.strip().split("\n")
            yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def within(answer, count: int) -> AsyncIterator[bytes]:
    """The first parts of a stream as they come."""
    async for part in answer:
        yield part
        count -= 1
        if not count:
            return


async def first(stream, count: int) -> list[tuple[str, dict]]:
    found = []
    async for one in stream:
        found.append(one)
        if len(found) == count:
            return found
    return found


def test_it_sends_the_count_then_what_is_new_and_nothing_of_others(liming, zhaoqiang, quick):
    old = told(1, liming, "早就有了")

    async def story():
        _, answer = await opened(liming)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "text/event-stream", "no-store")
        stream = events(answer)
        assert await first(stream, 1) == [("count", {"unread": 1, "is_more": False})]
        await sync_to_async(told)(9, zhaoqiang, "别人的")
        new = await sync_to_async(told)(2, liming, "第一行\n<b>第二行</b>")
        (kind, notice), (_, count) = await asyncio.wait_for(first(stream, 2), 10)
        assert (kind, notice["key"], notice["text"], notice["level"], notice["url"]) == ("notice", new.pk, new.text, "red", f"/inbox/{new.pk}/")
        assert count["unread"] == 2
        await sync_to_async(Notice.objects.filter(pk=old.pk).update)(read_at=timezone.now())
        assert await asyncio.wait_for(first(stream, 1), 10) == [("count", {"unread": 1, "is_more": False})]
        await stream.aclose()
        await answer.streaming_content.aclose()

    play(story())
    assert notice_live._open.total() == 0


def test_it_ends_with_the_session_and_after_its_time(liming, quick, monkeypatch):
    async def story():
        client, answer = await opened(liming)
        stream = events(answer)
        await first(stream, 1)
        await sync_to_async(client.session.flush)()
        assert await asyncio.wait_for(first(stream, 1), 10) == []
        monkeypatch.setattr(notice_live, "LONGEST", 0.05)
        _, answer = await opened(liming)
        assert await asyncio.wait_for(first(events(answer), 99), 10) == [("count", {"unread": 0, "is_more": False})]

    play(story())
    assert notice_live._open.total() == 0


def test_too_many_are_turned_away_politely(liming, wangfang, quick, monkeypatch):
    async def story(each: int, all_: int, whom) -> int:
        monkeypatch.setattr(notice_live, "MOST_EACH", each)
        monkeypatch.setattr(notice_live, "MOST", all_)
        _, one = await opened(liming)
        stream = events(one)
        await first(stream, 1)
        _, two = await opened(whom)
        if two.status_code == 503:
            assert two["Retry-After"] == "60"
            assert "每分钟更新一次" in two.content.decode()
        await stream.aclose()
        await one.streaming_content.aclose()
        return two.status_code

    assert play(story(1, 99, liming)) == 503
    assert play(story(1, 99, wangfang)) == 200
    assert play(story(9, 1, wangfang)) == 503
    assert play(story(9, 2, liming)) == 200


def test_without_sign_in_there_is_nothing_and_only_get(bureau, liming):
    async def story():
        answer = await AsyncClient().get("/live/")
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/")
        client = AsyncClient()
        await sync_to_async(client.force_login)(liming, backend=BACKEND)
        assert (await client.post("/live/")).status_code == 405

    play(story())


def test_a_look_is_one_small_query_and_holds_no_connection(liming, django_assert_num_queries):
    seen, start = viewer(liming), (timezone.now(), 0)
    with django_assert_num_queries(1):
        keys, new = notice_live._look(seen, (), start, "")
    assert (keys, new, connection.connection) == ({}, [], None)
    one = told(1, liming)
    with django_assert_num_queries(2):
        assert [notice["key"] for notice in notice_live._look(seen, (), start, "")[1]] == [one.pk]


def test_what_came_while_the_page_connected_anew_is_told(liming, quick):
    """The browser says up to which notice it has heard; what was delivered since is new to it, and what it has heard is not."""
    async def story():
        await sync_to_async(told)(1, liming, "听过的")
        client, answer = await opened(liming)
        bearing = [part.decode() async for part in within(answer, 2)][-1]
        heard = bearing.split("\n")[1].removeprefix("id: ")
        await answer.streaming_content.aclose()
        between = await sync_to_async(told)(2, liming, "连接断开时到的")
        for given, expected in ((heard, [between.pk]), ("", []), ("yesterday", []), ("2026-03-01T10:00:00 1", [])):
            again = await client.get("/live/", headers={"Accept": "text/event-stream", "Last-Event-ID": given})
            stream = events(again)
            found = await asyncio.wait_for(first(stream, 1 + len(expected)), 10)
            assert [data["key"] for name, data in found if name == "notice"] == expected, given
            assert found[-1] == ("count", {"unread": 2, "is_more": False})
            await stream.aclose()
            await again.streaming_content.aclose()

    play(story())


def test_an_old_notice_that_comes_into_sight_is_not_new(liming, quick, monkeypatch):
    """More are unread than are looked at: one that is read makes room for one that has been there all the time."""
    monkeypatch.setattr(notice_live, "SHOWN", 2)
    for number in (1, 2, 3):
        told(number, liming)
    Notice.objects.update(delivered_at=timezone.now() - timedelta(hours=1))

    async def story():
        _, answer = await opened(liming)
        stream = events(answer)
        assert await first(stream, 1) == [("count", {"unread": 2, "is_more": True})]
        await sync_to_async(Notice.objects.filter(pk=Notice.objects.order_by("-pk").values("pk")[:1]).update)(read_at=timezone.now())
        assert await asyncio.wait_for(first(stream, 1), 10) == [("count", {"unread": 2, "is_more": True})]
        new = await sync_to_async(told)(4, liming)
        (name, data), _ = await asyncio.wait_for(first(stream, 2), 10)
        assert (name, data["key"]) == ("notice", new.pk)
        await stream.aclose()
        await answer.streaming_content.aclose()

    play(story())


def test_it_ends_for_whoever_has_left(liming, quick):
    """Whatever becomes of the session."""
    async def story():
        _, answer = await opened(liming)
        stream = events(answer)
        await first(stream, 1)
        await sync_to_async(Officer.objects.filter(pk=liming.pk).update)(is_active=False)
        assert await asyncio.wait_for(first(stream, 1), 10) == []

    play(story())


def test_a_database_that_does_not_answer_ends_the_stream(liming, monkeypatch):
    def down(*_):
        raise OperationalError("gone")

    monkeypatch.setattr("mingjing.alerts.views.notice_live.queries.notices", down)
    assert notice_live._look(viewer(liming), (), (timezone.now(), 0), "") is None


# --- as it is served ---

PREPARE = """
import sys; sys.path.insert(0, {tests!r})
import django; django.setup()
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
call_command("migrate", verbosity=0)
from bureau import BACKEND, PEOPLE, TREE, appoint
from mingjing.accounts.models import Unit
units = {{}}
for code, name, kind, parent in TREE:
    above = units.get(parent)
    units[code] = Unit.objects.create(code=code, name=name, kind=kind, parent=above, path=f"{{above.path if above else ''}}{{code}}/")
for key in ("liming", "wangfang", "zhaoqiang", "leader", "legal", "chief", "records"):
    officer = appoint(*PEOPLE[key])
    session = SessionStore()
    session.update({{"_auth_user_id": str(officer.pk), "_auth_user_backend": BACKEND, "_auth_user_hash": officer.get_session_auth_hash()}})
    session.save()
    print(key, session.session_key)
"""
DELIVER = """
import sys, time; sys.path.insert(0, {tests!r})
import django; django.setup()
from django.utils import timezone
from alerting import hand
from mingjing.accounts.models import Officer
from mingjing.alerts.actions.telling import deliver, tell
from mingjing.alerts.recipients import Recipient
liming = Officer.objects.select_related("unit").get(code="010001")
alert = hand(int(sys.argv[1]), officer=liming, level="red")
tell(alert=alert, recipients=[Recipient(liming, "承办人")], occasion="开启", at=timezone.now())
assert deliver(at=timezone.now()) >= 1
print(time.time())
"""


@contextmanager
def scratch(folder: Path) -> Iterator[dict[str, str]]:
    """An environment with an empty database: a file, or a database of the same PostgreSQL that is dropped afterwards."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"MINGJING_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "mingjing.settings", "PYTHONPATH": str(ROOT)}
    if not ON_POSTGRES:
        yield environment
        return
    name = f"live_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield environment | {"DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"}
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(script: str, environment: dict[str, str], *arguments: str) -> str:
    text = script.format(tests=str(ROOT / "tests" / "house"))
    done = subprocess.run([sys.executable, "-c", text, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def request(url: str, session: str, **headers: str):
    return urllib.request.Request(url, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}", **headers})


def until(stream, words: bytes, seconds: float) -> None:
    """Reads until a line with these words comes."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if words in stream.readline():
            return
    raise AssertionError(f"no {words!r} within {seconds} s")


def test_an_event_arrives_and_fifty_open_pages_leave_the_database_to_the_others(tmp_path, bureau):
    with scratch(tmp_path) as environment:
        sessions = dict(line.split() for line in run(PREPARE, environment).splitlines())
        port = free_port()  # the server as `mingjing serve` starts it; with MINGJING_DEBUG it needs no static files collected
        server = subprocess.Popen(web("127.0.0.1", port, 1), env=environment | {"MINGJING_DEBUG": "1"}, cwd=ROOT)
        try:
            served(f"http://127.0.0.1:{port}", server, sessions, environment)
        finally:
            began = time.monotonic()
            server.terminate()
            server.wait(40)
    assert time.monotonic() - began < 20  # streams that are open do not keep the server from stopping


def served(address: str, server: subprocess.Popen, sessions: dict[str, str], environment: dict[str, str]) -> None:
    end = time.monotonic() + 120
    while not answers(f"{address}/account/login/"):
        assert server.poll() is None
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.2)
    with ExitStack() as held, ThreadPoolExecutor(1) as executor:
        def live(who: str):
            stream = held.enter_context(urllib.request.urlopen(request(f"{address}/live/", sessions[who], Accept="text/event-stream"), timeout=20))
            until(stream, b"event: count", 20)
            return stream

        mine, foreign = live("liming"), live("zhaoqiang")
        for who in ("liming", "zhaoqiang", "leader", "legal", "chief", "records"):
            for _ in range(8):
                live(who)
        for who in ("wangfang", "liming") * 5:  # far more streams are open than the pool has connections
            began = time.monotonic()
            assert urllib.request.urlopen(request(f"{address}/radar/", sessions[who]), timeout=20).status == 200
            assert time.monotonic() - began < 10
        delivering = executor.submit(run, DELIVER, environment, "1")
        until(mine, b"event: notice", 60)
        arrived = time.time()
        assert arrived - float(delivering.result()) < 2
        until(mine, "第 1 个问题".encode(), 5)
        foreign.fp.raw._sock.settimeout(3)
        with pytest.raises((TimeoutError, AssertionError)):
            until(foreign, b"event: notice", 3)
