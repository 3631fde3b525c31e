"""Units, officers, calls, cases and the people in them."""

from __future__ import annotations

from demo.incidents import PLACE, TEXT
from demo.macros import listed
from demo.words import CONVERSION_REASONS, DOWNGRADE_REASONS, FOREIGN_NAMES, GIVEN_MEN, GIVEN_WOMEN, ROADS, SUMMARIES, SURNAMES

SUMMARY = "CASE offence " + " ".join(f"WHEN '{offence}' THEN '{text}'" for offence, text in SUMMARIES.items()) + " ELSE '' END"

NAME = f"""CASE WHEN is_foreign THEN pick(pid, 'name', {listed(FOREIGN_NAMES)})
    ELSE pick(pid, 'surname', {listed(SURNAMES)}) || pick(pid, 'given', CASE sex WHEN '男' THEN {listed(GIVEN_MEN)} ELSE {listed(GIVEN_WOMEN)} END) END"""

UNIT = "SELECT code, name, kind, parent_code FROM bureau_units"

OFFICER = "SELECT code, unit_code, is_auxiliary FROM bureau_officers"

# a call is passed on within minutes; of what is settled at home, where somebody was hurt, there is a written warning
INCIDENT = f"""
SELECT i.code, i.unit_code, p.lead AS officer_code, CASE WHEN handled <= until() THEN case_code END AS case_code, kind,
    instant(reported) AS reported_at, instant(arrived_there) AS arrived_at, instant(handled) AS handled_at,
    CASE WHEN handled <= until() THEN outcome END AS outcome,
    {PLACE} AS place, {TEXT} AS content,
    pick(m, 'caller', {listed(SURNAMES)}) || pick(m, 'caller given', {listed(GIVEN_MEN + GIVEN_WOMEN)}) AS reporter_name, phone(m) AS reporter_phone,
    instant(after(reported, greatest(1, least(whole_u(m, 'dispatched', 1, 8), date_diff('minute', reported, arrived_there) - 1)))) AS dispatched_at,
    at_home AS is_domestic_violence,
    CASE WHEN at_home AND outcome = '当场调解' THEN instant(after(handled, -whole_u(m, 'warned', 1, 4))) END AS warned_at,
    m AS n
FROM (SELECT *, kind = '纠纷' AND u(m, 'at home') < 0.08 OR case_code IS NOT NULL AND kind = '治安' AND u(m, 'at home') < 0.04 AS at_home
    FROM incidents) AS i LEFT JOIN pairs AS p USING (unit_code, crew)"""

# whoever reported it or was hurt complains. What was done is mostly reported on that day; where a suspect is so young that an earlier day would matter, always
COMPLAINT = "(from_incident OR has_victim)"
LONG_AGO = """CASE WHEN u(n, 'long ago') < 0.8 OR category = '交通' OR n IN (SELECT n FROM people WHERE age < 16) THEN 0
        ELSE CAST(floor(pow(u(n, 'how long ago'), 3) * CASE WHEN criminal THEN 900 WHEN public THEN 170 ELSE 600 END) AS INTEGER) END"""

