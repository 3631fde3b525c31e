"""What the procuratorate decides, asks and finds wrong; legal review before a step is taken; who is off the case."""

from __future__ import annotations

from demo.faults.fault import DAYS, HOURS, MINUTES, STEADY, Fault, ago, among, change, drop

# --- documents of the procuratorate: `d`, and `m`, the measure that they are about
OF_MEASURE = "chosen JOIN row_prosecutor_document AS d ON d.code = subject JOIN row_measure AS m ON m.code = d.measure_code"
NEVER = (change("prosecutor_document", "answered_at = NULL"),)
LATE = (change("prosecutor_document", f"answered_at = received_at + {DAYS}"),)


def documents(kind: str, *conditions: str, low: str = "0", high: str = "0") -> str:
    return among("prosecutor_document", f"i.kind = '{kind}'", "i.answered_at IS NOT NULL", *conditions, low=low, high=high)


def measured(kinds: tuple[str, ...], of: str, *conditions: str, low: str = "0", high: str = "0") -> str:
    where = " AND ".join(f"({each})" for each in (STEADY.replace("i.n", "d.n"), f"m.kind = '{of}'", *conditions))
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"""SELECT d.n, d.code AS subject, {low} AS low, {high} AS high FROM row_prosecutor_document AS d JOIN row_measure AS m ON m.code = d.measure_code
        WHERE d.kind IN ({listed}) AND {where}"""


# who is not to be arrested or charged goes free at once: six hours, as the bureau reads it
LAW_FREED = "刑事诉讼法第九十一条、公安机关办理刑事案件程序规定第一百四十条"
LAW_NOT_CHARGED = "刑事诉讼法第一百七十八条、公安机关办理刑事案件程序规定第二百九十三条"
REFUSED = ("m.ended_at > m.arrest_requested_at + INTERVAL 40 HOUR",)
CHARGED = (ago("d.received_at", "5 DAY"),)


def brought(earlier: str) -> tuple[str, ...]:
    return (f"""UPDATE row_prosecutor_document SET received_at = m.ended_at - INTERVAL 6 HOUR - {earlier} FROM {OF_MEASURE}
        WHERE row_prosecutor_document.code = subject""",)


FREED = (
    Fault("不批准后未释放", "晚几分钟", "prosecutor_document", measured(("不批准逮捕",), "刑事拘留", *REFUSED, low="1", high="60"), brought(MINUTES),
          "把收到不批准逮捕决定的时间提前到释放前六小时又这么多分钟", LAW_FREED, "分钟"),
    Fault("不批准后未释放", "晚几小时", "prosecutor_document", measured(("不批准逮捕",), "刑事拘留", *REFUSED, low="2", high="28"), brought(HOURS),
          "把收到不批准逮捕决定的时间提前到释放前六小时又这么多小时", LAW_FREED, "小时"),
    Fault("不起诉后未释放", "没有释放", "prosecutor_document", measured(("不起诉",), "逮捕", *CHARGED),
          (f"UPDATE row_measure SET ended_at = NULL FROM {OF_MEASURE} WHERE row_measure.code = m.code",), "去掉逮捕的解除，至今在押", LAW_NOT_CHARGED),
    Fault("不起诉后未释放", "晚释放", "prosecutor_document", measured(("不起诉",), "逮捕", *CHARGED, low="1", high="5000"),
          (f"UPDATE row_measure SET ended_at = d.received_at + INTERVAL 6 HOUR + {MINUTES} FROM {OF_MEASURE} WHERE row_measure.code = m.code",),
          "收到不起诉决定满六小时后这么多分钟才释放", LAW_NOT_CHARGED, "分钟"),
)

