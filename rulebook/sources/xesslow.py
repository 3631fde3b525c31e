"""XES by expat: any well-formed document, at about 35 MB a second.

The handlers are on the hot path. `opened` holds the open tags: the end handler is its `remove`, which costs no Python call. It may take away
an outer tag of the same name, so that only the length of `opened` means something, never its content.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from rulebook.sources.faults import refusal
from rulebook.sources.safexml import XML_FAULTS, feed, local, safe_parser, xml_error
from rulebook.sources.xespiece import Piece, Wanted, event_schema, trace_schema

FLUSH_EVENTS = 100_000
# the handlers are Python: two threads would only take the interpreter from each other at every tag
ONE_AT_A_TIME = threading.Lock()


class NotXes(Exception):
    """The root element is no `log`; the message is its tag."""


class _Gathered:
    """Attribute values of one kind of element, kept as (row, value) pairs and laid out as columns at the end."""

    def __init__(self, names: frozenset[str]):
        self.pairs: dict[str, tuple[list[int], list[str]]] = {name: ([], []) for name in sorted(names)}
        self.put = {name: (rows.append, values.append) for name, (rows, values) in self.pairs.items()}

    def columns(self, first: int, count: int) -> dict[str, list[str | None]]:
        """Columns for the rows from `first` on; empties the store. Of an attribute given twice the row says so."""
        repeated: list[str | None] = [None] * count
        laid: dict[str, list[str | None]] = {"repeated": repeated}
        for name, (rows, values) in self.pairs.items():
            column = laid[f"@{name}"] = [None] * count
            for row, value in zip(rows, values, strict=True):
                if column[row - first] is not None:
                    repeated[row - first] = name
                else:
                    column[row - first] = value
            rows.clear()
            values.clear()
        return laid


class ExpatReader:
    """Feed it the document in blocks, then take the piece. Raises what expat raises, `EntityRefused` and `NotXes`."""

    def __init__(self, wanted: Wanted):
        self.wanted = wanted
        self.parser = safe_parser()
        self.parser.StartElementHandler = self._handler()

    def feed(self, block: bytes, last: bool = False) -> None:
        # the handlers make no cycles; a collection over millions of fresh strings would only cost time
        collecting = gc.isenabled()
        gc.disable()
        try:
            feed(self.parser, block, last)
        finally:
            if collecting:
                gc.enable()

    def _handler(self) -> Any:  # noqa: PLR0915, C901 - one closure, for its variables are the fastest there are
        opened: list[str] = []
        push = opened.append
        events, traces = _Gathered(self.wanted.event), _Gathered(self.wanted.trace)
        put_event, put_trace = events.put, traces.put
        of_trace: list[int | None] = []
        done: list[pa.Table] = []
        event = trace = -1
        flushed = 0
        # where attributes at depth 3 and 4 belong now: to an event's or a trace's store, or to nobody
        third: dict | None = None
        fourth: dict | None = None

        def start(tag: str, attributes: list[str]) -> None:
            nonlocal event, trace, third, fourth
            push(tag)
            depth = len(opened)
            if depth == 4:
                if fourth is not None:
                    keep(fourth, event, attributes)
            elif depth == 3:
                if third is put_trace and (tag == "event" or local(tag) == "event"):
                    event += 1
                    of_trace.append(trace)
                    fourth = put_event
                else:
                    fourth = None
                    if third is not None:
                        keep(third, trace if third is put_trace else event, attributes)
            elif depth == 2:
                open_second(local(tag))
            elif depth == 1 and local(tag) != "log":
                raise NotXes(tag)

        def open_second(tag: str) -> None:
            nonlocal event, trace, third, fourth
            fourth = third = None
            if event - flushed >= FLUSH_EVENTS:
                flush()
            if tag == "trace":
                trace += 1
                third = put_trace
            elif tag == "event":  # outside any trace
                event += 1
                of_trace.append(None)
                third = put_event

        def keep(store: dict, row: int, attributes: list[str]) -> None:
            if len(attributes) == 4 and attributes[0] == "key" and attributes[2] == "value":
                put = store.get(attributes[1])
                if put is not None:
                    put[0](row)
                    put[1](attributes[3])
                return
            named = dict(zip(attributes[::2], attributes[1::2], strict=True))
            put = store.get(named.get("key"))
            if put is not None and "value" in named:
                put[0](row)
                put[1](named["value"])

        def flush() -> None:
            nonlocal flushed
            columns = {"trace": of_trace, **events.columns(flushed, event + 1 - flushed)}
            done.append(pa.table(columns, event_schema(self.wanted)))
            of_trace.clear()
            flushed = event + 1

        def piece() -> Piece:
            flush()
            return Piece(pa.concat_tables(done), pa.table(traces.columns(0, trace + 1), trace_schema(self.wanted)))

        self.piece = piece
        self.parser.EndElementHandler = opened.remove
        return start


def parse_slow(document: bytes, wanted: Wanted) -> Piece:
    """A whole small document."""
    with ONE_AT_A_TIME:
        reader = ExpatReader(wanted)
        reader.feed(document, True)
        return reader.piece()


def parse_blocks(blocks: Iterable[bytes], wanted: Wanted, path: Path) -> Piece:
    """A document that comes in blocks. Raises SourceError with the line where it goes wrong."""
    reader = ExpatReader(wanted)
    try:
        for block in blocks:
            reader.feed(block)
        reader.feed(b"", True)
    except NotXes as error:
        raise not_xes(path, reader.parser.CurrentLineNumber, str(error)) from error
    except XML_FAULTS as error:
        raise xml_error(path, reader.parser, error) from error
    return reader.piece()


def not_xes(path: Path, line: int, tag: str) -> Exception:
    return refusal(path, line, f"不是 XES 日志：根元素是 <{tag}>，应为 <log>", f"is no XES log: its root is <{tag}>, not <log>",
                   "核对文件；OCEL 2.0 的 XML 请用扩展名 .xmlocel 或 .xml", "check the file; OCEL 2.0 in XML is named .xmlocel or .xml")
