"""From raw events of any log to the table `log_event`, with instants, and to rejects.

A reader registers `given_event`: `row` (from 1 in file order), `case` and `event` (texts), `activity`, `time` (text), `@NAME` and `case@NAME`
(texts) for the attributes that the mapping wants, and `fault` (`column|reason`, or NULL) for events that it found wrong itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from rulebook.errors import Text
from rulebook.facts import Facts, literal, quote
from rulebook.sources.faults import refusal
from rulebook.sources.mapping import Mapping
from rulebook.sources.times import TimeReader


@dataclass(frozen=True)
class TimeColumn:
    """A column of raw times. An event without its main time cannot be used; other times may be absent."""

    column: str
    label: str
    main: bool = False


def take_events(facts: Facts, mapping: Mapping, path: str) -> None:
    """Build `log_event` of `given_event`. Counts kept events as rows, sets others aside. Raises SourceError for times without a zone."""
    times = [TimeColumn("time", mapping.time if mapping.source != "ocel" else "time", True)]
    times += [TimeColumn(f"@{name}", name) for name in sorted(mapping.time_attributes)]
    reader = TimeReader(mapping.time_zone, mapping.time_format)
    check_zones(facts, reader, "given_event", times, path)
    replaced = ", ".join(f"{reader.instant(_trimmed(time.column))} AS {quote(time.column)}" for time in times)
    facts.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE log_event AS
        SELECT * EXCLUDE (raw, fault, {', '.join(quote(time.column) for time in times)}), {', '.join(quote(time.column) for time in times)},
            CASE {_reasons(mapping, times)} END AS fault
        FROM (SELECT * REPLACE ({replaced}), {_raw(times)} AS raw FROM given_event)""")
    _set_aside(facts)
    facts.rows = facts.connection.execute("SELECT count(*) FROM log_event").fetchone()[0]
    _note_repeated(facts, reader, times)
    _note_unknown_activities(facts, mapping)


def check_zones(facts: Facts, reader: TimeReader, given: str, times: list[TimeColumn], path: str) -> None:
    """Refuse the whole source when it has times without offset and nobody has said what zone they are in."""
    if reader.zone:
        return
    for time in times:
        count, first = facts.connection.execute(
            f"SELECT count(*), min(\"row\") FROM {given} WHERE {reader.is_naive(_trimmed(time.column))}").fetchone()
        if count:
            raise refusal(path, 0, f"{count} 条时间没有时区（{time.label}，首见第 {first} 行）",
                          f"{count} times have no time zone ({time.label}, first in row {first})",
                          "在映射文件写 time_zone: Asia/Shanghai 之类，说明它们是哪里的时间",
                          "state the zone in the mapping file, as in time_zone: Europe/Rome")


def _trimmed(column: str) -> str:
    return f"trim({quote(column)})"


def _raw(times: list[TimeColumn]) -> str:
    """The raw times beside the read ones: a text that gave no instant is a fault, an absent text is none."""
    return "{" + ", ".join(f"{literal(time.column)}: {quote(time.column)}" for time in times) + "}"


def _reasons(mapping: Mapping, times: list[TimeColumn]) -> str:
    tests = ["WHEN fault IS NOT NULL THEN fault"]
    if mapping.source != "ocel":
        tests.append(f"WHEN {quote('case')} IS NULL OR trim({quote('case')}) = '' THEN {literal(f'{mapping.case}|缺少案件编号')}")
    tests.append(f"WHEN activity IS NULL OR trim(activity) = '' THEN {literal('activity|缺少活动名称')}")
    for time in times:
        raw = f"raw.{quote(time.column)}"
        if time.main:
            tests.append(f"WHEN {raw} IS NULL OR trim({raw}) = '' THEN {literal(f'{time.label}|缺少时间')}")
        tests.append(f"WHEN {raw} IS NOT NULL AND {quote(time.column)} IS NULL THEN {literal(f'{time.label}|无法识别为时间')}")
    return " ".join(tests)


def _set_aside(facts: Facts) -> None:
    """Move the faulty events of `log_event` to the rejects, each with its raw columns."""
    connection = facts.connection
    bad = connection.execute("SELECT count(fault) FROM log_event").fetchone()[0]
    if bad:
        facts.reject("event", connection.execute(f"""
            SELECT 'event' AS "table", given."row", split_part(log_event.fault, '|', 1) AS "column", split_part(log_event.fault, '|', 2) AS reason,
                to_json({_row(facts)})::VARCHAR AS original
            FROM log_event JOIN given_event AS given USING ("row") WHERE log_event.fault IS NOT NULL ORDER BY "row" """).to_arrow_table())
        connection.execute("DELETE FROM log_event WHERE fault IS NOT NULL")
    connection.execute("ALTER TABLE log_event DROP COLUMN fault")


def _row(facts: Facts) -> str:
    """The raw event as a struct, under the names that the file has."""
    names = [name for name, *_ in facts.connection.execute("DESCRIBE given_event").fetchall() if name not in ("fault", "row")]
    return "{" + ", ".join(f"{literal(name.replace('case@', 'case:').removeprefix('@'))}: given.{quote(name)}" for name in names) + "}"


def _note_repeated(facts: Facts, reader: TimeReader, times: list[TimeColumn]) -> None:
    if not reader.zone:
        return
    for time in times:
        count = facts.connection.execute(f"SELECT count(*) FROM given_event WHERE {reader.is_repeated(_trimmed(time.column))}").fetchone()[0]
        if count:
            facts.notes.append(Text(f"{count} 条时间（{time.label}）落在夏令时结束时重复的一小时里，按标准时间计",
                                    f"{count} times ({time.label}) lie in the hour that daylight saving repeats; taken as standard time"))


def _note_unknown_activities(facts: Facts, mapping: Mapping) -> None:
    """An activity that never occurs is no fault (a short log may lack it), but may be misspelt."""
    known = {name for (name,) in facts.connection.execute("SELECT DISTINCT activity FROM log_event").fetchall()}
    asked = dict.fromkeys(activity for table in mapping.tables for activity in table.activities)
    facts.notes += [Text(f"日志里没有活动“{activity}”（映射文件 {mapping.path} 用到它）",
                         f"the log has no activity “{activity}”, which {mapping.path} asks for")
                    for activity in asked if activity not in known]