# the receipt goes back within three days of the arrest or the release; late ones are later than any holiday lasts
LAW_RECEIPT = "公安机关办理刑事案件程序规定第一百四十条、第一百四十二条"
WARRANTS = ("批准逮捕", "不批准逮捕")
CARRIED_OUT = ("d.answered_at IS NOT NULL", ago("m.ended_at", "40 DAY"))
RECEIPTS = (
    Fault("执行回执未送达", "没有送达", "prosecutor_document", measured(WARRANTS, "刑事拘留", *CARRIED_OUT), NEVER, "去掉回执送达的时间", LAW_RECEIPT),
    Fault("执行回执未送达", "晚送达", "prosecutor_document", measured(WARRANTS, "刑事拘留", *CARRIED_OUT, low="12", high="30"),
          (f"UPDATE row_prosecutor_document SET answered_at = m.ended_at + {DAYS} FROM {OF_MEASURE} WHERE row_prosecutor_document.code = subject",),
          "执行后这么多日才送达回执", LAW_RECEIPT, "日"),
)

# answers: reasons in seven days, a case filed in fifteen, more investigation in a month, a suggestion in ten days, a correction by the day it names
LAW_REASONS = "公安机关办理刑事案件程序规定第一百八十二条、人民检察院刑事诉讼规则第五百六十条"
LAW_ORDER = "公安机关办理刑事案件程序规定第一百八十二条、人民检察院刑事诉讼规则第五百六十三条"
LAW_BACK = "刑事诉讼法第一百七十五条、公安机关办理刑事案件程序规定第二百九十五条"
LAW_NEED = "刑事诉讼法第九十五条、公安机关办理刑事案件程序规定第一百五十九条"
LAW_CORRECTION = "人民检察院刑事诉讼规则第五百五十三条"
BACK = "SELECT n FROM row_prosecutor_document WHERE kind = '退回补充侦查' GROUP BY n HAVING count(*)"
ONCE = f"i.n IN ({BACK} = 1)"
ANSWERS = (
    Fault("不立案理由未说明", "没有回复", "prosecutor_document", documents("要求说明不立案理由", ago("i.received_at", "20 DAY")), NEVER, "去掉回复的时间",
          LAW_REASONS),
    Fault("不立案理由未说明", "晚回复", "prosecutor_document", documents("要求说明不立案理由", ago("i.received_at", "45 DAY"), low="17", high="40"), LATE,
          "收到后这么多日才回复", LAW_REASONS, "日"),
    Fault("通知立案未立案", "没有立案", "prosecutor_document", documents("通知立案", ago("i.received_at", "30 DAY")), NEVER, "去掉办结的时间", LAW_ORDER),
    Fault("通知立案未立案", "晚立案", "prosecutor_document", documents("通知立案", ago("i.received_at", "50 DAY"), low="25", high="45"), LATE,
          "收到后这么多日才立案", LAW_ORDER, "日"),
    Fault("补充侦查超期", "没有完毕", "prosecutor_document", documents("退回补充侦查", ONCE, ago("i.received_at", "40 DAY")), NEVER, "去掉补充侦查完毕的时间",
          LAW_BACK),
    # on the last day of a short month a month lasts until the last day of the next: three days more at the most
    Fault("补充侦查超期", "晚完毕", "prosecutor_document", documents("退回补充侦查", ONCE, ago("i.received_at", "70 DAY"), low="4", high="30"),
          (change("prosecutor_document", f"answered_at = received_at + INTERVAL 1 MONTH + {DAYS}"),), "满一个月后这么多日才补充完毕", LAW_BACK, "日"),
    Fault("羁押建议未回复", "没有回复", "prosecutor_document", documents("羁押必要性建议", ago("i.received_at", "15 DAY")), NEVER, "去掉通知处理情况的时间",
          LAW_NEED),
    Fault("羁押建议未回复", "晚回复", "prosecutor_document", documents("羁押必要性建议", ago("i.received_at", "45 DAY"), low="11", high="40"), LATE,
          "收到后这么多日才通知处理情况", LAW_NEED, "日"),
    Fault("纠正违法未回复", "没有回复", "prosecutor_document", documents("纠正违法通知", "i.due_on < CAST(until() AS DATE) - 2"), NEVER, "去掉回复的时间",
          LAW_CORRECTION),
    Fault("纠正违法未回复", "晚回复", "prosecutor_document", documents("纠正违法通知", "i.due_on < CAST(until() AS DATE) - 25", low="1", high="20"),
          (change("prosecutor_document", f"answered_at = received_at + to_days(due_on - CAST(received_at AS DATE)) + {DAYS}"),),
          "过了载明的期限这么多日才回复", LAW_CORRECTION, "日"),
)

