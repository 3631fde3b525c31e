"""The way in: which key calls, may it still, has it calls left, and what may it do. A session never opens the API: only the header does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from ninja.security import HttpBearer

from mingjing.accounts.scope import Viewer, viewer
from mingjing.cases.models import NOUNS
from mingjing.intake import keys
from mingjing.intake.actions.keys import MARK, PREFIX, SECRET, count
from mingjing.intake.api import faults
from mingjing.intake.api.faults import Fault
from mingjing.intake.models import ApiKey
from mingjing.intake.models.keys import READ, WRITE

FORM = re.compile(rf"{MARK}[A-Za-z0-9]{{{PREFIX}}}_[A-Za-z0-9]{{{SECRET}}}")
ASK = {"WWW-Authenticate": 'Bearer realm="mingjing"'}


@dataclass(frozen=True)
class Caller:
    """A key that called at a moment, and who its account is to the permission table."""

    key: ApiKey
    viewer: Viewer

    def reads(self) -> None:
        """Raises Fault unless the key may read."""
        if not self.key.may_read:
            raise _outside(READ, "读取案件")

    def writes(self, table: str) -> None:
        if table not in self.key.writes:
            raise _outside(WRITE + table, f"写入“{NOUNS[table]._meta.verbose_name}”")


def _outside(scope: str, what: str) -> Fault:
    return Fault(403, "scope", f"这个密钥没有{what}的权限（{scope}）。需要时请系统管理员换发包含这项权限的密钥。")


class Bearer(HttpBearer):
    """`Authorization: Bearer mj_…`. Sets `request.auth` to a Caller and counts the call."""

    def __call__(self, request: HttpRequest) -> Caller:
        scheme, _, secret = request.headers.get(self.header, "").partition(" ")
        if scheme.lower() != "bearer":
            raise Fault(401, "no_key", "没有提供接口密钥。请在请求头中加上 Authorization: Bearer mj_…；密钥由系统管理员发放。", headers=ASK)
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        now = timezone.now()
        key = keys.find(token) if FORM.fullmatch(token) else None
        if key is None:
            raise Fault(401, "wrong_key", "接口密钥不对。请核对是否复制完整；遗失的密钥不能找回，请系统管理员换发。", headers=ASK)
        _still_good(key, now)
        _spend(request, key, now)
        return Caller(key, viewer(key.officer, now))


def _still_good(key: ApiKey, now: datetime) -> None:
    state = key.state(now)
    if state == "已撤销":
        raise Fault(401, "revoked", "这个密钥已被撤销，不能再用。请使用新密钥，或联系系统管理员。", headers=ASK)
    if state == "已失效":
        raise Fault(401, "expired", f"这个密钥已于 {timezone.localtime(key.expires_at):%Y-%m-%d %H:%M} 失效。请系统管理员换发新密钥。", headers=ASK)
    if state == "账号停用":
        raise Fault(403, "account_closed", "这个密钥的接口账号已停用。请联系系统管理员。")


def _spend(request: HttpRequest, key: ApiKey, now: datetime) -> None:
    """Count the call and leave on the request what the headers of the answer will say."""
    number, again = count(key=key, at=now), 60 - int(now.timestamp()) % 60
    request.limit = {
        "X-RateLimit-Limit": str(key.per_minute), "X-RateLimit-Remaining": str(max(0, key.per_minute - number)), "X-RateLimit-Reset": str(again),
    }
    if number > key.per_minute:
        raise Fault(
            429, "too_many", f"超过每分钟 {key.per_minute} 次的上限，这次没有处理。请 {again} 秒后再试；写入时可一次发送多行。",
            headers={"Retry-After": str(again)})


def finished(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Around every operation: the limit's headers, nothing kept in caches, and JSON also where a method is not allowed."""
    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            response = faults.answer(faults.wrong_method(response.headers["Allow"]))
        for name, value in getattr(request, "limit", {}).items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered
