"""Items of administrative cases are brought to the keeper within 24 hours of being taken, brought back, or examined."""

from __future__ import annotations

from demo.faults.fault import ADMINISTRATIVE, MINUTES, Fault, ago, among, change

LAW = "公安机关办理行政案件程序规定第一百九十条"
# things that were only picked up, and that nobody was told to fetch: for those no other time runs
STORED = (ADMINISTRATIVE, "i.checked_in_at IS NOT NULL", "i.kind = '提取'", "i.category <> '易腐或者危险'", "i.owner_told_at IS NULL",
          ago("i.seized_at", "30 DAY"))
KINDS = (
    ("财物迟延入库", "NOT i.is_remote AND NOT i.is_urgent_examination", "seized_at"),
    ("返回后迟延入库", "i.is_remote AND NOT i.is_urgent_examination", "returned_at"),
    ("鉴定后迟延入库", "i.is_urgent_examination AND NOT i.is_remote", "examined_at"),
)


def stored_late(since: str) -> tuple[str, ...]:
    late = f"{since} + INTERVAL 24 HOUR + {MINUTES}"
    return (change("property_item", f"checked_in_at = {late}, disposed_at = greatest(disposed_at, {late} + INTERVAL 1 HOUR)"),)


FAULTS = tuple(
    fault for name, which, since in KINDS for fault in (
        Fault(name, "没有入库", "property_item", among("property_item", *STORED, which), (change("property_item", "checked_in_at = NULL, disposed_at = NULL"),),
              "去掉入库", LAW),
        Fault(name, "晚入库", "property_item", among("property_item", *STORED, which, low="1", high="10000"), stored_late(since),
              "满二十四小时后这么多分钟才入库", LAW, "分钟"),
    )
)
