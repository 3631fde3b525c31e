"""The stream that tells an open page what is new for its officer (server-sent events): `notice` for each new one, `count` for how many are unread.

A stream looks into the database once a second with one small query and gives the connection back before it sleeps; so any number of open pages share
the few connections of the process. It ends after ten minutes, or when the session does, and the page opens a new one. Without it a page still asks
for its counts every minute.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, StreamingHttpResponse
from django.urls import reverse

from mingjing.accounts.scope import Viewer
from mingjing.alerts import queries
from mingjing.alerts.models.alert import LEVELS

log = logging.getLogger("mingjing.alerts")
EVERY = 1.0  # seconds between looks
BEAT = 15  # looks between signs of life, by which proxies and we ourselves notice that the other side is gone, and the session is asked after
LONGEST = 600  # seconds; then the page connects anew, with the duties of that moment
MOST, MOST_EACH = 300, 10  # streams a process, and of one officer
SHOWN = 100  # unread notices looked at
_open: Counter[str] = Counter()  # streams of this process by officer


async def live(request: HttpRequest) -> HttpResponseBase:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    viewer = request.viewer
    if _open.total() >= MOST or _open[viewer.officer.code] >= MOST_EACH:
        busy = HttpResponse("同时打开的页面太多，这个页面暂时不能即时更新；计数每分钟更新一次。", status=503, content_type="text/plain; charset=utf-8")
        busy.headers["Retry-After"] = "60"
        return busy
    response = StreamingHttpResponse(stream(viewer, request.session), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front would keep the events until there are many
    return response


async def stream(viewer: Viewer, session: Any) -> AsyncIterator[str]:
    """The events, until LONGEST is over or the session has ended."""
    officer, end = viewer.officer.code, time.monotonic() + LONGEST
    known: set[int] | None = None
    _open[officer] += 1
    try:
        yield "retry: 3000\n\n"
        look = 0
        while time.monotonic() < end:
            is_beat = look % BEAT == 0
            seen = await sync_to_async(_look)(viewer, known, session.session_key if is_beat else "")
            if seen is None:
                return
            unread, new = seen
            for notice in new:
                yield event("notice", notice)
            if known != unread:
                yield event("count", {"unread": len(unread), "is_more": len(unread) == SHOWN})
            elif is_beat:
                yield ": \n\n"
            known, look = unread, look + 1
            await asyncio.sleep(EVERY)
    finally:
        _open[officer] -= 1
        if not _open[officer]:
            del _open[officer]


def event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _look(viewer: Viewer, known: set[int] | None, session_key: str) -> tuple[set[int], list[dict[str, Any]]] | None:
    """What is unread, and what of that is new since `known` (nothing at the first look); None when the session is over. Runs in the thread of the
    request; at its end that thread holds no connection, not even the one that the request had before."""
    try:
        if session_key and not Session.objects.filter(session_key=session_key).exists():
            return None
        unread = queries.notices(viewer).filter(read_at__isnull=True).order_by("-delivered_at", "-pk")
        keys = set(unread.values_list("pk", flat=True)[:SHOWN])
        new = keys - known if known is not None else set()
        told = [_told(notice) for notice in unread.filter(pk__in=new).select_related("alert")] if new else []
        return keys, told[::-1]
    except DatabaseError:
        log.warning("即时更新：数据库没有应答，连接关闭，页面会重新连接", exc_info=True)
        return None
    finally:
        connection.close()


def _told(notice: Any) -> dict[str, Any]:
    return {
        "key": notice.pk, "text": notice.text, "level": notice.alert.level, "level_words": LEVELS[notice.alert.level].removesuffix("色"),
        "url": reverse("alerts:notice", args=[notice.pk]),
    }
