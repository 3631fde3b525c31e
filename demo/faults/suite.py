"""From arrival to departure: approved, searched, told, signed; who must be there for children and strangers to the language; rooms, belongings, drunks."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, DAYS, MINUTES, STEADY, Fault, ago, among, change, drop

DONE = ("i.ended_at IS NOT NULL", ago("i.started_at", "1 DAY"))
LEFT = ("i.left_at IS NOT NULL", ago("i.left_at", "1 DAY"))
ASKED, QUESTIONED = "i.kind = '询问'", "i.kind = '讯问'"
SUMMONED, FETCHED = "i.kind = '行政传唤'", "i.kind IN ('刑事传唤', '拘传')"
CRIMINAL = "i.n IN (SELECT n FROM row_case WHERE kind = '刑事')"


def of_party(condition: str) -> str:
    return f"i.party_code IN (SELECT code FROM row_party WHERE {condition})"


def plain(name: str, variants: dict[str, str], law: str, table: str, what: str, done: str, *conditions: str) -> tuple[Fault, ...]:
    """The same thing wrong for different people (variant: condition)."""
    return tuple(Fault(name, variant, table, among(table, *conditions, which), (change(table, what),), done, law) for variant, which in variants.items())


# --- searched before anything is asked
LAW_SEARCH, LAW_SEARCH_CRIMINAL = "公安机关办理行政案件程序规定第五十三条", "公安机关代为保管涉案人员随身财物若干规定第四条"


def talked(which: str, low: str = "0", high: str = "0") -> str:
    """Stays in which somebody was interviewed (`extra`: the first interview, `t`)."""
    return f"""SELECT i.n, i.code AS subject, {low} AS low, {high} AS high, t.code AS extra
        FROM row_summons AS i JOIN row_interview AS t ON t.party_code = i.party_code AND t.started_at BETWEEN i.arrived_at AND i.left_at
        WHERE {' AND '.join((*LEFT, STEADY, which))} QUALIFY row_number() OVER (PARTITION BY i.code ORDER BY t.started_at, t.code) = 1"""


SEARCHES = tuple(
    fault for name, which, law in (("询问前未安全检查", SUMMONED, LAW_SEARCH), ("讯问前未安全检查", FETCHED, LAW_SEARCH_CRIMINAL)) for fault in (
        Fault(name, "没有检查", "summons", talked(which), (change("summons", "searched_at = NULL"),), "去掉人身安全检查", law),
        Fault(name, "问了才检查", "summons", talked(which, "1", "least(60, date_diff('minute', t.started_at, i.left_at) - 1)"),
              (f"""UPDATE row_summons SET searched_at = t.started_at + {MINUTES} FROM chosen JOIN row_interview AS t ON t.code = extra
                   WHERE row_summons.code = subject""",),
              "第一次询问讯问开始后这么多分钟才检查", law, "分钟"),
    )
)

# --- told of their rights when first asked, shown what was written down
FIRST = "i.started_at = (SELECT min(e.started_at) FROM row_interview AS e WHERE e.party_code = i.party_code AND e.kind = i.kind)"
SUSPECT = of_party("role IN ('违法嫌疑人', '犯罪嫌疑人')")
RIGHTS = plain("首次未告知权利", {
    "讯问": QUESTIONED, "询问嫌疑人": f"{ASKED} AND {SUSPECT}", "询问其他人": f"{ASKED} AND NOT {SUSPECT}"},
    "刑事诉讼法第三十四条、第一百二十条，公安机关办理行政案件程序规定第七十四条", "interview", "is_rights_told = false", "标明没有告知权利义务", *DONE, FIRST)
SIGNED = plain("笔录未签名", {"询问": ASKED, "讯问": QUESTIONED},
               "治安管理处罚法（2012）第八十四条、（2025）第九十八条，刑事诉讼法第一百二十二条", "interview", "is_signed = false", "标明没有核对签名", *DONE)

# --- girls with a woman present; children who suffered or saw violence asked once, by women, and recorded
GIRL = of_party("sex = '女' AND is_juvenile")
PROTECTED = of_party("is_protected_minor")
GIRLS = plain("女性未成年人没有女工作人员", {"讯问": QUESTIONED, "询问": f"{ASKED} AND NOT {SUSPECT}"}, "刑事诉讼法第二百八十一条", "interview",
              "is_woman_present = false", "标明没有女工作人员在场", *DONE, CRIMINAL, GIRL)
LAW_CHILD = "未成年人保护法第一百一十二条"
VICTIM_GIRLS = plain("女性被害儿童没有女性工作人员", {"没有在场": ASKED}, LAW_CHILD, "interview", "is_woman_present = false", "标明没有女性工作人员在场",
                     *DONE, ADMINISTRATIVE, GIRL, PROTECTED)
AGAIN = plain("再次询问未说明", {
    "标明没有说明": "true"}, LAW_CHILD, "interview", "is_repeat_explained = false", "标明没有说明再次询问的必要性", *DONE, "i.is_repeat_explained",
    "EXISTS (SELECT 1 FROM row_interview AS e WHERE e.party_code = i.party_code AND e.ended_at < i.started_at)")
BY_CAMERA = "interview_code = subject"
LENGTH = "date_diff('minute', i.started_at, i.ended_at)"
CHILD, CUT = (*DONE, ASKED, PROTECTED, "NOT i.is_remote"), {"low": "5", "high": f"{LENGTH} - 1"}
CAMERAS = (
    Fault("被害儿童询问未录全", "没有录", "interview", among("interview", *CHILD), (drop("recording", BY_CAMERA),), "去掉录音录像", LAW_CHILD),
    Fault("被害儿童询问未录全", "录像损毁", "interview", among("interview", *CHILD), (change("recording", "is_damaged = true", BY_CAMERA),),
          "把录音录像标为损毁", LAW_CHILD),
    Fault("被害儿童询问未录全", "提前停录", "interview", among("interview", *CHILD, **CUT),
          (change("recording", f"ended_at = row_recording.started_at + {MINUTES}", BY_CAMERA),), "开录后这么多分钟就停录", LAW_CHILD, "分钟"),
    Fault("被害儿童询问未录全", "开录太晚", "interview", among("interview", *CHILD, **CUT),
          (change("recording", f"started_at = row_recording.started_at + {MINUTES}", BY_CAMERA),), "晚开录这么多分钟", LAW_CHILD, "分钟"),
)

# --- by video: who it is has been made sure of where they sit, and what they signed comes back
LAW_REMOTE = "公安机关办理行政案件程序规定第一百二十条"
REMOTE = (*DONE, ASKED, "i.is_remote", ADMINISTRATIVE)
VIDEO = (
    *plain("远程未核实身份", {"没有核实": "true"}, LAW_REMOTE, "interview", "is_identity_checked = false", "标明没有核实身份", *REMOTE),
    Fault("远程笔录未传回", "一直没有", "interview", among("interview", *REMOTE, ago("i.ended_at", "10 DAY")), (change("interview", "returned_at = NULL"),),
          "去掉签名笔录的传回", LAW_REMOTE),
    Fault("远程笔录未传回", "晚传回", "interview", among("interview", *REMOTE, ago("i.ended_at", "25 DAY"), low="8", high="20"),
          (change("interview", f"returned_at = ended_at + {DAYS}"),), "结束后这么多日才传回", LAW_REMOTE, "日"),
)

# --- somebody who translates
STRANGE = (*DONE, of_party("is_foreign_tongue"))
TONGUES = tuple(
    Fault("语言不通没有翻译", variant, "interview", among("interview", *STRANGE, which), (drop("attendance", "interview_code = subject AND role = '翻译'"),),
          "去掉翻译", law)
    for variant, which, law in (
        ("询问", ASKED, "治安管理处罚法（2012）第八十六条、（2025）第一百零一条，公安机关办理行政案件程序规定第七十六条"),
        ("讯问", QUESTIONED, "刑事诉讼法第九条、公安机关办理刑事案件程序规定第二百零四条")))

# --- rooms: of two rows of one unit in two rooms at one time, the later is entered in the room of the earlier (`extra`: that room). Each room once, and only
# where nobody else comes into it afterwards while the later one is there. Of two cases the one moves and the other stays


def together(table: str, of: str, *conditions: str) -> str:
    return f"""SELECT i.n, i.code AS subject, 0 AS low, 0 AS high, j.room AS extra FROM row_{table} AS i
        JOIN row_{table} AS j ON split_part(j.room, '-', 1) = split_part(i.room, '-', 1) AND j.room <> i.room
            AND j.started_at < i.started_at AND i.started_at < j.ended_at AND (j.n = i.n OR u(i.n, 'moves') < 0.5 AND u(j.n, 'moves') >= 0.5)
        {of} WHERE {' AND '.join((*DONE, STEADY, *conditions))} AND NOT EXISTS (
            SELECT 1 FROM row_{table} AS k WHERE k.room = j.room AND k.code NOT IN (i.code, j.code) AND k.started_at < i.ended_at
            AND i.started_at < coalesce(k.ended_at, planned(until())))
        QUALIFY row_number() OVER (PARTITION BY j.room ORDER BY hash(i.code, 'together'), i.code) = 1"""


INTO = "把登记的房间改成另一人正在的房间"
ROOMS = (
    Fault("同室两场", "另一场还没有结束", "interview", together("interview", "", "i.party_code <> j.party_code"), (change("interview", "room = extra"),), INTO,
          "公安机关办理行政案件程序规定第七十二条、公安机关办理刑事案件程序规定第二百零二条、第二百一十条"),
    Fault("男女同室候问", "改到异性的房间", "waiting", together("waiting", "", "i.sex <> j.sex", "i.is_juvenile = j.is_juvenile"),
          (change("waiting", "room = extra"),), INTO, "公安机关适用继续盘问规定第三十条、公安机关办理行政案件程序规定第七十一条"),
    Fault("未成年人与成年人同室候问", "改到另一年龄的房间", "waiting", together("waiting", "", "i.sex = j.sex", "i.is_juvenile <> j.is_juvenile"),
          (change("waiting", "room = extra"),), INTO, "公安机关办理刑事案件程序规定第三百二十八条（比照，参数，非法定）"),
)

# --- brought in by whoever may say so, with the times in their own hand, fed, and given back what was theirs
IN_WRITING = "i.approver <> '口头传唤'"  # who came by word of mouth fills in no times
NOBODY, TOO_LOW = "approver = NULL", "approver = '办案部门负责人'"
LAW_SUMMONS = "治安管理处罚法（2012）第八十二条、（2025）第九十六条，公安机关办理刑事案件程序规定第一百九十八条"
LAW_COMPELLED = "公安机关办理刑事案件程序规定第七十八条"
COMPELLED = among("summons", "i.kind = '拘传'")
LAW_TIMES = "公安机关办理行政案件程序规定第六十八条、公安机关办理刑事案件程序规定第七十九条、第一百九十九条"
LAW_MEALS = "治安管理处罚法（2025）第九十七条、公安机关办理行政案件程序规定第七十一条、公安机关办理刑事案件程序规定第二百零一条"
WITH_THINGS = (*LEFT, SUMMONED, "i.has_belongings")
STAYS = (
    *plain("传唤未经批准", {"行政传唤": f"{SUMMONED} AND {IN_WRITING}", "刑事传唤": "i.kind = '刑事传唤'"}, LAW_SUMMONS, "summons", NOBODY, "去掉批准人"),
    Fault("拘传未经批准", "没有批准", "summons", COMPELLED, (change("summons", NOBODY),), "去掉批准人", LAW_COMPELLED),
    Fault("拘传未经批准", "批准层级不够", "summons", COMPELLED, (change("summons", TOO_LOW),), "把批准人改成办案部门负责人", LAW_COMPELLED),
    *plain("到案离开时间未填写", {"行政传唤": f"{SUMMONED} AND {IN_WRITING}", "刑事传唤拘传": FETCHED}, LAW_TIMES, "summons",
           "is_times_signed = false", "标明没有由本人填写", *LEFT),
    *plain("饮食休息未记录", {"行政传唤": SUMMONED, "刑事传唤拘传": FETCHED}, LAW_MEALS, "summons", "is_meal_noted = false", "标明没有饮食休息记录",
           *LEFT, "i.left_at > i.arrived_at + INTERVAL 6 HOUR"),
    Fault("随身财物未返还", "一直没有", "summons", among("summons", *WITH_THINGS, ago("i.left_at", "3 DAY")),
          (change("summons", "belongings_returned_at = NULL"),), "去掉随身财物的返还", LAW_SEARCH),
    Fault("随身财物未返还", "晚返还", "summons", among("summons", *WITH_THINGS, ago("i.left_at", "5 DAY"), low="1", high="3000"),
          (change("summons", f"belongings_returned_at = left_at + INTERVAL 24 HOUR + {MINUTES}"),), "离开满二十四小时后这么多分钟才返还", LAW_SEARCH, "分钟"),
)

# --- drunks: guarded, and let go when they are sober. The stay lasts as much longer
LAW_DRUNK = "公安机关办理行政案件程序规定第五十八条"
DRUNK = ("i.ended_at IS NOT NULL", ago("i.started_at", "3 DAY"))
DRUNKS = (
    *plain("约束醉酒人无人看护", {"没有看护": "true"}, LAW_DRUNK, "restraint", "is_guarded = false", "标明没有专人看护", *DRUNK),
    Fault("醉酒约束未解除", "一直没有", "restraint", among("restraint", *DRUNK), (change("restraint", "ended_at = NULL"),), "去掉约束的解除", LAW_DRUNK),
    Fault("醉酒约束未解除", "晚解除", "restraint", among("restraint", *DRUNK, low="1", high="600"), (
        f"""UPDATE row_summons SET left_at = row_summons.left_at + (r.started_at + INTERVAL 12 HOUR + {MINUTES} - r.ended_at)
            FROM chosen JOIN row_restraint AS r ON r.code = subject WHERE row_summons.code = r.summons_code""",
        change("restraint", f"ended_at = started_at + INTERVAL 12 HOUR + {MINUTES}")), "约束满十二小时后这么多分钟才解除，离开时间同样推后", LAW_DRUNK, "分钟"),
)

FAULTS = (*SEARCHES, *RIGHTS, *SIGNED, *GIRLS, *VICTIM_GIRLS, *AGAIN, *CAMERAS, *VIDEO, *TONGUES, *ROOMS, *STAYS, *DRUNKS)
