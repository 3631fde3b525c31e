"""Coercive measures."""

from __future__ import annotations

from demo.macros import listed

RANK = "县级以上公安机关负责人"
HOMES = ("住处", "住处", "住处", "住处", "住处", "指定居所")

# whoever is detained is in the detention house within a day: before they are interrogated there, an hour and more before they are set free. Whoever is
# arrested is there already. Bail is by a surety (always for minors) or by a deposit. What is to be told or reported is told and reported within two days
MEASURE = f"""
SELECT numbered(code, 'CS', number) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, instant(started) AS started_at,
    instant(ended) AS ended_at, CASE WHEN kind = '取保候审' AND sent < ended THEN instant(days_after(sent, whole_u(n, 'bail again', 1, 7))) END AS redecided_at,
    instant(asked) AS arrest_requested_at, CASE WHEN kind IN ('逮捕', '取保候审', '监视居住') AND sent <= ended THEN instant(sent) END AS transferred_at,
    special AS is_extended_special, gang AS is_extended_gang, kind = '刑事拘留' AND u(n, 'unreachable') < 0.01 AS cannot_notify_family,
    false AS notice_hinders,
    instant(after(started, -whole_u(mid, 'approved', 20, 40))) AS approved_at,
    instant(after(started, -whole_u(mid, 'requested', 45, 58))) AS requested_at,
    '{RANK}' AS approver_rank,
    instant(delivered) AS delivered_at,
    instant(after(delivered, whole_u(mid, 'examined', 5, 50))) AS examined_at,
    CASE WHEN kind = '逮捕' AND prolonged AND days_after(started, 50) <= until() THEN 1::BIGINT END AS prolonged_months,
    CASE kind WHEN '逮捕' THEN '看守所' WHEN '行政拘留' THEN '拘留所' WHEN '刑事拘留' THEN CASE WHEN delivered <= until() THEN '看守所' END
        WHEN '监视居住' THEN pick(mid, 'home', {listed(HOMES)}) END AS place,
    CASE WHEN kind = '取保候审' THEN guaranteed END AS has_guarantor,
    CAST(CASE WHEN kind = '取保候审' AND NOT guaranteed THEN 1000.0 * whole_u(mid, 'deposit', 1, 20) END AS DOUBLE) AS deposit,
    CASE WHEN kind = '取保候审' AND NOT guaranteed THEN instant(after(ended, whole_u(mid, 'deposit back', 60, 7000))) END AS deposit_returned_at,
    CASE WHEN is_free THEN instant(after(started, whole_u(mid, 'station told', 30, 1400))) END AS station_told_at,
    CASE WHEN is_free THEN instant(after(ended, whole_u(mid, 'end told', 10, 1400))) END AS end_told_at,
    CASE WHEN is_foreign THEN instant(after(started, whole_u(mid, 'abroad', 60, 2500))) END AS foreign_reported_at,
    CASE WHEN is_deputy THEN instant(after(started, -whole_u(mid, 'assembly', 1, 18))) END AS deputy_reported_at,
    n
FROM (SELECT h.*, p.is_foreign, p.is_deputy, c.prolonged, 16 * n + number AS mid, h.kind IN ('取保候审', '监视居住') AS is_free,
        p.is_young OR u(mid, 'surety') < 0.6 AS guaranteed,
        CASE WHEN h.kind = '刑事拘留' THEN least(
            after(h.started, CASE WHEN u(mid, 'last hour') < 0.03 THEN 1430 ELSE whole_u(mid, 'delivered', 120, 1200) END),
            after(h.ended, -60), after(t.started, -15)) END AS delivered
    FROM holds AS h JOIN people AS p USING (n, k) JOIN cases AS c USING (n)
    LEFT JOIN (SELECT n, started FROM roster WHERE slot = 3) AS t USING (n))"""

TABLES = {"measure": MEASURE}
