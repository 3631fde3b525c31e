"""Held where the law says and as it says: delivered and examined, approved, on bail by one of two ways, sent on in time, reported, with a lawyer."""

from __future__ import annotations

from demo.faults.fault import DAYS, HOURS, MINUTES, STEADY, Fault, ago, among, change

MINORS = "(SELECT code FROM row_party WHERE is_juvenile)"
DETAINED = ("i.kind = '刑事拘留'", "i.delivered_at IS NOT NULL", "i.ended_at > i.started_at + INTERVAL 36 HOUR", ago("i.started_at", "5 DAY"))

# --- in the detention house a day after the detention at the latest; not those who were arrested then, who would have been nowhere either
LAW_HOUSE = "刑事诉讼法第八十五条、公安机关办理刑事案件程序规定第一百二十六条"
NEVER_ARRESTED = "i.party_code NOT IN (SELECT party_code FROM row_measure WHERE kind = '逮捕')"
DELIVERED_LATE = f"started_at + INTERVAL 24 HOUR + {MINUTES}"
DELIVERIES = (
    Fault("拘留未送看守所", "没有送所", "measure", among("measure", *DETAINED, NEVER_ARRESTED),
          (change("measure", "delivered_at = NULL, examined_at = NULL, place = NULL"),), "去掉送所和收押检查的登记", LAW_HOUSE),
    Fault("拘留未送看守所", "晚送所", "measure", among("measure", *DETAINED, low="1", high="600"),
          (change("measure", f"delivered_at = {DELIVERED_LATE}, examined_at = {DELIVERED_LATE} + (examined_at - delivered_at)"),),
          "拘留满二十四小时后这么多分钟才送所", LAW_HOUSE, "分钟"),
)

# --- whoever is arrested goes there at once: twelve hours, as the bureau reads it. Somebody on bail (`extra`) who never was detained for an arrest is
# arrested less than a day ago, so that nothing else is due yet
LAW_ARRESTED = "刑事诉讼法第九十三条、公安机关办理刑事案件程序规定第一百四十三条"
ON_BAIL = f"""SELECT i.n, i.case_code || '-CS09' AS subject, {{low}} AS low, {{high}} AS high, i.code AS extra FROM row_measure AS i
    WHERE {STEADY} AND i.kind = '取保候审' AND i.ended_at IS NULL AND i.transferred_at IS NULL AND {ago('i.started_at', '5 DAY')}
    AND i.n NOT IN (SELECT n FROM row_measure WHERE arrest_requested_at IS NOT NULL)
    AND i.n IN (SELECT n FROM row_case WHERE ended_without_decision_at IS NULL AND is_grave IS NOT TRUE)"""


def arrested(since: str, delivered: str) -> tuple[str, ...]:
    return (change("measure", f"ended_at = {since}", "row_measure.code = extra"),
            f"""INSERT INTO row_measure BY NAME SELECT m.* REPLACE (subject AS code, '逮捕' AS kind, {since} AS started_at, NULL AS ended_at,
                {since} - INTERVAL 30 MINUTE AS approved_at, {since} - INTERVAL 1 HOUR AS requested_at, {delivered} AS delivered_at,
                {delivered} + INTERVAL 20 MINUTE AS examined_at, '看守所' AS place, NULL AS has_guarantor, NULL AS deposit, NULL AS deposit_returned_at,
                NULL AS station_told_at, NULL AS end_told_at, NULL AS foreign_reported_at)
                FROM chosen JOIN row_measure AS m ON m.code = extra""")


NOW = "planned(until())"
DAY_BEFORE = f"{NOW} - INTERVAL 23 HOUR"
ARRESTS = (
    Fault("逮捕未送看守所", "没有送所", "measure", ON_BAIL.format(low=13, high=22), arrested(f"{NOW} - {HOURS}", "NULL::TIMESTAMPTZ"),
          "取保候审变更为逮捕，到现在这么多小时没有送所", LAW_ARRESTED, "小时"),
    Fault("逮捕未送看守所", "晚送所", "measure", ON_BAIL.format(low=1, high=600), arrested(DAY_BEFORE, f"{DAY_BEFORE} + INTERVAL 12 HOUR + {MINUTES}"),
          "取保候审变更为逮捕，满十二小时后这么多分钟才送所", LAW_ARRESTED, "分钟"),
)

