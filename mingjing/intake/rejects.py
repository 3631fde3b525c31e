"""The rows set aside, as a file that can be mended and sent again as it is: the columns of the original and, behind them, row, column and reason."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from mingjing.intake.headers import OURS, REMAINDER, tidy
from mingjing.intake.models import Batch
from mingjing.ui.exports import NOT_IN_XML, guarded

CHUNK = 1_000
BOM = "\ufeff"  # without it Excel reads UTF-8 as GBK


def lines(batch: Batch) -> Iterator[list[Any]]:
    """A note, the header, the rows."""
    header = [text for text in batch.header if tidy(text) not in OURS]
    has_remainder = batch.rejects.filter(cells__has_key=REMAINDER).exists()
    columns = [*header, *([REMAINDER] if has_remainder else [])]
    yield [f"※ {batch.noun} 第 {batch.pk} 批的单列行：按“原因”改好后，可以原样上传；“行号、列、原因”三列不必删除"]
    yield [*columns, "行号", "列", "原因"]
    for reject in batch.rejects.order_by("row").iterator(chunk_size=CHUNK):
        yield [guarded(value) for value in (*(reject.cells.get(text) for text in columns), reject.row, reject.label, reject.reason)]


def write(batch: Batch, path: Path) -> None:
    """The whole file in XLSX at a path, there only once it is complete."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        spreadsheet(batch, out)
    os.replace(part, path)


def spreadsheet(batch: Batch, out: BinaryIO) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("单列行")
    for number in range(1, len(batch.header) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 18
    for number, line in enumerate(lines(batch)):
        sheet.append([_cell(sheet, value, is_bold=number == 1) for value in line])
    book.save(out)


def _cell(sheet: Any, value: Any, *, is_bold: bool) -> Any:
    """Texts as texts: a code with leading zeros keeps them when the file is mended in a spreadsheet."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, NOT_IN_XML.sub("", value)[:32_767])
    cell.data_type, cell.number_format = "s", "@"
    if is_bold:
        cell.font = Font(bold=True)
    return cell


def text(batch: Batch, out: BinaryIO) -> None:
    """The same as CSV."""
    out.write(BOM.encode())
    letters = io.TextIOWrapper(out, encoding="utf-8", newline="")
    csv.writer(letters).writerows(["" if value is None else value for value in line] for line in lines(batch))
    letters.detach()  # flushes, and leaves `out` open for its owner


WRITERS: dict[str, Callable[[Batch, BinaryIO], None]] = {"csv": text, "xlsx": spreadsheet}
