"""What comes after a penalty: fines paid in cash or not at all, detention put off, publication, review, lawsuits, compensation, requests."""

from __future__ import annotations

from demo.faults.fault import DAYS, MINUTES, NEW, STEADY, Fault, ago, among, change, drop

# --- fines taken by the officers themselves: no more than the law allows or where nobody could pay otherwise, with a receipt, handed in within two days
LAW_CASH = "治安管理处罚法（2012）第一百零四条、（2025）第一百二十三条，行政处罚法第六十八条、第六十九条"
LAW_HANDED_IN = "治安管理处罚法（2012）第一百零五条、（2025）第一百二十四条，行政处罚法第七十一条"
LAW_RECEIPT = "治安管理处罚法（2012）第一百零六条、（2025）第一百二十五条，行政处罚法第七十条"
CASH = "i.kind = '当场收缴罚款'"


def fined(condition: str) -> str:
    """Executions of decisions `d` in cases `c` for which this holds."""
    return f"EXISTS (SELECT 1 FROM row_decision AS d JOIN row_case AS c ON c.code = d.case_code WHERE d.code = i.decision_code AND {condition})"


TOO_MUCH = fined(f"""CASE c.category WHEN '治安' THEN d.fine > CASE WHEN i.executed_at >= {NEW} THEN 200 ELSE 50 END WHEN '出入境' THEN true
    ELSE d.fine > 100 END""")
TAKEN = ("""UPDATE row_execution SET kind = '当场收缴罚款', collected = d.fine, has_receipt = true, is_hard_to_pay = false,
    handed_in_at = executed_at + INTERVAL 5 HOUR FROM chosen JOIN row_decision AS d ON d.n = chosen.n
    WHERE row_execution.code = subject AND d.code = row_execution.decision_code""",)
CASH_FAULTS = (
    Fault("当场收缴不合条件", "超过限额", "execution",
          among("execution", "i.kind = '缴纳罚款'", fined("d.is_on_the_spot"), TOO_MUCH, ago("i.executed_at", "2 DAY")), TAKEN,
          "把缴纳罚款改成当场收缴", LAW_CASH),
    Fault("当场收缴不合条件", "没有情形", "execution", among("execution", CASH, "i.is_hard_to_pay", TOO_MUCH), (change("execution", "is_hard_to_pay = false"),),
          "去掉交通不便或者没有固定住所的登记", LAW_CASH),
    Fault("当场收缴不合条件", "多收", "execution", among("execution", CASH, low="1", high="300"), (change("execution", "collected = collected + amount"),),
          "收得比决定多这么多", LAW_CASH, "元"),
    Fault("收缴罚款未上交", "没有上交", "execution", among("execution", CASH, ago("i.executed_at", "15 DAY")), (change("execution", "handed_in_at = NULL"),),
          "去掉上交的登记", LAW_HANDED_IN),
    Fault("收缴罚款未上交", "晚上交", "execution", among("execution", CASH, ago("i.executed_at", "25 DAY"), low="13", high="20"),
          (change("execution", f"handed_in_at = executed_at + {DAYS}"),), "收缴后这么多日才上交", LAW_HANDED_IN, "日"),
    Fault("收缴罚款无票据", "没有出具", "execution", among("execution", CASH), (change("execution", "has_receipt = false"),), "改成没有出具专用票据",
          LAW_RECEIPT),
    Fault("收缴罚款无票据", "没有登记", "execution", among("execution", CASH), (change("execution", "has_receipt = NULL"),), "去掉专用票据的登记", LAW_RECEIPT),
)

# --- a fine is paid within fifteen days of the decision being received
LAW_PAID = "治安管理处罚法（2012）第一百零四条、（2025）第一百二十三条，行政处罚法第六十七条"
BY_BANK = "i.code IN (SELECT decision_code FROM row_execution WHERE kind = '缴纳罚款')"
AT_ONCE = "(i.is_announced_on_the_spot OR i.is_on_the_spot)"
RECEIVED = {
    "送达后未缴罚款": (f"NOT {AT_ONCE}", "(SELECT min(s.served_at) FROM row_service AS s WHERE s.decision_code = subject AND s.recipient = '被处罚人')"),
    "宣告后未缴罚款": (AT_ONCE, "(SELECT d.decided_at FROM row_decision AS d WHERE d.code = subject)"),
}
PAYMENT = "decision_code = subject AND kind = '缴纳罚款'"
# a case that is closed before is another fault
OPEN = "UPDATE row_case SET closed_at = NULL FROM chosen WHERE row_case.n = chosen.n"
CLOSED_LATER = """UPDATE row_case SET closed_at = greatest(closed_at, (SELECT max(e.executed_at) + INTERVAL 3 DAY FROM row_execution AS e WHERE e.n = chosen.n))
    FROM chosen WHERE row_case.n = chosen.n"""