# --- first approved, then carried out; by whoever may approve
LAW_APPROVED = "公安机关办理刑事案件程序规定第八十三条、第一百一十条、第一百二十五条"
APPROVABLE = ("i.kind IN ('刑事拘留', '取保候审', '监视居住')", ago("i.started_at", "2 DAY"))
APPROVALS = (
    Fault("措施未经批准", "没有批准", "measure", among("measure", *APPROVABLE), (change("measure", "approved_at = NULL, approver_rank = NULL"),),
          "去掉批准", LAW_APPROVED),
    Fault("措施未经批准", "先执行后批准", "measure", among("measure", *APPROVABLE, low="1", high="600"),
          (change("measure", f"approved_at = started_at + {MINUTES}"),), "把批准时间改到执行后这么多分钟", LAW_APPROVED, "分钟"),
    *(Fault("批准人层级不够", rank, "measure", among("measure", *APPROVABLE), (change("measure", f"approver_rank = '{rank}'"),), f"把批准人层级改成{rank}",
            LAW_APPROVED) for rank in ("办案部门负责人", "其他")),
)

# --- bail: a surety or a deposit, for minors rather a surety, of 1,000 yuan at least (minors 500)
LAW_BAIL, LAW_LEAST = "公安机关办理刑事案件程序规定第八十四条", "公安机关办理刑事案件程序规定第八十七条"
BAILED = ("i.kind = '取保候审'", f"i.ended_at IS NULL OR {ago('i.ended_at', '2 DAY')}")
SURETY, PAID, ADULT = "i.has_guarantor", "i.deposit > 0", f"i.party_code NOT IN {MINORS}"
MINOR = f"i.party_code IN {MINORS}"
RETURNED = "deposit_returned_at = ended_at + INTERVAL 1 DAY"
BAILS = (
    Fault("保证人保证金并用", "又收保证金", "measure", among("measure", *BAILED, SURETY, low="1", high="20"),
          (change("measure", f"deposit = 1000 * amount, {RETURNED}"),), "在保证人之外又收这么多千元保证金", LAW_BAIL, "千元"),
    Fault("保证人保证金并用", "又要保证人", "measure", among("measure", *BAILED, PAID, ADULT), (change("measure", "has_guarantor = true"),),
          "在保证金之外又提出保证人", LAW_BAIL),
    Fault("保证金低于起点", "成年人", "measure", among("measure", *BAILED, PAID, ADULT, low="1", high="999"), (change("measure", "deposit = amount"),),
          "把保证金改成这么多元", LAW_LEAST, "元"),
    Fault("保证金低于起点", "未成年人", "measure", among("measure", *BAILED, SURETY, MINOR, low="1", high="499"),
          (change("measure", f"has_guarantor = false, deposit = amount, {RETURNED}"),), "把未成年人的保证人改成这么多元保证金", LAW_LEAST, "元"),
    Fault("未成年人收保证金", "没有保证人", "measure", among("measure", *BAILED, SURETY, MINOR, low="5", high="50"),
          (change("measure", f"has_guarantor = false, deposit = 100 * amount, {RETURNED}"),), "把未成年人的保证人改成这么多百元保证金", LAW_BAIL, "百元"),
)

# --- … which comes back when bail is over: in ten days, as the bureau reads it
LAW_RETURNED = "刑事诉讼法第七十三条、公安机关办理刑事案件程序规定第一百零一条"
OVER = ("i.kind = '取保候审'", "i.deposit > 0", "i.redecided_at IS NULL", ago("i.ended_at", "20 DAY"))
RETURNS = (
    Fault("保证金没有退还", "没有退还", "measure", among("measure", *OVER), (change("measure", "deposit_returned_at = NULL"),), "去掉退还的登记", LAW_RETURNED),
    # ten days, and ten more where a long holiday follows
    Fault("保证金没有退还", "晚退还", "measure", among("measure", *OVER, ago("i.ended_at", "60 DAY"), low="20", high="50"),
          (change("measure", f"deposit_returned_at = ended_at + {DAYS}"),), "结束后这么多日才退还", LAW_RETURNED, "日"),
)

