"""The lists of the six elements. Each gives its rows, within the viewer's reach, to the listing that draws them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from mingjing.accounts.duties import table as permissions
from mingjing.accounts.scope import Viewer
from mingjing.cases import lists, queries, search
from mingjing.cases.actions import looking
from mingjing.cases.models import Case, Decision, Entry, Incident, Interview, Measure, Party, PropertyItem, Summons
from mingjing.lib.refused import Forbidden
from mingjing.ui.lists import Button


def incidents(request: HttpRequest) -> HttpResponseBase:
    buttons = [Button("登记警情", reverse("cases:record"), "plus", "primary")] if request.viewer.may("incident", "record") else []
    return lists.INCIDENTS.respond(request, readable(request.viewer, Incident).select_related("unit", "officer"), buttons=buttons)


def cases(request: HttpRequest) -> HttpResponseBase:
    buttons = [Button("受案", reverse("cases:accept"), "plus", "primary")] if request.viewer.may("case", "accept") else []
    return lists.CASES.respond(request, lists.with_leads(readable(request.viewer, Case)), buttons=buttons)


def parties(request: HttpRequest) -> HttpResponseBase:
    rows = readable(request.viewer, Party).select_related("case__unit")
    name = request.GET.get(lists.PERSON_NAME.name, "").strip()
    if search.is_name(name):
        looking.searched_names(by=request.viewer, name=name, count=rows.filter(name__startswith=name).count())
    return lists.PARTIES.respond(request, rows)


def measures(request: HttpRequest) -> HttpResponseBase:
    return lists.MEASURES.respond(request, lists.since(readable(request.viewer, Measure)))


def property_items(request: HttpRequest) -> HttpResponseBase:
    return lists.PROPERTY_ITEMS.respond(request, readable(request.viewer, PropertyItem).select_related("unit"))


def summonses(request: HttpRequest) -> HttpResponseBase:
    return lists.SUMMONSES.respond(request, readable(request.viewer, Summons).select_related("party", "case__unit"))


def interviews(request: HttpRequest) -> HttpResponseBase:
    return lists.INTERVIEWS.respond(request, readable(request.viewer, Interview).select_related("party", "case__unit"))


def decisions(request: HttpRequest) -> HttpResponseBase:
    return lists.DECISIONS.respond(request, readable(request.viewer, Decision).select_related("party", "case", "unit"))


def late(request: HttpRequest) -> HttpResponseBase:
    readable(request.viewer, Case)
    return lists.LATE.respond(request, queries.late_entries(request.viewer))


def readable(viewer: Viewer, model: type[Entry]) -> QuerySet:
    """The rows within reach. Raises Forbidden for whoever could never see one: an empty list would say that there are none."""
    if not viewer.may(model.table, "read") and not viewer.grants:
        duties = permissions().permission(model.table, "read").duties - {"系统接口"}
        raise Forbidden(f"你的职责不能查看{model._meta.verbose_name}。可以查看的职责：{'、'.join(sorted(duties))}。需要时请联系系统管理员调整职责。")
    return queries.visible(viewer, model)
