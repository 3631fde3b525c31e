"""Bytes of a file, unpacked when it is gzip, with progress and with errors that somebody can mend."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from rulebook.sources.faults import empty, truncated, unreadable

BLOCK = 8 << 20
Progress = Callable[[int, int], None]


def read_blocks(path: Path, progress: Progress | None = None) -> Iterator[bytes]:
    """The content in blocks. Gzip is known by its first bytes, whatever the name. Raises SourceError."""
    try:
        total = path.stat().st_size
        if not total:
            raise empty(path)
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            reader = gzip.GzipFile(fileobj=file) if packed else file
            while block := reader.read(BLOCK):
                yield block
                if progress:
                    progress(min(file.tell(), total), total)
    except EOFError as error:
        raise truncated(path, "gzip 到此中断 / gzip ends too early") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise truncated(path, str(error)) from error
    except OSError as error:
        raise unreadable(path, error) from error


def read_whole(path: Path, progress: Progress | None = None) -> bytes:
    content = b"".join(read_blocks(path, progress))
    if not content.strip():
        raise empty(path)
    return content
