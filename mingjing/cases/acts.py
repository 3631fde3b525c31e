"""Every act of law or use that an officer can do to a case, as data: which fields it asks for, which it must have, when it makes sense.

One list serves the forms, the menus of the case page, the ledger's words and the permission table (whose rows are these acts). What an act refuses
beyond "not now" stands in `checks.py`, for all doors alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mingjing.cases.models.parties import MARKS


def always(row: Any) -> bool:
    return True


@dataclass(frozen=True)
class Times:
    """When an act makes sense: once the time `first` is known (empty: no such condition), while all of `empty` are still unknown."""

    first: str = ""
    empty: tuple[str, ...] = ()

    def __call__(self, row: Any) -> bool:
        return not self.waits(row) and self.is_undone(row)

    def waits(self, row: Any) -> bool:
        """The step before has not been done."""
        return bool(self.first) and getattr(row, self.first) is None

    def is_undone(self, row: Any) -> bool:
        return all(getattr(row, name) is None for name in self.empty)


def without(*names: str) -> Times:
    return Times(empty=names)


def after(first: str, *empty: str) -> Times:
    return Times(first, empty)


@dataclass(frozen=True)
class Act:
    """`at`: the field that says when the act happened (empty: now). `creates`: makes a new row instead of completing one."""

    table: str
    name: str
    label: str
    fields: tuple[str, ...]
    required: tuple[str, ...] = ()
    at: str = ""
    creates: bool = False
    applies: Callable[[Any], bool] = always

    @property
    def kind(self) -> str:
        """How the ledger names it."""
        return f"{self.table}.{self.name}"


PARTY = ("role", "name", "sex", "born_on", "id_kind", "id_number", "phone", "address", *MARKS)
SUMMONS_FLAGS = ("is_complex", "may_be_detained", "is_numerous", "is_identity_unknown")

LISTED = (
    Act("incident", "record", "登记警情", ("unit", "kind", "reported_at", "place", "content", "reporter_name", "reporter_phone"),
        ("unit", "kind", "reported_at", "content"), "reported_at", creates=True),
    Act("incident", "arrive", "登记到场", ("arrived_at", "officer"), ("arrived_at",), "arrived_at", applies=without("arrived_at", "handled_at")),
    Act("incident", "handle", "登记处理结果", ("outcome", "handled_at"), ("outcome", "handled_at"), "handled_at", applies=without("handled_at")),

    Act("case", "accept", "受案", ("kind", "category", "offence", "unit", "accepted_at", "summary", "is_offender_unknown", "is_grave"),
        ("kind", "offence", "unit", "accepted_at"), "accepted_at", creates=True),
    Act("case", "file", "立案", ("filed_at",), ("filed_at",), "filed_at", applies=without("filed_at")),
    Act("case", "describe", "补充案情", ("offence", "category", "summary", "is_offender_unknown", "is_grave")),
    Act("case", "fail_mediation", "登记调解未成", ("mediation_failed_at",), ("mediation_failed_at",), "mediation_failed_at",
        applies=without("mediation_failed_at", "decided_at", "ended_without_decision_at")),
    Act("case", "end", "移送或者终止调查", ("ended_without_decision_at", "outcome"), ("ended_without_decision_at", "outcome"), "ended_without_decision_at",
        applies=without("decided_at", "ended_without_decision_at")),
    Act("case", "decide", "作出处理决定", ("decided_at", "outcome"), ("decided_at", "outcome"), "decided_at",
        applies=without("decided_at", "ended_without_decision_at")),
    Act("case", "close", "结案", ("closed_at",), ("closed_at",), "closed_at", applies=without("closed_at")),
    Act("case", "convert", "转换案件类型", ("to_kind", "converted_at", "reason"), ("to_kind", "converted_at", "reason"), "converted_at",
        applies=without("closed_at")),
    Act("case", "assign", "指派办案人员", ("officer", "role"), ("officer", "role"), applies=without("closed_at")),

    Act("party", "add", "添加当事人", PARTY, ("role", "name"), creates=True),
    Act("party", "describe", "补充当事人信息", PARTY),

    Act("summons", "arrive", "登记到案", ("party", "kind", "arrived_at", *SUMMONS_FLAGS), ("party", "kind", "arrived_at"), "arrived_at", creates=True),
    Act("summons", "leave", "登记离开", ("left_at",), ("left_at",), "left_at", applies=without("left_at")),
    Act("summons", "describe", "补充传唤情形", SUMMONS_FLAGS),
    Act("restraint", "start", "开始约束", ("summons", "started_at"), ("summons", "started_at"), "started_at", creates=True),
    Act("restraint", "end", "解除约束", ("ended_at",), ("ended_at",), "ended_at", applies=without("ended_at")),

    Act("interview", "start", "开始询问讯问", ("party", "kind", "place", "started_at", "is_remote", "is_qualified_place"),
        ("party", "kind", "place", "started_at"), "started_at", creates=True),
    Act("interview", "end", "结束询问讯问", ("ended_at",), ("ended_at",), "ended_at", applies=without("ended_at")),
    Act("interview", "describe", "补充询问讯问情形", ("place", "is_remote", "is_qualified_place", "is_guardian_absence_noted")),
    Act("attendance", "add", "登记参加人员", ("interview", "role", "officer", "is_auxiliary", "person_name"), ("interview", "role"), creates=True),
    Act("recording", "add", "登记录音录像", ("interview", "started_at", "ended_at", "is_damaged"), ("interview", "started_at"), "started_at", creates=True),
    Act("recording", "end", "登记录制结束", ("ended_at", "is_damaged"), ("ended_at",), "ended_at", applies=without("ended_at")),

    Act("measure", "request", "呈请强制措施", ("party", "kind", "cannot_notify_family", "notice_hinders"), ("party", "kind"), creates=True),
    Act("measure", "approve", "批准强制措施", ("approved_at",), ("approved_at",), "approved_at", applies=without("approved_at", "started_at")),
    Act("measure", "start", "执行强制措施", ("started_at",), ("started_at",), "started_at", applies=after("approved_at", "started_at")),
    Act("measure", "request_arrest", "提请批准逮捕", ("arrest_requested_at", "is_extended_special", "is_extended_gang"), ("arrest_requested_at",),
        "arrest_requested_at", applies=after("started_at", "arrest_requested_at", "ended_at")),
    Act("measure", "transfer", "移送审查起诉", ("transferred_at",), ("transferred_at",), "transferred_at", applies=after("started_at", "transferred_at")),
    Act("measure", "end", "解除或者变更措施", ("ended_at",), ("ended_at",), "ended_at", applies=after("started_at", "ended_at")),

    Act("suspension", "start", "开始扣除期间", ("kind", "started_at"), ("kind", "started_at"), "started_at", creates=True),
    Act("suspension", "end", "结束扣除期间", ("ended_at",), ("ended_at",), "ended_at", applies=without("ended_at")),
    Act("extension", "grant", "登记期限延长", ("granted_at", "approver", "reason"), ("granted_at", "approver", "reason"), "granted_at", creates=True),

    Act("notification", "give", "登记告知通知", ("kind", "party", "measure", "notified_at"), ("kind", "notified_at"), "notified_at", creates=True),
    Act("hearing", "apply", "登记听证申请", ("party", "applied_at"), ("party", "applied_at"), "applied_at", creates=True),
    Act("hearing", "arrange", "安排听证", ("notified_at", "held_at"), ("notified_at", "held_at"), "notified_at", applies=lambda row: not row.is_withdrawn),
    Act("hearing", "withdraw", "登记撤回听证申请", ("is_withdrawn",), ("is_withdrawn",), applies=lambda row: not row.is_withdrawn),

    Act("decision", "make", "作出处罚决定",
        ("party", "unit", "decided_at", "fine", "detention_days", "merged_days", "revokes_licence", "suspends_business", "is_on_the_spot",
         "is_announced_on_the_spot"), ("party", "unit", "decided_at"), "decided_at", creates=True),
    Act("service", "serve", "登记送达", ("decision", "recipient", "method", "served_at"), ("decision", "recipient", "method", "served_at"), "served_at",
        creates=True),
    Act("execution", "start", "登记执行", ("decision", "kind", "executed_at"), ("decision", "kind", "executed_at"), "executed_at", creates=True),
    Act("execution", "complete", "登记执行完毕", ("completed_at",), ("completed_at",), "completed_at", applies=without("completed_at")),

    Act("property_item", "seize", "登记提取物品", ("name", "quantity", "unit", "seized_at", "is_remote", "is_urgent_examination"),
        ("name", "unit", "seized_at"), "seized_at", creates=True),
    Act("property_item", "bring_back", "登记返回单位", ("returned_at",), ("returned_at",), "returned_at", applies=without("returned_at", "checked_in_at")),
    Act("property_item", "check_in", "入库", ("checked_in_at", "examined_at"), ("checked_in_at",), "checked_in_at", applies=without("checked_in_at")),
    Act("property_item", "dispose", "登记处理完毕", ("disposed_at",), ("disposed_at",), "disposed_at", applies=after("checked_in_at", "disposed_at")),
)

ACTS: dict[tuple[str, str], Act] = {(act.table, act.name): act for act in LISTED}
