"""How evidence is collected: inspections and searches, line-ups, appraisals and what is told of them."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, DAYS, NEW, PUBLIC, Fault, ago, among, change, drop

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
    inspection("搜查没有搜查证", "紧急而没有拘留逮捕", f"{NO_PAPER}, is_urgent = true", "去掉搜查证，标明紧急，而没有正在执行的拘留、逮捕", LAW_SEARCH, SEARCHED, CRIMINAL,
               "i.has_warrant", f"NOT {NEAR}"),
    inspection("搜查没有搜查证", "拘留时没有紧急情况", "is_urgent = false", "去掉紧急情况的标明，又没有搜查证", LAW_SEARCH, SEARCHED, CRIMINAL, "i.is_urgent"),
)

FAULTS = (*PAPERS, *WHO, *SEARCHES)
