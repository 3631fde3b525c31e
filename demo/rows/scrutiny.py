"""Legal reviews, recusals, documents of the procuratorate."""

from __future__ import annotations

# every penalty after a hearing and a part of the others, every request for an arrest and every case that is sent on has passed the legal reviewer of the
# unit before; some were sent back once (`round` 0) and passed when they came again (1). Whoever reviews for the first time is qualified
REVIEW = """
WITH reviewers AS (SELECT unit_code, min(code) AS reviewer FROM bureau_officers WHERE post = '法制员' GROUP BY unit_code),
asked_for AS (
    SELECT r.n, r.code, r.unit_code, r.k, 1 + 2 * r.k AS number, '行政处罚决定' AS kind, after(r.decided, -whole_u(r.pid, 'passed', 20, 300)) AS passed,
        700 AS longest
    FROM rulings AS r LEFT JOIN hearings AS h ON h.pid = r.pid AND h.held_at < r.decided
    WHERE second = 0 AND NOT simple AND (h.pid IS NOT NULL OR u(r.pid, 'reviewed') < 0.3)
    UNION ALL SELECT n, code, unit_code, 0, 7, '提请批准逮捕', after(asked, -whole_u(n, 'arrest passed', 20, 120)), 200 FROM cases WHERE asks
    UNION ALL SELECT n, code, unit_code, NULL, 9, '移送审查起诉', after(sent, -whole_u(n, 'sending passed', 60, 2000)), 3000
    FROM cases WHERE sent IS NOT NULL),
rounds AS (
    SELECT *, 16 * n + number AS id, whole_u(2 * id + round, 'review', 30, longest) AS lasts, u(reviewer, 'new') < 0.3 AS is_new,
        CASE round WHEN 1 THEN passed ELSE after(passed, -whole_u(2 * id + 1, 'review', 30, longest) - whole_u(id, 'mended', 30, 120)) END AS ended
    FROM asked_for JOIN reviewers USING (unit_code), range(2) AS t(round))
SELECT numbered(code, 'SH', number + round) AS code, code AS case_code, CASE WHEN k IS NOT NULL THEN numbered(code, 'R', k + 1) END AS party_code, kind,
    CASE WHEN ended <= until() THEN reviewer END AS officer_code, instant(after(ended, -lasts)) AS requested_at, instant(ended) AS finished_at,
    CASE WHEN ended <= until() THEN CASE round WHEN 0 THEN '退回' ELSE '通过' END END AS result,
    CASE WHEN ended <= until() THEN is_new END AS is_new_reviewer,
    CASE WHEN ended <= until() THEN is_new OR u(reviewer, 'qualified') < 0.5 END AS is_qualified, n
FROM rounds WHERE (round = 1 OR u(id, 'sent back') < 0.08) AND after(ended, -lasts) <= until()"""

# somebody wants the second officer of a case off it, after the first interview and before the case is decided; it is answered within two days. Whoever
# is taken off it attends nothing in it from then on
RECUSAL = """
SELECT numbered(code, 'HB', 1) AS code, code AS case_code, second AS officer_code, instant(applied) AS applied_at, instant(answered) AS decided_at,
    CASE WHEN answered <= until() THEN u(n, 'off the case') < 0.4 AND latest < answered END AS is_granted, n
FROM (SELECT n, c.code, p.second, t.latest, after(t.earliest, whole_u(n, 'recusal asked', 20, 900)) AS applied,
        after(applied, whole_u(n, 'recusal answered', 30, CASE WHEN u(n, 'slow') < 0.4 THEN 2800 ELSE 500 END)) AS answered,
        coalesce(decided, mediated, dropped, converted, sent, until()) AS over
    FROM cases AS c JOIN pairs AS p USING (unit_code, crew)
    JOIN (SELECT n, min(ended) AS earliest, max(started) AS latest FROM roster GROUP BY n) AS t USING (n)
    WHERE live IS NULL AND u(n, 'recusal') < 0.04)
WHERE applied <= until() AND answered < over"""

