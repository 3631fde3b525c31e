"""One class for every list page: filters in the URL, sorting, pages, choice of columns, export. See ui/README.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe

from mingjing.ui import exports
from mingjing.ui.cells import Column
from mingjing.ui.filters import Bound, Chip, Choice, DateRange, Filter, Flag, Text, UnitTree, is_sensible

__all__ = ["Button", "Choice", "Column", "DateRange", "Flag", "Listing", "RowAction", "Text", "UnitTree"]

COUNTED = 10_000  # counting further than this costs more than it tells
EXPORTED = 100_000


@dataclass(frozen=True)
class Button:
    """A link at the right of the heading."""

    label: str
    url: str
    icon: str = ""
    kind: str = ""


@dataclass(frozen=True)
class RowAction:
    """A button of the bar that appears when rows are ticked: posts `selected` to `url_name`."""

    label: str
    url_name: str
    confirm: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True)
class Head:
    """A column's head: `sort_url` asks for the other direction when it is the order in force."""

    column: Column
    sort_url: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Line:
    """A row: its cells are joined here, because drawing them one by one in the template takes most of a page's time."""

    key: str
    url: str
    html: SafeString


@dataclass(frozen=True)
class Asked:
    """What the URL asks for, read once: filters with their chips, order, page, and the rows that match."""

    params: QueryDict
    filters: Sequence[Bound]
    chips: Sequence[Chip]
    text: str
    sort: str
    page: int
    rows: QuerySet


@dataclass(frozen=True)
class Shown:
    """One page of a list, ready for the template."""

    name: str
    title: str
    unit: str
    heads: Sequence[Head]
    lines: Sequence[Line]
    asked: Asked
    count: int
    page: int
    pages: int
    searchable: bool
    row_actions: Sequence[RowAction]
    empty: tuple[str, str]

    @property
    def counted(self) -> str:
        return f"超过 {COUNTED:,} {self.unit}" if self.count > COUNTED else f"共 {self.count:,} {self.unit}"

    @property
    def is_narrowed(self) -> bool:
        return any(not chip.is_fault for chip in self.asked.chips)

    @property
    def is_cut(self) -> bool:
        return self.count > COUNTED and self.page == self.pages

    def page_numbers(self) -> list[int]:
        """Numbers to offer: first, last and those near the present one; 0 stands for a gap."""
        near = sorted({1, self.pages, *range(max(1, self.page - 2), min(self.pages, self.page + 2) + 1)})
        return reduce(lambda numbers, number: [*numbers, *([0] if numbers and number - numbers[-1] > 1 else []), number], near, [])

    def page_links(self) -> list[tuple[int, str]]:
        return [(number, with_params(self.asked.params, page=str(number))) for number in self.page_numbers()]

    @property
    def previous_url(self) -> str:
        return with_params(self.asked.params, page=str(self.page - 1)) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        return with_params(self.asked.params, page=str(self.page + 1)) if self.page < self.pages else ""

    @property
    def csv_url(self) -> str:
        return with_params(self.asked.params, page="", format="csv")

    @property
    def xlsx_url(self) -> str:
        return with_params(self.asked.params, page="", format="xlsx")

    @property
    def all_url(self) -> str:
        return with_params(self.asked.params, **dict.fromkeys((name for chip in self.asked.chips for name in chip.names), ""))


