"""登记人工发现: a person registers a problem; known are the case, the lead officer and the usual level."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingjing.accounts.scope import check as check_permission
from mingjing.alerts.actions import finding
from mingjing.alerts.forms import FindForm
from mingjing.cases.forms import officers_of
from mingjing.cases.models import Incident
from mingjing.cases.queries import is_on_team
from mingjing.lib.refused import Forbidden
from mingjing.ui.forms import done


def find(request: HttpRequest) -> HttpResponse:
    """?matter=A… names the case or incident; without it, its number is typed."""
    viewer = request.viewer
    if not viewer.may("alert", "find"):
        raise Forbidden("你的职责不包括登记人工发现。发现问题请告知本单位法制员或者法制支队。")
    code = request.GET.get("matter", "")
    matter = finding.matter(viewer, code) if code else None
    if matter:
        check_permission(viewer, kind="alert", act="find", unit_path=matter.unit.path, is_team=is_on_team(viewer, matter))
    lead = finding.lead(matter) if matter else None
    officers = officers_of(matter.unit_id if matter else viewer.officer.unit_id)
    form = FindForm(
        request.POST or None, officers=officers, initial={"matter": code, "officer": lead},
        sources={"officer": "处警民警" if isinstance(matter, Incident) else "本案主办"} if lead else {})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            given = form.cleaned_data
            alert = finding.find(
                by=viewer, code=given["matter"], level=given["level"], text=given["text"], article=given["article"], officer=given["officer"])
        if form.is_valid():
            messages.success(request, f"已登记人工发现 {alert.code}，已告知责任人。")
            return done(request, reverse("alerts:alert", args=[alert.code]))
    context = {"matter": matter}
    return form.respond(request, title="登记人工发现", submit="登记", cancel=_back(matter), template="alerts/find.html", context=context)


def _back(matter: object) -> str:
    if matter is None:
        return reverse("alerts:alerts")
    return reverse("cases:incident" if isinstance(matter, Incident) else "cases:case", args=[matter.code])
