"""What a planted fault is, and the words that several are written with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A way of making one thing in a lawful history wrong.

    `lawful`: SQL for the histories that will do: `n`, `subject` (code of the row at fault), `low` and `high` (between which the size of the fault, `amount`,
    is drawn, in `unit`; 0 and 0 where it has none). `change`: statements that plant it, reading `chosen` (n, subject, amount). `done`: in Chinese, what was
    done. `law`: which article it breaks, by our own reading.
    """

    name: str
    variant: str
    table: str
    lawful: str
    change: tuple[str, ...]
    done: str
    law: str
    unit: str = ""


MINUTES, HOURS, DAYS = "to_seconds(60 * amount)", "to_hours(CAST(amount AS INTEGER))", "to_days(CAST(amount AS INTEGER))"
NEW = "planned(TIMESTAMP '2026-01-01')"  # the revised 治安管理处罚法 in force
STEADY = "i.n IN (SELECT n FROM row_case WHERE was_kind IS NULL)"  # cases that never turned from administrative to criminal
ADMINISTRATIVE = "i.n IN (SELECT n FROM row_case WHERE kind = '行政')"
PUBLIC = "i.n IN (SELECT n FROM row_case WHERE kind = '行政' AND category = '治安')"


def ago(moment: str, length: str) -> str:
    """The condition that a time lies longer ago than this, so that what the fault changes has run out by now."""
    return f"{moment} < planned(until()) - INTERVAL {length}"


def among(table: str, *conditions: str, low: str = "0", high: str = "0") -> str:
    """Rows `i` of a table, in cases that never turned, for which all of this holds."""
    where = " AND ".join(f"({each})" for each in (STEADY, *conditions))
    return f"SELECT i.n, i.code AS subject, {low} AS low, {high} AS high FROM row_{table} AS i WHERE {where}"


def change(table: str, values: str, which: str = "code = subject") -> str:
    return f"UPDATE row_{table} SET {values} FROM chosen WHERE {which}"


def drop(table: str, which: str) -> str:
    return f"DELETE FROM row_{table} USING chosen WHERE row_{table}.n = chosen.n AND ({which})"