# sent back twice at the most: another one (or two) after the second; `extra` is that
LAST_BACK = f"""SELECT d.n, d.case_code AS subject, 5 AS low, 25 AS high, d.code AS extra FROM row_prosecutor_document AS d
    WHERE d.kind = '退回补充侦查' AND {STEADY.replace('i.n', 'd.n')} AND d.n IN ({BACK} = 2) AND {{then}}
    QUALIFY row_number() OVER (PARTITION BY d.n ORDER BY d.received_at DESC) = 1"""


def once_more(number: int) -> str:
    came = f"d.answered_at + {DAYS} + INTERVAL {30 * number} DAY"
    return f"""INSERT INTO row_prosecutor_document BY NAME SELECT d.* REPLACE (d.case_code || '-JW9{number}' AS code, {came} AS received_at,
        {came} + INTERVAL 20 DAY AS answered_at) FROM chosen JOIN row_prosecutor_document AS d ON d.code = extra"""


THIRD = (
    Fault("补充侦查超过二次", "第三次", "case", LAST_BACK.format(then=ago("d.answered_at", "50 DAY")), (once_more(0),),
          "第二次补充完毕后这么多日又登记一次退回", LAW_BACK, "日"),
    Fault("补充侦查超过二次", "第四次", "case", LAST_BACK.format(then=ago("d.answered_at", "80 DAY")), (once_more(0), once_more(1)),
          "第二次补充完毕后这么多日又登记两次退回", LAW_BACK, "日"),
)

# --- legal review of a penalty: after a hearing always; whatever was sent back must have passed before it is decided. `extra`: the review that passed
LAW_REVIEW = "行政处罚法第五十八条、治安管理处罚法（2025）第一百一十四条"
PENALTY = "行政处罚决定"
HEARD = "i.party_code IN (SELECT h.party_code FROM row_hearing AS h WHERE h.held_at < i.decided_at)"
ONLY = "i.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)"
RETURNED = "i.party_code IN (SELECT b.party_code FROM row_review AS b WHERE b.kind = '行政处罚决定' AND b.result = '退回')"


def reviewed(*conditions: str, low: str = "0", high: str = "0") -> str:
    where = " AND ".join(f"({each})" for each in (STEADY, ONLY, ago("i.decided_at", "5 DAY"), *conditions))
    return f"""SELECT i.n, i.code AS subject, {low} AS low, {high} AS high, r.code AS extra FROM row_decision AS i
        JOIN row_review AS r ON r.party_code = i.party_code AND r.kind = '{PENALTY}' AND r.result = '通过' WHERE {where}"""


NO_PASS, SENT_BACK = (drop("review", "row_review.code = extra"),), (change("review", "result = '退回'", "row_review.code = extra"),)
AFTER_DECISION = (f"""UPDATE row_review SET finished_at = d.decided_at + {MINUTES} FROM chosen JOIN row_decision AS d ON d.code = subject
    WHERE row_review.code = extra""",)
PENALTIES = (
    Fault("听证后未审核", "没有审核", "decision", reviewed(HEARD, f"NOT {RETURNED}"), NO_PASS, "去掉法制审核", LAW_REVIEW),
    Fault("听证后未审核", "决定后才审核", "decision", reviewed(HEARD, low="1", high="3000"), AFTER_DECISION, "决定后这么多分钟才审核通过", LAW_REVIEW, "分钟"),
    Fault("听证后未审核", "审核退回", "decision", reviewed(HEARD, f"NOT {RETURNED}"), SENT_BACK, "把审核结果改成退回", LAW_REVIEW),
    Fault("退回后仍决定", "没有再审核", "decision", reviewed(f"NOT {HEARD}", RETURNED), NO_PASS, "去掉退回以后的再次审核", LAW_REVIEW),
    Fault("退回后仍决定", "决定后才通过", "decision", reviewed(f"NOT {HEARD}", RETURNED, low="1", high="3000"), AFTER_DECISION,
          "决定后这么多分钟才审核通过", LAW_REVIEW, "分钟"),
    Fault("退回后仍决定", "通过改为退回", "decision", reviewed(f"NOT {HEARD}", f"NOT {RETURNED}"), SENT_BACK, "把审核结果改成退回", LAW_REVIEW),
)

