"""An OCEL 2.0 log as facts, under a mapping."""

from __future__ import annotations

from pathlib import Path

from rulebook.errors import Text
from rulebook.facts import Facts, literal, quote
from rulebook.sources.eventlog import take_events
from rulebook.sources.faults import empty
from rulebook.sources.mapping import Mapping
from rulebook.sources.ocel import OcelLog
from rulebook.sources.oceljson import read_json
from rulebook.sources.ocelsqlite import read_sqlite
from rulebook.sources.ocelxml import read_xml
from rulebook.sources.projection import of_type, project
from rulebook.sources.stream import Progress
from rulebook.sources.times import TimeReader, with_instants

READERS = {".sqlite": read_sqlite, ".db": read_sqlite, ".json": read_json, ".jsonocel": read_json, ".xml": read_xml, ".xmlocel": read_xml}


def take_ocel(facts: Facts, path: Path, mapping: Mapping, _progress: Progress | None, _threads: int | None) -> None:
    """Read the log and project it. Raises SourceError when it cannot be read."""
    if not path.stat().st_size:
        raise empty(path)
    log = READERS[path.suffix.lower()](path)
    _note_size(facts, log)
    tables = log.tables()
    for name, table in tables.items():
        facts.connection.register(f"read_{name}", table)
    reader = TimeReader(mapping.time_zone)
    times = {"time": "time", **{f"@{name}": name for name in sorted(mapping.time_attributes)}}
    given = facts.connection.execute(f"{_given(mapping)} ORDER BY \"row\"").to_arrow_table()
    facts.connection.register("given_event", with_instants(facts, reader, given, times, str(path)))
    facts.connection.register("read_changes", with_instants(facts, reader, tables["changes"], {"time": "object time"}, str(path)))
    take_events(facts, mapping)
    _take_objects(facts, mapping)
    _take_links(facts)
    _note_several(facts, mapping)
    facts.connection.unregister("given_event")
    for name in tables:
        facts.connection.unregister(f"read_{name}")
    project(facts, mapping)


def _note_size(facts: Facts, log: OcelLog) -> None:
    counts = [len(rows) for rows in (log.events, log.objects, log.relations, log.links)]
    facts.notes.append(Text("OCEL：事件 {} 个，对象 {} 个，事件与对象的关系 {} 条，对象间关系 {} 条".format(*counts),
                            "OCEL: {} events, {} objects, {} event-object and {} object-object relations".format(*counts)))


def _given(mapping: Mapping) -> str:
    """Events with the attributes that are asked for; of an attribute given twice in one event nobody knows which is meant."""
    names = sorted(mapping.event_attributes)
    joined = "".join(f", v.{quote(f'@{name}')}" for name in names)
    picked = "".join(f", any_value(value) FILTER (WHERE name = {literal(name)}) AS {quote(f'@{name}')}" for name in names)
    twice = " ".join(f"WHEN count(*) FILTER (WHERE name = {literal(name)}) > 1 THEN {literal(f'{name}|同一事件里属性重复')}" for name in names)
    return f"""SELECT e."row", e.event, e.activity, e."time"{joined}, CASE WHEN e.event IS NULL OR trim(e.event) = '' THEN 'id|缺少事件编号'
            WHEN row_number() OVER (PARTITION BY e.event ORDER BY e."row") > 1 THEN 'id|编号重复，先出现的一行已采用'
            ELSE {'v.twice' if names else 'NULL::VARCHAR'} END AS fault
        FROM read_events AS e """ + (f"""LEFT JOIN (SELECT event{picked}, CASE {twice} END AS twice FROM read_values GROUP BY event) AS v
            ON v.event = e.event""" if names else "")


def _take_objects(facts: Facts, mapping: Mapping) -> None:
    """Build `log_object` with the latest value of each attribute asked for."""
    names = sorted({str(given.what) for table in mapping.tables if table.per == "object" for given in table.columns if given.word == "attribute"})
    order = "{'time': coalesce(\"at time\", '-infinity'::TIMESTAMPTZ), 'row': \"row\"}"
    picked = "".join(f", arg_max(value, {order}) FILTER (WHERE name = {literal(name)}) AS {quote(f'@{name}')}" for name in names)
    facts.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE log_object AS
        SELECT o.*, {', '.join(['changed.* EXCLUDE (object)'] if names else ['NULL AS unused'])} FROM read_objects AS o
        LEFT JOIN (SELECT object{picked} FROM read_changes GROUP BY object) AS changed ON changed.object = o.object
        WHERE o.object IS NOT NULL AND trim(o.object) <> '' QUALIFY row_number() OVER (PARTITION BY o.object ORDER BY o."row") = 1""")
    _set_objects_aside(facts)


def _set_objects_aside(facts: Facts) -> None:
    facts.reject("object", facts.connection.execute("""
        SELECT 'object' AS "table", "row", 'id' AS "column", CASE WHEN object IS NULL OR trim(object) = '' THEN '缺少对象编号'
            ELSE '编号重复，先出现的一行已采用' END AS reason, to_json({'id': object, 'type': type})::VARCHAR AS original
        FROM read_objects WHERE "row" NOT IN (SELECT "row" FROM log_object) ORDER BY "row" """).to_arrow_table())


def _take_links(facts: Facts) -> None:
    """Build `log_relation` and `log_link` (each link seen from both ends), and note the relations that lead nowhere."""
    facts.connection.execute("""
        CREATE OR REPLACE TEMP TABLE log_relation AS SELECT r.event, r.object, r.qualifier, o.type FROM read_relations AS r
            JOIN log_object AS o ON o.object = r.object WHERE r.event IN (SELECT event FROM read_events);
        CREATE OR REPLACE TEMP TABLE log_link AS SELECT l.object, l.other, l.qualifier, o.type FROM (
            SELECT source AS object, target AS other, qualifier FROM read_links UNION ALL SELECT target, source, qualifier FROM read_links) AS l
            JOIN log_object AS o ON o.object = l.other WHERE l.object IN (SELECT object FROM log_object)""")
    given, kept, linked, links = (facts.connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                                  for name in ("read_relations", "log_relation", "read_links", "log_link"))
    for lost, zh, en in ((given - kept, "事件与对象", "event-object"), (linked - links // 2, "对象间", "object-object")):
        if lost:
            facts.notes.append(Text(f"{lost} 条{zh}关系指向日志里没有的事件或对象，未采用",
                                    f"{lost} {en} relations lead to events or objects that the log does not have and are not used"))


def _note_several(facts: Facts, mapping: Mapping) -> None:
    """Where a column asks for the one related object and there are several, the first by id is taken; say how often."""
    for table in mapping.tables:
        for given in table.columns:
            if given.word != "related":
                continue
            source, owner, other = ("log_link", "object", "other") if table.per == "object" else ("log_relation", "event", "object")
            asked = (f"object IN (SELECT object FROM log_object WHERE type = {literal(table.type)})" if table.per == "object"
                     else f"event IN (SELECT event FROM log_event WHERE {table.of_sql})")
            count = facts.connection.execute(f"""SELECT count(*) FROM (SELECT {owner} FROM {source} WHERE {of_type(given)} AND {asked}
                GROUP BY {owner} HAVING count(DISTINCT {other}) > 1)""").fetchone()[0]
            if count:
                place = f"{table.table.name}.{given.column}"
                facts.notes.append(Text(f"{place}：{count} 处有多个“{given.what}”，取编号最小的一个",
                                        f"{place}: {count} rows have several “{given.what}”; the first by id is taken"))
