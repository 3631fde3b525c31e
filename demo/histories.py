"""Lawful histories: what happens in each case and when, before it is written down as facts. SQL over the units that handle cases.

Everything here keeps to the law by its own reading of it (the strictest one where there are several), and looks up nothing in the rule files. A history runs
on beyond the end of the city's time; `rows.py` shows only what has happened by then. Columns used everywhere: `n` number of the case in the city, `k` number
of the person in the case (0–2 suspects, 3 victim, 4 witness), `pid` = 8 n + k. Times are local, lengths are minutes unless they say days.
"""

from __future__ import annotations

from demo.words import OFFENCES


def listed(words: tuple[str, ...]) -> str:
    """Words as an SQL list."""
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


def one_of(kind: str) -> str:
    return f"pick(n, 'offence', {listed(OFFENCES[kind])})"


# what is drawn at once; `live`: cases made to be in the middle of something at the end of the history
DRAWN = f"""
SELECT *, NOT criminal AND category = '治安' AS public, CASE WHEN criminal THEN CASE WHEN has_victim THEN {one_of('刑事有被害人')} ELSE {one_of('刑事无被害人')} END
        WHEN category = '治安' THEN CASE WHEN has_victim THEN {one_of('治安有被侵害人')} ELSE {one_of('治安无被侵害人')} END
        WHEN category = '交通' THEN {one_of('交通')} WHEN category = '出入境' THEN {one_of('出入境')} ELSE {one_of('其他')} END AS offence
FROM (SELECT *, CASE WHEN criminal THEN NULL WHEN is_traffic THEN '交通' WHEN live IS NOT NULL OR u(n, 'category') < 0.80 THEN '治安'
            WHEN u(n, 'category') < 0.86 THEN '交通' WHEN u(n, 'category') < 0.90 THEN '出入境' ELSE '其他' END AS category,
        CASE WHEN criminal THEN u(n, 'victim') < 0.9 WHEN is_traffic THEN false ELSE u(n, 'victim') < 0.7 END AS has_victim
    FROM (SELECT *, CASE WHEN live = '刚刚拘留' THEN true WHEN live IS NOT NULL THEN false ELSE u(n, 'kind') < criminal_share END AS criminal
        FROM (SELECT *, CASE WHEN NOT is_live THEN NULL WHEN n = first AND criminal_share < 0.5 AND NOT is_traffic THEN '正在询问'
                    WHEN n = first + 1 AND criminal_share < 0.5 AND NOT is_traffic THEN '今日决定'
                    WHEN n = first + 2 AND criminal_share > 0 THEN '刚刚拘留' END AS live
            FROM (SELECT unnest(range(first, first + cases)) AS n, * FROM handling))))"""

# when it was reported and accepted, and the number of the case
ACCEPTED = """
SELECT *, 'A' || unit_code || strftime(accepted, '%Y%m')
        || lpad(CAST(row_number() OVER (PARTITION BY unit_code, date_trunc('month', accepted) ORDER BY accepted, n) AS VARCHAR), 4, '0') AS code,
    row_number() OVER (PARTITION BY unit_code, public ORDER BY accepted, n) AS place,
    CASE WHEN live IS NOT NULL THEN 0 ELSE row_number() OVER (PARTITION BY unit_code ORDER BY accepted, n) % mains END AS crew
FROM (SELECT *, CASE live WHEN '正在询问' THEN after(until(), -between_u(n, 'live', 60, 450)) WHEN '今日决定' THEN days_after(until(), -11)
            WHEN '刚刚拘留' THEN after(until(), -60 * between_u(n, 'live', 15, 60))
            ELSE after(reported, CASE WHEN from_incident THEN whole_u(n, 'taken', 30, 200) ELSE 0 END) END AS accepted
    FROM (SELECT *, u(n, 'incident') < 0.92 AS from_incident, moment(n, CASE WHEN public THEN '治安' WHEN category = '交通' THEN '交通' ELSE '日间' END) AS reported,
            live IS NULL AND offence IN ('盗窃', '诈骗') AND u(n, 'unknown') < 0.35 AS is_unknown FROM drawn))
WHERE accepted <= until()"""

