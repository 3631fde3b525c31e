"""The life of an alert: {state: {act: next state}}. No Django. An act that is not listed for a state cannot be done in it.

Extending, supervising from above, silencing and attaching change nothing here: they are marks on an alert that stays where it is.
"""

from __future__ import annotations

OPEN, ACKNOWLEDGED, RECTIFYING, SUBMITTED = "待签收", "已签收", "整改中", "已反馈"
RETURNED, DISPUTED, DISMISSED, CLOSED = "已退回", "申辩中", "已撤销", "办结"

FLOW: dict[str, dict[str, str]] = {
    OPEN: {"acknowledge": ACKNOWLEDGED, "submit": SUBMITTED, "dispute": DISPUTED, "dismiss": DISMISSED, "transfer": OPEN},
    ACKNOWLEDGED: {"begin": RECTIFYING, "submit": SUBMITTED, "dispute": DISPUTED, "dismiss": DISMISSED, "transfer": OPEN},
    RECTIFYING: {"submit": SUBMITTED, "dispute": DISPUTED, "dismiss": DISMISSED, "transfer": OPEN},
    SUBMITTED: {"close": CLOSED, "return": RETURNED, "dismiss": DISMISSED},
    RETURNED: {"submit": SUBMITTED, "dispute": DISPUTED, "dismiss": DISMISSED, "transfer": OPEN},
    DISPUTED: {"uphold": DISMISSED, "reject": ACKNOWLEDGED},
    DISMISSED: {"reopen": OPEN},
    CLOSED: {"reopen": OPEN},
}
STATES = tuple(FLOW)
FINAL = (DISMISSED, CLOSED)
LIVE = tuple(state for state in STATES if state not in FINAL)
TO_MEND = (OPEN, ACKNOWLEDGED, RECTIFYING, RETURNED)  # whoever is responsible has to go on
DECIDED_BY = {SUBMITTED: "close", DISPUTED: "uphold"}  # somebody else has to decide, with the right to this act
TO_JUDGE = tuple(DECIDED_BY)
# what ends when whoever has the alert in this state has not done his part
TERMS = {OPEN: "acknowledge_by", **dict.fromkeys((ACKNOWLEDGED, RECTIFYING, RETURNED), "answer_by"), **dict.fromkeys(TO_JUDGE, "judge_by")}
MARKS = ("extend", "supervise", "silence", "attach")  # acts that leave the state as it is, in any live state


def after(state: str, act: str) -> str | None:
    """The state that an act leads to; None when it cannot be done now."""
    if act in MARKS:
        return state if state in LIVE else None
    return FLOW[state].get(act)
