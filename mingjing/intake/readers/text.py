"""CSV: which encoding, which separator, then line by line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mingjing.intake.readers import Recognise, Row, Source, fault, is_passed_over, no_header

BLOCK = 1024 * 1024
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8（带 BOM）", "gb18030": "GBK/GB18030"}
SEPARATORS = {",": "逗号", "\t": "制表符", ";": "分号"}
HEADER_WITHIN = 20  # lines
BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
LONGEST = 100_000  # characters of a cell or of a line without end
csv.field_size_limit(LONGEST)


def open_text(path: Path, recognise: Recognise) -> Source:
    encoding = _encoding(path)
    separator, header = _header(path, encoding, recognise)
    notes = [f"编码 {ENCODINGS[encoding]}，以{SEPARATORS[separator]}分隔"]
    return Source(header, notes, lambda: _rows(path, encoding, separator, len(header)))


def _encoding(path: Path) -> str:
    """The encoding in which the whole file is text."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise fault("文件是 UTF-16 编码。请另存为“CSV UTF-8”后再上传。")
    if head.startswith(codecs.BOM_UTF8):
        wrong = _undecodable(path, "utf-8-sig")
        if wrong:
            raise fault(f"文件开头标明是 UTF-8，但第 {wrong} 行有不是 UTF-8 的内容。请重新导出，或另存为“CSV UTF-8”。")
        return "utf-8-sig"
    if not _undecodable(path, "utf-8"):
        return "utf-8"
    wrong = _undecodable(path, "gb18030")
    if wrong:
        raise fault(f"第 {wrong} 行的文字既不是 UTF-8 也不是 GBK，读不出来。请重新导出，或另存为“CSV UTF-8”。")
    return "gb18030"


def _undecodable(path: Path, encoding: str) -> int:
    """The number of the first line that is not in this encoding, 0 if there is none. Refuses what decodes but is no text."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            found = BINARY.search(text)
            if found:
                raise fault(f"第 {line + text.count(chr(10), 0, found.start())} 行含有不可见的控制字符，这不是文本文件。可以导入 CSV、XLSX、Parquet。")
            line += text.count("\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line
    return 0


def _header(path: Path, encoding: str, recognise: Recognise) -> tuple[str, Sequence[str]]:
    """The separator under which the first line names most of our columns."""
    found: list[tuple[int, int, str, list[str]]] = []
    for preference, separator in enumerate(SEPARATORS):
        for row in _read(path, encoding, separator):
            if row.number > HEADER_WITHIN:
                break
            if not is_passed_over(row.cells):
                names = _without_empty_end([cell.strip() for cell in row.cells])
                found.append((recognise(names), -preference, separator, names))
                break
    if not found:
        raise no_header()
    _, _, separator, names = max(found)
    return separator, names


def _rows(path: Path, encoding: str, separator: str, width: int) -> Iterator[Row]:
    rows = (row for row in _read(path, encoding, separator) if not is_passed_over(row.cells))
    next(rows, None)  # the header
    for row in rows:
        cells = list(row.cells)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) == width:
            yield Row(row.number, cells)
        else:
            why = "可能有内容里的分隔符没有加引号" if len(cells) > width else "可能在换行处断开了"
            yield Row(row.number, cells, {-1: f"这一行有 {len(cells)} 格，表头有 {width} 格，{why}。请对照原始数据改正。"})


def _read(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    with path.open("r", encoding=encoding, newline="") as file:
        reader = csv.reader(_lines(file), delimiter=separator, strict=True)
        start = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _broken(start, reader.line_num, error) from None
            yield Row(start, cells)
            start = reader.line_num + 1


def _lines(file: io.TextIOBase) -> Iterator[str]:
    """Lines, none of them without end. A lone carriage return ends a line, as old programs write it."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith(("\n", "\r")):
            raise fault(f"第 {number} 行超过 {LONGEST:,} 个字，不像表格里的一行。请检查导出是否正确。")
        yield line


def _broken(start: int, end: int, error: csv.Error) -> Exception:
    place = f"第 {start} 行" if end <= start else f"第 {start} 行到第 {end} 行"
    if "field larger" in str(error) or "unexpected end" in str(error):
        return fault(f"{place}：第 {start} 行有引号没有成对，后面的内容都被当成了同一格。请补上引号后重新上传。")
    return fault(f"{place}：引号不成对，或引号后面还有多余的字。请改正后重新上传。")


def _without_empty_end(names: list[str]) -> list[str]:
    while names and not names[-1]:
        names.pop()
    return names