UNPAID = tuple(fault for name, (which, since) in RECEIVED.items() for fault in (
    Fault(name, "没有缴纳", "decision", among("decision", BY_BANK, which, ago("i.decided_at", "40 DAY")), (drop("execution", PAYMENT), OPEN),
          "去掉缴纳的登记，案件也没有结", LAW_PAID),
    Fault(name, "晚缴纳", "decision", among("decision", BY_BANK, which, ago("i.decided_at", "60 DAY"), low="25", high="45"),
          (change("execution", f"executed_at = {since} + {DAYS}, completed_at = {since} + {DAYS}", PAYMENT), CLOSED_LATER),
          "收到决定书后这么多日才缴纳，然后才结案", LAW_PAID, "日"),
))

# --- detention put off: decided within a day; a deposit is banked, given back; whoever may wait no longer is taken in
LAW_ASKED, LAW_BANKED = "公安机关办理行政案件程序规定第二百二十三条", "公安机关办理行政案件程序规定第二百三十一条"
LAW_GIVEN_BACK = "治安管理处罚法（2012）第一百一十一条、（2025）第一百三十条"
LAW_RESUMED = "治安管理处罚法（2012）第一百一十条、（2025）第一百二十九条，公安机关办理行政案件程序规定第二百二十条"
REFUSED = "i.decided_at IS NOT NULL AND NOT i.is_granted"
IN_BANK, GIVEN_BACK = "i.deposit_banked_at IS NOT NULL", "i.deposit_returned_at IS NOT NULL"
PENALTY = "SELECT p.decision_code FROM row_postponement AS p WHERE p.code = subject"
OF_PENALTY = f"kind = '送拘留所执行' AND decision_code = ({PENALTY})"
OF_PERSON = f"kind = '行政拘留' AND party_code = (SELECT d.party_code FROM row_decision AS d WHERE d.code = ({PENALTY}))"
OF_HOLD = f"measure_code IN (SELECT m.code FROM row_measure AS m WHERE m.n = chosen.n AND {OF_PERSON})"
TAKEN_IN = ("i.is_granted", "i.decision_code IN (SELECT decision_code FROM row_execution WHERE kind = '送拘留所执行')", ago("i.ended_at", "45 DAY"))
PUT_OFF = (
    Fault("暂缓申请未决定", "没有决定", "postponement", among("postponement", REFUSED, ago("i.applied_at", "5 DAY")),
          (change("postponement", "decided_at = NULL, is_granted = NULL"),), "去掉决定", LAW_ASKED),
    Fault("暂缓申请未决定", "晚决定", "postponement", among("postponement", REFUSED, ago("i.applied_at", "5 DAY"), low="1441", high="5000"),
          (change("postponement", f"decided_at = applied_at + {MINUTES}"),), "收到申请后这么多分钟才决定", LAW_ASKED, "分钟"),
    Fault("暂缓保证金未存", "没有存入", "postponement", among("postponement", IN_BANK, ago("i.deposit_paid_at", "20 DAY")),
          (change("postponement", "deposit_banked_at = NULL"),), "去掉存入银行的登记", LAW_BANKED),
    Fault("暂缓保证金未存", "晚存入", "postponement", among("postponement", IN_BANK, ago("i.deposit_paid_at", "40 DAY"), low="13", high="30"),
          (change("postponement", f"deposit_banked_at = deposit_paid_at + {DAYS}"),), "收取后这么多日才存入", LAW_BANKED, "日"),
    Fault("暂缓保证金未退", "没有退还", "postponement", among("postponement", GIVEN_BACK, ago("i.ended_at", "30 DAY")),
          (change("postponement", "deposit_returned_at = NULL"),), "去掉退还的登记", LAW_GIVEN_BACK),
    Fault("暂缓保证金未退", "晚退还", "postponement", among("postponement", GIVEN_BACK, ago("i.ended_at", "60 DAY"), low="20", high="50"),
          (change("postponement", f"deposit_returned_at = ended_at + {DAYS}"),), "暂缓事由消失后这么多日才退还", LAW_GIVEN_BACK, "日"),
    Fault("暂缓后未执行", "没有送所", "postponement", among("postponement", *TAKEN_IN),
          (drop("notification", OF_HOLD), drop("measure", OF_PERSON), drop("execution", OF_PENALTY)), "去掉送拘留所执行的登记", LAW_RESUMED),
    Fault("暂缓后未执行", "晚送所", "postponement", among("postponement", *TAKEN_IN, low="4", high="20"),
          (f"UPDATE row_notification SET notified_at = notified_at + {DAYS} FROM chosen WHERE row_notification.n = chosen.n AND {OF_HOLD}",
           change("measure", f"started_at = started_at + {DAYS}, ended_at = ended_at + {DAYS}", OF_PERSON),
           change("execution", f"executed_at = executed_at + {DAYS}, completed_at = completed_at + {DAYS}", OF_PENALTY)),
          "把送所和解除都推后这么多日", LAW_RESUMED, "日"),
)