# how the case goes. Outcomes of public-order cases are dealt out evenly in each unit, so that by chance no unit stands out among its peers
COURSE = """
SELECT *, is_regular AND u(n, 'side') < 0.07 AS examined, is_regular AND u(n, 'side') BETWEEN 0.07 AND 0.15 AS extended,
    is_regular AND has_victim AND u(n, 'side') BETWEEN 0.15 AND 0.26 AS failed
FROM (SELECT *, public AND path IN ('处罚', '不予处罚') AND NOT simple AND NOT grave AND live IS NULL AS is_regular
    FROM (SELECT *, public AND path = '处罚' AND live IS NULL AND NOT simple AND u(n, 'grave') < 0.06 AS grave
        FROM (SELECT *, public AND path = '处罚' AND live IS NULL AND offence NOT IN ('赌博', '吸毒') AND u(n, 'simple') < 0.1 AS simple
            FROM (SELECT *, CASE WHEN is_unknown THEN NULL WHEN criminal THEN '移送' WHEN live IS NOT NULL THEN '处罚'
                        WHEN NOT public THEN CASE WHEN draw < 0.9 THEN '处罚' WHEN draw < 0.96 THEN '不予处罚' ELSE '终止调查' END
                        WHEN draw < 0.62 OR draw BETWEEN 0.76 AND 0.96 AND NOT has_victim THEN '处罚' WHEN draw < 0.72 THEN '不予处罚'
                        WHEN draw < 0.76 THEN '终止调查' WHEN draw < 0.96 THEN '调解结案' ELSE '转为刑事' END AS path,
                    CASE WHEN is_unknown THEN 0 WHEN live IS NOT NULL OR u(n, 'suspects') < 0.86 THEN 1 WHEN u(n, 'suspects') < 0.95 THEN 2 ELSE 3 END AS suspects
                FROM (SELECT *, CASE WHEN public THEN (place * 0.6180339887498949 + u(unit_code, 'deal')) % 1 ELSE u(n, 'draw') END AS draw FROM accepted)))))"""

# the steps up to the summons; in a criminal case nobody is summoned before it is filed
SUMMONED = """
SELECT *, CAST(summoned AS DATE) AS came
FROM (SELECT *, CASE WHEN criminal AND live IS NOT NULL THEN after(filed, 60) WHEN criminal THEN after(filed, whole_u(n, 'fetched', 30, 360))
        WHEN at_once THEN after(accepted, whole_u(n, 'fetched', 15, 45)) ELSE at_hour(days_after(accepted, whole_u(n, 'summon day', 1, 4)), n, 'summon hour') END AS summoned
    FROM (SELECT *, after(accepted, CASE WHEN live IS NOT NULL THEN 10 WHEN criminal AND at_once THEN whole_u(n, 'filed', 60, 180)
                WHEN criminal THEN whole_u(n, 'filed', 200, 4200) ELSE whole_u(n, 'filed', 5, 600) END) AS filed
        FROM (SELECT *, live IS NOT NULL OR u(n, 'at once') < 0.55 AS at_once FROM course)))"""

# administrative cases: mediation, examination, extension, hearing and the decision; 30 days (60, from 2026 also 90) are never reached
DECIDED = """
SELECT *, CASE WHEN path IN ('处罚', '不予处罚') THEN CASE WHEN live = '今日决定' THEN after(until(), -between_u(n, 'today', 120, 1140))
            WHEN simple THEN after(accepted, whole_u(n, 'spot', 20, 150)) WHEN grave THEN at_hour(days_after(told, whole_u(n, 'wait', 15, 17)), n, 'decided')
            WHEN failed THEN at_hour(days_after(failed_at, whole_u(n, 'wait', 3, 25)), n, 'decided')
            WHEN examined THEN at_hour(days_after(came, greatest(4, wait) + exam_days), n, 'decided')
            WHEN twice THEN at_hour(days_after(accepted, whole_u(n, 'wait', 61, 86)), n, 'decided')
            WHEN extended THEN at_hour(days_after(accepted, whole_u(n, 'wait', 31, 57)), n, 'decided') ELSE at_hour(days_after(came, wait), n, 'decided') END
        END AS decided,
    CASE path WHEN '终止调查' THEN at_hour(days_after(came, whole_u(n, 'wait', 5, 24)), n, 'ended') END AS dropped,
    CASE path WHEN '调解结案' THEN at_hour(days_after(came, whole_u(n, 'wait', 2, 20)), n, 'ended') END AS mediated,
    CASE path WHEN '转为刑事' THEN at_hour(days_after(came, whole_u(n, 'wait', 2, 8)), n, 'ended') END AS converted
FROM (SELECT *, 2 + CAST(floor(pow(u(n, 'wait'), 2) * 20) AS INTEGER) AS wait, whole_u(n, 'exam days', 5, 25) AS exam_days,
        CASE WHEN examined THEN after(accepted, whole_u(n, 'exam', 900, 2800)) END AS examined_from,
        CASE WHEN extended THEN at_hour(days_after(accepted, whole_u(n, 'granted', 20, 28)), n, 'granted') END AS granted,
        extended AND is_new(accepted) AND u(n, 'twice') < 0.25 AS twice,
        CASE WHEN failed THEN at_hour(days_after(came, whole_u(n, 'failed', 3, 12)), n, 'failed') END AS failed_at,
        CASE WHEN grave THEN at_hour(days_after(came, 3), n, 'told') END AS told FROM summoned)"""

