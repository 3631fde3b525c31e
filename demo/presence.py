"""Who is in a case, when they came and left, who talked with whom: SQL after the histories of `histories.py`, whose conventions hold here too."""

from __future__ import annotations

# a suspect is 18 to 69, or 14 to 17, or over 70, for the whole of the case; nobody whose case is decided fast is a minor or deaf
PEOPLE = """
SELECT *,
    (CAST(accepted AS DATE) - 366 * age - whole_u(pid, 'birthday', 1, 300))::DATE AS born,
    age < 18 AS is_young,
    k < 3 AND (coalesce(category, '') = '出入境' OR criminal AND u(pid, 'foreign') < 0.035) AS is_foreign,
    NOT is_foreign AND NOT (fast AND k < 3) AND u(pid, 'deaf') < 0.01 AS is_deaf,
    NOT is_deaf AND u(pid, 'tongue') < CASE WHEN is_foreign THEN 0.9 ELSE 0.01 END AS is_foreign_tongue,
    is_young AND of_violence AS is_protected,
    k < 3 AND NOT is_foreign AND age >= 18 AND u(pid, 'deputy') < 0.025 AS is_deputy,
    k < 3 AND NOT criminal AND converted IS NULL AND sex = '女' AND age BETWEEN 20 AND 40 AND u(pid, 'nursing') < 0.05 AS is_nursing
FROM (SELECT n, k, 8 * n + k AS pid, accepted, code, criminal, category, converted, offence, fast,
        k >= 3 AND offence IN ('殴打他人', '寻衅滋事', '故意伤害', '故意杀人') AS of_violence,
        CASE WHEN u(8 * n + k, 'sex') < CASE WHEN k < 3 THEN 0.85 ELSE 0.5 END THEN '男' ELSE '女' END AS sex,
        CASE WHEN category = '出入境' AND k < 3 THEN whole_u(8 * n + k, 'age', 18, 60)
            WHEN u(8 * n + k, 'young') < CASE WHEN of_violence THEN 0.07 ELSE 0.04 END AND NOT (fast AND k < 3) THEN whole_u(8 * n + k, 'age', 14, 16)
            WHEN u(8 * n + k, 'young') > 0.98 THEN whole_u(8 * n + k, 'age', 71, 85)
            ELSE whole_u(8 * n + k, 'age', 18, 68) END AS age
    FROM cases, range(5) AS person(k)
    WHERE k < suspects OR k = 3 AND has_victim OR k = 4 AND u(n, 'witness') < 0.35)"""

# who came and how long they stayed: 8 hours, from 2026 in some public-order cases 12, with likely detention 24, criminal suspects 12; the time until
# somebody is sober comes on top. `first_talk`: minutes after arrival; somebody who is being interviewed right now began to be so in the last hour
STAYS = """
SELECT *,
    NOT criminal AND path = '处罚' AND live IS NULL AND NOT fast AND u(pid, 'complex') < 0.08 AS complex,
    u(pid, 'nameless') < 0.015 AS nameless,
    suspects >= 3 AS numerous,
    CASE WHEN NOT criminal AND suspects = 1 AND live IS NULL AND u(pid, 'drunk') < 0.04 THEN whole_u(pid, 'sober', 30, 170) ELSE 0 END AS sober,
    after(summoned, 12 * k) AS arrived,
    CASE WHEN live = '正在询问' THEN greatest(20, date_diff('minute', arrived, until()) - whole_u(pid, 'first talk', 10, 60))
        ELSE sober + 15 + 125 * k + whole_u(pid, 'first talk', 0, 15) END AS first_talk,
    CASE WHEN live = '正在询问' THEN least(whole_u(pid, 'talk', 90, 150), 460 - first_talk) ELSE whole_u(pid, 'talk', 15, 100) END AS talk,
    CASE WHEN live IS NOT NULL THEN 465 WHEN criminal THEN whole_u(pid, 'stay', 180, 700) WHEN complex THEN whole_u(pid, 'stay', 300, 1420)
        WHEN is_new(arrived) AND public AND path <> '转为刑事' AND (numerous OR nameless) THEN whole_u(pid, 'stay', 300, 710)
        WHEN u(pid, 'to the minute') < 0.02 THEN 480 ELSE whole_u(pid, 'stay', 90, 470) END AS stay,
    CASE WHEN detained AND k = 0 THEN held ELSE after(arrived, greatest(first_talk + talk + 5, sober + stay)) END AS departed
FROM (SELECT people.*, unit_code, mains, crew, public, live, path, way, detained, held, summoned, suspects, at_once
    FROM people JOIN cases USING (n)
    WHERE k < suspects AND NOT simple AND (people.criminal OR live IS NOT NULL OR path = '转为刑事' OR u(pid, 'summoned') < 0.92))"""

