"""How a case is handled: receipts, refusals, cases that were handed over, fast decisions, extensions, limitation, conversions, what has to be told, calls."""

from __future__ import annotations

from demo.faults.evidence import calls
from demo.faults.fault import DAYS, MINUTES, NEW, PUBLIC, STEADY, Fault, ago, among, change, drop

NO_PENALTY = "i.outcome = '不予处罚'"
NO_ITEMS = "i.n NOT IN (SELECT n FROM row_property_item)"  # they are disposed of by the date of the decision
CRIMINAL = "i.kind = '刑事'"

# --- extensions, entered by hand into a case that needs none, or one more than it has. `extra`: the case, a space, when the last lawful one was granted
LAW_TIMES = "治安管理处罚法（2012）第九十九条第一款、（2025）第一百一十八条第一款"


def one_more(number: int, *conditions: str) -> str:
    """Cases with so many extensions, the last some days before the decision."""
    where = " AND ".join(f"({each})" for each in (STEADY, PUBLIC, "c.mediation_failed_at IS NULL", *conditions))
    return f"""SELECT i.n, i.case_code || '-YQ0{number + 1}' AS subject, 1 AS low, date_diff('day', max(i.granted_at), any_value(c.decided_at)) - 1 AS high,
        max(i.code) AS extra FROM row_extension AS i JOIN row_case AS c ON c.n = i.n WHERE {where} GROUP BY ALL HAVING count(*) = {number}"""


ONE_MORE = (f"""INSERT INTO row_extension BY NAME SELECT e.* REPLACE (subject AS code, e.granted_at + {DAYS} AS granted_at)
    FROM chosen JOIN row_extension AS e ON e.code = extra""",)
SOON = f"""SELECT i.n, i.code || '-YQ01' AS subject, 1 AS low, date_diff('day', i.filed_at, i.decided_at) - 1 AS high, i.code AS extra FROM row_case AS i
    JOIN row_unit AS o ON o.code = i.unit_code WHERE {STEADY} AND {PUBLIC} AND {NO_PENALTY} AND i.mediation_failed_at IS NULL
    AND i.decided_at BETWEEN i.filed_at + INTERVAL 4 DAY AND i.filed_at + INTERVAL 25 DAY AND i.n NOT IN (SELECT n FROM row_extension)"""


def extended_by(approver: str) -> tuple[str, ...]:
    return (f"""INSERT INTO row_extension BY NAME SELECT subject AS code, i.code AS case_code, i.filed_at + {DAYS} AS granted_at, '{approver}' AS approver,
        '案情重大、复杂，涉案人员较多' AS reason, i.n AS n FROM chosen JOIN row_case AS i ON i.code = extra""",)


EXTENSIONS = (
    Fault("延长超次", "旧法第二次", "extension", one_more(1, f"i.granted_at < {NEW} - INTERVAL 40 DAY"), ONE_MORE,
          "延长一次后这么多日再延长一次", LAW_TIMES, "日"),
    Fault("延长超次", "新法第三次", "extension", one_more(2, f"i.granted_at >= {NEW}"), ONE_MORE, "延长两次后这么多日再延长一次", LAW_TIMES, "日"),
    Fault("无权机关延长", "本单位", "extension", SOON, extended_by("本单位"), "立案后这么多日由本单位批准延长一次", LAW_TIMES, "日"),
    Fault("无权机关延长", "其他机关", "extension", SOON, extended_by("其他"), "立案后这么多日由其他机关批准延长一次", LAW_TIMES, "日"),
    Fault("无权机关延长", "所属公安机关", "extension", f"{SOON} AND o.kind <> '派出所'", extended_by("所属公安机关"),
          "不是派出所的案件，立案后这么多日由所属公安机关批准延长一次", LAW_TIMES, "日"),
)

