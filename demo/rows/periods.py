"""What stops, lengthens and precedes: suspensions, extensions, notifications, hearings."""

from __future__ import annotations

from demo.macros import listed
from demo.words import EXTENSION_REASONS

# told before a penalty (numbers 1–3), of the right to a hearing (4–6), of its time (7–9); families: of measures (11–19), of summons (21–23)
NOTIFICATION = """
SELECT numbered(code, 'GZ', number) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code,
    CASE WHEN measure IS NOT NULL THEN numbered(code, 'CS', measure) END AS measure_code, kind, instant(told) AS notified_at, n
FROM (
    SELECT n, code, k, 1 + k AS number, NULL AS measure, '处罚前告知' AS kind,
        coalesce(told, announced, after(decided, -CASE WHEN live IS NULL AND NOT fast THEN whole_u(pid, 'told', 240, 2000) ELSE whole_u(pid, 'told', 60,
        200) END)) AS told
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

TABLES = {"notification": NOTIFICATION, "hearing": HEARING, "suspension": SUSPENSION, "extension": EXTENSION}
