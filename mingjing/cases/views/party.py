"""One person in one case: role, what changes the law, what happened to this person in this case; and showing a masked number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingjing.accounts.scope import Viewer
from mingjing.cases import actions, lists, queries
from mingjing.cases.actions.revealing import SHOWN
from mingjing.cases.contents import Contents, contents, readable
from mingjing.cases.forms import veiled
from mingjing.cases.models import NOUNS, Decision, Entry, Measure, Party
from mingjing.cases.models.parties import MARKS
from mingjing.cases.offers import Offers, hindrance
from mingjing.cases.timeline import is_late


@dataclass(frozen=True)
class Step:
    """Something that happened to the person: from `at` (None: not yet) to `end`; `is_running` while it lasts."""

    at: datetime | None
    what: str
    about: str = ""
    end: datetime | None = None
    is_running: bool = False
    is_late: bool = False


@dataclass(frozen=True)
class Secret:
    """A masked field: `url` shows it whole, empty for whoever may not."""

    label: str
    masked: str
    url: str


def party(request: HttpRequest, code: str) -> HttpResponse:
    viewer = request.viewer
    found = queries.one(viewer, Party, code, "case__unit")
    case = found.case
    is_team = queries.is_on_team(viewer, case)
    rows = contents(case, readable(viewer, case, is_team=is_team))
    offers = Offers(viewer, case, is_team=is_team, rows=rows)
    context = {
        "party": found, "case": case, "marks": [(lists.SHORT_MARKS[name], label(name)) for name in MARKS if getattr(found, name)],
        "denied": [label(name) for name in MARKS if getattr(found, name) is False],
        "secrets": secrets(viewer, found, is_team=is_team), "steps": steps(found, rows),
        "acts": [offer for offer in [*offers.on(found), *offers.about(found)] if offer.url],
        "correct_url": reverse("cases:correct", args=["party", found.code]) if offers.corrects("party") else "",
    }
    return render(request, "cases/party.html", context)


def label(name: str) -> str:
    return str(Party._meta.get_field(name).verbose_name)


def secrets(viewer: Viewer, found: Party, *, is_team: bool) -> list[Secret]:
    may = hindrance(viewer, "party", "reveal", found.case, is_team=is_team) is None
    return [
        Secret(label(name), veiled(name, value), reverse("cases:reveal", args=["party", found.code, name]) if may else "")
        for name in SHOWN[Party] if (value := getattr(found, name))
    ]


# --- what happened to the person in this case ---

def steps(found: Party, rows: Contents) -> list[Step]:
    """In the order in which it happened; what has not begun yet at the end."""
    made = [*_summonses(found, rows), *_measures(found, rows), *_papers(found, rows)]
    return sorted(made, key=lambda step: (step.at is None, step.at, step.what))


def _of(found: Party, rows: Iterable[Entry]) -> list[Entry]:
    return [row for row in rows if row.party_id == found.code]


def _summonses(found: Party, rows: Contents) -> Iterable[Step]:
    for row in _of(found, rows["summons"]):
        yield Step(row.arrived_at, row.kind or "传唤", "", row.left_at, row.left_at is None, is_late(row, row.arrived_at))
        for inner in (one for one in rows["restraint"] if one.summons_id == row.code):
            yield Step(inner.started_at, "约束醉酒人", "", inner.ended_at, inner.ended_at is None, is_late(inner, inner.started_at))
    for row in _of(found, rows["interview"]):
        yield Step(row.started_at, row.kind, row.place, row.ended_at, row.ended_at is None, is_late(row, row.started_at))


def _measures(found: Party, rows: Contents) -> Iterable[Step]:
    row: Measure
    for row in _of(found, rows["measure"]):
        yield Step(row.started_at, row.kind, lists.state_of_measure(row), row.ended_at, bool(row.started_at and not row.ended_at), is_late(row, row.started_at))


def _papers(found: Party, rows: Contents) -> Iterable[Step]:
    for row in _of(found, rows["notification"]):
        yield Step(row.notified_at, f"告知：{row.kind}", is_late=is_late(row, row.notified_at))
    for row in _of(found, rows["hearing"]):
        about = "已撤回" if row.is_withdrawn else "已举行" if row.held_at else ""
        yield Step(row.applied_at, "申请听证", about, is_late=is_late(row, row.applied_at))
    for row in _of(found, rows["decision"]):
        yield Step(row.decided_at, "处罚决定", penalty(row), is_late=is_late(row, row.decided_at))
        for inner in (one for one in rows["service"] if one.decision_id == row.code):
            yield Step(inner.served_at, f"送达{inner.recipient}", inner.method, is_late=is_late(inner, inner.served_at))
        for inner in (one for one in rows["execution"] if one.decision_id == row.code):
            yield Step(inner.executed_at, f"执行：{inner.kind}", "", inner.completed_at, inner.completed_at is None, is_late(inner, inner.executed_at))


def penalty(row: Decision) -> str:
    """What was decided, in words."""
    said = [
        f"罚款 {row.fine:,.2f} 元" if row.fine else "", f"行政拘留 {row.detention_days} 日" if row.detention_days else "",
        "吊销许可证件" if row.revokes_licence else "", "责令停产停业" if row.suspends_business else "",
    ]
    return "，".join(part for part in said if part)


# --- a masked number ---

@require_POST
def reveal(request: HttpRequest, table: str, code: str, name: str) -> HttpResponse:
    """The full value as plain text, after the ledger has it that this officer looked."""
    model = NOUNS.get(table)
    if model not in SHOWN:
        raise Http404("没有这一项")
    text = actions.reveal(by=request.viewer, row=queries.one(request.viewer, model, code), name=name)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
