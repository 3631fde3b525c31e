"""A column of a list, and one cell of it as the page and as a file show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from mingjing.lib import masking
from mingjing.ui import times
from mingjing.ui.html import fill, safe

DRAWN, HIDDEN = mark_safe(" data-drawer"), mark_safe(" hidden")
MASKS = {"id_number": masking.mask_id, "phone": masking.mask_phone}


@dataclass(frozen=True)
class Column:
    """`value`: a path of attributes (`unit.name`) or a function of the row; without it, the attribute called `name`.

    `link`: a function of the row giving the address it opens; the first linked column opens the row. `sort`: the field to order by.
    `render`: a function of the row giving safe HTML, for what no kind can show. `export`: a function of the row giving the file's value.
    """

    name: str
    label: str
    value: str | Callable[[Any], Any] | None = None
    kind: str = "text"
    link: Callable[[Any], str] | None = None
    sort: str = ""
    render: Callable[[Any], SafeString] | None = None
    export: Callable[[Any], Any] | None = None
    shown: bool = True

    def __post_init__(self) -> None:
        if self.kind not in SHOWN:
            raise ValueError(f"Column {self.name}: unknown kind {self.kind!r}")

    def of(self, row: Any) -> Any:
        if callable(self.value):
            return self.value(row)
        for step in (self.value or self.name).split("."):
            if row is None:
                return None
            row = getattr(row, step)
        return row

    def cell(self, row: Any, link: str, *, is_drawn: bool) -> SafeString:
        """The cell of the table; `link`: the address it opens, in the drawer (`is_drawn`) where there is room for one."""
        content = self.render(row) if self.render else shown(self.of(row), self.kind)
        if link:
            content = fill('<a href="{}"{}>{}</a>', link, DRAWN if is_drawn else "", content)
        return mark_safe(f"{self._opening}{safe(content)}</td>")

    @cached_property
    def _opening(self) -> SafeString:
        """The same for every row: escaping it again in each cell took most of a list's time."""
        return fill('<td class="{}" data-col="{}" data-label="{}"{}>', self.kind, self.name, self.label, "" if self.shown else HIDDEN)

    def exported(self, row: Any) -> str | int | float | Decimal | datetime | date | None:
        """The value for a file; personal numbers stay masked."""
        value = self.export(row) if self.export else self.of(row)
        if value is None or value == "":
            return None
        if self.kind in MASKS:
            return MASKS[self.kind](str(value))
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, datetime):
            return timezone.localtime(value)
        return value if isinstance(value, (int, float, Decimal, date)) else str(value)


def words(value: Any, kind: str) -> str:
    """A value as plain text."""
    if value is None or value == "":
        return times.NOTHING
    return times.full(value) if kind in ("time", "date") else str(value)


def shown(value: Any, kind: str) -> SafeString:
    """The content of a cell."""
    if value is None or value == "":
        return fill('<span class="muted">{}</span>', times.NOTHING)
    return SHOWN[kind](value)


def _masked(mask: Callable[[str], str]) -> Callable[[Any], SafeString]:
    return lambda value: fill('<span class="nowrap">{}</span>', mask(str(value)))


SHOWN: dict[str, Callable[[Any], SafeString]] = {
    "text": safe,
    "code": safe,
    "time": times.marked,
    "date": times.marked,
    "number": lambda value: safe(f"{value:,}"),
    "flag": lambda value: safe("是" if value else "否"),
    "badge": lambda value: fill('<span class="badge">{}</span>', value),
    **{kind: _masked(mask) for kind, mask in MASKS.items()},
}
