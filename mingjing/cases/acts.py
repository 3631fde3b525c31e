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
    """`at`: the field that says when the act happened (empty: now). `creates`: makes a new row instead of completing one. `sets`: what the act says by
    itself, without being asked."""

    table: str
    name: str
    label: str
    fields: tuple[str, ...]
    required: tuple[str, ...] = ()
    at: str = ""
    creates: bool = False
    sets: tuple[tuple[str, str], ...] = ()
    applies: Callable[[Any], bool] = always

    @property
    def kind(self) -> str:
        """How the ledger names it."""
        return f"{self.table}.{self.name}"


PARTY = ("role", "name", "sex", "born_on", "id_kind", "id_number", "phone", "address", *MARKS)
SUMMONS_FLAGS = ("is_complex", "may_be_detained", "is_numerous", "is_identity_unknown")
SUMMONS_NOTES = ("has_belongings", "is_meal_noted", "is_times_signed")
INTERVIEW_NOTES = ("is_guardian_absence_noted", "is_rights_told", "is_signed", "is_woman_present", "is_identity_checked", "is_repeat_explained")
CASE_MARKS = ("is_offender_unknown", "is_grave", "has_complainant", "violated_on", "procedure", "is_fast_agreed")
INSPECTED = ("officer_count", "has_warrant", "is_urgent", "is_recorded", "is_by_woman", "has_witness", "is_witness_staff", "is_signed")
SHOWN_IN_LINEUP = ("shown", "officer_count", "is_qualified_place", "is_recorded", "has_witness")

