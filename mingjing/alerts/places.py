"""Whose matter a subject is: the case or incident, the unit that answers, the officer who handles it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import DateTimeField, F, Value

from mingjing.accounts.models import Officer
from mingjing.cases.models import NOUNS, CaseOfficer, Incident
from mingjing.cases.vocabulary import vocabulary


@dataclass(frozen=True)
class Place:
    """`officer` is empty where nobody leads the matter, `matter` for units and officers themselves. `known_from`: since when there is the subject at all, in
    the words of the vocabulary; None where it has no such time."""

    matter: str
    unit: str
    officer: str
    known_from: datetime | None = None


def places(kind: str, codes: Collection[str]) -> dict[str, Place]:
    """The place of each subject of one fact table that the house knows; two queries whatever the number."""
    if kind == "unit":
        return {code: Place("", code, "") for code in codes}
    if kind == "officer":
        return {code: Place("", unit, code) for code, unit in Officer.objects.filter(code__in=codes).values_list("code", "unit_id")}
    model = NOUNS[kind]
    unit = f"{model.unit_path.removesuffix('__path')}_id"
    known_from = vocabulary().tables[kind].known_from
    since = F(known_from) if known_from else Value(None, output_field=DateTimeField())
    rows = list(model.objects.filter(pk__in=codes).values_list("pk", model.matter, unit, since))
    officers = _handling(model is Incident, {matter for _, matter, _, _ in rows})
    return {code: Place(matter, unit, officers.get(matter, ""), moment) for code, matter, unit, moment in rows}


def _handling(is_incident: bool, matters: Collection[str]) -> dict[str, str]:
    if is_incident:
        return {code: officer or "" for code, officer in Incident.objects.filter(pk__in=matters).values_list("pk", "officer_id")}
    leading = CaseOfficer.objects.filter(case_id__in=matters, role=CaseOfficer.Role.LEAD, until__isnull=True)
    return dict(leading.values_list("case_id", "officer_id"))
