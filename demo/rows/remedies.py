"""What comes after a penalty: detention put off, publication, administrative review, litigation, compensation."""

from __future__ import annotations

POSTPONEMENT = """
SELECT numbered(code, 'HZ', k + 1) AS code, numbered(code, 'JD', 2 * k + 1) AS decision_code, instant(asked) AS applied_at, instant(answered) AS decided_at,
    CASE WHEN answered <= until() THEN granted END AS is_granted,
    CASE WHEN secured THEN instant(paid) END AS deposit_paid_at,
    CASE WHEN secured THEN instant(after(paid, whole_u(pid, 'banked', 60, 2700))) END AS deposit_banked_at,
    CASE WHEN secured THEN instant(after(resumed, whole_u(pid, 'given back', 60, 4000))) END AS deposit_returned_at,
    instant(over) AS ended_at, code AS case_code, n
FROM (SELECT *, after(answered, whole_u(pid, 'deposit paid', 5, 60)) AS paid FROM postponed) WHERE asked <= until()"""

# penalties of adults only, and without their names; taken back within two days of the decision being set aside
DISCLOSURE = """
SELECT numbered(code, 'GK', 2 * k + second + 1) AS code, numbered(code, 'JD', 2 * k + second + 1) AS decision_code, instant(published) AS published_at,
    instant(days_after(settled, whole_u(pid, 'taken back', 1, 2))) AS withdrawn_at,
    true AS is_anonymised, code AS case_code, n
FROM (SELECT r.*, settled, at_hour(days_after(r.decided, whole_u(r.pid, 'published', 3, 18)), r.pid, 'published') AS published
    FROM rulings AS r LEFT JOIN (SELECT pid, settled FROM appeals WHERE lost) AS a ON a.pid = r.pid AND second = 0
    WHERE live IS NULL AND age >= 18 AND u(r.pid, 'disclosed') < CASE WHEN settled IS NULL THEN 0.055 ELSE 0.5 END)
WHERE published <= until()"""

# number in the case, kind, applicant, when it came, within how many days it was answered, for how many it was lengthened (in some cases; then answered in
# `longer` days), when the paper wants it done
ASKED = """
SELECT n, code, 1 AS number, CASE WHEN summary THEN '行政复议简易答复' ELSE '行政复议答复' END AS kind, k, copied AS received,
    CASE WHEN summary THEN 5 ELSE 10 END AS within, NULL::INTEGER AS within_longer, NULL::INTEGER AS due_in FROM appeals WHERE reviewed
UNION ALL SELECT n, code, 2, '复议申请转送', k, lodged, 5, NULL, NULL FROM appeals WHERE through_us
UNION ALL SELECT n, code, 3, '复议意见书', k, settled, 58, NULL, NULL FROM appeals WHERE reviewed AND u(pid, 'opinion') < 0.45
UNION ALL SELECT n, code, 4, '行政诉讼答辩', k, copied, 15, NULL, NULL FROM appeals WHERE NOT reviewed
UNION ALL SELECT n, code, 5, '行政诉讼开庭', k, at_hour(days_after(copied, whole_u(pid, 'in court', 25, 50)), pid, 'in court'), 0, NULL, NULL
    FROM appeals WHERE NOT reviewed
UNION ALL SELECT n, code, 6, '生效裁判履行', k, settled, due_in, NULL, due_in
    FROM (SELECT *, whole_u(pid, 'due in', 15, 60) AS due_in FROM appeals WHERE lost)
UNION ALL SELECT n, code, 7, '赔偿申请', 0, claimed, 58, NULL, NULL FROM claims
UNION ALL SELECT n, code, 8, '赔偿金支付申请', 0, at_hour(days_after(claimed, whole_u(n, 'to be paid', 62, 90)), n, 'to be paid'), 7, NULL, NULL
    FROM claims WHERE u(n, 'compensated') < 0.6
UNION ALL SELECT n, code, 9, '不予立案复议', 3, at_hour(days_after(refused, whole_u(n, 'reviewed', 4, 7)), n, 'reviewed'), 30, 58, NULL
    FROM cases WHERE path = '不予立案' AND has_victim AND live IS NULL AND u(n, 'rebuffed') < 0.4
UNION ALL SELECT n, code, 10, '没收保证金复议', 0, at_hour(days_after(started, whole_u(n, 'forfeited', 20, 50)), n, 'forfeited'), 7, NULL, NULL
    FROM holds WHERE k = 0 AND kind = '取保候审' AND u(16 * n + number, 'surety') >= 0.6 AND u(n, 'forfeited') < 0.15
        AND n NOT IN (SELECT n FROM people WHERE k = 0 AND is_young)
UNION ALL SELECT n, code, 11, '申诉控告', 0, at_hour(days_after(summoned, whole_u(n, 'complained', 20, 60)), n, 'complained'), 30, NULL, NULL
    FROM cases WHERE criminal AND NOT is_unknown AND live IS NULL AND u(n, 'complained') < 0.03
UNION ALL SELECT n, code, 12, '履行职责申请', 3, at_hour(days_after(accepted, whole_u(n, 'protection', 1, 20)), n, 'protection'), 58, NULL, NULL
    FROM cases WHERE public AND has_victim AND live IS NULL AND u(n, 'protection') < 0.025
UNION ALL SELECT n, code, 13, '信息公开申请', 0, at_hour(days_after(accepted, whole_u(n, 'inquired', 10, 90)), n, 'inquired'), 20, 38, NULL
    FROM cases WHERE NOT criminal AND NOT is_unknown AND live IS NULL AND u(n, 'inquired') < 0.012"""

REMEDY = f"""
WITH claims AS (SELECT n, code, at_hour(days_after(coalesce(freed, arrested), whole_u(n, 'claimed', 20, 90)), n, 'claimed') AS claimed
    FROM cases WHERE way IN ('释放', '未批准') AND live IS NULL AND u(n, 'claimed') < 0.2)
SELECT numbered(code, 'JJ', number) AS code, code AS case_code, numbered(code, 'R', k + 1) AS party_code, kind, instant(received) AS received_at,
    CASE WHEN lengthened THEN instant(at_hour(days_after(received, whole_u(rid, 'lengthened', within - 8, within - 2)), rid, 'lengthened')) END AS extended_at,
    CAST(days_after(received, due_in) AS DATE) AS due_on,
    instant(answered) AS answered_at,
    CASE WHEN kind = '行政诉讼开庭' AND answered <= until() THEN attended END AS is_leader_present,
    CASE WHEN kind = '行政诉讼开庭' AND answered <= until() THEN NOT attended END AS is_absence_explained,
    n
FROM (SELECT *, 16 * n + number AS rid, within_longer IS NOT NULL AND u(rid, 'longer') < 0.2 AS lengthened, u(rid, 'attended') < 0.7 AS attended,
        CASE WHEN within = 0 THEN after(received, whole_u(rid, 'sat', 60, 150)) WHEN lengthened THEN
            at_hour(days_after(received, whole_u(rid, 'answered', within + 3, within_longer)), rid, 'answered')
            WHEN u(rid, 'last day') < 0.06 THEN at_hour(days_after(received, within), rid, 'answered')
            ELSE at_hour(days_after(received, whole_u(rid, 'answered', 1, greatest(1, within - 1))), rid, 'answered') END AS answered
    FROM ({ASKED}))
WHERE received <= until()"""

TABLES = {"postponement": POSTPONEMENT, "disclosure": DISCLOSURE, "remedy": REMEDY}
