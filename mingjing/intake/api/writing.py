"""Pushing facts: the same checks, the same ledger as a form or a file, through `cases.actions.enter_all`."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query
from pydantic import Field

from mingjing.cases.actions import Outcome, enter_all
from mingjing.cases.models import NOUNS
from mingjing.intake.api import body
from mingjing.intake.api.asking import AskedPush, known_only
from mingjing.intake.api.faults import said
from mingjing.intake.api.once import once, persistent
from mingjing.intake.api.reading import router  # what has one address stands in one router
from mingjing.intake.api.rows import example, in_schema
from mingjing.intake.api.schemas import Fault, Pushed

FAULTS = frozenset({400, 401, 403, 409, 413, 415, 422, 429, 503})
Token = Annotated[str, Field(
    min_length=1, max_length=100, pattern=r"^[!-~]+$", description="幂等键：每个新请求一个，例如 UUID。同一键、同一内容再发一次，得到原来的答复，不再写入")]


def push_rows(table: str) -> None:
    """Adds POST /facts/{table}."""
    noun = NOUNS[table]._meta.verbose_name

    @router.post(
        f"/facts/{table}", response={200: Pushed, FAULTS: Fault}, tags=[str(noun)], summary=f"写入{noun}", operation_id=f"push_{table}",
        description=f"新增或者补充{noun}：编号没有登记过的是新行，登记过的补充或者更改它；空值不改动原有内容。"
        f"每行单独检查，有问题的单列并说明原因，其余照常写入。需要 facts:write:{table}。",
        openapi_extra={"requestBody": _described(table)})
    def push_table(
        request: HttpRequest, asked: Query[AskedPush], token: Annotated[Token | None, Header(alias="Idempotency-Key")] = None,
    ) -> HttpResponse:
        request.auth.writes(table)
        known_only(request, AskedPush)
        rows = body.rows(request)
        return _pushed(request, table, rows, asked.dry_run, token)


def _pushed(request: HttpRequest, table: str, rows: list[dict[str, Any]], dry_run: bool, token: str | None) -> HttpResponse:
    key, viewer = request.auth.key, request.auth.viewer

    def do() -> str:
        outcome = enter_all(by=viewer, table=table, rows=rows, source=key.source, dry_run=dry_run)
        return json.dumps(_told(outcome, dry_run), ensure_ascii=False)

    if dry_run or token is None:  # a trial writes nothing, so there is nothing to do twice
        return said(json.loads(persistent(do)))
    text, is_earlier = persistent(lambda: once(request, key, token, do))
    response = said(json.loads(text))
    if is_earlier:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _told(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    rejects = [
        {"index": reject.index, "column": reject.column, "code": code if isinstance(code := reject.row.get("code"), str) else None, "reason": reject.reason}
        for reject in outcome.rejects
    ]
    return {
        "dry_run": dry_run, "total": outcome.total, "entered": outcome.entered, "changed": outcome.changed, "unchanged": outcome.unchanged,
        "rejected": len(rejects), "rejects": rejects,
    }


def _described(table: str) -> dict[str, Any]:
    rows = {"type": "array", "minItems": 1, "maxItems": body.MOST, "items": in_schema(table), "description": "要写入的行"}
    schema = {"type": "object", "required": ["rows"], "additionalProperties": False, "properties": {"rows": rows}}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": {"rows": [example(table)]}}}}


for _table in NOUNS:
    push_rows(_table)
