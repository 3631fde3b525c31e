"""评估运行: what was judged when, and the banner that tells everybody when evaluation cannot be trusted."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from mingjing.accounts.scope import Viewer
from mingjing.accounts.views.asking import exported, require
from mingjing.alerts import health
from mingjing.alerts.library import library
from mingjing.alerts.models import Run, Source
from mingjing.ui.lists import Choice, Column, DateRange, Listing
from mingjing.ui.templatetags.ui import badge

THAT = {
    "failed": ("出错", ~Q(error="")), "news": ("有新预警或者情况消失", Q(opened__gt=0) | Q(gone__gt=0)), "skipped": ("有模型没有判断", ~Q(skipped="[]")),
    "broken": ("有模型判断时出错", ~Q(broken="[]")), "rejected": ("有不能判断的行", Q(rejected__gt=0)), "refused": ("有没有采用的判定", Q(refused__gt=0)),
}


def skipped_of(run: Run) -> list[tuple[str, str, str]]:
    """The rules that were not judged: code, name, reason."""
    return [(code, getattr(library().known(code), "name", ""), reason) for code, reason in json.loads(run.skipped)]


def outcome(run: Run) -> SafeString:
    if run.error:
        return badge("出错", "strong")
    return badge("有模型出错", "strong") if run.broken != "[]" else format_html("{}", "完成")


def origins_to_choose(viewer: Viewer) -> list[str]:
    return list(Source.objects.values_list("name", flat=True))


def that(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(THAT[value][1])


RUNS = Listing(
    name="runs", title="评估运行", unit="次", default_sort="-pk", tie_break="pk", on_export=exported("run"),
    empty=("还没有评估过", "后台评估程序启动以后，每次评估列在这里。"),
    filters=[
        Choice("kind", "方式", Run.Kind.choices),
        Choice("origin", "来源", origins_to_choose),
        Choice("that", "结果", [(value, label) for value, (label, _) in THAT.items()], apply=that),
        DateRange("at", "日期", field="at"),
    ],
    columns=[
        Column("at", "判定时刻", kind="time", link=lambda row: reverse("alerts:run", args=[row.pk])),
        Column("kind", "方式"),
        Column("outcome", "结果", render=outcome, export=lambda row: row.error or ("有模型出错" if row.broken != "[]" else "完成")),
        Column("origin", "来源", value=lambda row: row.origin or "本平台", shown=False),
        Column("seconds", "用时（秒）", kind="number", value=lambda row: round(row.seconds, 2) if row.seconds is not None else None, sort="seconds"),
        Column("rules", "模型", kind="number"),
        Column("subjects", "对象", kind="number", sort="subjects"),
        Column("findings", "判定结果", kind="number"),
        Column("opened", "新预警", kind="number", sort="opened"),
        Column("gone", "情况消失", kind="number", sort="gone"),
        Column("rejected", "不能判断的行", kind="number", sort="rejected", shown=False),
        Column("skipped", "没有判断的模型", kind="number", value=lambda row: len(json.loads(row.skipped))),
        Column("refused", "没有采用的判定", kind="number", sort="refused", shown=False),
        Column("position", "台账读到", kind="number", shown=False),
    ],
)


@require_safe
def runs(request: HttpRequest) -> HttpResponseBase:
    require(request.viewer, "run", "read")
    now = timezone.now()
    sources = [] if request.htmx or "format" in request.GET else [(row, notes_of(row.run)) for row in Source.objects.select_related("run")]
    context = {"troubles": health.troubles(now), "pulse": health.pulse(), "sources": sources, "folder": settings.SOURCES}
    return RUNS.respond(request, Run.objects.all(), template="alerts/runs.html", context=context)


@require_safe
def run(request: HttpRequest, number: int) -> HttpResponse:
    require(request.viewer, "run", "read")
    row = Run.objects.filter(pk=number).first()
    if row is None:
        raise Http404(f"没有第 {number} 次评估")
    before = Run.objects.filter(pk__lt=row.pk, origin=row.origin).exclude(versions="{}").first() if row.versions != "{}" else None
    context: dict[str, Any] = {
        "run": row, "title": f"评估 第 {row.pk} 次", "notes": notes_of(row), "skipped": skipped_of(row), "before": before,
        "changed": changed(before, row) if before else [],
    }
    return render(request, "alerts/run.html", context)


def notes_of(run: Run) -> list[str]:
    return json.loads(run.notes)


def changed(before: Run, after: Run) -> list[tuple[str, str, str]]:
    """Rule files that are not what they were: code, name, 修改 / 新增 / 不再运行."""
    old, new = json.loads(before.versions), json.loads(after.versions)
    words = {code: "新增" if code not in old else "不再运行" if code not in new else "修改" for code in sorted({*old, *new}) if old.get(code) != new.get(code)}
    return [(code, getattr(library().known(code), "name", ""), word) for code, word in words.items()]


@require_safe
def banner(request: HttpRequest) -> HttpResponse:
    """What is wrong with evaluation, for the top of every page; empty while it can be trusted. Somebody without duties today has no alerts to trust."""
    viewer = request.viewer
    found = health.troubles(timezone.now()) if viewer is not None and viewer.duties else []
    response = render(request, "alerts/_banner.html", {"troubles": found, "sees_runs": viewer is not None and viewer.may("run", "read")})
    response.headers["Cache-Control"] = "no-store"
    return response
