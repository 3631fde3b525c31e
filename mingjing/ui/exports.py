"""A list as a file: CSV as a stream, XLSX written row by row. Lines that begin with ※ say what it is; an import passes over them."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from mingjing.lib.refused import Refused
from mingjing.ui import times

if TYPE_CHECKING:
    from mingjing.ui.lists import Asked, Listing

KINDS = ("csv", "xlsx")
CHUNK = 1_000  # rows fetched and written at once
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XLSX is XML; openpyxl stops at such a character


def respond(listing: Listing, asked: Asked, request: HttpRequest, kind: str, limit: int) -> HttpResponseBase:
    """All rows that match, in the order of the page. Raises Refused when there are more than `limit`."""
    count = asked.rows.order_by()[: limit + 1].count()
    if count > limit:
        raise Refused(f"符合条件的超过 {limit:,} 项，一次最多导出 {limit:,} 项。请先用日期、单位等条件缩小范围，再分次导出。")
    if listing.on_export:
        listing.on_export(request, count)
    now = timezone.now()
    lines = _lines(listing, asked, _notes(listing, asked, request, count, now))
    name = f"{listing.title}_{timezone.localtime(now):%Y%m%d_%H%M}.{kind}"
    response = _csv(lines, request) if kind == "csv" else _xlsx(lines, listing)
    response.headers["Content-Disposition"] = FileResponse(io.BytesIO(), as_attachment=True, filename=name).headers["Content-Disposition"]
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _notes(listing: Listing, asked: Asked, request: HttpRequest, count: int, now: datetime) -> list[str]:
    conditions = "；".join(chip.text for chip in asked.chips if not chip.is_fault) or "全部"
    officer = getattr(getattr(request, "viewer", None), "officer", None)
    who = f"{officer.name}（{officer.code}）{officer.unit.name}" if officer else "未登录"
    return [f"※ {listing.title}", f"※ 条件：{conditions}", f"※ 导出：{times.full(now)} · {who}", f"※ 共 {count:,} {listing.unit}；证件号码、电话已隐去部分数字"]


def _lines(listing: Listing, asked: Asked, notes: list[str]) -> Iterator[list[Any]]:
    """Notes, header, rows, and a last line that proves that the file is whole."""
    for note in notes:
        yield [note]
    yield [column.label for column in listing.columns]
    number = 0
    for row in asked.rows.iterator(chunk_size=CHUNK):
        number += 1
        yield [guarded(column.exported(row)) for column in listing.columns]
    yield [f"※ 完，实际导出 {number:,} {listing.unit}"]


def guarded(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers and times stay what they are."""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(FORMULA_STARTS) else value
    return value


def _csv(lines: Iterator[list[Any]], request: HttpRequest) -> StreamingHttpResponse:
    chunks = _csv_chunks(lines)
    content = _one_by_one(chunks) if isinstance(request, ASGIRequest) else chunks
    return StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")


def _csv_chunks(lines: Iterator[list[Any]]) -> Iterator[bytes]:
    out = io.StringIO()
    out.write("\ufeff")  # without it Excel reads UTF-8 as GBK
    write = csv.writer(out).writerow
    for number, line in enumerate(lines, 1):
        write([_plain(value) for value in line])
        if number % CHUNK == 0:
            yield _emptied(out)
    yield _emptied(out)


def _emptied(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode("utf-8")


async def _one_by_one(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Under ASGI a plain iterator would be gathered whole in memory before the first byte goes out."""
    pull: Callable[..., Any] = sync_to_async(next)
    while (chunk := await pull(chunks, None)) is not None:
        yield chunk


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else value


def _xlsx(lines: Iterator[list[Any]], listing: Listing) -> FileResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", "", listing.title)[:31] or "列表")
    for number, column in enumerate(listing.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = 20 if column.kind in ("time", "id_number") else 16
    labels = [column.label for column in listing.columns]
    for line in lines:
        sheet.append([_bold(sheet, text) for text in line] if line == labels else [_spreadsheet(value) for value in line])
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file, content_type=XLSX_TYPE)


def _bold(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _spreadsheet(value: Any) -> Any:
    """What a cell can hold: times without zone, texts without control characters, no number so long that its end would be lost."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, str):
        return NOT_IN_XML.sub("", value)[:32_767]
    return str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and abs(value) >= 10**15 else value