# --- publication: without names, never of minors, withdrawn when a penalty is set aside
LAW_NAMES, LAW_MINOR = "公安机关执法公开规定第十四条、第十五条", "公安机关执法公开规定第十三条，未成年人保护法第一百零三条"
LAW_WITHDRAWN = "行政处罚法第四十八条"
SHOWN = "i.withdrawn_at IS NULL"
MINORS = f"""SELECT i.n, i.case_code || '-GK91' AS subject, i.code AS extra, 1 AS low, 25 AS high
    FROM row_decision AS i JOIN row_party AS p ON p.code = i.party_code
    WHERE {STEADY} AND p.born_on + INTERVAL 18 YEAR > i.decided_at + INTERVAL 2 DAY AND {ago("i.decided_at", "30 DAY")}"""
PUBLISHED = (
    Fault("公开未隐名", "没有隐去", "disclosure", among("disclosure", SHOWN), (change("disclosure", "is_anonymised = false"),),
          "改成没有隐去个人信息", LAW_NAMES),
    Fault("公开未隐名", "没有登记", "disclosure", among("disclosure", SHOWN), (change("disclosure", "is_anonymised = NULL"),), "去掉隐名的登记", LAW_NAMES),
    Fault("公开未成年人处罚", "隐名公开", "disclosure", MINORS,
          (f"""INSERT INTO row_disclosure BY NAME SELECT subject AS code, extra AS decision_code, d.decided_at + {DAYS} AS published_at, true AS is_anonymised,
               d.case_code, d.n FROM chosen JOIN row_decision AS d ON d.code = extra""",), "决定后这么多日向社会公开", LAW_MINOR, "日"),
    Fault("撤销后未撤回公开", "没有撤回", "disclosure", among("disclosure", SHOWN, ago("i.published_at", "60 DAY"), low="7", high="40"),
          (f"""UPDATE row_decision SET overturned_at = i.published_at + {DAYS} FROM chosen JOIN row_disclosure AS i ON i.code = subject
               WHERE row_decision.code = i.decision_code""",), "公开后这么多日处罚被撤销，没有撤回", LAW_WITHDRAWN, "日"),
    Fault("撤销后未撤回公开", "晚撤回", "disclosure", among("disclosure", "i.withdrawn_at IS NOT NULL", ago("i.withdrawn_at", "40 DAY"), low="14", high="35"),
          (f"""UPDATE row_disclosure SET withdrawn_at = d.overturned_at + {DAYS} FROM chosen JOIN row_decision AS d ON d.n = chosen.n
               WHERE row_disclosure.code = subject AND d.code = row_disclosure.decision_code""",), "处罚被撤销后这么多日才撤回", LAW_WITHDRAWN, "日"),
)

