"""From histories to rows: one query a fact table, with exactly the columns of the vocabulary, and after them what only the platform keeps.

Only what has happened by the end of the history is there: times that lie ahead are empty, rows whose beginning lies ahead are absent. Columns beyond the
vocabulary: those of the platform's models (names of columns as in its files), `n` (number of the case), and `was_…`: what a column held before the act
that changed it. Times are instants (TIMESTAMPTZ).
"""

from __future__ import annotations

from demo.incidents import PLACE, TEXT
from demo.macros import listed
from demo.words import (
    CONVERSION_REASONS,
    EXTENSION_REASONS,
    FOREIGN_NAMES,
    GIVEN_MEN,
    GIVEN_WOMEN,
    ITEMS,
    ROADS,
    SUMMARIES,
    SURNAMES,
)

SUMMARY = "CASE offence " + " ".join(f"WHEN '{offence}' THEN '{text}'" for offence, text in SUMMARIES.items()) + " ELSE '' END"
NAME = f"""CASE WHEN is_foreign THEN pick(pid, 'name', {listed(FOREIGN_NAMES)})
    ELSE pick(pid, 'surname', {listed(SURNAMES)}) || pick(pid, 'given', CASE sex WHEN '男' THEN {listed(GIVEN_MEN)} ELSE {listed(GIVEN_WOMEN)} END) END"""
RELATIVE = f"pick(8 * n + slot, 'relative', {listed(SURNAMES)}) || pick(8 * n + slot, 'relative given', {listed(GIVEN_WOMEN)})"
TRANSLATOR = f"pick(8 * n + slot, 'translator', {listed(SURNAMES)}) || pick(8 * n + slot, 'translator given', {listed(GIVEN_MEN)})"

UNIT = "SELECT code, name, kind, parent_code FROM bureau_units"
OFFICER = "SELECT code, unit_code, is_auxiliary FROM bureau_officers"

INCIDENT = f"""
SELECT i.code, i.unit_code, p.lead AS officer_code, CASE WHEN handled <= until() THEN case_code END AS case_code, kind,
    instant(reported) AS reported_at, instant(arrived_there) AS arrived_at, instant(handled) AS handled_at,
    CASE WHEN handled <= until() THEN outcome END AS outcome,
    {PLACE} AS place, {TEXT} AS content,
    pick(m, 'caller', {listed(SURNAMES)}) || pick(m, 'caller given', {listed(GIVEN_MEN + GIVEN_WOMEN)}) AS reporter_name, phone(m) AS reporter_phone, m AS n
FROM incidents AS i LEFT JOIN pairs AS p USING (unit_code, crew)"""

CASE = f"""
SELECT code, CASE WHEN criminal OR converted <= until() THEN '刑事' ELSE '行政' END AS kind,
    CASE WHEN converted <= until() THEN NULL ELSE category END AS category,
    offence, unit_code, instant(accepted) AS accepted_at, instant(filed) AS filed_at, instant(failed_at) AS mediation_failed_at,
    instant(coalesce(decided, mediated)) AS decided_at, instant(coalesce(dropped, sent)) AS ended_without_decision_at,
    instant(CASE WHEN path = '处罚' THEN days_after(decided, CASE WHEN simple THEN whole_u(n, 'closed', 1, 3) ELSE whole_u(n, 'closed', 23, 34) END)
        ELSE days_after(coalesce(decided, mediated, dropped, sent), whole_u(n, 'closed', 1, 6)) END) AS closed_at,
    CASE WHEN coalesce(decided, mediated, dropped, sent) <= until() THEN CASE WHEN converted IS NULL THEN path ELSE '移送' END END AS outcome,
    is_unknown AS is_offender_unknown, deadly AS is_grave,
    {SUMMARY} AS summary, CASE WHEN converted <= until() THEN '行政' END AS was_kind, CASE WHEN converted <= until() THEN category END AS was_category,
    instant(converted) AS converted_at, n
FROM cases"""

