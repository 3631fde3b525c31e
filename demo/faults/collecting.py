"""How evidence is collected: inspections and searches, line-ups, appraisals and what is told of them."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, DAYS, HOURS, NEW, PUBLIC, STEADY, Fault, ago, among, change, drop

CRIMINAL = "i.n IN (SELECT n FROM row_case WHERE kind = '刑事')"
OTHER = "i.n IN (SELECT n FROM row_case WHERE kind = '行政' AND category <> '治安')"
INSPECTED, SEARCHED, SCENE = "i.kind = '检查'", "i.kind = '搜查'", "i.kind = '勘验'"


def inspection(name: str, variant: str, values: str, done: str, law: str, *conditions: str, **size: str) -> Fault:
    return Fault(name, variant, "inspection", among("inspection", *conditions, **size), (change("inspection", values),), done, law)


# --- no home without a warrant; of other public-order inspections on the spot those of places are on camera
LAW_HOME = "治安管理处罚法（2012）第八十七条、（2025）第一百零三条，公安机关办理行政案件程序规定第八十二条"
HOME = (INSPECTED, "i.target = '住所'")
NO_PAPER = "has_warrant = false"
PLACE = (INSPECTED, "i.target = '场所'")
ON_CAMERA = (*PLACE, PUBLIC, "i.is_urgent", f"i.started_at >= {NEW}")
LAW_CAMERA = "治安管理处罚法（2025）第一百零三条"
PAPERS = (
    inspection("检查住所没有检查证", "治安案件", NO_PAPER, "去掉检查证", LAW_HOME, *HOME, PUBLIC),
    inspection("检查住所没有检查证", "治安案件当场检查", f"{NO_PAPER}, is_urgent = true", "去掉检查证，标明当场检查", LAW_HOME, *HOME, PUBLIC),
    inspection("检查住所没有检查证", "其他行政案件", NO_PAPER, "去掉检查证", LAW_HOME, *HOME, OTHER),
    inspection("当场检查场所没有录像", "没有录", "is_recorded = false", "改成没有录音录像", LAW_CAMERA, *ON_CAMERA),
    inspection("当场检查场所没有录像", "没有登记", "is_recorded = NULL", "去掉录音录像的登记", LAW_CAMERA, *ON_CAMERA),
    inspection("检查场所没有检查证", "没有检查证", NO_PAPER, "去掉检查证，也没有标明当场检查", LAW_HOME, *PLACE, ADMINISTRATIVE, "i.has_warrant"),
    inspection("检查场所没有检查证", "没有标明当场", "is_urgent = false", "去掉当场检查的标明，又没有检查证", LAW_HOME, *PLACE, ADMINISTRATIVE, "i.is_urgent"),
)

# --- two officers; a woman's body by women
LAW_PAIR = "治安管理处罚法（2012）第八十七条、（2025）第一百零三条，公安机关办理刑事案件程序规定第二百一十五条、第二百二十三条"
LAW_WOMAN = "治安管理处罚法（2012）第八十七条、（2025）第一百零三条，刑事诉讼法第一百三十九条"
ALONE, BY_MEN = ("officer_count = 1", "把执行民警改成一人"), ("is_by_woman = false", "改成不是由女性进行")
WHO = (
    inspection("一人检查搜查", "行政案件检查", *ALONE, LAW_PAIR, INSPECTED, ADMINISTRATIVE),
    inspection("一人检查搜查", "搜查", *ALONE, LAW_PAIR, SEARCHED, CRIMINAL),
    inspection("一人检查搜查", "现场勘查", *ALONE, LAW_PAIR, SCENE, CRIMINAL),
    inspection("男性检查搜查妇女", "检查", *BY_MEN, LAW_WOMAN, INSPECTED, ADMINISTRATIVE, "i.is_by_woman"),
    inspection("男性检查搜查妇女", "搜查", *BY_MEN, LAW_WOMAN, SEARCHED, CRIMINAL, "i.is_by_woman"),
)

# --- a search needs a warrant, except while somebody is being detained or arrested (within a day, as the bureau reads it)
LAW_SEARCH = "刑事诉讼法第一百三十八条、公安机关办理刑事案件程序规定第二百二十三条、第二百二十四条"
NEAR = """EXISTS (SELECT 1 FROM row_measure AS m WHERE m.party_code = i.party_code AND m.kind IN ('刑事拘留', '逮捕')
    AND abs(date_diff('minute', m.started_at, i.started_at)) < 1500)"""
SEARCHES = (
    inspection("搜查没有搜查证", "没有搜查证", NO_PAPER, "去掉搜查证", LAW_SEARCH, SEARCHED, CRIMINAL, "i.has_warrant"),
    inspection("搜查没有搜查证", "紧急而没有拘留逮捕", f"{NO_PAPER}, is_urgent = true", "去掉搜查证，标明紧急，而没有正在执行的拘留、逮捕", LAW_SEARCH,
               SEARCHED, CRIMINAL, "i.has_warrant", f"NOT {NEAR}"),
    inspection("搜查没有搜查证", "拘留时没有紧急情况", "is_urgent = false", "去掉紧急情况的标明，又没有搜查证", LAW_SEARCH, SEARCHED, CRIMINAL, "i.is_urgent"),
)

# --- in a criminal case a witness, who is nobody of the police, or else all of it on camera; an inspection record signed by everybody
LAW_WITNESS = "公安机关办理刑事案件程序规定第一百九十四条"
LAW_SIGNED = "治安管理处罚法（2012）第八十八条、（2025）第一百零四条，公安机关办理行政案件程序规定第八十六条"
UNSEEN = ("has_witness = false, is_recorded = false", "去掉见证人和录音录像")
STAFF = ("is_witness_staff = true", "把见证人标为公安机关人员")
UNSIGNED = ("is_signed = false", "改成笔录签名不全")
SEEN = (
    inspection("勘验搜查无人见证", "搜查", *UNSEEN, LAW_WITNESS, SEARCHED, CRIMINAL),
    inspection("勘验搜查无人见证", "现场勘查", *UNSEEN, LAW_WITNESS, SCENE, CRIMINAL),
    inspection("公安人员当见证人", "搜查", *STAFF, LAW_WITNESS, SEARCHED, CRIMINAL, "i.has_witness"),
    inspection("公安人员当见证人", "现场勘查", *STAFF, LAW_WITNESS, SCENE, CRIMINAL, "i.has_witness"),
    inspection("检查笔录签名不全", "没有录像", *UNSIGNED, LAW_SIGNED, INSPECTED, ADMINISTRATIVE, "NOT i.is_recorded"),
    inspection("检查笔录签名不全", "新法录了像", *UNSIGNED, LAW_SIGNED, INSPECTED, PUBLIC, "i.is_recorded", f"i.started_at >= {NEW}"),
)

# --- line-ups: enough people or things, two officers (from 2026, in public-order cases, one at the bureau on camera), a witness
LAW_ENOUGH = "公安机关办理行政案件程序规定第一百零四条、公安机关办理刑事案件程序规定第二百六十条"
LAW_HELD = "公安机关办理行政案件程序规定第一百零二条、公安机关办理刑事案件程序规定第二百五十九条，治安管理处罚法（2025）第一百零八条"


def lineup(name: str, variant: str, values: str, done: str, law: str, *conditions: str, high: str = "0") -> Fault:
    return Fault(name, variant, "lineup", among("lineup", *conditions, low="1" if high != "0" else "0", high=high), (change("lineup", values),), done, law,
                 "个" if high != "0" else "")


LINEUPS = (
    *(lineup("辨认数量不足", kind, "shown = amount", "把供辨认的数量改成这么多", LAW_ENOUGH, f"i.kind = '{kind}'", high=high)
      for kind, high in (("人", "6"), ("照片", "9"), ("物品", "4"))),
    lineup("辨认数量不足", "物品照片", "shown = amount", "把供辨认的数量改成这么多", LAW_ENOUGH, "i.kind = '物品照片'", CRIMINAL, high="9"),
    lineup("一人主持辨认", "刑事案件", "officer_count = 1", "把主持民警改成一人", LAW_HELD, CRIMINAL),
    lineup("一人主持辨认", "旧法", "officer_count = 1", "把主持民警改成一人", LAW_HELD, ADMINISTRATIVE, f"i.started_at < {NEW}"),
    lineup("一人主持辨认", "没有录像", "is_recorded = false", "一人主持，改成没有录音录像", LAW_HELD, PUBLIC, "i.officer_count = 1"),
    lineup("一人主持辨认", "不在规范场所", "is_qualified_place = false", "一人主持，改成不在规范场所", LAW_HELD, PUBLIC, "i.officer_count = 1"),
    lineup("刑事辨认无人见证", "人和照片", *UNSEEN, LAW_WITNESS, CRIMINAL, "i.kind IN ('人', '照片')"),
    lineup("刑事辨认无人见证", "物品", *UNSEEN, LAW_WITNESS, CRIMINAL, "i.kind IN ('物品', '物品照片')"),
)

# --- appraisals: both sides hear of the result; who objects gets an answer, and a refusal in writing. How long an answer and, in a criminal case, telling
# them may take is for the bureau to say: seven and five days. Sizes leave out what holidays may add
LAW_SERVED, LAW_SHARED = "公安机关办理行政案件程序规定第九十七条", "刑事诉讼法第一百四十八条、公安机关办理刑事案件程序规定第二百五十二条（参数五日，非法定）"
LAW_REFUSED = "公安机关办理行政案件程序规定第九十八条、公安机关办理刑事案件程序规定第二百五十四条、第二百五十五条"
LAW_ANSWERED = "公安机关办理行政案件程序规定第九十七条、第九十八条，公安机关办理刑事案件程序规定第二百五十四条、第二百五十五条（参数七日，非法定）"
RESULT = ("i.told_at IS NOT NULL", "i.objected_at IS NULL", ago("i.received_at", "40 DAY"))
REFUSED = ("i.is_refused", "i.refusal_told_at IS NOT NULL", ago("i.objected_at", "60 DAY"))
NEVER_ANSWERED = "answered_at = NULL, is_refused = NULL, refusal_told_at = NULL"
ANSWERED_LATE = f"answered_at = objected_at + {DAYS}, refusal_told_at = objected_at + {DAYS} + INTERVAL 1 DAY"


def appraisal(name: str, variant: str, values: str, done: str, law: str, *conditions: str, low: str = "0", high: str = "0") -> Fault:
    return Fault(name, variant, "appraisal", among("appraisal", *conditions, low=low, high=high), (change("appraisal", values),), done, law,
                 "日" if high != "0" else "")


TOLD_LATE, UNTOLD = f"told_at = received_at + {DAYS}", "told_at = NULL"
RESULTS = (
    appraisal("鉴定意见未送达", "没有送达", UNTOLD, "去掉送达", LAW_SERVED, *RESULT, ADMINISTRATIVE),
    appraisal("鉴定意见未送达", "晚送达", TOLD_LATE, "收到后这么多日才送达", LAW_SERVED, *RESULT, ADMINISTRATIVE, low="16", high="35"),
    appraisal("刑事鉴定意见未告知", "没有告知", UNTOLD, "去掉告知", LAW_SHARED, *RESULT, CRIMINAL),
    appraisal("刑事鉴定意见未告知", "晚告知", TOLD_LATE, "收到后这么多日才告知", LAW_SHARED, *RESULT, CRIMINAL, low="16", high="35"),
    appraisal("不准重新鉴定未通知", "没有通知", "refusal_told_at = NULL", "去掉不准予的通知", LAW_REFUSED, *REFUSED),
    appraisal("不准重新鉴定未通知", "晚通知", f"refusal_told_at = answered_at + {DAYS}", "决定后这么多日才通知", LAW_REFUSED, *REFUSED, low="14", high="30"),
    appraisal("重新鉴定申请未答复", "没有答复", NEVER_ANSWERED, "去掉答复和不准予的通知", LAW_ANSWERED, *REFUSED),
    appraisal("重新鉴定申请未答复", "晚答复", ANSWERED_LATE, "收到申请后这么多日才答复", LAW_ANSWERED, *REFUSED, low="18", high="40"),
)

# --- the clock of a public-order case stands still for as long as something is appraised, that of a criminal case does not (but for mental illness).
# What begins and ends it is not written anywhere: a day is left either way
LAW_CLOCK = "治安管理处罚法（2012）第九十九条、（2025）第一百一十八条（参数二十四小时，非法定）"
LAW_NO_CLOCK = "刑事诉讼法第一百四十九条、公安机关办理刑事案件程序规定第二百五十七条"
STOPPED = (PUBLIC, "i.kind = '鉴定'", "i.ended_at IS NOT NULL", ago("i.ended_at", "20 DAY"))
OF_CASE = "row_appraisal.case_code = (SELECT s.case_code FROM row_suspension AS s WHERE s.code = subject)"
WHILE_APPRAISED = f"""SELECT i.n, i.case_code || '-KC91' AS subject, 0 AS low, 0 AS high, i.code AS extra FROM row_appraisal AS i
    WHERE {STEADY} AND {CRIMINAL} AND {ago('i.received_at', '5 DAY')}"""


def stop(end: str) -> tuple[str, ...]:
    return (f"""INSERT INTO row_suspension BY NAME SELECT subject AS code, a.case_code, '鉴定' AS kind, a.commissioned_at AS started_at, {end} AS ended_at, a.n
        FROM chosen JOIN row_appraisal AS a ON a.code = extra""",)


CLOCKS = (
    Fault("扣除而没有鉴定", "没有委托", "suspension", among("suspension", *STOPPED), (drop("appraisal", OF_CASE),), "去掉鉴定", LAW_CLOCK),
    Fault("扣除而没有鉴定", "委托太晚", "suspension", among("suspension", *STOPPED, low="25", high="110"),
          (change("appraisal", f"commissioned_at = commissioned_at + {HOURS}", OF_CASE),), "把委托推后这么多小时", LAW_CLOCK, "小时"),
    Fault("收到鉴定后仍扣除", "没有结束", "suspension", among("suspension", *STOPPED),
          (change("suspension", "ended_at = NULL"),), "去掉扣除的结束时间", LAW_CLOCK),
    Fault("收到鉴定后仍扣除", "结束太晚", "suspension", among("suspension", *STOPPED, low="25", high="240"),
          (change("suspension", f"ended_at = ended_at + {HOURS}"),), "把扣除的结束推后这么多小时", LAW_CLOCK, "小时"),
    Fault("刑事扣除鉴定期间", "到收到时", "suspension", WHILE_APPRAISED, stop("a.received_at"), "把鉴定的期间登记为期间扣除", LAW_NO_CLOCK),
    Fault("刑事扣除鉴定期间", "没有结束", "suspension", WHILE_APPRAISED, stop("NULL::TIMESTAMPTZ"), "从委托鉴定起登记期间扣除，没有结束", LAW_NO_CLOCK),
)

FAULTS = (*PAPERS, *WHO, *SEARCHES, *SEEN, *LINEUPS, *RESULTS, *CLOCKS)
