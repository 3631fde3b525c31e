"""The worker's turn: one batch, chunk by chunk, for a while; then others have theirs. See docs/adr/0012."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from uuid import uuid4

from django.db import DatabaseError

from mingjing.cases.actions import Trial
from mingjing.cases.cleaning import clean, columns
from mingjing.intake import files
from mingjing.intake.actions import Lost, advance, fail, measured, release, take
from mingjing.intake.actions.working import ATTEMPTS, remember, renew
from mingjing.intake.lines import Line, Lines, open_lines
from mingjing.intake.models.batches import TRIAL, Batch
from mingjing.intake.readers import MOST_ROWS
from mingjing.lib.refused import Refused

log = logging.getLogger("mingjing.intake")
CHUNK = 500  # rows a transaction
TURN = 15.0  # seconds before another batch may have its turn; `mingjing serve` waits longer than this for a worker that should stop
RENEW_EVERY = 20_000  # rows measured between two renewals of the lease
AT_ONCE = 2_000  # rows that are tried out while the browser waits
FULL = ("disk is full", "database or disk is full", "no space left on device", "could not extend file")


def run_once() -> bool:
    """One turn with the batch that has waited longest. Whether there was one."""
    batch = take(name())
    if batch is None:
        return False
    turn(batch, until=monotonic() + TURN)
    return True


def try_at_once(batch: Batch) -> None:
    """The trial of a small file while the browser waits; a larger one is left to the worker."""
    try:
        held = take(name(), batch.pk) if _is_small(batch) else None
        if held is not None:
            turn(held, until=monotonic() + TURN)
    except DatabaseError:
        log.exception("trial of batch %s left to the worker", batch.pk)


def _is_small(batch: Batch) -> bool:
    try:
        lines = open_lines(files.place(batch.digest, batch.kind), batch.kind, batch.table)
        return sum(1 for _ in islice(lines, AT_ONCE + 1)) <= AT_ONCE
    except Refused:
        return True  # broken further down: the trial comes upon it at once and says so


def name() -> str:
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid4().hex[:12]}"


def turn(batch: Batch, until: float) -> None:
    """Go on with a batch held by this worker. What somebody can mend becomes its message; what is our own fault is raised, and the
    batch is tried again when its lease has run out."""
    if batch.attempts > ATTEMPTS:
        fail(batch, f"连续 {ATTEMPTS} 次没有进展，已停在第 {batch.position} 行之后。请联系系统管理员查看日志，处理后点“重试”。")
        return
    try:
        with mendable():
            _go_on(batch, until)
    except Lost:
        return
    except Refused as refused:
        fail(batch, refused.message)
        return
    release(batch)


@contextmanager
def mendable() -> Iterator[None]:
    """A full disk is not a bug: it becomes a refusal that says what to do."""
    try:
        yield
    except (DatabaseError, OSError) as error:
        if getattr(error, "errno", None) in files.FULL or any(text in str(error).lower() for text in FULL):
            log.error("disk full while importing: %s", error)
            raise Refused("服务器磁盘已满，停在上一段写完的地方，已写入的不受影响。请联系系统管理员清理磁盘，然后点“重试”接着导入。") from error
        raise


@dataclass
class Reading:
    """A file opened at a position, kept from turn to turn so that a long one is not read from its start again and again."""

    file: tuple[int, str]  # number and digest of the batch
    position: int
    rows: Iterator[Line]
    trial: Trial | None


_kept: list[Reading] = []  # at most one


def _go_on(batch: Batch, until: float) -> None:
    reading = _reading(batch)
    while chunk := list(islice(reading.rows, CHUNK)):
        advance(batch, chunk, is_last=batch.position + len(chunk) >= batch.total, trial=reading.trial)
        if not batch.is_due:
            return
        if monotonic() > until:
            reading.position = batch.position
            _kept.append(reading)
            return


def _reading(batch: Batch) -> Reading:
    """The file of the batch, opened at its position."""
    kept = _kept.pop() if _kept else None
    if kept and (kept.file, kept.position) == ((batch.pk, batch.digest), batch.position) and (kept.trial is not None) == (batch.state in TRIAL):
        return kept
    path = files.place(batch.digest, batch.kind)
    if not path.exists():
        raise Refused("上传的文件已不在服务器上（可能恢复过备份）。请重新上传。")
    lines = open_lines(path, batch.kind, batch.table)
    if batch.total is None:
        measured(batch, *_measure(batch, lines))
    trial = Trial(codes=frozenset(batch.repeated)) if batch.state in TRIAL else None
    rows = iter(lines)
    _skip(batch, rows, trial)
    return Reading((batch.pk, batch.digest), batch.position, rows, trial)


def _measure(batch: Batch, lines: Lines) -> tuple[int, set[str]]:
    """Number of rows and the codes that come more than once, by one reading of the whole file, which also finds a broken end before anything is written."""
    seen, repeated, total = set(), set(), 0
    for total, line in enumerate(lines, 1):
        if total > MOST_ROWS:
            raise Refused(f"文件超过 {MOST_ROWS:,} 行。请拆成几份上传。")
        if total % RENEW_EVERY == 0:
            renew(batch)
        code = _code(batch.table, line)
        if code and hash(code) in seen:
            repeated.add(code)
        seen.add(hash(code))
    return total, repeated


def _skip(batch: Batch, rows: Iterator[Line], trial: Trial | None) -> None:
    """To the position. A trial must remember what earlier rows did to the codes that come again."""
    before = islice(rows, batch.position)
    while passed := list(islice(before, RENEW_EVERY)):
        renew(batch)
        if trial is not None:
            remember(batch, [line for line in passed if _code(batch.table, line) in trial.codes], trial)


def _code(table: str, line: Line) -> str | None:
    try:
        return clean(columns(table)["code"], line.values.get("code"), "code")
    except Refused:
        return None
