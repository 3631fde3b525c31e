"""XLSX: first the archive itself, which may be a bomb, then cell by cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from django.conf import settings
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from mingjing.intake.readers import Recognise, Row, Source, fault, is_passed_over, no_header

UNPACKED = 6  # times the upload limit: more is never unpacked
RATIO = 150  # a table of repeated words packs about 30 : 1
SHARED = 256 * 1024 * 1024  # bytes of the one part that is held in memory whole
PARTS = 5_000
WIDEST = 200  # columns
BESIDE = 50  # columns looked at to the right of the header
HEADER_WITHIN = 20  # lines
BROKEN = (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, OSError, IndexError, AttributeError)  # what openpyxl raises for a damaged file
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
HOURS = re.compile(r"[hH]")
QUOTED = re.compile(r'"[^"]*"|\\.|\[(?![hHmMsS]+\])[^\]]*\]')


def open_spreadsheet(path: Path, recognise: Recognise) -> Source:
    _guarded(path)
    with _opened(path) as book:
        if not book.worksheets:
            raise no_header("表格")
        found = [(recognise(header), -place, sheet, line, header)
                 for place, sheet in enumerate(book.worksheets) for line, header in [_header(sheet)] if header]
        names = [sheet.title for sheet in book.worksheets]
    if not found:
        raise no_header("表格")
    _, _, sheet, line, header = max(found, key=lambda one: one[:2])
    title = sheet.title
    _refuse_merged(path, sheet._worksheet_path, line)
    notes = [f"读取工作表“{title}”，其余工作表（{'、'.join(name for name in names if name != title)}）没有读取"] if len(names) > 1 else []
    return Source(header, notes, lambda: _rows(path, title, line, len(header)))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, keep_links=False)
        except BROKEN as error:
            raise _damaged() from error
        try:
            yield book
        finally:
            book.close()


def _lines(sheet: Any, **area: int) -> Iterator[Sequence[Any]]:
    try:
        yield from sheet.iter_rows(**area)
    except BROKEN as error:
        raise _damaged() from error


def _damaged() -> Exception:
    return fault("表格文件已损坏，打不开。请用表格软件打开原文件，另存一份 .xlsx 后再上传。")


def _guarded(path: Path) -> None:
    """A look at the sizes that the archive itself declares, before anything is unpacked; reading stops at those sizes."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _damaged() from error
    names = [info.filename for info in infos]
    if any(info.flag_bits & 1 for info in infos):
        raise fault("文件设了密码，读不出内容。请取消密码后再上传。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise fault("表格里有宏，不能导入。请另存为“Excel 工作簿（.xlsx）”后再上传。")
    if "xl/workbook.xml" not in names:
        raise fault("这是压缩包，不是 XLSX 表格。请解压后上传里面的表格。")
    unpacked = sum(info.file_size for info in infos)
    limit = UNPACKED * settings.UPLOAD_LIMIT
    shared = max((info.file_size for info in infos if info.filename.endswith("sharedStrings.xml")), default=0)
    if unpacked > limit or len(infos) > PARTS or unpacked > RATIO * max(path.stat().st_size, 64 * 1024) or shared > SHARED:
        raise fault(f"表格解压后过大（{unpacked // (1024 * 1024):,} MB），超出安全限制，没有打开。请拆成几份，或改用 CSV 上传。")


def _header(sheet: Any) -> tuple[int, list[str]]:
    """Line and texts of the first line that is not a note of ours."""
    sheet.reset_dimensions()
    for cells in _lines(sheet, max_row=HEADER_WITHIN, max_col=WIDEST + 1):
        values = [cell.value for cell in cells]
        if is_passed_over(values):
            continue
        names = ["" if value is None else str(value).strip() for value in values]
        while names and not names[-1]:
            names.pop()
        if len(names) > WIDEST:
            raise fault(f"表格超过 {WIDEST} 列，不像要导入的表。请只保留模板里的列。")
        line = next(cell.row for cell in cells if cell.value is not None)
        return line, names
    return 0, []


def _refuse_merged(path: Path, part: str, header_line: int) -> None:
    """Under a merged cell only the first row has the value: the others would be read as empty."""
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        kept = b""
        while block := stream.read(1024 * 1024):
            text = kept + block
            for found in MERGED.finditer(text):
                area = found[1].decode()
                if range_boundaries(area)[3] >= header_line:
                    raise fault(f"{area} 是合并单元格，无法逐行读取。请取消合并，每一行都填上内容，再上传。")
            kept = text[-200:]


def _rows(path: Path, title: str, header_line: int, width: int) -> Iterator[Row]:
    with _opened(path) as book:
        sheet = book[title]
        sheet.reset_dimensions()
        for cells in _lines(sheet, min_row=header_line + 1, max_col=width + BESIDE):
            if is_passed_over(cell.value for cell in cells):
                continue
            number = next(cell.row for cell in cells if cell.value is not None)
            yield _row(number, cells, width)


def _row(number: int, cells: Sequence[Any], width: int) -> Row:
    faults: dict[int, str] = {}
    values = [None] * width
    for place, cell in enumerate(cells):
        if cell.value is None:
            continue
        if place >= width:
            if str(cell.value).strip():
                faults[-1] = f"{get_column_letter(place + 1)}{number} 有内容，但这一列没有列名。请补上列名，或清除内容。"
            continue
        values[place], why = _value(cell)
        if why:
            faults[place] = f"{get_column_letter(place + 1)}{number} {why}"
    return Row(number, values, faults)


def _value(cell: Any) -> tuple[Any, str]:
    """The value of a cell, and why it cannot be taken."""
    value = cell.value
    if cell.data_type == "f" or type(value).__name__ in ("ArrayFormula", "DataTableFormula"):
        return str(getattr(value, "text", value)), "是公式。公式的结果可能随时变化，请复制后“只粘贴数值”再上传。"
    if cell.data_type == "e":
        return str(value), f"是错误值 {value}。请改成正确的内容。"
    if isinstance(value, datetime):
        value = (value + timedelta(milliseconds=500)).replace(microsecond=0)  # a spreadsheet keeps times as fractions of a day
        is_day = value.time() == time(0) and not _shows_hours(cell.number_format)
        return (value.date().isoformat() if is_day else value), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    return (str(value) if isinstance(value, (time, timedelta)) else value), ""


def _shows_hours(form: str) -> bool:
    """Whether a cell shows a clock time: one that shows only a day was never meant as midnight."""
    return bool(HOURS.search(QUOTED.sub("", form or "")))
