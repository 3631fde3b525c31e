"""What follows from a case: penalties, hearings, coercive measures, items. SQL after `histories.py` and `presence.py`, whose conventions hold here too."""

from __future__ import annotations

# how hard: '当场' on the spot, '听证' with the right to a hearing, warnings, fines that a station may impose (500 yuan, from 2026 1,000) and larger ones;
# of minors more are given a detention, which is not carried out; `announced`: when whoever could not be found was told by a public notice of seven days
GRADES = """
SELECT n, k, pid, c.code, unit_code, is_station, authority, public, live, decided, age, is_nursing, has_victim, simple, c.fast, told,
    is_new(decided) AS new, is_new(c.accepted) AS begun_new,
    CASE WHEN NOT simple AND NOT grave AND live IS NULL AND decided >= days_after(came, 13) AND u(pid, 'fled') < 0.12
        THEN days_after(decided, -whole_u(pid, 'announced to', 8, 11)) END AS announced,
    CASE WHEN simple THEN '当场' WHEN grave THEN '听证'
        WHEN NOT public THEN CASE WHEN c.category = '交通' AND u(pid, 'grade') > 0.85 THEN '拘留' ELSE '其他' END
        WHEN u(pid, 'grade') < 0.10 THEN '警告' WHEN age < 18 AND u(pid, 'grade') > 0.3 THEN '拘留' WHEN u(pid, 'grade') < 0.48 THEN '小额'
        WHEN u(pid, 'grade') < 0.62 THEN '大额' ELSE '拘留' END AS grade,
    grade = '听证' AND u(pid, 'licence') < 0.15 AS revokes,
    grade = '听证' AND u(pid, 'licence') BETWEEN 0.15 AND 0.25 AS suspends,
    age < 18 OR age >= 70 OR is_nursing AS not_executed,
    grade = '拘留' AND NOT not_executed AND NOT c.fast AND u(pid, 'again') < 0.08 AS twice_punished
FROM cases AS c JOIN people AS p USING (n) WHERE path = '处罚' AND k < suspects AND decided <= until()"""

# decisions: `second` another one against the same person, executed together with the first for 20 days at the most
RULINGS = """
SELECT *,
    CASE WHEN twice_punished THEN least(20, sum(days) OVER (PARTITION BY pid)) END AS merged,
    CASE WHEN is_station AND NOT revokes AND NOT suspends AND days = 0 AND (NOT public OR coalesce(fine, 0) <= CASE WHEN new THEN 1000 ELSE 500 END)
        THEN unit_code ELSE authority END AS decider
FROM (SELECT *,
        CASE WHEN twice_punished THEN whole_u(pid, 'second days' || second, 6, 15)
            WHEN grade = '拘留' THEN whole_u(pid, 'days', 1, CASE WHEN fast THEN 9 ELSE 15 END) ELSE 0 END AS days,
        CASE WHEN revokes THEN NULL
            WHEN grade = '当场' THEN 50 * whole_u(pid, 'fine', 1, CASE WHEN new THEN 10 ELSE 4 END)
            WHEN grade = '听证' THEN 500 * CASE WHEN new THEN whole_u(pid, 'fine', 8, 20) ELSE whole_u(pid, 'fine', 4, 10) END
            WHEN grade = '其他' THEN 100 * whole_u(pid, 'fine', 2, 18)
            WHEN grade = '小额' THEN 100 * whole_u(pid, 'fine', 1, CASE WHEN new THEN 10 ELSE 5 END)
            WHEN grade = '大额' THEN 100 * CASE WHEN new THEN whole_u(pid, 'fine', 11, 38) ELSE whole_u(pid, 'fine', 6, 18) END
            WHEN grade = '拘留' AND u(pid, 'fined too') < 0.5 THEN 100 * whole_u(pid, 'fine', 1, 5) END AS fine
    FROM grades, range(2) AS again(second) WHERE second = 0 OR twice_punished)"""

# who asks for their detention to be put off, right after the decision: answered within a day, mostly refused; if granted, against a deposit or a surety, what
# it was put off for (an examination, a birth, a death) is over within days, and they are taken in on the same day or the next
POSTPONED = """
SELECT n, k, pid, code, u(pid, 'put off') < 0.07 AS granted, granted AND u(pid, 'secured') < 0.9 AS secured,
    after(decided, whole_u(pid, 'asks to wait', 5, 25)) AS asked, after(asked, whole_u(pid, 'may wait', 60, 1400)) AS answered,
    CASE WHEN granted THEN after(answered, whole_u(pid, 'waits', 1440, 5760)) END AS over, after(over, whole_u(pid, 'taken in', 60, 600)) AS resumed
FROM rulings WHERE grade = '拘留' AND NOT twice_punished AND NOT not_executed AND live IS NULL AND u(pid, 'put off') < 0.15"""

