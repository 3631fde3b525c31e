"""Files as a stream of rows. What a file is, is seen from its content; its name only says what the sender meant."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mingjing.lib.refused import Refused

KINDS = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet"}
SUFFIXES = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet"}
MOST_ROWS = 1_000_000
MARK = "※"  # lines that begin so are our own notes in templates, exports and reject files

# contents that are something else, by their first bytes
SIGNATURES = (
    (b"%PDF", "PDF 文档"), (b"MZ", "可执行程序"), (b"\x7fELF", "可执行程序"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"),
    (b"Rar!", "压缩包"), (b"7z\xbc\xaf", "压缩包"), (b"\x1f\x8b", "压缩包"), (b"{\\rtf", "文字处理文档"), (b"SQLite format 3", "数据库文件"),
)
OLD_OFFICE, ZIP, PARQUET = b"\xd0\xcf\x11\xe0", b"PK", b"PAR1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Row:
    """`number`: as the file's own program counts, from 1. `faults`: place in the row → why that cell cannot be taken; -1 for the row as a whole."""

    number: int
    cells: Sequence[Any]
    faults: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """An opened file: its header, what was found out about it, and its rows, which can be read again from the start."""

    header: Sequence[str]
    notes: Sequence[str]
    rows: Callable[[], Iterator[Row]]


Recognise = Callable[[Sequence[str]], int]  # how many of these texts are names of columns


def kind_of(name: str, path: Path) -> str:
    """csv, xlsx or parquet. Raises Refused with what the file is instead, or when name and content do not agree."""
    suffix = Path(name).suffix.lower()
    if path.stat().st_size == 0:
        raise fault("文件是空的，没有任何内容。请检查导出是否完成。")
    with path.open("rb") as file:
        head = file.read(16)
    if suffix in (".xlsm", ".xltm", ".xlsb"):
        raise fault("带宏的表格（xlsm、xlsb）不能导入。请在表格软件里另存为“Excel 工作簿（.xlsx）”后再上传。")
    _refuse_foreign(path, head)
    found = "xlsx" if head.startswith(ZIP) else "parquet" if head.startswith(PARQUET) else "csv"
    said = SUFFIXES.get(suffix)
    if said is None:
        raise fault(f"不支持“{suffix or '没有扩展名'}”的文件。可以导入 CSV、XLSX、Parquet。")
    if said != found:
        really = f"是 {KINDS[found]}" if found != "csv" else f"不是 {KINDS[said]}"
        raise fault(f"文件名说是 {KINDS[said]}，内容却{really}。请确认选对了文件，再按真实格式改名。")
    return found


def _refuse_foreign(path: Path, head: bytes) -> None:
    if head.startswith(OLD_OFFICE):
        if _contains(path, ENCRYPTED):
            raise fault("表格设了打开密码，读不出内容。请取消密码后另存为 .xlsx 再上传。")
        raise fault("这是旧格式的表格（.xls）。请在表格软件里另存为“Excel 工作簿（.xlsx）”或 CSV 后再上传。")
    for signature, what in SIGNATURES:
        if head.startswith(signature):
            raise fault(f"这是{what}，不是表格，改名也不能导入。可以导入 CSV、XLSX、Parquet。")


def _contains(path: Path, what: bytes) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(what) >= 0


def open_file(path: Path, kind: str, recognise: Recognise) -> Source:
    """Open a file of a known kind. Raises Refused for what makes the whole file unusable; single bad cells and lines are told in their rows."""
    from mingjing.intake.readers import columnar, spreadsheet, text  # noqa: PLC0415  each brings its own library; most requests need none

    opener = {"csv": text.open_text, "xlsx": spreadsheet.open_spreadsheet, "parquet": columnar.open_columnar}[kind]
    return opener(path, recognise)


def fault(message: str) -> Refused:
    return Refused(message, field="file")


def is_passed_over(cells: Iterable[Any]) -> bool:
    """An empty line, or one of our own notes."""
    for cell in cells:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        return isinstance(cell, str) and cell.lstrip("\ufeff' ").startswith(MARK)
    return True


def no_header(what: str = "文件") -> Refused:
    return fault(f"{what}里没有找到表头。第一行应是列名，如“编号”；请下载模板对照。")
