"""XML by the standard library's expat, with everything refused that lets a file grow or reach outside itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.parsers import expat

from rulebook.errors import SourceError
from rulebook.sources.faults import empty, refusal


class EntityRefused(Exception):
    """The document declares an entity."""


def safe_parser() -> Any:
    """An expat parser that refuses entity declarations: a log needs none, and nested ones fill any memory ("billion laughs")."""
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse_entity
    parser.UnparsedEntityDeclHandler = _refuse_entity
    return parser


def _refuse_entity(*_: Any) -> None:
    raise EntityRefused


def local(tag: str) -> str:
    """The tag without its namespace prefix."""
    return tag.rpartition(":")[2]


XML_FAULTS = (expat.ExpatError, EntityRefused, ValueError, LookupError)


def xml_error(path: str | Path, parser: Any, error: Exception) -> SourceError:
    """What an XML fault means, at its line. `parser` is the one that raised it."""
    line = getattr(error, "lineno", 0) or parser.CurrentLineNumber
    if isinstance(error, EntityRefused):
        return refusal(path, line, "文件声明了 XML 实体，已拒绝读取", "the file declares an XML entity and is refused",
                       "去掉 DOCTYPE 里的 <!ENTITY …> 声明", "remove the <!ENTITY …> declarations from its DOCTYPE")
    code = getattr(error, "code", None)
    if code == expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]:
        return _cut_off(path, line) if parser.CurrentByteIndex > 0 else empty(path)
    if code in CUT_OFF_CODES:
        return _cut_off(path, line)
    return refusal(path, line, f"不是合格的 XML：{error}", f"is not well-formed XML: {error}",
                   "核对这一行，确认文件确是 XML 且编码与声明一致", "check this line, that the file is XML and in the encoding it declares")


CUT_OFF_CODES = {expat.errors.codes[text] for text in (
    expat.errors.XML_ERROR_UNCLOSED_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR, expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
)}


def _cut_off(path: str | Path, line: int) -> SourceError:
    return refusal(path, line, "XML 到此中断，文件不完整", "the XML stops here, the file is cut off",
                   "重新导出或重新传输这个文件", "export or transfer the file again")
