"""Checking the ledger in the database: whole, or a slice at a time so that no request waits long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from mingjing.ledger import anchors, guards, queries
from mingjing.ledger.chain import Anchor, Check, Flaw, Report

SLICE = 20_000  # entries checked in one request: less than a second


def whole(more: Iterable[Anchor] = (), each: Callable[[int], None] = lambda count: None) -> Report:
    """Check everything there is, against the heads kept by this installation and `more`. `each` is told the count after every entry."""
    report = Report()
    check = Check([*_kept(report), *more], report)
    _stand(report)
    for entry in queries.entries():
        check.take(entry)
        each(report.entries)
    return check.finish()


@dataclass
class Progress:
    """A check under way: what was found up to the number `after` (None: nothing has been checked yet)."""

    report: Report = field(default_factory=Report)
    after: int | None = None
    is_finished: bool = False

    def step(self) -> None:
        """Check the next slice. What is appended meanwhile is checked as well; a replay is looked for within each slice, because the guard on unique
        marks, whose absence is a flaw of its own, keeps a mark from coming twice at all."""
        kept = _kept(self.report if self.after is None else Report())
        check = Check(kept, self.report)
        if self.after is None:
            _stand(self.report)
        page = queries.slice_(self.after, SLICE)
        for entry in page:
            check.take(entry)
        self.is_finished = len(page) < SLICE
        if page:
            self.after = page[-1]["seq"]
        check.finish(is_end=self.is_finished)

    def packed(self) -> dict[str, Any]:
        """As plain JSON, for a session."""
        report = self.report
        return {
            "after": self.after, "entries": report.entries, "head": [report.head.seq, report.head.digest], "found": report.found, "anchors": report.anchors,
            "flaws": [[flaw.seq, flaw.text] for flaw in report.flaws],
        }

    @classmethod
    def unpacked(cls, values: Mapping[str, Any]) -> Progress:
        flaws = [Flaw(*pair) for pair in values["flaws"]]
        return cls(Report(values["entries"], Anchor(*values["head"]), flaws, values["found"], values["anchors"]), values["after"])


def _kept(report: Report) -> list[Anchor]:
    """The heads kept outside. They are read before the entries, so that each of them must be among the entries."""
    heads, faults = anchors.read(anchors.folder())
    for fault in faults:
        report.add(0, f"{fault}，那一天的链头不能用来核验")
    return [kept.anchor for kept in heads]


def _stand(report: Report) -> None:
    for fault in guards.missing(connection):
        report.add(0, f"数据库的保护不完整：{fault}")