# criminal cases: the first suspect's way through detention, arrest or bail to the procuratorate
CASES = """
SELECT *, CASE WHEN path = '移送' THEN CASE WHEN arrested IS NOT NULL THEN days_after(arrested, whole_u(n, 'sent', 25, 55))
        ELSE days_after(coalesce(freed, held, summoned), whole_u(n, 'sent', 40, 170)) END
    WHEN converted IS NOT NULL THEN days_after(converted, whole_u(n, 'sent', 40, 170)) END AS sent
FROM (SELECT *, CASE WHEN way = '逮捕' THEN after(asked, 1440 * between_u(n, 'arrested', 1, 6.8)) END AS arrested,
        CASE WHEN way = '未批准' THEN after(asked, 1440 * between_u(n, 'refused', 2, 6.8)) WHEN way IN ('取保', '释放') THEN after(held, 60 * between_u(n, 'freed', 10, 71)) END
            AS freed
    FROM (SELECT *, CASE WHEN way IN ('逮捕', '未批准') THEN CASE WHEN live IS NOT NULL THEN after(held, 60 * between_u(n, 'asked', 62, 71))
                WHEN u(n, 'last day') < 0.05 THEN CAST(CAST(held AS DATE) + CASE WHEN gang THEN 30 WHEN special THEN 7 ELSE 3 END AS TIMESTAMP) + INTERVAL '23:40' HOUR TO MINUTE
                WHEN gang THEN after(held, 1440 * between_u(n, 'asked', 8, 29)) WHEN special THEN after(held, 1440 * between_u(n, 'asked', 3.1, 6.9))
                ELSE after(held, 60 * between_u(n, 'asked', 12, 71)) END END AS asked
        FROM (SELECT *, way IN ('逮捕', '未批准') AND live IS NULL AND u(n, 'longer') < 0.2 AS special,
                way IN ('逮捕', '未批准') AND live IS NULL AND u(n, 'longer') BETWEEN 0.2 AND 0.35 AS gang,
                CASE WHEN way IN ('逮捕', '未批准', '取保', '释放') THEN after(summoned, CASE WHEN live IS NOT NULL THEN 480 ELSE whole_u(n, 'criminal stay', 180, 690) END)
                    END AS held
            FROM (SELECT *, CASE WHEN NOT criminal OR is_unknown THEN NULL WHEN live IS NOT NULL OR u(n, 'way') < 0.30 THEN '逮捕' WHEN u(n, 'way') < 0.36 THEN '未批准'
                    WHEN u(n, 'way') < 0.64 THEN '取保' WHEN u(n, 'way') < 0.78 THEN '释放' ELSE '未拘留' END AS way FROM decided))))"""

PEOPLE = """
SELECT *, CASE WHEN k < 3 THEN accepted - to_days(365 * age) - to_days(CAST(age / 4 AS INTEGER) + whole_u(pid, 'birthday', 1, 360)) END::DATE AS born_suspect,
    (CAST(accepted AS DATE) - 366 * age - whole_u(pid, 'birthday', 1, 300))::DATE AS born, u(pid, 'young') < 0.04 AS is_young
FROM (SELECT n, k, 8 * n + k AS pid, accepted, code, criminal, converted, offence,
        CASE WHEN u(8 * n + k, 'sex') < CASE WHEN k < 3 THEN 0.85 ELSE 0.5 END THEN '男' ELSE '女' END AS sex,
        CASE WHEN u(8 * n + k, 'young') < 0.04 THEN whole_u(8 * n + k, 'age', 14, 16) WHEN u(8 * n + k, 'young') > 0.98 THEN whole_u(8 * n + k, 'age', 71, 85)
            ELSE whole_u(8 * n + k, 'age', 18, 69) END AS age
    FROM cases, range(5) AS person(k)
    WHERE k < suspects OR k = 3 AND has_victim OR k = 4 AND u(n, 'witness') < 0.35)"""

