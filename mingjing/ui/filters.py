"""Filters of lists. They live in the URL; a value that makes no sense is named in a chip and ignored, never an error page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from mingjing.ui import times
from mingjing.ui.html import safe

Narrow = Callable[[QuerySet], QuerySet]
CHOSEN = mark_safe(" selected")
LONGEST = 100  # characters of a typed value; more is no filter


@dataclass(frozen=True)
class Chip:
    """A condition in force, or (`is_fault`) one that was ignored. `names` are the URL parameters that go when it is taken away."""

    text: str
    names: tuple[str, ...]
    is_fault: bool = False
    url: str = ""


@dataclass
class Bound:
    """A filter with the values of one request. `control` names the fragment that draws it."""

    control: str
    name: str
    label: str
    value: Any = ""
    options: Sequence[tuple[str, str]] = ()
    chips: list[Chip] = field(default_factory=list)
    narrow: Narrow | None = None

    @property
    def drawn_options(self) -> SafeString:
        """The options, joined here: drawing a bureau's two hundred units one by one in the template takes a third of a page's time."""
        lines = ((value, CHOSEN if value == self.value else "", label) for value, label in self.options)
        return mark_safe("".join(f'<option value="{safe(value)}"{chosen}>{safe(label)}</option>' for value, chosen, label in lines))

    def ignore(self, *names: str) -> Bound:
        self.chips.append(Chip(f"{self.label}：条件无效，已忽略", names or (self.name,), is_fault=True))
        return self

    def accept(self, text: str, narrow: Narrow, *names: str) -> Bound:
        self.chips.append(Chip(text, names or (self.name,)))
        self.narrow = narrow
        return self


class Filter(Protocol):
    name: str
    label: str

    def bind(self, params: QueryDict, viewer: Any) -> Bound: ...


@dataclass(frozen=True)
class Choice:
    """One of a few values. `options`: (value, label) pairs or plain values, or a function of the viewer that gives them."""

    name: str
    label: str
    options: Iterable[Any] | Callable[[Any], Iterable[Any]]
    field: str = ""
    apply: Callable[[QuerySet, str, Any], QuerySet] | None = None

    def bind(self, params: QueryDict, viewer: Any) -> Bound:
        given = self.options(viewer) if callable(self.options) else self.options
        options = [(str(option), str(option)) if isinstance(option, str) else (str(option[0]), str(option[1])) for option in given]
        bound = Bound("choice", self.name, self.label, params.get(self.name, ""), options)
        if not bound.value:
            return bound
        labels = dict(options)
        if bound.value not in labels:
            return bound.ignore()
        value = bound.value
        narrow: Narrow = lambda rows: self.apply(rows, value, viewer) if self.apply else rows.filter(**{self.field or self.name: value})  # noqa: E731
        return bound.accept(f"{self.label}：{labels[value]}", narrow)


@dataclass(frozen=True)
class Flag:
    """Yes or not asked."""

    name: str
    label: str
    apply: Callable[[QuerySet, Any], QuerySet]

    def bind(self, params: QueryDict, viewer: Any) -> Bound:
        bound = Bound("flag", self.name, self.label, params.get(self.name, ""))
        if not bound.value:
            return bound
        if bound.value != "1":
            return bound.ignore()
        return bound.accept(self.label, lambda rows: self.apply(rows, viewer))


@dataclass(frozen=True)
class Text:
    """What is typed: a part of a text, or whatever `apply` looks for. `fits`: whether it can be meant; what cannot is said and passed over."""

    name: str
    label: str
    field: str = ""
    lookup: str = "icontains"
    apply: Callable[[QuerySet, str], QuerySet] | None = None
    fits: Callable[[str], bool] | None = None

    def bind(self, params: QueryDict, viewer: Any) -> Bound:
        bound = Bound("text", self.name, self.label, params.get(self.name, "").strip())
        if not bound.value:
            return bound
        if not (self.fits or is_sensible)(bound.value):
            return bound.ignore()
        value, narrow = bound.value, self.apply or self._contains
        return bound.accept(f"{self.label}：{value}", lambda rows: narrow(rows, value))

    def _contains(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(**{f"{self.field or self.name}__{self.lookup}": value})


@dataclass(frozen=True)
class DateRange:
    """From one day to another, both included, as days in Asia/Shanghai. `of`: "time" for a DateTimeField, "date" for a DateField."""

    name: str
    label: str
    field: str = ""
    of: str = "time"

    def bind(self, params: QueryDict, viewer: Any) -> Bound:
        names = (f"{self.name}_from", f"{self.name}_to")
        raw = [params.get(name, "").strip() for name in names]
        bound = Bound("dates", self.name, self.label, raw)
        try:
            first, last = (date.fromisoformat(text) if text else None for text in raw)
            conditions = self._conditions(first, last)
        except (ValueError, OverflowError):  # no day, or one at the end of the world
            return bound.ignore(*names)
        if first is None and last is None:
            return bound
        if first and last and last < first:
            return bound.ignore(*names)
        text = f"{times.full(first) if first else ''} 至 {times.full(last) if last else '今'}".strip()
        return bound.accept(f"{self.label}：{text}", lambda rows: rows.filter(**conditions), *names)

    def _conditions(self, first: date | None, last: date | None) -> dict[str, date | datetime]:
        """Raises OverflowError for days whose beginning or end no database can be asked for."""
        lookup = self.field or self.name
        start, end = (first, last + timedelta(days=1) if last else None)
        if self.of == "time":
            start, end = (timezone.make_aware(datetime.combine(day, time())).astimezone(UTC) if day else None for day in (start, end))
        return {name: value for name, value in ((f"{lookup}__gte", start), (f"{lookup}__lt", end)) if value}


@dataclass(frozen=True)
class UnitTree:
    """A unit and all units below it. `options` gives the viewer's units (with code, name and path); `field` leads to the path of a row's unit."""

    name: str
    label: str
    options: Callable[[Any], Iterable[Any]]
    field: str = "unit__path"

    def bind(self, params: QueryDict, viewer: Any) -> Bound:
        units = {unit.code: unit for unit in sorted(self.options(viewer), key=lambda unit: unit.path)}
        top = min((unit.path.count("/") for unit in units.values()), default=0)
        options = [(code, "\u3000" * (unit.path.count("/") - top) + unit.name) for code, unit in units.items()]
        bound = Bound("choice", self.name, self.label, params.get(self.name, ""), options)
        if not bound.value:
            return bound
        if bound.value not in units:
            return bound.ignore()
        unit = units[bound.value]
        return bound.accept(f"{self.label}：{unit.name}", lambda rows: rows.filter(**{f"{self.field}__startswith": unit.path}))


def is_sensible(text: str) -> bool:
    """Whether a typed text can be looked for at all: not endless, and without the zero byte that PostgreSQL refuses."""
    return len(text) <= LONGEST and "\x00" not in text