# --- two months after the arrest, longer only where the procuratorate prolonged it
LAW_CUSTODY = "刑事诉讼法第一百五十六条、第一百五十八条、第一百五十九条"
CHARGED = "i.n NOT IN (SELECT n FROM row_prosecutor_document WHERE kind = '不起诉')"  # whoever is not would have to be set free as well
HELD = ("i.kind = '逮捕'", "i.prolonged_months IS NULL", CHARGED, ago("i.started_at", "85 DAY"))
SENT_ON = f"started_at + INTERVAL 2 MONTH + {DAYS}"
CUSTODIES = (
    Fault("侦查羁押超期", "没有移送", "measure", among("measure", *HELD), (change("measure", "transferred_at = NULL, ended_at = NULL"),),
          "去掉移送和变更，至今在押", LAW_CUSTODY),
    Fault("侦查羁押超期", "晚移送", "measure", among("measure", *HELD, low="1", high="20"),
          (change("measure", f"transferred_at = {SENT_ON}, ended_at = {SENT_ON}"),), "满二个月后这么多日才移送", LAW_CUSTODY, "日"),
    Fault("侦查羁押超期", "没有批准延长", "measure",
          among("measure", "i.kind = '逮捕'", "i.prolonged_months = 1", "i.ended_at > i.started_at + INTERVAL 2 MONTH + INTERVAL 1 DAY"),
          (change("measure", "prolonged_months = NULL"),), "去掉延长的批准", LAW_CUSTODY),
)

# --- examined when taken in: in twelve hours, as the bureau reads it
LAW_EXAMINED = "公安机关办理刑事案件程序规定第一百五十四条、看守所条例第十条"
TAKEN_IN = ("i.examined_at IS NOT NULL", ago("i.delivered_at", "3 DAY"))
EXAMINATIONS = (
    Fault("收押没有检查", "没有检查", "measure", among("measure", *TAKEN_IN), (change("measure", "examined_at = NULL"),), "去掉收押检查的登记", LAW_EXAMINED),
    Fault("收押没有检查", "晚检查", "measure", among("measure", *TAKEN_IN, low="1", high="2000"),
          (change("measure", f"examined_at = delivered_at + INTERVAL 12 HOUR + {MINUTES}"),), "送所满十二小时后这么多分钟才检查", LAW_EXAMINED, "分钟"),
)

# --- residential surveillance is no custody
LAW_PLACE = "刑事诉讼法第七十五条、公安机关办理刑事案件程序规定第一百一十二条"
PLACES = tuple(Fault("监视居住地点违法", f"在{place}", "measure", among("measure", "i.kind = '监视居住'"), (change("measure", f"place = '{place}'"),),
                     f"把执行地点改成{place}", LAW_PLACE) for place in ("看守所", "拘留所", "办案场所"))

# --- the station is told of bail, and of its end: in three days, as the bureau reads it
LAW_STATION, LAW_END = "公安机关办理刑事案件程序规定第九十一条", "刑事诉讼法第七十九条、公安机关办理刑事案件程序规定第一百零八条"
LONG = ("i.kind = '取保候审'", "i.ended_at IS NULL OR i.ended_at > i.started_at + INTERVAL 20 DAY", ago("i.started_at", "20 DAY"))
ENDED = ("i.kind IN ('取保候审', '监视居住')", "i.redecided_at IS NULL", ago("i.ended_at", "20 DAY"))
TELLING = (
    Fault("取保未通知派出所", "没有通知", "measure", among("measure", *LONG), (change("measure", "station_told_at = NULL"),),
          "去掉通知派出所的登记", LAW_STATION),
    Fault("取保未通知派出所", "晚通知", "measure", among("measure", *LONG, low="1", high="240"),
          (change("measure", f"station_told_at = started_at + INTERVAL 72 HOUR + {HOURS}"),), "满七十二小时后这么多小时才通知", LAW_STATION, "小时"),
    Fault("解除未通知", "没有通知", "measure", among("measure", *ENDED), (change("measure", "end_told_at = NULL"),), "去掉解除后的通知", LAW_END),
    Fault("解除未通知", "晚通知", "measure", among("measure", *ENDED, low="1", high="240"),
          (change("measure", f"end_told_at = ended_at + INTERVAL 72 HOUR + {HOURS}"),), "解除满七十二小时后这么多小时才通知", LAW_END, "小时"),
)

# --- foreigners are reported within 48 hours; of deputies their assembly is asked before, or told at once: in a day, as the bureau reads it
LAW_FOREIGN = "公安机关办理行政案件程序规定第二百五十四条、公安机关办理刑事案件程序规定第三百六十七条"
LAW_DEPUTY = "公安机关办理行政案件程序规定第一百七十四条、公安机关办理刑事案件程序规定第一百六十四条至第一百六十六条"
FOREIGN = ("i.foreign_reported_at IS NOT NULL", ago("i.started_at", "10 DAY"))
DEPUTY = ("i.deputy_reported_at IS NOT NULL", ago("i.started_at", "10 DAY"),
          "i.party_code IN (SELECT party_code FROM row_measure GROUP BY party_code HAVING count(*) = 1)")
