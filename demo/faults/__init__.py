"""Faults planted on purpose, each with its truth. Every one takes a lawful history, in a case of its own, and makes exactly one thing in it wrong.

What is wrong is known here by a reading of the law of its own; the rule files are never looked at. A fault has variants (late by minutes, late by days,
never done …), and each planted one a size of its own (`amount`). The truth is kept in the table `planted`, one row a fault; `ANSWER` reads it.
"""

from __future__ import annotations

import duckdb

from demo.faults import (
    aftermath,
    case,
    collecting,
    custody,
    evidence,
    handling,
    holding,
    item,
    keeping,
    measure,
    outcome,
    penalty,
    presence,
    scrutiny,
    sentence,
    suite,
)
from demo.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *case.FAULTS,
    *presence.FAULTS,
    *measure.FAULTS,
    *penalty.FAULTS,
    *item.FAULTS,
    *custody.FAULTS,
    *evidence.FAULTS,
    *outcome.FAULTS,
    *holding.FAULTS,
    *suite.FAULTS,
    *sentence.FAULTS,
    *scrutiny.FAULTS,
    *collecting.FAULTS,
    *keeping.FAULTS,
    *handling.FAULTS,
    *aftermath.FAULTS,
)
NAMES = tuple(dict.fromkeys(fault.name for fault in FAULTS))
CROWDED = "不罚占比离群"

EMPTY = """SELECT * FROM (SELECT '' AS fault, '' AS variant, '' AS subject_table, '' AS subject, '' AS case_code, 0::BIGINT AS amount, '' AS unit, '' AS done,
    '' AS law) WHERE false"""
ANSWER = "SELECT * FROM planted ORDER BY fault, variant, subject"

# a unit that ends far more of its public-order cases without a penalty than the others: what was settled by mediation is entered as dropped. One is
# chosen that then stands out by more than four standard errors; in a small city there may be none
CROWDED_UNIT = """
    WITH closed AS (SELECT unit_code, count(*) AS cases, count(*) FILTER (WHERE outcome IN ('不予处罚', '终止调查')) AS free,
            count(*) FILTER (WHERE outcome = '调解结案') AS many
        FROM row_case WHERE closed_at IS NOT NULL AND kind = '行政' AND category = '治安' GROUP BY ALL),
    whole AS (SELECT sum(free) / sum(cases) AS rate FROM closed)
    SELECT unit_code AS code, many FROM closed, whole
    WHERE free + many >= 15 AND (free + many) / cases - rate > 4.5 * sqrt(rate * (1 - rate) / cases)
    ORDER BY hash(unit_code, 'crowded'), unit_code LIMIT 1"""


def share(whole: int, number: int, of: int) -> int:
    """How many of so many faults the batch (or the variant) of this number gets."""
    return whole * (number + 1) // of - whole * number // of


def plant(connection: duckdb.DuckDBPyConnection, each: int, *, is_first: bool) -> None:
    """Plant so many of every name, its variants in turn, in cases of which none has two; in the first batch also a unit that stands out."""
    connection.execute("CREATE OR REPLACE TABLE taken AS SELECT n FROM cases WHERE live IS NOT NULL")
    if is_first and each:
        _plant_unit(connection)
    for name in NAMES:
        variants = [fault for fault in FAULTS if fault.name == name]
        for place, fault in enumerate(variants):
            _plant(connection, fault, share(each, place, len(variants)))


def _plant(connection: duckdb.DuckDBPyConnection, fault: Fault, many: int) -> None:
    if not many:
        return
    extra = "extra" if "AS extra" in fault.lawful else "NULL::VARCHAR AS extra"
    connection.execute(f"""CREATE OR REPLACE TABLE chosen AS
        SELECT n, subject, low + CAST(floor(u(subject, 'amount') * (high - low + 1)) AS BIGINT) AS amount, extra FROM (
            SELECT n, subject, CAST(low AS BIGINT) AS low, CAST(high AS BIGINT) AS high, {extra} FROM ({fault.lawful})
            WHERE n NOT IN (SELECT n FROM taken) AND high >= low QUALIFY row_number() OVER (PARTITION BY n ORDER BY subject, extra) = 1)
        ORDER BY hash(subject, $name), subject LIMIT $many""", {"name": f"{fault.name} {fault.variant}", "many": many})
    for statement in fault.change:
        connection.execute(statement)
    connection.execute("""INSERT INTO planted SELECT $fault, $variant, $table, subject, coalesce(c.code, ''), amount, $unit, $done, $law
        FROM chosen LEFT JOIN cases AS c USING (n)""", {
        "fault": fault.name, "variant": fault.variant, "table": fault.table, "unit": fault.unit, "done": fault.done, "law": fault.law})
    connection.execute("INSERT INTO taken SELECT n FROM chosen")


def _plant_unit(connection: duckdb.DuckDBPyConnection) -> None:
    """All cases of the unit that were settled by mediation are entered as dropped; they take no other fault."""
    connection.execute(f"CREATE OR REPLACE TABLE chosen AS {CROWDED_UNIT}")
    connection.execute("""CREATE OR REPLACE TABLE mediated_cases AS SELECT c.n FROM row_case AS c JOIN chosen ON c.unit_code = chosen.code
        WHERE c.outcome = '调解结案' AND c.kind = '行政' AND c.closed_at IS NOT NULL""")
    connection.execute("""UPDATE row_case SET outcome = '终止调查', ended_without_decision_at = decided_at, decided_at = NULL FROM mediated_cases
        WHERE row_case.n = mediated_cases.n""")
    connection.execute(f"""INSERT INTO planted SELECT '{CROWDED}', '调解改为终止', 'unit', code, '', many, '件',
        '把这个单位调解结案的治安案件都登记成终止调查', '行政处罚法第七十五条' FROM chosen""")
    connection.execute("INSERT INTO taken SELECT n FROM mediated_cases")
