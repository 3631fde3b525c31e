"""What may be kept with an alert: seven types of file, told by their first bytes and contents, never by what the browser says. No Django."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mingjing.lib.refused import Refused

LOOKED_AT = 64 * 1024  # bytes of a text
NAMED = "PDF、JPG、PNG、MP4、DOCX、XLSX、TXT"
MARKUP = re.compile(rb"^[\s\xef\xbb\xbf]*<(!doctype|html|head|body|svg|script|\?xml|iframe|!--)", re.IGNORECASE)
NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
NAME_LENGTH = 150


@dataclass(frozen=True)
class FileType:
    """`suffix` is also how the file is kept; `endings`: what its name may end in; `is_it` looks at the file."""

    suffix: str
    media: str
    endings: frozenset[str]
    is_it: Callable[[Path, bytes], bool]


def _begins(*starts: bytes) -> Callable[[Path, bytes], bool]:
    return lambda path, head: head.startswith(starts)


def _office(inside: str) -> Callable[[Path, bytes], bool]:
    """An Office file with this part inside, and without macros."""

    def is_it(path: Path, head: bytes) -> bool:
        if not head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(path) as parts:
                names = parts.namelist()
        except (zipfile.BadZipFile, OSError, ValueError):
            return False
        return "[Content_Types].xml" in names and inside in names and not any(name.lower().endswith("vbaproject.bin") for name in names)

    return is_it


def _is_text(path: Path, head: bytes) -> bool:
    """UTF-8 or GBK, nothing that a browser would take for a page."""
    if NOT_TEXT.search(head) or MARKUP.match(head):
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            head[: max(0, len(head) - 4) if len(head) == LOOKED_AT else None].decode(encoding)  # the last character may be cut
        except UnicodeDecodeError:
            continue
        return True
    return False


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = (
    FileType("pdf", "application/pdf", frozenset({"pdf"}), _begins(b"%PDF-")),
    FileType("jpg", "image/jpeg", frozenset({"jpg", "jpeg"}), _begins(b"\xff\xd8\xff")),
    FileType("png", "image/png", frozenset({"png"}), _begins(b"\x89PNG\r\n\x1a\n")),
    FileType("mp4", "video/mp4", frozenset({"mp4"}), lambda path, head: head[4:8] == b"ftyp"),
    FileType("docx", DOCX, frozenset({"docx"}), _office("word/document.xml")),
    FileType("xlsx", XLSX, frozenset({"xlsx"}), _office("xl/workbook.xml")),
    FileType("txt", "text/plain", frozenset({"txt"}), _is_text),
)
BY_MEDIA = {one.media: one for one in TYPES}


def type_of(name: str, path: Path) -> FileType:
    """The type of a file that calls itself `name`. Raises Refused for any other type, and where name and contents do not agree."""
    ending = PurePosixPath(name).suffix.lower().removeprefix(".")
    called = next((one for one in TYPES if ending in one.endings), None)
    if called is None:
        raise Refused(f"不能上传{f'“.{ending[:10]}”' if ending else '没有扩展名的'}文件。可以上传 {NAMED}；其他格式请先转换。", field="file")
    with path.open("rb") as source:
        head = source.read(LOOKED_AT)
    if not head:
        raise Refused("这个文件是空的，没有保存。请重新选择。", field="file")
    if not called.is_it(path, head):
        raise Refused(f"文件名是“.{ending}”，内容却不是这种格式，没有保存。请核对文件，不要用改扩展名的办法上传。", field="file")
    return called


def clean_name(name: str) -> str:
    """A file's name as it is shown and given back: no folders, no control characters, not too long, its ending kept."""
    plain = "".join(each for each in name.replace("\\", "/").rpartition("/")[2] if each.isprintable() and each not in '<>:"|?*').strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return plain if len(plain) <= NAME_LENGTH else f"{stem[: NAME_LENGTH - len(ending) - 1]}{dot}{ending}"