# --- who reviews
LAW_REVIEWER = "行政处罚法第五十八条、公安机关办理行政案件程序规定第一百七十一条、治安管理处罚法（2025）第一百一十四条"
LAW_OWN = "行政处罚法第五十八条、公安机关办理行政案件程序规定第一百七十一条"
DONE = "i.finished_at IS NOT NULL"


def own(role: str) -> str:
    """Reviews of a case; `extra`: an officer who attended an interview in it."""
    return f"""SELECT i.n, i.code AS subject, 0 AS low, 0 AS high, a.officer_code AS extra FROM row_review AS i
        JOIN row_attendance AS a ON a.n = i.n AND a.role = '{role}' AND a.officer_code IS NOT NULL WHERE {DONE} AND {STEADY}"""


REVIEWERS = (
    Fault("审核人没有资格", "新人没有资格", "review", among("review", f"i.kind = '{PENALTY}'", DONE, "i.is_new_reviewer"),
          (change("review", "is_qualified = false"),), "把初次从事审核的人改成没有资格", LAW_REVIEWER),
    Fault("审核人没有资格", "没有资格的是新人", "review", among("review", f"i.kind = '{PENALTY}'", DONE, "NOT i.is_new_reviewer", "NOT i.is_qualified"),
          (change("review", "is_new_reviewer = true"),), "把没有资格的审核人标成初次从事", LAW_REVIEWER),
    *(Fault("审核自己的案件", f"{role}审核", "review", own(role), (change("review", "officer_code = extra"),), f"把审核人改成本案询问讯问的{role}民警", LAW_OWN)
      for role in ("主办", "协办")),
)

# --- legal review before an arrest is asked for and before a case is sent on: the bureau's own rule, the law asks only for the leader's approval
LAW_ARREST, LAW_SENT = "公安机关办理刑事案件程序规定第一百三十七条（法制审核为内部要求）", "公安机关办理刑事案件程序规定第二百八十九条（法制审核为内部要求）"


def unreviewed(name: str, table: str, kind: str, then: str, conditions: tuple[str, ...], done: str, law: str) -> tuple[Fault, ...]:
    whose = f"row_review.kind = '{kind}'"
    back = f"i.n NOT IN (SELECT n FROM row_review WHERE kind = '{kind}' AND result = '退回')"
    passed = f"i.n IN (SELECT n FROM row_review WHERE kind = '{kind}' AND result = '通过')"
    every = (*conditions, passed, ago(f"i.{then}", "3 DAY"))
    return (
        Fault(name, "没有审核", table, among(table, *every, back), (drop("review", whose),), "去掉法制审核", law),
        Fault(name, "之后才审核", table, among(table, *every, low="1", high="2000"),
              (f"""UPDATE row_review SET finished_at = t.{then} + {MINUTES} FROM chosen JOIN row_{table} AS t ON t.code = subject
                   WHERE row_review.n = t.n AND {whose} AND row_review.result = '通过'""",), f"{done}后这么多分钟才审核通过", law, "分钟"),
        Fault(name, "审核退回", table, among(table, *every, back), (change("review", "result = '退回'", f"row_review.n = chosen.n AND {whose}"),),
              "把审核结果改成退回", law),
    )


BEFORE = (
    *unreviewed("提请前未审核", "measure", "提请批准逮捕", "arrest_requested_at", ("i.kind = '刑事拘留'",), "提请", LAW_ARREST),
    *unreviewed("移送前未审核", "case", "移送审查起诉", "ended_without_decision_at", ("i.kind = '刑事' AND i.outcome = '移送'",), "移送", LAW_SENT),
)

# --- sent back a second time before it passed: the bureau wants to know
LAW_TWICE = "公安机关办理行政案件程序规定第一百七十条（二次为内部参数）"
FIRST = f"""SELECT i.n, {{subject}} AS subject, 5 AS low, {{high}} AS high, i.code AS extra FROM row_review AS i JOIN row_case AS c ON c.n = i.n
    WHERE i.result = '退回' AND {STEADY} AND i.requested_at > c.accepted_at + INTERVAL 6 HOUR"""


