"""From the tables of a log (`log_event`, …) to fact tables: one grouped query a fact table.

The order of events is time, then place in the file (ORDER).
"""

from __future__ import annotations

from collections.abc import Callable

from rulebook.facts import Facts, literal, quote
from rulebook.sources.mapping import FactMap, Given, Mapping

ORDER = "{'time': \"time\", 'row': log_event.\"row\"}"


def project(facts: Facts, mapping: Mapping) -> None:
    """Give the facts every table of the mapping. The log's own tables are dropped, as no rule speaks of them."""
    queries = {"case": _per_case, "event": _per_event, "object": _per_object}
    for table in mapping.tables:
        mapped = quote(f"mapped_{table.table.name}")
        facts.connection.execute(f"CREATE OR REPLACE TEMP TABLE {mapped} AS {queries[table.per](table, mapping)}")
        facts.add(table.table.name, f"SELECT * FROM {mapped}", mapping.path, count_rows=False)
    for name in ("log_event", "log_relation", "log_object", "log_link"):
        facts.connection.execute(f"DROP TABLE IF EXISTS {name}")


def _select(table: FactMap, sql: Callable[[Given], str]) -> str:
    return ", ".join(f"{sql(given)} AS {quote(given.column)}" for given in table.columns)


def _per_case(table: FactMap, _mapping: Mapping) -> str:
    def sql(given: Given) -> str:
        if given.word == "case":
            return quote("case")
        if given.word == "case_attribute":  # as of the case's first row in the file that has it
            return f"arg_min({quote(f'case@{given.what}')}, \"row\")"
        return _at_event(given, _is(given))

    return f'SELECT {_select(table, sql)} FROM log_event GROUP BY "case" ORDER BY min("row")'


def _per_event(table: FactMap, mapping: Mapping) -> str:
    code = "event" if mapping.source == "ocel" else "\"case\" || '#' || \"row\""
    plain = {"case": quote("case"), "event": code}

    def sql(given: Given) -> str:
        if given.word == "time":
            return quote("time") if given.what is True else quote(f"@{given.what}")
        if given.word == "attribute":
            return quote(f"@{given.what}")
        if given.word == "case_attribute":
            return quote(f"case@{given.what}")
        if given.word == "related":
            return f"(SELECT min(object) FROM log_relation WHERE log_relation.event = log_event.event AND {of_type(given)})"
        return plain[given.word]

    return f'SELECT {_select(table, sql)} FROM log_event WHERE {table.of_sql} ORDER BY "row"'


def _per_object(table: FactMap, _mapping: Mapping) -> str:
    def sql(given: Given) -> str:
        if given.word == "object":
            return "thing.object"
        if given.word == "attribute":
            return f"any_value(thing.{quote(f'@{given.what}')})"
        if given.word == "related":
            return f"any_value((SELECT min(other) FROM log_link WHERE log_link.object = thing.object AND {of_type(given)}))"
        within = f" AND list_contains(qualifiers, {literal(given.qualifier)})" if given.qualifier else ""
        return _at_event(given, _is(given) + within)

    return f"""SELECT {_select(table, sql)} FROM (SELECT * FROM log_object WHERE type = {literal(table.type)}) AS thing
        LEFT JOIN (SELECT object, event, list(qualifier) AS qualifiers FROM log_relation GROUP BY object, event) AS relation ON relation.object = thing.object
        LEFT JOIN log_event ON log_event.event = relation.event GROUP BY thing.object ORDER BY min(thing."row")"""


def _is(given: Given) -> str:
    return f"activity = {literal(str(given.what))}"


def of_type(given: Given) -> str:
    """The condition on `log_link` and `log_relation` that a `related` column makes."""
    return f"type = {literal(str(given.what))}" + (f" AND qualifier = {literal(given.qualifier)}" if given.qualifier else "")


def _at_event(given: Given, condition: str) -> str:
    """first / last / nth / count of an activity: its time, or an attribute at that event (NULL when the event lacks it)."""
    only = f"FILTER (WHERE {condition})"
    if given.word == "count":
        return f"count(*) {only}"
    if not given.attribute:
        time = quote("time")
        return {"first": f"min({time}) {only}", "last": f"max({time}) {only}", "nth": f"(min({time}, {given.number}) {only})[{given.number}]"}[given.word]
    value = quote(f"@{given.attribute}")
    return {
        "first": f"arg_min_null({value}, {ORDER}) {only}",
        "last": f"arg_max_null({value}, {ORDER}) {only}",
        "nth": f"(arg_min({{'value': {value}}}, {ORDER}, {given.number}) {only})[{given.number}].value",
    }[given.word]