# who came and how long they stayed: 8 hours, from 2026 in some cases 12, with likely detention 24, criminal suspects 12; time until sober comes on top
STAYS = """
SELECT *, after(arrived, CASE WHEN way IN ('逮捕', '未批准', '取保', '释放') AND k = 0 THEN date_diff('minute', arrived, held)
        ELSE greatest(first_talk + talk + 5, sober + CASE WHEN live IS NOT NULL THEN 465 WHEN criminal THEN whole_u(pid, 'stay', 180, 700) WHEN complex THEN whole_u(pid, 'stay', 300, 1420)
            WHEN is_new(arrived) AND public AND path <> '转为刑事' AND (numerous OR nameless) THEN whole_u(pid, 'stay', 300, 710)
            WHEN u(pid, 'to the minute') < 0.02 THEN 480 ELSE whole_u(pid, 'stay', 90, 470) END) END) AS departed
FROM (SELECT *, sober + 15 + 125 * k + whole_u(pid, 'first talk', 0, 15) AS first_talk, after(summoned, 12 * k) AS arrived
    FROM (SELECT n, k, pid, code, unit_code, mains, crew, criminal, public, live, path, way, held, summoned, people.born, accepted, suspects >= 3 AS numerous,
            NOT criminal AND path = '处罚' AND live IS NULL AND u(pid, 'complex') < 0.08 AS complex, u(pid, 'nameless') < 0.015 AS nameless, whole_u(pid, 'talk', 15, 100) AS talk,
            CASE WHEN NOT criminal AND suspects = 1 AND live IS NULL AND u(pid, 'drunk') < 0.04 THEN whole_u(pid, 'sober', 30, 170) ELSE 0 END AS sober
        FROM people JOIN cases USING (n, code, accepted, criminal)
        WHERE k < suspects AND NOT simple AND (criminal OR live IS NOT NULL OR path = '转为刑事' OR u(pid, 'summoned') < 0.92)))"""

# slot: 0–2 first talk of a suspect, 3 after detention, 4 after arrest, 5 victim, 6 witness, 7 after the case became criminal
TALKS = """
SELECT n, slot, k, code, unit_code, mains, crew, criminal, public, kind, place, started, after(started, length) AS ended, born,
    place = '执法办案场所' AND u(8 * n + slot, 'qualified') < 0.95 AS qualified,
    public AND kind = '询问' AND place = '执法办案场所' AND is_new(started) AND live IS NULL AND u(8 * n + slot, 'alone') < 0.10 AND u(8 * n + slot, 'qualified') < 0.95 AS alone
FROM (
    SELECT n, k AS slot, k, code, unit_code, mains, crew, criminal, public, live, born, CASE WHEN criminal THEN '讯问' ELSE '询问' END AS kind, '执法办案场所' AS place,
        after(arrived, first_talk) AS started, talk AS length FROM stays
    UNION ALL
    SELECT n, 3, 0, code, unit_code, mains, crew, criminal, public, live, born, '讯问', '看守所', after(held, whole_u(n, 'held talk', 90, 1300)), whole_u(n, 'talk 3', 20, 100)
    FROM stays WHERE k = 0 AND way IN ('逮捕', '未批准', '取保', '释放') AND u(n, 'short') < 2
    UNION ALL
    SELECT n, 4, 0, c.code, unit_code, mains, crew, c.criminal, public, live, born, '讯问', '看守所', after(arrested, whole_u(n, 'arrest talk', 90, 1300)), whole_u(n, 'talk 4', 20, 100)
    FROM cases AS c JOIN people AS p USING (n) WHERE k = 0 AND arrested IS NOT NULL
    UNION ALL
    SELECT n, k + 2, k, c.code, unit_code, mains, crew, c.criminal, public, live, born, '询问', pick(8 * n + k, 'where', ['执法办案场所', '执法办案场所', '住处或单位', '现场']),
        after(accepted, CASE WHEN live IS NULL THEN whole_u(8 * n + k, 'heard', 40, 2800) ELSE 1500 + 200 * k END), whole_u(8 * n + k, 'talk', 15, 90)
    FROM cases AS c JOIN people AS p USING (n, accepted) WHERE k >= 3 AND u(8 * n + k, 'is heard') < 0.7
    UNION ALL
    SELECT n, 7, 0, c.code, unit_code, mains, crew, c.criminal, public, live, born, '讯问', '执法办案场所', after(converted, whole_u(n, 'turned talk', 120, 600)),
        whole_u(n, 'talk 7', 20, 100) FROM cases AS c JOIN people AS p USING (n, converted) WHERE k = 0 AND converted IS NOT NULL)
WHERE started <= until()"""

