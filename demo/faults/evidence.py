"""Whether what was said can be used: one interview at a time, a sign interpreter, the place, who leads it, what is said by video."""

from __future__ import annotations

from demo.faults.fault import DAYS, MINUTES, NEW, PUBLIC, STEADY, Fault, ago, among, change, drop

DONE = ("i.ended_at IS NOT NULL", ago("i.started_at", "1 DAY"))
ASKED, QUESTIONED = "i.kind = '询问'", "i.kind = '讯问'"
TWO = "i.code IN (SELECT interview_code FROM row_attendance WHERE role = '协办')"
LENGTH = "date_diff('minute', i.started_at, i.ended_at)"

# --- one interview at a time: another one of the same person is entered (`extra`: the real one and the lead of a pair of the unit that is free then). Each
# pair once; the person must be in no third interview at that time
LAW_ALONE = "公安机关办理行政案件程序规定第七十二条、公安机关办理刑事案件程序规定第二百零二条、第二百一十条"
UNTIL_LATER = "i.ended_at + INTERVAL 60 MINUTE"


def beside(low: str, high: str) -> str:
    return f"""SELECT i.n, i.case_code || '-XW91' AS subject, {low} AS low, {high} AS high, i.code || ' ' || p.lead AS extra
        FROM row_interview AS i JOIN row_case AS c ON c.n = i.n JOIN pairs AS p ON p.unit_code = c.unit_code
        WHERE {' AND '.join(DONE)} AND {STEADY} AND {LENGTH} > 12 AND i.ended_at < planned(until()) - INTERVAL 1 DAY
        AND NOT EXISTS (SELECT 1 FROM row_interview AS k WHERE k.party_code = i.party_code AND k.code <> i.code
            AND k.started_at < {UNTIL_LATER} AND i.started_at < coalesce(k.ended_at, k.started_at))
        AND NOT EXISTS (SELECT 1 FROM row_attendance AS a JOIN row_interview AS k ON k.code = a.interview_code
            WHERE a.officer_code IN (p.lead, p.second) AND k.started_at < {UNTIL_LATER} AND i.started_at < coalesce(k.ended_at, planned(until())))
        QUALIFY row_number() OVER (PARTITION BY p.lead ORDER BY hash(i.code, 'beside'), i.code) = 1"""


def copy(start: str, end: str) -> tuple[str, ...]:
    """The same interview once more, at another time, by the other pair, recorded where the real one was."""
    real = "FROM chosen JOIN row_interview AS i ON i.code = split_part(extra, ' ', 1)"
    return (
        f"INSERT INTO row_interview BY NAME SELECT i.* REPLACE (subject AS code, {start} AS started_at, {end} AS ended_at) {real}",
        f"""INSERT INTO row_attendance BY NAME SELECT a.* REPLACE (
                i.case_code || '-CJ9' || row_number() OVER (PARTITION BY i.code ORDER BY a.code) AS code, subject AS interview_code,
                CASE a.role WHEN '主办' THEN p.lead WHEN '协办' THEN p.second ELSE a.officer_code END AS officer_code)
            {real} JOIN row_attendance AS a ON a.interview_code = i.code JOIN pairs AS p ON p.lead = split_part(extra, ' ', 2)""",
        f"""INSERT INTO row_recording BY NAME SELECT r.* REPLACE (i.case_code || '-LX91' AS code, subject AS interview_code,
                {start} - INTERVAL 1 MINUTE AS started_at, {end} + INTERVAL 1 MINUTE AS ended_at)
            {real} JOIN row_recording AS r ON r.interview_code = i.code""",
    )


TWICE = (
    Fault("一人同时两场", "末尾重叠", "interview", beside("1", "10"), copy(f"i.ended_at - {MINUTES}", f"i.ended_at - {MINUTES} + INTERVAL 20 MINUTE"),
          "再登记同一人的另一场，在这一场结束前这么多分钟就开始", LAW_ALONE, "分钟"),
    Fault("一人同时两场", "落在另一场之内", "interview", beside("1", f"{LENGTH} - 6"), copy(f"i.started_at + {MINUTES}", "i.ended_at - INTERVAL 2 MINUTE"),
          "再登记同一人的另一场，在这一场开始后这么多分钟开始、先于它结束", LAW_ALONE, "分钟"),
)

