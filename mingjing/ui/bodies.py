"""Bodies that are too large are refused before anything of them is kept: Django's own limits come after the whole body lies on disk."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.template import loader

from mingjing.ui import errors

log = logging.getLogger("mingjing.bodies")
FRAME = 64 * 1024  # what a form adds around its file
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def limited(application: Application) -> Application:
    """The ASGI application behind a count of what comes in: over settings.UPLOAD_LIMIT it is answered 413, announced or not; a full disk with 507."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        most = settings.UPLOAD_LIMIT + FRAME
        if _announced(scope) > most:
            await _answer(scope, receive, send, 413)
            return
        counted = Counted(receive, send, most)
        try:
            await application(scope, counted.receive, counted.send)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or counted.has_answered:
                raise
            log.error("disk full while receiving a request: %s", error)
            await _answer(scope, receive, send, 507)
        if counted.is_over and not counted.has_answered:
            await _answer(scope, receive, send, 413)

    return guarded


class Counted:
    """What an application receives until it is too much; then the client seems to have gone away."""

    def __init__(self, receive: Receive, send: Send, most: int):
        self._receive, self._send, self._left = receive, send, most
        self.is_over = self.has_answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_over = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        self.has_answered = True
        await self._send(message)


def _announced(scope: Message) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def _answer(scope: Message, receive: Receive, send: Send, status: int) -> None:
    """Answer at once, then let what still comes pass by: a browser that is cut off in the middle shows its own error instead of ours."""
    limit = settings.UPLOAD_LIMIT // (1024 * 1024)
    problem = {
        413: errors.Problem("文件过大", f"发送的内容超过 {limit} MB 的上限，没有接收。请按时间或单位拆成几份，分次上传。"),
        507: errors.Problem("服务器磁盘已满", "内容没有保存，数据没有改动。请联系系统管理员清理磁盘后再试。"),
    }[status]
    if scope["path"].startswith(errors.API):
        kind, body = "application/json", json.dumps({"code": "too_large" if status == 413 else "disk_full", "message": problem.text}, ensure_ascii=False)
    else:
        kind, body = "text/html; charset=utf-8", loader.render_to_string("500.html", errors.standalone(problem))
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body.encode())).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return
