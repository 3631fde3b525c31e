"""Pages of files: what came in, sending one in, and one batch from its trial to its end."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mingjing.accounts.views.asking import exported
from mingjing.cases.models import NOUNS
from mingjing.intake import actions, blanks, files, queries, worker
from mingjing.intake import rejects as reject_file
from mingjing.intake.forms import NewBatch
from mingjing.intake.headers import labels, name_of
from mingjing.intake.models import Batch, Reject
from mingjing.intake.models.batches import State
from mingjing.intake.preview import kind_of_cell, masked
from mingjing.lib.refused import Forbidden, Refused
from mingjing.ui.exports import XLSX_TYPE
from mingjing.ui.forms import done
from mingjing.ui.lists import Button, Choice, Column, DateRange, Listing
from mingjing.ui.uploads import Receiver, announced_too_large

SILENT = timedelta(seconds=90)  # a due batch untouched for so long: no worker is running
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX_TYPE}

BATCHES = Listing(
    name="batches", title="导入", unit="批", tie_break="pk", default_sort="-created_at",
    columns=[
        Column("pk", "批号", kind="code", value=str, link=lambda batch: reverse("intake:batch", args=[batch.pk])),
        Column("table", "导入到", value="noun"),
        Column("name", "文件"),
        Column("state", "状态", kind="badge"),
        Column("total", "总行数", kind="number"),
        Column("entered", "新增", kind="number"), Column("changed", "变更", kind="number"), Column("unchanged", "不变", kind="number", shown=False),
        Column("rejected", "单列", kind="number", link=lambda batch: reverse("intake:rejects", args=[batch.pk]) if batch.rejected else ""),
        Column("officer", "经办人", value="officer.name"), Column("unit", "单位", value="unit.name"),
        Column("created_at", "上传时间", kind="time", sort="created_at"), Column("finished_at", "结束时间", kind="time", sort="finished_at", shown=False),
    ],
    filters=[
        Choice("table", "导入到", [(name, str(model._meta.verbose_name)) for name, model in NOUNS.items()]),
        Choice("state", "状态", [state.value for state in State]),
        DateRange("created", "上传日期", field="created_at"),
    ],
    search=("name",),
    empty=("还没有导入过文件", "先下载模板，填好后点“导入文件”；也可以让其他系统把文件放进收件夹。"), on_export=exported("batch"),
)


@require_GET
def batches(request: HttpRequest) -> HttpResponseBase:
    rows = queries.visible(request.viewer).select_related("officer", "unit").defer("preview", "repeated", "header", "notes")
    buttons = [Button("导入文件", reverse("intake:new_batch"), "upload", "primary")] if request.viewer.may("batch", "import") else []
    return BATCHES.respond(request, rows, buttons=buttons)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Not yet protected: the place where the file goes must be set before anything looks into the request. `_new` is."""
    if request.viewer is None or not request.viewer.may("batch", "import"):
        raise Forbidden("你的职责不包括导入数据。需要导入时请交给本单位的案管办理。")
    receiver = Receiver(request, files.shelf())
    refused = announced_too_large(request, files.shelf())
    if refused:
        return _refused(request, NewBatch(), refused)
    request.upload_handlers = [receiver]
    try:
        return _new(request, receiver)
    finally:
        receiver.discard()


@csrf_protect
def _new(request: HttpRequest, receiver: Receiver) -> HttpResponse:
    if request.method == "GET":
        return _form(request, NewBatch(initial={"table": request.GET.get("table", "")}))
    form = NewBatch(request.POST, request.FILES)
    is_valid = form.is_valid()
    if receiver.refused:
        return _refused(request, form, receiver.refused)
    if is_valid:
        with form.refusals():
            file = form.cleaned_data["file"]
            batch = actions.receive(by=request.viewer, table=form.cleaned_data["table"], name=file.name, coming=file.coming)
        if form.is_valid():
            worker.try_at_once(batch)
            return done(request, reverse("intake:batch", args=[batch.pk]))
    return _form(request, form)


def _refused(request: HttpRequest, form: NewBatch, refused: Refused) -> HttpResponse:
    """The form with the reason at its file; what was half received is forgotten."""
    form = NewBatch({"table": form.data.get("table", "")}, {})
    form.errors.pop("file", None)
    form.refuse(refused)
    form.errors.pop("table", None)
    return _form(request, form)


def _form(request: HttpRequest, form: NewBatch) -> HttpResponse:
    tables = [{"name": name, "label": model._meta.verbose_name} for name, model in NOUNS.items()]
    return form.respond(
        request, title="导入文件", submit="上传并试运行", cancel=reverse("intake:batches"), template="intake/new.html", context={"tables": tables})


