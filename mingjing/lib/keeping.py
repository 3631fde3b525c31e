"""Files that people and systems send, kept under their digest: nothing of what a sender calls a file ever becomes a path."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mingjing.lib.refused import Refused

BLOCK = 256 * 1024
STALE = 24 * 3600  # seconds after which a half-received file was left behind by a process that died
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Kept:
    """A whole file: SHA-256 in hexadecimal, size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Shelf:
    """Where files of one sort stand, how large one may be (bytes), and what to do about one that is larger."""

    folder: Path
    limit: int
    advice: str

    def place(self, digest: str, kind: str) -> Path:
        """Where the file of this digest is kept; `kind` is one of the few endings that the app knows."""
        return self.folder / digest[:2] / f"{digest}.{kind}"

    def too_large(self) -> Refused:
        return Refused(f"文件超过 {self.limit // (1024 * 1024)} MB 的上限，没有接收。{self.advice}", field="file")


class Receiving:
    """A file on its way in: written beside the others, counted and digested as it comes. Raises Refused over the limit or when the disk is full."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.size, self._digest = shelf, 0, hashlib.sha256()
        with disk():
            coming = shelf.folder / "coming"
            coming.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sweep(coming)
            number, name = tempfile.mkstemp(dir=coming)
        self.path, self._out = Path(name), os.fdopen(number, "wb")

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def write(self, block: bytes) -> None:
        self.size += len(block)
        if self.size > self.shelf.limit:
            raise self.shelf.too_large()
        self._digest.update(block)
        with disk():
            self._out.write(block)

    def close(self) -> Path:
        """All of it on disk. The path is a temporary one, for a look inside before the file is kept."""
        with disk():
            self._out.flush()
            os.fsync(self._out.fileno())
            self._out.close()
        return self.path

    def keep(self, kind: str) -> Kept:
        """Move it to its place for good. The same file again replaces itself."""
        goal = self.shelf.place(self.digest, kind)
        with disk():
            goal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.replace(self.path, goal)
        return Kept(self.digest, self.size)

    def discard(self) -> None:
        """Forget it, unless it was kept."""
        with suppress(OSError):  # closing tries to write what is left: the disk may be full
            self._out.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def receiving(source: BinaryIO, shelf: Shelf) -> Iterator[Receiving]:
    """A whole file copied in from an open one; forgotten at the end if the caller did not keep it."""
    coming = Receiving(shelf)
    try:
        while block := source.read(BLOCK):
            coming.write(block)
        coming.close()
        yield coming
    finally:
        coming.discard()


@contextmanager
def disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full() from error
        raise


def disk_full() -> Refused:
    return Refused("服务器磁盘已满，文件没有保存，数据没有改动。请联系系统管理员清理磁盘后再试。", field="file")


def _sweep(coming: Path) -> None:
    """Remove what processes that were killed left half received."""
    oldest = time.time() - STALE
    for path in coming.iterdir():
        with suppress(FileNotFoundError):  # another process was first, or has just kept it
            if path.stat().st_mtime < oldest:
                path.unlink()
