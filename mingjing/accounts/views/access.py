"""临时授权: what was opened, asking for it, giving it back, reviewing it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from mingjing.accounts import actions, forms, queries
from mingjing.accounts.models import BreakGlass
from mingjing.accounts.scope import Viewer
from mingjing.accounts.views.asking import ask, exported, require
from mingjing.ui.forms import done
from mingjing.ui.lists import Button, Choice, Column, DateRange, Flag, Listing, Text, UnitTree

MARKS = {"逾期未复核": "strong", "待复核": "outline", "已复核": ""}


def state(row: BreakGlass) -> str:
    now = timezone.now()
    verdict = f"：{row.verdict}" if row.reviewed_at else ""
    return f"{row.state(now)}{verdict}"


def badge(row: BreakGlass) -> str:
    return format_html('<span class="badge {}">{}</span>', MARKS[row.state(timezone.now())], state(row))


def in_state(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    """The day of the access, the next day for the review, and then it is late."""
    late = timezone.make_aware(datetime.combine(timezone.localdate(viewer.at) - timedelta(days=1), time()))
    if value == "done":
        return rows.filter(reviewed_at__isnull=False)
    waiting = rows.filter(reviewed_at__isnull=True)
    return waiting.filter(starts_at__lt=late) if value == "late" else waiting


ACCESSES = Listing(
    name="accesses", title="临时授权", unit="次", tie_break="pk",
    columns=[
        Column("starts_at", "开始", kind="time", sort="starts_at", link=lambda row: reverse("accounts:access", args=[row.pk])),
        Column("ends_at", "截止", kind="time", sort="ends_at"),
        Column("officer", "申请人", value=lambda row: f"{row.officer.name}（{row.officer_id}）", sort="officer__code"),
        Column("unit", "单位", value="officer.unit.name"),
        Column("matter_code", "案件或者警情编号", kind="code", sort="matter_code"),
        Column("reason", "理由"),
        Column("state", "复核", value=state, render=badge),
    ],
    filters=[
        Choice("state", "复核", [("waiting", "待复核（含逾期）"), ("late", "逾期未复核"), ("done", "已复核")], apply=in_state),
        UnitTree("unit", "单位", options=queries.units, field="officer__unit__path"),
        Text("code", "编号", field="matter_code"),
        DateRange("started", "开始日期", field="starts_at"),
        Flag("open", "未到期", apply=lambda rows, viewer: rows.filter(starts_at__lte=viewer.at, ends_at__gt=viewer.at)),
        Flag("mine", "我的", apply=lambda rows, viewer: rows.filter(officer=viewer.officer)),
    ],
    search=("matter_code", "officer__name", "officer__code"), default_sort="-starts_at",
    empty=("没有临时授权", "必须查阅范围以外的一起案件而又等不及正常途径时，可以申请；每次都会在次日复核。"), on_export=exported("break_glass"),
)


def accesses(request: HttpRequest) -> HttpResponseBase:
    viewer = request.viewer
    if not (viewer.may("break_glass", "request") or viewer.may("break_glass", "read")):
        require(viewer, "break_glass", "read")
    buttons = [Button("申请临时授权", reverse("accounts:request_access"), "key-round", "primary")] if viewer.may("break_glass", "request") else []
    return ACCESSES.respond(request, queries.accesses(viewer), buttons=buttons)


def access(request: HttpRequest, number: int) -> HttpResponse:
    row = queries.access(request.viewer, number)
    is_own = row.officer_id == request.viewer.officer.code
    context = {
        "row": row, "is_open": row.is_open(timezone.now()), "is_own": is_own, "may_review": queries.may_review(request.viewer, row),
        "state": row.state(timezone.now()), "mark": MARKS[row.state(timezone.now())], "title": "临时授权",
    }
    return render(request, "accounts/access.html", context)


def request_access(request: HttpRequest) -> HttpResponse:
    require(request.viewer, "break_glass", "request")
    form = forms.AccessForm(request.POST or None, initial={"matter_code": request.GET.get("code", "")[:64]})
    notes = ("只能查阅这一起案件，不能办理；到时自动收回。", "申请连同理由记入台账，次日由法制支队监督岗或者督察复核。")
    return ask(request, form, lambda **typed: actions.request_access(by=request.viewer, **typed), title="申请临时授权", submit="申请并打开",
               back=reverse("accounts:break_glass"), said="已登记。有这个编号的案件或者警情的，现在起可以查阅。", notes=notes)


@require_POST
def end_access(request: HttpRequest, number: int) -> HttpResponse:
    row = queries.access(request.viewer, number)
    actions.end_access(by=request.viewer, number=row.pk)
    messages.success(request, "已结束。")
    return done(request, reverse("accounts:access", args=[row.pk]))


def review_access(request: HttpRequest, number: int) -> HttpResponse:
    require(request.viewer, "break_glass", "review")
    row = queries.access(request.viewer, number)
    notes = (f"{row.officer.name}（{row.officer_id}）· {row.officer.unit.name} · {row.matter_code}", f"理由：{row.reason}")
    return ask(request, forms.ReviewForm(request.POST or None), lambda **typed: actions.review_access(by=request.viewer, number=row.pk, **typed),
               title="复核临时授权", submit="复核", back=reverse("accounts:access", args=[row.pk]), said="已复核。", notes=notes)
