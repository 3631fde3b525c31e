"""接口密钥: the list, a new one (shown once), its page with use, revoking."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from mingjing.accounts.scope import Viewer
from mingjing.accounts.views.asking import exported
from mingjing.intake import keys
from mingjing.intake.actions.keys import revoke
from mingjing.intake.forms_keys import ForAccount, RevokeForm, WithAccount
from mingjing.intake.models import ApiKey
from mingjing.intake.models.keys import READ
from mingjing.lib.refused import Forbidden
from mingjing.ui.forms import done
from mingjing.ui.lists import Button, Choice, Column, Listing


def state(key: ApiKey) -> str:
    return key.state(timezone.now())


def in_state(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    now = timezone.now()
    good = Q(revoked_at__isnull=True, expires_at__gt=now, officer__is_active=True)
    return rows.filter(good) if value == "good" else rows.exclude(good)


KEYS = Listing(
    name="keys", title="接口密钥", unit="个",
    columns=[
        Column("name", "名称", sort="name", link=lambda key: reverse("intake:key", args=[key.prefix])),
        Column("prefix", "前缀", kind="code"),
        Column("state", "状态", value=state, kind="badge"),
        Column("officer", "接口账号", value="officer.name", sort="officer__name"),
        Column("unit", "单位", value="officer.unit.name", sort="officer__unit__path"),
        Column("scopes", "权限", value=lambda key: key.in_words()),
        Column("expires_at", "失效时间", kind="time", sort="expires_at"),
        Column("last_at", "最近使用", kind="time", sort="last_at"),
        Column("per_minute", "每分钟上限", kind="number", shown=False),
        Column("issued_at", "发放时间", kind="time", sort="issued_at", shown=False),
    ],
    filters=[Choice("state", "状态", [("good", "有效"), ("ended", "已失效、已撤销或者停用")], apply=in_state)],
    search=("name", "prefix", "officer__name", "officer__code"), default_sort="-issued_at", tie_break="prefix",
    empty=("没有接口密钥", "需要接入其他系统时，新建一个密钥交给对方。"), on_export=exported("key"),
)


def listed(request: HttpRequest) -> HttpResponseBase:
    rows = keys.visible(request.viewer)
    buttons = [Button("接口说明", reverse("api:docs"), "book-open")]
    if request.viewer.may("key", "manage"):
        new = reverse("intake:new_key")
        buttons += [Button("新建密钥", new, "key-round"), Button("接入新的系统", f"{new}?account=new", "plus", "primary")]
    return KEYS.respond(request, rows, buttons=buttons)


def key(request: HttpRequest, prefix: str) -> HttpResponse:
    found = keys.one(request.viewer, prefix)
    manages = request.viewer.may("key", "manage")
    context = {"key": found, "state": state(found), "uses": keys.uses(found), "total": keys.total(found), "title": found.name, "manages": manages}
    return render(request, "intake/key.html", context)


def new_key(request: HttpRequest) -> HttpResponse:
    """For an account that exists, with ?account=new together with a new one. With ?from=<prefix> the rights of a key that is being replaced are filled
    in; it lives until it is revoked."""
    if not request.viewer.may("key", "manage"):
        raise Forbidden("接口密钥由系统管理员管理。需要接入其他系统时请联系系统管理员。")
    old = keys.one(request.viewer, request.GET["from"]) if request.GET.get("from") else None
    with_account = request.GET.get("account") == "new"
    form = (WithAccount if with_account else ForAccount)(request.POST or None, viewer=request.viewer, initial=_as_before(old))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            made, secret = form.issued(request.viewer)
        if form.is_valid():
            return _shown_once(request, made, secret)
    title = f"换发 {old.name}" if old else "接入新的系统" if with_account else "新建接口密钥"
    context = {"old": old, "with_account": with_account}
    return form.respond(request, title=title, submit="发放", cancel=reverse("intake:keys"), template="intake/key_new.html", context=context)


def revoke_key(request: HttpRequest, prefix: str) -> HttpResponse:
    found, back = keys.one(request.viewer, prefix), reverse("intake:key", args=[prefix])
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            revoke(by=request.viewer, prefix=prefix, reason=form.cleaned_data["reason"])
        if form.is_valid():
            messages.success(request, f"密钥 {found.name} 已撤销，不能再用。")
            return done(request, back)
    return form.respond(request, title=f"撤销 {found.name}", submit="撤销", cancel=back, template="intake/key_revoke.html", context={"key": found})


def _as_before(old: ApiKey | None) -> dict[str, Any]:
    if old is None:
        return {}
    writes = [scope for scope in old.scopes if scope != READ]
    return {"officer": old.officer_id, "name": f"{old.name} 换发"[:50], "reads": old.may_read, "writes": writes, "per_minute": old.per_minute}


def _shown_once(request: HttpRequest, made: ApiKey, secret: str) -> HttpResponse:
    response = render(request, "intake/key_secret.html", {"key": made, "secret": secret, "title": "新密钥"})
    response.headers["Cache-Control"] = "no-store"
    return response
