"""值班表: who is on shift when, putting people on it, taking it back."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingjing.accounts import actions, forms, queries
from mingjing.accounts.scope import Viewer
from mingjing.accounts.views.asking import ask, exported, require
from mingjing.ui.lists import Button, Choice, Column, DateRange, Flag, Listing, RowAction, UnitTree

WITHDRAW = RowAction("撤销值班", "accounts:withdraw_shifts", "撤销所选的值班？")
COMING, NOW, PAST = "coming", "now", "past"
CONDITIONS = {COMING: "未结束", NOW: "正在值班", PAST: "已结束"}


def in_time(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    conditions = {COMING: Q(ends_at__gt=viewer.at), NOW: Q(starts_at__lte=viewer.at, ends_at__gt=viewer.at), PAST: Q(ends_at__lte=viewer.at)}
    return rows.filter(conditions[value])


SHIFTS = Listing(
    name="shifts", title="值班表", unit="班", tie_break="pk", default_sort="starts_at",
    columns=[
        Column("starts_at", "开始", kind="time", sort="starts_at"),
        Column("ends_at", "结束", kind="time", sort="ends_at"),
        Column("officer", "值班人", value=lambda row: f"{row.officer.name}（{row.officer_id}）", sort="officer__code",
               link=lambda row: reverse("accounts:officer", args=[row.officer_id])),
        Column("unit", "单位", value="unit.name"),
        Column("duties", "现任职责", value=lambda row: "、".join(row.duties) or None),
    ],
    filters=[
        Choice("when", "时间", list(CONDITIONS.items()), apply=in_time), UnitTree("unit", "单位", options=queries.units),
        DateRange("day", "开始日期", field="starts_at"), Flag("mine", "我的", apply=lambda rows, viewer: rows.filter(officer=viewer.officer)),
    ],
    search=("officer__name", "officer__code"), empty=("没有值班安排", "没有安排时，工作时间以外的预警告知该职责的所有在任人员。"),
    on_export=exported("shift"),
)


def shifts(request: HttpRequest) -> HttpResponseBase:
    viewer = request.viewer
    require(viewer, "shift", "read")
    rows = queries.shifts(viewer)
    if not request.GET.get("when"):
        rows = rows.filter(ends_at__gt=viewer.at)
    may_set = viewer.may("shift", "set")
    listing = replace(SHIFTS, row_actions=[WITHDRAW]) if may_set else SHIFTS
    buttons = [Button("排班", reverse("accounts:put_on_shift"), "plus", "primary")] if may_set else []
    return listing.respond(request, rows, buttons=buttons)


def put_on_shift(request: HttpRequest) -> HttpResponse:
    require(request.viewer, "shift", "set")
    form = forms.ShiftForm(request.POST or None, viewer=request.viewer)
    notes = ("工作时间以外，预警只告知该职责正在值班的人；没有人值班的，告知所有在任的人。红色预警随时告知，其余夜间不打扰。",)
    return ask(request, form, lambda **typed: actions.put_on_shift(by=request.viewer, **typed), title="排班", submit="排班",
               back=reverse("accounts:shifts"), said="已排班。", notes=notes)


@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    require(request.viewer, "shift", "set")
    chosen = [int(number) for number in request.POST.getlist("selected") if number.isdecimal() and len(number) < 12]
    number = actions.withdraw_shifts(by=request.viewer, numbers=chosen)
    if number:
        messages.success(request, f"已撤销 {number} 班。")
    else:
        messages.warning(request, "没有可以撤销的值班：没有选中，或者已经结束、已经撤销。")
    return redirect("accounts:shifts")
