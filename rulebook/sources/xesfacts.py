"""An XES log as facts, under a mapping."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from rulebook.errors import Text
from rulebook.facts import Facts, quote
from rulebook.sources.eventlog import take_events
from rulebook.sources.mapping import Mapping
from rulebook.sources.projection import project
from rulebook.sources.stream import Progress
from rulebook.sources.times import TimeReader, with_instants
from rulebook.sources.xes import read_xes
from rulebook.sources.xespiece import Wanted


def take_xes(facts: Facts, path: Path, mapping: Mapping, progress: Progress | None, threads: int | None) -> None:
    """Read the log and project it. Raises SourceError when the log cannot be read."""
    wanted = Wanted(
        trace=mapping.case_attributes | {mapping.case},
        event=mapping.event_attributes | {mapping.activity, mapping.time},
    )
    log = read_xes(path, wanted, progress, threads)
    times = {f"@{name}": name for name in sorted(mapping.time_attributes | {mapping.time})}
    log = with_instants(facts, TimeReader(mapping.time_zone), log, times, str(path))
    facts.connection.register("log_read", log)
    facts.connection.execute(f"CREATE OR REPLACE TEMP VIEW given_event AS {_given(mapping)}")
    _note_cases(facts, mapping, log)
    take_events(facts, mapping)
    facts.connection.execute("DROP VIEW given_event")
    facts.connection.unregister("log_read")
    project(facts, mapping)


def _given(mapping: Mapping) -> str:
    attributes = [f"@{name}" for name in sorted(mapping.event_attributes)] + [f"case@{name}" for name in sorted(mapping.case_attributes)]
    attributes += [f"at @{name}" for name in sorted(mapping.time_attributes)]
    more = "".join(f"{quote(name)}, " for name in attributes)
    fault = """CASE WHEN trace IS NULL THEN 'event|事件不在任何案件（trace）里' WHEN repeated IS NOT NULL THEN repeated || '|同一事件里属性重复'
        WHEN "case repeated" IS NOT NULL THEN "case repeated" || '|同一案件里属性重复' END"""
    return f"""SELECT "row", {quote(f'case@{mapping.case}')} AS "case", {quote(f'@{mapping.activity}')} AS activity,
        {quote(f'@{mapping.time}')} AS "time", {quote(f'at @{mapping.time}')} AS "at time", {more}{fault} AS fault FROM log_read"""


def _note_cases(facts: Facts, mapping: Mapping, log: pa.Table) -> None:
    """Two traces with one id are one case; that is said, for it may be a fault of the export."""
    case = quote(f"case@{mapping.case}")
    count = facts.connection.execute(f"SELECT count(DISTINCT trace) - count(DISTINCT {case}) FROM log_read WHERE {case} IS NOT NULL").fetchone()[0]
    if count:
        facts.notes.append(Text(f"有 {count} 个 trace 与别的 trace 编号相同，按同一案件合并",
                                f"{count} traces share their id with another trace and are one case"))
