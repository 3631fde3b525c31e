"""The head of the chain kept outside the database: one line a day in DATA/anchors/<year>.txt.

Who can rewrite the database can compute a whole new chain, but not change what was printed, copied or backed up elsewhere. Lines are only ever added:

    2026-03-01T00:00:02+08:00 1234 sha256 64 hexadecimal characters
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from mingjing.ledger import chain, queries
from mingjing.ledger.models import Event

log = logging.getLogger("mingjing.ledger")
LINE = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d) (?P<seq>[1-9]\d{0,18}) (?P<algorithm>\w+) (?P<digest>[0-9a-f]{64})")
GIVEN = re.compile(r"([1-9]\d{0,18}):([0-9a-f]{64})")


@dataclass(frozen=True)
class Kept:
    """A head that was kept, and when (aware, Asia/Shanghai)."""

    at: datetime
    seq: int
    algorithm: str
    digest: str

    @property
    def anchor(self) -> chain.Anchor:
        return chain.Anchor(self.seq, self.digest)

    @property
    def groups(self) -> list[str]:
        """The digest in groups of four, to be read aloud and compared on paper."""
        return groups(self.digest)

    def line(self) -> str:
        return f"{self.at.isoformat(timespec='seconds')} {self.seq} {self.algorithm} {self.digest}\n"


@dataclass(frozen=True)
class Fault:
    """A line that cannot be read. Told, never passed over: with it a proof may be gone."""

    file: str
    number: int

    def __str__(self) -> str:
        return f"留存链头的文件 {self.file} 第 {self.number} 行读不出"


def keep() -> bool:
    """Keep today's head (Asia/Shanghai) unless it is kept already or nothing has been recorded since. Says whether it wrote."""
    heads, _ = read(folder())
    last, head = (heads[-1] if heads else None), queries.head()
    now = timezone.localtime()
    if head is None or (last and (last.at.date() == now.date() or last.anchor == queries.as_anchor(head))):
        return False
    if last and last.seq > head.seq:
        log.error("台账到第 %s 条为止，而 %s 留存的链头到过第 %s 条：末尾被截去，请立即运行 mingjing verify_ledger", head.seq, last.at, last.seq)
    write(of(head, now))
    return True


def of(head: Event, at: datetime) -> Kept:
    return Kept(timezone.localtime(at).replace(microsecond=0), head.seq, head.algorithm, head.digest)


def write(kept: Kept) -> Path:
    """Add a line and say where; it is on disk when this returns. A line that a power cut left half is ended first, so that it cannot spoil the new one."""
    file = folder() / f"{kept.at.year}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    before = "\n" if file.exists() and not file.read_bytes().endswith(b"\n") and file.stat().st_size else ""
    with file.open("a", encoding="ascii") as out:
        out.write(before + kept.line())
        out.flush()
        os.fsync(out.fileno())
    return file


def read(path: Path) -> tuple[list[Kept], list[Fault]]:
    """Heads kept in a file or in all files of a folder, in their order, and the lines that cannot be read. No folder: nothing kept yet."""
    heads: list[Kept] = []
    faults: list[Fault] = []
    for file in sorted(path.glob("*.txt")) if path.is_dir() else [path] if path.exists() else []:
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            kept = parse(line)
            if kept:
                heads.append(kept)
            elif line.strip():
                faults.append(Fault(file.name, number))
    return heads, faults


def parse(line: str) -> Kept | None:
    match = LINE.fullmatch(line.strip())
    if match is None:
        return None
    try:
        return Kept(datetime.fromisoformat(match["at"]), int(match["seq"]), match["algorithm"], match["digest"])
    except ValueError:
        return None  # the 31st of February


def given(text: str) -> chain.Anchor:
    """An anchor typed from a printed head, `number:digest`; blanks between groups do not matter. Raises ValueError."""
    match = GIVEN.fullmatch("".join(text.split()).lower())
    if match is None:
        raise ValueError(f"链头应写作 序号:摘要（64 位十六进制），现在是“{text}”")
    return chain.Anchor(int(match[1]), match[2])


def groups(digest: str) -> list[str]:
    return [digest[start : start + 4] for start in range(0, len(digest), 4)]


def folder() -> Path:
    return settings.DATA / "anchors"
