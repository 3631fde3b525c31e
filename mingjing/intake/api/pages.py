"""One list after another: a page in the order of codes, and a signed cursor to the next.

Codes never change and are the key of their table, so while others write, a walk gives every row that was there at its beginning exactly once. What came
or changed meanwhile is found by asking again with `changed_since` = `as_of` of the walk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from mingjing.intake.api import changes
from mingjing.intake.api.asking import Asked
from mingjing.intake.api.faults import Fault, detail, said
from mingjing.intake.api.rows import shown

SALT = "mingjing.intake.api.cursor"


@dataclass(frozen=True)
class Walk:
    """Where a walk stands: the last code given, and the time of the ledger at its beginning."""

    code: str
    as_of: datetime | None


def page(rows: QuerySet, listing: str, asked: Asked, show: Callable[[Any], Any] = shown) -> HttpResponse:
    """`rows`: within reach and filtered. Raises Fault for a cursor that is not of this list with these filters."""
    mark = _mark(listing, asked)
    walk = _read(asked.cursor, mark) if asked.cursor else Walk("", changes.head())
    found = list(rows.filter(code__gt=walk.code).order_by("code")[: asked.limit + 1])
    given = found[: asked.limit]
    more = _written(Walk(given[-1].code, walk.as_of), mark) if len(found) > asked.limit else None
    as_of = timezone.localtime(walk.as_of).isoformat() if walk.as_of else None
    return said({"rows": [show(row) for row in given], "next": more, "as_of": as_of})


def _mark(listing: str, asked: Asked) -> str:
    """What the cursor belongs to."""
    text = listing + asked.model_dump_json(exclude={"cursor", "limit"})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _written(walk: Walk, mark: str) -> str:
    return signing.dumps([walk.code, walk.as_of.isoformat() if walk.as_of else None, mark], salt=SALT)


def _read(cursor: str, mark: str) -> Walk:
    try:
        code, as_of, belongs_to = signing.loads(cursor, salt=SALT)
    except signing.BadSignature:
        raise _wrong("游标不对或者不完整。请原样使用上一页答复中的 next") from None
    if belongs_to != mark:
        raise _wrong("游标属于另一个列表或者另一组条件。翻页时请保持条件不变，或去掉 cursor 从头读取")
    return Walk(code, datetime.fromisoformat(as_of) if as_of else None)


def _wrong(why: str) -> Fault:
    return Fault(422, "wrong_cursor", f"{why}。", [detail("cursor", why)])