# --- cases of other categories
LAW_NINETY = "行政处罚法第六十条"
OTHER = ("i.kind = '行政'", "i.category IN ('出入境', '其他')")
ENDED = ("i.decided_at IS NOT NULL", NO_PENALTY, NO_ITEMS)
OTHERS = (
    Fault("其他案件超期", "一直未决定", "case", among("case", *OTHER, "i.outcome IN ('不予处罚', '终止调查')", ago("i.accepted_at", "110 DAY")),
          (change("case", "decided_at = NULL, ended_without_decision_at = NULL, outcome = NULL, closed_at = NULL"),),
          "把不予处罚的决定或者终止调查去掉，案件至今未决定", LAW_NINETY),
    Fault("其他案件超期", "晚决定", "case", among("case", *OTHER, *ENDED, ago("i.accepted_at", "160 DAY"), low="105", high="140"),
          (change("case", f"decided_at = filed_at + {DAYS}, closed_at = filed_at + {DAYS} + INTERVAL 3 DAY"),), "把决定推迟到立案后的这一天", LAW_NINETY, "日"),
)

# --- what is given and told to whom
LAW_RECEIPT = "公安机关办理行政案件程序规定第六十一条、公安机关办理刑事案件程序规定第一百七十一条（参数二十四小时，非法定）"
LAW_REFUSED = "公安机关办理刑事案件程序规定第一百七十八条第二款"
LAW_HANDED = "公安机关办理刑事案件程序规定第一百八十条、行政执法机关移送涉嫌犯罪案件的规定第八条"
LAW_WITHDRAWN = "公安机关办理刑事案件程序规定第一百八十九条"
LAW_SENT = "刑事诉讼法第一百六十二条第一款（参数二十四小时，非法定）"
COMPLAINED = ("i.has_complainant", "i.receipt_given_at IS NOT NULL")
SERVED = (CRIMINAL, "i.has_complainant", "i.refused_at IS NOT NULL", ago("i.refused_at", "45 DAY"))
WITHDRAWN = (CRIMINAL, "i.outcome = '撤销案件'", ago("i.ended_without_decision_at", "45 DAY"))
TRANSFERRED = (CRIMINAL, "i.outcome = '移送'", ago("i.ended_without_decision_at", "5 DAY"))
TOLD = (
    Fault("没有受案回执", "行政没有交付", "case", among("case", *COMPLAINED, "i.kind = '行政'", ago("i.accepted_at", "2 DAY")),
          (change("case", "receipt_given_at = NULL"),), "去掉交付受案回执的时间", LAW_RECEIPT),
    Fault("没有受案回执", "刑事没有交付", "case", among("case", *COMPLAINED, CRIMINAL, ago("i.accepted_at", "2 DAY")),
          (change("case", "receipt_given_at = NULL"),), "去掉交付受案回执的时间", LAW_RECEIPT),
    Fault("没有受案回执", "晚交付", "case", among("case", *COMPLAINED, ago("i.accepted_at", "6 DAY"), low="1", high="5000"),
          (change("case", f"receipt_given_at = accepted_at + INTERVAL 24 HOUR + {MINUTES}"),), "受理满二十四小时后这么多分钟才交付", LAW_RECEIPT, "分钟"),
    Fault("不立案未送达", "没有送达", "case", among("case", *SERVED), (change("case", "refusal_served_at = NULL"),),
          "去掉送达不予立案通知书的时间", LAW_REFUSED),
    Fault("不立案未送达", "晚送达", "case", among("case", *SERVED, low="14", high="40"), (change("case", f"refusal_served_at = refused_at + {DAYS}"),),
          "决定不予立案后这么多日才送达", LAW_REFUSED, "日"),
    # later than the third day even over the longest holidays, but not by a month; what follows keeps its distance
    Fault("移送案件未审查", "晚决定不立", "case",
          among("case", CRIMINAL, "i.transferred_in_at IS NOT NULL", "i.refused_at IS NOT NULL", ago("i.refused_at", "45 DAY"), low="13", high="27"),
          (change("case", f"""refused_at = transferred_in_at + {DAYS}, refusal_served_at = refusal_served_at + (transferred_in_at + {DAYS} - refused_at),
              closed_at = closed_at + (transferred_in_at + {DAYS} - refused_at)"""),), "接受移送后这么多日才决定不予立案", LAW_HANDED, "日"),
    Fault("移送案件未审查", "登记时间提前", "case",
          among("case", CRIMINAL, "i.transferred_in_at IS NOT NULL", ago("i.accepted_at", "5 DAY"), low="14", high="60"),
          (change("case", f"transferred_in_at = transferred_in_at - {DAYS}"),), "受案之前这么多日就已经接受移送", LAW_HANDED, "日"),
    Fault("撤案未告知", "没有告知", "case", among("case", *WITHDRAWN), (change("case", "end_told_at = NULL"),), "去掉撤案的告知", LAW_WITHDRAWN),
    Fault("撤案未告知", "晚告知", "case", among("case", *WITHDRAWN, low="14", high="40"),
          (change("case", f"end_told_at = ended_without_decision_at + {DAYS}"),), "撤案后这么多日才告知", LAW_WITHDRAWN, "日"),
    Fault("移送未告知", "没有告知", "case", among("case", *TRANSFERRED), (change("case", "transfer_told_at = NULL"),), "去掉移送起诉的告知", LAW_SENT),
    Fault("移送未告知", "晚告知", "case", among("case", *TRANSFERRED, low="1", high="4000"),
          (change("case", f"transfer_told_at = ended_without_decision_at + INTERVAL 24 HOUR + {MINUTES}"),),
          "移送满二十四小时后这么多分钟才告知", LAW_SENT, "分钟"),
)

