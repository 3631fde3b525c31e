"""The facts of a few matters, with what else the rules must see to judge them: a small world in which they are judged as in the large one."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_

import pyarrow as pa
from django.db.models import QuerySet

from mingjing.accounts.facts import TABLES as PEOPLE
from mingjing.accounts.models import Officer
from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS, Attendance, Case, Entry, Incident, Interview
from mingjing.cases.vocabulary import vocabulary
from mingjing.lib.arrow import table


def of_matters(codes: Collection[str], names: Collection[str] | None = None) -> tuple[dict[str, pa.Table], dict[str, list[str]]]:
    """All fact tables (or those of these names), and the keys by table that may be judged on them.

    In the tables: everything that belongs to these cases and incidents, the cases that came of these incidents, and the other interviews of the officers who
    interview in them, because an officer's interviews are held against each other. Those neighbours are there to be seen, not to be judged: most of what
    they need is missing.
    """
    forms = vocabulary().tables
    tables, keys = {}, {}
    for name, model in NOUNS.items():
        if names is not None and name not in names:
            continue
        own = model.objects.filter(**{f"{model.matter}__in": codes})
        has_neighbours = model in (Case, Interview, Attendance)
        seen = own | _neighbours(model, codes) if has_neighbours else own
        tables[name] = table(seen, forms[name], {column: columns(name)[column].attname for column in forms[name].columns})
        keys[name] = list(own.values_list("pk", flat=True)) if has_neighbours else tables[name][forms[name].key].to_pylist()
    tables["unit"] = PEOPLE["unit"](forms["unit"])
    tables["officer"] = table(_officers(tables), forms["officer"], {"code": "code", "unit_code": "unit_id", "is_auxiliary": "is_auxiliary"})
    return tables, keys


def _neighbours(model: type[Entry], codes: Collection[str]) -> QuerySet:
    if model is Case:
        return Case.objects.filter(pk__in=Incident.objects.filter(pk__in=codes, case__isnull=False).values("case_id"))
    officers = Attendance.objects.filter(interview__case_id__in=codes, officer__isnull=False).values("officer_id")
    attended = Attendance.objects.filter(officer_id__in=officers)
    return attended if model is Attendance else Interview.objects.filter(pk__in=attended.values("interview_id"))


def _officers(tables: dict[str, pa.Table]) -> QuerySet:
    """The officers whom the other tables name."""
    named = (set(column.to_pylist()) for each in tables.values() if "officer_code" in each.column_names for column in [each["officer_code"]])
    return Officer.objects.filter(code__in=reduce(or_, named, set()) - {None})


