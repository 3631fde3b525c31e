"""The stream that tells an open page what is new for its officer (server-sent events): `notice` for each new one, `count` for how many are unread.

A stream looks into the database once a second with one small query and gives the connection back before it sleeps; so any number of open pages share
the few connections of the process. It ends after ten minutes, or when the session does, and the page opens a new one: what was delivered in between is
told by that one, because each event bears the notice up to which the page has heard. Without it a page still asks for its counts every minute.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer
from mingjing.alerts import queries
from mingjing.alerts.models.alert import LEVELS

log = logging.getLogger("mingjing.alerts")
EVERY = 1.0  # seconds between looks
BEAT = 15  # looks between signs of life, by which proxies and we ourselves notice that the other side is gone, and the session is asked after
LONGEST = 600  # seconds; then the page connects anew, with the duties of that moment
MOST, MOST_EACH = 300, 10  # streams a process, and of one officer
SHOWN = 100  # unread notices looked at
SLACK = timedelta(minutes=1)  # a round of deliveries dates all its notices with its beginning, and they come into sight one by one
Position = tuple[datetime, int]  # of a notice: when it was delivered, and its key
_open: Counter[str] = Counter()  # streams of this process by officer


async def live(request: HttpRequest) -> HttpResponseBase:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    viewer = request.viewer
    if _open.total() >= MOST or _open[viewer.officer.code] >= MOST_EACH:
        busy = HttpResponse("同时打开的页面太多，这个页面暂时不能即时更新；计数每分钟更新一次。", status=503, content_type="text/plain; charset=utf-8")
        busy.headers["Retry-After"] = "60"
        return busy
    heard = position(request.headers.get("Last-Event-ID", ""))
    response = StreamingHttpResponse(stream(viewer, request.session, heard), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front would keep the events until there are many
    return response


async def stream(viewer: Viewer, session: Any, heard: Position | None = None) -> AsyncIterator[str]:
    """The events, until LONGEST is over or the session has ended. `heard`: the notice up to which this page was told by its last stream."""
    officer, end, begun = viewer.officer.code, time.monotonic() + LONGEST, timezone.now()
    known: set[int] = set()
    shown: set[int] | None = None
    since = last = heard or (begun, 0)
    _open[officer] += 1
    try:
        yield "retry: 3000\n\n"
        look = 0
        while time.monotonic() < end:
            is_beat = look % BEAT == 0
            seen = await sync_to_async(_look)(viewer, known, since, session.session_key if is_beat else "")
            if seen is None:
                return
            unread, new = seen
            last = max([last, *((at, key) for key, at in unread.items())])
            for notice in new:
                yield event("notice", notice, last)
            if shown != unread.keys():
                yield event("count", {"unread": len(unread), "is_more": len(unread) == SHOWN}, last)
            elif is_beat:
                yield ": \n\n"
            known |= unread.keys()
            shown, since, look = set(unread), (begun - SLACK, 0), look + 1  # what comes into sight from now on and is older has only been out of it
            await asyncio.sleep(EVERY)
    finally:
        _open[officer] -= 1
        if not _open[officer]:
            del _open[officer]


def event(name: str, data: dict[str, Any], at: Position) -> str:
    return f"event: {name}\nid: {at[0].isoformat()} {at[1]}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def position(text: str) -> Position | None:
    """What an event bore, as the browser gives it back; None for what is none."""
    try:
        at, key = text.split(" ")
        moment = datetime.fromisoformat(at)
        return (moment, int(key)) if moment.tzinfo else None
    except ValueError:
        return None


def _look(
    viewer: Viewer, known: Collection[int], since: Position, session_key: str,
) -> tuple[dict[int, datetime], list[dict[str, Any]]] | None:
    """What is unread (key → delivered at), and what of that is neither `known` nor up to `since`; None when the session is over. Runs in the thread of
    the request; at its end that thread holds no connection, not even the one that the request had before."""
    try:
        if session_key and not _is_signed_in(viewer, session_key):
            return None
        unread = queries.notices(viewer).filter(read_at__isnull=True).order_by("-delivered_at", "-pk")
        keys = dict(unread.values_list("pk", "delivered_at")[:SHOWN])
        new = [key for key, at in keys.items() if key not in known and (at, key) > since]
        told = [_told(notice) for notice in unread.filter(pk__in=new).select_related("alert")] if new else []
        return keys, told[::-1]
    except DatabaseError:
        log.warning("即时更新：数据库没有应答，连接关闭，页面会重新连接", exc_info=True)
        return None
    finally:
        connection.close()


def _is_signed_in(viewer: Viewer, session_key: str) -> bool:
    sessions = Session.objects.filter(session_key=session_key)
    return Officer.objects.filter(Exists(sessions), pk=viewer.officer.pk, is_active=True).exists()


def _told(notice: Any) -> dict[str, Any]:
    return {
        "key": notice.pk, "text": notice.text, "level": notice.alert.level, "level_words": LEVELS[notice.alert.level].removesuffix("色"),
        "url": reverse("alerts:notice", args=[notice.pk]),
    }
