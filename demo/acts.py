"""How every row came about: which acts made it and completed it, who did each, and when it was recorded. No Django.

A row of the city says what is the case at the end. The platform keeps also how it got there: a row is made by one act and completed by others, each with its
entry in the ledger. `STEPS` says for every fact table which act filled which columns (the acts are those of the platform's own list, so that the ledger reads
as if everything had been entered by hand as it happened).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

# who does something: the officer who leads the case (or took the call), or somebody of the unit who holds the duty
LEAD, LEADER, REVIEWER, KEEPER = "主办", "单位负责人", "法制员", "财物管理员"


@dataclass(frozen=True)
class Step:
    """`at`: the column that says when it happened; empty: when it was recorded. `fills`: columns that are empty before, or hold what `was_…` says."""

    act: str
    at: str
    who: str = LEAD
    fills: tuple[str, ...] = ()


def step(act: str, at: str, *more: str, who: str = LEAD) -> Step:
    return Step(act, at, who, (at, *more))


# the first act makes the row with everything that no later one fills; an act whose time is empty has not been done. They stand in the order of time
STEPS: dict[str, tuple[Step, ...]] = {
    "incident": (
        Step("record", "reported_at"), step("dispatch", "dispatched_at"), step("arrive", "arrived_at"), step("warn", "warned_at"),
        step("handle", "handled_at", "outcome", "case_code")),
    "case": (
        Step("accept", "accepted_at"), step("give_receipt", "receipt_given_at"), step("file", "filed_at", who=LEADER),
        step("refuse", "refused_at", "outcome", who=LEADER),
        step("serve_refusal", "refusal_served_at"), step("fail_mediation", "mediation_failed_at"),
        Step("convert", "converted_at", LEADER, ("kind", "category")), step("decide", "decided_at", "outcome", who=LEADER),
        step("end", "ended_without_decision_at", "outcome", who=LEADER), step("tell_end", "end_told_at"), step("tell_transfer", "transfer_told_at"),
        step("close", "closed_at", who=LEADER)),
    "conversion": (Step("enter", "converted_at", LEADER),),
    "party": (Step("add", ""), Step("describe", "converted_at", LEAD, ("role",)), step("ask_aid", "aid_asked_at")),
    "summons": (
        Step("arrive", "arrived_at"), step("search", "searched_at", "has_belongings"), step("return_belongings", "belongings_returned_at"),
        step("leave", "left_at", "is_meal_noted", "is_times_signed")),
    "waiting": (Step("start", "started_at"), step("end", "ended_at")),
    "restraint": (Step("start", "started_at"), step("end", "ended_at")),
    "interview": (
        Step("start", "started_at"),
        step("end", "ended_at", "is_rights_told", "is_signed", "is_woman_present", "is_identity_checked", "is_repeat_explained"),
        step("return_record", "returned_at")),
    "attendance": (Step("add", ""),),
    "recording": (Step("add", "started_at"), step("end", "ended_at", "is_damaged")),
    "measure": (
        Step("request", "requested_at"), step("approve", "approved_at", "approver_code", "approver_rank", who=LEADER),
        step("report_deputy", "deputy_reported_at"), step("start", "started_at"), step("tell_station", "station_told_at"),
        step("deliver", "delivered_at", "place"), step("examine", "examined_at"),
        step("report_foreign", "foreign_reported_at"), step("request_arrest", "arrest_requested_at"), step("end", "ended_at"),
        step("tell_end", "end_told_at"), step("return_deposit", "deposit_returned_at"), step("transfer", "transferred_at"), step("change", "redecided_at")),
    "suspension": (Step("start", "started_at"), step("end", "ended_at")),
    "extension": (Step("grant", "granted_at", LEADER),),
    "notification": (Step("give", "notified_at"),),
    "hearing": (Step("apply", "applied_at"), step("arrange", "notified_at", "held_at", who=REVIEWER)),
    "decision": (
        Step("make", "decided_at", LEADER), step("report", "reported_at"), step("reform", "corrected_at"), step("tell_official", "official_told_at"),
        step("overturn", "overturned_at", who=REVIEWER)),
    "service": (Step("serve", "served_at"),),
    "execution": (Step("start", "executed_at"), step("complete", "completed_at"), step("hand_in", "handed_in_at")),
    "inspection": (
        Step("make", "started_at"),
        step("describe", "ended_at", "officer_count", "is_recorded", "is_by_woman", "has_witness", "is_witness_staff", "is_signed")),
    "lineup": (Step("hold", "started_at"), step("describe", "ended_at", "shown", "officer_count", "is_recorded", "has_witness")),
    "appraisal": (
        Step("commission", "commissioned_at"), step("receive", "received_at"), step("tell", "told_at"), step("object", "objected_at"),
        step("answer", "answered_at", "is_refused", who=LEADER), step("tell_refusal", "refusal_told_at")),
    "review": (Step("request", "requested_at"), step("finish", "finished_at", "result", "officer_code", "is_new_reviewer", "is_qualified", who=REVIEWER)),
    "recusal": (Step("apply", "applied_at"), step("decide", "decided_at", "is_granted", who=LEADER)),
    "prosecutor_document": (Step("receive", "received_at"), step("answer", "answered_at")),
    "postponement": (
        Step("apply", "applied_at"), step("decide", "decided_at", "is_granted", who=LEADER), step("deposit", "deposit_paid_at", "deposit_banked_at"),
        step("end", "ended_at"), step("return_deposit", "deposit_returned_at")),
    "disclosure": (Step("publish", "published_at", REVIEWER), step("withdraw", "withdrawn_at", who=REVIEWER)),
    "remedy": (
        Step("receive", "received_at", REVIEWER), step("extend", "extended_at", who=REVIEWER),
        step("answer", "answered_at", "is_leader_present", "is_absence_explained", who=REVIEWER)),
    "property_item": (
        Step("seize", "seized_at"), step("approve", "approved_at", who=LEADER), step("bring_back", "returned_at"), step("check_in", "checked_in_at",
            "examined_at", "keeper_code", who=KEEPER), step("tell_examination", "examination_told_at"),
        step("extend", "extended_at", "extension_told_at", who=LEADER), step("find_irrelevant", "irrelevant_at"), step("call_owner", "owner_told_at"),
        step("dispose", "disposed_at", who=KEEPER)),
    "loan": (Step("take", "taken_at", KEEPER), step("bring_back", "returned_at", who=KEEPER)),
}
PARENTS = (  # what must be entered before a row
    "case_code", "party_code", "summons_code", "interview_code", "measure_code", "decision_code", "property_item_code")

PROMPT = (60, 1500)  # seconds from the act to its entry, as a rule
LATE = {  # share of the entries that were forgotten and made up for days later, by table
    "interview": 0.03, "notification": 0.03, "property_item": 0.03, "incident": 0.01, "service": 0.04, "case": 0.01, "summons": 0.02,
}
LATE_DAYS = (2, 6)


def chance(code: str, label: str) -> int:
    """A number from 0 to 999,999 that is always the same for a row and a label."""
    return zlib.crc32(f"{code} {label}".encode()) % 1_000_000


def recorded_at(table: str, code: str, act: str, happened: datetime, until: datetime, first: bool) -> datetime:
    """When an act was entered: minutes later; sometimes, for the act that makes a row, days later. Never after the end of the history."""
    drawn = chance(code, act)
    if first and drawn < 1_000_000 * LATE.get(table, 0):
        late = happened + timedelta(days=LATE_DAYS[0] + drawn % (LATE_DAYS[1] - LATE_DAYS[0]), seconds=drawn % 40_000)
        if late <= until:
            return late
    return min(until, happened + timedelta(seconds=PROMPT[0] + drawn % (PROMPT[1] - PROMPT[0])))
