"""The same call twice is done once: its answer is kept with the rows it wrote, in one transaction, and given again for seven days."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from secrets import token_hex
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from mingjing.intake.api.body import raw
from mingjing.intake.api.faults import Fault, detail
from mingjing.intake.models import Answer, ApiKey

T = TypeVar("T")
KEPT = timedelta(days=7)
TRIES = 3


def once(request: HttpRequest, key: ApiKey, token: str, do: Callable[[], str]) -> tuple[str, bool]:
    """The answer of `do`, and whether it is an earlier one. Raises Fault (409) when the token stands for another call.

    A second call at the same moment waits for the first: for its row on PostgreSQL, for the one writer on SQLite. If the first fails, it leaves no
    answer and the second does the work.
    """
    digest = hashlib.sha256(b"\0".join((request.get_full_path().encode(), raw(request)))).hexdigest()
    with transaction.atomic():
        now = timezone.now()
        Answer.objects.filter(key=key, made_at__lte=now - KEPT).delete()
        mine = token_hex(32)  # tells the row that this call made from one that was there
        Answer.objects.bulk_create([Answer(key=key, token=token, digest=mine, made_at=now)], ignore_conflicts=True)
        kept = Answer.objects.get(key=key, token=token)
        if kept.digest != mine:
            return _again(kept, digest), True
        return _kept(kept, digest, do()), False


def _kept(mine: Answer, digest: str, body: str) -> str:
    Answer.objects.filter(pk=mine.pk).update(digest=digest, body=body)
    return body


def _again(kept: Answer, digest: str) -> str:
    if kept.digest != digest:
        message = "这个幂等键已经用于另一个请求，没有处理。每个新请求请用新的幂等键；重试时请原样发送原来的内容。"
        raise Fault(409, "token_reused", message, [detail("Idempotency-Key", "已经用于另一个请求")])
    return kept.body


def persistent(do: Callable[[], T]) -> T:
    """`do` again when two calls entered the same new code at once: the second time it is a known one. Raises Fault (409) when it does not stop."""
    for _ in range(TRIES):
        try:
            return do()
        except IntegrityError:
            continue
    raise Fault(409, "conflict", "别的系统正在写入相同编号的行，这次没有写入任何内容。请稍后原样重试。")