CONVERSION = f"""
SELECT numbered(code, 'ZH', 1) AS code, code AS case_code, '行政' AS from_kind, '刑事' AS to_kind, instant(converted) AS converted_at,
    pick(n, 'turned', {listed(CONVERSION_REASONS)}) AS reason, n
FROM cases WHERE converted <= until()"""

PARTY = f"""
SELECT numbered(code, 'R', k + 1) AS code, code AS case_code,
    CASE WHEN k = 3 THEN '被侵害人' WHEN k = 4 THEN '证人' WHEN criminal OR converted <= until() THEN '犯罪嫌疑人' ELSE '违法嫌疑人' END AS role,
    {NAME} AS name, born AS born_on, is_young AS is_juvenile, sex, is_foreign, is_deaf, false AS is_blind, false AS is_pregnant, is_nursing,
    false AS is_seriously_ill, false AS is_mentally_ill, false AS is_deputy,
    CASE WHEN is_foreign THEN '护照' ELSE '居民身份证' END AS id_kind,
    CASE WHEN is_foreign THEN 'E' || lpad(CAST(whole_u(pid, 'passport', 0, 9999999) AS VARCHAR), 8, '0') ELSE digits || id_check(digits) END AS id_number,
    phone(pid) AS phone, pick(pid, 'road', {listed(ROADS)}) || whole_u(pid, 'house', 1, 280) || '号' AS address,
    CASE WHEN k < 3 AND converted <= until() THEN '违法嫌疑人' END AS was_role, CASE WHEN k < 3 THEN instant(converted) END AS converted_at, n
FROM (SELECT *, id_number(pid, born, sex) AS digits FROM people)"""

SUMMONS = """
SELECT numbered(code, 'CH', k + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code,
    CASE WHEN criminal THEN CASE WHEN at_once THEN '拘传' ELSE '刑事传唤' END ELSE '行政传唤' END AS kind,
    instant(arrived) AS arrived_at, instant(departed) AS left_at, complex AS is_complex, complex AS may_be_detained, numerous AS is_numerous,
    nameless AS is_identity_unknown, n
FROM stays WHERE arrived <= until()"""

RESTRAINT = """
SELECT numbered(code, 'YS', k + 1) AS code, numbered(code, 'CH', k + 1) AS summons_code, instant(arrived) AS started_at,
    instant(after(arrived, sober)) AS ended_at, code AS case_code, n
FROM stays WHERE sober > 0 AND arrived <= until()"""

INTERVIEW = """
SELECT numbered(code, 'XW', slot + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, place,
    instant(started) AS started_at, instant(ended) AS ended_at, remote AS is_remote, qualified AS is_qualified_place, false AS is_guardian_absence_noted, n
FROM roster"""

# seats: 0 and 1 officers, 2 somebody for a minor, 3 somebody who translates
ATTENDANCE = f"""
SELECT numbered(code, 'CJ', 4 * slot + seat + 1) AS code, numbered(code, 'XW', slot + 1) AS interview_code,
    CASE seat WHEN 0 THEN lead WHEN 1 THEN second END AS officer_code,
    CASE seat WHEN 0 THEN '主办' WHEN 1 THEN '协办' WHEN 3 THEN '翻译' ELSE CASE WHEN u(8 * n + slot, 'guardian') < 0.85 THEN '监护人' ELSE '合适成年人' END
        END AS role,
    false AS is_auxiliary, CASE seat WHEN 2 THEN {RELATIVE} WHEN 3 THEN {TRANSLATOR} END AS person_name, code AS case_code, n
FROM roster JOIN pairs USING (unit_code, crew), range(4) AS s(seat)
WHERE seat = 0 OR seat = 1 AND NOT alone OR seat = 2 AND born + INTERVAL 18 YEAR > started OR seat = 3 AND needs_translator"""

