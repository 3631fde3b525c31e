"""Lawful histories of cases: what happens in each and when, before it is written down as facts. SQL over the units that handle cases.

Everything here, in `presence.py` and in `outcomes.py` keeps to the law by its own reading of it (the strictest one where there are several), and looks
up nothing in the rule files. A history runs on beyond the end of the city's time; `rows.py` shows only what has happened by then. Columns used
everywhere: `n` number of the case in the city, `k` number of the person in the case (0–2 suspects, 3 victim, 4 witness), `pid` = 8 n + k. Times are
local, lengths are minutes unless they say days. In a SELECT of DuckDB a column may use the ones named before it: each list reads from top to bottom.
"""

from __future__ import annotations

from demo.macros import listed
from demo.words import OFFENCES


def one_of(kind: str) -> str:
    return f"pick(n, 'offence', {listed(OFFENCES[kind])})"


# what is drawn at once; `live`: cases made to be in the middle of something at the end of the history
DRAWN = f"""
SELECT *,
    CASE WHEN NOT is_live THEN NULL
        WHEN n = first AND criminal_share < 0.5 AND NOT is_traffic THEN '正在询问'
        WHEN n = first + 1 AND criminal_share < 0.5 AND NOT is_traffic THEN '今日决定'
        WHEN n = first + 2 AND criminal_share > 0 THEN '刚刚拘留' END AS live,
    CASE WHEN live IS NOT NULL THEN live = '刚刚拘留' ELSE u(n, 'kind') < criminal_share END AS criminal,
    CASE WHEN criminal THEN NULL WHEN is_traffic THEN '交通' WHEN live IS NOT NULL OR u(n, 'category') < 0.80 THEN '治安'
        WHEN u(n, 'category') < 0.86 THEN '交通' WHEN u(n, 'category') < 0.90 THEN '出入境' ELSE '其他' END AS category,
    coalesce(category = '治安', false) AS public,
    CASE WHEN criminal THEN u(n, 'victim') < 0.9 ELSE public AND u(n, 'victim') < 0.7 END AS has_victim,
    CASE WHEN criminal THEN CASE WHEN has_victim THEN {one_of('刑事有被害人')} ELSE {one_of('刑事无被害人')} END
        WHEN public THEN CASE WHEN has_victim THEN {one_of('治安有被侵害人')} ELSE {one_of('治安无被侵害人')} END
        WHEN category = '交通' THEN {one_of('交通')} WHEN category = '出入境' THEN {one_of('出入境')} ELSE {one_of('其他')} END AS drawn_offence,
    criminal AND live IS NULL AND drawn_offence = '故意伤害' AND u(n, 'deadly') < 0.25 AS deadly,
    CASE WHEN deadly THEN '故意杀人' ELSE drawn_offence END AS offence
FROM (SELECT unnest(range(first, first + cases)) AS n, * FROM handling)"""

# when it was reported and accepted; handed_over: by an authority that is not the police
REPORTED = """
SELECT *,
    live IS NULL AND offence IN ('盗窃', '诈骗') AND u(n, 'unknown') < 0.35 AS is_unknown,
    criminal AND live IS NULL AND NOT is_unknown AND offence IN ('诈骗', '开设赌场') AND u(n, 'handed over') < 0.25 AS handed_over,
    u(n, 'incident') < 0.92 AND NOT handed_over AS from_incident,
    CASE live WHEN '正在询问' THEN after(until(), -between_u(n, 'live', 100, 450)) WHEN '今日决定' THEN days_after(until(), -11)
        WHEN '刚刚拘留' THEN after(until(), -60 * between_u(n, 'live', 15, 60)) END AS live_since,
    CASE WHEN live IS NOT NULL THEN after(live_since, -40)
        ELSE moment(n, CASE WHEN public THEN '治安' WHEN category = '交通' THEN '交通' ELSE '日间' END) END AS reported,
    CASE WHEN live IS NOT NULL THEN live_since WHEN from_incident THEN after(reported, whole_u(n, 'taken', 30, 200)) ELSE reported END AS accepted
FROM drawn"""

# the number of the case, who handles it (`crew`: a pair of the unit), and `place`: its place among the public-order cases of the unit
ACCEPTED = """
SELECT *,
    'A' || unit_code || strftime(accepted, '%Y%m')
        || lpad(CAST(row_number() OVER (PARTITION BY unit_code, date_trunc('month', accepted) ORDER BY accepted, n) AS VARCHAR), 4, '0') AS code,
    row_number() OVER (PARTITION BY unit_code, public ORDER BY accepted, n) AS place,
    CASE WHEN live IS NOT NULL THEN 0 ELSE row_number() OVER (PARTITION BY unit_code ORDER BY accepted, n) % mains END AS crew
FROM reported WHERE accepted <= until()"""

