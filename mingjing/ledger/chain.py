"""The chain of digests, and its check. Plain Python: works on an exported file without the database.

An entry's digest covers every other field of it and the digest of the entry before, so no entry can be edited, deleted, inserted or moved
unnoticed. What a chain cannot show by itself is that its end is missing or that the whole was replaced by an older or a newly computed one:
for that the head is kept outside (`anchors`) and given to the check.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

FIELDS = (
    "seq", "uid", "occurred_at", "recorded_at", "kind", "actor", "unit", "subject_kind", "subject_code", "matter_code", "data", "algorithm", "previous_digest",
)
WHOLE = (*FIELDS, "digest")
ALGORITHMS = ("sha256", "sm3")
GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """JSON text that is the same on every machine for the same value. Raises ValueError for a number that is none (NaN, infinity)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(entry: Mapping[str, Any]) -> str:
    """The digest of an entry over FIELDS, as 64 hexadecimal characters; `algorithm` is part of the entry. Times are texts."""
    # a text that is no Unicode (half a surrogate pair) can only come from a tampered file: it must give another digest, not an error
    return hashlib.new(entry["algorithm"], canonical([entry[name] for name in FIELDS]).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Anchor:
    """A head that was written down outside the database: the entry of this number had this digest."""

    seq: int
    digest: str


START = Anchor(0, GENESIS)


@dataclass(frozen=True)
class Flaw:
    """`seq`: the number at which it shows, 0 for the ledger as a whole; `text`: Chinese, what is wrong."""

    seq: int
    text: str


MOST = 100  # flaws listed; after an edit at the front every later finding adds nothing


@dataclass
class Report:
    """`entries`: how many were checked; `head`: the last of them; `found`: how many flaws, of which the first MOST are listed; `anchors`: how many matched."""

    entries: int = 0
    head: Anchor = START
    flaws: list[Flaw] = field(default_factory=list)
    found: int = 0
    anchors: int = 0

    @property
    def sound(self) -> bool:
        return not self.found

    def add(self, seq: int, text: str) -> None:
        self.found += 1
        if len(self.flaws) < MOST:
            self.flaws.append(Flaw(seq, text))


class Check:
    """A check that goes entry by entry: `take` each in the order of the ledger, then `finish` once.

    `report`: where an earlier check of the same chain stopped, to go on from there; `anchors`: heads kept outside.
    """

    def __init__(self, anchors: Iterable[Anchor] = (), report: Report | None = None):
        self.report = report or Report()
        self._outside = _by_number(anchors)
        self._seen = Seen()

    def take(self, entry: Mapping[str, Any]) -> None:
        report = self.report
        report.entries += 1
        if not is_entry(entry):
            report.add(report.head.seq + 1, "这里有一条不成记录的内容：序号不是正整数，或者有的项不是文字")
            return
        for text in _flaws(entry, report.head):
            report.add(entry["seq"], text)
        self._seen.add(entry["uid"], entry["seq"])
        report.head = Anchor(entry["seq"], entry["digest"])
        if entry["seq"] in self._outside:
            self._compare(self._outside[entry["seq"]])

    def finish(self, is_end: bool = True) -> Report:
        """The report, with what no single entry shows: replayed entries and, at the end of the ledger, heads kept outside that lie beyond it."""
        report = self.report
        for first, again in self._seen.twice():
            report.add(again, f"唯一标识与第 {first} 条相同：记录被重放")
        beyond = [seq for seq in self._outside if seq > report.head.seq]
        if is_end and beyond:
            report.add(report.head.seq, f"台账到第 {report.head.seq} 条为止，而留存的链头到过第 {max(beyond)} 条：末尾被截去")
        report.flaws.sort(key=lambda flaw: flaw.seq)
        return report

    def _compare(self, kept: set[str]) -> None:
        if kept == {self.report.head.digest}:
            self.report.anchors += 1
        else:
            self.report.add(self.report.head.seq, "与台账之外留存的链头不符：此处或者此前的记录被整体替换过")


def verify(entries: Iterable[Mapping[str, Any]], anchors: Iterable[Anchor] = ()) -> Report:
    """Check entries in the order given. Finds edited, deleted, inserted, reordered and replayed entries; with anchors also a cut or replaced end."""
    check = Check(anchors)
    for entry in entries:
        check.take(entry)
    return check.finish()


def is_entry(entry: Mapping[str, Any]) -> bool:
    """Whether it has the shape of an entry at all: a number from 1 on, and every other field a text."""
    return type(entry.get("seq")) is int and 0 < entry["seq"] < 2**63 and all(isinstance(entry.get(name), str) for name in WHOLE[1:])


def _by_number(anchors: Iterable[Anchor]) -> dict[int, set[str]]:
    numbers: dict[int, set[str]] = {}
    for anchor in anchors:
        numbers.setdefault(anchor.seq, set()).add(anchor.digest)
    return numbers


def _flaws(entry: Mapping[str, Any], head: Anchor) -> Iterator[str]:
    if entry["seq"] != head.seq + 1:
        yield f"序号不连续：前一条是第 {head.seq} 条，这一条是第 {entry['seq']} 条（缺失、插入或者调换过顺序）"
    if entry["previous_digest"] != head.digest:
        yield "所记的前一条摘要与前一条不符：前后之间被删除、插入或者调换过"
    if entry["algorithm"] not in ALGORITHMS:
        yield f"摘要算法不认识：{entry['algorithm'][:20]}"
    elif digest(entry) != entry["digest"]:
        yield "内容与摘要不符：这一条被改动过"


class Seen:
    """The unique marks seen so far, in 20 bytes each: a set of texts would take some 400 MB for three million entries, this takes 60."""

    MARK, NUMBER = 12, 8

    def __init__(self) -> None:
        self._parts = [bytearray() for _ in range(256)]  # by first byte, so that only one part at a time is sorted

    def add(self, uid: str, seq: int) -> None:
        mark = hashlib.blake2b(uid.encode("utf-8", "surrogatepass"), digest_size=self.MARK).digest()
        self._parts[mark[0]] += mark + seq.to_bytes(self.NUMBER, "big")

    def twice(self) -> Iterator[tuple[int, int]]:
        """(number of the first, number of one more) for every mark that came again, in the order of the numbers within a mark."""
        size = self.MARK + self.NUMBER
        for part in self._parts:
            records = sorted(bytes(part[start : start + size]) for start in range(0, len(part), size))
            for one, next_ in pairwise(records):
                if one[: self.MARK] == next_[: self.MARK]:
                    yield int.from_bytes(one[self.MARK :], "big"), int.from_bytes(next_[self.MARK :], "big")
