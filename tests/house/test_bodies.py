"""What is too large is refused while it comes, before Django keeps it."""

from __future__ import annotations

import asyncio
import errno

import pytest

from mingjing.ui.bodies import FRAME, limited

MEGABYTE = 1024 * 1024


class Client:
    """A browser that sends `size` bytes in pieces, whatever it announced."""

    def __init__(self, size: int, announced: int | None = None, path: str = "/import/new/"):
        headers = [(b"content-length", str(announced).encode())] if announced is not None else []
        self.scope = {"type": "http", "path": path, "headers": headers}
        self.left, self.taken, self.answers = size, 0, []

    async def receive(self):
        piece = min(65_536, self.left)
        self.left -= piece
        self.taken += piece
        return {"type": "http.request", "body": b"x" * piece, "more_body": self.left > 0}

    async def send(self, message):
        self.answers.append(message)

    @property
    def status(self):
        return self.answers[0]["status"]

    @property
    def text(self):
        return self.answers[1]["body"].decode()


async def keeping(scope, receive, send, kept=None):
    """An application that keeps the whole body, as Django does, and goes away when its client does."""
    kept = [] if kept is None else kept
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        kept.append(len(message["body"]))
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def ask(client: Client, application=keeping):
    asyncio.run(limited(application)(client.scope, client.receive, client.send))
    return client


@pytest.fixture(autouse=True)
def limit(settings):
    settings.UPLOAD_LIMIT = MEGABYTE


@pytest.mark.parametrize("announced", [None, 2 * MEGABYTE])
def test_what_is_over_the_limit_is_answered_413_and_not_kept(announced):
    kept = []
    client = ask(Client(2 * MEGABYTE, announced), lambda *given: keeping(*given, kept=kept))
    assert (client.status, len(client.answers)) == (413, 2)
    assert "1 MB 的上限" in client.text
    assert sum(kept) <= (MEGABYTE + FRAME if announced is None else 0)


def test_exactly_the_limit_passes_and_one_byte_more_does_not():
    assert ask(Client(MEGABYTE + FRAME)).status == 200
    assert ask(Client(MEGABYTE + FRAME + 1)).status == 413


def test_the_interface_is_answered_in_json():
    assert '"code": "too_large"' in ask(Client(2 * MEGABYTE, path="/api/v1/facts")).text


def test_a_full_disk_is_answered_in_words_and_other_errors_stay_errors():
    async def full(scope, receive, send):
        raise OSError(errno.ENOSPC, "No space left on device")

    async def broken(scope, receive, send):
        raise OSError(errno.EIO, "broken")

    client = ask(Client(10), full)
    assert client.status == 507
    assert "磁盘已满" in client.text
    with pytest.raises(OSError, match="broken"):
        ask(Client(10), broken)


def test_other_kinds_of_scope_pass_untouched():
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(limited(application)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