def again(start: str, end: str) -> tuple[str, ...]:
    return (f"""INSERT INTO row_review BY NAME SELECT r.* REPLACE (r.case_code || '-SH91' AS code, {start} AS requested_at, {end} AS finished_at)
        FROM chosen JOIN row_review AS r ON r.code = extra""",)


TWICE = (
    Fault("审核两次退回", "之前还有一次", "review", FIRST.format(subject="i.code", high="300"),
          again(f"r.requested_at - {MINUTES} - INTERVAL 30 MINUTE", f"r.requested_at - {MINUTES}"),
          "在退回的审核送审前这么多分钟再登记一次退回", LAW_TWICE, "分钟"),
    Fault("审核两次退回", "之后又有一次", "review", FIRST.format(subject="i.case_code || '-SH91'", high="20"),
          again(f"r.finished_at + {MINUTES} - INTERVAL 5 MINUTE", f"r.finished_at + {MINUTES}"), "退回后这么多分钟再登记一次退回", LAW_TWICE, "分钟"),
)

# --- who is wanted off a case is told within two days; whoever is off it attends nothing more. `a`: the last interview that the officer attends in the case
LAW_ASKED = "公安机关办理行政案件程序规定第二十一条、公安机关办理刑事案件程序规定第三十六条"
LAW_OFF = "公安机关办理行政案件程序规定第二十四条、公安机关办理刑事案件程序规定第三十八条"
ATTENDED = f"""SELECT i.*, a.code AS seat, t.started_at,
        row_number() OVER backwards AS place, lead(t.started_at) OVER backwards AS before
    FROM row_recusal AS i JOIN row_attendance AS a ON a.n = i.n AND a.officer_code = i.officer_code JOIN row_interview AS t ON t.code = a.interview_code
    WHERE {STEADY} AND i.decided_at IS NOT NULL WINDOW backwards AS (PARTITION BY i.n ORDER BY t.started_at DESC)"""
WANTED = ("i.decided_at IS NOT NULL", "NOT i.is_granted")
RECUSALS = (
    Fault("回避申请未决定", "没有决定", "recusal", among("recusal", *WANTED, ago("i.applied_at", "15 DAY")),
          (change("recusal", "decided_at = NULL, is_granted = NULL"),), "去掉回避的决定", LAW_ASKED),
    Fault("回避申请未决定", "晚决定", "recusal", among("recusal", *WANTED, ago("i.applied_at", "45 DAY"), low="12", high="40"),
          (change("recusal", f"decided_at = applied_at + {DAYS}"),), "收到申请后这么多日才决定", LAW_ASKED, "日"),
    Fault("回避后仍参加", "驳回改为决定回避", "attendance", f"""SELECT n, seat AS subject, 0 AS low, 0 AS high, code AS extra FROM ({ATTENDED})
          WHERE place = 1 AND NOT is_granted AND started_at > decided_at AND coalesce(before <= decided_at, true)""",
          (change("recusal", "is_granted = true", "code = extra"),), "把驳回申请改成决定回避，之后还参加了一场", LAW_OFF),
    Fault("回避后仍参加", "决定在最后一场之前", "attendance", f"""SELECT n, seat AS subject, 5 AS low, 100 AS high, code AS extra FROM ({ATTENDED})
          WHERE place = 1 AND is_granted AND coalesce(before < started_at - INTERVAL 110 MINUTE, true)""",
          (f"""UPDATE row_recusal SET decided_at = t.started_at - {MINUTES}, applied_at = t.started_at - {MINUTES} - INTERVAL 2 HOUR
               FROM chosen JOIN row_attendance AS a ON a.code = subject JOIN row_interview AS t ON t.code = a.interview_code
               WHERE row_recusal.code = extra""",),
          "把决定回避的时间提前到最后一场开始前这么多分钟", LAW_OFF, "分钟"),
)

FAULTS = (*FREED, *RECEIPTS, *ANSWERS, *THIRD, *PENALTIES, *REVIEWERS, *BEFORE, *TWICE, *RECUSALS)
