"""What people do about a rule: a unit sets it, whoever answers for the rules lets a demoted one go again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from mingjing.accounts.models import Unit
from mingjing.accounts.views.asking import require
from mingjing.alerts.actions import setting
from mingjing.alerts.library import library
from mingjing.alerts.models import Demotion, UnitSetting
from mingjing.alerts.rule_forms import LiftForm, SetForm
from mingjing.ui.forms import done
from rulebook.rules import Rule


def set_(request: HttpRequest, code: str) -> HttpResponse:
    viewer = request.viewer
    require(viewer, "rule", "set")
    rule = running(code)
    unit = request.GET.get("unit") or viewer.officer.unit_id
    form = SetForm(request.POST or None, viewer=viewer, own=setting.warning_minutes(code), initial=_as_set(code, unit))
    back = reverse("alerts:rule", args=[code])
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "unit": Unit.objects.get(code=form.cleaned_data["unit"])}
        with form.refusals():
            setting.set_rule(by=viewer, rule_code=code, **given)
        if form.is_valid():
            messages.success(request, "设置已保存，从下一次评估起有效。")
            return done(request, f"{back}#settings")
    return form.respond(request, title=f"设置 {code} {rule.name}", submit="保存设置", cancel=back, template="alerts/setting.html", context={"rule": rule})


def running(code: str) -> Rule:
    rule = library().rules.get(code)
    if rule is None:
        raise Http404(f"没有编号为“{code}”的正在运行的预警模型")
    return rule


def _as_set(code: str, unit: str) -> dict[str, Any]:
    """What the unit itself has set until now."""
    now = UnitSetting.objects.filter(rule_code=code, unit_id=unit).first()
    if now is None:
        return {"unit": unit, "is_on": "1"}
    return {"unit": unit, "is_on": "1" if now.is_on else "0", "reason": now.reason, "warn_minutes": now.warn_minutes,
            "also_told": [duty for duty in now.also_told.split("、") if duty]}


def lift(request: HttpRequest, code: str) -> HttpResponse:
    setting.permit_lift(request.viewer)
    demotion = Demotion.objects.filter(rule_code=code, lifted_at__isnull=True).first()
    if demotion is None:
        raise Http404(f"预警模型“{code}”没有退回试运行，或者已经恢复")
    form, back = LiftForm(request.POST or None), reverse("alerts:rule", args=[code])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            setting.lift(by=request.viewer, pk=demotion.pk, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, f"{code} 已恢复正式运行，从下一次评估起照常推送。")
            return done(request, back)
    return form.respond(request, title=f"恢复 {code} 正式运行", submit="恢复", cancel=back, template="alerts/lift.html", context={"demotion": demotion})
