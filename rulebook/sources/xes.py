"""XES event logs (IEEE 1849), plain or gzip.

The document is cut behind `</trace>` into stretches that are read side by side: in the plain form by `xesfast`, else by expat, as documents of
their own (head of the log + stretch + `</log>`). A cut in the wrong place (a `</trace>` inside a comment) leaves an open comment behind, which
no parser accepts; then, as for any fault, expat reads the whole file in one pass and has the last word, with the true line number.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from rulebook.sources.safexml import XML_FAULTS, feed, safe_parser
from rulebook.sources.stream import Progress, read_blocks
from rulebook.sources.xesfast import parse_fast
from rulebook.sources.xespiece import Piece, Wanted, join_pieces
from rulebook.sources.xesslow import NotXes, parse_blocks, parse_slow

FIRST_TRACE = re.compile(rb"<(?:[\w.-]+:)?trace[\s>/]")
TRACE_END = re.compile(rb"</(?:[\w.-]+:)?trace\s*>")
LONGEST_HEAD = 64 << 20


class _CannotCut(Exception):
    """The document has to be read in one pass."""


class _Head:
    """What stands before the first trace: it is put before every stretch that expat reads."""

    def __init__(self, content: bytes):
        self.content = content
        self.root = b""
        self.encoding: str | None = None
        parser = safe_parser()
        parser.XmlDeclHandler = self._declared
        parser.StartElementHandler = self._root
        feed(parser, content, False)
        if not self.root:
            raise _CannotCut

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding

    def _root(self, tag: str, _attributes: list[str]) -> None:
        self.root = self.root or tag.encode()

    @property
    def is_plain(self) -> bool:
        return (self.encoding or "utf-8").lower() in ("utf-8", "utf8", "us-ascii", "ascii") and self.root == b"log"

    def document(self, stretch: bytes) -> bytes:
        return self.content + stretch + b"</" + self.root + b">"


def read_xes(path: Path, wanted: Wanted, progress: Progress | None = None, threads: int | None = None) -> pa.Table:
    """All events in file order with `row` from 1, `trace`, `repeated` and the wanted attributes: `@NAME` of the event, `case@NAME` of its trace.

    Raises SourceError when the file is no whole, well-formed XES log.
    """
    try:
        piece = _read_cut(path, wanted, progress, threads or os.cpu_count() or 1)
    except (_CannotCut, NotXes, *XML_FAULTS):
        piece = parse_blocks(read_blocks(path, progress), wanted, path)
    return _flat(piece)


def _read_cut(path: Path, wanted: Wanted, progress: Progress | None, threads: int) -> Piece:
    """Read in stretches, some of them ahead, so that memory stays bounded."""
    blocks = read_blocks(path, progress)
    head, rest = _read_head(blocks)
    waiting: deque[Future[Piece]] = deque()
    pieces: list[Piece] = []
    with ThreadPoolExecutor(threads) as pool:
        for stretch in _cut(rest, blocks):
            waiting.append(pool.submit(_parse, head, stretch, wanted))
            if len(waiting) > threads + 1:
                pieces.append(waiting.popleft().result())
        pieces += [future.result() for future in waiting]
    return join_pieces(pieces, wanted)


def _read_head(blocks: Iterator[bytes]) -> tuple[_Head, bytes]:
    content = b""
    for block in blocks:
        content += block
        if found := FIRST_TRACE.search(content):
            return _Head(content[:found.start()]), content[found.start():]
        if len(content) > LONGEST_HEAD:
            break
    raise _CannotCut


def _cut(rest: bytes, blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bytes | None]]:
    """Stretches of whole traces; the last one comes with the end of the document, the others with None."""
    for block in blocks:
        at = _last_end(rest)
        if at:
            yield rest[:at], None
            rest = rest[at:]
        rest += block
    at = _last_end(rest)
    yield rest[:at], rest[at:]


def _last_end(text: bytes) -> int:
    """Where the last closed trace of the text ends, 0 when there is none."""
    start = text.rfind(b"trace")
    while start > 0:
        opened = text.rfind(b"</", 0, start)
        found = TRACE_END.match(text, opened) if opened >= 0 else None
        if found:
            return found.end()
        start = text.rfind(b"trace", 0, start)
    return 0


def _parse(head: _Head, stretch: tuple[bytes, bytes | None], wanted: Wanted) -> Piece:
    traces, end = stretch
    piece = parse_fast(traces, wanted) if head.is_plain else None
    if piece is None:
        return parse_slow(head.document(traces) if end is None else head.content + traces + end, wanted)
    if end is None:
        return piece
    return join_pieces([piece, parse_slow(head.content + end, wanted)], wanted)


def _flat(piece: Piece) -> pa.Table:
    """Events with the attributes of their trace."""
    events, traces = piece.events, piece.traces.combine_chunks()
    trace = events.column("trace")
    flat = {"row": pa.array(range(1, events.num_rows + 1), pa.int64()), "trace": trace, "repeated": events.column("repeated")}
    flat |= {name: events.column(name) for name in events.column_names if name.startswith("@")}
    flat |= {f"case{name}": traces.column(name).take(trace) for name in traces.column_names if name.startswith("@")}
    flat["case repeated"] = traces.column("repeated").take(trace)
    return pa.table(flat)