# --- fast decisions
LAW_FAST, LAW_BARRED, LAW_CONSENT = (f"公安机关办理行政案件程序规定第{number}条" for number in ("四十七", "四十一", "四十二"))
IS_FAST = "i.procedure = '快速办理'"
FIRST = "(SELECT min(s.arrived_at) FROM row_summons AS s WHERE s.n = {0}.n)"
OF_SUSPECT = "row_party.n = chosen.n AND row_party.role = '违法嫌疑人'"
IN_TIME = f"(i.n NOT IN (SELECT n FROM row_summons) OR i.decided_at < {FIRST.format('i')} + INTERVAL 48 HOUR)"
IS_ORDINARY = "i.n IN (SELECT n FROM row_case WHERE procedure = '普通程序' AND kind = '行政')"
NOBODY_BARRED = "i.n NOT IN (SELECT n FROM row_party WHERE role = '违法嫌疑人' AND (is_juvenile OR is_deaf OR is_blind OR is_mentally_ill))"
NOTHING_SEVERE = "i.n NOT IN (SELECT n FROM row_decision WHERE detention_days >= 10 OR fine >= 2000 OR revokes_licence OR suspends_business)"
ENTERED_FAST = "procedure = '快速办理', is_fast_agreed = true"
# nobody in it whom the law bars, nothing too severe; as an ordinary case it was decided days after the suspect had come
ORDINARY = among("case", IS_ORDINARY, NOBODY_BARRED, NOTHING_SEVERE, f"i.decided_at > {FIRST.format('i')} + INTERVAL 49 HOUR",
                 "i.outcome IN ('处罚', '不予处罚')")
MINOR = "i.n IN (SELECT n FROM row_party WHERE role = '违法嫌疑人' AND is_juvenile)"
SEVERE = among("decision", IS_ORDINARY, NOBODY_BARRED, IN_TIME, "i.detention_days >= 10", "i.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)")
MILD = among("decision", "i.n IN (SELECT n FROM row_case WHERE procedure = '快速办理')", "i.detention_days > 0", low="10", high="15")
FAST = (
    Fault("快速办理超时", "晚决定", "case",
          among("case", IS_FAST, NO_PENALTY, NO_ITEMS, "i.n IN (SELECT n FROM row_summons)", ago("i.accepted_at", "12 DAY"), low="1", high="7000"),
          (f"""UPDATE row_case SET decided_at = {FIRST.format('row_case')} + INTERVAL 48 HOUR + {MINUTES},
              closed_at = {FIRST.format('row_case')} + INTERVAL 96 HOUR + {MINUTES} FROM chosen WHERE code = subject""",),
          "到案满四十八小时后这么多分钟才决定", LAW_FAST, "分钟"),
    Fault("快速办理超时", "不合条件的登记为快速办理", "case", ORDINARY, (change("case", ENTERED_FAST),),
          "把到案四十八小时后才决定的案件登记成快速办理", LAW_FAST),
    Fault("不得快速办理的人", "盲人", "case", among("case", IS_FAST), (change("party", "is_blind = true", OF_SUSPECT),), "把违法嫌疑人改成盲人", LAW_BARRED),
    Fault("不得快速办理的人", "疑似精神病人", "case", among("case", IS_FAST), (change("party", "is_mentally_ill = true", OF_SUSPECT),),
          "把违法嫌疑人改成疑似精神病人", LAW_BARRED),
    Fault("不得快速办理的人", "未成年人", "case", among("case", IS_ORDINARY, MINOR, IN_TIME, NOTHING_SEVERE, "i.decided_at IS NOT NULL"),
          (change("case", ENTERED_FAST),), "把未成年人的案件登记成快速办理", LAW_BARRED),
    Fault("快速办理处罚过重", "登记为快速办理", "decision", SEVERE, (change("case", ENTERED_FAST, "row_case.n = chosen.n"),),
          "把拘留十日以上的案件登记成快速办理", LAW_BARRED),
    Fault("快速办理处罚过重", "十日以上", "decision", MILD,
          (change("decision", "detention_days = amount, told_detention_days = CASE WHEN told_detention_days IS NULL THEN NULL ELSE amount END"),),
          "把拘留改成这么多日", LAW_BARRED, "日"),
    Fault("没有同意快速办理", "标明没有同意", "case", among("case", IS_FAST), (change("case", "is_fast_agreed = false"),), "把同意改成没有同意", LAW_CONSENT),
    Fault("没有同意快速办理", "没有登记同意", "case", among("case", IS_FAST), (change("case", "is_fast_agreed = NULL"),), "去掉同意的登记", LAW_CONSENT),
)

