"""抽查对照: a person judges, on the facts alone, what no rule flagged. What was judged before is only shown with its own verdict."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mingjing.accounts.scope import Viewer
from mingjing.accounts.views.asking import exported, require
from mingjing.alerts import queries
from mingjing.alerts.actions import judging
from mingjing.alerts.facts_sheet import sheet
from mingjing.alerts.library import library
from mingjing.alerts.lists import rules_to_choose
from mingjing.alerts.models import Sample
from mingjing.alerts.rule_forms import SampleForm
from mingjing.alerts.shares import misses
from mingjing.alerts.views.rule_list import percent
from mingjing.cases.lists import page_of
from mingjing.cases.models import NOUNS
from mingjing.ui.forms import done
from mingjing.ui.lists import Choice, Column, DateRange, Listing, UnitTree
from mingjing.ui.templatetags.ui import badge
from rulebook.rules import Rule, Version

WAITING = "待判断"


def page(row: Sample) -> str:
    return reverse("alerts:sample", args=[row.pk])


def rule_name(row: Sample) -> str:
    rule = library().known(row.rule_code)
    return f"{row.rule_code} {rule.name}" if rule else row.rule_code


def kind_name(row: Sample) -> str:
    return str(NOUNS[row.subject_kind]._meta.verbose_name) if row.subject_kind in NOUNS else row.subject_kind


def verdict(row: Sample) -> SafeString:
    return badge(row.verdict or WAITING, "strong" if row.verdict == Sample.Verdict.MISSED else "" if row.verdict else "outline")


def of_verdict(rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(verdict="" if value == WAITING else value)


def units(viewer: Viewer) -> list:
    paths = tuple(viewer.paths("rule", "sample"))
    return [unit for unit in viewer.tree.values() if paths and unit.path.startswith(paths)]


SAMPLES = Listing(
    name="samples", title="抽查对照", unit="项", default_sort="-week", tie_break="pk", on_export=exported("sample"),
    empty=("还没有抽样", "每周从近期的事项里按模型各抽几项，由人对照事实判断，用来估计漏报。"),
    filters=[
        Choice("verdict", "结论", (WAITING, *Sample.Verdict.values), apply=of_verdict),
        Choice("rule", "预警模型", rules_to_choose, field="rule_code"),
        UnitTree("unit", "单位", options=units),
        DateRange("week", "抽样周", of="date"),
    ],
    columns=[
        Column("week", "抽样周（周一）", kind="date", link=page, sort="week"),
        Column("rule", "对照的模型", value=rule_name, sort="rule_code"),
        Column("kind", "对象", value=lambda row: f"{kind_name(row)} {row.subject_code}"),
        Column("unit", "单位", value="unit.name"),
        Column("verdict", "结论", render=verdict, export=lambda row: row.verdict or WAITING),
        Column("remark", "说明"),
        Column("judged_by", "判断人", value="judged_by.name", shown=False),
        Column("judged_at", "判断时间", kind="time", sort="judged_at"),
    ],
)


def samples(request: HttpRequest) -> HttpResponseBase:
    viewer = request.viewer
    require(viewer, "rule", "sample")
    rows = queries.samples(viewer)
    missed = [(code, getattr(library().known(code), "name", ""), share, percent(share), f"?{urlencode({'rule': code})}")
              for code, share in sorted(misses(rows).items())]
    context = {"missed": missed, "waiting": rows.filter(verdict="").count(), "waiting_url": f"?{urlencode({'verdict': WAITING})}"}
    return SAMPLES.respond(request, rows.select_related("unit", "judged_by"), template="alerts/samples.html", context=context)


def sample(request: HttpRequest, number: int) -> HttpResponse:
    viewer, now = request.viewer, timezone.now()
    require(viewer, "rule", "sample")
    row = queries.one_sample(viewer, number)
    rule = library().known(row.rule_code)
    form, back = SampleForm(request.POST or None), reverse("alerts:samples")
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            judging.judge_sample(by=viewer, pk=row.pk, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, "结论已记录。")
            return done(request, _next(viewer) or back)
    context = {
        "sample": row, "rule": rule, "question": question(rule, row) if rule else None, "kind": kind_name(row), "waits": not row.verdict,
        "parts": sheet(rule, row.subject_code, row.matter_code, now) if rule and row.matter_code else [],
        "matter_url": page_of(row.matter_code) if row.matter_code and row.subject_kind != "incident" else "", "verdict": verdict(row),
    }
    return form.respond(request, title=f"抽查对照 {kind_name(row)} {row.subject_code}", submit="记录结论", cancel=back, template="alerts/sample.html",
                        context=context)


def _next(viewer: Viewer) -> str:
    """The sheet that waits next, so that a week's sample is judged in one go."""
    waiting = queries.samples(viewer).filter(verdict="").order_by("-week", "rule_code", "pk").first()
    return page(waiting) if waiting else ""


def question(rule: Rule, row: Sample) -> tuple[SafeString, list[str]]:
    """What is to be judged, and the rule in sentences, in the version of the week of the sample."""
    version: Version = next((one for one in reversed(rule.versions) if one.effective <= row.week), rule.versions[-1])
    return format_html("这里有没有“{}”的问题？", rule.name), [f"{sentence}。" for sentence in version.check.sentences()]
