"""The tags that templates of every app use: {% load ui %}. What each looks like stands in ui/README.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from mingjing.lib import masking
from mingjing.ui import times
from mingjing.ui.html import fill

register = template.Library()

LEVELS = {"blue", "yellow", "orange", "red"}
BADGES = {"", "strong", "outline"} | LEVELS


@register.simple_tag
def when(value: datetime | date | None) -> SafeString:
    return times.marked(value)


@register.simple_tag(takes_context=True)
def due(context: Context, value: datetime | None, url: str = "") -> SafeString:
    """What is left and when it ends; `url` leads to how the due time was reckoned."""
    if value is None:
        return times.marked(None)
    now = context.get("now") or timezone.now()
    kind = "due over" if now > value else "due"
    machine = times.local(value).isoformat(timespec="minutes")
    text = fill(
        '<time class="{}" datetime="{}" title="{}"><b>{}</b> <span>· {}</span><span class="print-only">（{}）</span></time>',
        kind, machine, times.full(value), times.left(value, now), times.ends(value, now), times.full(value))
    return fill('<a href="{}">{}</a>', url, text) if url else text


@register.simple_tag
def badge(text: object, kind: str = "") -> SafeString:
    """A short word in a frame. A level is a colour and a mark and the word, never the colour alone."""
    if kind not in BADGES:
        raise ValueError(f"badge: unknown kind {kind!r}")
    return fill('<span class="badge {}">{}</span>', f"level {kind}" if kind in LEVELS else kind, text)


@register.simple_tag
def icon(name: str) -> SafeString:
    return _drawn(str(name))


@cache
def _drawn(name: str) -> SafeString:
    return lucide(name, size=18, **{"class": "icon", "aria-hidden": "true", "focusable": "false"})


HTMX = {
    "includeIndicatorStyles": False, "allowEval": False, "selfRequestsOnly": True,  # what the policy of the browser forbids anyway
    "attributesToSettle": ["class", "width", "height"],  # not style, which the policy forbids
    "historyCacheSize": 0, "refreshOnHistoryMiss": True,  # pages with personal data are not kept in the browser's store
    "responseHandling": [{"code": "204", "swap": False}, {"code": "[23]..", "swap": True}, {"code": "[45]..", "swap": True, "error": True}],
}


@register.simple_tag
def htmx_config() -> str:
    """Content of the meta element that sets htmx up; app.js keeps whole error pages from being swapped in."""
    return json.dumps(HTMX)


@register.filter
def mask_id(value: str | None) -> str:
    return masking.mask_id(value) if value else times.NOTHING


@register.filter
def mask_phone(value: str | None) -> str:
    return masking.mask_phone(value) if value else times.NOTHING


@register.inclusion_tag("ui/_reveal.html")
def reveal(masked: str, url: str) -> Mapping[str, Any]:
    return {"masked": masked, "url": url}


@register.inclusion_tag("ui/_field.html")
def field(bound: BoundField) -> Mapping[str, Any]:
    """A control with its label, help, source and errors, tied together for screen readers."""
    source = getattr(bound.field, "source", "")
    described = [f"{bound.auto_id}_{part}" for part, text in (("error", bound.errors), ("help", bound.help_text), ("source", source)) if text]
    attrs = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    kind = getattr(bound.field.widget, "input_type", "")
    is_group = bound.use_fieldset or kind in ("radio",)
    return {
        "field": bound, "control": bound.as_widget(attrs=attrs), "source": source, "is_group": is_group,
        "is_checkbox": kind == "checkbox" and not is_group,
    }


@register.inclusion_tag("ui/_empty.html")
def empty(title: str, hint: str = "") -> Mapping[str, Any]:
    return {"title": title, "hint": hint}


@register.inclusion_tag("ui/_chart.html")
def chart(options: Mapping[str, Any], table: Sequence[Sequence[object]], id: str, title: str) -> Mapping[str, Any]:
    """A chart and, behind it, its figures. `table` has the header row first; `title` says the finding."""
    return {"options": options, "data_id": f"{id}-data", "id": id, "title": title, "head": table[0] if table else [], "rows": table[1:]}
