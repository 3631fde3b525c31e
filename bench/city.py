"""A made-up city: fact tables in the Chinese vocabulary, mostly lawful histories with a known share of planted faults.

    python -m bench.city OUT --cases 1000000 [--seed 7]

Every value comes from a hash of a row number, a label and the seed, so the same arguments give the same facts. All codes are fictitious. One
million cases make more than twelve million rows. Nothing in it lies after the 30th of June 2026, as in a register read on that evening.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from rulebook.vocabulary import Table, load_vocabulary

RULES = Path(__file__).parent.parent / "rules"
FIRST_DAY = "2024-01-01"
DAYS = 911
LAST = "TIMESTAMP '2026-06-30 18:00:00'"
ZONE = "Asia/Shanghai"
OFFICERS_A_UNIT = 60
MEMORY = "3GB"

# Share of the rows concerned in which a fault is planted on purpose.
FAULTS = {
    "case decided too late": 0.015,  # an administrative case, decided 75 to 130 days after acceptance
    "case forgotten": 0.003,  # never decided
    "summons too long": 0.010,  # an administrative summons, left 25 to 40 hours after arrival
    "interview by one officer": 0.006,
    "interviewed at once": 0.004,  # one officer on two interviews at the same time
    "recording missing": 0.008,
    "recording broken off": 0.006,
    "family not told": 0.010,
    "told after the decision": 0.008,  # 处罚前告知 after the decision
    "served too late": 0.012,
    "item not stored": 0.015,
    "guardian missing": 0.030,
    "detained too long": 0.008,
    "hearing told too late": 0.030,
    "beyond a station": 0.010,  # a penalty above 200 yuan or with detention in the name of the unit that handled the case
}

# u: a number from 0 to 1; planted: a fault; after: a local time so many minutes later; seen: only what has happened by the last day.
MACROS = """
CREATE MACRO u(k, label) AS (hash(k, label, {seed}) % 1000003) / 1000003.0;
CREATE MACRO between_u(k, label, low, high) AS low + u(k, label) * (high - low);
CREATE MACRO after(moment, minutes) AS moment + to_seconds(60 * CAST(minutes AS BIGINT));
CREATE MACRO seen(moment) AS CASE WHEN moment <= {last} THEN timezone('{zone}', moment) END;
CREATE MACRO planned(moment) AS timezone('{zone}', moment);
CREATE MACRO code(letter, n) AS letter || lpad(CAST(n AS VARCHAR), 8, '0');
CREATE MACRO pick(k, label, list) AS list[1 + CAST(floor(u(k, label) * len(list)) AS BIGINT)];
CREATE MACRO workhour(day, k, label) AS CAST(day AS TIMESTAMP) + to_seconds(60 * CAST(floor(510 + u(k, label) * 540) AS BIGINT));
"""

# What several tables are drawn from. Times are local wall-clock times until `seen` makes instants of them.
BASES = {
    "cases": """
        SELECT *, CASE WHEN forgotten THEN NULL ELSE workhour(CAST(accepted AS DATE) + wait, n, 'decided hour') END AS decided,
            CASE WHEN criminal THEN '移送' WHEN u(n, 'outcome') < 0.74 THEN '处罚' WHEN u(n, 'outcome') < 0.80 THEN '不予处罚'
                WHEN u(n, 'outcome') < 0.94 THEN '调解结案' ELSE '终止调查' END AS outcome
        FROM (SELECT *, CASE WHEN criminal THEN CAST(between_u(n, 'wait', 40, 75) AS INTEGER)
                WHEN planted(n, 'case decided too late') THEN CAST(between_u(n, 'wait', 75, 130) AS INTEGER)
                ELSE CAST(2 + pow(u(n, 'wait'), 2) * 25 AS INTEGER) END AS wait,
            planted(n, 'case forgotten') AS forgotten,
            CASE WHEN criminal THEN NULL WHEN u(n, 'category') < 0.68 THEN '治安' WHEN u(n, 'category') < 0.86 THEN '交通'
                WHEN u(n, 'category') < 0.91 THEN '出入境' ELSE '其他' END AS category
        FROM (SELECT n, u(n, 'kind') < 0.2 AS criminal, CAST(floor(u(n, 'unit') * {units}) AS BIGINT) AS unit,
                u(n, 'juvenile') < 0.04 AS juvenile,
                TIMESTAMP '{first} 00:00:00' + to_days(CAST(floor(u(n, 'day') * {days}) AS INTEGER))
                    + to_seconds(60 * CAST(floor(u(n, 'minute') * 1440) AS BIGINT)) AS accepted
            FROM range({cases}) AS t(n)))""",
    "stays": """
        SELECT *, after(arrived, CASE WHEN planted(n, 'summons too long') THEN between_u(n, 'stay', 1500, 2400)
                WHEN complex THEN between_u(n, 'stay', 300, 1380) ELSE between_u(n, 'stay', 60, 470) END) AS departed
        FROM (SELECT *, workhour(CAST(accepted AS DATE) + 1, n, 'arrived') AS arrived, u(n, 'complex') < 0.06 AS complex
            FROM cases WHERE u(n, 'summoned') < 0.9)""",
    "talks": """
        SELECT * REPLACE (row_number() OVER (PARTITION BY unit ORDER BY started, id) AS turn) FROM (
            SELECT 3 * n AS id, n, 0 AS side, criminal, juvenile, unit, 0 AS turn, after(arrived, 20) AS started,
                after(arrived, 20 + between_u(n, 'talk', 15, least(120, date_diff('minute', arrived, departed) - 30))) AS ended FROM stays
            UNION ALL
            SELECT 3 * n + 1, n, 1, criminal, false, unit, 0, after(begun, 0), after(begun, between_u(n, 'victim talk', 20, 90)) FROM (
                SELECT *, CASE WHEN planted(n, 'interviewed at once') AND u(n, 'summoned') < 0.9
                    THEN after(workhour(CAST(accepted AS DATE) + 1, n, 'arrived'), 25)
                    ELSE workhour(CAST(accepted AS DATE) + 2, n, 'victim hour') END AS begun
                FROM cases WHERE u(n, 'victim heard') < 0.6)
            UNION ALL
            SELECT 3 * n + 2, n, 0, criminal, juvenile, unit, 0, workhour(CAST(accepted AS DATE) + 12, n, 'third hour'),
                after(workhour(CAST(accepted AS DATE) + 12, n, 'third hour'), between_u(n, 'third talk', 20, 100)) FROM cases WHERE criminal)
        WHERE started <= {last}""",
    "penalties": """
        SELECT * FROM cases WHERE outcome = '处罚' AND decided <= {last}""",
    "holds": """
        SELECT *, after(held, CASE kind WHEN '刑事拘留' THEN CASE WHEN planted(n, 'detained too long') THEN between_u(n, 'hold', 55000, 80000)
                    ELSE between_u(n, 'hold', 1440, 4000) END
                WHEN '逮捕' THEN between_u(n, 'hold', 30000, 80000) WHEN '取保候审' THEN between_u(n, 'hold', 60000, 400000)
                ELSE between_u(n, 'hold', 1, 14.5) * 1440 END) AS freed
        FROM (
            SELECT 4 * n AS id, n, '刑事拘留' AS kind, after(accepted, 2900) AS held FROM cases WHERE criminal AND u(n, 'held') < 0.8
            UNION ALL SELECT 4 * n + 1, n, '逮捕', after(accepted, 9000) FROM cases WHERE criminal AND u(n, 'held') < 0.3
            UNION ALL SELECT 4 * n + 2, n, '取保候审', after(accepted, 9000) FROM cases WHERE criminal AND u(n, 'held') BETWEEN 0.3 AND 0.8
            UNION ALL SELECT 4 * n + 3, n, '行政拘留', after(decided, 90) FROM penalties WHERE u(n, 'jailed') < 0.2)
        WHERE held <= {last}""",
}

TABLES = {
    "unit": """
        SELECT code('U', n) AS code, '第' || n || '单位' AS name, CASE WHEN n = 0 THEN '市局' WHEN n % 20 = 1 THEN '分局' WHEN n % 20 = 2 THEN '支队'
            WHEN n % 20 = 3 THEN '大队' ELSE '派出所' END AS kind, CASE WHEN n > 0 THEN code('U', n // 20 * 20 + (n % 20 > 1)::INTEGER) END AS parent_code
        FROM range({units}) AS t(n)""",
    "officer": """
        SELECT code('P', n) AS code, code('U', n // {officers}) AS unit_code, false AS is_auxiliary FROM range({units} * {officers}) AS t(n)""",
    "case": """
        SELECT code('A', n) AS code, CASE WHEN criminal THEN '刑事' ELSE '行政' END AS kind, category,
            CASE WHEN criminal THEN pick(n, 'offence', ['盗窃', '诈骗', '故意伤害', '寻衅滋事'])
                ELSE pick(n, 'offence', ['殴打他人', '盗窃', '赌博', '扰乱公共秩序', '无证驾驶']) END AS offence, code('U', unit) AS unit_code,
            seen(accepted) AS accepted_at, seen(after(accepted, CASE WHEN criminal THEN between_u(n, 'filed', 60, 2800) ELSE 30 END)) AS filed_at,
            CASE WHEN outcome = '处罚' AND category = '治安' AND u(n, 'mediation') < 0.05 THEN seen(after(accepted, 1500)) END
                AS mediation_failed_at, seen(decided) AS decided_at, seen(after(decided, between_u(n, 'closed', 4320, 9000))) AS closed_at,
            CASE WHEN decided <= {last} THEN outcome END AS outcome, NOT criminal AND outcome = '终止调查' AS is_offender_unknown,
            criminal AND u(n, 'grave') < 0.05 AS is_grave FROM cases WHERE accepted <= {last}""",
    "party": """
        SELECT code('D', 2 * n) AS code, code('A', n) AS case_code, CASE WHEN criminal THEN '犯罪嫌疑人' ELSE '违法嫌疑人' END AS role,
            '某甲' || n AS name, CASE WHEN juvenile THEN DATE '2010-01-01' + CAST(u(n, 'born') * 300 AS INTEGER)
                ELSE DATE '1960-01-01' + CAST(u(n, 'born') * 15000 AS INTEGER) END AS born_on, juvenile AS is_juvenile
        FROM cases WHERE accepted <= {last} UNION ALL
        SELECT code('D', 2 * n + 1), code('A', n), CASE WHEN u(n, 'role') < 0.7 THEN '被侵害人' ELSE '证人' END, '某乙' || n,
            DATE '1955-01-01' + CAST(u(n, 'born two') * 16000 AS INTEGER), false FROM cases WHERE accepted <= {last}""",
    "summons": """
        SELECT code('S', n) AS code, code('A', n) AS case_code, code('D', 2 * n) AS party_code, seen(arrived) AS arrived_at, seen(departed) AS left_at,
            complex AS is_complex, complex AS may_be_detained, u(n, 'numerous') < 0.01 AS is_numerous, u(n, 'nameless') < 0.01 AS is_identity_unknown
        FROM stays WHERE arrived <= {last}""",
    "restraint": """
        SELECT code('R', n) AS code, code('S', n) AS summons_code, seen(arrived) AS started_at,
            seen(after(arrived, between_u(n, 'sober', 20, 55))) AS ended_at FROM stays WHERE u(n, 'drunk') < 0.03 AND arrived <= {last}""",
    "interview": """
        SELECT code('T', id) AS code, code('A', n) AS case_code, code('D', 2 * n + side) AS party_code,
            CASE WHEN criminal AND side = 0 THEN '讯问' ELSE '询问' END AS kind,
            CASE WHEN side = 0 AND id % 3 = 2 THEN '看守所' WHEN side = 0 THEN '执法办案场所' ELSE pick(id, 'place', ['住处或单位', '现场', '执法办案场所']) END
                AS place, seen(started) AS started_at, seen(ended) AS ended_at, u(id, 'remote') < 0.02 AS is_remote, side = 0 AS is_qualified_place,
            false AS is_guardian_absence_noted FROM talks""",
    "attendance": """
        SELECT code('J', 4 * id + seat) AS code, code('T', id) AS interview_code, code('P', unit * {officers} + CASE
                WHEN side = 1 AND planted(n, 'interviewed at once') THEN (first_turn * 2 + seat) % {officers} ELSE (turn * 2 + seat) % {officers} END)
                AS officer_code, CASE seat WHEN 0 THEN '主办' ELSE '协办' END AS role, false AS is_auxiliary
        FROM (SELECT *, coalesce(min(turn) FILTER (WHERE side = 0 AND id % 3 = 0) OVER (PARTITION BY n), turn) AS first_turn FROM talks),
            range(2) AS s(seat) WHERE seat = 0 OR NOT planted(id, 'interview by one officer')
        UNION ALL SELECT code('J', 4 * id + 2), code('T', id), NULL, '监护人', false FROM talks
        WHERE juvenile AND NOT planted(id, 'guardian missing')""",
    "recording": """
        SELECT code('V', id) AS code, code('T', id) AS interview_code, seen(after(started, -3)) AS started_at,
            CASE WHEN planted(id, 'recording broken off') THEN seen(after(started, date_diff('minute', started, ended) / 2))
                ELSE seen(after(ended, 4)) END AS ended_at, false AS is_damaged
        FROM talks WHERE NOT planted(id, 'recording missing')""",
    "measure": """
        SELECT code('M', id) AS code, code('A', n) AS case_code, code('D', 2 * n) AS party_code, kind, seen(held) AS started_at, seen(freed) AS ended_at,
            CASE WHEN asked THEN seen(after(held, between_u(n, 'requested', 400, 1400))) END AS arrest_requested_at,
            CAST(NULL AS TIMESTAMPTZ) AS transferred_at,
            false AS is_extended_special, false AS is_extended_gang, kind = '刑事拘留' AND u(id, 'unreachable') < 0.01
                AS cannot_notify_family, false AS notice_hinders FROM (SELECT *, kind = '刑事拘留' AND u(n, 'held') < 0.3 AS asked FROM holds)""",
    "notification": """
        SELECT * FROM (
            SELECT code('N', 8 * n) AS code, code('A', n) AS case_code, code('D', 2 * n) AS party_code, NULL AS measure_code, '处罚前告知' AS kind,
                seen(CASE WHEN planted(n, 'told after the decision') THEN after(decided, 120) ELSE after(decided, -between_u(n, 'told', 240, 2000)) END)
                AS notified_at FROM penalties
            UNION ALL SELECT code('N', 8 * n + 1), code('A', n), code('D', 2 * n), NULL, '听证权利', seen(after(decided, -25500)) FROM penalties
                WHERE wait >= 20 AND u(n, 'fine') > 0.93
            UNION ALL SELECT code('N', 8 * n + 2 + id % 4), code('A', n), code('D', 2 * n), code('M', id), '拘留通知家属',
                seen(after(held, between_u(id, 'family', 30, 1300))) FROM holds
                WHERE kind IN ('刑事拘留', '逮捕', '行政拘留') AND NOT planted(id, 'family not told')
            UNION ALL SELECT code('N', 8 * n + 6), code('A', n), code('D', 2 * n), NULL, '传唤通知家属', seen(after(arrived, between_u(n, 'call', 5, 50)))
                FROM stays WHERE NOT planted(n, 'family not told')
        ) WHERE notified_at IS NOT NULL""",
    "hearing": """
        SELECT code('H', n) AS code, code('A', n) AS case_code, code('D', 2 * n) AS party_code, seen(after(decided, -23500)) AS applied_at,
            seen(after(decided, CASE WHEN planted(n, 'hearing told too late') THEN -3000 ELSE -23000 END)) AS notified_at,
            planned(after(decided, -1600)) AS held_at, false AS is_withdrawn FROM penalties WHERE wait >= 20 AND u(n, 'fine') > 0.96""",
    "suspension": """
        SELECT code('W', n) AS code, code('A', n) AS case_code, pick(n, 'why', ['鉴定', '公告', '其他']) AS kind, seen(after(accepted, 2000)) AS started_at,
            seen(after(accepted, 2000 + between_u(n, 'expert', 1440, 14000))) AS ended_at
        FROM cases WHERE u(n, 'suspended') < 0.08 AND after(accepted, 2000) <= {last}""",
    "extension": """
        SELECT code('X', n) AS code, code('A', n) AS case_code, seen(after(accepted, 28000)) AS granted_at, '上一级公安机关' AS approver
        FROM cases WHERE NOT criminal AND u(n, 'extended') < 0.1 AND after(accepted, 28000) <= {last}""",
    "decision": """
        SELECT code('B', n) AS code, code('A', n) AS case_code, code('D', 2 * n) AS party_code, seen(decided) AS decided_at, fine, detention_days,
            code('U', CASE WHEN fine <= 200 AND detention_days = 0 OR planted(n, 'beyond a station') THEN unit ELSE unit // 20 * 20 + 1 END)
            AS unit_code, false AS revokes_licence, false AS suspends_business, false AS is_on_the_spot,
            u(n, 'announced') < 0.6 AS is_announced_on_the_spot
        FROM (SELECT *, CASE WHEN u(n, 'fine') > 0.93 AND wait >= 20 THEN 5000.0 ELSE 100 * (1 + floor(u(n, 'fine') * 9)) END AS fine,
            CASE WHEN u(n, 'jailed') < 0.2 THEN CAST(1 + floor(u(n, 'days') * 14) AS BIGINT) ELSE 0 END AS detention_days FROM penalties)""",
    "service": """
        SELECT * FROM (
            SELECT code('Y', 2 * n) AS code, code('B', n) AS decision_code, '被处罚人' AS recipient, CASE WHEN u(n, 'announced') < 0.6 THEN '直接'
                ELSE pick(n, 'method', ['直接', '邮寄', '电子', '留置']) END AS method,
                seen(CASE WHEN u(n, 'announced') < 0.6 THEN decided WHEN planted(n, 'served too late') THEN after(decided, 15000)
                    ELSE after(decided, between_u(n, 'served', 30, 1400)) END) AS served_at FROM penalties
            UNION ALL SELECT code('Y', 2 * n + 1), code('B', n), '被侵害人', '直接', seen(CASE WHEN planted(n + 1, 'served too late')
                THEN after(decided, 15000) ELSE after(decided, between_u(n, 'copy', 30, 1400)) END) FROM penalties WHERE u(n, 'role') < 0.7
        ) WHERE served_at IS NOT NULL""",
    "property_item": """
        SELECT code('G', 2 * n + copy) AS code, code('A', n) AS case_code, code('U', unit) AS unit_code, seen(after(accepted, 200)) AS seized_at,
            seen(after(accepted, 400)) AS returned_at, CASE WHEN u(n, 'examined') < 0.1 THEN seen(after(accepted, 700)) END AS examined_at,
            CASE WHEN planted(2 * n + copy, 'item not stored') THEN NULL ELSE seen(after(accepted, 400 + between_u(n, 'stored', 60, 1100))) END
                AS checked_in_at, seen(after(decided, between_u(n, 'disposed', 1000, 30000))) AS disposed_at, false AS is_remote,
            u(n, 'examined') < 0.1 AS is_urgent_examination
        FROM cases, range(2) AS c(copy) WHERE u(n, 'items') < CASE copy WHEN 0 THEN 0.4 ELSE 0.1 END AND after(accepted, 200) <= {last}""",
}


def write_city(out: Path, cases: int, seed: int = 7) -> dict[str, int]:
    """Write one Parquet file a fact table of TABLES into `out`. Returns the number of rows of each table."""
    out.mkdir(parents=True, exist_ok=True)
    words = {"cases": cases, "units": unit_count(cases), "officers": OFFICERS_A_UNIT, "first": FIRST_DAY, "days": DAYS, "last": LAST}
    with duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(out / "spill"), "preserve_insertion_order": "false"}) as connection:
        connection.execute(f"SET TimeZone = '{ZONE}'")
        connection.execute(MACROS.format(seed=int(seed), last=LAST, zone=ZONE) + _planted_sql())
        for name, query in BASES.items():
            connection.execute(f"CREATE TABLE {name} AS {query.format(**words)}")
        return {name: _write(connection, _complete(connection, table, TABLES[name].format(**words)), out / f"{name}.parquet")
                for name, table in load_vocabulary(RULES).tables.items() if name in TABLES}


def unit_count(cases: int) -> int:
    """Units of a city of so many cases: from 20 to 200."""
    return min(200, max(20, cases // 5000))


def _planted_sql() -> str:
    """planted(k, fault): whether this row has this fault; the shares are those of FAULTS."""
    shares = " ".join(f"WHEN '{fault}' THEN {share}" for fault, share in FAULTS.items())
    return f"CREATE MACRO planted(k, fault) AS u(k, fault) < CASE fault {shares} ELSE 0 END;"


def _complete(connection: duckdb.DuckDBPyConnection, table: Table, query: str) -> str:
    """The query with every column of the vocabulary; those that it does not make up are empty."""
    made = {row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()}
    columns = ", ".join(name if name in made else f"CAST(NULL AS {column.sql_type}) AS {name}" for name, column in table.columns.items())
    return f"SELECT {columns} FROM ({query})"


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    return connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)").fetchone()[0]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.city", description="Write the fact tables of a made-up city as Parquet files.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    rows = write_city(given.out, given.cases, given.seed)
    for name, count in rows.items():
        print(f"{name:<14} {count:>10,}")
    print(f"{'in all':<14} {sum(rows.values()):>10,}")


if __name__ == "__main__":
    main()
