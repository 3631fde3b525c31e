"""What is held is held as long as the law allows, kept by somebody else than who handles the case, and entered in a list; what is lent comes back."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, DAYS, HOURS, MINUTES, NEW, PUBLIC, Fault, ago, among, change

CRIMINAL = "i.n IN (SELECT n FROM row_case WHERE kind = '刑事')"
SEIZED, REGISTERED, FROZEN = "i.kind = '扣押'", "i.kind = '先行登记保存'", "i.kind = '冻结'"
PLAIN = "i.category <> '易腐或者危险'"  # what spoils is due much earlier
NEVER = "disposed_at = NULL, owner_told_at = NULL"
NOBODY_TOLD = "i.owner_told_at IS NULL"
LENT = "i.code IN (SELECT property_item_code FROM row_loan)"

# --- seizures of administrative cases: thirty days, sixty where more were granted in time (some days more for holidays)
LAW_SEIZED = "公安机关办理行政案件程序规定第一百一十二条、行政强制法第二十五条"
HELD = (ADMINISTRATIVE, SEIZED, PLAIN, "i.examination_told_at IS NULL", NOBODY_TOLD, "i.checked_in_at IS NOT NULL")
SHORT, LONG = "i.extended_at IS NULL", "i.extended_at IS NOT NULL"
SEIZURES = (
    Fault("扣押超期", "没有处理", "property_item", among("property_item", *HELD, SHORT, ago("i.seized_at", "45 DAY")), (change("property_item", NEVER),),
          "去掉处理", LAW_SEIZED),
    Fault("扣押超期", "晚处理", "property_item", among("property_item", *HELD, SHORT, ago("i.seized_at", "90 DAY"), low="41", high="80"),
          (change("property_item", f"disposed_at = seized_at + {DAYS}"),), "扣押后这么多日才处理", LAW_SEIZED, "日"),
    Fault("扣押超期", "延长后没有处理", "property_item", among("property_item", *HELD, LONG, ago("i.seized_at", "75 DAY")), (change("property_item", NEVER),),
          "延长以后去掉处理", LAW_SEIZED),
    Fault("扣押超期", "没有延长", "property_item",
          among("property_item", *HELD, LONG, ago("i.seized_at", "75 DAY"), "i.disposed_at > i.seized_at + INTERVAL 41 DAY"),
          (change("property_item", "extended_at = NULL, extension_told_at = NULL"),), "去掉延长", LAW_SEIZED),
)

# --- … of which the owner is told: in two days, as the bureau reads it
EXTENDED = (ADMINISTRATIVE, SEIZED, "i.extension_told_at IS NOT NULL", ago("i.extended_at", "20 DAY"))
EXTENSIONS = (
    Fault("延长扣押未告知", "没有告知", "property_item", among("property_item", *EXTENDED), (change("property_item", "extension_told_at = NULL"),),
          "去掉延长的告知", LAW_SEIZED),
    Fault("延长扣押未告知", "晚告知", "property_item", among("property_item", *EXTENDED, low="1", high="240"),
          (change("property_item", f"extension_told_at = extended_at + INTERVAL 48 HOUR + {HOURS}"),), "满四十八小时后这么多小时才告知", LAW_SEIZED, "小时"),
)

# --- what was only registered: seven days, counted as workdays
LAW_REGISTERED = "公安机关办理行政案件程序规定第一百一十条、行政处罚法第五十六条"
REGISTRATIONS = (
    Fault("先行登记保存超期", "没有处理", "property_item", among("property_item", ADMINISTRATIVE, REGISTERED, ago("i.seized_at", "25 DAY")),
          (change("property_item", NEVER),), "去掉处理", LAW_REGISTERED),
    Fault("先行登记保存超期", "晚处理", "property_item", among("property_item", ADMINISTRATIVE, REGISTERED, ago("i.seized_at", "60 DAY"), low="20", high="50"),
          (change("property_item", f"disposed_at = seized_at + {DAYS}"),), "登记保存后这么多日才处理", LAW_REGISTERED, "日"),
)

# --- what has nothing to do with a criminal case goes back within three days
LAW_IRRELEVANT = "刑事诉讼法第一百四十五条、公安机关办理刑事案件程序规定第二百三十三条"
IRRELEVANT = (CRIMINAL, SEIZED, "i.irrelevant_at IS NOT NULL")
RELEASES = (
    Fault("无关财物未退还", "没有退还", "property_item", among("property_item", *IRRELEVANT, ago("i.irrelevant_at", "15 DAY")),
          (change("property_item", NEVER),), "去掉处理", LAW_IRRELEVANT),
    Fault("无关财物未退还", "晚退还", "property_item", among("property_item", *IRRELEVANT, ago("i.irrelevant_at", "50 DAY"), low="13", high="40"),
          (change("property_item", f"disposed_at = irrelevant_at + {DAYS}"),), "查明无关后这么多日才退还", LAW_IRRELEVANT, "日"),
)

# --- kept by whoever handles the case
LAW_KEPT = "公安机关办理行政案件程序规定第一百八十八条、公安机关办理刑事案件程序规定第二百三十五条"
KEEPING = tuple(
    Fault("办案人员自行保管", role, "property_item", f"""SELECT i.n, i.code AS subject, 0 AS low, 0 AS high, a.officer_code AS extra
        FROM row_property_item AS i JOIN row_interview AS v ON v.n = i.n JOIN row_attendance AS a ON a.interview_code = v.code
        WHERE i.keeper_code IS NOT NULL AND a.officer_code IS NOT NULL AND a.role = '{role}'""",
          (change("property_item", "keeper_code = extra"),), f"把保管人改成本案询问讯问的{role}", LAW_KEPT) for role in ("主办", "协办"))

# --- on the spot: recorded from 2026 in public-order cases, approved within a day
LAW_RECORDED, LAW_APPROVED = "治安管理处罚法第一百零五条", "公安机关办理行政案件程序规定第五十六条、行政强制法第十九条"
ON_THE_SPOT = "i.is_on_the_spot"
FILMED = (PUBLIC, SEIZED, ON_THE_SPOT, f"i.seized_at >= {NEW}")
AT_ONCE = (ADMINISTRATIVE, ON_THE_SPOT, ago("i.seized_at", "12 DAY"))
SPOTS = (
    *(Fault("当场扣押没有录像", variant, "property_item", among("property_item", *FILMED), (change("property_item", f"is_recorded = {value}"),), done,
            LAW_RECORDED) for variant, value, done in (("没有录像", "false", "登记成没有录像"), ("没有登记", "NULL", "去掉录像的登记"))),
    Fault("当场扣押没有补批", "没有批准", "property_item", among("property_item", *AT_ONCE), (change("property_item", "approved_at = NULL"),),
          "去掉补办的批准", LAW_APPROVED),
    Fault("当场扣押没有补批", "晚批准", "property_item", among("property_item", *AT_ONCE, low="1", high="10000"),
          (change("property_item", f"approved_at = seized_at + INTERVAL 24 HOUR + {MINUTES}"),), "满二十四小时后这么多分钟才补办批准", LAW_APPROVED, "分钟"),
)

# --- the list is signed, valuables are photographed
LAW_LISTED = "公安机关办理行政案件程序规定第一百一十一条、公安机关办理刑事案件程序规定第二百三十条"
PAPERS = (
    *(Fault("清单没有签名", variant, "property_item", among("property_item", f"i.kind = '{kind}'"), (change("property_item", f"is_list_signed = {value}"),),
            done, LAW_LISTED)
      for variant, kind, value, done in (("扣押没有签名", "扣押", "false", "登记成没有签名"), ("扣押没有登记", "扣押", "NULL", "去掉签名的登记"),
                                         ("先行登记保存", "先行登记保存", "false", "登记成没有签名"))),
    *(Fault("贵重物品没有拍照", variant, "property_item", among("property_item", CRIMINAL, SEIZED, "i.category = '贵重'"),
            (change("property_item", f"is_photographed = {value}"),), done, LAW_LISTED)
      for variant, value, done in (("没有拍照", "false", "登记成没有拍照"), ("没有登记", "NULL", "去掉拍照的登记"))),
)

# --- frozen: six months, again where it was prolonged (some days more for holidays)
LAW_FROZEN = "公安机关办理刑事案件程序规定第二百四十三条"
FREEZES = (
    Fault("冻结超期", "没有续冻和解除", "property_item", among("property_item", CRIMINAL, FROZEN, ago("i.seized_at", "200 DAY")),
          (change("property_item", f"{NEVER}, extended_at = NULL"),), "去掉续冻和解除", LAW_FROZEN),
    Fault("冻结超期", "晚解除", "property_item", among("property_item", CRIMINAL, FROZEN, ago("i.seized_at", "240 DAY"), low="195", high="235"),
          (change("property_item", f"extended_at = NULL, disposed_at = seized_at + {DAYS}"),), "冻结后这么多日才解除", LAW_FROZEN, "日"),
)

# --- told to fetch: half a year
LAW_FETCHED = "公安机关办理行政案件程序规定第一百九十七条、公安机关办理刑事案件程序规定第二百三十三条"
FETCHING = (
    Fault("无人领取未处理", "没有处理", "property_item", among("property_item", ago("i.owner_told_at", "200 DAY")),
          (change("property_item", "disposed_at = NULL"),), "去掉处理", LAW_FETCHED),
    Fault("无人领取未处理", "晚处理", "property_item", among("property_item", ago("i.owner_told_at", "240 DAY"), low="195", high="235"),
          (change("property_item", f"disposed_at = owner_told_at + {DAYS}"),), "通知后这么多日才处理", LAW_FETCHED, "日"),
)

# --- what was picked up goes somewhere when the case is over: in a month, as the bureau reads it
LAW_LEFT = "公安机关办理行政案件程序规定第一百九十三条"
LEFT = (ADMINISTRATIVE, "i.kind = '提取'", PLAIN, NOBODY_TOLD, "i.checked_in_at IS NOT NULL")


def ended(length: str) -> str:
    return f"i.n IN (SELECT n FROM row_case WHERE coalesce(decided_at, ended_without_decision_at) < planned(until()) - INTERVAL {length})"


OVER = f"""UPDATE row_property_item SET disposed_at = coalesce(c.decided_at, c.ended_without_decision_at) + {DAYS}
    FROM chosen JOIN row_case AS c ON c.n = chosen.n WHERE row_property_item.code = subject"""
LEAVINGS = (
    Fault("结案后财物未处理", "没有处理", "property_item", among("property_item", *LEFT, ended("45 DAY")), (change("property_item", NEVER),),
          "去掉处理", LAW_LEFT),
    Fault("结案后财物未处理", "晚处理", "property_item", among("property_item", *LEFT, ended("90 DAY"), low="41", high="80"), (OVER,),
          "案件终结后这么多日才处理", LAW_LEFT, "日"),
)

# --- what spoils or is dangerous: ten days, as the bureau reads it
LAW_SPOILS = "公安机关办理行政案件程序规定第一百九十一条、公安机关办理刑事案件程序规定第二百三十六条"
SPOILS = ("i.category = '易腐或者危险'", "i.kind = '提取'", "i.checked_in_at IS NOT NULL")
SPOILING = (
    Fault("易腐危险物品未处理", "没有处理", "property_item", among("property_item", *SPOILS, ago("i.seized_at", "12 DAY")), (change("property_item", NEVER),),
          "去掉处理", LAW_SPOILS),
    Fault("易腐危险物品未处理", "晚处理", "property_item", among("property_item", *SPOILS, ago("i.seized_at", "40 DAY"), low="11", high="35"),
          (change("property_item", f"disposed_at = seized_at + {DAYS}"),), "提取后这么多日才处理", LAW_SPOILS, "日"),
)

# --- nothing is seized before a criminal case is filed: things picked up before that are entered as seized, or frozen. Their list is signed
LAW_FILED = "公安机关办理刑事案件程序规定第一百七十四条"
BEFORE = (CRIMINAL, PLAIN, "i.kind = '提取'", "i.seized_at < (SELECT filed_at FROM row_case AS c WHERE c.n = i.n)", NOBODY_TOLD)
FILINGS = (
    Fault("立案前扣押冻结", "扣押", "property_item", among("property_item", *BEFORE),
          (change("property_item", "kind = '扣押', is_list_signed = true, is_photographed = true"),), "把立案前的提取登记成扣押", LAW_FILED),
    Fault("立案前扣押冻结", "冻结", "property_item", among("property_item", *BEFORE, "i.disposed_at < i.seized_at + INTERVAL 150 DAY"),
          (change("property_item", "kind = '冻结', category = '存款或者账户', keeper_code = NULL"),), "把立案前的提取登记成冻结", LAW_FILED),
)

# --- what is lent was approved before, and comes back on the day entered
LAW_LENT = "公安机关办理行政案件程序规定第一百九十条"
BACK = (ADMINISTRATIVE, "i.returned_at IS NOT NULL")
LOANS = (
    Fault("调用到期未归还", "没有归还", "loan", among("loan", *BACK, ago("i.due_on", "3 DAY")), (change("loan", "returned_at = NULL"),), "去掉归还", LAW_LENT),
    Fault("调用到期未归还", "晚归还", "loan", among("loan", *BACK, ago("i.due_on", "50 DAY"), low="1", high="40"),
          (change("loan", f"returned_at = due_on + INTERVAL 10 HOUR + {DAYS}"),), "到期后这么多日才归还", LAW_LENT, "日"),
    Fault("调用未经批准", "没有批准", "loan", among("loan", ADMINISTRATIVE), (change("loan", "approved_at = NULL"),), "去掉批准", LAW_LENT),
    Fault("调用未经批准", "先出库后批准", "loan", among("loan", ADMINISTRATIVE, ago("i.taken_at", "3 DAY"), low="1", high="2000"),
          (change("loan", f"approved_at = taken_at + {MINUTES}"),), "把批准改到出库后这么多分钟", LAW_LENT, "分钟"),
)

FAULTS = (*SEIZURES, *EXTENSIONS, *REGISTRATIONS, *RELEASES, *KEEPING, *SPOTS, *PAPERS, *FREEZES, *FETCHING, *LEAVINGS, *SPOILING, *FILINGS, *LOANS)