# recorded is whatever takes place where there are cameras; a recording that runs on while the interview is over ends no later than now
RECORDING = """
SELECT numbered(code, 'LX', slot + 1) AS code, numbered(code, 'XW', slot + 1) AS interview_code,
    instant(after(started, -whole_u(8 * n + slot, 'camera on', 1, 4))) AS started_at,
    CASE WHEN ended <= until() THEN instant(least(after(ended, whole_u(8 * n + slot, 'camera off', 1, 5)), until())) END AS ended_at, false AS is_damaged,
    code AS case_code, n
FROM roster WHERE place IN ('执法办案场所', '看守所')"""

MEASURE = """
SELECT numbered(code, 'CS', number) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, instant(started) AS started_at,
    instant(ended) AS ended_at, CASE WHEN kind = '取保候审' AND sent < ended THEN instant(days_after(sent, whole_u(n, 'bail again', 1, 7))) END AS redecided_at,
    instant(asked) AS arrest_requested_at, CASE WHEN kind IN ('逮捕', '取保候审', '监视居住') AND sent <= ended THEN instant(sent) END AS transferred_at,
    special AS is_extended_special, gang AS is_extended_gang, kind = '刑事拘留' AND u(n, 'unreachable') < 0.01 AS cannot_notify_family,
    false AS notice_hinders,
    instant(after(started, -whole_u(16 * n + number, 'approved', 20, 40))) AS approved_at,
    instant(after(started, -whole_u(16 * n + number, 'requested', 45, 58))) AS requested_at, n
FROM holds"""

# told before a penalty (numbers 1–3), of the right to a hearing (4–6), of its time (7–9); families: of measures (11–19), of summons (21–23)
NOTIFICATION = """
SELECT numbered(code, 'GZ', number) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code,
    CASE WHEN measure IS NOT NULL THEN numbered(code, 'CS', measure) END AS measure_code, kind, instant(told) AS notified_at, n
FROM (
    SELECT n, code, k, 1 + k AS number, NULL AS measure, '处罚前告知' AS kind,
        coalesce(told, after(decided, -CASE WHEN live IS NULL THEN whole_u(pid, 'told', 240, 2000) ELSE whole_u(pid, 'told', 60, 200) END)) AS told
    FROM rulings WHERE NOT simple AND second = 0
    UNION ALL SELECT n, code, k, 4 + k, NULL, '听证权利', after(told, 5) FROM rulings WHERE told IS NOT NULL AND second = 0
    UNION ALL SELECT n, code, k, 7 + k, NULL, '听证时间地点', arranged FROM hearings
    UNION ALL SELECT n, code, k, 10 + number, number, '拘留通知家属', after(started, whole_u(16 * n + number, 'family', 30, 1300)) FROM holds
        WHERE kind IN ('逮捕', '行政拘留') OR kind = '刑事拘留' AND u(n, 'unreachable') >= 0.01
    UNION ALL SELECT n, code, k, 21 + k, NULL, '传唤通知家属', after(arrived, whole_u(pid, 'call', 5, 50)) FROM stays)
WHERE told <= until()"""

HEARING = """
SELECT numbered(code, 'TZ', k + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, instant(applied) AS applied_at,
    instant(arranged) AS notified_at, CASE WHEN arranged <= until() THEN planned(held_at) END AS held_at, false AS is_withdrawn, n
FROM hearings WHERE applied <= until()"""

SUSPENSION = """
SELECT numbered(code, 'KC', 1) AS code, code AS case_code, '鉴定' AS kind, instant(examined_from) AS started_at,
    instant(days_after(examined_from, exam_days)) AS ended_at, n
FROM cases WHERE examined_from <= until()"""

EXTENSION = f"""
SELECT numbered(code, 'YQ', number) AS code, code AS case_code, instant(allowed) AS granted_at,
    CASE WHEN is_station THEN '所属公安机关' ELSE '上一级公安机关' END AS approver, pick(n, 'why longer', {listed(EXTENSION_REASONS)}) AS reason, n
FROM (SELECT n, code, is_station, 1 AS number, granted AS allowed FROM cases UNION ALL SELECT n, code, is_station, 2, granted_again FROM cases)
WHERE allowed <= until()"""

