"""What comes after a penalty: detention put off, publication, administrative review, litigation, compensation."""

from __future__ import annotations

POSTPONEMENT = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS decision_code, NULL::TIMESTAMPTZ AS applied_at, NULL::TIMESTAMPTZ AS decided_at,
    NULL::BOOLEAN AS is_granted,
    NULL::TIMESTAMPTZ AS deposit_paid_at,
    NULL::TIMESTAMPTZ AS deposit_banked_at,
    NULL::TIMESTAMPTZ AS deposit_returned_at, NULL::TIMESTAMPTZ AS ended_at, NULL::VARCHAR AS case_code, NULL::BIGINT AS n
WHERE false"""

DISCLOSURE = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS decision_code, NULL::TIMESTAMPTZ AS published_at, NULL::TIMESTAMPTZ AS withdrawn_at,
    NULL::BOOLEAN AS is_anonymised, NULL::VARCHAR AS case_code, NULL::BIGINT AS n
WHERE false"""

REMEDY = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS case_code, NULL::VARCHAR AS party_code, NULL::VARCHAR AS kind, NULL::TIMESTAMPTZ AS received_at,
    NULL::TIMESTAMPTZ AS extended_at,
    NULL::DATE AS due_on,
    NULL::TIMESTAMPTZ AS answered_at,
    NULL::BOOLEAN AS is_leader_present,
    NULL::BOOLEAN AS is_absence_explained, NULL::BIGINT AS n
WHERE false"""

TABLES = {"postponement": POSTPONEMENT, "disclosure": DISCLOSURE, "remedy": REMEDY}
