"""The page that shows every part with invented examples; a development aid, reachable with MINGJING_DEBUG=1 only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from mingjing.lib.refused import Conflict, Refused
from mingjing.ui import charts
from mingjing.ui.forms import DayField, HouseForm, MinuteField, done
from mingjing.ui.lists import Button, Choice, Column, DateRange, Flag, Listing, RowAction, Text, UnitTree


@dataclass(frozen=True)
class Sample:
    """An invented case."""

    number: int
    kind: str
    offence: str
    unit: str
    person: str
    id_number: str
    accepted_at: datetime
    state: str

    @property
    def code(self) -> str:
        return f"A42010201202603{self.number:04}"


class Samples(list[Sample]):
    """Rows with what a list asks of a QuerySet; conditions are not applied."""

    def order_by(self, *names: str) -> Samples:
        return self

    def filter(self, *conditions: Any, **lookups: Any) -> Samples:
        return self

    def iterator(self, chunk_size: int) -> Any:
        return iter(self)

    def count(self) -> int:  # type: ignore[override]
        return len(self)

    def __getitem__(self, part: Any) -> Any:
        return Samples(super().__getitem__(part))


OFFENCES = ("殴打他人", "盗窃", "寻衅滋事", "阻碍执行职务", "故意毁坏财物（数额较小，已达成调解协议）")
NAMES = ("王某某", "赵某", "欧阳某某", "李某", "陈某")
UNITS = tuple(SimpleNamespace(code=code, name=name, path=path) for code, name, path in (
    ("420102", "临江分局", "4201/420102/"), ("42010201", "一元路派出所", "4201/420102/42010201/"), ("42010202", "二曜路派出所", "4201/420102/42010202/")))


def samples(now: datetime) -> Samples:
    return Samples(
        Sample(number, "刑事" if number % 4 == 0 else "行政", OFFENCES[number % 5], UNITS[1 + number % 2].name, NAMES[number % 5],
               f"42010219{70 + number % 25}0101{number:04}", now - timedelta(hours=7 * number), "办理中" if number % 3 else "已结案")
        for number in range(1, 131))


LISTING = Listing(
    name="samples", title="案件", unit="起",
    columns=[
        Column("code", "案件编号", kind="code", link=lambda row: reverse("ui:style_row", args=[row.number]), sort="code"),
        Column("kind", "类型", kind="badge"), Column("offence", "案由"), Column("person", "当事人"), Column("id_number", "证件号码", kind="id_number"),
        Column("unit", "办案单位", sort="unit"), Column("accepted_at", "受理时间", kind="time", sort="accepted_at"), Column("state", "状态", kind="badge"),
        Column("number", "序号", kind="number", shown=False),
    ],
    filters=[
        UnitTree("unit", "单位", options=lambda viewer: UNITS), Choice("kind", "类型", ["行政", "刑事"]), Choice("state", "状态", ["办理中", "已结案"]),
        DateRange("accepted", "受理日期"), Text("offence", "案由"), Flag("mine", "我承办的", apply=lambda rows, viewer: rows),
    ],
    search=("code",), default_sort="-accepted_at", empty=("没有案件", "先受理一起警情。"),
    row_actions=[RowAction("批量签收", "ui:style_form", "签收所选案件？")],
)


class SampleForm(HouseForm):
    offence = forms.CharField(label="案由", max_length=50, help_text="按公安机关规范的案由名称填写。")
    accepted_at = MinuteField(label="受理时间")
    born_on = DayField(label="出生日期", required=False)
    kind = forms.ChoiceField(label="类型", choices=[("", "请选择"), ("行政", "行政"), ("刑事", "刑事")])
    ways = forms.MultipleChoiceField(
        label="到案方式", required=False, widget=forms.CheckboxSelectMultiple, choices=[("传唤", "传唤"), ("扭送", "扭送"), ("投案", "投案")])
    is_grave = forms.BooleanField(label="重大、复杂", required=False)
    summary = forms.CharField(label="简要案情", widget=forms.Textarea, required=False)


def guide(request: HttpRequest) -> HttpResponse:
    frame(request)
    now = timezone.now()
    causes = [(name, 3 + number * 5) for number, name in enumerate(OFFENCES[:4])]
    courses = {"受案": [31, 28, 40, 37, 44, 41], "结案": [25, 30, 33, 39, 40, None]}
    levels = {"蓝色": [8, 4, 6], "黄色": [3, 4, 2], "橙色": [1, 2, 0], "红色": [0, 1, 1]}
    units = ["一元路派出所", "二曜路派出所", "三阳路派出所"]
    months = [f"{month}月" for month in range(1, 7)]
    context = {
        "form": sample_form(request), "now": now,
        "soon": now + timedelta(minutes=100), "later": now + timedelta(hours=53), "past": now - timedelta(days=2, hours=3),
        "bars": charts.bar(causes, unit="起"), "bar_rows": [("案由", "起数"), *causes],
        "levels": charts.stacked_bar(units, levels, unit="件", horizontal=True),
        "level_rows": [("单位", *levels), *zip(units, *levels.values(), strict=True)],
        "lines": charts.line(months, courses, unit="起"), "line_rows": [("月份", *courses), *zip(months, *courses.values(), strict=True)],
        "strip": timeline(now), "strip_rows": [("泳道", "事项", "开始", "结束"), ("王某某", "传唤", "08:20", "至今"), ("询问", "第一次询问", "09:20", "10:50")],
    }
    return render(request, "ui/style_guide.html", context)


def listing(request: HttpRequest) -> HttpResponseBase:
    """?page=99 and other nonsense show how a list takes bad values; ?empty=1 shows the empty list."""
    frame(request)
    rows = Samples() if request.GET.get("empty") else samples(timezone.now())
    return LISTING.respond(request, rows, buttons=[Button("受案", reverse("ui:style_form"), "plus", "primary")])


def timeline(now: datetime) -> charts.Options:
    start = now - timedelta(hours=9)
    hours = timedelta(hours=1)
    items = [
        charts.Instant("事项", "受案", start - hours),
        charts.Instant("事项", "扣押手机一部", start + 3 * hours, is_late=True),
        charts.Instant("事项", "告知", start + 8 * hours),
        charts.Interval("王某某", "传唤", start, None),
        charts.Interval("询问", "第一次询问", start + hours, start + 2.5 * hours, charts.SERIES[1]),
        charts.Interval("录音录像", "同步录像", start + hours, start + 1.6 * hours, charts.SERIES[4]),
        charts.Interval("录音录像", "同步录像", start + 1.9 * hours, start + 2.5 * hours, charts.SERIES[4]),
    ]
    return charts.timeline(items, lanes=["事项", "王某某", "询问", "录音录像"], now=now)


def form(request: HttpRequest) -> HttpResponse:
    """?show=refused or ?show=conflict shows how a form says no; otherwise it accepts what is valid."""
    frame(request)
    filled = sample_form(request)
    show = request.GET.get("show", "")
    if request.method == "POST" and filled.is_valid():
        with filled.refusals():
            if show == "refused":
                raise Refused("受理时间早于接警时间，请核对。", field="accepted_at")
            if show == "conflict":
                raise Conflict("这起案件刚被王芳修改过。", current=SimpleNamespace(offence="盗窃", kind="刑事", summary="", version=8))
        if filled.is_valid():
            return done(request, reverse("ui:style"))
    return filled.respond(request, title="受案", submit="受理", cancel=reverse("ui:style"))


def sample_form(request: HttpRequest) -> SampleForm:
    initial = {"offence": "殴打他人", "accepted_at": timezone.now(), "kind": "行政"}
    return SampleForm(request.POST or None, initial=initial, sources={"offence": "警情 J420102012026030001"}, version=7)


def row(request: HttpRequest, number: int) -> HttpResponse:
    frame(request)
    found = next((sample for sample in samples(timezone.now()) if sample.number == number), None)
    if found is None:
        raise Refused("没有这起虚构的案件。")
    return render(request, "ui/style_row.html", {"sample": found})


def frame(request: HttpRequest) -> None:
    """An invented officer, so that the frame shows everything without signing in."""
    unit = SimpleNamespace(name="一元路派出所")
    request.viewer = SimpleNamespace(officer=SimpleNamespace(name="李明", code="010001", unit=unit), duties=frozenset({"办案民警", "系统管理员"}))
