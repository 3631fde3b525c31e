"""我的账号."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingjing.accounts import actions, queries
from mingjing.accounts.models import Officer
from mingjing.ledger import kinds
from mingjing.ui.forms import done

LATEST = 10


@dataclass(frozen=True)
class SignIn:
    at: datetime
    word: str
    how: str
    address: str


def me(request: HttpRequest) -> HttpResponse:
    viewer = request.viewer
    context = {
        "assignments": queries.duties_of(viewer.officer, viewer.at), "factors": queries.second_factors(viewer.officer),
        "sessions": queries.sessions(viewer.officer, request.session.session_key), "sign_ins": sign_ins(viewer.officer),
        "accesses": [(row, row.state(viewer.at), row.is_open(viewer.at)) for row in viewer.officer.break_glass.all()[:LATEST]],
        "may_request": viewer.may("break_glass", "request"), "title": "我的账号",
    }
    return render(request, "accounts/me.html", context)


def sign_ins(officer: Officer) -> list[SignIn]:
    found = []
    for event in queries.sign_ins(officer, LATEST):
        data = json.loads(event.data)
        found.append(SignIn(event.occurred_at, kinds.label(event.kind), data.get("how", ""), data.get("address", "")))
    return found


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    ended = actions.end_other_sessions(officer=request.user, current=request.session.session_key)
    messages.success(request, f"已退出其他 {ended} 处登录。" if ended else "没有其他登录。")
    return done(request, reverse("accounts:me"))