@dataclass(frozen=True, kw_only=True)
class Listing:
    """`unit` counts what is listed (项, 起, 人). `search`: fields, or a function (rows, text, viewer). `tie_break` must be unique."""

    name: str
    title: str
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    search: Sequence[str] | Callable[[QuerySet, str, Any], QuerySet] = ()
    default_sort: str
    page_size: int = 50
    tie_break: str = "code"
    unit: str = "项"
    row_actions: Sequence[RowAction] | None = None
    empty: tuple[str, str] = ("没有内容", "")
    on_export: Callable[[HttpRequest, int], None] | None = None

    def respond(
        self, request: HttpRequest, rows: QuerySet | Asked, *, template: str = "ui/list.html",
        context: Mapping[str, Any] | None = None, buttons: Sequence[Button] = (),
    ) -> HttpResponseBase:
        """`rows`: all of them, or what `ask` has made of them. The page; for htmx asking into this list, the list alone; with
        ?format=csv or xlsx, a file of all rows that match."""
        asked = rows if isinstance(rows, Asked) else self.ask(request, rows)
        kind = request.GET.get("format", "")
        if kind in exports.KINDS:
            return exports.respond(self, asked, request, kind, EXPORTED)
        is_part = request.headers.get("HX-Target") == f"list-{self.name}" and "HX-History-Restore-Request" not in request.headers
        given = {"title": self.title, "buttons": buttons, **(context or {}), "listing": self.show(asked)}
        response = render(request, "ui/_list.html" if is_part else template, given)
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return response

    def ask(self, request: HttpRequest, rows: QuerySet) -> Asked:
        params, viewer = request.GET, getattr(request, "viewer", None)
        bound = [filter_.bind(params, viewer) for filter_ in self.filters]
        chips = [chip for one in bound for chip in one.chips]
        for one in bound:
            rows = one.narrow(rows) if one.narrow else rows
        text = params.get("q", "").strip() if self.search else ""
        if text and is_sensible(text):
            rows = self._search(rows, text, viewer)
            chips.append(Chip(f"含“{text}”", ("q",)))
        elif text:
            text = ""
            chips.append(Chip("查找：条件无效，已忽略", ("q",), is_fault=True))
        sort, page = self._sort(params, chips), _page(params, chips)
        if params.get("format", "") not in ("", *exports.KINDS):
            chips.append(Chip("导出格式：条件无效，已忽略", ("format",), is_fault=True))
        chips = [Chip(chip.text, chip.names, chip.is_fault, with_params(params, **dict.fromkeys(("page", *chip.names), ""))) for chip in chips]
        return Asked(params, bound, chips, text, sort, page, self._ordered(rows, sort))

    def narrowed(self, asked: Asked, rows: QuerySet, viewer: Any) -> QuerySet:
        """Other rows, by the same conditions."""
        for one in asked.filters:
            rows = one.narrow(rows) if one.narrow else rows
        return self._search(rows, asked.text, viewer) if asked.text else rows

    def show(self, asked: Asked) -> Shown:
        unordered = asked.rows.order_by()
        if isinstance(unordered, QuerySet):
            unordered = unordered.values(self.tie_break)  # what is worked out for a row is not worked out for counting
        count = unordered[: COUNTED + 1].count()
        pages = max(1, ceil(min(count, COUNTED) / self.page_size))
        page = min(asked.page, pages)
        rows = asked.rows[(page - 1) * self.page_size : page * self.page_size] if count else ()
        return Shown(
            name=self.name, title=self.title, unit=self.unit, heads=[self._head(column, asked) for column in self.columns],
            lines=[self._line(row) for row in rows], asked=asked, count=count, page=page, pages=pages,
            searchable=bool(self.search), row_actions=self.row_actions or (), empty=self.empty)

    def _search(self, rows: QuerySet, text: str, viewer: Any) -> QuerySet:
        if callable(self.search):
            return self.search(rows, text, viewer)
        return rows.filter(reduce(or_, (Q(**{f"{name}__icontains": text}) for name in self.search)))

    def _sort(self, params: QueryDict, chips: list[Chip]) -> str:
        sort = params.get("sort", "") or self.default_sort
        if sort.removeprefix("-") in {column.sort for column in self.columns if column.sort} or sort == self.default_sort:
            return sort
        chips.append(Chip("排序：条件无效，已忽略", ("sort",), is_fault=True))
        return self.default_sort

    def _ordered(self, rows: QuerySet, sort: str) -> QuerySet:
        """The tie-break runs in the direction of the order, so that one index on both serves both directions."""
        name, sign = sort.removeprefix("-"), "-" if sort.startswith("-") else ""
        return rows.order_by(sort) if name == self.tie_break else rows.order_by(sort, f"{sign}{self.tie_break}")

    def _head(self, column: Column, asked: Asked) -> Head:
        if not column.sort:
            return Head(column)
        is_this = asked.sort.removeprefix("-") == column.sort
        is_down = asked.sort.startswith("-")
        other = column.sort if not is_this or is_down else f"-{column.sort}"
        return Head(column, with_params(asked.params, page="", sort=other), ("descending" if is_down else "ascending") if is_this else "")

    def _line(self, row: Any) -> Line:
        links = [column.link(row) if column.link else "" for column in self.columns]
        url = next(filter(None, links), "")
        cells = (column.cell(row, link, is_drawn=link == url) for column, link in zip(self.columns, links, strict=True))
        return Line(str(getattr(row, self.tie_break)), url, mark_safe("".join(cells)))


def with_params(params: QueryDict, **changes: str) -> str:
    """The query string with some parameters set, or taken away where the new value is empty."""
    copy = params.copy()
    for name, value in changes.items():
        if value:
            copy[name] = value
        else:
            copy.pop(name, None)
    return f"?{copy.urlencode()}"


def _page(params: QueryDict, chips: list[Chip]) -> int:
    raw = params.get("page", "") or "1"
    if raw.isascii() and raw.isdecimal() and 0 < len(raw) < 7 and int(raw) > 0:
        return int(raw)
    chips.append(Chip("页码：条件无效，已忽略", ("page",), is_fault=True))
    return 1
