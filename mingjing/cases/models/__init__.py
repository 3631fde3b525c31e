"""Rows. One class a fact table of `rules/facts.yaml`; attribute names are its column names (a reference is kept by code, so `case_code` is `case_id`).

Flags may be unknown (None): a source that does not say is not the same as a no. What is not in the vocabulary (names of approvers, ID numbers …) is
the platform's own and is never given to the engine.
"""

from mingjing.cases.models.counter import Counter
from mingjing.cases.models.entry import Entry
from mingjing.cases.models.evidence import Appraisal, Inspection, Lineup
from mingjing.cases.models.interviews import Attendance, Interview, Recording
from mingjing.cases.models.matters import Case, CaseOfficer, Conversion, Incident
from mingjing.cases.models.measures import Measure, Restraint, Summons, Waiting
from mingjing.cases.models.outcomes import Decision, Execution, Hearing, Notification, Service
from mingjing.cases.models.parties import Party
from mingjing.cases.models.periods import Extension, Suspension
from mingjing.cases.models.property import Loan, PropertyItem
from mingjing.cases.models.remedies import Disclosure, Postponement, Remedy
from mingjing.cases.models.scrutiny import ProsecutorDocument, Recusal, Review
from mingjing.cases.models.search import SearchText

# in the order in which they can be imported: what is referred to comes first
NOUNS: dict[str, type[Entry]] = {
    model.table: model
    for model in (
        Case, Incident, Party, Summons, Restraint, Waiting, Interview, Attendance, Recording, Measure, Suspension, Extension, Notification, Hearing,
        Conversion, Inspection, Lineup, Appraisal, Review, Recusal, ProsecutorDocument, Decision, Service, Execution, Postponement, Disclosure, Remedy,
        PropertyItem, Loan,
    )
}

__all__ = [
    "NOUNS", "Appraisal", "Attendance", "Case", "CaseOfficer", "Conversion", "Counter", "Decision", "Disclosure", "Entry", "Execution", "Extension", "Hearing",
    "Incident", "Inspection", "Interview", "Lineup", "Loan", "Measure", "Notification", "Party", "Postponement", "PropertyItem", "ProsecutorDocument",
    "Recording", "Recusal", "Remedy", "Restraint", "Review", "SearchText", "Service", "Summons", "Suspension", "Waiting",
]