# --- whoever is deaf
DEAF = "i.party_code IN (SELECT code FROM row_party WHERE is_deaf)"
NO_INTERPRETER = (drop("attendance", "interview_code = subject AND role = '翻译'"),)
DEAF_FAULTS = (
    Fault("聋哑人没有翻译", "询问", "interview", among("interview", *DONE, DEAF, ASKED), NO_INTERPRETER, "去掉手语翻译",
          "治安管理处罚法（2012）第八十六条、（2025）第一百零一条，公安机关办理行政案件程序规定第七十六条"),
    Fault("聋哑人没有翻译", "讯问", "interview", among("interview", *DONE, DEAF, QUESTIONED), NO_INTERPRETER, "去掉手语翻译", "刑事诉讼法第一百二十一条"),
)

# --- whoever is in the detention house: under arrest after having been detained, so for days
LAW_HOUSE = "刑事诉讼法第一百一十八条、公安机关办理刑事案件程序规定第一百九十八条"
HELD = among("interview", *DONE, QUESTIONED, "i.place = '看守所'", "NOT i.is_remote",
             "i.party_code IN (SELECT m.party_code FROM row_measure AS m WHERE m.kind = '逮捕' AND m.started_at <= i.started_at)")
HOUSE = tuple(
    Fault("羁押后在所外讯问", variant, "interview", HELD, (change("interview", f"place = '{place}'"),), f"把逮捕后讯问的地点改成{place}", LAW_HOUSE)
    for variant, place in (("在办案场所", "执法办案场所"), ("在其他地方", "其他"))
)

# --- whoever is not held: at the bureau, unless it is urgent, or they are ill
FREE = (*DONE, QUESTIONED, "i.place = '执法办案场所'", "NOT i.is_remote")
NEVER_HELD = "i.party_code NOT IN (SELECT m.party_code FROM row_measure AS m WHERE m.kind IN ('刑事拘留', '逮捕'))"
NOT_YET_HELD = """i.party_code IN (SELECT m.party_code FROM row_measure AS m WHERE m.kind = '刑事拘留' AND m.started_at > i.ended_at)"""
ELSEWHERE = tuple(
    Fault("办案场所以外讯问", variant, "interview", among("interview", *FREE, which), (change("interview", "place = '其他', is_qualified_place = false"),),
          "把讯问地点改成其他", "公安机关办理刑事案件程序规定第一百九十八条")
    for variant, which in (("没有拘留的人", NEVER_HELD), ("拘留之前", NOT_YET_HELD))
)

# --- who leads: an auxiliary (`extra`: the interview and who it is) is entered as the lead, the one who led as the one who writes
AUXILIARY = f"""SELECT i.n, i.case_code || '-CJ91' AS subject, 0 AS low, 0 AS high, i.code || ' ' || o.code AS extra
    FROM row_interview AS i JOIN row_case AS c ON c.n = i.n JOIN bureau_officers AS o ON o.unit_code = c.unit_code AND o.is_auxiliary
    WHERE {' AND '.join(DONE)} AND {STEADY} AND {TWO} QUALIFY row_number() OVER (PARTITION BY o.code ORDER BY hash(i.code, 'leads'), i.code) = 1"""
LED = "FROM chosen WHERE row_attendance.interview_code = split_part(extra, ' ', 1) AND row_attendance.role = '主办'"
LEADS = tuple(
    Fault("辅警主办", variant, "attendance", AUXILIARY, (
        f"""INSERT INTO row_attendance BY NAME SELECT a.* REPLACE (subject AS code, split_part(extra, ' ', 2) AS officer_code, '协办' AS role,
                {flag} AS is_auxiliary) FROM chosen JOIN row_attendance AS a ON a.interview_code = split_part(extra, ' ', 1) AND a.role = '主办'""",
        f"UPDATE row_attendance SET role = '记录' {LED}",
        change("attendance", "role = '主办'")), done, "公安机关办理行政案件程序规定第五十二条、刑事诉讼法第一百一十八条")
    for variant, flag, done in (("标明辅警", "true", "登记辅警主办，原主办改为记录"), ("没有标明辅警", "false", "登记辅警主办而不标明，原主办改为记录"))
)