# warrants and refusals come hours before they are carried out, and the receipt goes back within three days; a case is sent back for more investigation
# twice at the most, a month each; what the procuratorate asks, tells or suggests is answered in time
PROSECUTOR_DOCUMENT = """
WITH answers AS (
    SELECT n, code, 0 AS k, 1 AS measure, 1 AS number, CASE way WHEN '逮捕' THEN '批准逮捕' ELSE '不批准逮捕' END AS kind,
        after(carried_out, -whole_u(n, 'brought', 20, 280)) AS received, NULL::DATE AS due, after(carried_out, whole_u(n, 'receipt', 60, 4200)) AS answered
    FROM (SELECT *, coalesce(arrested, freed) AS carried_out FROM cases WHERE asks)),
suggestions AS (
    SELECT n, code, 0, 2, 2, '羁押必要性建议', days_after(arrested, whole_u(n, 'suggested', 5, 12)) AS received, NULL,
        days_after(received, whole_u(n, 'suggestion answered', 2, 9))
    FROM cases WHERE arrested IS NOT NULL AND live IS NULL AND u(n, 'suggestion') < 0.15),
back AS (
    SELECT n, code, NULL, NULL, 3, '退回补充侦查', days_after(sent, whole_u(n, 'sent back', 15, 40)) AS received, NULL,
        days_after(received, whole_u(n, 'more', 8, 27)) AS answered
    FROM cases WHERE sent IS NOT NULL AND u(n, 'prosecuted') < 0.25),
back_again AS (
    SELECT n, code, NULL, NULL, 4, '退回补充侦查', days_after(first, whole_u(n, 'again sent back', 10, 30)) AS received, NULL,
        days_after(received, whole_u(n, 'more again', 8, 27))
    FROM (SELECT n, code, answered AS first FROM back) WHERE u(n, 'again') < 0.5),
dropped_charges AS (
    SELECT n, code, 0, CASE WHEN arrested IS NOT NULL THEN 2 END, 5, '不起诉', days_after(sent, whole_u(n, 'not charged', 20, 55)) AS received, NULL,
        after(received, whole_u(n, 'not charged answered', 30, 1400))
    FROM cases WHERE sent IS NOT NULL AND u(n, 'prosecuted') BETWEEN 0.25 AND 0.5),
questions AS (
    SELECT n, code, NULL, NULL, 6, '要求说明不立案理由', days_after(decided, whole_u(n, 'asked why', 5, 40)) AS received, NULL,
        after(received, whole_u(n, 'told why', 1000, 9500)) AS answered
    FROM cases WHERE public AND path = '处罚' AND NOT simple AND live IS NULL AND u(n, 'why') < 0.06),
orders AS (
    SELECT n, code, NULL, NULL, 7, '通知立案', days_after(first, whole_u(n, 'ordered', 8, 20)) AS received, NULL,
        after(received, whole_u(n, 'order met', 2000, 20000))
    FROM (SELECT n, code, answered AS first FROM questions) WHERE u(n, 'order') < 0.7),
corrections AS (
    SELECT n, code, NULL, NULL, 8, '纠正违法通知', days_after(filed, whole_u(n, 'corrected', 5, 60)) AS received,
        CAST(received AS DATE) + pick(n, 'time to answer', [10, 15, 30]) AS due,
        days_after(received, whole_u(n, 'corrected in', 1, due - CAST(received AS DATE)))
    FROM cases WHERE criminal AND live IS NULL AND u(n, 'wrong') < 0.06)
SELECT numbered(code, 'JW', number) AS code, code AS case_code, CASE WHEN k IS NOT NULL THEN numbered(code, 'R', k + 1) END AS party_code,
    CASE WHEN measure IS NOT NULL THEN numbered(code, 'CS', measure) END AS measure_code, kind, instant(received) AS received_at,
    CAST(due AS DATE) AS due_on, instant(answered) AS answered_at, n
FROM (FROM answers UNION ALL FROM suggestions UNION ALL FROM back UNION ALL FROM back_again UNION ALL FROM dropped_charges UNION ALL FROM questions
    UNION ALL FROM orders UNION ALL FROM corrections) WHERE received <= until()"""

TABLES = {"review": REVIEW, "recusal": RECUSAL, "prosecutor_document": PROSECUTOR_DOCUMENT}
