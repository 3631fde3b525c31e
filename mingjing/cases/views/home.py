"""今日: what each duty needs to see first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mingjing.cases import today


def home(request: HttpRequest) -> HttpResponse:
    panels = today.panels(request.viewer)
    return render(request, "cases/home.html", {"title": "今日", "panels": panels, "numbers": today.numbers(panels)})