# --- whatever is asked of the bureau afterwards is answered in time: name of the fault, kind, which of them, at least and at most so many days, law
ANSWERS = (
    ("复议未答复", "行政复议答复", "", 26, 45, "行政复议法第四十八条"),
    ("复议未答复", "行政复议简易答复", "简易", 18, 35, "行政复议法第五十四条"),
    ("诉讼未答辩", "行政诉讼答辩", "", 25, 45, "行政诉讼法第六十七条"),
    ("赔偿申请未决定", "赔偿申请", "", 72, 100, "国家赔偿法第十三条、第二十三条"),
    ("赔偿金未转报", "赔偿金支付申请", "", 17, 40, "国家赔偿法第三十七条"),
    ("复议意见未报送", "复议意见书", "", 70, 100, "行政复议法第七十六条"),
    ("复议申请未转送", "复议申请转送", "", 18, 35, "行政复议法第三十二条"),
    ("不立案复议未决定", "不予立案复议", "", 40, 58, "公安机关办理刑事案件程序规定第一百七十九条"),
    ("没收复议未决定", "没收保证金复议", "", 17, 40, "公安机关办理刑事案件程序规定第九十九条"),
    ("申诉控告未答复", "申诉控告", "", 40, 70, "公安机关办理刑事案件程序规定第一百九十六条"),
    ("履职申请未履行", "履行职责申请", "", 72, 100, "行政诉讼法第四十七条"),
    ("信息公开未答复", "信息公开申请", "", 42, 56, "政府信息公开条例第三十三条"),
)


def asked(kind: str, days: int, *more: str, low: int = 0) -> str:
    """What came this many days ago and more; between `low` (0: without a size) and so many days is how late it is answered."""
    return among("remedy", f"i.kind = '{kind}'", "i.answered_at IS NOT NULL", ago("i.received_at", f"{days} DAY"), *more, low=str(low),
                 high=str(days if low else 0))


LATE = (change("remedy", f"answered_at = received_at + {DAYS}"),)
LONGER, NOT_LONGER = "i.extended_at IS NOT NULL", "i.extended_at IS NULL"
ANSWERED = tuple(fault for name, kind, which, low, high, law in ANSWERS for fault in (
    Fault(name, f"{which}没有答复", "remedy", asked(kind, low, NOT_LONGER), (change("remedy", "answered_at = NULL"),), "去掉答复、决定或者履行的登记", law),
    Fault(name, f"{which}晚答复", "remedy", asked(kind, high, NOT_LONGER, low=low), LATE, "收到后这么多日才答复", law, "日"),
))
LENGTHENED = (
    Fault("不立案复议未决定", "延长后又超期", "remedy", asked("不予立案复议", 100, LONGER, low=72), LATE, "延长了，收到后这么多日才决定",
          "公安机关办理刑事案件程序规定第一百七十九条", "日"),
    Fault("信息公开未答复", "延长后又超期", "remedy", asked("信息公开申请", 100, LONGER, low=82), LATE, "延长了，收到后这么多日才答复",
          "政府信息公开条例第三十三条", "日"),
)

# --- the head of the bureau comes to court or says in writing why not; what a court or the reviewing authority decided is done by the day it names
LAW_COURT, LAW_DONE = "行政诉讼法第三条，最高人民法院关于行政机关负责人出庭应诉若干问题的规定第九条", "行政诉讼法第九十四条，行政复议法第七十七条"
SAT = ("i.kind = '行政诉讼开庭'", "i.answered_at IS NOT NULL")
TO_DO = ("i.kind = '生效裁判履行'", "i.answered_at IS NOT NULL")
BY_COURT = (
    Fault("负责人未出庭", "没有说明", "remedy", among("remedy", *SAT, "NOT i.is_leader_present"), (change("remedy", "is_absence_explained = false"),),
          "去掉不能出庭的说明", LAW_COURT),
    Fault("负责人未出庭", "没有出庭", "remedy", among("remedy", *SAT, "i.is_leader_present"), (change("remedy", "is_leader_present = false"),), "改成没有出庭",
          LAW_COURT),
    Fault("裁判未履行", "没有履行", "remedy", among("remedy", *TO_DO, ago("CAST(i.due_on AS TIMESTAMPTZ)", "2 DAY")), (change("remedy", "answered_at = NULL"),),
          "去掉履行的登记", LAW_DONE),
    Fault("裁判未履行", "晚履行", "remedy", among("remedy", *TO_DO, ago("CAST(i.due_on AS TIMESTAMPTZ)", "40 DAY"), low="1", high="38"),
          (change("remedy", f"answered_at = CAST(due_on AS TIMESTAMPTZ) + {DAYS} + INTERVAL 10 HOUR"),), "载明的期限后这么多日才履行", LAW_DONE, "日"),
)

FAULTS = (*CASH_FAULTS, *UNPAID, *PUT_OFF, *PUBLISHED, *ANSWERED, *LENGTHENED, *BY_COURT)