REPORTS = (
    Fault("外国人未层报", "没有层报", "measure", among("measure", *FOREIGN), (change("measure", "foreign_reported_at = NULL"),),
          "去掉层报的登记", LAW_FOREIGN),
    Fault("外国人未层报", "晚层报", "measure", among("measure", *FOREIGN, low="1", high="6000"),
          (change("measure", f"foreign_reported_at = started_at + INTERVAL 48 HOUR + {MINUTES}"),), "满四十八小时后这么多分钟才层报", LAW_FOREIGN, "分钟"),
    Fault("代表未报告", "没有报告", "measure", among("measure", *DEPUTY), (change("measure", "deputy_reported_at = NULL"),),
          "去掉许可或者报告的登记", LAW_DEPUTY),
    Fault("代表未报告", "晚报告", "measure", among("measure", *DEPUTY, low="1", high="6000"),
          (change("measure", f"deputy_reported_at = started_at + INTERVAL 24 HOUR + {MINUTES}"),), "满二十四小时后这么多分钟才报告", LAW_DEPUTY, "分钟"),
)

# --- a lawyer for whoever must have one: asked for within three days of the first measure (and of a holiday that follows)
LAW_AID = "刑事诉讼法第三十五条、第二百七十八条，法律援助法第二十五条、第三十六条"
AIDED = """SELECT p.n, p.code AS subject, {low} AS low, {high} AS high FROM row_party AS p
    JOIN (SELECT party_code, min(started_at) AS since FROM row_measure WHERE kind <> '行政拘留' GROUP BY ALL) AS m ON m.party_code = p.code
    WHERE p.aid_asked_at IS NOT NULL AND p.n IN (SELECT n FROM row_case WHERE was_kind IS NULL) AND m.since < planned(until()) - INTERVAL 60 DAY"""
AID = (
    Fault("没有通知法律援助", "没有通知", "party", AIDED.format(low=0, high=0), (change("party", "aid_asked_at = NULL"),),
          "去掉通知法律援助机构的登记", LAW_AID),
    Fault("没有通知法律援助", "晚通知", "party", AIDED.format(low=14, high=40),
          (f"""UPDATE row_party SET aid_asked_at = m.since + {DAYS} FROM chosen JOIN (SELECT party_code, min(started_at) AS since FROM row_measure
               WHERE kind <> '行政拘留' GROUP BY ALL) AS m ON m.party_code = subject WHERE row_party.code = subject""",),
          "采取措施后这么多日才通知", LAW_AID, "日"),
)

# --- a case that is dropped sets everybody free: here one that was sent on while bail lasted
LAW_DROPPED = "公安机关办理刑事案件程序规定第一百八十七条、刑事诉讼法第一百六十三条"
RUNNING = f"""SELECT i.n, i.code AS subject, 0 AS low, 0 AS high FROM row_measure AS i JOIN row_case AS c ON c.n = i.n
    WHERE c.was_kind IS NULL AND c.outcome = '移送' AND i.kind IN ('取保候审', '监视居住') AND {ago('c.ended_without_decision_at', '5 DAY')}
    AND coalesce(i.ended_at, {NOW}) > c.ended_without_decision_at + INTERVAL 3 DAY
    AND i.n IN (SELECT n FROM row_measure WHERE kind IN ('取保候审', '监视居住') GROUP BY n HAVING count(*) = 1)"""
DROPPED = tuple(
    Fault("撤案后没有解除", variant, "measure", RUNNING, (
        change("measure", "transferred_at = NULL, redecided_at = NULL"),
        f"""UPDATE row_case SET outcome = '{outcome}', transfer_told_at = NULL, end_told_at = ended_without_decision_at + INTERVAL 4 HOUR
            FROM chosen WHERE row_case.n = chosen.n"""), f"把移送改成{outcome}，取保候审或者监视居住没有解除", LAW_DROPPED)
    for variant, outcome in (("撤销案件", "撤销案件"), ("终止侦查", "终止调查"))
)

FAULTS = (*DELIVERIES, *ARRESTS, *APPROVALS, *BAILS, *RETURNS, *CUSTODIES, *EXAMINATIONS, *PLACES, *TELLING, *REPORTS, *AID, *DROPPED)
