"""Pages under load: an open loop, in which requests leave on time whether or not earlier ones are back, so a slow answer shows in the figures."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from mingjing.accounts.models import Officer

RATE = 30  # requests a second
WARM_UP = 5  # seconds of the same load first: a process that has just started reads its templates and rules


def under_load(port: int, seconds: int, jobs: Iterator[tuple[str, str]]) -> dict:
    """Median and 95th percentile in ms for each kind of page. `jobs`: kinds and addresses, without end."""
    cookies = [session_of(officer) for officer in people()]
    _asked(port, islice(jobs, RATE * WARM_UP), cookies)
    taken, failed = _asked(port, islice(jobs, RATE * seconds), cookies)
    figures = {f"{kind}_p95_ms": 1000 * statistics.quantiles(times, n=20)[18] for kind, times in taken.items()}
    figures |= {f"{kind}_p50_ms": 1000 * statistics.median(times) for kind, times in taken.items()}
    return {**figures, "requests": RATE * seconds, "rate": RATE, "failed": len(failed), "first_failures": failed[:3]}


def _asked(port: int, jobs: Iterator[tuple[str, str]], cookies: list[str]) -> tuple[dict[str, list[float]], list[tuple[str, int]]]:
    """Seconds from the moment when each request was due to its answer, by kind; and those that failed."""
    taken, failed, lock = dict[str, list[float]](), [], threading.Lock()

    def ask(kind: str, path: str, due: float, cookie: str) -> None:
        status, _ = fetch(port, path, cookie)
        with lock:
            taken.setdefault(kind, []).append(time.perf_counter() - due)
            if status != 200:
                failed.append((path, status))

    with ThreadPoolExecutor(64) as pool:
        start = time.perf_counter()
        for number, (kind, path) in enumerate(jobs):
            due = start + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            pool.submit(ask, kind, path, due, cookies[number % len(cookies)])
    return taken, failed


def people() -> list[Officer]:
    """Those with the widest reach: whoever sees everything has the slowest pages."""
    return list(Officer.objects.filter(assignments__duty__in=["法制支队监督岗", "局领导", "案管"], is_active=True).distinct()[:6])


def session_of(officer: Officer) -> str:
    """The cookie of a signed-in session, without the pages of signing in."""
    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def fetch(port: int, path: str, cookie: str) -> tuple[int, bytes]:
    """Status and body; pages come unpacked, because packing what holds a token would betray it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", quote(path, safe="/?&="), headers={"Cookie": cookie, "Host": f"localhost:{port}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body
