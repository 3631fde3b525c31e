"""One entry made readable: what its data say, and how it sits in the chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mingjing.ledger import chain, kinds, queries
from mingjing.ledger.models import LATE_AFTER, Event
from mingjing.ui import times

LATE_HOURS = int(LATE_AFTER.total_seconds() // 3600)
SEALED = "密:"  # a personal content of which only a keyed digest was kept


@dataclass(frozen=True)
class Content:
    """`values`: (name, content); `changes`: (name, before, after); `raw`: the text that was digested."""

    raw: str
    values: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    is_sealed: bool = False


def parsed(event: Event) -> dict[str, Any]:
    """The data as they were given; empty for a text that is no JSON object any more, because it was tampered with."""
    try:
        data = json.loads(event.data)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def outcome(event: Event) -> chain.Report:
    """What an earlier check found, from its own entry."""
    data = parsed(event)
    flaws = [chain.Flaw(*pair) for pair in data.get("flaws", ()) if _is_pair(pair)]
    return chain.Report(entries=data.get("entries", 0), flaws=flaws, found=data.get("found", 0), anchors=data.get("anchors", 0))


def read(event: Event) -> Content:
    data, name = parsed(event), lambda key: kinds.field(event.subject_kind, key)
    inner = {**_mapping(data.get("values")), **{key: value for key, value in data.items() if key not in ("values", "changes")}}
    values = [(name(key), spoken(value)) for key, value in inner.items()]
    changes = [(name(key), spoken(pair[0]), spoken(pair[1])) for key, pair in _mapping(data.get("changes")).items() if _is_pair(pair)]
    return Content(event.data, values, changes, SEALED in event.data)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def spoken(value: Any) -> str:
    """A JSON value in words: times as the pages say them, yes and no, lists with 、."""
    if value in (None, "", []):
        return times.NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(spoken(each) for each in value)
    if isinstance(value, dict):
        return "；".join(f"{key}：{spoken(each)}" for key, each in value.items())
    return _time(value) if isinstance(value, str) else str(value)


def _time(text: str) -> str:
    if len(text) >= 19 and text[4:5] == "-" and text[10:11] == "T":
        try:
            return times.full(datetime.fromisoformat(text))
        except ValueError:
            pass
    return text


@dataclass(frozen=True)
class Link:
    """How an entry sits in the chain, worked out on the spot. None: there is no neighbour on that side."""

    digest: str
    is_intact: bool
    previous: chain.Anchor | None
    follows: bool
    next: chain.Anchor | None
    is_followed: bool | None


def link(event: Event) -> Link:
    around = {each["seq"]: each for each in queries.slice_(event.seq - 2, 3)}
    this, before, after = around[event.seq], around.get(event.seq - 1), around.get(event.seq + 1)
    computed = chain.digest(this) if this["algorithm"] in chain.ALGORITHMS else ""
    return Link(
        digest=computed, is_intact=computed == this["digest"],
        previous=_anchor(before), follows=this["previous_digest"] == (before["digest"] if before else chain.GENESIS),
        next=_anchor(after), is_followed=after["previous_digest"] == this["digest"] if after else None)


def _anchor(entry: Mapping[str, Any] | None) -> chain.Anchor | None:
    return chain.Anchor(entry["seq"], entry["digest"]) if entry else None
