"""Inspections and searches, line-ups, appraisals."""

from __future__ import annotations

INSPECTION = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS case_code, NULL::VARCHAR AS party_code, NULL::VARCHAR AS kind, NULL::VARCHAR AS target,
    NULL::TIMESTAMPTZ AS started_at,
    NULL::TIMESTAMPTZ AS ended_at,
    NULL::BIGINT AS officer_count,
    NULL::BOOLEAN AS has_warrant,
    NULL::BOOLEAN AS is_urgent,
    NULL::BOOLEAN AS is_recorded,
    NULL::BOOLEAN AS is_by_woman,
    NULL::BOOLEAN AS has_witness,
    NULL::BOOLEAN AS is_witness_staff, NULL::BOOLEAN AS is_signed, NULL::BIGINT AS n
WHERE false"""

LINEUP = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS case_code, NULL::VARCHAR AS party_code, NULL::VARCHAR AS kind, NULL::TIMESTAMPTZ AS started_at,
    NULL::TIMESTAMPTZ AS ended_at,
    NULL::BIGINT AS shown,
    NULL::BIGINT AS officer_count,
    NULL::BOOLEAN AS is_qualified_place,
    NULL::BOOLEAN AS is_recorded, NULL::BOOLEAN AS has_witness, NULL::BIGINT AS n
WHERE false"""

APPRAISAL = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS case_code, NULL::VARCHAR AS party_code, NULL::VARCHAR AS kind, NULL::TIMESTAMPTZ AS commissioned_at,
    NULL::TIMESTAMPTZ AS received_at,
    NULL::TIMESTAMPTZ AS told_at,
    NULL::TIMESTAMPTZ AS objected_at,
    NULL::TIMESTAMPTZ AS answered_at,
    NULL::BOOLEAN AS is_refused, NULL::TIMESTAMPTZ AS refusal_told_at, NULL::BIGINT AS n
WHERE false"""

TABLES = {"inspection": INSPECTION, "lineup": LINEUP, "appraisal": APPRAISAL}
