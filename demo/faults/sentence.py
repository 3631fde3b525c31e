"""What a penalty may not be, and what comes before and after it: no heavier than told, heard first, written and served as the law wants it."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, DAYS, HOURS, MINUTES, NEW, PUBLIC, STEADY, Fault, ago, among, change

ONLY = "i.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)"
SINGLE = "i.merged_days IS NULL"
UNSEEN = "i.party_code NOT IN (SELECT party_code FROM row_hearing)"
HEARD = "i.party_code IN (SELECT party_code FROM row_hearing)"

# --- what is decided is no more than what somebody was told to expect
LAW_TOLD = "行政处罚法第四十四条、第六十二条，治安管理处罚法（2025）第一百一十二条"
LAW_HEARD = "公安机关办理行政案件程序规定第一百二十五条、治安管理处罚法（2025）第一百一十七条"
REGULAR = (ADMINISTRATIVE, "NOT i.is_on_the_spot", SINGLE)
LESS = (change("decision", "told_fine = fine - amount"),)
HEAVIER = (
    Fault("重于告知", "罚款更多", "decision", among("decision", *REGULAR, UNSEEN, "i.fine >= 100", low="1", high="CAST(i.fine AS BIGINT)"), LESS,
          "把告知的罚款改得比决定少这么多", LAW_TOLD, "元"),
    Fault("重于告知", "拘留更长", "decision", among("decision", *REGULAR, "i.detention_days > 0", low="1", high="i.detention_days"),
          (change("decision", "told_detention_days = detention_days - amount"),), "把告知的拘留改得比决定短这么多", LAW_TOLD, "日"),
    Fault("重于告知", "告知时没有拘留", "decision", among("decision", *REGULAR, "i.detention_days > 0 AND i.told_fine > 0"),
          (change("decision", "told_detention_days = NULL"),), "去掉告知的拘留，只留罚款", LAW_TOLD),
    Fault("重于告知", "听证以后加重", "decision", among("decision", *REGULAR, HEARD, "i.fine >= 100", low="100", high="1000"), LESS,
          "把申请听证的人告知的罚款改得比决定少这么多", LAW_HEARD, "元"),
)

# --- one penalty is fifteen days of detention at the most
LAW_LONG = "治安管理处罚法（2012）第二十六条、（2025）第三十条，道路交通安全法第九十九条"
LONG = (change("decision", "detention_days = amount, told_detention_days = amount"),)
DETAINED = ("i.detention_days BETWEEN 8 AND 15", SINGLE, ONLY,
            "i.n NOT IN (SELECT n FROM row_case WHERE procedure = '快速办理')")  # a fast case may not end in ten days and more
TOO_LONG = (
    Fault("拘留超过十五日", "治安案件", "decision", among("decision", PUBLIC, *DETAINED, low="16", high="20"), LONG, "把拘留日数改成这个数", LAW_LONG, "日"),
    Fault("拘留超过十五日", "其他案件", "decision",
          among("decision", "i.n IN (SELECT n FROM row_case WHERE kind = '行政' AND category <> '治安')", *DETAINED, low="16", high="20"), LONG,
          "把拘留日数改成这个数", LAW_LONG, "日"),
)

# --- on the spot one officer may decide only on camera and without objection; it is reported within a day
LAW_ALONE, LAW_REPORT = "治安管理处罚法（2025）第一百二十条第三款", "治安管理处罚法（2012）第一百零一条、（2025）第一百二十条"
ALONE = (PUBLIC, "i.is_on_the_spot", "i.is_by_one_officer", f"i.decided_at >= {NEW}")
SPOT = (PUBLIC, "i.is_on_the_spot", ago("i.decided_at", "3 DAY"))
ON_THE_SPOT = (
    Fault("一人当场处罚", "没有录像", "decision", among("decision", *ALONE), (change("decision", "is_recorded = false"),), "改成没有录像", LAW_ALONE),
    Fault("一人当场处罚", "有异议", "decision", among("decision", *ALONE), (change("decision", "has_objection = true"),), "改成当事人有异议", LAW_ALONE),
    Fault("当场处罚未报备", "没有报备", "decision", among("decision", *SPOT), (change("decision", "reported_at = NULL"),), "去掉报备", LAW_REPORT),
    Fault("当场处罚未报备", "晚报备", "decision", among("decision", *SPOT, low="1", high="2000"),
          (change("decision", f"reported_at = decided_at + INTERVAL 24 HOUR + {MINUTES}"),), "决定满二十四小时后这么多分钟才报备", LAW_REPORT, "分钟"),
)

# --- whoever is under 18 is not punished before father, mother or another guardian has been told
LAW_GUARDIAN = "治安管理处罚法（2025）第一百一十二条第三款"
YOUNG = (PUBLIC, "i.party_code IN (SELECT p.code FROM row_party AS p WHERE p.born_on + INTERVAL 18 YEAR > i.decided_at)", f"i.decided_at >= {NEW}")
GUARDIANS = (
    Fault("未告知监护人", "没有告知", "decision", among("decision", *YOUNG), (change("decision", "guardian_told_at = NULL"),), "去掉告知监护人", LAW_GUARDIAN),
    Fault("未告知监护人", "决定后才告知", "decision", among("decision", *YOUNG, ago("i.decided_at", "5 DAY"), low="1", high="2000"),
          (change("decision", f"guardian_told_at = decided_at + {MINUTES}"),), "决定后这么多分钟才告知监护人", LAW_GUARDIAN, "分钟"),
)

# --- whoever asks for a hearing is heard, within ten days, and before the decision
LAW_HEARING, LAW_TEN = "治安管理处罚法（2012）第九十八条、（2025）第一百一十七条", "公安机关办理行政案件程序规定第一百三十七条"


def asked(low: str, high: str, *conditions: str) -> str:
    """Hearings `i` of somebody who was punished by the decision `d` (its code is `extra`)."""
    where = " AND ".join(f"({each})" for each in (STEADY, "i.held_at < d.decided_at", *conditions))
    return f"""SELECT i.n, i.code AS subject, {low} AS low, {high} AS high, d.code AS extra FROM row_hearing AS i
        JOIN row_decision AS d ON d.party_code = i.party_code WHERE {where}"""


# everything that hangs on the decision comes earlier by as much, what led to it (notices, the hearing) stays where it is
OF_EXTRA = "chosen JOIN row_decision AS d ON d.code = extra JOIN row_hearing AS h ON h.code = subject"
EARLIER = f"(d.decided_at - h.held_at + {HOURS})"


def earlier(table: str, columns: tuple[str, ...], which: str) -> str:
    return f"UPDATE row_{table} SET {', '.join(f'{each} = row_{table}.{each} - {EARLIER}' for each in columns)} FROM {OF_EXTRA} WHERE row_{table}.{which}"


FIRST_DECIDED = (
    earlier("service", ("served_at",), "decision_code = extra AND row_service.method <> '公告'"),
    earlier("execution", ("executed_at", "completed_at"), "decision_code = extra"),
    earlier("review", ("requested_at", "finished_at"), "n = chosen.n"),
    earlier("decision", ("guardian_told_at", "discussed_at", "official_told_at", "decided_at"), "code = extra"),
)
HEARINGS = (
    Fault("没有听证就决定", "没有举行", "hearing", asked("0", "0"), (change("hearing", "held_at = NULL"),), "去掉听证举行时间", LAW_HEARING),
    Fault("没有听证就决定", "举行以前决定", "hearing",
          asked("1", "date_diff('hour', i.notified_at, i.held_at) - 50"), FIRST_DECIDED, "把决定提前到听证举行前这么多小时", LAW_HEARING, "小时"),
    Fault("听证迟延", "晚举行", "hearing", asked("11", "date_diff('day', i.applied_at, d.decided_at) - 1"),
          (change("hearing", f"held_at = applied_at + {DAYS}"),), "把听证举行时间改到申请后这么多日", LAW_TEN, "日"),
)

# --- what is weighty is discussed by the leaders first
LAW_DISCUSSED = "行政处罚法第五十七条第二款、治安管理处罚法（2025）第一百一十三条第二款"
WEIGHTY = (ADMINISTRATIVE, "i.is_complex", UNSEEN)
DISCUSSED = (
    Fault("没有集体讨论", "没有讨论", "decision", among("decision", *WEIGHTY), (change("decision", "discussed_at = NULL"),), "去掉集体讨论时间",
          LAW_DISCUSSED),
    Fault("没有集体讨论", "决定后才讨论", "decision", among("decision", *WEIGHTY, ago("i.decided_at", "5 DAY"), low="1", high="3000"),
          (change("decision", f"discussed_at = decided_at + {MINUTES}"),), "把集体讨论改到决定后这么多分钟", LAW_DISCUSSED, "分钟"),
)

# --- the paper says where to complain, and which law it follows
LAW_PAPER, LAW_VERSION = "行政处罚法第五十二条、第五十九条，治安管理处罚法（2025）第一百一十五条", "治安管理处罚法（2025）第一百四十四条、行政处罚法第三十七条"
SILENT = (change("decision", "states_remedies = false"),)
PAPERS = (
    Fault("没有载明救济途径", "普通程序", "decision", among("decision", ADMINISTRATIVE, "NOT i.is_on_the_spot", UNSEEN), SILENT,
          "改成没有载明救济途径", LAW_PAPER),
    Fault("没有载明救济途径", "当场处罚", "decision", among("decision", ADMINISTRATIVE, "i.is_on_the_spot", "NOT i.is_by_one_officer"), SILENT,
          "改成没有载明救济途径", LAW_PAPER),
    Fault("引错法律版本", "施行前引新法", "decision", among("decision", PUBLIC, UNSEEN, f"i.decided_at < {NEW}"), (change("decision", "law_version = '2025'"),),
          "把所引版本改成新法", LAW_VERSION),
    Fault("引错法律版本", "施行后的行为引旧法", "decision",
          among("decision", UNSEEN, f"i.decided_at >= {NEW}", """i.n IN (SELECT n FROM row_case WHERE kind = '行政' AND category = '治安'
                AND violated_on >= DATE '2026-01-01')"""), (change("decision", "law_version = '2012'"),), "把所引版本改成旧法", LAW_VERSION),
)

# --- by electronic means only with a signed consent; by a public notice only after sixty days
LAW_CONSENT, LAW_SIXTY = "行政处罚法第六十一条第二款", "公安机关办理行政案件程序规定第三十六条"
BY_WIRE = (ADMINISTRATIVE, "i.method = '电子'", "i.recipient = '被处罚人'")
NOTICED = (ADMINISTRATIVE, "i.method = '公告'")
SERVICES = (
    Fault("电子送达没有确认书", "登记为没有", "service", among("service", *BY_WIRE), (change("service", "has_consent = false"),),
          "改成没有签订确认书", LAW_CONSENT),
    Fault("电子送达没有确认书", "没有登记", "service", among("service", *BY_WIRE), (change("service", "has_consent = NULL"),), "去掉确认书的登记", LAW_CONSENT),
    Fault("公告送达太短", "视为送达太早", "service", among("service", *NOTICED, low="30", high="59"),
          (change("service", "served_at = planned(announced_on + to_days(CAST(amount AS INTEGER)) + INTERVAL 10 HOUR)"),), "公告后这么多日即视为送达",
          LAW_SIXTY, "日"),
    Fault("公告送达太短", "公告太晚", "service", among("service", *NOTICED, low="1", high="59"),
          (change("service", "announced_on = CAST(served_at AS DATE) - CAST(amount AS INTEGER)"),), "把公告日期改到视为送达前这么多日", LAW_SIXTY, "日"),
)

# --- who was told by a public notice has seven days to answer
LAW_SEVEN = "公安机关办理行政案件程序规定第一百六十八条"
FLED = (ADMINISTRATIVE, "i.announced_at IS NOT NULL")
SOONER = (change("decision", f"announced_at = decided_at - {DAYS}"),)
NOTICES = (
    Fault("公告告知太短", "差一二日", "decision", among("decision", *FLED, low="5", high="6"), SOONER, "把公告改到决定前这么多日", LAW_SEVEN, "日"),
    Fault("公告告知太短", "差得多", "decision", among("decision", *FLED, low="1", high="4"), SOONER, "把公告改到决定前这么多日", LAW_SEVEN, "日"),
)

# --- a station takes away things worth five hundred yuan at the most
LAW_WORTH = "公安机关办理行政案件程序规定第一百九十五条"
OF_STATION = (ADMINISTRATIVE, "NOT i.is_on_the_spot", "i.unit_code IN (SELECT u.code FROM bureau_units AS u WHERE u.kind = '派出所')")
WORTH = (change("decision", "confiscated = amount"),)
TAKEN = (
    Fault("派出所越权收缴", "略超", "decision", among("decision", *OF_STATION, low="501", high="600"), WORTH, "把收缴价值改成这个数", LAW_WORTH, "元"),
    Fault("派出所越权收缴", "超出很多", "decision", among("decision", *OF_STATION, low="1000", high="9000"), WORTH, "把收缴价值改成这个数", LAW_WORTH, "元"),
)

# --- afterwards: what is done with somebody young who is not detained, and who hears of an official's penalty; ten days, as the bureau reads it
LAW_REFORM, LAW_OFFICIAL = "治安管理处罚法（2025）第二十四条", "治安管理处罚法（2025）第一百三十四条"
SPARED = (*YOUNG, ago("i.decided_at", "25 DAY"), "i.code IN (SELECT e.decision_code FROM row_execution AS e WHERE e.kind = '不执行拘留')")
OFFICIAL = (PUBLIC, "i.party_code IN (SELECT p.code FROM row_party AS p WHERE p.is_official)", f"i.decided_at >= {NEW}", ago("i.decided_at", "45 DAY"))
AFTERWARDS = (
    Fault("没有矫治教育", "没有采取", "decision", among("decision", *SPARED), (change("decision", "corrected_at = NULL"),), "去掉矫治教育措施", LAW_REFORM),
    Fault("没有矫治教育", "晚采取", "decision", among("decision", *SPARED, low="12", high="22"), (change("decision", f"corrected_at = decided_at + {DAYS}"),),
          "决定后这么多日才采取", LAW_REFORM, "日"),
    Fault("公职人员未通报", "没有通报", "decision", among("decision", *OFFICIAL), (change("decision", "official_told_at = NULL"),), "去掉通报", LAW_OFFICIAL),
    Fault("公职人员未通报", "晚通报", "decision", among("decision", *OFFICIAL, low="11", high="40"),
          (change("decision", f"official_told_at = decided_at + {DAYS}"),), "决定后这么多日才通报", LAW_OFFICIAL, "日"),
)

FAULTS = (
    *HEAVIER, *TOO_LONG, *ON_THE_SPOT, *GUARDIANS, *HEARINGS, *DISCUSSED, *PAPERS, *SERVICES, *NOTICES, *TAKEN, *AFTERWARDS,
)
