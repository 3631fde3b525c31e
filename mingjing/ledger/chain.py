"""The chain of digests, and its check. Plain Python: works on an exported file without the database.

An entry's digest covers every other field of it and the digest of the entry before, so no entry can be edited, deleted, inserted or moved
unnoticed. What a chain cannot show by itself is that its end is missing or that the whole was replaced by an older or a newly computed one:
for that the head is kept outside (`anchors`) and given to `verify`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

FIELDS = (
    "seq", "uid", "occurred_at", "recorded_at", "kind", "actor", "unit", "subject_kind", "subject_code", "matter_code", "data", "algorithm", "previous_digest",
)
ALGORITHMS = ("sha256", "sm3")
GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """JSON text that is the same on every machine for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(entry: Mapping[str, Any]) -> str:
    """The digest of an entry over FIELDS, as 64 hexadecimal characters; `algorithm` is part of the entry. Times are texts."""
    return hashlib.new(entry["algorithm"], canonical([entry[name] for name in FIELDS]).encode()).hexdigest()


@dataclass(frozen=True)
class Anchor:
    """A head that was written down outside the database: the entry of this number had this digest."""

    seq: int
    digest: str


@dataclass(frozen=True)
class Flaw:
    """`seq`: the number at which it shows; `text`: Chinese, what is wrong."""

    seq: int
    text: str


@dataclass
class Report:
    entries: int = 0
    head: Anchor = Anchor(0, GENESIS)
    flaws: list[Flaw] = field(default_factory=list)
    anchors: int = 0

    @property
    def sound(self) -> bool:
        return not self.flaws


MOST = 100  # flaws listed; after an edit at the front every later finding adds nothing


def verify(entries: Iterable[Mapping[str, Any]], anchors: Iterable[Anchor] = ()) -> Report:
    """Check entries in the order given. Finds edited, deleted, inserted, reordered and replayed entries; with anchors also a cut or replaced end."""
    report, outside, uids = Report(), _by_number(anchors), set()
    for entry in entries:
        report.entries += 1
        for text in _flaws(entry, report.head, uids):
            if len(report.flaws) < MOST:
                report.flaws.append(Flaw(entry["seq"], text))
        uids.add(entry["uid"])
        if entry["seq"] in outside:
            report.anchors += 1
            if outside[entry["seq"]] != {entry["digest"]}:
                report.flaws.append(Flaw(entry["seq"], "与台账之外留存的当日链头不符：此处或此前的记录被整体替换过"))
        report.head = Anchor(entry["seq"], entry["digest"])
    missing = [seq for seq in outside if seq > report.head.seq]
    if missing:
        report.flaws.append(Flaw(report.head.seq, f"台账在第 {report.head.seq} 条中断，而留存的链头到过第 {max(missing)} 条：末尾被截去"))
    return report


def _by_number(anchors: Iterable[Anchor]) -> dict[int, set[str]]:
    numbers: dict[int, set[str]] = {}
    for anchor in anchors:
        numbers.setdefault(anchor.seq, set()).add(anchor.digest)
    return numbers


def _flaws(entry: Mapping[str, Any], head: Anchor, uids: set[str]) -> Iterator[str]:
    if entry["seq"] != head.seq + 1:
        yield f"序号不连续：前一条是第 {head.seq} 条，这一条是第 {entry['seq']} 条（缺失、插入或者调换过顺序）"
    if entry["uid"] in uids:
        yield "与前面某一条的唯一标识相同：记录被重放"
    if entry["previous_digest"] != head.digest:
        yield "所记的前一条摘要与前一条不符：前后之间被删除、插入或者调换过"
    if entry["algorithm"] not in ALGORITHMS:
        yield f"摘要算法不认识：{entry['algorithm']}"
    elif digest(entry) != entry["digest"]:
        yield "内容与摘要不符：这一条被改动过"
