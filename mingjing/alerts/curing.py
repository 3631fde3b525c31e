"""From an alert straight to the form that cures it: a rule's `proof` names the fact that has to be there, the acts of cases know the form that records it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import models
from django.db.models import Model
from django.urls import reverse

from mingjing.accounts.duties import table as permissions
from mingjing.accounts.scope import Viewer
from mingjing.cases.acts import ACTS, LISTED, Act
from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS, Case, Entry, Incident
from mingjing.cases.offers import act_url, create_url, hindrance, references_of
from mingjing.cases.references import foreign_keys
from rulebook.rules import Rule

# facts that come about by making something else out of the subject: 受案 out of a call ties the call to the new case
MADE_OF: dict[tuple[str, str], tuple[str, str, str]] = {("incident", "case_code"): ("case", "accept", "cases:accept")}
MOST = 5  # rows of one kind that are offered one by one


@dataclass(frozen=True)
class Cure:
    """A form that records what proves the cure. `url` is empty where the viewer cannot fill it in; `reason` then says why, or who can."""

    label: str
    about: str
    url: str
    reason: str = ""


def cures(viewer: Viewer, rule: Rule | None, subject: Model | None, matter: Case | Incident | None, *, is_team: bool) -> list[Cure]:
    """What can be done in the case, the likeliest first. One query at most (rows that refer to the subject)."""
    name, _, column = rule.proof.partition(".") if rule else ("", "", "")
    if matter is None or name not in NOUNS or column not in columns(name) or not isinstance(subject, Entry):
        return []
    field = columns(name)[column]
    given = [act for act in LISTED if act.table == name and field.name in act.fields]
    rows = _rows(name, subject)
    found = [_completing(act, row) for row in rows for act in given if not act.creates and act.applies(row)]
    if name != subject.table:
        found += [_making(act, subject, matter) for act in given if act.creates and _begins(act, field)]
    offered = [_offered(viewer, act, about, url, matter, is_team) for act, about, url in found] + _made_of(viewer, name, column, rows)
    if hindrance(viewer, name, "correct", matter, is_team=is_team) is None:
        noun = NOUNS[name]._meta.verbose_name
        offered += [Cure(f"更正{noun}", row.code, reverse("cases:correct", args=[name, row.code])) for row in rows]
    return sorted(offered, key=lambda cure: not cure.url)


def _rows(name: str, subject: Entry) -> list[Entry]:
    """The rows that hold the fact: the subject itself, what it refers to, or what refers to it."""
    if name == subject.table:
        return [subject]
    for field in foreign_keys(type(subject)):
        if field.related_model is NOUNS[name] and getattr(subject, field.attname):
            return [getattr(subject, field.name)]
    referring = [field for field in foreign_keys(NOUNS[name]) if field.related_model is type(subject)]
    return list(NOUNS[name].objects.filter(**{referring[0].name: subject})[:MOST]) if referring else []


def _begins(act: Act, field: models.Field) -> bool:
    """Whether a new row is how this fact comes about. A number or a flag describes a row that is there already; that is completed or corrected."""
    return field.name in (act.at, *act.required) or isinstance(field, models.DateTimeField | models.ForeignKey)


Found = tuple[Act, str, str]  # the act, the row it is about, its address


def _made_of(viewer: Viewer, name: str, column: str, rows: Iterable[Entry]) -> list[Cure]:
    if (name, column) not in MADE_OF:
        return []
    table, act, page = MADE_OF[name, column]
    label, duties = ACTS[table, act].label, "、".join(permissions().duties_for(permissions().permission(table, act)))
    may = viewer.may(table, act)
    return [Cure(label, row.code, f"{reverse(page)}?{urlencode({name: row.code})}" if may else "", "" if may else f"由{duties}办理")
            for row in rows if not getattr(row, columns(name)[column].attname)]


def _completing(act: Act, row: Entry) -> Found:
    return act, row.code, act_url(act, row.code)


def _making(act: Act, subject: Entry, matter: Case | Incident) -> Found:
    """The form of a new row, with what the subject says of it filled in."""
    known = dict(_references(act, subject))
    return act, subject.code, f"{create_url(act, matter.code)}{'?' + urlencode(known) if known else ''}"


def _references(act: Act, subject: Entry) -> Iterable[tuple[str, str]]:
    for field in references_of(act):
        if field.related_model is type(subject):
            yield field.name, subject.code
            continue
        through = next((own for own in foreign_keys(type(subject)) if own.related_model is field.related_model), None)
        if through and getattr(subject, through.attname):
            yield field.name, getattr(subject, through.attname)


def _offered(viewer: Viewer, act: Act, about: str, url: str, matter: Case | Incident, is_team: bool) -> Cure:
    reason = hindrance(viewer, act.table, act.name, matter, is_team=is_team)
    if reason is None:
        return Cure(act.label, about, url)
    duties = "、".join(permissions().duties_for(permissions().permission(act.table, act.name)))
    return Cure(act.label, about, "", reason or f"由{duties}办理")