# slot: 0–2 first talk of a suspect, 3 after detention, 4 after arrest, 5 victim, 6 witness, 7 after the case became criminal, 8 and 9 once more with a child
# that suffered or saw violence. `remote`: by video, with two officers and, as everything where there are cameras, recorded
TALKS = """
SELECT n, slot, t.k, c.code, unit_code, mains, crew, c.criminal, public, live, born, is_foreign OR is_deaf OR is_foreign_tongue AS needs_translator,
    sex, is_protected,
    t.kind, t.place, t.started, after(t.started, t.length) AS ended,
    t.place = '执法办案场所' AND u(8 * n + slot, 'qualified') < 0.95 AS qualified,
    slot IN (4, 5, 6) AND t.place IN ('执法办案场所', '看守所') AND u(8 * n + slot, 'remote') < 0.08 AS remote,
    qualified AND public AND t.kind = '询问' AND NOT remote AND is_new(t.started) AND live IS NULL AND NOT is_protected
        AND u(8 * n + slot, 'alone') < 0.10 AS alone
FROM (
    SELECT n, k AS slot, k, CASE WHEN criminal THEN '讯问' ELSE '询问' END AS kind, '执法办案场所' AS place,
        after(arrived, first_talk) AS started, talk AS length FROM stays
    UNION ALL
    SELECT n, 3, 0, '讯问', '看守所', after(held, CASE WHEN live IS NULL THEN whole_u(n, 'held talk', 90, 1300) ELSE whole_u(n, 'held talk', 60, 120) END),
        whole_u(n, 'talk 3', 20, 100) FROM cases WHERE held IS NOT NULL
    UNION ALL
    SELECT n, 4, 0, '讯问', '看守所', after(arrested, whole_u(n, 'arrest talk', 90, 1300)), whole_u(n, 'talk 4', 20, 100)
    FROM cases WHERE arrested IS NOT NULL
    UNION ALL
    SELECT n, k + 2, k, '询问', pick(pid, 'where', ['执法办案场所', '执法办案场所', '住处或单位', '现场']),
        after(accepted, CASE WHEN live IS NULL THEN whole_u(pid, 'heard', 40, 2800) ELSE 1500 + 200 * k END), whole_u(pid, 'talk', 15, 90)
    FROM people JOIN cases USING (n, accepted) WHERE k >= 3 AND u(pid, 'is heard') < 0.7
    UNION ALL
    SELECT n, k + 5, k, '询问', '执法办案场所', after(accepted, whole_u(pid, 'heard', 40, 2800) + whole_u(pid, 'heard again', 1500, 4300)),
        whole_u(pid, 'talk again', 15, 50)
    FROM people JOIN cases USING (n, accepted) WHERE is_protected AND live IS NULL AND NOT simple AND u(pid, 'is heard') < 0.7 AND u(pid, 'twice') < 0.5
    UNION ALL
    SELECT n, 7, 0, '讯问', '执法办案场所', after(converted, whole_u(n, 'turned talk', 120, 600)), whole_u(n, 'talk 7', 20, 100)
    FROM cases WHERE converted IS NOT NULL) AS t
JOIN cases AS c USING (n) JOIN people AS p USING (n, k)
WHERE t.started <= until() AND (live = '正在询问' AND slot = 0 OR crew <> 0 OR after(t.started, t.length + 75) <= until())"""

# nobody is in two interviews at once: what would overlap goes to the pair that stands in; what would overlap there too does not take place …
FIRST_PAIR = """
SELECT *, coalesce(max(after(ended, 5)) OVER (PARTITION BY unit_code, crew ORDER BY started, n, slot ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
    started) > started AS is_taken FROM talks"""
SECOND_PAIR = """
SELECT * EXCLUDE (crew, is_taken, free_from), CASE WHEN is_taken THEN mains ELSE crew END AS crew, free_from IS NULL OR started >= free_from AS takes_place
FROM (SELECT *, CASE WHEN is_taken THEN max(after(ended, 5)) OVER (PARTITION BY unit_code, is_taken ORDER BY started, n, slot
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS free_from FROM first_pair)"""

# … except that whoever is detained or arrested must be interrogated within 24 hours: by any pair of the unit that is free on one of the next hours
LATER = """
SELECT n, slot, crew, started, ended FROM (SELECT * FROM (
    SELECT t.n, t.slot, t.unit_code, CAST(pair AS BIGINT) AS crew, after(CASE t.slot WHEN 3 THEN held ELSE arrested END, 60 * hours) AS another,
        another AS started, after(another, date_diff('minute', t.started, t.ended)) AS ended  -- `started` alone would be the hour that was taken
    FROM second_pair AS t JOIN cases USING (n), range(2, 21) AS h(hours), range(t.mains + 1) AS p(pair)
    WHERE NOT takes_place AND t.slot IN (3, 4)) AS t
WHERE after(ended, 75) <= until() AND NOT EXISTS (
    SELECT 1 FROM second_pair AS s WHERE s.takes_place AND s.unit_code = t.unit_code AND s.crew = t.crew
    AND s.started < after(t.ended, 5) AND t.started < after(s.ended, 5))
QUALIFY row_number() OVER (PARTITION BY n, slot ORDER BY hash(n, started, crew)) = 1)
QUALIFY row_number() OVER (PARTITION BY unit_code, crew, CAST(started AS DATE) ORDER BY n, slot) = 1"""
ROSTER = """
SELECT * EXCLUDE (takes_place) FROM second_pair WHERE takes_place
UNION ALL BY NAME
SELECT t.* EXCLUDE (takes_place) REPLACE (l.crew AS crew, l.started AS started, l.ended AS ended) FROM second_pair AS t JOIN later AS l USING (n, slot)"""

BASES = {
    "people": PEOPLE, "stays": STAYS, "talks": TALKS, "first_pair": FIRST_PAIR, "second_pair": SECOND_PAIR, "later": LATER, "roster": ROSTER,
}
PASSING = ("talks", "first_pair", "second_pair", "later")
