"""Where the files stand that are imported; how they are received and kept: `lib.keeping`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from mingjing.lib import keeping
from mingjing.lib.keeping import FULL, Receiving, disk, disk_full

__all__ = ["FULL", "Receiving", "disk", "disk_full", "folder", "place", "receiving", "shelf"]


def folder() -> Path:
    return Path(settings.DATA) / "files" / "import"


def shelf() -> keeping.Shelf:
    return keeping.Shelf(folder(), settings.UPLOAD_LIMIT, "请按时间或单位拆成几份，分次上传。")


def place(digest: str, kind: str) -> Path:
    """Where the file of this digest is kept; `kind` is one of `readers.KINDS`."""
    return shelf().place(digest, kind)


@contextmanager
def receiving(source: BinaryIO) -> Iterator[Receiving]:
    """A whole file copied in from an open one; forgotten at the end if the caller did not keep it."""
    with keeping.receiving(source, shelf()) as coming:
        yield coming