LISTED = (
    Act("incident", "record", "登记警情", ("unit", "kind", "reported_at", "place", "content", "reporter_name", "reporter_phone", "is_domestic_violence"),
        ("unit", "kind", "reported_at", "content"), "reported_at", creates=True),
    Act("incident", "dispatch", "登记派警", ("dispatched_at",), ("dispatched_at",), "dispatched_at", applies=without("dispatched_at", "arrived_at",
        "handled_at")),
    Act("incident", "arrive", "登记到场", ("arrived_at", "officer"), ("arrived_at",), "arrived_at", applies=without("arrived_at", "handled_at")),
    Act("incident", "handle", "登记处理结果", ("outcome", "handled_at"), ("outcome", "handled_at"), "handled_at", applies=without("handled_at")),

    Act("incident", "warn", "登记家庭暴力告诫书", ("warned_at",), ("warned_at",), "warned_at",
        applies=lambda row: row.is_domestic_violence and row.warned_at is None),

    Act("case", "accept", "受案", ("kind", "category", "offence", "unit", "accepted_at", "summary", *CASE_MARKS, "transferred_in_at"),
        ("kind", "offence", "unit", "accepted_at"), "accepted_at", creates=True),
    Act("case", "file", "立案", ("filed_at",), ("filed_at",), "filed_at", applies=without("filed_at", "refused_at")),
    Act("case", "refuse", "决定不予立案", ("refused_at",), ("refused_at",), "refused_at", sets=(("outcome", "不予立案"),),
        applies=lambda row: row.kind == "刑事" and without("filed_at", "refused_at")(row)),
    Act("case", "serve_refusal", "送达不予立案通知书", ("refusal_served_at",), ("refusal_served_at",), "refusal_served_at",
        applies=after("refused_at", "refusal_served_at")),
    Act("case", "give_receipt", "交付受案回执", ("receipt_given_at",), ("receipt_given_at",), "receipt_given_at", applies=without("receipt_given_at")),
    Act("case", "describe", "补充案情", ("offence", "category", "summary", *CASE_MARKS)),
    Act("case", "fail_mediation", "登记调解未成", ("mediation_failed_at",), ("mediation_failed_at",), "mediation_failed_at",
        applies=without("mediation_failed_at", "decided_at", "ended_without_decision_at")),
    Act("case", "end", "移送或者终止调查", ("ended_without_decision_at", "outcome"), ("ended_without_decision_at", "outcome"), "ended_without_decision_at",
        applies=without("decided_at", "ended_without_decision_at")),
    Act("case", "decide", "作出处理决定", ("decided_at", "outcome"), ("decided_at", "outcome"), "decided_at",
        applies=without("decided_at", "ended_without_decision_at")),
    Act("case", "tell_end", "告知撤案或者终止侦查", ("end_told_at",), ("end_told_at",), "end_told_at", applies=after("ended_without_decision_at",
        "end_told_at")),
    Act("case", "tell_transfer", "告知移送起诉情况", ("transfer_told_at",), ("transfer_told_at",), "transfer_told_at",
        applies=after("ended_without_decision_at", "transfer_told_at")),
    Act("case", "close", "结案", ("closed_at",), ("closed_at",), "closed_at", applies=without("closed_at")),
    Act("case", "convert", "转换案件类型", ("to_kind", "converted_at", "reason", "is_approved"), ("to_kind", "converted_at", "reason"), "converted_at",
        applies=without("closed_at")),
    Act("conversion", "approve", "登记批准转换", ("is_approved",), ("is_approved",), applies=lambda row: not row.is_approved),
    Act("case", "assign", "指派办案人员", ("officer", "role"), ("officer", "role"), applies=without("closed_at")),

    Act("party", "add", "添加当事人", PARTY, ("role", "name"), creates=True),
    Act("party", "describe", "补充当事人信息", (*PARTY, "has_defender")),
    Act("party", "ask_aid", "通知法律援助机构", ("aid_asked_at",), ("aid_asked_at",), "aid_asked_at", applies=without("aid_asked_at")),

    Act("summons", "arrive", "登记到案", ("party", "kind", "arrived_at", "approver", *SUMMONS_FLAGS), ("party", "kind", "arrived_at"), "arrived_at",
        creates=True),
    Act("summons", "search", "登记人身安全检查", ("searched_at", "has_belongings"), ("searched_at",), "searched_at", applies=without("searched_at")),
    Act("summons", "return_belongings", "登记随身财物返还或者移交", ("belongings_returned_at",), ("belongings_returned_at",), "belongings_returned_at",
        applies=without("belongings_returned_at")),
    Act("summons", "leave", "登记离开", ("left_at", "is_meal_noted", "is_times_signed"), ("left_at",), "left_at", applies=without("left_at")),
    Act("summons", "describe", "补充传唤情形", ("approver", *SUMMONS_FLAGS, *SUMMONS_NOTES)),
    Act("restraint", "start", "开始约束", ("summons", "started_at", "is_guarded"), ("summons", "started_at"), "started_at", creates=True),
    Act("restraint", "end", "解除约束", ("ended_at",), ("ended_at",), "ended_at", applies=without("ended_at")),

    Act("waiting", "start", "进入候问室", ("summons", "room", "started_at", "sex", "is_juvenile"), ("summons", "room", "started_at"), "started_at",
        creates=True),
    Act("waiting", "end", "离开候问室", ("ended_at",), ("ended_at",), "ended_at", applies=without("ended_at")),

    Act("interview", "start", "开始询问讯问", ("party", "kind", "place", "room", "started_at", "is_remote", "is_qualified_place"),
        ("party", "kind", "place", "started_at"), "started_at", creates=True),
    Act("interview", "end", "结束询问讯问", ("ended_at", *INTERVIEW_NOTES), ("ended_at",), "ended_at", applies=without("ended_at")),
    Act("interview", "describe", "补充询问讯问情形", ("place", "room", "is_remote", "is_qualified_place", *INTERVIEW_NOTES)),
    Act("interview", "return_record", "登记远程笔录签名件传回", ("returned_at",), ("returned_at",), "returned_at",
        applies=lambda row: row.is_remote and after("ended_at", "returned_at")(row)),
    Act("attendance", "add", "登记参加人员", ("interview", "role", "officer", "is_auxiliary", "person_name"), ("interview", "role"), creates=True),
    Act("recording", "add", "登记录音录像", ("interview", "started_at", "ended_at", "is_damaged"), ("interview", "started_at"), "started_at", creates=True),
    Act("recording", "end", "登记录制结束", ("ended_at", "is_damaged"), ("ended_at",), "ended_at", applies=without("ended_at")),

    Act("measure", "request", "呈请强制措施", ("party", "kind", "cannot_notify_family", "notice_hinders", "has_guarantor", "deposit"), ("party",
        "kind"), creates=True),
    Act("measure", "approve", "批准强制措施", ("approved_at", "approver_rank"), ("approved_at",), "approved_at", applies=without("approved_at", "started_at")),
    Act("measure", "start", "执行强制措施", ("started_at",), ("started_at",), "started_at", applies=after("approved_at", "started_at")),
    Act("measure", "deliver", "登记送看守所或者拘留所", ("delivered_at", "place", "examined_at"), ("delivered_at",), "delivered_at",
        applies=after("started_at", "delivered_at")),
    Act("measure", "examine", "登记收押健康检查", ("examined_at",), ("examined_at",), "examined_at", applies=after("started_at", "examined_at")),
    Act("measure", "tell_station", "登记通知派出所执行", ("station_told_at",), ("station_told_at",), "station_told_at", applies=after("started_at",
        "station_told_at")),
    Act("measure", "report_foreign", "登记外国人层报", ("foreign_reported_at",), ("foreign_reported_at",), "foreign_reported_at",
        applies=without("foreign_reported_at")),
    Act("measure", "report_deputy", "登记人大代表许可或者报告", ("deputy_reported_at",), ("deputy_reported_at",), "deputy_reported_at",
        applies=without("deputy_reported_at")),
    Act("measure", "prolong", "登记批准延长侦查羁押", ("prolonged_months",), ("prolonged_months",), applies=after("started_at", "ended_at")),
    Act("measure", "describe", "补充措施情形", ("place", "has_guarantor", "deposit", "cannot_notify_family", "notice_hinders")),
    Act("measure", "request_arrest", "提请批准逮捕", ("arrest_requested_at", "is_extended_special", "is_extended_gang"), ("arrest_requested_at",),
        "arrest_requested_at", applies=after("started_at", "arrest_requested_at", "ended_at")),
    Act("measure", "transfer", "移送审查起诉", ("transferred_at",), ("transferred_at",), "transferred_at", applies=after("started_at", "transferred_at")),
    Act("measure", "end", "解除或者变更措施", ("ended_at",), ("ended_at",), "ended_at", applies=after("started_at", "ended_at")),
    Act("measure", "tell_end", "登记解除后的通知", ("end_told_at",), ("end_told_at",), "end_told_at", applies=after("ended_at", "end_told_at")),
    Act("measure", "return_deposit", "登记退还或者没收保证金", ("deposit_returned_at",), ("deposit_returned_at",), "deposit_returned_at",
        applies=lambda row: row.deposit is not None and row.deposit_returned_at is None),

    Act("suspension", "start", "开始扣除期间", ("kind", "started_at"), ("kind", "started_at"), "started_at", creates=True),
    Act("suspension", "end", "结束扣除期间", ("ended_at",), ("ended_at",), "ended_at", applies=without("ended_at")),
    Act("extension", "grant", "登记期限延长", ("granted_at", "approver", "reason"), ("granted_at", "approver", "reason"), "granted_at", creates=True),

    Act("notification", "give", "登记告知通知", ("kind", "party", "measure", "notified_at"), ("kind", "notified_at"), "notified_at", creates=True),
    Act("hearing", "apply", "登记听证申请", ("party", "applied_at"), ("party", "applied_at"), "applied_at", creates=True),
    Act("hearing", "arrange", "安排听证", ("notified_at", "held_at"), ("notified_at", "held_at"), "notified_at", applies=lambda row: not row.is_withdrawn),
    Act("hearing", "withdraw", "登记撤回听证申请", ("is_withdrawn",), ("is_withdrawn",), applies=lambda row: not row.is_withdrawn),

    Act("decision", "make", "作出处罚决定",
        ("party", "unit", "decided_at", "fine", "detention_days", "merged_days", "revokes_licence", "suspends_business", "is_on_the_spot",
         "is_announced_on_the_spot", "confiscated", "law_version", "states_remedies", "told_fine", "told_detention_days", "announced_at", "guardian_told_at",
         "is_complex", "discussed_at", "is_by_one_officer", "is_recorded", "has_objection"), ("party", "unit", "decided_at"), "decided_at", creates=True),
    Act("decision", "report", "登记当场处罚报备", ("reported_at",), ("reported_at",), "reported_at",
        applies=lambda row: row.is_on_the_spot and row.reported_at is None),
    Act("decision", "tell_official", "登记公职人员受处罚通报", ("official_told_at",), ("official_told_at",), "official_told_at",
        applies=without("official_told_at")),
    Act("decision", "reform", "登记矫治教育措施", ("corrected_at",), ("corrected_at",), "corrected_at", applies=without("corrected_at")),
    Act("decision", "overturn", "登记处罚被撤销或者变更", ("overturned_at",), ("overturned_at",), "overturned_at", applies=without("overturned_at")),
    Act("service", "serve", "登记送达", ("decision", "recipient", "method", "served_at", "announced_on", "has_consent"), ("decision", "recipient",
        "method", "served_at"), "served_at",
        creates=True),
    Act("execution", "start", "登记执行", ("decision", "kind", "executed_at", "collected", "has_receipt", "is_hard_to_pay"), ("decision", "kind",
        "executed_at"),
        "executed_at", creates=True),
    Act("execution", "hand_in", "登记所收罚款上交", ("handed_in_at",), ("handed_in_at",), "handed_in_at",
        applies=lambda row: row.kind == "当场收缴罚款" and row.handed_in_at is None),
    Act("execution", "complete", "登记执行完毕", ("completed_at",), ("completed_at",), "completed_at", applies=without("completed_at")),

    Act("postponement", "apply", "登记暂缓执行拘留申请", ("decision", "applied_at"), ("decision", "applied_at"), "applied_at", creates=True),
    Act("postponement", "decide", "决定是否暂缓执行", ("decided_at", "is_granted"), ("decided_at",), "decided_at", applies=without("decided_at")),
    Act("postponement", "deposit", "登记收取保证金", ("deposit_paid_at", "deposit_banked_at"), ("deposit_paid_at",), "deposit_paid_at",
        applies=lambda row: row.deposit_paid_at is None or row.deposit_banked_at is None),
    Act("postponement", "return_deposit", "登记退还或者没收暂缓保证金", ("deposit_returned_at",), ("deposit_returned_at",), "deposit_returned_at",
        applies=after("deposit_paid_at", "deposit_returned_at")),
    Act("postponement", "end", "登记暂缓事由消失", ("ended_at",), ("ended_at",), "ended_at", applies=after("decided_at", "ended_at")),
    Act("disclosure", "publish", "登记执法公开", ("decision", "published_at", "is_anonymised"), ("decision", "published_at"), "published_at", creates=True),
    Act("disclosure", "withdraw", "登记撤回公开", ("withdrawn_at",), ("withdrawn_at",), "withdrawn_at", applies=without("withdrawn_at")),
    Act("remedy", "receive", "登记复议诉讼赔偿", ("kind", "party", "received_at", "due_on"), ("kind", "received_at"), "received_at", creates=True),
    Act("remedy", "extend", "登记延长答复期限", ("extended_at",), ("extended_at",), "extended_at", applies=without("extended_at", "answered_at")),
    Act("remedy", "answer", "登记答复决定或者履行", ("answered_at", "is_leader_present", "is_absence_explained"), ("answered_at",), "answered_at",
        applies=without("answered_at")),

    Act("inspection", "make", "登记勘验检查搜查", ("kind", "target", "party", "started_at", "ended_at", *INSPECTED), ("kind", "started_at"), "started_at",
        creates=True),
    Act("inspection", "describe", "补充勘验检查搜查情形", ("target", "ended_at", *INSPECTED)),
    Act("lineup", "hold", "登记辨认", ("kind", "party", "started_at", "ended_at", *SHOWN_IN_LINEUP), ("kind", "started_at"), "started_at", creates=True),
    Act("lineup", "describe", "补充辨认情形", ("ended_at", *SHOWN_IN_LINEUP)),
    Act("appraisal", "commission", "登记委托鉴定", ("kind", "party", "commissioned_at"), ("kind", "commissioned_at"), "commissioned_at", creates=True),
    Act("appraisal", "receive", "登记收到鉴定意见", ("received_at",), ("received_at",), "received_at", applies=without("received_at")),
    Act("appraisal", "tell", "登记鉴定意见送达告知", ("told_at",), ("told_at",), "told_at", applies=after("received_at", "told_at")),
    Act("appraisal", "object", "登记重新鉴定申请", ("objected_at",), ("objected_at",), "objected_at", applies=after("received_at", "objected_at")),
    Act("appraisal", "answer", "对重新鉴定申请作出决定", ("answered_at", "is_refused"), ("answered_at",), "answered_at", applies=after("objected_at",
        "answered_at")),
    Act("appraisal", "tell_refusal", "登记不准予的通知", ("refusal_told_at",), ("refusal_told_at",), "refusal_told_at",
        applies=after("answered_at", "refusal_told_at")),
    Act("review", "request", "提交法制审核", ("kind", "party", "requested_at"), ("kind", "requested_at"), "requested_at", creates=True),
    Act("review", "finish", "登记法制审核结果", ("finished_at", "result", "officer", "is_new_reviewer", "is_qualified"), ("finished_at", "result", "officer"),
        "finished_at", applies=without("finished_at")),
    Act("recusal", "apply", "登记回避申请", ("officer", "applied_at"), ("officer", "applied_at"), "applied_at", creates=True),
    Act("recusal", "decide", "决定是否回避", ("decided_at", "is_granted"), ("decided_at",), "decided_at", applies=without("decided_at")),
    Act("prosecutor_document", "receive", "登记收到检察文书", ("kind", "party", "measure", "received_at", "due_on"), ("kind", "received_at"), "received_at",
        creates=True),
    Act("prosecutor_document", "answer", "登记回复检察机关", ("answered_at",), ("answered_at",), "answered_at", applies=without("answered_at")),

    Act("property_item", "seize", "登记提取物品",
        ("name", "quantity", "unit", "kind", "category", "seized_at", "is_remote", "is_urgent_examination", "is_on_the_spot", "is_recorded", "is_list_signed",
         "is_photographed"),
        ("name", "unit", "seized_at"), "seized_at", creates=True),
    Act("property_item", "bring_back", "登记返回单位", ("returned_at",), ("returned_at",), "returned_at", applies=without("returned_at", "checked_in_at")),
    Act("property_item", "check_in", "入库", ("checked_in_at", "examined_at", "keeper"), ("checked_in_at",), "checked_in_at", applies=without("checked_in_at")),
    Act("property_item", "approve", "登记批准或者补办批准", ("approved_at",), ("approved_at",), "approved_at", applies=without("approved_at")),
    Act("property_item", "extend", "登记批准延长", ("extended_at", "extension_told_at"), ("extended_at",), "extended_at",
        applies=lambda row: row.extended_at is None or row.extension_told_at is None),
    Act("property_item", "tell_examination", "登记告知鉴定期间", ("examination_told_at",), ("examination_told_at",), "examination_told_at",
        applies=without("examination_told_at")),
    Act("property_item", "find_irrelevant", "登记查明与案件无关", ("irrelevant_at",), ("irrelevant_at",), "irrelevant_at", applies=without("irrelevant_at")),
    Act("property_item", "call_owner", "登记通知领取", ("owner_told_at",), ("owner_told_at",), "owner_told_at", applies=without("owner_told_at")),
    Act("property_item", "describe", "补充财物情形", ("kind", "category", "is_on_the_spot", "is_recorded", "is_list_signed", "is_photographed")),
    Act("property_item", "dispose", "登记处理完毕", ("disposed_at",), ("disposed_at",), "disposed_at", applies=after("checked_in_at", "disposed_at")),
    Act("loan", "take", "登记调用财物", ("property_item", "officer", "approved_at", "taken_at", "due_on"), ("property_item", "taken_at"), "taken_at",
        creates=True),
    Act("loan", "bring_back", "登记归还", ("returned_at",), ("returned_at",), "returned_at", applies=without("returned_at")),
)

ACTS: dict[tuple[str, str], Act] = {(act.table, act.name): act for act in LISTED}
