"""The ledger as a file: one entry a line, as canonical JSON; packed with gzip where the name ends in .gz. Reading needs no database.

A line must be exactly what `write` would have written, so that no change of the file, not even of a blank, goes unnoticed.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mingjing.ledger import chain

GZIP = b"\x1f\x8b"
LONGEST = 64 * 1024 * 1024  # bytes of a line; more is no entry but an attempt to fill the memory


class Unreadable(Exception):
    """The file is no exported ledger, or not from some line on. The text is Chinese."""


def write(file: Path, entries: Iterable[Mapping[str, Any]]) -> tuple[int, chain.Anchor]:
    """Write entries; the file appears under its name only when it is whole. Returns their count and the last of them. Raises OSError."""
    count, head = 0, chain.START
    with _appearing(file) as out:
        for entry in entries:
            out.write(line(entry))
            count, head = count + 1, chain.Anchor(entry["seq"], entry["digest"])
    return count, head


@contextmanager
def _appearing(file: Path) -> Iterator[IO[bytes]]:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as raw:
            if file.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0, compresslevel=6) as packed:
                    yield packed
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def line(entry: Mapping[str, Any]) -> bytes:
    return chain.canonical({name: entry[name] for name in chain.WHOLE}).encode() + b"\n"


def read(file: Path) -> Iterator[dict[str, Any]]:
    """Entries of an exported file, packed or not (told by its content). Raises Unreadable with the line where it stops being one."""
    number = 0
    try:
        with _opened(file) as lines:
            while raw := lines.readline(LONGEST):
                number += 1
                yield _entry(raw, number)
    except (OSError, EOFError, zlib.error) as error:
        where = f"读到第 {number} 行之后中断：文件不完整或者已损坏" if number else "打不开，或者不是台账的导出文件"
        raise Unreadable(f"{file}：{where}（{error}）") from error
    if not number:
        raise Unreadable(f"{file}：文件是空的")


def _opened(file: Path) -> IO[bytes]:
    with file.open("rb") as start:
        is_packed = start.read(2) == GZIP
    return gzip.open(file, "rb") if is_packed else file.open("rb")


def _entry(raw: bytes, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(raw)
        if isinstance(entry, dict) and set(entry) == set(chain.WHOLE) and chain.is_entry(entry) and line(entry) == raw:
            return entry
    except (ValueError, RecursionError):  # no JSON, no Unicode, brackets without end
        pass
    raise Unreadable(f"第 {number} 行不是台账记录：内容被改动或者损坏，之后的没有核验")
