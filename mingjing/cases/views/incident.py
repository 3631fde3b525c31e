"""One incident: what was reported, who handled it, which case came of it, its story out of the ledger, and what can be done now."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from mingjing.accounts.scope import Viewer
from mingjing.cases import queries
from mingjing.cases.acts import LISTED, Act
from mingjing.cases.contents import name_people
from mingjing.cases.models import Case, Incident
from mingjing.cases.offers import act_url, hindrance
from mingjing.cases.timeline import events_of_matter, history, is_late, people_in

HISTORY_SHOWN = 100


def incident(request: HttpRequest, code: str) -> HttpResponse:
    viewer = request.viewer
    found = queries.one(viewer, Incident, code, "unit", "officer", "case")
    is_team = queries.is_on_team(viewer, found)
    events = events_of_matter(found.code, ["incident"], HISTORY_SHOWN + 1)
    officers = name_people([], people_in(events))
    case = queries.visible(viewer, Case).select_related("unit").filter(code=found.case_id).first() if found.case_id else None
    context = {
        "incident": found, "case": case, "acts": [(act, act_url(act, found.code)) for act in acts_now(viewer, found, is_team=is_team)],
        "accept_url": accept_url(viewer, found), "correct_url": correct_url(viewer, found, is_team=is_team),
        "reveal_url": reverse("cases:reveal", args=["incident", found.code, "reporter_phone"]) if may(viewer, found, "read", is_team=is_team) else "",
        "history": history(events[:HISTORY_SHOWN], officers, {found.code: ""}), "has_older": len(events) > HISTORY_SHOWN, "history_shown": HISTORY_SHOWN,
        "is_late": is_late(found, found.reported_at),
    }
    return render(request, "cases/incident.html", context)


def acts_now(viewer: Viewer, found: Incident, *, is_team: bool) -> list[Act]:
    acts = [act for act in LISTED if act.table == "incident" and not act.creates]
    return [act for act in acts if act.applies(found) and may(viewer, found, act.name, is_team=is_team)]


def may(viewer: Viewer, found: Incident, act: str, *, is_team: bool) -> bool:
    return hindrance(viewer, "incident", act, found, is_team=is_team) is None


def accept_url(viewer: Viewer, found: Incident) -> str:
    """The form that makes a case of this incident; empty when it already is one or the viewer's duty cannot."""
    if found.case_id or not viewer.may("case", "accept"):
        return ""
    return f"{reverse('cases:accept')}?{urlencode({'incident': found.code})}"


def correct_url(viewer: Viewer, found: Incident, *, is_team: bool) -> str:
    return reverse("cases:correct", args=["incident", found.code]) if may(viewer, found, "correct", is_team=is_team) else ""