# --- too late for a penalty
LAW_LATE, LAW_LATER = "治安管理处罚法（2012）第二十二条、（2025）第二十五条", "行政处罚法第三十六条、公安机关办理行政案件程序规定第一百五十四条"
# so long before, everybody was of age already
GROWN = "i.n NOT IN (SELECT p.n FROM row_party AS p JOIN row_case AS c ON c.n = p.n WHERE p.born_on + INTERVAL 27 YEAR > CAST(c.accepted_at AS DATE))"
LONG_BEFORE = (change("case", f"violated_on = CAST(accepted_at AS DATE) - {DAYS}"),)
PUNISHED = ("i.kind = '行政'", "i.outcome = '处罚'", GROWN)
LIMITATION = (
    Fault("治安超过追究时效", "新法", "case", among("case", *PUNISHED, PUBLIC, f"i.accepted_at >= {NEW}", low="186", high="700"), LONG_BEFORE,
          "把违法行为改到受理前这么多日", LAW_LATE, "日"),
    Fault("治安超过追究时效", "旧法", "case", among("case", *PUNISHED, PUBLIC, f"i.accepted_at < {NEW}", low="186", high="700"), LONG_BEFORE,
          "把违法行为改到受理前这么多日", LAW_LATE, "日"),
    Fault("其他超过追究时效", "两年以上", "case", among("case", *PUNISHED, "i.category <> '治安'", low="733", high="1800"), LONG_BEFORE,
          "把违法行为改到受理前这么多日", LAW_LATER, "日"),
    Fault("其他超过追究时效", "五年以上", "case", among("case", *PUNISHED, "i.category <> '治安'", low="1830", high="3000"), LONG_BEFORE,
          "把违法行为改到受理前这么多日", LAW_LATER, "日"),
)

# --- from criminal to administrative
LAW_DOWN = "公安机关办理行政案件程序规定第一百七十七条"
DOWN = """SELECT i.n, i.code AS subject, 0 AS low, 0 AS high FROM row_conversion AS i WHERE i.from_kind = '刑事' AND i.to_kind = '行政'"""
CONVERSIONS = (
    Fault("刑转行未批准", "标明没有批准", "conversion", DOWN, (change("conversion", "is_approved = false"),), "把批准改成没有批准", LAW_DOWN),
    Fault("刑转行未批准", "没有登记批准", "conversion", DOWN, (change("conversion", "is_approved = NULL"),), "去掉批准的登记", LAW_DOWN),
)

# --- closed although the fine has not been paid
LAW_CLOSED = "公安机关办理行政案件程序规定第二百五十八条"
FINED = ("i.fine > 0", "i.detention_days = 0", "NOT i.is_on_the_spot", "i.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)",
         "i.n IN (SELECT n FROM row_case WHERE kind = '行政' AND closed_at IS NOT NULL)",
         "i.code IN (SELECT decision_code FROM row_execution WHERE kind = '缴纳罚款')")
# the fifteen days for paying have not run out yet, so that nothing else is wrong
JUST_FINED = (*FINED[:4], "i.n IN (SELECT n FROM row_case WHERE kind = '行政' AND closed_at IS NULL)", "i.decided_at > planned(until()) - INTERVAL 12 DAY",
              ago("i.decided_at", "3 DAY"))
