"""单位: the tree, a unit's page, and its changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from mingjing.accounts import actions, forms, queries
from mingjing.accounts.models import Unit
from mingjing.accounts.views.asking import ask, require
from mingjing.accounts.views.officers import sent


def url(code: str) -> str:
    return reverse("accounts:unit", args=[code])


def units(request: HttpRequest) -> HttpResponse:
    """?closed=1 shows dissolved units as well."""
    viewer = request.viewer
    require(viewer, "unit", "read")
    with_closed = request.GET.get("closed") == "1"
    context = {"roots": queries.tree(viewer, with_closed=with_closed), "with_closed": with_closed, "manages": viewer.may("unit", "manage"), "title": "单位"}
    return render(request, "accounts/units.html", context)


def unit(request: HttpRequest, code: str) -> HttpResponse:
    viewer = request.viewer
    require(viewer, "unit", "read")
    row = queries.unit(viewer, code)
    above = row.line[:-1]
    context = {
        "unit": row, "above": list(queries.units(viewer).filter(code__in=above)), "below": list(row.children.order_by("path")),
        "posts": queries.posts_at(row, viewer.at), "people": queries.people_below(row),
        "manages": any(row.path.startswith(post) for post in viewer.posts("unit", "manage")), "enrols": viewer.may("officer", "manage"), "title": row.name,
    }
    return render(request, "accounts/unit.html", context)


def found(request: HttpRequest) -> HttpResponse:
    require(request.viewer, "unit", "manage")
    form = forms.FoundUnitForm(request.POST or None, viewer=request.viewer, initial={"parent": request.GET.get("parent", "")})
    return ask(request, form, lambda **typed: actions.found_unit(by=request.viewer, **typed), title="新设单位", submit="新设",
               back=reverse("accounts:units"), said="已新设单位。")


def rename(request: HttpRequest, code: str) -> HttpResponse:
    row = managed(request, code)
    return on(request, row, forms.RenameUnitForm(request.POST or None, initial={"name": row.name}), actions.rename_unit, "更改单位名称", "保存", "已更名。")


def move(request: HttpRequest, code: str) -> HttpResponse:
    row = managed(request, code)
    form = forms.MoveUnitForm(request.POST or None, viewer=request.viewer, sources={"parent": f"现在的上级 {row.parent.name}"} if row.parent else {})
    return on(request, row, form, actions.move_unit, "移动单位", "移动", "已移动。")


def close(request: HttpRequest, code: str) -> HttpResponse:
    note = "撤销后不能再选用。须先移走或者撤销下级单位，调走或者停用人员，结束在这里的职责；案件留在原处，上级单位仍能看到。"
    return on(request, managed(request, code), forms.PlainForm(sent(request)), actions.close_unit, "撤销单位", "撤销", "已撤销。", note)


def reopen(request: HttpRequest, code: str) -> HttpResponse:
    return on(request, managed(request, code), forms.PlainForm(sent(request)), actions.reopen_unit, "恢复单位", "恢复", "已恢复。")


def on(request: HttpRequest, row: Unit, form: forms.HouseForm, act: Callable[..., Any], title: str, submit: str, said: str, note: str = "") -> HttpResponse:
    """An act on a unit."""
    notes = (f"{row.name}（{row.code}）· {row.kind}", *((note,) if note else ()))
    return ask(request, form, lambda **typed: act(by=request.viewer, unit=row.code, **typed), title=title, submit=submit, back=url(row.code), said=said,
               notes=notes)


def managed(request: HttpRequest, code: str) -> Unit:
    require(request.viewer, "unit", "manage")
    return queries.unit(request.viewer, code)