# --- by video
BY_CAMERA = "interview_code = subject"
REMOTE = (*DONE, "i.is_remote", TWO, f"NOT ({QUESTIONED} AND i.n IN (SELECT n FROM row_case WHERE is_grave))")
LAW_REMOTE = "治安管理处罚法（2025）第一百条、公安机关办理行政案件程序规定第一百二十条、公安机关办理刑事案件程序规定第三百五十二条"
CUT = {"low": "5", "high": f"{LENGTH} - 1"}
VIDEO = (
    Fault("远程视频未录全", "没有录", "interview", among("interview", *REMOTE), (drop("recording", BY_CAMERA),), "去掉录音录像", LAW_REMOTE),
    Fault("远程视频未录全", "录像损毁", "interview", among("interview", *REMOTE), (change("recording", "is_damaged = true", BY_CAMERA),), "把录音录像标为损毁",
          LAW_REMOTE),
    Fault("远程视频未录全", "提前停录", "interview", among("interview", *REMOTE, **CUT),
          (change("recording", f"ended_at = row_recording.started_at + {MINUTES}", BY_CAMERA),), "开录后这么多分钟就停录", LAW_REMOTE, "分钟"),
    Fault("远程视频未录全", "开录太晚", "interview", among("interview", *REMOTE, **CUT),
          (change("recording", f"started_at = row_recording.started_at + {MINUTES}", BY_CAMERA),), "晚开录这么多分钟", LAW_REMOTE, "分钟"),
)

# --- what came of a call. The number of an incident may be that of some case too; a fault of an incident stands for itself, so it gets one that no case has
LAW_REPORTS = "公安机关办理行政案件程序规定第六十条、第六十一条"
LAW_ARRIVAL = "治安管理处罚法（2012）第一百一十六条、（2025）第一百三十九条，人民警察法第二十一条"
LAW_KIND = "刑事诉讼法第一百一十二条、公安机关办理行政案件程序规定第六十一条"


def calls(*conditions: str, low: str = "0", high: str = "0") -> str:
    """Incidents of which there has been time for everything."""
    where = " AND ".join(f"({each})" for each in (ago("i.reported_at", "12 DAY"), *conditions))
    return f"SELECT -2000000000 - i.n AS n, i.code AS subject, {low} AS low, {high} AS high FROM row_incident AS i WHERE {where}"


ENDED = ("i.case_code IS NULL", "i.handled_at IS NOT NULL")
PASSED_ON = (*ENDED, "i.outcome = '移送其他单位'", "i.kind IN ('治安', '交通', '举报')")
SETTLED = (*ENDED, "i.outcome <> '移送其他单位'", "i.arrived_at IS NOT NULL")
CAME = (*ENDED, "i.kind = '治安'", "i.outcome IN ('当场调解', '无违法事实')")
SERIOUS = (*ENDED, "i.kind = '刑事'", "i.outcome = '无违法事实'")
DISORDER = (*ENDED, "i.kind = '治安'", "i.outcome <> '求助已处理'")
ACCEPTED = ("i.outcome = '受理为案件'", "i.case_code IS NOT NULL")


def handled_after(hours: int) -> tuple[str, ...]:
    return (change("incident", f"handled_at = reported_at + INTERVAL {hours} HOUR + {MINUTES}"),)


