"""The whole city, some units at a time: histories, rows, faults. What comes out is read off a DuckDB connection, batch by batch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from demo import faults, histories, incidents, outcomes, presence
from demo.bureau import SQUADS, STATION, Bureau, Unit, found
from demo.days import hearing_days
from demo.macros import ZONE, macros
from demo.plan import Plan
from demo.rows import TABLES

MEMORY = "3GB"
BUREAU_TABLES = ("unit", "officer")
STEPS = {**histories.BASES, **presence.BASES, **outcomes.BASES, **incidents.BASES}
PASSING = {*histories.PASSING, *presence.PASSING, *outcomes.PASSING, *incidents.PASSING}

Tell = Callable[[str], None]


@dataclass(frozen=True)
class City:
    """What makes a city: the same three give the same rows. `until`: the end of its history, local time, to the minute."""

    plan: Plan
    seed: int
    until: datetime
    with_faults: bool = True

    @property
    def bureau(self) -> Bureau:
        return found(self.plan, self.seed, self.until.date())


@dataclass(frozen=True)
class Batch:
    """Some units with everything that happened in them. Rows stand in the tables `row_<fact table>`, faults planted among them in `planted`."""

    connection: duckdb.DuckDBPyConnection
    number: int
    of: int

    def columns(self, table: str) -> list[str]:
        return [row[0] for row in self.connection.execute(f"DESCRIBE row_{table}").fetchall()]

    def tables(self) -> list[str]:
        """In an order in which no row comes before one that it refers to. Units and officers are in the first batch."""
        return list(TABLES if self.number == 0 else (name for name in TABLES if name not in BUREAU_TABLES))


def now() -> datetime:
    """The present minute, local."""
    return datetime.now(ZoneInfo(ZONE)).replace(tzinfo=None, second=0, microsecond=0)


def batches(city: City, tell: Tell = lambda said: None) -> Iterator[Batch]:
    """The city in batches; each is gone when the next one is asked for."""
    bureau = city.bureau
    groups = _groups(_handling(city, bureau), city.plan.chunk)
    with _opened() as connection:
        connection.execute(macros(city.seed, city.until, city.plan.weeks))
        _enter_bureau(connection, city, bureau)
        for number, handling in enumerate(groups):
            tell(f"正在推演第 {number + 1}/{len(groups)} 组单位（{len(handling)} 个单位，{sum(row['cases'] for row in handling)} 起案件）")
            _make(connection, handling, city, number)
            if city.with_faults:
                faults.plant(connection, faults.share(city.plan.faults, number, len(groups)), is_first=number == 0)
            yield Batch(connection, number, len(groups))


@contextmanager
def _opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="city-") as spill, duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": spill}) as connection:
        connection.execute(f"SET TimeZone = '{ZONE}'")
        yield connection


def _handling(city: City, bureau: Bureau) -> list[dict]:
    """Every unit that handles cases or takes calls, with its part of both. Numbers of cases and calls run through the whole city."""
    units = bureau.handling
    cases = _dealt(city.plan.cases, [unit.weight for unit in units])
    turned = round(0.92 * city.plan.cases)  # calls that became a case come on top, see `incidents.TURNED`
    calls = _dealt(max(0, city.plan.incidents - turned), [unit.weight * (unit.kind == "派出所") for unit in units])
    rows, first, first_call = [], 0, 0
    for place, unit in enumerate(units):
        rows.append(_handling_row(unit, _is_live(unit, place, city.plan), first, cases[place], first_call, calls[place]))
        first, first_call = first + cases[place], first_call + calls[place]
    return rows


def _handling_row(unit: Unit, is_live: bool, first: int, cases: int, first_call: int, calls: int) -> dict:
    return {
        "unit_code": unit.code, "first": first, "cases": cases, "first_call": first_call, "calls": calls, "is_live": is_live,
        "criminal_share": unit.criminal, "is_traffic": unit.code.endswith(SQUADS["交警大队"][0]) and unit.kind == "大队", "is_station": unit.kind == "派出所",
        "authority": unit.authority, "mains": len(unit.pairs) - 1, "pairs": len(unit.pairs),
    }


def _is_live(unit: Unit, place: int, plan: Plan) -> bool:
    return unit.code == STATION or (place * 0.6180339887498949) % 1 < plan.live


def _dealt(whole: int, weights: list[float]) -> list[int]:
    """A number dealt out by weight, so that the parts sum up to it."""
    parts, given, sum_of = [], 0, sum(weights)
    for place in range(len(weights)):
        upto = round(whole * sum(weights[:place + 1]) / sum_of)
        parts.append(upto - given)
        given = upto
    return parts


def _groups(handling: list[dict], chunk: int) -> list[list[dict]]:
    groups: list[list[dict]] = [[]]
    for row in handling:
        if groups[-1] and sum(each["cases"] for each in groups[-1]) + row["cases"] > chunk:
            groups.append([])
        groups[-1].append(row)
    return groups


def _enter_bureau(connection: duckdb.DuckDBPyConnection, city: City, bureau: Bureau) -> None:
    units = [{"code": unit.code, "name": unit.name, "kind": unit.kind, "parent_code": unit.parent} for unit in bureau.units]
    officers = [{"code": each.code, "name": each.name, "unit_code": each.unit, "is_auxiliary": each.is_auxiliary, "post": each.post}
                for each in bureau.officers]
    pairs = [{"unit_code": unit.code, "crew": crew, "lead": lead, "second": second}
             for unit in bureau.handling for crew, (lead, second) in enumerate(unit.pairs)]
    keepers = [{"unit_code": each.unit, "keeper": each.code} for each in bureau.officers if each.post == "财物管理员"]
    days = hearing_days(city.until.date(), city.plan.weeks)
    for name, rows in {"bureau_units": units, "bureau_officers": officers, "pairs": pairs, "keepers": keepers, "hearing_days": days}.items():
        _enter(connection, name, rows)


def _enter(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict]) -> None:
    table = pa.Table.from_pylist(rows)
    connection.register("arriving", table)
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")


def _make(connection: duckdb.DuckDBPyConnection, handling: list[dict], city: City, number: int) -> None:
    _enter(connection, "handling", handling)
    connection.execute("CREATE OR REPLACE TABLE beats AS SELECT unit_code, first_call, calls, pairs FROM handling")
    for name, query in STEPS.items():
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")
    for name in PASSING:
        connection.execute(f"DROP TABLE {name}")
    for name, query in TABLES.items():
        order = "code" if name in BUREAU_TABLES else "n, code"
        connection.execute(f"CREATE OR REPLACE TABLE row_{name} AS SELECT * FROM ({query}) ORDER BY {order}")
    connection.execute(f"CREATE OR REPLACE TABLE planted AS {faults.EMPTY}")
