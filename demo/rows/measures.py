"""Coercive measures."""

from __future__ import annotations

MEASURE = """
SELECT numbered(code, 'CS', number) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, instant(started) AS started_at,
    instant(ended) AS ended_at, CASE WHEN kind = '取保候审' AND sent < ended THEN instant(days_after(sent, whole_u(n, 'bail again', 1, 7))) END AS redecided_at,
    instant(asked) AS arrest_requested_at, CASE WHEN kind IN ('逮捕', '取保候审', '监视居住') AND sent <= ended THEN instant(sent) END AS transferred_at,
    special AS is_extended_special, gang AS is_extended_gang, kind = '刑事拘留' AND u(n, 'unreachable') < 0.01 AS cannot_notify_family,
    false AS notice_hinders,
    instant(after(started, -whole_u(16 * n + number, 'approved', 20, 40))) AS approved_at,
    instant(after(started, -whole_u(16 * n + number, 'requested', 45, 58))) AS requested_at,
    NULL::VARCHAR AS approver_rank,
    NULL::TIMESTAMPTZ AS delivered_at,
    NULL::TIMESTAMPTZ AS examined_at,
    NULL::BIGINT AS prolonged_months,
    NULL::VARCHAR AS place,
    NULL::BOOLEAN AS has_guarantor,
    NULL::DOUBLE AS deposit,
    NULL::TIMESTAMPTZ AS deposit_returned_at,
    NULL::TIMESTAMPTZ AS station_told_at,
    NULL::TIMESTAMPTZ AS end_told_at,
    NULL::TIMESTAMPTZ AS foreign_reported_at,
    NULL::TIMESTAMPTZ AS deputy_reported_at,
    n
FROM holds"""

TABLES = {"measure": MEASURE}
