"""Inspections and searches, line-ups, appraisals."""

from __future__ import annotations

# `manner`: a search without a warrant only while somebody is being detained; a home only with a warrant; a place without one, from 2026, on camera.
# Whoever is of no known name is not inspected, the scene is. What is not over by the end of the history is not entered yet
INSPECTION = """
SELECT numbered(code, 'JC', 1) AS code, code AS case_code, CASE WHEN kind <> '勘验' THEN numbered(code, 'R', 1) END AS party_code, kind, target,
    instant(started) AS started_at, instant(ended) AS ended_at, CASE WHEN u(n, 'inspectors') < 0.75 THEN 2 ELSE 3 END::BIGINT AS officer_count,
    kind <> '勘验' AND NOT urgent AS has_warrant, urgent AS is_urgent,
    NOT witnessed OR urgent AND target = '场所' AND is_new(started) OR u(n, 'on camera') < 0.3 AS is_recorded,
    coalesce(target = '人身' AND sex = '女', false) AS is_by_woman, witnessed AS has_witness, false AS is_witness_staff, true AS is_signed, n
FROM (SELECT *, after(started, whole_u(n, 'inspected for', 15, 120)) AS ended FROM (
    SELECT *,
        CASE WHEN manner = '勘验' THEN '勘验' WHEN criminal THEN '搜查' ELSE '检查' END AS kind,
        CASE WHEN manner = '勘验' THEN '现场' WHEN NOT criminal THEN manner WHEN sex = '女' THEN pick(n, 'searched', ['人身', '人身', '住所'])
            ELSE pick(n, 'searched', ['住所', '住所', '住所', '场所', '物品车辆', '人身']) END AS target,
        CASE WHEN manner = '住所' OR kind = '勘验' THEN false WHEN criminal THEN manner = '紧急搜查' ELSE u(n, 'on the spot') < 0.55 END AS urgent,
        coalesce(path = '转为刑事', false) OR u(n, 'witness of it') < CASE WHEN criminal THEN 0.88 ELSE 0.8 END AS witnessed,
        CASE WHEN kind = '勘验' THEN after(accepted, whole_u(n, 'inspect', 15, 150)) WHEN manner = '紧急搜查' THEN after(held, whole_u(n, 'inspect', -50, 90))
            WHEN criminal THEN after(summoned, whole_u(n, 'inspect', 60, 7000)) WHEN urgent THEN after(accepted, whole_u(n, 'inspect', 15, 120))
            ELSE after(summoned, whole_u(n, 'inspect', 40, 900)) END AS started
    FROM (SELECT c.*, p.sex, u(c.n, 'inspected') AS drawn,
            CASE WHEN criminal THEN CASE WHEN drawn < 0.10 OR is_unknown AND drawn < 0.18 THEN '勘验' WHEN is_unknown THEN NULL
                    WHEN drawn < CASE sex WHEN '女' THEN 0.36 ELSE 0.21 END
                        THEN CASE WHEN detained AND u(c.n, 'without warrant') < 0.35 THEN '紧急搜查' ELSE '持证搜查' END END
                WHEN simple OR is_unknown THEN NULL
                WHEN category = '交通' THEN CASE WHEN drawn < 0.04 THEN '物品车辆' END
                WHEN drawn < CASE WHEN public THEN 0.03 ELSE 0.06 END THEN '住所' WHEN drawn < 0.085 THEN '场所' WHEN drawn < 0.105 THEN '物品车辆'
                WHEN drawn < CASE sex WHEN '女' THEN 0.24 ELSE 0.125 END THEN '人身' END AS manner
        FROM cases AS c LEFT JOIN (SELECT n, sex FROM people WHERE k = 0) AS p ON p.n = c.n WHERE live IS NULL) AS d
    WHERE manner IS NOT NULL))
WHERE ended <= until()"""

