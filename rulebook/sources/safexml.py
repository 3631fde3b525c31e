"""XML by the standard library's expat, with everything refused that lets a file grow or reach outside itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.parsers import expat

from rulebook.errors import SourceError
from rulebook.sources.faults import empty, refusal


class EntityRefused(Exception):
    """The document declares an entity, or points to a DTD outside itself that may."""


class EncodingRefused(Exception):
    """The document declares an encoding that expat does not know."""


XML_FAULTS = (expat.ExpatError, EntityRefused, EncodingRefused)


def safe_parser() -> Any:
    """An expat parser that refuses entity declarations: a log needs none, and nested ones fill any memory ("billion laughs")."""
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse_entity
    parser.StartDoctypeDeclHandler = _refuse_outside
    return parser


def _refuse_entity(*_: Any) -> None:
    raise EntityRefused


def _refuse_outside(_name: str, system: str | None, public: str | None, _internal: bool) -> None:
    """An outside DTD is never fetched, so that expat would drop unknown entities from values without a word."""
    if system or public:
        raise EntityRefused


def local(tag: str) -> str:
    """The tag without its namespace prefix."""
    return tag.rpartition(":")[2]


def feed(parser: Any, block: bytes, last: bool) -> None:
    """Parse one block. Raises one of XML_FAULTS."""
    try:
        parser.Parse(block, last)
    except (ValueError, LookupError) as error:
        if "encoding" in str(error):  # "unknown encoding: …", "multi-byte encodings are not supported"
            raise EncodingRefused(str(error)) from error
        raise


def xml_error(path: str | Path, parser: Any, error: Exception) -> SourceError:
    """What an XML fault means, at its line. `parser` is the one that raised it."""
    line = getattr(error, "lineno", 0) or parser.CurrentLineNumber
    if isinstance(error, EntityRefused):
        return refusal(path, line, "文件声明了 XML 实体或外部 DTD，已拒绝读取", "the file declares an XML entity or an outside DTD and is refused",
                       "去掉 <!DOCTYPE …>，实体换成文字", "remove its <!DOCTYPE …> and write the text instead of entities")
    if isinstance(error, EncodingRefused):
        return refusal(path, line, f"读不了它声明的编码：{error}", f"the encoding it declares cannot be read: {error}",
                       "另存为 UTF-8 再试", "save it as UTF-8 and try again")
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