# announced and handed over at once (more often than not), or served within a day: no reading of two days is ever reached
DECISION = """
SELECT numbered(code, 'JD', 2 * k + second + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, decider AS unit_code,
    instant(decided) AS decided_at, CAST(fine AS DOUBLE) AS fine, CAST(days AS BIGINT) AS detention_days, CAST(merged AS BIGINT) AS merged_days,
    revokes AS revokes_licence, suspends AS suspends_business, simple AS is_on_the_spot, simple OR u(pid, 'announced') < 0.55 AS is_announced_on_the_spot, n
FROM rulings"""

SERVICE = """
SELECT numbered(code, 'SD', 4 * k + 2 * second + copy + 1) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code,
    CASE copy WHEN 0 THEN '被处罚人' ELSE '被侵害人' END AS recipient,
    CASE WHEN at_once THEN '直接' ELSE pick(2 * pid + copy, 'method', ['直接', '直接', '邮寄', '电子', '留置']) END AS method,
    instant(served) AS served_at, code AS case_code, n
FROM (SELECT *, copy = 0 AND (simple OR u(pid, 'announced') < 0.55) AS at_once,
        CASE WHEN at_once THEN decided ELSE after(decided, whole_u(4 * pid + 2 * second + copy, 'served', 30, 1400)) END AS served
    FROM rulings, range(2) AS c(copy) WHERE copy = 0 OR has_victim)
WHERE served <= until()"""

EXECUTION = """
SELECT numbered(code, 'ZX', 8 * k + 4 * second + number) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code, kind,
    instant(executed) AS executed_at, instant(completed) AS completed_at, code AS case_code, n
FROM (
    SELECT r.n, r.code, r.k, second, 1 AS number, '送拘留所执行' AS kind, started AS executed, ended AS completed
    FROM rulings AS r JOIN holds AS h ON h.n = r.n AND h.k = r.k AND h.kind = '行政拘留' WHERE days > 0
    UNION ALL SELECT n, code, k, second, 1, '不执行拘留', after(decided, 60), after(decided, 60) FROM rulings WHERE days > 0 AND not_executed
    UNION ALL SELECT n, code, k, second, 2, '缴纳罚款', paid, paid FROM (
        SELECT *, CASE WHEN simple THEN after(decided, 10) ELSE after(decided, whole_u(pid, 'paid', 60, 20000)) END AS paid FROM rulings WHERE fine IS NOT NULL)
    UNION ALL SELECT n, code, k, second, 3, '吊销许可证件', days_after(decided, 2), days_after(decided, 2) FROM rulings WHERE revokes)
WHERE executed <= until()"""

PROPERTY_ITEM = f"""
SELECT numbered(code, 'WP', copy + 1) AS code, code AS case_code, unit_code, instant(seized) AS seized_at, instant(returned) AS returned_at,
    instant(examined_at) AS examined_at, instant(stored) AS checked_in_at,
    instant(CASE WHEN given_back THEN after(seized, whole_u(gid, 'given back', 30, 1380))
        WHEN settled IS NOT NULL THEN days_after(greatest(stored, settled), whole_u(gid, 'disposed', 3, 25)) END) AS disposed_at,
    distant AS is_remote, urgent AS is_urgent_examination, pick(gid, 'thing', {listed(ITEMS)}) AS name, '1' AS quantity, n
FROM items"""

TABLES = {
    "unit": UNIT, "officer": OFFICER, "case": CASE, "incident": INCIDENT, "conversion": CONVERSION, "party": PARTY, "summons": SUMMONS, "restraint": RESTRAINT,
    "interview": INTERVIEW, "attendance": ATTENDANCE, "recording": RECORDING, "measure": MEASURE, "suspension": SUSPENSION, "extension": EXTENSION,
    "notification": NOTIFICATION, "hearing": HEARING, "decision": DECISION, "service": SERVICE, "execution": EXECUTION, "property_item": PROPERTY_ITEM,
}
