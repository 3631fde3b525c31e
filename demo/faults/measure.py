"""Detention three days before arrest is asked for (seven, thirty where extended), the family told within 24 hours, bail at most twelve months."""

from __future__ import annotations

from demo.faults.fault import DAYS, HOURS, MINUTES, Fault, ago, among, change, drop

LAW, LAW_FAMILY, LAW_BAIL = "刑事诉讼法第九十一条", "刑事诉讼法第八十五条", "刑事诉讼法第七十九条"
HELD = ("i.kind = '刑事拘留'", ago("i.started_at", "40 DAY"))
ASKED = "i.arrest_requested_at IS NOT NULL AND i.ended_at IS NOT NULL"
PLAIN = "NOT i.is_extended_gang AND NOT i.is_extended_special"
ONLY_HELD = "i.n NOT IN (SELECT n FROM row_measure WHERE kind <> '刑事拘留')"
TELLABLE = "NOT i.cannot_notify_family"
FAMILY = "measure_code = subject AND row_notification.kind = '拘留通知家属'"
LONG_BAIL = ("i.kind = '取保候审'", ago("i.started_at", "13 MONTH"))

FAULTS = (
    Fault("拘留后迟延提请", "没有批准特殊延长", "measure",
          among("measure", *HELD, "i.is_extended_special AND NOT i.is_extended_gang", "i.arrest_requested_at >= i.started_at + INTERVAL 96 HOUR"),
          (change("measure", "is_extended_special = false"),), "去掉延长的批准", LAW),
    Fault("拘留后迟延提请", "没有批准结伙延长", "measure",
          among("measure", *HELD, "i.is_extended_gang", "i.arrest_requested_at >= i.started_at + INTERVAL 9 DAY"),
          (change("measure", "is_extended_gang = false, is_extended_special = false"),), "去掉延长的批准", LAW),
    # a day and more before the detention ended, so that what follows it stays true
    Fault("拘留后迟延提请", "晚提请", "measure",
          among("measure", *HELD, PLAIN, ASKED, low="97", high="least(160, date_diff('hour', i.started_at, i.ended_at) - 25)"),
          (change("measure", f"arrest_requested_at = started_at + {HOURS}"),), "把提请时间改到拘留后这么多小时", LAW, "小时"),
    Fault("拘留后迟延提请", "晚释放", "measure",
          among("measure", *HELD, ONLY_HELD, "i.arrest_requested_at IS NULL AND i.ended_at IS NOT NULL", low="97", high="400"),
          (change("measure", f"ended_at = started_at + {HOURS}"),), "把释放时间改到拘留后这么多小时", LAW, "小时"),
    Fault("取保超期", "没有解除", "measure", among("measure", *LONG_BAIL), (change("measure", "ended_at = NULL, redecided_at = NULL"),),
          "去掉解除和重新决定", LAW_BAIL),
    Fault("取保超期", "晚解除", "measure", among("measure", *LONG_BAIL, low="2", high="20"),
          (change("measure", f"ended_at = started_at + INTERVAL 12 MONTH + {DAYS}, redecided_at = NULL"),), "满十二个月后这么多日才解除", LAW_BAIL, "日"),
    Fault("拘留未通知家属", "没有通知", "measure", among("measure", *HELD, TELLABLE), (drop("notification", FAMILY),), "去掉通知家属的登记", LAW_FAMILY),
    Fault("拘留未通知家属", "晚通知", "measure", among("measure", *HELD, TELLABLE, low="1", high="2000"),
          (f"""UPDATE row_notification SET notified_at = m.started_at + INTERVAL 24 HOUR + {MINUTES} FROM chosen JOIN row_measure AS m ON m.code = subject
               WHERE {FAMILY}""",), "满二十四小时后这么多分钟才通知", LAW_FAMILY, "分钟"),
)
