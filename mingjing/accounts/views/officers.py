"""人员: the directory, a person's page, and what an administrator does there."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join

from mingjing.accounts import actions, forms, queries
from mingjing.accounts.actions.officers import INTERFACE
from mingjing.accounts.duties import table
from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import Viewer, in_force
from mingjing.accounts.views.asking import ask, exported, require
from mingjing.accounts.views.own import sign_ins
from mingjing.ui.lists import Button, Choice, Column, Flag, Listing, UnitTree


def url(code: str) -> str:
    return reverse("accounts:officer", args=[code])


def holding(rows: QuerySet, duty: str, viewer: Viewer) -> QuerySet:
    held = DutyAssignment.objects.filter(in_force(timezone.localdate(viewer.at)), duty=duty)
    return rows.filter(code__in=held.values("officer_id"))


def duty_names(person: Officer) -> str:
    return "、".join(f"{row.duty}（{row.unit.name}{'' if row.kind == row.Kind.REGULAR else '，' + row.kind}）" for row in person.held)


def duty_badges(person: Officer) -> str:
    marks = (
        (row.duty, "" if row.kind == row.Kind.REGULAR else f" · {row.kind}", "" if row.unit_id == person.unit_id else f" · {row.unit.name}")
        for row in person.held)
    return format_html_join(" ", '<span class="badge">{}{}{}</span>', marks)


OFFICERS = Listing(
    name="officers", title="民警", unit="人",
    columns=[
        Column("code", "警号", kind="code", sort="code", link=lambda person: url(person.code)),
        Column("name", "姓名", sort="name"),
        Column("unit", "所属单位", value="unit.name", sort="unit__path"),
        Column("duties", "现任职责", value=duty_names, render=duty_badges),
        Column("is_auxiliary", "辅警", kind="flag"),
        Column("state", "状态", value=lambda person: "系统接口" if person.is_interface else "在职" if person.is_active else "停用"),
    ],
    filters=[
        UnitTree("unit", "单位", options=queries.units, field="unit__path"),
        Choice("duty", "职责", lambda viewer: [name for name in table().duties if name != INTERFACE], apply=holding),
        Choice("state", "状态", [("active", "在职"), ("stopped", "停用")], apply=lambda rows, value, viewer: rows.filter(is_active=value == "active")),
        Flag("auxiliary", "辅警", apply=lambda rows, viewer: rows.filter(is_auxiliary=True)),
    ],
    search=("code", "name"), default_sort="code",
    empty=("没有人员", "请系统管理员登记人员。"), on_export=exported("officer"),
)


def officers(request: HttpRequest) -> HttpResponseBase:
    viewer = request.viewer
    require(viewer, "officer", "read")
    buttons = [Button("登记人员", reverse("accounts:enrol"), "plus", "primary")] if viewer.may("officer", "manage") else []
    return OFFICERS.respond(request, queries.officers(viewer), buttons=buttons)


def officer(request: HttpRequest, code: str) -> HttpResponse:
    viewer = request.viewer
    require(viewer, "officer", "read")
    person = queries.officer(viewer, code)
    manages = queries.may_manage(viewer, person)
    context: dict[str, Any] = {"person": person, "manages": manages, "assignments": queries.duties_of(person, viewer.at), "title": person.name}
    if manages:
        context |= {"factors": queries.second_factors(person), "failures": queries.failures(person), "sign_ins": sign_ins(person)}
    return render(request, "accounts/officer.html", context)


def enrol(request: HttpRequest) -> HttpResponse:
    require(request.viewer, "officer", "manage")
    form = forms.EnrolForm(request.POST or None, viewer=request.viewer, initial={"unit": request.GET.get("unit", "")})
    return ask(request, form, lambda **typed: actions.enrol(by=request.viewer, **typed), title="登记人员", submit="登记", back=reverse("accounts:officers"),
               notes=("登记后给出一次性密码，只显示一次；本人第一次登录时必须改掉。", "登记后还没有职责，请在人员页面上任职。"))


def change(request: HttpRequest, code: str) -> HttpResponse:
    person = managed(request, code)
    form = forms.ChangeForm(request.POST or None, initial={"name": person.name, "is_auxiliary": person.is_auxiliary})
    return on(request, person, form, actions.change_officer, "更正人员信息", "保存", "已更正。")


def transfer(request: HttpRequest, code: str) -> HttpResponse:
    person = managed(request, code)
    form = forms.TransferForm(request.POST or None, viewer=request.viewer, sources={"unit": f"现在所属 {person.unit.name}"})
    return on(request, person, form, actions.transfer, "调动", "调动", "已调动。")


def deactivate(request: HttpRequest, code: str) -> HttpResponse:
    notes = ("停用后立即不能登录，现有和将来的职责全部停止；办过的案件和台账不变。",)
    return on(request, managed(request, code), forms.ReasonForm(request.POST or None), actions.deactivate, "停用账号", "停用", "已停用。", notes)


def reactivate(request: HttpRequest, code: str) -> HttpResponse:
    notes = ("恢复后给出新的一次性密码；原来的职责不会恢复，需要重新任职。",)
    return on(request, managed(request, code), forms.PlainForm(sent(request)), actions.reactivate, "恢复账号", "恢复", notes=notes)


def reset_password(request: HttpRequest, code: str) -> HttpResponse:
    notes = ("原密码立即失效，已登录的会话随之退出。", "新的一次性密码只显示一次，请当面或者电话核实本人后告知。")
    return on(request, managed(request, code), forms.PlainForm(sent(request)), actions.reset_password, "重置密码", "重置", notes=notes)


def remove_second_factor(request: HttpRequest, code: str) -> HttpResponse:
    notes = ("用于本人遗失手机、密钥和恢复码的情形。移除后只凭密码即可登录，请提醒本人重新设置。",)
    return on(request, managed(request, code), forms.PlainForm(sent(request)), actions.remove_second_factor, "移除第二因素", "移除", "已移除第二因素。", notes)


def unlock(request: HttpRequest, code: str) -> HttpResponse:
    notes = ("清除这个警号在各处的登录失败记录，可以立即再试。",)
    return on(request, managed(request, code), forms.PlainForm(sent(request)), actions.unlock, "恢复登录", "恢复登录", "已恢复登录。", notes)


def give_duty(request: HttpRequest, code: str) -> HttpResponse:
    require(request.viewer, "officer", "manage")
    person = queries.officer(request.viewer, code)
    initial = {"unit": person.unit_id, "starts_on": timezone.localdate()}
    form = forms.DutyForm(request.POST or None, viewer=request.viewer, initial=initial)
    return on(request, person, form, actions.give_duty, f"给 {person.name} 任职", "任职", "已任职。")


def end_duty(request: HttpRequest, code: str, number: int) -> HttpResponse:
    row = assignment(request, code, number)
    form = forms.EndDutyForm(request.POST or None, initial={"ends_on": timezone.localdate()})
    return ask(request, form, lambda **typed: actions.end_duty(by=request.viewer, assignment=row.pk, **typed), title=f"结束职责：{row.duty}", submit="保存",
               back=url(code), said="已定下最后一天。", notes=(f"{row.officer.name} · {row.unit.name} · {row.kind}",))


def withdraw_duty(request: HttpRequest, code: str, number: int) -> HttpResponse:
    row = assignment(request, code, number)
    notes = (f"{row.officer.name} · {row.unit.name} · {row.kind}", "立即生效：本人的下一次操作就不再有这项职责。")
    return ask(request, forms.ReasonForm(request.POST or None), lambda **typed: actions.withdraw_duty(by=request.viewer, assignment=row.pk, **typed),
               title=f"立即停止职责：{row.duty}", submit="停止", back=url(code), said="已停止。", notes=notes)


def on(request: HttpRequest, person: Officer, form: forms.HouseForm, act: Any, title: str, submit: str, said: str = "", notes: tuple[str, ...] = ()) -> Any:
    """An act on a person."""
    return ask(request, form, lambda **typed: act(by=request.viewer, officer=person.code, **typed), title=title, submit=submit, back=url(person.code),
               said=said, notes=(f"{person.name}（{person.code}）· {person.unit.name}", *notes))


def managed(request: HttpRequest, code: str) -> Officer:
    """The person, for whoever manages people at all; the action decides about this one."""
    require(request.viewer, "officer", "manage")
    return queries.officer(request.viewer, code)


def assignment(request: HttpRequest, code: str, number: int) -> DutyAssignment:
    person = managed(request, code)
    return queries.assignment(person, number)


def sent(request: HttpRequest) -> Any:
    """A form without fields is sent when the request is a POST."""
    return request.POST if request.method == "POST" else None


