"""Times as logs write them, read by DuckDB.

A time with an offset is an instant. A time without one becomes an instant only by the mapping's `time_zone`; without that the source is
refused, for the hour would be a guess. A local time that daylight saving skips is set aside; one that it repeats is taken as standard time
(the later instant) and noted.
"""

from __future__ import annotations

from dataclasses import dataclass

from rulebook.facts import literal

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
        zone = literal(self.zone or "UTC")
        return f"({self.is_naive(text)} AND timezone({zone}, timezone({zone}, {local}) - INTERVAL 1 HOUR) = {local})"

    def _in_zone(self, local: str) -> str:
        if not self.zone:
            return "NULL::TIMESTAMPTZ"
        zone = literal(self.zone)
        return f"CASE WHEN timezone({zone}, timezone({zone}, {local})) = {local} THEN timezone({zone}, {local}) END"
