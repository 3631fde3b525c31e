"""Incidents: those that became a case, and the many more that did not. SQL; conventions as in `histories.py`, `m` is the number of an incident.

`beats` holds, a row a unit that takes calls, its code, its first number `m`, its number of incidents and of pairs of officers.
"""

from __future__ import annotations

from demo.macros import listed
from demo.words import INCIDENT_TEXTS, ROADS, SPOTS

SHARES = (("纠纷", 0.30), ("求助", 0.52), ("治安", 0.64), ("交通", 0.80), ("举报", 0.87), ("刑事", 0.90), ("其他", 1.0))  # up to which number
RHYTHM = {"纠纷": "治安", "求助": "日间", "治安": "治安", "交通": "交通", "举报": "治安", "刑事": "治安", "其他": "日间"}
OUTCOMES = {
    "纠纷": ("当场调解", "当场调解", "当场调解", "重复报警"), "求助": ("求助已处理", "求助已处理", "移送其他单位"),
    "治安": ("当场调解", "无违法事实", "重复报警"),
    "交通": ("当场处罚", "移送其他单位", "当场调解"), "举报": ("无违法事实", "移送其他单位"), "刑事": ("无违法事实", "移送其他单位", "重复报警"),
    "其他": ("不属于公安机关管辖", "求助已处理", "重复报警"),
}


def _by_kind(words: dict[str, str]) -> str:
    return "CASE kind " + " ".join(f"WHEN '{kind}' THEN {sql}" for kind, sql in words.items()) + " END"


KIND = "CASE " + " ".join(f"WHEN u(m, 'call') < {share} THEN '{kind}'" for kind, share in SHARES) + " END"

# police are there within minutes, and what came of it is on record within three hours
CALLS = f"""
SELECT m, unit_code, pairs, kind, NULL AS case_code, moment(m + 500000000, {_by_kind({kind: f"'{name}'" for kind, name in RHYTHM.items()})}) AS reported,
    after(reported, whole_u(m, 'way there', 3, 25)) AS arrived_there,
    after(reported, whole_u(m, 'handled', 30, 180)) AS handled,
    {_by_kind({kind: f"pick(m, 'result', {listed(words)})" for kind, words in OUTCOMES.items()})} AS outcome
FROM (SELECT *, {KIND} AS kind FROM (SELECT unnest(range(first_call, first_call + calls)) AS m, unit_code, pairs FROM beats WHERE calls > 0))"""

# an incident that became a case: its number is negative, so that nothing is drawn twice
TURNED = """
SELECT -1 - n AS m, unit_code, mains AS pairs,
    CASE WHEN criminal THEN '刑事' WHEN public THEN '治安' WHEN category = '交通' THEN '交通' ELSE '举报' END AS kind, code AS case_code,
    reported, after(reported, whole_u(n, 'way there', 3, 20)) AS arrived_there, accepted AS handled, '受理为案件' AS outcome, crew
FROM cases WHERE from_incident"""

INCIDENTS = """
SELECT *, 'J' || unit_code || strftime(reported, '%Y%m')
    || lpad(CAST(row_number() OVER (PARTITION BY unit_code, date_trunc('month', reported) ORDER BY reported, m) AS VARCHAR), 4, '0') AS code
FROM (SELECT *, whole_u(m, 'patrol', 0, pairs - 1) AS crew FROM calls UNION ALL BY NAME SELECT * FROM turned)
WHERE reported <= until()"""

BASES = {"calls": CALLS, "turned": TURNED, "incidents": INCIDENTS}
PASSING = ("calls", "turned")

PLACE = f"pick(m, 'road', {listed(ROADS)}) || whole_u(m, 'house', 1, 280) || '号'"
TEXT = f"""replace({_by_kind({kind: f"pick(m, 'text', {listed(words)})" for kind, words in INCIDENT_TEXTS.items()})},
    '{{spot}}', pick(m, 'spot', {listed(SPOTS)}))"""
