"""Penalties, their service and execution."""

from __future__ import annotations

# announced and handed over at once (more often than not), or served within a day: no reading of two days is ever reached. What somebody was told to expect
# is what is decided, or more than that; a station takes away no more than it may
DECISION = """
SELECT numbered(code, 'JD', 2 * k + second + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, decider AS unit_code,
    instant(decided) AS decided_at, CAST(fine AS DOUBLE) AS fine, CAST(days AS BIGINT) AS detention_days, CAST(merged AS BIGINT) AS merged_days,
    revokes AS revokes_licence, suspends AS suspends_business, simple AS is_on_the_spot, simple OR u(pid, 'announced') < 0.55 AS is_announced_on_the_spot,
    CASE WHEN NOT simple THEN CAST(fine + CASE WHEN u(did, 'told more') > 0.12 THEN 0 WHEN grade = '听证' THEN 500 ELSE 100 END AS DOUBLE) END AS told_fine,
    CASE WHEN NOT simple THEN CAST(days + CASE WHEN days BETWEEN 1 AND 14 AND u(did, 'told longer') < 0.12 THEN 1 ELSE 0 END AS BIGINT) END
        AS told_detention_days,
    CASE WHEN NOT simple AND u(did, 'confiscated') < 0.1 THEN CAST(CASE WHEN is_station THEN 10 * whole_u(did, 'worth', 2, 50)
        ELSE 50 * whole_u(did, 'worth', 1, 100) END AS DOUBLE) END AS confiscated,
    CASE WHEN public THEN CASE WHEN begun_new THEN '2025' ELSE '2012' END END AS law_version,
    true AS states_remedies,
    weighty AS is_complex,
    CASE WHEN weighty THEN instant(after(decided, -whole_u(did, 'discussed', 600, 1440))) END AS discussed_at,
    simple AND u(pid, 'one officer') < 0.4 AS is_by_one_officer,
    simple AND (u(pid, 'one officer') < CASE WHEN new THEN 0.4 ELSE 0.2 END OR u(pid, 'filmed') < 0.5) AS is_recorded,
    simple AND u(pid, 'one officer') > 0.9 AS has_objection,
    CASE WHEN simple THEN instant(after(decided, whole_u(pid, 'reported', 60, 1200))) END AS reported_at,
    (SELECT instant(settled) FROM (SELECT pid AS loser, settled FROM appeals WHERE lost) WHERE loser = pid AND second = 0) AS overturned_at,
    CASE WHEN age < 18 AND (new OR u(pid, 'guardian') < 0.6)
        THEN instant(after(decided, -whole_u(pid, 'guardian told', 5, CASE WHEN simple THEN 15 ELSE 55 END)))
        END AS guardian_told_at,
    instant(announced) AS announced_at,
    CASE WHEN public AND age BETWEEN 22 AND 60 AND u(pid, 'official') < 0.04 THEN instant(after(decided, whole_u(pid, 'official told', 100, 9000))) END
        AS official_told_at,
    CASE WHEN age < 18 AND days > 0 THEN instant(after(decided, whole_u(pid, 'reformed', 90, 9000))) END AS corrected_at,
    n
FROM (SELECT *, 2 * pid + second AS did, grade = '听证' OR NOT simple AND u(did, 'weighty') < 0.05 AS weighty FROM rulings)"""

# what came back by post is served by a public notice of sixty days and more
NOTICED = """
SELECT n, k, second, code, CAST(days_after(decided, whole_u(pid, 'came back', 8, 20)) AS DATE) AS noticed_on,
    at_hour(days_after(noticed_on, whole_u(pid, 'noticed', 60, 70)), pid, 'noticed until') AS served
FROM rulings
WHERE NOT simple AND u(pid, 'announced') >= 0.55 AND pick(2 * pid, 'method', ['直接', '直接', '邮寄', '电子', '留置']) = '邮寄' AND u(pid, 'unfound') < 0.3"""

