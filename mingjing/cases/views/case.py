"""The case page: what is in the case, what happened when, who did it, and what can be done next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from mingjing.cases import queries
from mingjing.cases.cleaning import columns
from mingjing.cases.contents import Contents, contents, name_people, readable
from mingjing.cases.forms import call, veiled
from mingjing.cases.lists import SHORT_MARKS, shortened
from mingjing.cases.models import Case, CaseOfficer, Entry, Incident, Party
from mingjing.cases.models.parties import MARKS
from mingjing.cases.offers import Offer, Offers, hindrance
from mingjing.cases.timeline import BY_HAND, Coverage, coverage, events_of_matter, history, is_late, people_in, picture, turn
from mingjing.cases.vocabulary import vocabulary
from mingjing.lib.masking import mask_within
from mingjing.ui.times import full, span

HISTORY_SHOWN = 100


@dataclass
class Line:
    """A row as the page shows it. `inner`: the rows that belong to it, by table; `flags`: the columns that are 是, in words; `more`: what stands in the
    columns that have no place of their own on the page, by label."""

    row: Entry
    name: str
    offers: list[Offer]
    about: list[Offer]
    correct_url: str
    is_late: bool
    flags: list[str]
    inner: dict[str, list[Line]] = field(default_factory=dict)
    coverage: Coverage | None = None
    masked: dict[str, tuple[str, str]] = field(default_factory=dict)  # by field name: what is shown, and the address that shows all (or nothing)
    badges: list[tuple[str, str]] = field(default_factory=list)
    more: list[tuple[str, str]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How it is called, without its number, which stands beside."""
        return self.name.removesuffix(self.row.code).strip()


@dataclass(frozen=True)
class Section:
    """A part of the page. `lines` by table; `template` draws them."""

    anchor: str
    label: str
    template: str
    lines: dict[str, list[Line]]
    count: int


SECTIONS = (
    ("parties", "当事人", ("party",)),
    ("summonses", "传唤与约束", ("summons",)),
    ("interviews", "询问讯问", ("interview",)),
    ("measures", "强制措施", ("measure",)),
    ("evidence", "勘验检查、辨认与鉴定", ("inspection", "lineup", "appraisal")),
    ("periods", "期间扣除与延长", ("suspension", "extension")),
    ("notices", "告知与听证", ("notification", "hearing")),
    ("scrutiny", "法制审核、回避与检察文书", ("review", "recusal", "prosecutor_document")),
    ("decisions", "处罚决定、送达与执行", ("decision",)),
    ("remedies", "暂缓执行、公开与救济", ("postponement", "disclosure", "remedy")),
    ("property", "涉案财物", ("property_item",)),
)
# what has a place of its own on the page, or stands in the title
SHOWN = {"waiting": ("room", "started_at", "ended_at"), "loan": ("taken_at", "returned_at"), "inspection": ("kind", "target"),
         **dict.fromkeys(("lineup", "appraisal", "review", "prosecutor_document", "remedy"), ("kind",))}
PLAIN = ("evidence", "scrutiny", "remedies")  # sections of which each row is a name and what it holds, drawn by one template


def case(request: HttpRequest, code: str) -> HttpResponse:
    viewer, now = request.viewer, timezone.now()
    found = queries.one(viewer, Case, code, "unit")
    team = list(found.team.select_related("officer__unit").order_by("since"))
    is_team = any(member.officer_id == viewer.officer.code and member.until is None for member in team)
    tables = readable(viewer, found, is_team=is_team)
    rows = contents(found, tables)
    incidents = list(queries.visible(viewer, Incident).filter(case=found).order_by("reported_at")) if "incident" in tables or is_team else []
    everything = bool(request.GET.get("history") == "all")
    events = events_of_matter(found.code, tables, None if everything else HISTORY_SHOWN + 1)
    inside = [row for kept in rows.values() for row in kept]
    officers = name_people(inside, people_in(events))
    names = {row.code: call(row) for row in [*inside, found]}
    offers = Offers(viewer, found, is_team=is_team, rows=rows)
    options, table, title = picture(found, rows, incidents, now)
    sections, missing = _sections(offers, rows, tables, now)
    context = {
        "case": found, "case_line": _line(offers, found), "elapsed": span((found.closed_at or now) - found.accepted_at), "team": _team(team),
        "turns": [(turn(one.to_kind), _line(offers, one)) for one in rows["conversion"]], "menu": offers.menu(),
        "sections": sections, "missing": missing, "has_parties": bool(rows["party"]), "incidents": [(one, shortened(one.content)) for one in incidents],
        "summary": mask_within(found.summary),
        "chart": options, "chart_table": table, "chart_title": title,
        "history": history(events[:HISTORY_SHOWN] if not everything else events, officers, names),
        "has_older": not everything and len(events) > HISTORY_SHOWN, "history_shown": HISTORY_SHOWN, "by_hand": BY_HAND,
    }
    return render(request, "cases/case.html", context)


