"""The same act on several alerts, with one reason. Each is a transaction of its own: what does not work is told with its reason and stops nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingjing.alerts import lists, queries
from mingjing.alerts.acts import ACTS, Act
from mingjing.alerts.forms import ActForm, fields_for
from mingjing.alerts.models import Alert
from mingjing.alerts.views.alert_acts import to_choose
from mingjing.lib.refused import Forbidden, Refused

log = logging.getLogger("mingjing.alerts")
MOST = 200  # at once


@dataclass(frozen=True)
class Outcome:
    """`reason` is empty where it worked. `alert` is None for what is not there, or not within reach."""

    code: str
    alert: Alert | None
    reason: str


@require_POST
def batch(request: HttpRequest, act: str) -> HttpResponse:
    """First the ticked alerts come from the list; the form sends them again with what was typed. What needs no words is done at once."""
    doing, codes = ACTS[act], list(dict.fromkeys(request.POST.getlist("selected")))
    if not request.viewer.may("alert", act):
        raise Forbidden(f"你的职责不包括“{doing.label}”。需要时请由有职责的人办理。")
    if not codes or len(codes) > MOST:
        raise Refused(f"请在列表里勾选 1 到 {MOST} 条预警。")
    is_sent = "sent" in request.POST or not doing.asks
    form = _form(request, doing, is_bound=is_sent)
    if is_sent and form.is_valid():
        return _done(request, doing, codes, {name: value for name, value in form.cleaned_data.items() if name != "version"})
    rows = {row.code: row for row in queries.alerts(request.viewer).filter(code__in=codes).select_related("unit", "officer")}
    context = {
        "act": doing, "codes": codes, "rows": [(row, lists.level_badge(row.level)) for row in rows.values()], "missing": len(codes) - len(rows),
    }
    return form.respond(
        request, title=f"批量{doing.label}", submit=f"{doing.label} {len(codes)} 条", cancel=reverse("alerts:alerts"), template="alerts/batch.html",
        context=context)


def _form(request: HttpRequest, doing: Act, *, is_bound: bool) -> ActForm:
    officers = to_choose(request.viewer) if "officer" in doing.asks else []
    return ActForm(request.POST if is_bound else None, act=doing, fields=fields_for(doing, officers=officers))


def _done(request: HttpRequest, doing: Act, codes: list[str], values: dict[str, Any]) -> HttpResponse:
    outcomes = [_one(request, doing, code, values) for code in codes]
    failed = [one for one in outcomes if one.reason]
    context = {
        "title": f"批量{doing.label}：{len(outcomes) - len(failed)} 条已办理" + (f"，{len(failed)} 条没有办理" if failed else ""), "act": doing,
        "failed": failed, "worked": [one for one in outcomes if not one.reason], "back": reverse("alerts:alerts"),
    }
    return render(request, "alerts/batch_done.html", context)


def _one(request: HttpRequest, doing: Act, code: str, values: dict[str, Any]) -> Outcome:
    try:
        return Outcome(code, doing.do(by=request.viewer, code=code, **values), "")
    except Http404:
        return Outcome(code, None, "没有这条预警，或者不在你的范围内。")
    except Refused as refused:
        return Outcome(code, None, refused.message)
    except Error:  # two writers that waited for each other, a disk that is full: the others may still work, and what was done has to be told
        log.exception("批量%s：预警 %s 没有办成", doing.label, code)
        return Outcome(code, None, "数据库没有完成，这一条没有任何改动。请稍后单独再办；仍不行时请告诉系统管理员。")