CASE = f"""
SELECT code, CASE WHEN criminal OR converted <= until() THEN '刑事' ELSE '行政' END AS kind,
    CASE WHEN converted <= until() THEN NULL ELSE category END AS category,
    offence, unit_code, instant(accepted) AS accepted_at, instant(filed) AS filed_at, instant(failed_at) AS mediation_failed_at,
    instant(coalesce(decided, mediated)) AS decided_at, instant(coalesce(dropped, sent)) AS ended_without_decision_at,
    instant(CASE WHEN path = '处罚' THEN days_after(decided, CASE WHEN simple THEN whole_u(n, 'closed', 1, 3) ELSE whole_u(n, 'closed', 23, 34) END)
        ELSE days_after(coalesce(decided, mediated, dropped, sent, refused), whole_u(n, 'closed', 1, 6)) END) AS closed_at,
    CASE WHEN coalesce(decided, mediated, dropped, sent, refused) <= until() THEN CASE WHEN converted IS NULL THEN path ELSE '移送' END END AS outcome,
    is_unknown AS is_offender_unknown, deadly AS is_grave,
    {SUMMARY} AS summary, CASE WHEN converted <= until() THEN '行政' WHEN downgraded IS NOT NULL THEN '刑事' END AS was_kind,
    CASE WHEN converted <= until() THEN category END AS was_category,
    instant(coalesce(converted, downgraded)) AS converted_at,
    instant(refused) AS refused_at,
    CASE WHEN handed_over THEN instant(accepted) END AS transferred_in_at,
    CAST(reported AS DATE) - {LONG_AGO} AS violated_on,
    CASE WHEN criminal OR converted <= until() THEN NULL WHEN simple THEN '简易程序' WHEN fast THEN '快速办理' ELSE '普通程序' END AS procedure,
    {COMPLAINT} AS has_complainant,
    CASE WHEN fast THEN true END AS is_fast_agreed,
    CASE WHEN {COMPLAINT} THEN instant(after(accepted, CASE WHEN u(n, 'to the minute') < 0.02 THEN 1440 ELSE whole_u(n, 'receipt', 3, 900) END)) END
        AS receipt_given_at,
    CASE WHEN {COMPLAINT} THEN instant(after(refused, whole_u(n, 'refusal served', 60, 4200))) END AS refusal_served_at,
    CASE path WHEN '撤销案件' THEN instant(after(dropped, whole_u(n, 'end told', 30, 4200))) END AS end_told_at,
    instant(after(sent, whole_u(n, 'transfer told', 5, 1300))) AS transfer_told_at,
    n
FROM cases"""

CONVERSION = f"""
SELECT numbered(code, 'ZH', 1) AS code, code AS case_code, '行政' AS from_kind, '刑事' AS to_kind, instant(converted) AS converted_at,
    pick(n, 'turned', {listed(CONVERSION_REASONS)}) AS reason, true AS is_approved, n
FROM cases WHERE converted <= until()
UNION ALL SELECT numbered(code, 'ZH', 1), code, '刑事', '行政', instant(downgraded), pick(n, 'turned', {listed(DOWNGRADE_REASONS)}), true, n
FROM cases WHERE downgraded IS NOT NULL"""

PARTY = f"""
SELECT numbered(code, 'R', k + 1) AS code, code AS case_code,
    CASE WHEN k = 3 THEN '被侵害人' WHEN k = 4 THEN '证人' WHEN criminal OR converted <= until() THEN '犯罪嫌疑人' ELSE '违法嫌疑人' END AS role,
    {NAME} AS name, born AS born_on, is_young AS is_juvenile, sex, is_foreign, is_deaf, false AS is_blind, false AS is_pregnant, is_nursing,
    false AS is_seriously_ill, false AS is_mentally_ill, is_deputy,
    CASE WHEN is_foreign THEN '护照' ELSE '居民身份证' END AS id_kind,
    CASE WHEN is_foreign THEN 'E' || lpad(CAST(whole_u(pid, 'passport', 0, 9999999) AS VARCHAR), 8, '0') ELSE digits || id_check(digits) END AS id_number,
    phone(pid) AS phone, pick(pid, 'road', {listed(ROADS)}) || whole_u(pid, 'house', 1, 280) || '号' AS address,
    CASE WHEN k < 3 AND converted <= until() THEN '违法嫌疑人' END AS was_role, CASE WHEN k < 3 THEN instant(converted) END AS converted_at,
    coalesce(k < 3 AND category = '治安' AND age BETWEEN 22 AND 60 AND u(pid, 'official') < 0.04, false) AS is_official,
    is_foreign_tongue,
    is_protected AS is_protected_minor,
    CASE WHEN first_held IS NOT NULL THEN u(pid, 'defender') < 0.35 END AS has_defender,
    CASE WHEN (age < 18 OR is_deaf OR deadly) AND u(pid, 'defender') >= 0.35 THEN instant(after(first_held, whole_u(pid, 'aid', 60, 2700))) END AS aid_asked_at,
    n
FROM (SELECT *, id_number(pid, born, sex) AS digits FROM people)
LEFT JOIN (SELECT n, k, min(started) AS first_held FROM holds WHERE kind <> '行政拘留' GROUP BY ALL) USING (n, k)
LEFT JOIN (SELECT n, deadly FROM cases) USING (n)"""

TABLES = {"unit": UNIT, "officer": OFFICER, "incident": INCIDENT, "case": CASE, "conversion": CONVERSION, "party": PARTY}