PAID = "(SELECT max(e.executed_at) FROM row_execution AS e WHERE e.decision_code = i.code)"
CLOSED = (
    Fault("罚款未缴即结案", "没有缴纳", "decision", among("decision", *JUST_FINED),
          (drop("execution", "row_execution.kind = '缴纳罚款'"),
           "UPDATE row_case SET closed_at = decided_at + INTERVAL 50 HOUR FROM chosen WHERE row_case.n = chosen.n"),
          "刚刚决定，没有缴纳罚款就结案", LAW_CLOSED),
    Fault("罚款未缴即结案", "提前结案", "decision",
          among("decision", *FINED, f"{PAID} > i.decided_at + INTERVAL 5 DAY", low="3", high=f"date_diff('day', i.decided_at, {PAID}) - 1"),
          (f"UPDATE row_case SET closed_at = decided_at + {DAYS} FROM chosen WHERE row_case.n = chosen.n",), "把结案改到决定后的这一日，罚款还没有缴纳",
          LAW_CLOSED, "日"),
)

# --- a child. Whoever was young already had somebody with them
LAW_CHILD = "治安管理处罚法第十二条、行政处罚法第三十条"
DIGITS = "left(p.id_number, 6) || strftime(b.born, '%Y%m%d') || substr(p.id_number, 15, 3)"
CHILD = f"""SELECT i.n, i.code AS subject, 2 AS low, 300 AS high, i.party_code AS extra FROM row_decision AS i JOIN row_party AS p ON p.code = i.party_code
    WHERE {STEADY} AND p.is_juvenile AND p.id_kind = '居民身份证' AND i.n IN (SELECT n FROM row_case WHERE kind = '行政')
    AND i.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)"""
CHILDREN = (
    Fault("处罚未满十四周岁", "改小年龄", "decision", CHILD,
          (f"""UPDATE row_party SET born_on = b.born, id_number = {DIGITS} || id_check({DIGITS}) FROM chosen
              JOIN (SELECT n, CAST(CAST(accepted_at AS DATE) - INTERVAL 14 YEAR AS DATE) AS day FROM row_case) AS c ON c.n = chosen.n
              JOIN row_party AS p ON p.code = extra, LATERAL (SELECT c.day + CAST(amount AS INTEGER) AS born) AS b WHERE row_party.code = extra""",),
          "把被处罚人的出生日期改到受理时差这么多日满十四周岁", LAW_CHILD, "日"),
)

# --- calls
LAW_SENT_OUT = "治安管理处罚法（2012）第一百一十六条、（2025）第一百三十九条，人民警察法第二十一条（参数十分钟，非法定）"
LAW_HOME = "反家庭暴力法第十六条"
URGENT = ("i.kind = '治安'", "i.outcome IN ('当场调解', '无违法事实')", "i.case_code IS NULL", "i.arrived_at >= i.reported_at + INTERVAL 12 MINUTE")
WARNED = ("i.is_domestic_violence", "i.warned_at IS NOT NULL")
CALLS = (
    Fault("派警迟延", "没有派警", "incident", calls(*URGENT), (change("incident", "dispatched_at = NULL"),), "去掉派警时间", LAW_SENT_OUT),
    Fault("派警迟延", "晚派警", "incident", calls(*URGENT, low="11", high="date_diff('minute', i.reported_at, i.arrived_at) - 1"),
          (change("incident", f"dispatched_at = reported_at + {MINUTES}"),), "报警后这么多分钟才派警", LAW_SENT_OUT, "分钟"),
    Fault("家暴没有告诫", "调解了事", "incident", calls(*WARNED), (change("incident", "warned_at = NULL"),), "去掉家庭暴力告诫书", LAW_HOME),
    Fault("家暴没有告诫", "按求助办结", "incident", calls(*WARNED), (change("incident", "warned_at = NULL, outcome = '求助已处理'"),),
          "去掉家庭暴力告诫书，处理结果改成求助已处理", LAW_HOME),
)

FAULTS = (*EXTENSIONS, *OTHERS, *TOLD, *FAST, *LIMITATION, *CONVERSIONS, *CLOSED, *CHILDREN, *CALLS)