# nobody is in two interviews at once: what would overlap goes to the pair that stands in; what would overlap there does not take place
ROSTER = """
SELECT * EXCLUDE (free_from) FROM (
    SELECT * EXCLUDE (free_from, crew), CASE WHEN started < free_from THEN mains ELSE crew END AS crew,
        CASE WHEN started < free_from THEN max(ended) OVER (PARTITION BY unit_code, started < free_from
            ORDER BY started, n, slot ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS free_from
    FROM (SELECT *, coalesce(max(after(ended, 5)) OVER (PARTITION BY unit_code, crew ORDER BY started, n, slot ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), started)
            AS free_from FROM talks))
WHERE free_from IS NULL OR started >= free_from"""

# decisions: `second` another one against the same person, executed together with the first for 20 days at the most
RULINGS = """
SELECT *, CASE WHEN is_station AND NOT revokes AND NOT suspends AND days = 0 AND (NOT public OR coalesce(fine, 0) <= CASE WHEN new THEN 1000 ELSE 500 END) THEN unit_code ELSE authority END
    AS decider, age < 18 OR age >= 70 AS not_executed
FROM (SELECT *, CASE WHEN twice_punished THEN least(20, sum(days) OVER (PARTITION BY pid)) END AS merged
    FROM (SELECT *, CASE WHEN twice_punished THEN whole_u(pid, 'second days' || second, 6, 15) WHEN grade = '拘留' THEN whole_u(pid, 'days', 1, 15) ELSE 0 END AS days,
            CASE WHEN revokes THEN NULL WHEN grade = '当场' THEN 50 * whole_u(pid, 'fine', 1, CASE WHEN new THEN 10 ELSE 4 END)
                WHEN grade = '听证' THEN CASE WHEN new THEN 500 * whole_u(pid, 'fine', 8, 20) ELSE 500 * whole_u(pid, 'fine', 4, 10) END
                WHEN grade = '其他' THEN 100 * whole_u(pid, 'fine', 2, 18)
                WHEN grade = '小额' THEN CASE WHEN new THEN 100 * whole_u(pid, 'fine', 1, 10) ELSE 100 * whole_u(pid, 'fine', 1, 5) END
                WHEN grade = '大额' THEN CASE WHEN new THEN 100 * whole_u(pid, 'fine', 11, 38) ELSE 100 * whole_u(pid, 'fine', 6, 18) END
                WHEN grade = '拘留' AND u(pid, 'fined too') < 0.5 THEN 100 * whole_u(pid, 'fine', 1, 5) END AS fine
        FROM (SELECT *, grade = '听证' AND u(pid, 'licence') < 0.15 AS revokes, grade = '听证' AND u(pid, 'licence') BETWEEN 0.15 AND 0.25 AS suspends,
                grade = '拘留' AND age BETWEEN 18 AND 69 AND u(pid, 'again') < 0.08 AS twice_punished
            FROM (SELECT n, k, pid, code, unit_code, is_station, authority, public, live, decided, age, has_victim, simple, told, is_new(decided) AS new,
                    CASE WHEN simple THEN '当场' WHEN grave THEN '听证' WHEN NOT public THEN CASE WHEN category = '交通' AND u(8 * n + k, 'grade') > 0.85 THEN '拘留' ELSE '其他' END
                        WHEN u(8 * n + k, 'grade') < 0.10 THEN '警告' WHEN u(8 * n + k, 'grade') < 0.48 THEN '小额' WHEN u(8 * n + k, 'grade') < 0.62 THEN '大额'
                        ELSE '拘留' END AS grade
                FROM cases JOIN people USING (n, code, accepted, criminal) WHERE path = '处罚' AND k < suspects AND decided <= until())),
            range(2) AS again(second) WHERE second = 0 OR twice_punished))"""

