"""Who is summoned, kept and waits."""

from __future__ import annotations

SUMMONS = """
SELECT numbered(code, 'CH', k + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code,
    CASE WHEN criminal THEN CASE WHEN at_once THEN '拘传' ELSE '刑事传唤' END ELSE '行政传唤' END AS kind,
    instant(arrived) AS arrived_at, instant(departed) AS left_at, complex AS is_complex, complex AS may_be_detained, numerous AS is_numerous,
    nameless AS is_identity_unknown,
    NULL::VARCHAR AS approver,
    NULL::TIMESTAMPTZ AS searched_at,
    NULL::BOOLEAN AS has_belongings,
    NULL::TIMESTAMPTZ AS belongings_returned_at,
    NULL::BOOLEAN AS is_meal_noted,
    NULL::BOOLEAN AS is_times_signed,
    n
FROM stays WHERE arrived <= until()"""

RESTRAINT = """
SELECT numbered(code, 'YS', k + 1) AS code, numbered(code, 'CH', k + 1) AS summons_code, instant(arrived) AS started_at,
    instant(after(arrived, sober)) AS ended_at, code AS case_code,
    NULL::BOOLEAN AS is_guarded,
    n
FROM stays WHERE sober > 0 AND arrived <= until()"""

WAITING = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS summons_code, NULL::VARCHAR AS room, NULL::TIMESTAMPTZ AS started_at, NULL::TIMESTAMPTZ AS ended_at,
    NULL::VARCHAR AS sex, NULL::BOOLEAN AS is_juvenile, NULL::VARCHAR AS case_code, NULL::BIGINT AS n
WHERE false"""

TABLES = {"summons": SUMMONS, "restraint": RESTRAINT, "waiting": WAITING}
