"""How long a public-order case may take: 30 days from acceptance or (from 2026) from filing, 30 more for each lawful extension, anew after mediation."""

from __future__ import annotations

from demo.faults.fault import DAYS, PUBLIC, STEADY, Fault, ago, among, change, drop

LAW = "治安管理处罚法（2012）第九十九条、（2025）第一百一十八条"
LAW_MEDIATION = "公安机关办理行政案件程序规定第一百八十五条"
NO_PENALTY = "outcome = '不予处罚'"
# nor decided fast: that has a limit of its own
PLAIN = "i.n NOT IN (SELECT n FROM row_extension) AND i.n NOT IN (SELECT n FROM row_suspension) AND i.procedure <> '快速办理'"
NO_ITEMS = "i.n NOT IN (SELECT n FROM row_property_item)"  # they are disposed of by the date of the decision
REOPEN = (change("case", "decided_at = NULL, outcome = NULL, closed_at = NULL"),)


def decide_late(since: str) -> tuple[str, ...]:
    return (change("case", f"decided_at = {since} + {DAYS}, closed_at = {since} + {DAYS} + INTERVAL 3 DAY"),)


# lawful with one extension, too late without it
ONE_EXTENSION = f"""SELECT i.n, i.code AS subject, 0 AS low, 0 AS high FROM row_case AS i JOIN row_extension AS e ON e.n = i.n
    WHERE {STEADY} AND decided_at > filed_at + INTERVAL 43 DAY GROUP BY ALL HAVING count(*) = 1"""

FAULTS = (
    Fault("办案超期", "一直未决定", "case", among("case", PUBLIC, NO_PENALTY, "mediation_failed_at IS NULL", PLAIN, ago("accepted_at", "50 DAY")), REOPEN,
          "把不予处罚的决定去掉，案件至今未决定", LAW),
    Fault("办案超期", "晚决定", "case",
          among("case", PUBLIC, NO_PENALTY, "mediation_failed_at IS NULL", PLAIN, NO_ITEMS, ago("accepted_at", "110 DAY"), low="45", high="75"),
          decide_late("accepted_at"), "把决定推迟到受理后的这一天", LAW, "日"),
    Fault("办案超期", "没有批准延长", "case", ONE_EXTENSION, (drop("extension", "true"),), "去掉期限延长的批准", LAW),
    Fault("办案超期", "届满后才批准延长", "case", ONE_EXTENSION, ("""UPDATE row_extension SET granted_at = i.filed_at + INTERVAL 42 DAY
          FROM chosen JOIN row_case AS i ON i.code = subject WHERE row_extension.n = chosen.n""",), "把延长的批准改到期限届满以后", LAW),
    Fault("调解不成后超期", "晚决定", "case", among("case", NO_PENALTY, PLAIN, NO_ITEMS, ago("mediation_failed_at", "100 DAY"), low="45", high="75"),
          decide_late("mediation_failed_at"), "把决定推迟到调解不成后的这一天", LAW_MEDIATION, "日"),
    Fault("调解不成后超期", "一直未决定", "case", among("case", NO_PENALTY, ago("mediation_failed_at", "50 DAY")), REOPEN,
          "把不予处罚的决定去掉，调解不成后至今未决定", LAW_MEDIATION),
)
