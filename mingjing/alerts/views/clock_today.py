"""Fragments about time for pages of other apps: 我的今日 for the home page, two numbers for the top of every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from mingjing.alerts import today as own


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Asked for as a page (without scripts), it is one."""
    if not request.viewer.may("alert", "read"):
        return HttpResponse() if request.htmx else redirect("cases:home")
    context = {"title": "我的今日", "today": own.today(request.viewer)}
    return render(request, "alerts/_clock_today.html" if request.htmx else "alerts/today.html", context)


@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many limits end today and how many notices are unread, asked for every minute by every open page: two small queries."""
    if not request.htmx:
        return redirect("alerts:today")
    viewer = request.viewer
    ends = own.count_today(viewer) if viewer.may("alert", "read") else None
    response = render(request, "alerts/_clock_count.html", {"ends": ends, "unread": own.count_unread(viewer), "most": own.COUNTED})
    response.headers["Cache-Control"] = "no-store"
    return response
