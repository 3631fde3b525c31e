"""From raw events of any log to the table `log_event`, with instants, and to rejects.

A reader gives the view `given_event`: `row` (from 1 in file order), `case` or `event` (texts), `activity`, `time` (text), `@NAME` and `case@NAME`
(texts) for the attributes that the mapping wants, `at time` and `at @NAME` for the instants of times (see `times`), and `fault`
(`column|reason`, or NULL) for events that the reader found wrong itself.
"""

from __future__ import annotations

from rulebook.errors import Text
from rulebook.facts import Facts, literal, quote
from rulebook.sources.mapping import Mapping


def take_events(facts: Facts, mapping: Mapping) -> None:
    """Build `log_event` of `given_event`: times become instants. Counts kept events as rows and sets others aside."""
    times = ["time", *(f"@{name}" for name in sorted(mapping.time_attributes))]
    instants = ", ".join(f"{quote(f'at {time}')} AS {quote(time)}" for time in times)
    raw = ", ".join(quote(f"at {time}") for time in times)
    facts.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE log_event AS
        SELECT * EXCLUDE ({raw}) REPLACE ({instants}, CASE {_reasons(mapping)} END AS fault) FROM given_event""")
    _set_aside(facts)
    facts.rows = facts.connection.execute("SELECT count(*) FROM log_event").fetchone()[0]
    _note_unknown_activities(facts, mapping)


def _reasons(mapping: Mapping) -> str:
    """`column|reason` for an event that cannot be used, NULL for a good one."""
    time = "time" if mapping.source == "ocel" else mapping.time
    tests = ["WHEN fault IS NOT NULL THEN fault"]
    if mapping.source != "ocel":
        tests.append(f"WHEN {_blank('case')} THEN {literal(f'{mapping.case}|缺少案件编号')}")
    tests.append(f"WHEN {_blank('activity')} THEN {literal('activity|缺少活动名称')}")
    tests.append(f"WHEN {_blank('time')} THEN {literal(f'{time}|缺少时间')}")
    for column, label in {"time": time, **{f"@{name}": name for name in sorted(mapping.time_attributes)}}.items():
        tests.append(f"WHEN NOT {_blank(column)} AND {quote(f'at {column}')} IS NULL THEN {literal(f'{label}|无法识别为时间')}")
    return " ".join(tests)


def _blank(column: str) -> str:
    return f"({quote(column)} IS NULL OR trim({quote(column)}) = '')"


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
    names = [name for name, *_ in facts.connection.execute("DESCRIBE given_event").fetchall() if name not in ("fault", "row") and not name.startswith("at ")]
    return "{" + ", ".join(f"{literal(name.replace('case@', 'case:').removeprefix('@'))}: given.{quote(name)}" for name in names) + "}"


def _note_unknown_activities(facts: Facts, mapping: Mapping) -> None:
    """An activity that never occurs is no fault (a short log may lack it), but may be misspelt."""
    known = {name for (name,) in facts.connection.execute("SELECT DISTINCT activity FROM log_event").fetchall()}
    asked = dict.fromkeys(activity for table in mapping.tables for activity in table.activities)
    facts.notes += [Text(f"日志里没有活动“{activity}”（映射文件 {mapping.path} 用到它）",
                         f"the log has no activity “{activity}”, which {mapping.path} asks for")
                    for activity in asked if activity not in known]