# how the case goes. Outcomes of public-order cases are dealt out evenly in each unit, so that by chance no unit stands out among its peers.
# simple: penalty on the spot; grave: a penalty that needs the right to a hearing; of the regular ones some are examined, extended, or mediated in vain,
# and some of the plain ones decided fast, with the consent of the one suspect. A criminal case may not be filed at all, or be withdrawn
COURSE = """
SELECT *,
    CASE WHEN public THEN (place * 0.6180339887498949 + u(unit_code, 'deal')) % 1 ELSE u(n, 'draw') END AS draw,
    CASE WHEN is_unknown THEN NULL WHEN criminal AND (live IS NOT NULL OR deadly) THEN '移送'
        WHEN criminal THEN CASE WHEN u(n, 'ends') < CASE WHEN handed_over THEN 0.45 ELSE 0.06 END THEN '不予立案'
            WHEN u(n, 'ends') > 0.93 THEN '撤销案件' ELSE '移送' END
        WHEN live IS NOT NULL THEN '处罚'
        WHEN NOT public THEN CASE WHEN draw < 0.9 THEN '处罚' WHEN draw < 0.96 THEN '不予处罚' ELSE '终止调查' END
        WHEN draw < 0.62 OR draw BETWEEN 0.76 AND 0.96 AND NOT has_victim THEN '处罚' WHEN draw < 0.72 THEN '不予处罚'
        WHEN draw < 0.76 THEN '终止调查' WHEN draw < 0.96 THEN '调解结案' ELSE '转为刑事' END AS path,
    CASE WHEN is_unknown OR path = '不予立案' THEN 0 WHEN live IS NOT NULL OR path = '撤销案件' OR u(n, 'suspects') < 0.86 THEN 1
        WHEN u(n, 'suspects') < 0.95 THEN 2 ELSE 3 END AS suspects,
    coalesce(public AND path = '处罚' AND live IS NULL, false) AS punished,
    punished AND offence NOT IN ('赌博', '吸毒') AND u(n, 'simple') < 0.1 AS simple,
    punished AND NOT simple AND u(n, 'grave') < 0.15 AS grave,
    coalesce(public AND path IN ('处罚', '不予处罚') AND NOT simple AND NOT grave AND live IS NULL, false) AS is_regular,
    is_regular AND u(n, 'side') < 0.07 AS examined,
    is_regular AND u(n, 'side') BETWEEN 0.07 AND 0.15 AS extended,
    is_regular AND has_victim AND u(n, 'side') BETWEEN 0.15 AND 0.26 AS failed,
    is_regular AND u(n, 'side') > 0.26 AND suspects = 1 AND u(n, 'fast') < 0.16 AS fast
FROM accepted"""

# the steps up to the summons; in a criminal case nobody is summoned before it is filed. A few cases were criminal at first and, before they were filed and
# anybody was summoned, found to be no crime
SUMMONED = """
SELECT *,
    live IS NOT NULL OR u(n, 'at once') < 0.55 AS at_once,
    CASE WHEN is_regular AND NOT fast AND NOT at_once AND suspects > 0 AND u(n, 'downgraded') < 0.06 AND accepted < days_after(until(), -3)
        THEN after(accepted, whole_u(n, 'downgraded at', 60, 400)) END AS downgraded,
    CASE WHEN path = '不予立案' THEN after(accepted, whole_u(n, 'refused at', 300, 4200)) END AS refused,
    after(accepted, CASE WHEN path = '不予立案' THEN NULL WHEN live IS NOT NULL THEN 10 WHEN simple THEN 5
        WHEN criminal AND at_once THEN whole_u(n, 'filed', 60, 180) WHEN criminal THEN whole_u(n, 'filed', 200, 4200)
        WHEN downgraded IS NOT NULL THEN date_diff('minute', accepted, downgraded) + whole_u(n, 'filed', 5, 200)
        ELSE whole_u(n, 'filed', 5, 600) END) AS filed,
    CASE WHEN criminal AND live IS NOT NULL THEN after(filed, 60) WHEN criminal THEN after(filed, whole_u(n, 'fetched', 30, 360))
        WHEN at_once THEN after(accepted, whole_u(n, 'fetched', 15, 45))
        ELSE at_hour(days_after(accepted, whole_u(n, 'summon day', 1, 4)), n, 'summon hour') END AS summoned,
    CAST(summoned AS DATE) AS came
FROM course"""

