"""OCEL 2.0 as XML."""

from __future__ import annotations

from pathlib import Path

from rulebook.sources.ocel import OcelLog, not_ocel, old_version
from rulebook.sources.safexml import XML_FAULTS, feed, local, safe_parser, xml_error
from rulebook.sources.stream import read_blocks

OLD_ROOT_CHILDREN = {"global"}


class _Refused(Exception):
    """The document is XML, but not this kind: `old` for OCEL 1.0, else the tag of its root."""


class _Reader:
    """Handlers that follow the tags; the path of open tags says what an element means."""

    def __init__(self) -> None:
        self.log = OcelLog()
        self.open: list[str] = []
        self.owner: str | None = None
        self.attribute: dict[str, str] = {}
        self.text: list[str] = []

    def start(self, tag: str, flat: list[str]) -> None:
        tag = local(tag)
        attributes = dict(zip(flat[::2], flat[1::2], strict=True))
        if not self.open and tag != "log":
            raise _Refused(tag)
        if len(self.open) == 1 and tag in OLD_ROOT_CHILDREN:
            raise _Refused("old")
        self.open.append(tag)
        path = self.open[1:]
        if path == ["events", "event"]:
            self.owner = attributes.get("id")
            self.log.events.append((self.owner, attributes.get("type"), attributes.get("time")))
        elif path == ["objects", "object"]:
            self.owner = attributes.get("id")
            self.log.objects.append((self.owner, attributes.get("type")))
        elif len(path) == 4:
            self._inner(path, attributes)

    def _inner(self, path: list[str], attributes: dict[str, str]) -> None:
        if path[2:] == ["attributes", "attribute"]:
            self.attribute, self.text = attributes, []
        elif path[2] == "objects" and path[3] in ("relationship", "object"):
            rows = self.log.relations if path[0] == "events" else self.log.links
            rows.append((self.owner, attributes.get("object-id"), attributes.get("qualifier")))

    def data(self, text: str) -> None:
        if len(self.open) == 5:
            self.text.append(text)

    def end(self, _tag: str) -> None:
        path = self.open[1:]
        if path == ["events", "event", "attributes", "attribute"]:
            self.log.values.append((self.owner, self.attribute.get("name"), "".join(self.text)))
        elif path == ["objects", "object", "attributes", "attribute"]:
            self.log.changes.append((self.owner, self.attribute.get("name"), self.attribute.get("time"), "".join(self.text)))
        self.open.pop()


def read_xml(path: Path) -> OcelLog:
    """Raises SourceError with the line where the document goes wrong."""
    parser, reader = safe_parser(), _Reader()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = reader.start, reader.end, reader.data
    try:
        for block in read_blocks(path):
            feed(parser, block, False)
        feed(parser, b"", True)
    except _Refused as error:
        if str(error) == "old":
            raise old_version(path, parser.CurrentLineNumber) from error
        raise not_ocel(path, f"根元素是 <{error}>，应为 <log>", f"its root is <{error}>, not <log>", parser.CurrentLineNumber) from error
    except XML_FAULTS as error:
        raise xml_error(path, parser, error) from error
    if not reader.log.events and not reader.log.objects:
        raise not_ocel(path, "没有事件也没有对象", "it has neither events nor objects")
    return reader.log
