"""One box for codes, names and words: what matches within the viewer's reach, by kind, with what matched in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Case as DbCase
from django.db.models import QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mingjing.accounts.scope import Viewer
from mingjing.cases import lists, queries, search
from mingjing.cases.actions import looking
from mingjing.cases.models import Case, Entry, Incident, Measure, Party, PropertyItem
from mingjing.lib.masking import mask_within
from mingjing.ui.filters import is_sensible

SEARCHED: tuple[type[Entry], ...] = (Case, Incident, PropertyItem)  # by their texts
MOST = 8  # hits shown of each kind
AROUND = 24  # characters shown on each side of what matched


@dataclass(frozen=True)
class Hit:
    """`title` is what opens; `about` says what it is; `found` is the place where it matched, marked."""

    code: str
    title: SafeString | str
    url: str
    about: str
    at: datetime | None
    found: SafeString | str = ""


@dataclass(frozen=True)
class Group:
    """`url` opens the same search as a list."""

    label: str
    hits: Sequence[Hit]
    is_more: bool
    url: str


@dataclass(frozen=True)
class Kind:
    """How one table is searched and shown."""

    model: type[Entry]
    label: str
    list_name: str
    order: str
    related: tuple[str, ...]
    hit: Callable[[Entry], Hit]


def find(request: HttpRequest) -> HttpResponse:
    typed = search.normal(request.GET.get("q", ""))
    context = {"title": "检索", "typed": typed, "groups": [], "most": MOST}
    if not typed:
        return render(request, "cases/search.html", context)
    if reason := fault(typed):
        return render(request, "cases/search.html", {**context, "refused": reason})
    if search.is_code(typed):
        groups = by_code(request.viewer, typed)
        if exact := only_one(groups, typed):
            return HttpResponseRedirect(exact.url)
    else:
        groups = []
    return render(request, "cases/search.html", {**context, "groups": groups or by_words(request.viewer, typed)})


def fault(typed: str) -> str:
    if not is_sensible(typed):
        return "输入的内容太长或者含有不能识别的字符，请只输入编号、姓名或者几个字词。"
    if reason := search.refused(typed):
        return reason
    if not search.is_code(typed) and not search.words(typed) and not search.is_name(typed):
        return "请至少输入两个字，或者两位以上的编号。"
    return ""


# --- by code ---

def by_code(viewer: Viewer, typed: str) -> list[Group]:
    """What has a code that begins like this, the code itself first."""
    is_whole = DbCase(When(code__in=spellings(typed), then=0), default=1)
    return groups_of((kind, queries.visible(viewer, model).filter(search.code_begins(typed)).order_by(is_whole, kind.order, "-code"), {"q": typed}, ())
                     for model, kind in KINDS.items())


def only_one(groups: Sequence[Group], typed: str) -> Hit | None:
    """The one case, incident or person that has exactly this code."""
    pages = {KINDS[model].label for model in (Case, Incident, Party)}
    exact = [hit for group in groups if group.label in pages for hit in group.hits[:2] if hit.code in spellings(typed)]
    return exact[0] if len(exact) == 1 else None


def spellings(typed: str) -> set[str]:
    return {typed, typed.upper()}


# --- by words and names ---

def by_words(viewer: Viewer, typed: str) -> list[Group]:
    """Texts that hold all words; and people so called, of which the ledger is told when some are shown or nothing else was found."""
    words, matching = search.words(typed), search.matching([model.table for model in SEARCHED], typed)
    found = groups_of((KINDS[model], latest(model, queries.visible(viewer, model).filter(matching[model.table])), {"q": typed}, words)
                      for model in SEARCHED if model.table in matching)
    if not search.is_name(typed):
        return found
    named = groups_of([(KINDS[Party], latest(Party, queries.visible(viewer, Party).filter(name__startswith=typed)), {"name": typed}, ())])
    if named or not found:
        looking.searched_names(by=viewer, name=typed, count=sum(len(group.hits) for group in named))
    return named + found


def groups_of(wanted: Iterable[tuple[Kind, QuerySet, dict[str, str], Sequence[str]]]) -> list[Group]:
    made = []
    for kind, rows, conditions, words in wanted:
        if hits := [with_place(kind.hit(row), row, words) for row in rows.select_related(*kind.related)[:MOST + 1]]:
            made.append(Group(kind.label, hits[:MOST], len(hits) > MOST, f"{reverse(kind.list_name)}?{urlencode(conditions)}"))
    return made


def latest(model: type[Entry], rows: QuerySet) -> QuerySet:
    return rows.order_by(KINDS[model].order, "-code")


# --- what is shown ---

def with_place(hit: Hit, row: Entry, words: Sequence[str]) -> Hit:
    return Hit(hit.code, hit.title, hit.url, hit.about, hit.at, excerpt(search.text_of(row), words)) if words else hit


def excerpt(text: str, words: Sequence[str]) -> SafeString:
    """The text around the first word found, with every found word marked and personal numbers masked."""
    text = mask_within(text).replace("\n", " ")
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, first.start() - AROUND) if first else 0
    shown = text[start:start + 4 * AROUND]
    pieces, at = [], 0
    for match in pattern.finditer(shown):
        pieces += [(shown[at:match.start()], match[0])]
        at = match.end()
    marked = format_html_join("", "{}<mark>{}</mark>", pieces)
    return format_html("{}{}{}{}", "…" if start else "", marked, shown[at:], "…" if start + 4 * AROUND < len(text) else "")


def case_hit(row: Case) -> Hit:
    return Hit(row.code, row.code, lists.page_of(row.code), f"{row.kind} · {row.offence or '案由未填'} · {row.state} · {row.unit.name}", row.accepted_at)


def incident_hit(row: Incident) -> Hit:
    about = f"{row.kind or '未分类'} · {lists.result_of(row)} · {row.unit.name}"
    return Hit(row.code, row.code, reverse("cases:incident", args=[row.code]), about, row.reported_at)


def party_hit(row: Party) -> Hit:
    about = f"{row.role} · 案件 {row.case_id} · {row.case.offence or '案由未填'} · {row.case.unit.name}"
    return Hit(row.code, lists.person(row), reverse("cases:party", args=[row.code]), about, row.case.accepted_at)


def measure_hit(row: Measure) -> Hit:
    about = f"{row.kind} · {lists.state_of_measure(row)} · {row.party.name} · 案件 {row.case_id}"
    return Hit(row.code, row.code, lists.page_of(row.case_id, "measures"), about, row.started_at)


def item_hit(row: PropertyItem) -> Hit:
    about = f"{lists.state_of_item(row)} · 案件 {row.case_id} · {row.unit.name}"
    return Hit(row.code, row.name or row.code, lists.page_of(row.case_id, "property"), about, row.seized_at)


KINDS: dict[type[Entry], Kind] = {
    Case: Kind(Case, "案件", "cases:cases", "-accepted_at", ("unit",), case_hit),
    Incident: Kind(Incident, "警情", "cases:incidents", "-reported_at", ("unit",), incident_hit),
    Party: Kind(Party, "当事人", "cases:parties", "-case__accepted_at", ("case__unit",), party_hit),
    Measure: Kind(Measure, "强制措施", "cases:measures", "-entered_at", ("party",), measure_hit),
    PropertyItem: Kind(PropertyItem, "涉案财物", "cases:property_items", "-seized_at", ("unit",), item_hit),
}