# who does not put up with a decision: review (one decided on the spot may be sent through those who decided) or a lawsuit; what comes of it, `settled`
APPEALS = """
SELECT n, k, pid, code, decided, simple, grade,
    u(pid, 'appeal') < CASE WHEN simple THEN 0.36 ELSE 0.03 END AS reviewed,
    reviewed AND simple AND u(pid, 'through us') < 0.85 AS through_us,
    at_hour(days_after(decided, whole_u(pid, 'lodged', 4, 40)), pid, 'lodged') AS lodged,
    at_hour(days_after(lodged, whole_u(pid, 'copied', 6, 12)), pid, 'copied') AS copied,
    reviewed AND (simple OR u(pid, 'summary') < 0.3) AS summary,
    at_hour(days_after(copied, CASE WHEN reviewed THEN whole_u(pid, 'settled', 20, 45) ELSE whole_u(pid, 'settled', 60, 100) END), pid, 'settled') AS settled,
    u(pid, 'lost') < 0.4 AND pid NOT IN (SELECT pid FROM postponed) AS lost
FROM rulings
WHERE k = 0 AND second = 0 AND NOT twice_punished AND live IS NULL AND u(pid, 'appeal') < CASE WHEN simple THEN 0.36 ELSE 0.047 END"""

# a hearing is asked for within three days, on the first one (of `hearing_days`) from which seven workdays' notice and ten days in all can both be kept
HEARINGS = """
SELECT n, k, pid, code, at_hour(day, pid, 'applied') AS applied, after(applied, whole_u(pid, 'arranged', 30, 300)) AS arranged,
    at_hour(held_on, pid, 'held') AS held_at
FROM grades JOIN hearing_days ON day BETWEEN CAST(told AS DATE) + 1 AND CAST(told AS DATE) + 3
WHERE u(pid, 'asks') < 0.8 QUALIFY row_number() OVER (PARTITION BY pid ORDER BY day) = 1"""

# when somebody was released on bail: by the procuratorate's refusal, instead of detention, or from the station
BAILED = """
SELECT s.n, s.k, s.pid, s.code, c.sent,
    CASE WHEN c.converted IS NOT NULL THEN after(c.converted, 700) WHEN s.k = 0 AND c.way IN ('取保', '未批准') THEN c.freed
        WHEN s.k > 0 OR c.way = '未拘留' AND u(c.n, 'bailed') < 0.8 THEN after(s.departed, 45) END AS bailed,
    u(s.pid, 'watched') < 0.07 AS watched
FROM stays AS s JOIN cases AS c USING (n) WHERE c.criminal OR c.converted IS NOT NULL"""

# coercive measures: number in the case, person, kind, from, to
HOLDS = """
SELECT * FROM (
    SELECT n, 1 AS number, 0 AS k, code, '刑事拘留' AS kind, held AS started, coalesce(arrested, freed) AS ended, asked, sent, special, gang
    FROM cases WHERE held IS NOT NULL
    UNION ALL SELECT n, 2, 0, code, '逮捕', arrested, sent, NULL, sent, false, false FROM cases WHERE arrested IS NOT NULL
    UNION ALL SELECT n, 3 + k, k, code, CASE WHEN watched THEN '监视居住' ELSE '取保候审' END, bailed,
        days_after(bailed, CASE WHEN watched THEN whole_u(pid, 'bail', 40, 170) ELSE whole_u(pid, 'bail', 60, 355) END), NULL, sent, false, false FROM bailed
    UNION ALL SELECT n, 6 + k, k, code, '行政拘留', coalesce(resumed, after(decided, whole_u(pid, 'taken in', 60, 600))),
        days_after(coalesce(resumed, after(decided, whole_u(pid, 'taken in', 60, 600))), coalesce(merged, days)), NULL, NULL, false, false
    FROM rulings LEFT JOIN (SELECT n, k, resumed FROM postponed) USING (n, k) WHERE second = 0 AND days > 0 AND NOT not_executed)
WHERE started <= until()"""

# what was taken: where it was brought, whether it was examined first, when it was stored; at the latest 24 hours after the event that counts
ITEMS = """
SELECT n, 4 * n + copy AS gid, copy, code, unit_code, live, coalesce(decided, mediated, dropped, sent) AS settled,
    CASE WHEN at_once AND NOT is_unknown THEN after(summoned, 10) ELSE after(accepted, whole_u(gid, 'seized', 30, 600)) END AS seized,
    u(gid, 'distant') < 0.04 AS distant, u(gid, 'urgent') < 0.05 AS urgent, live IS NULL AND u(gid, 'given back') < 0.05 AS given_back,
    CASE WHEN distant THEN after(seized, whole_u(gid, 'back', 600, 7000)) END AS returned,
    CASE WHEN urgent THEN after(seized, whole_u(gid, 'exam', 300, 8000)) END AS examined_at,
    CASE WHEN given_back THEN NULL ELSE after(greatest(seized, coalesce(returned, seized), coalesce(examined_at, seized)),
        CASE WHEN live = '正在询问' THEN whole_u(gid, 'stored', 700, 1300) WHEN u(gid, 'to the minute') < 0.02 THEN 1440
            ELSE whole_u(gid, 'stored', 30, 1380) END) END AS stored
FROM cases, range(3) AS c(copy)
WHERE (u(n, 'items') < CASE copy WHEN 0 THEN 0.45 WHEN 1 THEN 0.12 ELSE 0.04 END OR live = '正在询问' AND copy = 0) AND seized <= until()
    AND path IS DISTINCT FROM '不予立案'"""

BASES = {
    "grades": GRADES, "rulings": RULINGS, "postponed": POSTPONED, "appeals": APPEALS, "hearings": HEARINGS, "bailed": BAILED, "holds": HOLDS, "items": ITEMS,
}
PASSING = ("grades", "bailed")