# administrative cases: mediation, examination, extension, hearing and the decision; 30 days (60, from 2026 also 90; where it is fast, 48 hours since the
# suspect came) are never reached
DECIDED = """
SELECT *,
    2 + CAST(floor(pow(u(n, 'wait'), 2) * 20) AS INTEGER) AS wait,
    whole_u(n, 'exam days', 5, 25) AS exam_days,
    CASE WHEN examined THEN after(accepted, whole_u(n, 'exam', 900, 2800)) END AS examined_from,
    CASE WHEN extended THEN at_hour(days_after(accepted, whole_u(n, 'granted', 20, 28)), n, 'granted') END AS granted,
    extended AND is_new(accepted) AND u(n, 'twice') < 0.25 AS twice,
    CASE WHEN twice THEN at_hour(days_after(accepted, whole_u(n, 'granted again', 50, 58)), n, 'granted again') END AS granted_again,
    CASE WHEN failed THEN at_hour(days_after(came, whole_u(n, 'failed', 3, 12)), n, 'failed') END AS failed_at,
    CASE WHEN grave THEN at_hour(days_after(came, 3), n, 'told') END AS told,
    CASE WHEN path NOT IN ('处罚', '不予处罚') OR path IS NULL THEN NULL
        WHEN live = '今日决定' THEN after(until(), -between_u(n, 'today', 120, 1140))
        WHEN simple THEN after(accepted, whole_u(n, 'spot', 20, 150))
        WHEN grave THEN at_hour(days_after(told, whole_u(n, 'wait', 15, 17)), n, 'decided')
        WHEN fast THEN greatest(at_hour(days_after(came, 1), n, 'decided'), after(filed, 60))
        WHEN failed THEN at_hour(days_after(failed_at, whole_u(n, 'wait', 3, 25)), n, 'decided')
        WHEN examined THEN at_hour(days_after(came, greatest(4, wait) + exam_days), n, 'decided')
        WHEN twice THEN at_hour(days_after(accepted, whole_u(n, 'wait', 61, 86)), n, 'decided')
        WHEN extended THEN at_hour(days_after(accepted, whole_u(n, 'wait', 31, 57)), n, 'decided')
        ELSE at_hour(days_after(came, wait), n, 'decided') END AS decided,
    CASE path WHEN '终止调查' THEN at_hour(days_after(came, whole_u(n, 'wait', 5, 24)), n, 'ended')
        WHEN '撤销案件' THEN at_hour(days_after(came, whole_u(n, 'wait', 15, 90)), n, 'ended') END AS dropped,
    CASE path WHEN '调解结案' THEN at_hour(days_after(came, whole_u(n, 'wait', 2, 20)), n, 'ended') END AS mediated,
    CASE path WHEN '转为刑事' THEN at_hour(days_after(came, whole_u(n, 'wait', 2, 8)), n, 'ended') END AS converted
FROM summoned"""

# criminal cases: the first suspect's way through detention, arrest or bail to the procuratorate. Three days after detention, seven where the case
# is special, thirty where it is a gang's, the arrest has been asked for; the procuratorate answers within seven. Two months after the arrest, three
# where that was prolonged, the case has been sent on
CASES = """
SELECT *,
    CASE WHEN NOT criminal OR is_unknown OR path = '不予立案' THEN NULL WHEN path = '撤销案件' THEN '撤案'
        WHEN live IS NOT NULL OR u(n, 'way') < 0.30 THEN '逮捕' WHEN u(n, 'way') < 0.36 THEN '未批准'
        WHEN u(n, 'way') < 0.64 THEN '取保' WHEN u(n, 'way') < 0.78 THEN '释放' ELSE '未拘留' END AS way,
    coalesce(way IN ('逮捕', '未批准', '取保', '释放'), false) AS detained,
    coalesce(way IN ('逮捕', '未批准'), false) AS asks,
    asks AND live IS NULL AND u(n, 'longer') < 0.2 AS special,
    asks AND live IS NULL AND u(n, 'longer') BETWEEN 0.2 AND 0.35 AS gang,
    CASE WHEN detained THEN after(summoned, CASE WHEN live IS NOT NULL THEN 480 ELSE whole_u(n, 'criminal stay', 180, 690) END) END AS held,
    CASE WHEN NOT asks THEN NULL
        WHEN live IS NOT NULL THEN after(held, 60 * between_u(n, 'asked', 62, 71))
        WHEN u(n, 'last day') < 0.05 THEN after((CAST(held AS DATE) + CASE WHEN gang THEN 30 WHEN special THEN 7 ELSE 3 END)::TIMESTAMP, 23 * 60 + 40)
        WHEN gang THEN after(held, 1440 * between_u(n, 'asked', 8, 29)) WHEN special THEN after(held, 1440 * between_u(n, 'asked', 3.1, 6.9))
        ELSE after(held, 60 * between_u(n, 'asked', 12, 71)) END AS asked,
    CASE way WHEN '逮捕' THEN after(asked, 1440 * between_u(n, 'arrested', 1, 6.8)) END AS arrested,
    CASE WHEN way = '未批准' THEN after(asked, 1440 * between_u(n, 'refused', 2, 6.8))
        WHEN way IN ('取保', '释放') THEN after(held, 60 * between_u(n, 'freed', 10, 71)) END AS freed,
    arrested IS NOT NULL AND live IS NULL AND u(n, 'prolonged') < 0.12 AS prolonged,
    CASE WHEN prolonged THEN days_after(arrested, whole_u(n, 'sent', 64, 84))
        WHEN arrested IS NOT NULL THEN days_after(arrested, whole_u(n, 'sent', 25, 55))
        WHEN path = '移送' THEN days_after(coalesce(freed, held, summoned), whole_u(n, 'sent', 40, 170))
        WHEN converted IS NOT NULL THEN days_after(converted, whole_u(n, 'sent', 40, 170)) END AS sent
FROM decided"""

BASES = {
    "drawn": DRAWN, "reported": REPORTED, "accepted": ACCEPTED, "course": COURSE, "summoned": SUMMONED, "decided": DECIDED, "cases": CASES,
}
PASSING = tuple(name for name in BASES if name != "cases")  # steps towards `cases`, of no use later
