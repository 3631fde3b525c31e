"""What a caller needs to know: what this key may do, the vocabulary, whether the platform is open."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from mingjing.accounts.models import Officer, Unit
from mingjing.cases.cleaning import columns, is_required, listed
from mingjing.cases.models import NOUNS
from mingjing.intake.api import asking, body
from mingjing.intake.api.asking import known_only
from mingjing.intake.api.faults import said
from mingjing.intake.api.rows import MASKED, kind_of, label, longest
from mingjing.intake.api.schemas import Fault, Health, Me, Vocabulary

FAULTS = frozenset({400, 401, 403, 422, 429, 503})
router = Router(tags=["概况"])


@router.get("/me", response={200: Me, FAULTS: Fault}, summary="这个密钥能做什么", operation_id="me")
def me(request: HttpRequest) -> HttpResponse:
    """接口账号、范围、可读写的事实表和各项上限。任何有效的密钥都可以调用。"""
    known_only(request)
    key, viewer = request.auth.key, request.auth.viewer
    account, unit = key.officer, key.officer.unit
    reach = {held.unit_code: held.unit_name for held in viewer.held}
    return said({
        "account": {"code": account.code, "name": account.name}, "unit": {"code": unit.code, "name": unit.name},
        "key": {"name": key.name, "prefix": key.prefix, "expires_at": timezone.localtime(key.expires_at).isoformat()},
        "scopes": key.scopes, "reach": [{"code": code, "name": name} for code, name in sorted(reach.items())],
        "reads": [name for name in NOUNS if key.may_read and viewer.paths(name, "read")],
        "writes": [name for name in key.writes if viewer.paths(name, "enter")],
        "limits": {"per_minute": key.per_minute, "rows_per_push": body.MOST, "rows_per_page": asking.MOST, "bytes_per_push": body.LIMIT},
    })


@router.get("/vocabulary", response={200: Vocabulary, FAULTS: Fault}, summary="词汇表", operation_id="vocabulary")
def vocabulary(request: HttpRequest) -> HttpResponse:
    """每张事实表的列：名称、类型、可填的值、引用。任何有效的密钥都可以调用。"""
    known_only(request)
    return said({"tables": [
        {"name": name, "label": str(model._meta.verbose_name), "columns": [_column(name, *pair) for pair in columns(name).items()]}
        for name, model in NOUNS.items()
    ]})


@router.get("/health", response={200: Health, 503: Fault}, auth=None, summary="是否可用", operation_id="health")
def health(request: HttpRequest) -> HttpResponse:
    """供监控使用，不需要密钥。"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return said({"status": "ok"})


def _column(table: str, name: str, field: models.Field) -> dict[str, Any]:
    return {
        "name": name, "label": label(table, name), "type": kind_of(field), "required": is_required(field), "values": list(listed(field)),
        "refers_to": _referred(field), "max_length": longest(field), "masked": name in MASKED.get(table, frozenset()),
    }


def _referred(field: models.Field) -> str | None:
    if not isinstance(field, models.ForeignKey):
        return None
    model = field.related_model
    return "officer" if model is Officer else "unit" if model is Unit else model.table
