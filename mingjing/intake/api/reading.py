"""Reading cases, incidents and all facts: only what the key's account reaches, personal numbers masked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from mingjing.accounts.models import Unit
from mingjing.accounts.scope import Viewer
from mingjing.cases.models import NOUNS, Case, Entry, Incident
from mingjing.cases.queries import one, visible
from mingjing.intake.api import changes
from mingjing.intake.api.asking import MOST, AskedCases, AskedIncidents, AskedRows, Code, known_only
from mingjing.intake.api.faults import said
from mingjing.intake.api.pages import page
from mingjing.intake.api.rows import shown
from mingjing.intake.api.schemas import Fault, WholeCase, page_of

FAULTS = frozenset({400, 401, 403, 422, 429, 503})
router = Router()


@router.get("/cases", response={200: page_of("case"), FAULTS: Fault}, tags=["读取"], summary="案件列表", operation_id="list_cases")
def list_cases(request: HttpRequest, asked: Query[AskedCases]) -> HttpResponse:
    """范围内的案件，按编号排列，一页一页读取。需要 cases:read。"""
    request.auth.reads()
    known_only(request, AskedCases)
    rows = _narrowed(_of_unit(visible(request.auth.viewer, Case), asked.unit_code), kind=asked.kind, state=asked.state, offence__contains=asked.offence)
    if asked.changed_since:
        rows = rows.filter(code__in=changes.cases_since(asked.changed_since))
    return page(rows, "cases", asked)


@router.get(
    "/cases/{code}", response={200: WholeCase, FAULTS | {404}: Fault}, tags=["读取"], summary="一起案件的全部内容", operation_id="get_case")
def get_case(request: HttpRequest, code: Annotated[Code, Path(description="案件编号")]) -> HttpResponse:
    """案件和各事实表中属于它的行。不存在的和范围之外的一样答复 404。需要 cases:read。"""
    request.auth.reads()
    known_only(request)
    viewer = request.auth.viewer
    case = one(viewer, Case, code)
    found = {name: list(_belonging(viewer, model, case)[: MOST + 1]) for name, model in NOUNS.items() if model is not Case}
    return said({
        "case": shown(case), "rows": {name: [shown(row) for row in rows[:MOST]] for name, rows in found.items()},
        "cut": [name for name, rows in found.items() if len(rows) > MOST],
    })


@router.get("/incidents", response={200: page_of("incident"), FAULTS: Fault}, tags=["读取"], summary="警情列表", operation_id="list_incidents")
def list_incidents(request: HttpRequest, asked: Query[AskedIncidents]) -> HttpResponse:
    """范围内的警情，按编号排列，一页一页读取。需要 cases:read。"""
    request.auth.reads()
    known_only(request, AskedIncidents)
    rows = _narrowed(_of_unit(visible(request.auth.viewer, Incident), asked.unit_code), kind=asked.kind)
    if asked.state:
        rows = rows.filter(handled_at__isnull=asked.state == "未处理")
    return page(_changed(rows, asked.changed_since), "incidents", asked)


def list_rows(table: str) -> None:
    """Adds GET /facts/{table}: one operation a table, so that its description is exact."""
    model, noun = NOUNS[table], NOUNS[table]._meta.verbose_name

    @router.get(
        f"/facts/{table}", response={200: page_of(table), FAULTS: Fault}, tags=[str(noun)], summary=f"读取{noun}", operation_id=f"list_{table}",
        description=f"范围内的{noun}，按编号排列，一页一页读取。需要 cases:read。")
    def list_table(request: HttpRequest, asked: Query[AskedRows]) -> HttpResponse:
        request.auth.reads()
        known_only(request, AskedRows)
        rows = visible(request.auth.viewer, model)
        if asked.case_code:
            rows = rows.filter(_of_case(model, asked.case_code))
        return page(_changed(rows, asked.changed_since), table, asked)


def _narrowed(rows: QuerySet, **filters: str | None) -> QuerySet:
    return rows.filter(**{name: value for name, value in filters.items() if value is not None})


def _of_unit(rows: QuerySet, code: str | None) -> QuerySet:
    """Rows of a unit and all below it; a unit that does not exist has none, like one out of reach."""
    if code is None:
        return rows
    path = Unit.objects.filter(code=code).values_list("path", flat=True).first()
    return rows.filter(unit__path__startswith=path) if path else rows.none()


def _changed(rows: QuerySet, since: datetime | None) -> QuerySet:
    return rows.filter(code__in=changes.rows_since(since, rows.model.table)) if since else rows


def _of_case(model: type[Entry], code: str) -> Q:
    return Q(case_id=code) if model is Incident else Q(**{model.matter: code})


def _belonging(viewer: Viewer, model: type[Entry], case: Case) -> QuerySet:
    return visible(viewer, model).filter(_of_case(model, case.code)).order_by("code")


for _table in NOUNS:
    list_rows(_table)
