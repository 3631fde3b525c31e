"""Told before a penalty, of the right to a hearing, the decision served in two days, seven workdays' notice, the power of a station, twenty days in all."""

from __future__ import annotations

from demo.faults.fault import DAYS, MINUTES, PUBLIC, STEADY, Fault, ago, among, change, drop

LAW_TOLD = "治安管理处罚法（2012）第九十四条、（2025）第一百一十二条"
LAW_HEARING = "治安管理处罚法（2012）第九十八条、（2025）第一百一十七条"
LAW_SERVED = "治安管理处罚法（2012）第九十七条、（2025）第一百一十六条"
LAW_POWER = "治安管理处罚法（2012）第九十一条、（2025）第一百零九条"
LAW_NOTICE, LAW_SUM = "行政处罚法第六十四条", "治安管理处罚法第十六条"
ONLY = "i.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)"


def told_too_late(kind: str) -> str:
    return f"""UPDATE row_notification SET notified_at = d.decided_at + {MINUTES} FROM chosen JOIN row_decision AS d ON d.code = subject
        WHERE row_notification.kind = '{kind}' AND row_notification.party_code = d.party_code"""


def not_told(kind: str) -> str:
    return drop("notification", f"kind = '{kind}' AND party_code = (SELECT d.party_code FROM row_decision AS d WHERE d.code = subject)")


TOLD = (PUBLIC, ONLY, "NOT i.is_on_the_spot", ago("i.decided_at", "5 DAY"))
# a fine that is large enough or a licence: not a business that is closed, which not everybody reads into the law before 2026
TOLD_OF_HEARING = (PUBLIC, ONLY, "i.n IN (SELECT n FROM row_notification WHERE kind = '听证权利')", "i.n NOT IN (SELECT n FROM row_hearing)",
                   "i.fine IS NOT NULL AND NOT i.suspends_business OR i.revokes_licence", ago("i.decided_at", "5 DAY"))
SERVED = (PUBLIC, ONLY, "NOT i.is_announced_on_the_spot", ago("i.decided_at", "40 DAY"))
TO_PUNISHED = "decision_code = subject AND recipient = '被处罚人' AND method <> '公告'"
# decisions in cases of a station that were made in the name of the authority above it
ABOVE_STATION = """EXISTS (SELECT 1 FROM row_case AS c JOIN bureau_units AS u ON u.code = c.unit_code
    WHERE c.n = i.n AND u.kind = '派出所' AND i.unit_code <> c.unit_code)"""
IN_OWN_NAME = ("UPDATE row_decision SET unit_code = c.unit_code FROM chosen JOIN row_case AS c ON c.n = chosen.n WHERE row_decision.code = subject",)


def twice(least: int, low: str, high: str) -> str:
    """People with two detentions of more than so many days in all."""
    return f"""SELECT i.n, i.party_code AS subject, {low} AS low, {high} AS high FROM row_decision AS i WHERE {STEADY}
        GROUP BY i.n, i.party_code HAVING count(*) = 2 AND sum(detention_days) > {least}"""


FAULTS = (
    Fault("处罚前未告知", "没有告知", "decision", among("decision", *TOLD), (not_told("处罚前告知"),), "去掉处罚前告知", LAW_TOLD),
    Fault("处罚前未告知", "决定后才告知", "decision", among("decision", *TOLD, low="1", high="2000"), (told_too_late("处罚前告知"),), "决定后这么多分钟才告知",
          LAW_TOLD, "分钟"),
    Fault("未告知听证权利", "没有告知", "decision", among("decision", *TOLD_OF_HEARING), (not_told("听证权利"),), "去掉听证权利告知", LAW_HEARING),
    Fault("未告知听证权利", "决定后才告知", "decision", among("decision", *TOLD_OF_HEARING, low="1", high="2000"), (told_too_late("听证权利"),),
          "决定后这么多分钟才告知", LAW_HEARING, "分钟"),
    Fault("决定书迟延送达", "没有送达", "decision", among("decision", *SERVED), (drop("service", TO_PUNISHED),), "去掉送达", LAW_SERVED),
    Fault("决定书迟延送达", "晚送达", "decision", among("decision", *SERVED, low="16", high="30"),
          (f"""UPDATE row_service SET served_at = d.decided_at + {DAYS} FROM chosen JOIN row_decision AS d ON d.code = subject WHERE {TO_PUNISHED}""",),
          "决定后这么多日才送达", LAW_SERVED, "日"),
    Fault("决定书迟延送达", "公告送达", "decision", among("decision", *SERVED), (change("service", "method = '公告'", TO_PUNISHED),), "把送达方式改成公告",
          LAW_SERVED),
    Fault("听证通知太晚", "提前量不足", "hearing", among("hearing", "i.held_at < planned(until())", low="1", high="6"),
          (change("hearing", f"notified_at = held_at - {DAYS}"),
           """UPDATE row_notification SET notified_at = h.notified_at FROM chosen JOIN row_hearing AS h ON h.code = subject
              WHERE row_notification.kind = '听证时间地点' AND row_notification.party_code = h.party_code"""),
          "举行前这么多日才通知", LAW_NOTICE, "日"),
    Fault("派出所越权处罚", "拘留", "decision", among("decision", ONLY, ABOVE_STATION, "i.detention_days > 0"), IN_OWN_NAME,
          "把决定名义单位改成派出所", LAW_POWER),
    Fault("派出所越权处罚", "超过限额的罚款", "decision", among("decision", PUBLIC, ONLY, ABOVE_STATION, "i.detention_days = 0 AND i.fine > 1000"), IN_OWN_NAME,
          "把决定名义单位改成派出所", LAW_POWER),
    # without that each is carried out for its own days
    Fault("拘留合计超过二十日", "没有写明合并", "party", twice(20, "0", "0"),
          (change("decision", "merged_days = NULL", "party_code = subject"),
           """UPDATE row_execution SET completed_at = executed_at + to_days(CAST(d.detention_days AS INTEGER)) FROM chosen
              JOIN row_decision AS d ON d.party_code = subject WHERE row_execution.decision_code = d.code AND kind = '送拘留所执行'"""),
          "去掉写明的合并执行日数", LAW_SUM),
    Fault("拘留合计超过二十日", "合并超过二十日", "party", twice(21, "21", "sum(detention_days)"),
          (change("decision", "merged_days = amount", "party_code = subject"),), "把合并执行日数写成这个数", LAW_SUM, "日"),
)