def _team(members: Sequence[CaseOfficer]) -> dict[str, list[CaseOfficer]]:
    """Who works on the case now, lead first, and who did before."""
    current = sorted((one for one in members if one.until is None), key=lambda one: (one.role != CaseOfficer.Role.LEAD, one.since))
    return {"current": current, "former": [one for one in members if one.until is not None]}


# --- sections ---

def _sections(offers: Offers, rows: Contents, tables: frozenset[str], now: datetime) -> tuple[list[Section], list[str]]:
    """The sections that hold something, and the labels of those that hold nothing yet."""
    lines = {name: [_line(offers, row) for row in kept] for name, kept in rows.items()}
    for line in lines["party"]:
        _describe_party(offers, line)
    _put_inside(lines["summons"], lines["restraint"], "summons_id")
    _put_inside(lines["interview"], lines["attendance"], "interview_id")
    _put_inside(lines["interview"], lines["recording"], "interview_id")
    _put_inside(lines["decision"], lines["service"], "decision_id")
    _put_inside(lines["decision"], lines["execution"], "decision_id")
    _put_inside(lines["summons"], lines["waiting"], "summons_id")
    _put_inside(lines["property_item"], lines["loan"], "property_item_id")
    for line in lines["interview"]:
        line.coverage = coverage(line.row, [one.row for one in line.inner.get("recording", ())], now)
    sections = [
        Section(anchor, label, f"cases/_{'records' if anchor in PLAIN else anchor}.html", {name: lines[name] for name in names},
                sum(len(lines[name]) for name in names))
        for anchor, label, names in SECTIONS if names[0] in tables
    ]
    return [one for one in sections if one.count], [one.label for one in sections if not one.count]


def _line(offers: Offers, row: Entry) -> Line:
    correct_url = reverse("cases:correct", args=[row.table, row.code]) if offers.corrects(row.table) else ""
    about = offers.about(row) if row.table != "case" else []
    return Line(row, call(row), offers.on(row), about, correct_url, is_late(row, getattr(row, row.occurs)), _flags(row), more=_more(row))


def _flags(row: Entry) -> list[str]:
    return [str(one.verbose_name) for one in row._meta.concrete_fields if one.name not in MARKS and getattr(row, one.attname) is True]


def _more(row: Entry) -> list[tuple[str, str]]:
    """Label and words of what is filled in beyond an ordinary case system, flags only where they say 否 (是 is a badge)."""
    form, found = vocabulary().tables[row.table], []
    for name, kept in columns(row.table).items():
        column = form.columns.get(name)
        value = getattr(row, kept.attname)
        if column is None or value is None or value == "" or value is True or name in (form.key, *MARKS, *SHOWN.get(row.table, ())):
            continue
        if column.usual and form.usual:
            continue
        if not (column.refers and form.usual is False and column.refers in ("case", "decision", "summons", "property_item")):
            found.append((column.label, _in_words(row, kept, value)))
    return found


def _in_words(row: Entry, column: models.Field, value: Any) -> str:
    if isinstance(column, models.ForeignKey):
        related = getattr(row, column.name)
        return getattr(related, "name", str(value))
    if value is False:
        return "否"
    if isinstance(value, date):  # times are dates too
        return full(value)
    unit = vocabulary().tables[row.table].columns[column.name].unit
    return f"{value} {unit}".strip()


def _describe_party(offers: Offers, line: Line) -> None:
    party: Party = line.row
    line.badges = [(SHORT_MARKS[name], str(Party._meta.get_field(name).verbose_name)) for name in MARKS if getattr(party, name)]
    may_reveal = hindrance(offers.viewer, "party", "reveal", offers.matter, is_team=offers.is_team) is None
    for name in ("id_number", "phone", "address"):
        if value := getattr(party, name):
            url = reverse("cases:reveal", args=["party", party.code, name]) if may_reveal else ""
            line.masked[name] = (veiled(name, value), url)


def _put_inside(outer: list[Line], inner: list[Line], key: str) -> None:
    by_code = {line.row.code: line for line in outer}
    of: Callable[[Line], Any] = lambda line: getattr(line.row, key)  # noqa: E731
    for code, group in groupby(sorted(inner, key=of), key=of):
        kept = list(group)
        if code in by_code:
            by_code[code].inner[kept[0].row.table] = kept
