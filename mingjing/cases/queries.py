"""Reads. Every one takes the viewer and stays within the viewer's reach."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.http import Http404

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer, within
from mingjing.cases.acts import LISTED
from mingjing.cases.models import Case, CaseOfficer, Entry, Incident
from mingjing.ledger.models import LATE_AFTER, Event

Row = TypeVar("Row", bound=Entry)


def visible(viewer: Viewer, model: type[Row]) -> QuerySet[Row]:
    """The rows of a table that the viewer may read."""
    return within(viewer, model.objects.all(), kind=model.table, unit=model.unit_path, matter=model.matter, team=team_matters(viewer.officer, model))


def team_matters(officer: Officer, model: type[Entry], *, ever: bool = False) -> QuerySet:
    """Codes of the matters that are an officer's own: cases of the team now (or `ever`), incidents handled or turned into one of those cases."""
    cases = CaseOfficer.objects.filter(officer=officer, **({} if ever else {"until__isnull": True})).values("case_id")
    if model is not Incident:
        return cases
    incidents = Incident.objects.order_by()  # the order of the model would not be allowed inside the union below
    handled, became = incidents.filter(officer=officer), incidents.filter(case_id__in=cases)
    return handled.values("code").union(became.values("code"))  # two looks into an index; with "or" it would be every incident


def one(viewer: Viewer, model: type[Row], code: str, *related: str) -> Row:
    """A row by its code, with what `related` leads to. One that exists outside the reach is answered exactly like one that does not exist."""
    rows = visible(viewer, model).filter(code=code)
    row = None if "\0" in code else (rows.select_related(*related) if related else rows).first()  # PostgreSQL would choke on a zero byte
    if row is None:
        raise Http404(f"没有编号为“{code}”的{model._meta.verbose_name}，或者不在你的范围内")
    return row


def matter_of(row: Entry) -> Case | Incident:
    """The case (or the incident itself) that a row belongs to."""
    if isinstance(row, Case | Incident):
        return row
    value = row
    for step in row.unit_path.split("__"):
        value = getattr(value, step)
        if isinstance(value, Case):
            return value
    raise AssertionError(f"{row.table} leads to no case")


def is_on_team(viewer: Viewer, matter: Case | Incident) -> bool:
    if isinstance(matter, Incident):
        return matter.officer_id == viewer.officer.code or (matter.case is not None and is_on_team(viewer, matter.case))
    return matter.team.filter(officer=viewer.officer, until__isnull=True).exists()


def late_entries(viewer: Viewer) -> QuerySet[Event]:
    """Acts entered by hand long after they happened, in matters that the viewer may read; with `actor_name`."""
    kinds = [act.kind for act in LISTED if viewer.may(act.table, "read") or viewer.grants]
    late = Event.objects.filter(kind__in=kinds, recorded_at__gt=F("occurred_at") + LATE_AFTER)
    # asked entry by entry: there are few late ones, and many cases
    within_reach = [Exists(visible(viewer, model).filter(code=OuterRef("matter_code"))) for model in (Case, Incident)]
    name = Officer.objects.filter(code=OuterRef("actor")).values("name")[:1]
    return late.filter(within_reach[0] | within_reach[1]).annotate(actor_name=Subquery(name))