@require_GET
def blank(request: HttpRequest, table: str, kind: str) -> HttpResponse:
    """The empty file to fill in."""
    if not request.viewer.may("batch", "read"):
        raise Forbidden("你的职责不包括导入数据。")
    if table not in NOUNS or kind not in KINDS:
        raise Http404
    content = blanks.spreadsheet(table) if kind == "xlsx" else blanks.text(table)
    name = f"{NOUNS[table]._meta.verbose_name}导入模板.{kind}"
    return HttpResponse(content, content_type=KINDS[kind], headers={"Content-Disposition": content_disposition_header(True, name)})


@require_GET
def batch(request: HttpRequest, number: int) -> HttpResponse:
    return render(request, "intake/batch.html", _shown(request, queries.one(request.viewer, number)))


@require_GET
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """The part that changes while the worker is at it; when it is done, the page is drawn anew."""
    found = queries.one(request.viewer, number)
    response = render(request, "intake/_progress.html", _shown(request, found))
    if not found.is_due:
        response.headers["HX-Refresh"] = "true"
    return response


def _shown(request: HttpRequest, found: Batch) -> dict[str, Any]:
    viewer = request.viewer
    sees = queries.sees_contents(viewer, found)
    shown = found.preview if sees and found.is_trial else []
    names = [name for name in labels(found.table) if any(name in row["values"] for row in shown)]
    return {
        "title": f"第 {found.pk} 批", "batch": found, "sees": sees, "may_decide": queries.may_decide(viewer, found),
        "preview_labels": [labels(found.table)[name] for name in names],
        "preview": [{**row, "cells": [{"text": row["values"].get(name, ""), "kind": kind_of_cell(found.table, name)} for name in names]} for row in shown],
        "rejects": list(found.rejects.order_by("row")[:20]) if sees and found.rejected else [],
        "before": queries.imported_before(viewer, found) if found.is_trial else None,
        "percent": 100 * found.position // found.total if found.total else 0,
        "is_silent": found.is_due and (found.leased_until or found.created_at) < timezone.now() - SILENT,
    }


@require_POST
def start(request: HttpRequest, number: int) -> HttpResponse:
    actions.start(by=request.viewer, number=number)
    return redirect("intake:batch", number)


@require_POST
def retry(request: HttpRequest, number: int) -> HttpResponse:
    actions.retry(by=request.viewer, number=number)
    return redirect("intake:batch", number)


@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    found = actions.cancel(by=request.viewer, number=number)
    messages.info(request, found.message)
    return redirect("intake:batch", number)


@require_GET
def rejects(request: HttpRequest, number: int) -> HttpResponseBase:
    found = _with_contents(request, number)
    rows = found.rejects.all()
    names = sorted(rows.order_by().exclude(column="").values_list("column", "label").distinct())
    listing = Listing(
        name="rejects", title=f"第 {found.pk} 批的单列行", unit="行", tie_break="pk", default_sort="row",
        columns=[
            Column("row", "行号", kind="number", sort="row"), Column("label", "列", sort="label"), Column("reason", "原因"),
            Column("cells", "原始内容", value=lambda reject: _original(found, reject)),
        ],
        filters=[Choice("column", "列", names)], search=("reason",), empty=("没有单列行", "这一批的每一行都通过了检查。"),
        on_export=lambda request, count: actions.hand_out(by=request.viewer, batch=found),
    )
    buttons = [
        Button("回到这一批", reverse("intake:batch", args=[number]), "arrow-left"),
        *([Button("下载单列行，改好再传", reverse("intake:rejects_file", args=[number, "xlsx"]), "download", "primary")] if found.rejected else []),
    ]
    return listing.respond(request, rows, buttons=buttons)


def _original(batch: Batch, reject: Reject) -> str:
    """The row as it was, personal numbers masked."""
    filled = [(text, value) for text, value in reject.cells.items() if value not in (None, "")]
    return "；".join(f"{text} {masked(name_of(batch.table, text), str(value))}" for text, value in filled)


@require_GET
def rejects_file(request: HttpRequest, number: int, kind: str) -> HttpResponseBase:
    """All rejected rows as they were, to be mended and sent again. Taking them out is recorded."""
    found = _with_contents(request, number)
    if kind not in KINDS:
        raise Http404
    actions.hand_out(by=request.viewer, batch=found)
    name = f"{found.noun}_第{found.pk}批_单列行.{kind}"
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    reject_file.WRITERS[kind](found, file)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=KINDS[kind])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _with_contents(request: HttpRequest, number: int) -> Batch:
    found = queries.one(request.viewer, number)
    if not queries.sees_contents(request.viewer, found):
        raise Forbidden("单列行含有案件内容，你的职责不接触案件内容。需要时请由本单位案管查看。")
    return found
