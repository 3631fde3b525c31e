"""What becomes of a penalty: served on whoever was injured, served at all where it is no public-order case, and no more on the spot than the law allows."""

from __future__ import annotations

from demo.faults.fault import DAYS, NEW, PUBLIC, Fault, ago, among, change, drop

LAW_INJURED = "治安管理处罚法（2012）第九十七条、（2025）第一百一十六条，公安机关办理行政案件程序规定第一百七十二条"
LAW_OTHER = "行政处罚法第六十一条"
LAW_SPOT = "治安管理处罚法（2012）第一百条、（2025）第一百一十九条"
ONLY = "i.n IN (SELECT n FROM row_decision GROUP BY n HAVING count(*) = 1)"
CLOSED = "i.n IN (SELECT n FROM row_case WHERE closed_at IS NOT NULL)"
INJURED = "i.n IN (SELECT n FROM row_service WHERE recipient = '被侵害人')"
SERVED_LATE = f"UPDATE row_service SET served_at = d.decided_at + {DAYS} FROM chosen JOIN row_decision AS d ON"

# not a public-order case, and neither announced nor decided on the spot
OTHER = ("i.n IN (SELECT n FROM row_case WHERE kind = '行政' AND category <> '治安')", ONLY, "NOT i.is_announced_on_the_spot", "NOT i.is_on_the_spot",
         ago("i.decided_at", "60 DAY"))
TO_PUNISHED = "decision_code = subject AND recipient = '被处罚人' AND method <> '公告'"
# what was paid in cash on the spot would then be too much for that as well
IN_CASH = "i.code IN (SELECT decision_code FROM row_execution WHERE kind = '当场收缴罚款')"
SPOT = (PUBLIC, ONLY, "i.is_on_the_spot", "i.fine IS NOT NULL", f"NOT {IN_CASH}")
MORE = (change("decision", "fine = amount"),)

FAULTS = (
    Fault("被侵害人迟延送达", "晚送达", "service",
          among("service", PUBLIC, ONLY, "i.recipient = '被侵害人'", ago("i.served_at", "40 DAY"), low="16", high="30"),
          (f"{SERVED_LATE} true WHERE row_service.code = subject AND d.code = row_service.decision_code",), "决定后这么多日才送达被侵害人", LAW_INJURED, "日"),
    Fault("被侵害人未送达", "没有送达", "decision", among("decision", PUBLIC, ONLY, INJURED, CLOSED), (drop("service", "recipient = '被侵害人'"),),
          "去掉对被侵害人的送达", LAW_INJURED),
    Fault("其他处罚迟延送达", "没有送达", "decision", among("decision", *OTHER), (drop("service", TO_PUNISHED),), "去掉送达", LAW_OTHER),
    Fault("其他处罚迟延送达", "晚送达", "decision", among("decision", *OTHER, low="25", high="40"),
          (f"{SERVED_LATE} d.code = subject WHERE {TO_PUNISHED}",), "决定后这么多日才送达", LAW_OTHER, "日"),
    Fault("其他处罚迟延送达", "公告送达", "decision", among("decision", *OTHER), (change("service", "method = '公告'", TO_PUNISHED),), "把送达方式改成公告",
          LAW_OTHER),
    Fault("当场处罚超限", "旧法二百元", "decision", among("decision", *SPOT, f"i.decided_at < {NEW}", low="201", high="500"), MORE, "把罚款改成这个数",
          LAW_SPOT, "元"),
    Fault("当场处罚超限", "新法五百元", "decision", among("decision", *SPOT, f"i.decided_at >= {NEW}", low="501", high="1000"), MORE, "把罚款改成这个数",
          LAW_SPOT, "元"),
)