CALLS = (
    Fault("迟延移送", "晚移送", "incident", calls(*PASSED_ON, low="1", high="2000"), handled_after(24), "报警满二十四小时后这么多分钟才移送",
          LAW_REPORTS, "分钟"),
    Fault("没有处理结果", "一直没有", "incident", calls(*SETTLED), (change("incident", "handled_at = NULL, outcome = NULL"),), "去掉处理结果", LAW_REPORTS),
    Fault("没有处理结果", "登记太晚", "incident", calls(*SETTLED, low="1", high="5000"), handled_after(72), "报警满七十二小时后这么多分钟才登记",
          LAW_REPORTS, "分钟"),
    Fault("警情降格", "刑事按求助", "incident", calls(*SERIOUS), (change("incident", "outcome = '求助已处理'"),), "把刑事警情的结果改成求助已处理", LAW_KIND),
    Fault("警情降格", "刑事按调解", "incident", calls(*SERIOUS), (change("incident", "outcome = '当场调解'"),), "把刑事警情的结果改成当场调解", LAW_KIND),
    Fault("警情降格", "治安按求助", "incident", calls(*DISORDER), (change("incident", "outcome = '求助已处理'"),), "把治安警情的结果改成求助已处理", LAW_KIND),
    Fault("受理而未受案", "没有案件", "incident", calls(*ACCEPTED), (change("incident", "case_code = NULL"),), "去掉所转案件", LAW_REPORTS),
    Fault("受理而未受案", "晚受案", "incident", calls(*ACCEPTED, low="1", high="3000"), (change("incident", f"""
              reported_at = reported_at - INTERVAL 24 HOUR - {MINUTES}, arrived_at = arrived_at - INTERVAL 24 HOUR - {MINUTES},
              dispatched_at = dispatched_at - INTERVAL 24 HOUR - {MINUTES}, handled_at = handled_at - INTERVAL 24 HOUR - {MINUTES}"""),),
          "登记受理后满二十四小时又过这么多分钟才受案", LAW_REPORTS, "分钟"),
    Fault("到场迟延", "晚到场", "incident", calls(*CAME, low="1", high="150"), (change("incident", f"""
              arrived_at = reported_at + INTERVAL 30 MINUTE + {MINUTES},
              handled_at = greatest(handled_at, reported_at + INTERVAL 45 MINUTE + {MINUTES})"""),), "报警三十分钟后又过这么多分钟才到场",
          LAW_ARRIVAL, "分钟"),
    Fault("到场迟延", "没有到场", "incident", calls(*CAME, "i.handled_at > i.reported_at + INTERVAL 30 MINUTE"),
          (change("incident", "arrived_at = NULL"),), "去掉到场时间", LAW_ARRIVAL),
)

# --- filing. In a criminal case without a suspect and without items nothing else waits for it
WAITING = ("i.kind = '刑事'", "i.is_offender_unknown", "i.filed_at IS NOT NULL", "i.n NOT IN (SELECT n FROM row_property_item)", ago("i.accepted_at", "90 DAY"))
LATER = ("i.outcome = '不予处罚'", PUBLIC, f"i.accepted_at >= {NEW}", "i.decided_at > i.accepted_at + INTERVAL 4 DAY")
LAW_FILED, LAW_FILED_AT_ONCE = "刑事诉讼法第一百一十二条（参数三十日，非法定）", "治安管理处罚法（2025）第九十条（参数二十四小时，非法定）"
FILED = (
    Fault("久未立案", "一直未立案", "case", among("case", *WAITING), (change("case", "filed_at = NULL"),), "去掉立案时间", LAW_FILED),
    Fault("久未立案", "晚立案", "case", among("case", *WAITING, low="45", high="80"), (change("case", f"filed_at = accepted_at + {DAYS}"),),
          "受案后这么多日才立案", LAW_FILED, "日"),
    Fault("没有立即立案", "没有立案时间", "case", among("case", *LATER, ago("i.accepted_at", "5 DAY")), (change("case", "filed_at = NULL"),), "去掉立案时间",
          LAW_FILED_AT_ONCE),
    Fault("没有立即立案", "晚立案", "case", among("case", *LATER, low="1", high="2880"),
          (change("case", f"filed_at = accepted_at + INTERVAL 24 HOUR + {MINUTES}"),), "受理满二十四小时后这么多分钟才立案", LAW_FILED_AT_ONCE, "分钟"),
)

FAULTS = (*TWICE, *DEAF_FAULTS, *HOUSE, *ELSEWHERE, *LEADS, *VIDEO, *CALLS, *FILED)
