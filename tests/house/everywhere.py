"""A row in every table, in a case of every state, in one unit and in another: for tests that ask every cell of the permission table."""

from __future__ import annotations

from bureau import ELSEWHERE, STATION
from caseload import enter

from mingjing.accounts.models import Officer
from mingjing.cases.models import NOUNS

UNITS = STATION, ELSEWHERE
CASE_STATES = ("受案", "立案", "已决定", "结案")
AT = "2026-03-01 09:00"
RECUSED = "990001"
TIMES = {"受案": {}, "立案": {"filed_at": "2026-03-01 10:00"}, "已决定": {"filed_at": "2026-03-01 10:00", "decided_at": "2026-03-05 10:00", "outcome": "处罚"}}
TIMES["结案"] = {**TIMES["已决定"], "closed_at": "2026-03-06 10:00"}


def rows_of(state: str, unit: str) -> dict[str, dict]:
    """One row in every table, belonging to a case in this state; codes end in the state."""
    def code(letter: str) -> str:
        return f"{letter}-{unit}-{CASE_STATES.index(state) if state in CASE_STATES else state}"

    case, party, decision, interview, summons, item = (code(letter) for letter in ("A", "D", "P", "T", "S", "W"))
    inside = {"case_code": case}
    return {
        "case": {"code": case, "kind": "行政", "category": "治安", "offence": "殴打他人", "unit_code": unit, "accepted_at": AT, **TIMES[state]},
        "party": {"code": party, **inside, "role": "违法嫌疑人", "name": "某甲", "phone": "19000001234"},
        "conversion": {"code": code("Z"), **inside, "from_kind": "刑事", "to_kind": "行政", "converted_at": AT},
        "summons": {"code": summons, **inside, "party_code": party, "kind": "行政传唤", "arrived_at": AT},
        "restraint": {"code": code("Y"), "summons_code": summons, "started_at": AT},
        "interview": {"code": interview, **inside, "party_code": party, "kind": "询问", "started_at": AT},
        "attendance": {"code": code("J"), "interview_code": interview, "role": "翻译"},
        "recording": {"code": code("L"), "interview_code": interview, "started_at": AT},
        "measure": {"code": code("M"), **inside, "party_code": party, "kind": "行政拘留"},
        "suspension": {"code": code("K"), **inside, "kind": "鉴定", "started_at": AT},
        "extension": {"code": code("E"), **inside, "granted_at": AT, "approver": "上一级公安机关"},
        "notification": {"code": code("N"), **inside, "kind": "其他", "notified_at": AT},
        "hearing": {"code": code("H"), **inside, "party_code": party, "applied_at": AT},
        "decision": {"code": decision, **inside, "party_code": party, "unit_code": unit, "decided_at": AT},
        "service": {"code": code("V"), "decision_code": decision, "recipient": "被处罚人", "method": "直接", "served_at": AT},
        "execution": {"code": code("X"), "decision_code": decision, "kind": "缴纳罚款", "executed_at": AT},
        "property_item": {"code": item, **inside, "unit_code": unit, "seized_at": AT},
        "loan": {"code": code("O"), "property_item_code": item, "taken_at": AT},
        "waiting": {"code": code("WA"), "summons_code": summons, "room": "1 号", "started_at": AT},
        "inspection": {"code": code("IN"), **inside, "kind": "检查", "started_at": AT},
        "lineup": {"code": code("LU"), **inside, "kind": "人", "started_at": AT},
        "appraisal": {"code": code("AP"), **inside, "kind": "伤情", "commissioned_at": AT},
        "review": {"code": code("RV"), **inside, "kind": "行政处罚决定", "requested_at": AT},
        "recusal": {"code": code("RC"), **inside, "officer_code": RECUSED, "applied_at": AT},
        "prosecutor_document": {"code": code("PD"), **inside, "kind": "批准逮捕", "received_at": AT},
        "postponement": {"code": code("PP"), "decision_code": decision, "applied_at": AT},
        "disclosure": {"code": code("DC"), "decision_code": decision, "published_at": AT},
        "remedy": {"code": code("RM"), **inside, "kind": "申诉控告", "received_at": AT},
    }


def incident_row(state: str, unit: str) -> dict:
    done = {"outcome": "当场调解", "handled_at": AT} if state == "已处理" else {}
    return {"code": f"I-{unit}-{state}", "unit_code": unit, "kind": "治安", "reported_at": AT, **done}


def fill() -> dict[tuple[str, str, str], str]:
    """Enters them all; returns code by (unit, table, state)."""
    if not Officer.objects.filter(code=RECUSED).exists():
        Officer.objects.create(code=RECUSED, name="钱回避", unit_id=STATION)
    rows = {(unit, name, state): row for unit in UNITS for state in CASE_STATES for name, row in rows_of(state, unit).items()}
    rows |= {(unit, "incident", state): incident_row(state, unit) for unit in UNITS for state in ("未处理", "已处理")}
    for table in NOUNS:
        enter(table, *(row for (_, name, _), row in rows.items() if name == table))
    return {place: row["code"] for place, row in rows.items()}
