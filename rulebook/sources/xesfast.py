"""XES without an XML parser, for the plain form that nearly all logs have: some 250 MB a second a thread.

A stretch of a log is cut at its quotation marks: `<string key=` | concept:name | ` value=` | Pay | `/>…<date key=` | … The texts between
keys and values ("seams") are tags and blanks, and a log of any size has a few dozen different ones. Each different seam is checked in full
against the plain form; what it does (opens an event, opens a trace) then holds for all places where it occurs, and is applied to millions
of attributes by Arrow's kernels. So every byte is accounted for. Whatever is not plain (nested attributes, comments, other quotes, tags
with attributes, …) makes `parse_fast` give up, and expat reads the stretch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from rulebook.sources.xespiece import Piece, Wanted, event_schema, trace_schema

KINDS = "string|date|int|float|boolean|id"
BLANK = r"[ \t\r\n]*"
SEAM = re.compile(rf"(?P<closes>{BLANK}/>)?(?:{BLANK}</?(?:event|trace)>)*{BLANK}(?:<(?P<opens>{KINDS})[ \t\r\n]+key=)?")
MARK = re.compile(r"</?(?:event|trace)>")
VALUE_SEAM = re.compile(r"[ \t\r\n]+value=")
# what XML forbids in a value, and what it would change there: for these expat is asked
ODD = "[\\x00-\\x1f<\\x{fffe}\\x{ffff}]"
REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos);|)")
REFERENCES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
STEPS = {("out", "<trace>"): "trace", ("trace", "<event>"): "event", ("event", "</event>"): "trace", ("trace", "</trace>"): "out"}


class _NotPlain(Exception):
    """The stretch is not in the plain form."""


@dataclass(frozen=True)
class _Seam:
    """What stands between a value and the next key: the level it must be met at, the level it leads to, what it opens."""

    before: str | None
    after: str | None
    events: int
    traces: int


LEVELS = {"out": 0, "trace": 1, "event": 2, None: -1}


def parse_fast(stretch: bytes, wanted: Wanted) -> Piece | None:
    """Read whole traces, from a `<trace>` to a `</trace>` in UTF-8; None when they are not in the plain form."""
    try:
        return _parse(stretch, wanted)
    except (_NotPlain, UnicodeDecodeError, pa.ArrowInvalid):
        return None


def _parse(stretch: bytes, wanted: Wanted) -> Piece:
    parts = _split(stretch)
    count = (len(parts) - 1) // 4
    if count < 1 or len(parts) != 4 * count + 1:
        raise _NotPlain
    four = pa.FixedSizeListArray.from_arrays(parts.slice(0, 4 * count), 4)
    seams, keys, value_seams, values = (pc.list_element(four, place).dictionary_encode() for place in range(4))
    if not all(VALUE_SEAM.fullmatch(seam) for seam in _texts(value_seams.dictionary)):
        raise _NotPlain
    end = _seam(parts[-1].as_py(), ends=True)
    level, event, trace, begins = _levels(seams, end)
    key_names, value_texts = _plain_texts(keys.dictionary), _plain_texts(values.dictionary)
    if not key_names.equals(keys.dictionary):  # with references two spellings could be one key
        raise _NotPlain
    values = pa.DictionaryArray.from_arrays(values.indices, value_texts)
    in_event = pc.equal(level, LEVELS["event"])
    in_trace = pc.invert(in_event)
    events, traces = event[-1].as_py() + 1, trace[-1].as_py() + 1 + end.traces
    columns = {name: _column(name, key_names, keys.indices, in_event, event, values, events) for name in sorted(wanted.event)}
    case_columns = {name: _column(name, key_names, keys.indices, in_trace, trace, values, traces) for name in sorted(wanted.trace)}
    of_trace = pc.filter(trace, begins).cast(pa.int64())
    return Piece(
        pa.table([of_trace, pa.nulls(events, pa.string()), *columns.values()], schema=event_schema(wanted)),
        pa.table([pa.nulls(traces, pa.string()), *case_columns.values()], schema=trace_schema(wanted)),
    )


def _split(stretch: bytes) -> pa.Array:
    ends = pa.array([0, len(stretch)], pa.int32()).buffers()[1]
    return pc.split_pattern(pa.StringArray.from_buffers(1, ends, pa.py_buffer(stretch)), '"').flatten()


def _texts(distinct: pa.Array) -> list[str]:
    """The distinct texts; raises where they are no UTF-8."""
    distinct.validate(full=True)
    return distinct.to_pylist()


def _plain_texts(distinct: pa.Array) -> pa.Array:
    """The distinct keys or values as XML means them."""
    distinct.validate(full=True)
    if pc.any(pc.match_substring_regex(distinct, ODD)).as_py():
        raise _NotPlain
    if pc.any(pc.match_substring(distinct, "&")).as_py():
        return pa.array([REFERENCE.sub(_resolved, text) for text in distinct.to_pylist()], pa.string())
    return distinct


def _resolved(found: re.Match) -> str:
    if found[1] is None:
        raise _NotPlain
    return REFERENCES[found[1]]


def _levels(seams: pa.DictionaryArray, end: _Seam) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """For every attribute: the level it is on, its event and trace by number, and whether it is the first of its event.

    Raises where the seams do not follow on each other as tags must.
    """
    kinds = [_seam(text) for text in _texts(seams.dictionary)]
    moves = pa.array([kind.after is not None for kind in kinds]).take(seams.indices)
    moving = seams.indices.filter(moves)
    after = pa.array([LEVELS[kind.after] for kind in kinds], pa.int8()).take(moving)
    before = pa.array([LEVELS[kind.before] for kind in kinds], pa.int8()).take(moving)
    if not moves[0].as_py() or before[0].as_py() != LEVELS["out"] or after[-1].as_py() != LEVELS[end.before]:
        raise _NotPlain
    if not pc.all(pc.equal(before.slice(1), after.slice(0, len(after) - 1))).as_py() and len(after) > 1:
        raise _NotPlain
    if LEVELS["out"] in pc.unique(before.slice(1)).to_pylist():  # only the first seam follows no value
        raise _NotPlain
    begun = pa.array([kind.events for kind in kinds], pa.int32()).take(seams.indices)
    event = pc.subtract(pc.cumulative_sum(begun), 1)
    trace = pc.subtract(pc.cumulative_sum(pa.array([kind.traces for kind in kinds], pa.int32()).take(seams.indices)), 1)
    level = after.take(pc.subtract(pc.cumulative_sum(moves.cast(pa.int32())), 1))
    return level, event, trace, begun.cast(pa.bool_())


def _seam(text: str, ends: bool = False) -> _Seam:
    """Check one seam in full. The first of a stretch closes no attribute (it is met at level "out"), the last opens none."""
    found = SEAM.fullmatch(text)
    if found is None or bool(found["opens"]) == ends:
        raise _NotPlain
    marks = MARK.findall(text)
    if not marks:
        if not found["closes"] or ends:
            raise _NotPlain
        return _Seam(None, None, 0, 0)
    first = next((level for level, mark in STEPS if mark == marks[0]), "")
    level = first
    for mark in marks:
        level = STEPS.get((level, mark), "")
    # an event must be the last thing that its seam opens, so that its attributes follow and counting stays simple
    simple = "<event>" not in marks[:-1] and (level == "out") == ends and bool(found["closes"]) == (first != "out")
    if not level or not simple:
        raise _NotPlain
    return _Seam(first, level, marks.count("<event>"), marks.count("<trace>"))


def _column(name: str, names: pa.Array, keys: pa.Array, here: pa.Array, rows: pa.Array, values: pa.Array, count: int) -> pa.Array:
    """One attribute as a column of `count` rows. Raises where a row has it twice (expat then says which)."""
    code = names.index(name).as_py()
    if code < 0:
        return pa.nulls(count, pa.string())
    mask = pc.and_(pc.equal(keys, code), here)
    at, found = rows.filter(mask), values.filter(mask)
    if len(at) > 1 and pc.any(pc.equal(at.slice(1), at.slice(0, len(at) - 1))).as_py():
        raise _NotPlain
    if len(at) != count:
        found = found.take(pc.index_in(pa.array(range(count), at.type), value_set=at))
    return found.dictionary_decode()
