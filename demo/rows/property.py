"""Items and their loans."""

from __future__ import annotations

from demo.macros import listed
from demo.words import ITEMS

PROPERTY_ITEM = f"""
SELECT numbered(code, 'WP', copy + 1) AS code, code AS case_code, unit_code, instant(seized) AS seized_at, instant(returned) AS returned_at,
    instant(examined_at) AS examined_at, instant(stored) AS checked_in_at,
    instant(CASE WHEN given_back THEN after(seized, whole_u(gid, 'given back', 30, 1380))
        WHEN settled IS NOT NULL THEN days_after(greatest(stored, settled), whole_u(gid, 'disposed', 3, 25)) END) AS disposed_at,
    distant AS is_remote, urgent AS is_urgent_examination, pick(gid, 'thing', {listed(ITEMS)}) AS name, '1' AS quantity,
    NULL::VARCHAR AS kind,
    NULL::VARCHAR AS category,
    NULL::VARCHAR AS keeper_code,
    NULL::BOOLEAN AS is_on_the_spot,
    NULL::TIMESTAMPTZ AS approved_at,
    NULL::BOOLEAN AS is_recorded,
    NULL::BOOLEAN AS is_list_signed,
    NULL::BOOLEAN AS is_photographed,
    NULL::TIMESTAMPTZ AS extended_at,
    NULL::TIMESTAMPTZ AS extension_told_at,
    NULL::TIMESTAMPTZ AS examination_told_at,
    NULL::TIMESTAMPTZ AS irrelevant_at,
    NULL::TIMESTAMPTZ AS owner_told_at,
    n
FROM items"""

LOAN = """
SELECT
    NULL::VARCHAR AS code, NULL::VARCHAR AS property_item_code, NULL::VARCHAR AS officer_code, NULL::TIMESTAMPTZ AS approved_at,
    NULL::TIMESTAMPTZ AS taken_at, NULL::DATE AS due_on, NULL::TIMESTAMPTZ AS returned_at, NULL::VARCHAR AS case_code, NULL::BIGINT AS n
WHERE false"""

TABLES = {"property_item": PROPERTY_ITEM, "loan": LOAN}
