"""Penalties, their service and execution."""

from __future__ import annotations

# announced and handed over at once (more often than not), or served within a day: no reading of two days is ever reached
DECISION = """
SELECT numbered(code, 'JD', 2 * k + second + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, decider AS unit_code,
    instant(decided) AS decided_at, CAST(fine AS DOUBLE) AS fine, CAST(days AS BIGINT) AS detention_days, CAST(merged AS BIGINT) AS merged_days,
    revokes AS revokes_licence, suspends AS suspends_business, simple AS is_on_the_spot, simple OR u(pid, 'announced') < 0.55 AS is_announced_on_the_spot,
    NULL::DOUBLE AS told_fine,
    NULL::BIGINT AS told_detention_days,
    NULL::DOUBLE AS confiscated,
    NULL::VARCHAR AS law_version,
    NULL::BOOLEAN AS states_remedies,
    NULL::BOOLEAN AS is_complex,
    NULL::TIMESTAMPTZ AS discussed_at,
    NULL::BOOLEAN AS is_by_one_officer,
    NULL::BOOLEAN AS is_recorded,
    NULL::BOOLEAN AS has_objection,
    NULL::TIMESTAMPTZ AS reported_at,
    NULL::TIMESTAMPTZ AS overturned_at,
    NULL::TIMESTAMPTZ AS guardian_told_at,
    NULL::TIMESTAMPTZ AS announced_at,
    NULL::TIMESTAMPTZ AS official_told_at,
    NULL::TIMESTAMPTZ AS corrected_at,
    n
FROM rulings"""

SERVICE = """
SELECT numbered(code, 'SD', 4 * k + 2 * second + copy + 1) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code,
    CASE copy WHEN 0 THEN '被处罚人' ELSE '被侵害人' END AS recipient,
    CASE WHEN at_once THEN '直接' ELSE pick(2 * pid + copy, 'method', ['直接', '直接', '邮寄', '电子', '留置']) END AS method,
    instant(served) AS served_at, code AS case_code,
    NULL::DATE AS announced_on,
    NULL::BOOLEAN AS has_consent,
    n
FROM (SELECT *, copy = 0 AND (simple OR u(pid, 'announced') < 0.55) AS at_once,
        CASE WHEN at_once THEN decided ELSE after(decided, whole_u(4 * pid + 2 * second + copy, 'served', 30, 1400)) END AS served
    FROM rulings, range(2) AS c(copy) WHERE copy = 0 OR has_victim)
WHERE served <= until()"""

EXECUTION = """
SELECT numbered(code, 'ZX', 8 * k + 4 * second + number) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code, kind,
    instant(executed) AS executed_at, instant(completed) AS completed_at, code AS case_code,
    NULL::DOUBLE AS collected,
    NULL::BOOLEAN AS has_receipt,
    NULL::BOOLEAN AS is_hard_to_pay,
    NULL::TIMESTAMPTZ AS handed_in_at,
    n
FROM (
    SELECT r.n, r.code, r.k, second, 1 AS number, '送拘留所执行' AS kind, started AS executed, ended AS completed
    FROM rulings AS r JOIN holds AS h ON h.n = r.n AND h.k = r.k AND h.kind = '行政拘留' WHERE days > 0
    UNION ALL SELECT n, code, k, second, 1, '不执行拘留', after(decided, 60), after(decided, 60) FROM rulings WHERE days > 0 AND not_executed
    UNION ALL SELECT n, code, k, second, 2, '缴纳罚款', paid, paid FROM (
        SELECT *, CASE WHEN simple THEN after(decided, 10) ELSE after(decided, whole_u(pid, 'paid', 60, 20000)) END AS paid FROM rulings WHERE fine IS NOT NULL)
    UNION ALL SELECT n, code, k, second, 3, '吊销许可证件', days_after(decided, 2), days_after(decided, 2) FROM rulings WHERE revokes)
WHERE executed <= until()"""

TABLES = {"decision": DECISION, "service": SERVICE, "execution": EXECUTION}
