"""Times as logs write them, read by DuckDB, each different text once.

A time with an offset is an instant. A time without one becomes an instant only by the mapping's `time_zone`; without that the source is
refused, for the hour would be a guess. A local time that daylight saving skips is set aside; one that it repeats is taken as standard time
(the later instant) and noted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from rulebook.errors import Text
from rulebook.facts import Facts, literal
from rulebook.sources.faults import refusal

SHAPE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?([Zz]|[+-](0\d|1[0-5])(:?[0-5]\d)?))?)?$"
OFFSET = r"\d{2}:\d{2}.*([Zz]|[+-]\d{2}(:?\d{2})?)$"
MISSING_SECONDS = r"^(.{10}[T ]\d{2}:\d{2})([Z+-].*)$"


@dataclass(frozen=True)
class TimeReader:
    """SQL expressions over a text. `zone` is the zone of times without offset, `pattern` a strptime format for times that are not ISO."""

    zone: str | None = None
    pattern: str | None = None

    @property
    def pattern_has_offset(self) -> bool:
        return bool(self.pattern) and "%z" in self.pattern

    def is_naive(self, text: str) -> str:
        """True for a time without offset, false for one with an offset and for what is no time."""
        if self.pattern:
            return "false" if self.pattern_has_offset else f"try_strptime({text}, {literal(self.pattern)}) IS NOT NULL"
        return f"(regexp_matches({text}, {literal(SHAPE)}) AND NOT regexp_matches({text}, {literal(OFFSET)}))"

    def instant(self, text: str) -> str:
        """The instant; NULL for what is no time, for a skipped local time, and for a naive time when there is no zone."""
        if self.pattern:
            parsed = f"try_strptime({text}, {literal(self.pattern)})"
            return f"{parsed}::TIMESTAMPTZ" if self.pattern_has_offset else self._in_zone(parsed)
        tidy = f"regexp_replace(replace(upper({text}), ' ', 'T'), 'T([Z+-])', '\\1')"
        tidy = f"regexp_replace({tidy}, {literal(MISSING_SECONDS)}, '\\1:00\\2')"
        zoned = f"coalesce(try_cast({text} AS TIMESTAMPTZ), try_cast({tidy} AS TIMESTAMPTZ))"
        naive = self._in_zone(f"try_cast({text} AS TIMESTAMP)")
        return f"CASE WHEN NOT regexp_matches({text}, {literal(SHAPE)}) THEN NULL WHEN regexp_matches({text}, {literal(OFFSET)}) THEN {zoned} ELSE {naive} END"

    def is_repeated(self, text: str) -> str:
        """True for a naive time that the clock showed twice."""
        local = f"try_strptime({text}, {literal(self.pattern)})" if self.pattern else f"try_cast({text} AS TIMESTAMP)"
        if not self.zone:
            return "false"
        zone = literal(self.zone)
        return f"({self.is_naive(text)} AND timezone({zone}, timezone({zone}, {local}) - INTERVAL 1 HOUR) = {local})"

    def _in_zone(self, local: str) -> str:
        if not self.zone:
            return "NULL::TIMESTAMPTZ"
        zone = literal(self.zone)
        return f"CASE WHEN timezone({zone}, timezone({zone}, {local})) = {local} THEN timezone({zone}, {local}) END"


def with_instants(facts: Facts, reader: TimeReader, table: pa.Table, times: Mapping[str, str], path: str) -> pa.Table:
    """The table with a column `at NAME` of instants for each column NAME of raw times; `times` gives their names in messages.

    Refuses the whole source when it has times without offset and nobody has said what zone they are in. Each different text is read once:
    a log has far fewer of them than events.
    """
    for column, label in times.items():
        texts = table.column(column).combine_chunks().dictionary_encode()
        read = _read(facts, reader, texts.dictionary)
        count, first = _counted(texts, read.column("naive"))
        if count and not reader.zone:
            raise refusal(path, 0, f"{count} 条时间没有时区（{label}，首见第 {first} 行）", f"{count} times have no time zone ({label}, first in row {first})",
                          "在映射文件写 time_zone: Asia/Shanghai 之类，说明它们是哪里的时间",
                          "state the zone in the mapping file, as in time_zone: Europe/Rome")
        count, first = _counted(texts, read.column("repeated"))
        if count:
            facts.notes.append(Text(f"{count} 条时间（{label}）落在夏令时结束时重复的一小时里，按标准时间计，首见第 {first} 行",
                                    f"{count} times ({label}, first in row {first}) lie in the hour that daylight saving repeats; taken as standard time"))
        table = table.append_column(f"at {column}", read.column("instant").take(texts.indices))
    return table


def _read(facts: Facts, reader: TimeReader, texts: pa.Array) -> pa.Table:
    """`instant`, `naive` and `repeated` of each text, in the same order."""
    facts.connection.register("time_texts", pa.table({"place": pa.array(range(len(texts)), pa.int64()), "raw": texts}))
    read = facts.connection.execute(f"""
        SELECT {reader.instant('text')} AS instant, {reader.is_naive('text')} AS naive, {reader.is_repeated('text')} AS repeated
        FROM (SELECT place, trim(raw) AS text FROM time_texts) ORDER BY place""").to_arrow_table()
    facts.connection.unregister("time_texts")
    return read.combine_chunks()


def _counted(texts: pa.DictionaryArray, marked: pa.ChunkedArray) -> tuple[int, int]:
    """How many rows hold a marked text, and the first of them, from 1."""
    if not pc.any(marked).as_py():
        return 0, 0
    rows = pc.fill_null(marked.combine_chunks().take(texts.indices), False)
    return pc.sum(rows).as_py(), pc.index(rows, True).as_py() + 1
