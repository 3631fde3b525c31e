"""CSV as text: nothing is converted, "NA", "null" and "001" stay what they are; only an empty field is NULL.

Rows with too few or too many fields are handed back beside the table, with their number.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from rulebook.facts import REJECT_SCHEMA
from rulebook.sources.faults import empty, not_utf8, refusal, unreadable

ROW = "row in file"


@dataclass(frozen=True)
class CsvForm:
    """How the file is written. `names` are its columns when it has no header row."""

    delimiter: str = ","
    encoding: str = "utf-8"
    names: tuple[str, ...] = ()


def read_csv(path: Path, table: str, form: CsvForm | None = None) -> tuple[pa.Table, pa.Table]:
    """The rows as text columns with their number in `ROW`, and the ragged rows as rejects of `table`. Raises SourceError.

    Row numbers count the rows below the header from 1; empty lines are not rows.
    """
    form = form or CsvForm()
    try:
        names = list(form.names) or _header(path, form)
        ragged: list[arrow_csv.InvalidRow] = []
        rows = _rows(path, form, names, ragged)
    except UnicodeDecodeError as error:
        raise _undecodable(path, form) from error
    except csv.Error as error:
        raise refusal(path, 0, f"不是合格的 CSV：{error}", f"is no proper CSV: {error}", "重新导出这个文件", "export the file again") from error
    except OSError as error:
        raise unreadable(path, error) from error
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise _undecodable(path, form) from error
        raise refusal(path, 0, f"不是合格的 CSV：{error}", f"is no proper CSV: {error}", "重新导出这个文件", "export the file again") from error
    _check_quotes(path, form)
    return _numbered(rows, ragged, not form.names, names, table)


def _header(path: Path, form: CsvForm) -> list[str]:
    with path.open(encoding=_codec(form), newline="") as file:
        names = next(csv.reader(file, delimiter=form.delimiter), None)
    if not names:
        raise empty(path)
    blank = [str(place) for place, name in enumerate(names, 1) if not name.strip()]
    lower = [name.casefold() for name in names]  # DuckDB does not tell capitals from small letters in names
    twice = sorted({name for name in names if lower.count(name.casefold()) > 1})
    if blank:
        raise refusal(path, 1, f"第 {'、'.join(blank)} 列没有列名", f"column {', '.join(blank)} has no name", "补上表头里的列名", "name it in the header row")
    if twice:
        raise refusal(path, 1, f"列名重复：{'、'.join(twice)}", f"column names occur twice: {', '.join(twice)}",
                      "每列用不同的名字", "give every column its own name")
    return names


def _codec(form: CsvForm) -> str:
    return "utf-8-sig" if form.encoding == "utf-8" else form.encoding


def _rows(path: Path, form: CsvForm, names: list[str], ragged: list[arrow_csv.InvalidRow]) -> pa.Table:
    def set_aside(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    if not path.stat().st_size:
        raise empty(path)
    with path.open("rb") as file:
        if not file.read(4096).strip(b"\xef\xbb\xbf \t\r\n"):
            raise empty(path)
    return arrow_csv.read_csv(
        path,
        # only one thread tells the numbers of bad rows
        read_options=arrow_csv.ReadOptions(
            use_threads=False, column_names=names, skip_rows=0 if form.names else 1, encoding=form.encoding, block_size=16 << 20),
        parse_options=arrow_csv.ParseOptions(delimiter=form.delimiter, newlines_in_values=True, invalid_row_handler=set_aside),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True),
    )


def _numbered(
    rows: pa.Table, ragged: list[arrow_csv.InvalidRow], has_header: bool, names: list[str], table: str
) -> tuple[pa.Table, pa.Table]:
    bad = {row.number - has_header: row for row in ragged}
    numbers = [number for number in range(1, rows.num_rows + len(bad) + 1) if number not in bad] if bad else range(1, rows.num_rows + 1)
    rejects = [{"table": table, "row": number, "column": "", "reason": _ragged_reason(row, len(names)),
                "original": json.dumps({"行": row.text}, ensure_ascii=False)} for number, row in sorted(bad.items())]
    return rows.append_column(ROW, pa.array(numbers, pa.int64())), pa.Table.from_pylist(rejects, REJECT_SCHEMA)


def _ragged_reason(row: arrow_csv.InvalidRow, expected: int) -> str:
    return f"字段数不对：应有 {expected} 个，实有 {row.actual_columns} 个"


def _undecodable(path: Path, form: CsvForm) -> Exception:
    if form.encoding == "utf-8":
        return not_utf8(path)
    return refusal(path, 0, f"不是 {form.encoding} 编码", f"is not {form.encoding}", "改正映射文件里的 encoding", "correct encoding in the mapping file")


def _check_quotes(path: Path, form: CsvForm) -> None:
    """A quotation mark that is never closed swallows the rest of the file into one field; that must not pass for a short file."""
    with path.open("rb") as file:
        marks = sum(block.count(b'"') for block in iter(lambda: file.read(1 << 20), b""))
    if marks % 2 == 0:
        return
    with path.open(encoding=_codec(form), newline="") as file:
        reader, started = csv.reader(file, delimiter=form.delimiter, strict=True), 1
        try:
            for _ in reader:
                started = reader.line_num + 1
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise refusal(path, started, "引号没有闭合，以后各行都被吞进这一格", "a quotation mark is never closed and swallows all rows after it",
                              "补上这一行缺的引号", "close the quotation mark on this line") from error