SERVICE = f"""
SELECT numbered(code, 'SD', 4 * k + 2 * second + copy + 1) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code,
    CASE copy WHEN 0 THEN '被处罚人' ELSE '被侵害人' END AS recipient,
    CASE WHEN at_once THEN '直接' ELSE pick(2 * pid + copy, 'method', ['直接', '直接', '邮寄', '电子', '留置']) END AS method,
    instant(served) AS served_at, code AS case_code,
    NULL::DATE AS announced_on,
    method = '电子' AS has_consent,
    n
FROM (SELECT *, copy = 0 AND (simple OR u(pid, 'announced') < 0.55) AS at_once,
        CASE WHEN at_once THEN decided ELSE after(decided, whole_u(4 * pid + 2 * second + copy, 'served', 30, 1400)) END AS served
    FROM rulings, range(2) AS c(copy) WHERE copy = 0 OR has_victim)
WHERE served <= until()
UNION ALL BY NAME
SELECT numbered(code, 'SD', 21 + 2 * k + second) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code, '被处罚人' AS recipient, '公告' AS method,
    instant(served) AS served_at, code AS case_code, noticed_on AS announced_on, false AS has_consent, n
FROM ({NOTICED}) WHERE served <= until()"""

# fines paid: some to the officers on the spot, small ones (50 yuan, from 2026 200) or where nobody could pay otherwise (`far`); the others within 14 days
PAYMENTS = """
SELECT *, simple OR u(pid, 'announced') < 0.55 AS at_once, u(pid, 'far') < CASE WHEN simple THEN 0.15 ELSE 0.05 END AS far,
    at_once AND NOT coalesce(days > 0, false) AND u(pid, 'one officer') <= 0.9
        AND (far OR public AND fine <= CASE WHEN new THEN 200 ELSE 50 END AND u(pid, 'cash') < 0.7) AS in_cash,
    CASE WHEN simple OR in_cash THEN after(decided, 10) ELSE after(decided, whole_u(pid, 'paid', 60, 20000)) END AS paid,
    CASE WHEN in_cash THEN after(paid, CASE WHEN u(pid, 'last minute') < 0.05 THEN 1440 ELSE whole_u(pid, 'handed in', 40, 1380) END) END AS handed_in
FROM rulings WHERE fine IS NOT NULL"""

EXECUTION = f"""
SELECT numbered(code, 'ZX', 8 * k + 4 * second + number) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code, kind,
    instant(executed) AS executed_at, instant(completed) AS completed_at, code AS case_code,
    CASE WHEN in_cash THEN CAST(fine AS DOUBLE) END AS collected,
    CASE WHEN in_cash THEN true END AS has_receipt,
    CASE WHEN in_cash THEN far END AS is_hard_to_pay,
    instant(handed_in) AS handed_in_at,
    n
FROM (
    SELECT r.n, r.code, r.k, second, 1 AS number, '送拘留所执行' AS kind, started AS executed, ended AS completed
    FROM rulings AS r JOIN holds AS h ON h.n = r.n AND h.k = r.k AND h.kind = '行政拘留' WHERE days > 0
    UNION ALL BY NAME SELECT n, code, k, second, 1 AS number, '不执行拘留' AS kind, after(decided, 60) AS executed, executed AS completed
    FROM rulings WHERE days > 0 AND not_executed
    UNION ALL BY NAME SELECT n, code, k, 0 AS second, 4 AS number, '暂缓执行拘留' AS kind, answered AS executed, over AS completed FROM postponed WHERE granted
    UNION ALL BY NAME SELECT n, code, k, second, 2 AS number, CASE WHEN in_cash THEN '当场收缴罚款' ELSE '缴纳罚款' END AS kind, paid AS executed,
        paid AS completed, in_cash, far, fine, handed_in FROM ({PAYMENTS})
    UNION ALL BY NAME SELECT n, code, k, second, 3 AS number, '吊销许可证件' AS kind, days_after(decided, 2) AS executed, executed AS completed
    FROM rulings WHERE revokes)
WHERE executed <= until()"""

TABLES = {"decision": DECISION, "service": SERVICE, "execution": EXECUTION}
