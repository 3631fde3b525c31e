"""Interviews, who attends them, what is recorded."""

from __future__ import annotations

from demo.macros import listed
from demo.words import GIVEN_MEN, GIVEN_WOMEN, SURNAMES

RELATIVE = f"pick(8 * n + slot, 'relative', {listed(SURNAMES)}) || pick(8 * n + slot, 'relative given', {listed(GIVEN_WOMEN)})"

TRANSLATOR = f"pick(8 * n + slot, 'translator', {listed(SURNAMES)}) || pick(8 * n + slot, 'translator given', {listed(GIVEN_MEN)})"

# every pair has a room of its own for the one and the other kind; the signed record of an interview by video comes back within days
INTERVIEW = """
SELECT numbered(code, 'XW', slot + 1) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, place,
    instant(started) AS started_at, instant(ended) AS ended_at, remote AS is_remote, qualified AS is_qualified_place, false AS is_guardian_absence_noted,
    CASE WHEN place = '执法办案场所' THEN unit_code || '-' || kind || '室' || (crew + 1) END AS room,
    true AS is_rights_told,
    CASE WHEN ended <= until() THEN true END AS is_signed,
    sex = '女' AND (born + INTERVAL 18 YEAR > started OR u(8 * n + slot, 'woman') < 0.3) AS is_woman_present,
    remote AS is_identity_checked,
    CASE WHEN remote THEN instant(after(ended, whole_u(8 * n + slot, 'returned', 60, 8500))) END AS returned_at,
    slot IN (8, 9) AS is_repeat_explained,
    n
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

# recorded is whatever takes place where there are cameras, and what children say who suffered or saw violence; a recording that runs on while the
# interview is over ends no later than now
RECORDING = """
SELECT numbered(code, 'LX', slot + 1) AS code, numbered(code, 'XW', slot + 1) AS interview_code,
    instant(after(started, -whole_u(8 * n + slot, 'camera on', 1, 4))) AS started_at,
    CASE WHEN ended <= until() THEN instant(least(after(ended, whole_u(8 * n + slot, 'camera off', 1, 5)), until())) END AS ended_at, false AS is_damaged,
    code AS case_code, n
FROM roster WHERE place IN ('执法办案场所', '看守所') OR is_protected"""

TABLES = {"interview": INTERVIEW, "attendance": ATTENDANCE, "recording": RECORDING}
