"""How long somebody may be kept, who must be present at an interview, and what must be recorded of it."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, MINUTES, NEW, PUBLIC, STEADY, Fault, ago, among, change, drop

# --- after a summons 8 hours, 24 where it is complicated and detention likely, from 2026 in public-order cases 12 for many people or an unknown one
ALLOWED = f"""60 * CASE WHEN is_complex AND may_be_detained THEN 24
    WHEN (is_numerous OR is_identity_unknown) AND arrived_at >= {NEW} AND {PUBLIC} THEN 12 ELSE 8 END"""
KEPT = ("i.kind = '行政传唤'", "i.left_at IS NOT NULL", "i.code NOT IN (SELECT summons_code FROM row_restraint)", ago("i.arrived_at", "3 DAY"))
KINDS = (
    ("治安传唤超时", PUBLIC, "治安管理处罚法（2012）第八十三条、（2025）第九十七条"),
    ("其他行政传唤超时", f"NOT {PUBLIC}", "公安机关办理行政案件程序规定第六十九条"),
)
LATE_LEAVING = (change("summons", f"left_at = arrived_at + {MINUTES}"),)
STAYS = tuple(
    fault for name, which, law in KINDS for fault in (
        Fault(name, "超过几分钟", "summons", among("summons", *KEPT, which, low=f"{ALLOWED} + 1", high=f"{ALLOWED} + 10"), LATE_LEAVING,
              "把离开时间改到到案后这么多分钟", law, "分钟"),
        Fault(name, "超过几小时", "summons", among("summons", *KEPT, which, low=f"{ALLOWED} + 60", high=f"{ALLOWED} + 900"), LATE_LEAVING,
              "把离开时间改到到案后这么多分钟", law, "分钟"),
        Fault(name, "没有离开", "summons", among("summons", *KEPT, which), (change("summons", "left_at = NULL"),), "去掉离开时间", law),
    )
)

# --- two officers; from 2026 one is enough in a public-order case where the place is right and everything is recorded
DONE = ("i.ended_at IS NOT NULL", ago("i.started_at", "1 DAY"))
TWO = "i.code IN (SELECT interview_code FROM row_attendance WHERE role = '协办')"
MINOR = "i.party_code IN (SELECT code FROM row_party WHERE is_juvenile)"
SUSPECT = "i.party_code IN (SELECT code FROM row_party WHERE role IN ('违法嫌疑人', '犯罪嫌疑人'))"
ONE_IS_ENOUGH = f"i.is_qualified_place AND i.started_at >= {NEW} AND {PUBLIC}"
ASKED, QUESTIONED = "i.kind = '询问'", "i.kind = '讯问'"
NO_SECOND = (drop("attendance", "interview_code = subject AND role = '协办'"),)
AUXILIARY = (change("attendance", "is_auxiliary = true", "interview_code = subject AND role = '协办'"),)
NO_OFFICER = (drop("attendance", "interview_code = subject AND role IN ('主办', '协办')"),)
NO_GUARDIAN = (drop("attendance", "interview_code = subject AND role IN ('监护人', '合适成年人')"),)
LAW_TWO, LAW_TWO_CRIMINAL, LAW_ONE = "公安机关办理行政案件程序规定第五十二条", "刑事诉讼法第一百一十八条", "治安管理处罚法（2025）第一百零八条"
LAW_MINOR = "治安管理处罚法（2025）第九十八条、刑事诉讼法第二百八十一条"

ADMINISTRATIVE_TALK = among("interview", ASKED, *DONE, TWO, ADMINISTRATIVE, f"NOT ({ONE_IS_ENOUGH})")
CRIMINAL_TALK = among("interview", QUESTIONED, *DONE, TWO)
OFFICERS = (
    Fault("一人询问", "没有第二名民警", "interview", ADMINISTRATIVE_TALK, NO_SECOND, "去掉第二名民警", LAW_TWO),
    Fault("一人询问", "第二人是辅警", "interview", ADMINISTRATIVE_TALK, AUXILIARY, "把第二人改成辅警", LAW_TWO),
    Fault("一人讯问", "没有第二名侦查人员", "interview", CRIMINAL_TALK, NO_SECOND, "去掉第二名侦查人员", LAW_TWO_CRIMINAL),
    Fault("一人讯问", "第二人是辅警", "interview", CRIMINAL_TALK, AUXILIARY, "把第二人改成辅警", LAW_TWO_CRIMINAL),
    Fault("没有民警询问", "没有登记民警", "interview", among("interview", ASKED, *DONE, ONE_IS_ENOUGH, TWO), NO_OFFICER,
          "去掉全部在场民警，录音录像仍完整", LAW_ONE),
    Fault("未成年人无人陪同", "没有监护人", "interview", among("interview", *DONE, MINOR), NO_GUARDIAN, "去掉监护人或者合适成年人", LAW_MINOR),
)

# --- nobody is in two interviews at once: of two in one unit that overlap and share nobody, the lead of the one (`extra`) is entered in the other as well.
# Each lead once, and only one who is in no third interview that begins while this one lasts: it would overlap too
AT_ONCE = f"""SELECT i.n, mine.code AS subject, 0 AS low, 0 AS high, other.officer_code AS extra
    FROM row_interview AS i JOIN row_case AS c ON c.n = i.n JOIN row_case AS d ON d.unit_code = c.unit_code AND d.n <> c.n
    JOIN row_interview AS j ON j.n = d.n AND j.started_at < i.started_at AND i.started_at < j.ended_at
    JOIN row_attendance AS mine ON mine.interview_code = i.code AND mine.role = '协办'
    JOIN row_attendance AS other ON other.interview_code = j.code AND other.role = '主办'
    WHERE {' AND '.join(DONE)} AND {STEADY} AND NOT EXISTS (
        SELECT 1 FROM row_attendance AS a JOIN row_interview AS k ON k.code = a.interview_code
        WHERE a.officer_code = other.officer_code AND k.started_at >= i.started_at AND k.started_at < i.ended_at)
    QUALIFY row_number() OVER (PARTITION BY other.officer_code ORDER BY hash(mine.code, 'at once'), mine.code) = 1"""
OVERLAP = Fault("同时参加两场", "两场重叠", "attendance", AT_ONCE, (change("attendance", "officer_code = extra"),), "把正在另一场的民警登记到这一场",
                f"{LAW_TWO}、{LAW_TWO_CRIMINAL}")

# --- recorded from beginning to end: grave crimes; from 2026 what a suspect says where there are cameras; what one officer alone hears
LENGTH = "date_diff('minute', i.started_at, i.ended_at)"
BY_CAMERA = "interview_code = subject"
GRAVE = (QUESTIONED, *DONE, "i.n IN (SELECT n FROM row_case WHERE is_grave)")
AT_CAMERAS = (ASKED, *DONE, f"i.started_at >= {NEW}", PUBLIC, "i.place = '执法办案场所'", TWO, SUSPECT)
ALONE = (ASKED, *DONE, ONE_IS_ENOUGH, f"NOT {TWO}", f"NOT {SUSPECT}", f"NOT {MINOR}")
RECORDINGS = tuple(
    fault for name, which, law in (
        ("重大案件讯问未录全", GRAVE, "刑事诉讼法第一百二十三条"), ("办案场所询问未录全", AT_CAMERAS, "治安管理处罚法（2025）第九十七条"),
        ("一人询问未录全", ALONE, LAW_ONE))
    for fault in (
        Fault(name, "没有录", "interview", among("interview", *which), (drop("recording", BY_CAMERA),), "去掉录音录像", law),
        Fault(name, "录像损毁", "interview", among("interview", *which), (change("recording", "is_damaged = true", BY_CAMERA),), "把录音录像标为损毁", law),
        Fault(name, "提前停录", "interview", among("interview", *which, low="5", high=f"{LENGTH} - 1"),
              (change("recording", f"ended_at = row_recording.started_at + {MINUTES}", BY_CAMERA),), "开录后这么多分钟就停录", law, "分钟"),
        Fault(name, "开录太晚", "interview", among("interview", *which, low="5", high=f"{LENGTH} - 1"),
              (change("recording", f"started_at = row_recording.started_at + {MINUTES}", BY_CAMERA),), "晚开录这么多分钟", law, "分钟"),
    )
)

FAULTS = (*STAYS, *OFFICERS, OVERLAP, *RECORDINGS)