# coercive measures: number in the case, person, kind, from, to
HOLDS = """
SELECT * FROM (
    SELECT n, 1 AS number, 0 AS k, code, '刑事拘留' AS kind, held AS started, coalesce(arrested, freed) AS ended, asked, sent, special, gang FROM cases WHERE held IS NOT NULL
    UNION ALL SELECT n, 2, 0, code, '逮捕', arrested, sent, NULL, sent, false, false FROM cases WHERE arrested IS NOT NULL
    UNION ALL SELECT n, 3 + k, k, code, CASE WHEN u(8 * n + k, 'watched') < 0.07 THEN '监视居住' ELSE '取保候审' END, bailed,
        days_after(bailed, CASE WHEN u(8 * n + k, 'watched') < 0.07 THEN whole_u(8 * n + k, 'bail', 40, 170) ELSE whole_u(8 * n + k, 'bail', 60, 355) END), NULL, sent, false, false
    FROM (SELECT s.n, s.k, s.code, c.sent, CASE WHEN c.converted IS NOT NULL THEN after(c.converted, 700) WHEN s.k = 0 AND c.way IN ('取保', '未批准') THEN c.freed
            WHEN s.k > 0 OR c.way = '未拘留' AND u(c.n, 'bailed') < 0.8 THEN after(s.departed, 45) END AS bailed
        FROM stays AS s JOIN cases AS c USING (n) WHERE c.criminal OR c.converted IS NOT NULL)
    UNION ALL SELECT n, 6 + k, k, code, '行政拘留', after(decided, whole_u(pid, 'taken in', 60, 600)),
        days_after(after(decided, whole_u(pid, 'taken in', 60, 600)), coalesce(merged, days)), NULL, NULL, false, false
    FROM rulings WHERE second = 0 AND days > 0 AND NOT not_executed)
WHERE started <= until()"""

# what was taken: where it was brought, whether it was examined first, when it was stored; at the latest 24 hours after the event that counts
ITEMS = """
SELECT *, CASE WHEN given_back THEN NULL ELSE after(greatest(seized, coalesce(returned, seized), coalesce(examined_at, seized)),
        CASE WHEN live = '正在询问' THEN whole_u(gid, 'stored', 700, 1300) WHEN u(gid, 'to the minute') < 0.02 THEN 1440 ELSE whole_u(gid, 'stored', 30, 1380) END) END AS stored
FROM (SELECT *, CASE WHEN distant THEN after(seized, whole_u(gid, 'back', 600, 7000)) END AS returned, CASE WHEN urgent THEN after(seized, whole_u(gid, 'exam', 300, 8000)) END AS examined_at
    FROM (SELECT n, 4 * n + copy AS gid, copy, code, unit_code, live, coalesce(decided, mediated, dropped, sent, converted) AS settled,
            CASE WHEN at_once AND NOT is_unknown THEN after(summoned, 10) ELSE after(accepted, whole_u(4 * n + copy, 'seized', 30, 600)) END AS seized,
            u(4 * n + copy, 'distant') < 0.04 AS distant, u(4 * n + copy, 'urgent') < 0.05 AS urgent, live IS NULL AND u(4 * n + copy, 'given back') < 0.05 AS given_back
        FROM cases, range(3) AS c(copy) WHERE u(n, 'items') < CASE copy WHEN 0 THEN 0.45 WHEN 1 THEN 0.12 ELSE 0.04 END OR live = '正在询问' AND copy = 0))
WHERE seized <= until()"""

BASES = {
    "drawn": DRAWN, "accepted": ACCEPTED, "course": COURSE, "summoned": SUMMONED, "decided": DECIDED, "cases": CASES, "people": PEOPLE, "stays": STAYS, "talks": TALKS,
    "roster": ROSTER, "rulings": RULINGS, "holds": HOLDS, "items": ITEMS,
}
PASSING = ("drawn", "accepted", "course", "summoned", "decided")  # steps towards `cases`, of no use later
