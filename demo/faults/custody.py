"""Interrogated within a day, released when the time is up, families told, nobody summoned again and again, nobody held before a case is filed."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, DAYS, HOURS, MINUTES, NEW, STEADY, Fault, ago, among, change, drop

# --- whoever is detained or arrested is interrogated within 24 hours of it; what was said before does not count
LAW_TALK = "刑事诉讼法第八十六条、第九十四条"
OF_MEASURE = "i.party_code = m.party_code AND i.kind = '讯问' AND i.started_at >= m.started_at"
AFTERWARDS = f"(SELECT i.code FROM row_interview AS i JOIN row_measure AS m ON m.code = subject AND {OF_MEASURE})"
# the only interrogation of somebody since then, by officers who are in no other one at that time (a fault planted among them would be undone)
ONE_TALK = f"""SELECT m.n, m.code AS subject, m.started_at AS since, m.ended_at AS until, i.code AS extra, i.ended_at - i.started_at AS length
    FROM row_measure AS m JOIN row_interview AS i ON {OF_MEASURE} AND i.started_at < m.started_at + INTERVAL 24 HOUR
    WHERE m.kind IN ('刑事拘留', '逮捕') AND m.ended_at > m.started_at + INTERVAL 36 HOUR AND m.started_at < planned(until()) - INTERVAL 40 DAY
    AND m.n IN (SELECT n FROM row_case WHERE was_kind IS NULL) AND NOT EXISTS (
        SELECT 1 FROM row_attendance AS a JOIN row_attendance AS b ON b.officer_code = a.officer_code AND b.interview_code <> a.interview_code
        JOIN row_interview AS j ON j.code = b.interview_code
        WHERE a.interview_code = i.code AND j.started_at < {{end}} AND {{start}} < j.ended_at)"""
THEN = ONE_TALK.format(start="i.started_at", end="i.ended_at")
# and who are in none either for the hours in which it will take place instead
LATER = ONE_TALK.format(start="i.started_at", end="m.started_at + INTERVAL 36 HOUR")
LATE = f"m.started_at + INTERVAL 24 HOUR + {MINUTES}"
MOVED = f"started_at = {LATE} + (row_{{0}}.started_at - i.started_at), ended_at = {LATE} + (row_{{0}}.ended_at - i.started_at)"
TO_LATER = tuple(
    f"""UPDATE row_{table} SET {MOVED.format(table)} FROM chosen JOIN row_measure AS m ON m.code = subject JOIN row_interview AS i ON i.code = extra
        WHERE {which}"""
    for table, which in (("recording", "row_recording.interview_code = extra"), ("interview", "row_interview.code = extra")))
TALKS = (
    Fault("羁押后未讯问", "没有讯问", "measure", f"SELECT n, subject, 0 AS low, 0 AS high, extra AS extra FROM ({THEN})",
          (drop("recording", "interview_code = extra"), drop("attendance", "interview_code = extra"), drop("interview", "code = extra")),
          "去掉羁押后二十四小时内的讯问", LAW_TALK),
    Fault("羁押后未讯问", "晚讯问", "measure", f"SELECT n, subject, 1 AS low, 600 AS high, extra AS extra FROM ({LATER})",
          TO_LATER, "满二十四小时后这么多分钟才讯问", LAW_TALK, "分钟"),
    Fault("羁押后未讯问", "登记成询问", "measure", f"SELECT n, subject, 0 AS low, 0 AS high, extra AS extra FROM ({THEN})",
          (change("interview", "kind = '询问'", "code = extra"),), "把羁押后二十四小时内的讯问改成询问", LAW_TALK),
)

# --- a suspect in a criminal case 12 hours, 24 only where the case is grave or complicated and detention is needed
LAW_SUMMONED = "刑事诉讼法第一百一十九条"
NOT_HELD = "i.party_code NOT IN (SELECT party_code FROM row_measure WHERE kind IN ('刑事拘留', '逮捕'))"
FETCHED = ("i.kind IN ('刑事传唤', '拘传')", "i.left_at IS NOT NULL", NOT_HELD, ago("i.arrived_at", "3 DAY"))
STAYED = f"left_at = arrived_at + {MINUTES}"
CRIMINAL_STAYS = (
    Fault("刑事传唤超时", "超过几分钟", "summons", among("summons", *FETCHED, low="721", high="730"), (change("summons", STAYED),),
          "把离开时间改到到案后这么多分钟", LAW_SUMMONED, "分钟"),
    Fault("刑事传唤超时", "只是复杂", "summons", among("summons", *FETCHED, low="780", high="1400"), (change("summons", f"is_complex = true, {STAYED}"),),
          "标明复杂而没有拘留、逮捕的需要，把离开时间改到到案后这么多分钟", LAW_SUMMONED, "分钟"),
    Fault("刑事传唤超时", "超过二十四小时", "summons", among("summons", *FETCHED, low="1441", high="2400"),
          (change("summons", f"is_complex = true, may_be_detained = true, {STAYED}"),), "标明复杂并且需要拘留，把离开时间改到到案后这么多分钟",
          LAW_SUMMONED, "分钟"),
    Fault("刑事传唤超时", "没有离开", "summons", among("summons", *FETCHED), (change("summons", "left_at = NULL"),), "去掉离开时间", LAW_SUMMONED),
)

# --- nobody is kept by one summons after another. How many hours must lie between is for the bureau to say: twelve
LAW_AGAIN = "公安机关办理行政案件程序规定第六十九条、刑事诉讼法第一百一十九条"
CALL, SECOND_CALL = "row_notification.kind = '传唤通知家属'", "'-GZ4' || right(extra, 1)"


def again(*conditions: str) -> str:
    """Somebody who left (summons `extra`); the code of a second summons."""
    steady = " AND ".join(f"({each})" for each in (STEADY, "i.left_at IS NOT NULL", NOT_HELD, ago("i.arrived_at", "3 DAY"), *conditions))
    return f"""SELECT i.n, i.case_code || '-CH1' || right(i.code, 1) AS subject, 5 AS low, 715 AS high, i.code AS extra FROM row_summons AS i WHERE {steady}"""


SUMMON_AGAIN = (
    f"""INSERT INTO row_notification BY NAME SELECT t.* REPLACE (t.case_code || {SECOND_CALL} AS code, s.left_at + {MINUTES} + INTERVAL 5 MINUTE AS notified_at)
        FROM chosen JOIN row_summons AS s ON s.code = extra JOIN row_notification AS t ON t.party_code = s.party_code AND t.kind = '传唤通知家属'""",
    f"""INSERT INTO row_summons BY NAME
        SELECT s.* REPLACE (subject AS code, s.left_at + {MINUTES} AS arrived_at, s.left_at + {MINUTES} + INTERVAL 2 HOUR AS left_at)
        FROM chosen JOIN row_summons AS s ON s.code = extra""",
)
AGAIN = (
    Fault("连续传唤", "行政案件", "summons", again("i.kind = '行政传唤'", "i.code NOT IN (SELECT summons_code FROM row_restraint)"), SUMMON_AGAIN,
          "离开后这么多分钟又传唤到案", LAW_AGAIN, "分钟"),
    Fault("连续传唤", "刑事案件", "summons", again("i.kind IN ('刑事传唤', '拘传')"), SUMMON_AGAIN, "离开后这么多分钟又传唤到案", LAW_AGAIN, "分钟"),
)

# --- families hear soon of a summons and of a detention as a penalty: within two hours and a day, as the bureau reads it
LAW_CALL, LAW_TOLD = "治安管理处罚法（2012）第八十三条、（2025）第九十七条", "治安管理处罚法（2012）第九十七条、（2025）第一百一十六条"
CALLED = ("i.kind = '行政传唤'", ADMINISTRATIVE, "NOT i.is_identity_unknown", ago("i.arrived_at", "3 DAY"))
OF_SUMMONED = f"{CALL} AND row_notification.party_code = (SELECT s.party_code FROM row_summons AS s WHERE s.code = subject)"
TAKEN_IN = ("i.kind = '行政拘留'", "NOT i.cannot_notify_family", ago("i.started_at", "5 DAY"))
FAMILY = "measure_code = subject AND row_notification.kind = '拘留通知家属'"
FAMILIES = (
    Fault("传唤未通知家属", "没有通知", "summons", among("summons", *CALLED), (drop("notification", OF_SUMMONED),), "去掉通知家属的登记", LAW_CALL),
    Fault("传唤未通知家属", "晚通知", "summons", among("summons", *CALLED, low="1", high="600"),
          (f"""UPDATE row_notification SET notified_at = s.arrived_at + INTERVAL 2 HOUR + {MINUTES} FROM chosen JOIN row_summons AS s ON s.code = subject
               WHERE {CALL} AND row_notification.party_code = s.party_code""",), "到案满二小时后这么多分钟才通知", LAW_CALL, "分钟"),
    Fault("行政拘留未通知家属", "没有通知", "measure", among("measure", *TAKEN_IN), (drop("notification", FAMILY),), "去掉通知家属的登记", LAW_TOLD),
    Fault("行政拘留未通知家属", "晚通知", "measure", among("measure", *TAKEN_IN, low="1", high="2000"),
          (f"""UPDATE row_notification SET notified_at = m.started_at + INTERVAL 24 HOUR + {MINUTES} FROM chosen JOIN row_measure AS m ON m.code = subject
               WHERE {FAMILY}""",), "收拘满二十四小时后这么多分钟才通知", LAW_TOLD, "分钟"),
)

# --- seven days after arrest has been asked for there is an answer: who is not arrested goes free (here on bail, `extra`, from that moment on)
LAW_ANSWER = "刑事诉讼法第九十一条、第九十九条"
SET_FREE = f"""SELECT m.n, m.code AS subject, {{low}} AS low, {{high}} AS high, b.code AS extra
    FROM row_measure AS m JOIN row_measure AS b ON b.party_code = m.party_code AND b.kind IN ('取保候审', '监视居住') AND b.started_at = m.ended_at
    WHERE m.kind = '刑事拘留' AND m.n IN (SELECT n FROM row_case WHERE was_kind IS NULL) AND m.n NOT IN (SELECT n FROM row_measure WHERE kind = '逮捕')
    AND {ago('m.started_at', '60 DAY')} AND (b.ended_at IS NULL OR {ago('b.ended_at', '25 DAY')})"""
REFUSED = f"{SET_FREE} AND m.arrest_requested_at IS NOT NULL"
FREED = f"m.arrest_requested_at + {DAYS}"
# the refusal comes as late as the release, or not at all
ANSWERED = f"""UPDATE row_prosecutor_document SET {', '.join(f'{each} = {each} + ({FREED} - m.ended_at)' for each in ('received_at', 'answered_at'))}
    FROM chosen JOIN row_measure AS m ON m.code = subject WHERE row_prosecutor_document.measure_code = m.code"""
ANSWERS = (
    Fault("提请后羁押过久", "晚释放", "measure", f"SELECT * FROM ({REFUSED.format(low=8, high=20)})",
          (ANSWERED, f"""UPDATE row_measure SET started_at = {FREED}, ended_at = row_measure.ended_at + ({FREED} - m.ended_at)
               FROM chosen JOIN row_measure AS m ON m.code = subject WHERE row_measure.code = extra""",
           change("measure", f"ended_at = arrest_requested_at + {DAYS}")), "提请批准逮捕后这么多日才释放，取保也从这时起", LAW_ANSWER, "日"),
    Fault("提请后羁押过久", "没有释放", "measure", f"SELECT * FROM ({REFUSED.format(low=0, high=0)})",
          (change("measure", "ended_at = NULL"), drop("measure", "row_measure.code = extra"), drop("prosecutor_document", "measure_code = subject")),
          "去掉释放和释放后的取保，至今在押", LAW_ANSWER),
)

# --- residential surveillance six months at the most
LAW_WATCHED = "刑事诉讼法第七十九条"
WATCHED = ("i.kind = '监视居住'", ago("i.started_at", "7 MONTH"))
WATCHES = (
    Fault("监视居住超期", "没有解除", "measure", among("measure", *WATCHED), (change("measure", "ended_at = NULL"),), "去掉解除", LAW_WATCHED),
    Fault("监视居住超期", "晚解除", "measure", among("measure", *WATCHED, low="2", high="20"),
          (change("measure", f"ended_at = started_at + INTERVAL 6 MONTH + {DAYS}"),), "满六个月后这么多日才解除", LAW_WATCHED, "日"),
)

# --- one measure at a time: the later takes the place of the earlier
LAW_ONE = "公安机关办理刑事案件程序规定第一百六十二条"
EARLY = f"""SELECT n, extra AS subject, 1 AS low, least(72, date_diff('hour', since, until) - 1) AS high, subject AS extra FROM (
    SELECT f.*, m.started_at AS since, m.ended_at AS until FROM ({SET_FREE.format(low=0, high=0)}) AS f JOIN row_measure AS m ON m.code = f.subject)"""
BESIDE = f"""SELECT i.n, i.case_code || '-CS09' AS subject, 1 AS low, 20 AS high, i.code AS extra FROM row_measure AS i
    WHERE {STEADY} AND i.kind = '逮捕' AND i.ended_at > i.started_at + INTERVAL 24 DAY AND {ago('i.ended_at', '1 DAY')}"""
BEGINNING = ("started_at", "approved_at", "requested_at", "station_told_at", "foreign_reported_at", "deputy_reported_at")
ONE_MEASURE = (
    Fault("强制措施重叠", "释放前已取保", "measure", EARLY,
          (change("measure", ", ".join(f"{each} = {each} - {HOURS}" for each in BEGINNING)),),
          "把取保候审或者监视居住的执行时间提前到释放前这么多小时", LAW_ONE, "小时"),
    Fault("强制措施重叠", "逮捕中又取保", "measure", BESIDE,
          (f"""INSERT INTO row_measure BY NAME SELECT m.* REPLACE (subject AS code, '取保候审' AS kind, m.started_at + {DAYS} AS started_at,
               m.approved_at + {DAYS} AS approved_at, m.requested_at + {DAYS} AS requested_at, NULL AS place, NULL AS prolonged_months, true AS has_guarantor,
               m.started_at + {DAYS} + INTERVAL 2 HOUR AS station_told_at, m.ended_at + INTERVAL 2 HOUR AS end_told_at)
               FROM chosen JOIN row_measure AS m ON m.code = extra""",),
          "逮捕后这么多日又登记一项取保候审", LAW_ONE, "日"),
)

# --- nobody is held before the case is filed: only where the case has no other measure, and where it was filed within three days all the same
LAW_FILED = "公安机关办理刑事案件程序规定第一百七十四条"
FILED_LATER = (f"""UPDATE row_case SET filed_at = m.started_at + {MINUTES} FROM chosen JOIN row_measure AS m ON m.code = subject
    WHERE row_case.n = chosen.n""",)


def held_alone(*kinds: str) -> str:
    return among("measure", f"i.kind IN {kinds}", "i.n IN (SELECT n FROM row_measure GROUP BY n HAVING count(*) = 1)",
                 "i.n IN (SELECT c.n FROM row_case AS c WHERE i.started_at < c.accepted_at + INTERVAL 60 HOUR)", ago("i.started_at", "5 DAY"),
                 "i.n NOT IN (SELECT n FROM row_property_item WHERE kind IN ('扣押', '冻结'))",  # that would have been seized before, too
                 low="1", high="600")


FILINGS = (
    Fault("立案前采取措施", "拘留", "measure", held_alone("刑事拘留", "逮捕"), FILED_LATER, "把立案时间改到拘留后这么多分钟", LAW_FILED, "分钟"),
    Fault("立案前采取措施", "取保或者监视居住", "measure", held_alone("取保候审", "监视居住"), FILED_LATER, "把立案时间改到取保候审或者监视居住后这么多分钟",
          LAW_FILED, "分钟"),
)

# --- a detention as a penalty lasts as many days as decided, counted from the day after somebody is taken in
LAW_RELEASED = "拘留所条例第三十条、第三十二条"
ONLY = "d.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)"


def carried_out(kind: str, *conditions: str, low: str = "0", high: str = "0", subject: str = "e.code") -> str:
    """Executions `e` of this kind of the only decision `d` in a case, against `p`; `extra` is the party."""
    every = (STEADY.replace("i.n", "e.n"), ONLY, f"e.kind = '{kind}'", "d.detention_days > 0", "e.completed_at IS NOT NULL", ago("e.executed_at", "40 DAY"))
    where = " AND ".join(f"({each})" for each in (*every, *conditions))
    return f"""SELECT e.n, {subject} AS subject, {low} AS low, {high} AS high, p.code AS extra FROM row_execution AS e
        JOIN row_decision AS d ON d.code = e.decision_code JOIN row_party AS p ON p.code = d.party_code WHERE {where}"""


SENT, SPARED = "送拘留所执行", "不执行拘留"
OF_EXTRA = "party_code = extra AND row_measure.kind = '行政拘留'"
KEPT_ON = (
    Fault("行政拘留超期", "晚解除", "execution", carried_out(SENT, low="d.detention_days + 1", high="d.detention_days + 4"),
          (change("measure", f"ended_at = started_at + {DAYS}", OF_EXTRA), change("execution", f"completed_at = executed_at + {DAYS}")),
          "把解除时间改到收拘后的这一日", LAW_RELEASED, "日"),
    Fault("行政拘留超期", "没有解除", "execution", carried_out(SENT),
          (change("measure", "ended_at = NULL", OF_EXTRA), change("execution", "completed_at = NULL")), "去掉解除，至今在所", LAW_RELEASED),
)

# --- who must not be detained although it was decided: pregnant or nursing, by age (from 2026 in public-order cases unless it is grave or happened again)
LAW_SPARED = "治安管理处罚法（2012）第二十一条、（2025）第二十三条"
MOTHER = "p.sex = '女' AND p.born_on BETWEEN e.executed_at - INTERVAL 40 YEAR AND e.executed_at - INTERVAL 20 YEAR"
UNDER_SIXTEEN, OVER_SEVENTY = "p.born_on + INTERVAL 16 YEAR > d.decided_at + INTERVAL 2 DAY", "p.born_on + INTERVAL 70 YEAR < e.executed_at - INTERVAL 2 DAY"
PUBLIC_CASE = "e.n IN (SELECT n FROM row_case WHERE kind = '行政' AND category = '治安')"
NEVERTHELESS = (f"""UPDATE row_execution SET kind = '{SENT}', completed_at = executed_at + to_days(CAST(d.detention_days AS INTEGER))
    FROM chosen JOIN row_decision AS d ON d.n = chosen.n WHERE row_execution.code = subject""",)
SPARED_FAULTS = (
    Fault("不应拘留送所", "怀孕", "execution", carried_out(SENT, MOTHER), (change("party", "is_pregnant = true", "code = extra"),),
          "把被送所的人改成怀孕", LAW_SPARED),
    Fault("不应拘留送所", "哺乳", "execution", carried_out(SENT, MOTHER), (change("party", "is_nursing = true", "code = extra"),),
          "把被送所的人改成哺乳不满一周岁婴儿", LAW_SPARED),
    Fault("不应拘留送所", "旧法的年龄", "execution", carried_out(SPARED, f"{UNDER_SIXTEEN} OR {OVER_SEVENTY}", f"e.executed_at < {NEW}"), NEVERTHELESS,
          "把不执行改成送拘留所执行", LAW_SPARED),
    Fault("年龄特殊送所", "不满十六周岁", "execution", carried_out(SPARED, PUBLIC_CASE, UNDER_SIXTEEN, f"e.executed_at >= {NEW}", "NOT p.is_nursing"),
          NEVERTHELESS, "把不执行改成送拘留所执行", LAW_SPARED),
    Fault("年龄特殊送所", "七十周岁以上", "execution", carried_out(SPARED, PUBLIC_CASE, OVER_SEVENTY, f"e.executed_at >= {NEW}"), NEVERTHELESS,
          "把不执行改成送拘留所执行", LAW_SPARED),
)

# --- a decision is carried out, or it is entered that it is not: within a day, as the bureau reads it
LAW_SENT = "治安管理处罚法（2012）第一百零三条、（2025）第一百二十二条"
OF_HELD = "measure_code IN (SELECT m.code FROM row_measure AS m WHERE m.party_code = extra AND m.kind = '行政拘留')"
SINCE = f"""chosen JOIN row_decision AS d ON d.code = subject
    JOIN row_execution AS e ON e.decision_code = d.code AND e.kind = '{SENT}'"""
NOT_PUT_OFF = "d.code NOT IN (SELECT decision_code FROM row_execution WHERE kind = '暂缓执行拘留')"
DELAY = f"(d.decided_at + INTERVAL 24 HOUR + {MINUTES} - e.executed_at)"
NOT_SENT = (
    Fault("行政拘留未送所", "没有登记", "decision", carried_out(SENT, NOT_PUT_OFF, subject="d.code"),
          (drop("notification", OF_HELD), drop("measure", OF_EXTRA), drop("execution", f"decision_code = subject AND kind = '{SENT}'")),
          "去掉送拘留所执行的登记", LAW_SENT),
    Fault("行政拘留未送所", "晚送所", "decision", carried_out(SENT, NOT_PUT_OFF, low="1", high="3000", subject="d.code"),
          (f"UPDATE row_notification SET notified_at = row_notification.notified_at + {DELAY} FROM {SINCE} WHERE {OF_HELD}",
           f"UPDATE row_measure SET {', '.join(f'{each} = row_measure.{each} + {DELAY}' for each in ('started_at', 'ended_at'))} FROM {SINCE} WHERE "
           "row_measure.party_code = extra AND row_measure.kind = '行政拘留'",
           f"""UPDATE row_execution SET executed_at = row_execution.executed_at + {DELAY}, completed_at = row_execution.completed_at + {DELAY} FROM {SINCE}
               WHERE row_execution.code = e.code"""), "决定满二十四小时后这么多分钟才送所", LAW_SENT, "分钟"),
)

FAULTS = (*TALKS, *CRIMINAL_STAYS, *AGAIN, *FAMILIES, *ANSWERS, *WATCHES, *ONE_MEASURE, *FILINGS, *KEPT_ON, *SPARED_FAULTS, *NOT_SENT)
