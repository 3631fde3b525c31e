"""Who is summoned, kept and waits."""

from __future__ import annotations

# searched within minutes; what they had with them they get back as they leave, now and then some hours later. Who was found on the spot came by word of mouth
SUMMONS = """
SELECT numbered(code, 'CH', k + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code,
    CASE WHEN criminal THEN CASE WHEN at_once THEN '拘传' ELSE '刑事传唤' END ELSE '行政传唤' END AS kind,
    instant(arrived) AS arrived_at, instant(departed) AS left_at, complex AS is_complex, complex AS may_be_detained, numerous AS is_numerous,
    nameless AS is_identity_unknown,
    CASE WHEN criminal AND at_once THEN '县级以上公安机关负责人' WHEN NOT criminal AND at_once AND u(pid, 'oral') < 0.8 THEN '口头传唤'
        ELSE '办案部门负责人' END AS approver,
    instant(after(arrived, whole_u(pid, 'searched', 2, 6))) AS searched_at,
    u(pid, 'belongings') < 0.7 AS has_belongings,
    CASE WHEN has_belongings THEN instant(after(departed, CASE WHEN u(pid, 'kept on') < 0.05 THEN whole_u(pid, 'returned', 30, 900)
        ELSE -whole_u(pid, 'returned', 1, 15) END)) END AS belongings_returned_at,
    true AS is_meal_noted,
    CASE WHEN departed <= until() THEN approver <> '口头传唤' END AS is_times_signed,
    n
FROM stays WHERE arrived <= until()"""

RESTRAINT = """
SELECT numbered(code, 'YS', k + 1) AS code, numbered(code, 'CH', k + 1) AS summons_code, instant(arrived) AS started_at,
    instant(after(arrived, sober)) AS ended_at, code AS case_code,
    true AS is_guarded,
    n
FROM stays WHERE sober > 0 AND arrived <= until()"""

# between the search (and until then sobering up) and the first talk; men, women, boys and girls apart
WAITING = """
SELECT numbered(code, 'HW', k + 1) AS code, numbered(code, 'CH', k + 1) AS summons_code,
    unit_code || '-候问室' || (CASE WHEN is_young THEN 3 ELSE 1 END + CASE sex WHEN '男' THEN 0 ELSE 1 END) AS room,
    instant(began) AS started_at, instant(after(arrived, first_talk - 2)) AS ended_at, sex, is_young AS is_juvenile, code AS case_code, n
FROM (SELECT *, after(arrived, sober + whole_u(pid, 'waits', 7, 11)) AS began FROM stays) WHERE began <= until() AND u(pid, 'waits at all') < 0.9"""

TABLES = {"summons": SUMMONS, "restraint": RESTRAINT, "waiting": WAITING}
