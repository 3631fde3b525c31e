"""Legal reviews, recusals, documents of the procuratorate."""

from __future__ import annotations

REVIEW = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS case_code, NULL::VARCHAR AS party_code, NULL::VARCHAR AS kind, NULL::VARCHAR AS officer_code,
    NULL::TIMESTAMPTZ AS requested_at,
    NULL::TIMESTAMPTZ AS finished_at,
    NULL::VARCHAR AS result,
    NULL::BOOLEAN AS is_new_reviewer,
    NULL::BOOLEAN AS is_qualified, NULL::BIGINT AS n
WHERE false"""

RECUSAL = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS case_code, NULL::VARCHAR AS officer_code, NULL::TIMESTAMPTZ AS applied_at, NULL::TIMESTAMPTZ AS decided_at,
    NULL::BOOLEAN AS is_granted, NULL::BIGINT AS n
WHERE false"""

PROSECUTOR_DOCUMENT = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS case_code, NULL::VARCHAR AS party_code, NULL::VARCHAR AS measure_code, NULL::VARCHAR AS kind,
    NULL::TIMESTAMPTZ AS received_at, NULL::DATE AS due_on, NULL::TIMESTAMPTZ AS answered_at, NULL::BIGINT AS n
WHERE false"""

TABLES = {"review": REVIEW, "recusal": RECUSAL, "prosecutor_document": PROSECUTOR_DOCUMENT}