# who was hurt, or else who saw it, is shown people or things: always more of them than the law asks for at the least, or just as many. One officer
# alone only in a public-order case from 2026, at the bureau, on camera
LINEUP = """
SELECT numbered(code, 'BR', 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, instant(started) AS started_at,
    instant(ended) AS ended_at, shown::BIGINT AS shown, CASE WHEN alone THEN 1 WHEN u(n, 'line-up officers') < 0.85 THEN 2 ELSE 3 END::BIGINT AS officer_count,
    qualified AS is_qualified_place, alone OR NOT witnessed OR u(n, 'line-up camera') < 0.4 AS is_recorded, witnessed AS has_witness, n
FROM (
    SELECT c.n, c.code, p.k,
        pick(c.n, 'line-up', ['照片', '照片', '照片', '照片', '照片', '人', '人', '物品', '物品', '物品照片']) AS kind,
        CASE kind WHEN '人' THEN 7 + whole_u(c.n, 'shown', 0, 3) WHEN '物品' THEN 6 + whole_u(c.n, 'shown', 0, 3)
            ELSE 10 + whole_u(c.n, 'shown', 0, 5) END AS shown,
        after(summoned, whole_u(c.n, 'line-up at', 60, 1300)) AS started, after(started, whole_u(c.n, 'line-up for', 8, 45)) AS ended,
        u(c.n, 'line-up place') < 0.8 AS qualified, u(c.n, 'line-up witness') < 0.88 AS witnessed,
        public AND path <> '转为刑事' AND qualified AND is_new(started) AND u(c.n, 'line-up alone') < 0.4 AS alone
    FROM cases AS c JOIN (SELECT n, k FROM people WHERE k >= 3) AS p ON p.n = c.n
    WHERE live IS NULL AND NOT simple AND NOT is_unknown AND (c.criminal OR public) AND u(c.n, 'lined up') < CASE WHEN c.criminal THEN 0.18 ELSE 0.08 END
    QUALIFY row_number() OVER (PARTITION BY c.n ORDER BY p.k) = 1)
WHERE ended <= until()"""

# what stops the clock (`examined`) is the appraisal itself, from the day it is asked for until its result is there; more are made while the clock runs.
# Everybody is told within five days; who objects does so within three, is answered within five and hears of a refusal within three
APPRAISAL = """
SELECT numbered(code, 'JN', 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, instant(commissioned) AS commissioned_at,
    instant(received) AS received_at, instant(shared) AS told_at, instant(objected) AS objected_at, instant(answered) AS answered_at,
    CASE WHEN answered <= until() THEN true END AS is_refused, instant(after(answered, whole_u(n, 'refusal told', 60, 3900))) AS refusal_told_at, n
FROM (SELECT *,
        CASE WHEN examined THEN days_after(commissioned, exam_days) ELSE after(commissioned, CAST(floor(room * between_u(n, 'appraised', 0.3, 0.8)) AS BIGINT))
            END AS received,
        after(received, whole_u(n, 'result told', 60, CASE WHEN examined THEN 1800 ELSE 6700 END)) AS shared,
        CASE WHEN u(n, 'objects') < 0.25 THEN after(shared, whole_u(n, 'objected', 60, 3600)) END AS objected,
        after(objected, whole_u(n, 'objection answered', 600, 7000)) AS answered
    FROM (SELECT *,
            CASE WHEN has_victim THEN 3 ELSE 0 END AS k,
            CASE WHEN offence = '吸毒' THEN '毒品' WHEN offence IN ('殴打他人', '故意伤害', '故意杀人', '寻衅滋事') THEN '伤情'
                WHEN offence IN ('盗窃', '诈骗', '故意损毁财物', '故意毁坏财物', '抢夺', '敲诈勒索') THEN '价格' ELSE '其他' END AS kind,
            coalesce(examined_from, after(accepted, whole_u(n, 'appraise', 300, 2000))) AS commissioned,
            least(30 * 1440, coalesce(date_diff('minute', commissioned, coalesce(decided, mediated, dropped, converted, sent)), 30 * 1440)) AS room
        FROM cases WHERE live IS NULL AND NOT simple AND (examined OR has_victim AND u(n, 'appraisal') < 0.11 AND (criminal OR public)))
    WHERE examined OR room > 2000)
WHERE commissioned <= until()"""

TABLES = {"inspection": INSPECTION, "lineup": LINEUP, "appraisal": APPRAISAL}
