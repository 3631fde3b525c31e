"""The forms of acts: a new case or incident, a new row in a case, an act on a row, a correction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.cases import actions, forms, queries
from mingjing.cases.actions.acting import Matter, state
from mingjing.cases.acts import ACTS, Act
from mingjing.cases.contents import name_people
from mingjing.cases.forms import ActForm, RowField, call
from mingjing.cases.models import NOUNS, Case, Entry, Incident
from mingjing.cases.offers import creating
from mingjing.cases.timeline import events_of_row, history, people_in
from mingjing.lib.refused import Forbidden, Refused
from mingjing.ui.forms import done

# where on the case page a row stands
SECTIONS = {
    "case": "", "conversion": "", "party": "parties", "summons": "summonses", "restraint": "summonses", "interview": "interviews", "attendance": "interviews",
    "recording": "interviews", "measure": "measures", "suspension": "periods", "extension": "periods", "notification": "notices", "hearing": "notices",
    "decision": "decisions", "service": "decisions", "execution": "decisions", "property_item": "property", "waiting": "summonses",
    "inspection": "evidence", "lineup": "evidence", "appraisal": "evidence", "review": "scrutiny", "recusal": "scrutiny", "prosecutor_document": "scrutiny",
    "postponement": "remedies", "disclosure": "remedies", "remedy": "remedies", "loan": "property",
}


def accept(request: HttpRequest) -> HttpResponse:
    """受案: a new case, out of an incident when the address names one."""
    act = ACTS["case", "accept"]
    _may_at_all(request.viewer, act)
    code = request.GET.get("incident", "")
    incident = queries.one(request.viewer, Incident, code) if code else None
    if incident and incident.case_id and request.method == "GET":
        raise Refused(f"警情 {incident.code} 已经转为案件 {incident.case_id}，不能再次受案。请打开该案件办理。")
    initial, sources = _from_incident(incident) if incident else ({}, {})
    return _new(request, act, initial, sources, incident=incident)


def record(request: HttpRequest) -> HttpResponse:
    """登记警情."""
    act = ACTS["incident", "record"]
    _may_at_all(request.viewer, act)
    return _new(request, act, {}, {})


def _may_at_all(viewer: Viewer, act: Act) -> None:
    if not viewer.may(act.table, act.name):
        raise Forbidden(f"你的职责不包括“{act.label}”。需要时请由有职责的人办理，或联系系统管理员调整职责。")


def _from_incident(incident: Incident) -> tuple[dict[str, Any], dict[str, str]]:
    source = f"警情 {incident.code}"
    known: dict[str, Any] = {"unit": incident.unit_id, "summary": incident.content}
    if incident.kind:
        known["kind"] = "刑事" if incident.kind == "刑事" else "行政"
    if incident.kind in ("治安", "交通"):
        known["category"] = incident.kind
    known = {name: value for name, value in known.items() if value}
    return known, dict.fromkeys(known, source)


def _new(request: HttpRequest, act: Act, initial: dict[str, Any], sources: dict[str, str], incident: Incident | None = None) -> HttpResponse:
    fields = forms.fields_for(act, request.viewer)
    given = _defaults(act, fields, request.viewer, None)
    form = forms.form_class(act, fields)(
        request.POST or None, initial={**{name: value for name, (value, _) in given.items()}, **initial},
        sources={**{name: source for name, (_, source) in given.items() if source}, **sources})
    context = {"incident": incident, "about": f"由警情 {incident.code} 受案" if incident else ""}
    back = reverse("cases:incident", args=[incident.code]) if incident else reverse("cases:cases" if act.table == "case" else "cases:incidents")
    return _answer(request, act, form, context, back, lambda: {"incident": incident.code if incident else ""})


def create(request: HttpRequest, case: str, table: str, name: str) -> HttpResponse:
    """An act that makes a new row in a case."""
    act = _listed(table, name, creates=True)
    found = _row(request.viewer, Case, case)
    refusal = _refusal(request, act, found)
    fields = forms.fields_for(act, request.viewer, case=found)
    _has_what_it_needs(request, fields)
    given = {**_defaults(act, fields, request.viewer, found), **_asked_for(request, fields)}
    form = forms.form_class(act, fields)(
        request.POST or None, initial={name: value for name, (value, _) in given.items()},
        sources={name: source for name, (_, source) in given.items() if source})
    return _answer(request, act, form, {"matter": found}, url_of(found, table), lambda: {"matter": found.code}, refusal)


def act(request: HttpRequest, table: str, code: str, name: str) -> HttpResponse:
    """An act on a row: it completes what stands there."""
    doing = _listed(table, name, creates=False)
    row = _row(request.viewer, NOUNS[table], code)
    matter = queries.matter_of(row)
    refusal = _refusal(request, doing, matter)
    if request.method == "GET" and not doing.applies(row):
        raise Refused(f"“{doing.label}”现在不能办理：可能已经办过，或者前一步还没有办。请回到{matter._meta.verbose_name}查看最新情况。")
    fields, keeps = forms.fields_for(doing, request.viewer, row=row), forms.keeps_of(type(row), doing.fields)
    initial, sources = forms.known_of(row, fields, keeps)
    given = {name: value for name, (value, _) in _at_now(doing, fields).items() if not initial.get(name)}
    if doing.kind == "case.convert":
        given["to_kind"] = "行政" if row.kind == "刑事" else "刑事"
        sources["to_kind"] = f"现在是{row.kind}案件"
    form = forms.form_class(doing, fields, keeps)(request.POST or None, initial={**initial, **given}, sources=sources, version=row.version)
    form.on(row)
    context = {"matter": matter, "about": "" if row is matter else call(row)}
    return _answer(
        request, doing, form, context, url_of(matter, table), lambda: {"target": row.code, "version": form.cleaned_data["version"]}, refusal)


def correct(request: HttpRequest, table: str, code: str) -> HttpResponse:
    """更正: any column of a row, with a reason; below the form who changed it before."""
    if table not in NOUNS:
        raise Http404(f"没有“{table}”")
    viewer = request.viewer
    row = _row(viewer, NOUNS[table], code)
    matter = queries.matter_of(row)
    doing = forms.correction_of(row)
    refusal = _refusal(request, doing, matter)
    fields, keeps = forms.fields_for(doing, viewer, row=row), forms.keeps_of(type(row), doing.fields)
    initial, _ = forms.known_of(row, fields, keeps)
    form = forms.form_class(doing, {**fields, forms.REASON: forms.ReasonField()}, keeps)(request.POST or None, initial=initial, version=row.version)
    form.on(row, clearable=True)
    if request.method == "POST":
        form.is_valid()
        with form.refusals():
            if refusal:
                raise refusal
            if form.is_valid():
                actions.correct(
                    by=viewer, table=table, target=row.code, values=form.values(), reason=form.cleaned_data[forms.REASON], version=form.cleaned_data["version"])
        if form.is_valid():
            messages.success(request, f"已更正{NOUNS[table]._meta.verbose_name} {row.code}，原来的内容留在台账里。")
            return done(request, url_of(matter, table))
    events = events_of_row(row)
    officers = name_people([], people_in(events))
    noun = NOUNS[table]._meta.verbose_name
    context = {"matter": matter, "about": call(row), "history": history(events, officers, {row.code: call(row)})}
    return form.respond(request, title=f"更正{noun}", submit="更正", cancel=url_of(matter, table), template="cases/correct.html", context=context)


# --- parts ---

def _row(viewer: Viewer, model: type[Entry], code: str) -> Any:
    """A row with what its page says about it: its case and unit, and who it is about."""
    ways = (model.unit_path.removesuffix("__path"), *forms.NAMED_BY.get(model.table, ()))
    return queries.one(viewer, model, code, *ways)


def _listed(table: str, name: str, *, creates: bool) -> Act:
    found = ACTS.get((table, name))
    if found is None or found.creates != creates or (creates and table in ("case", "incident")):
        raise Http404(f"没有“{table} {name}”这一事项")
    return found


def _refusal(request: HttpRequest, doing: Act, matter: Matter) -> Forbidden | None:
    """Raised for a page that is only looked at; kept for a form that was sent, so that what was typed comes back with the reason."""
    team = queries.is_on_team(request.viewer, matter)
    try:
        check_permission(request.viewer, kind=doing.table, act=doing.name, unit_path=matter.unit.path, is_team=team, state=state(matter))
    except Forbidden as refusal:
        if request.method != "POST":
            raise
        return refusal
    return None


def _has_what_it_needs(request: HttpRequest, fields: dict[str, Any]) -> None:
    """An act about somebody or something of the case needs it to be there first."""
    for field in fields.values():
        if request.method == "GET" and isinstance(field, RowField) and field.required and not field.by_code and field.table:
            raise Refused(f"现在不能办理：本案还没有{NOUNS[field.table]._meta.verbose_name}。请先{creating(field.table).label}。")


Given = dict[str, tuple[Any, str]]  # by field name: initial value, and where it came from


def _at_now(doing: Act, fields: dict[str, Any]) -> Given:
    return {doing.at: (forms.this_minute(), "")} if doing.at in fields else {}


def _defaults(doing: Act, fields: dict[str, Any], viewer: Viewer, case: Case | None) -> Given:
    given = _at_now(doing, fields)
    for name, field in fields.items():
        if not isinstance(field, RowField):
            continue
        own, source = (case.unit_id, "办案单位") if case else (viewer.officer.unit_id, "本人所属单位")
        if name == "unit" and own in field.by_code:
            given[name] = (own, source)
        elif name != "unit" and field.required and len(field.by_code) == 1:
            given[name] = (next(iter(field.by_code)), "本案只有这一项")
    if case and doing.kind == "summons.arrive" and case.kind == "行政":
        given["kind"] = ("行政传唤", "行政案件")
    return given


def _asked_for(request: HttpRequest, fields: dict[str, Any]) -> Given:
    """What the link beside a row named: `?party=…`."""
    asked: Given = {}
    for name, field in fields.items():
        code = request.GET.get(name)
        if code and isinstance(field, RowField):
            if code not in field.by_code:
                raise Refused(f"{field.label}：本案没有编号为“{code[:64]}”的可选内容，请从案件页重新进入。")
            asked[name] = (code, "从案件页选定")
    return asked


def _answer(
    request: HttpRequest, doing: Act, form: ActForm, context: dict[str, Any], back: str, target: Callable[[], dict[str, Any]], refusal: Forbidden | None = None,
) -> HttpResponse:
    """Does the act if the form was sent and can be accepted; else the form."""
    if request.method == "POST":
        form.is_valid()
        row = None
        with form.refusals():
            if refusal:
                raise refusal
            if form.is_valid():
                row = actions.act(by=request.viewer, table=doing.table, name=doing.name, values=form.values(), **target())
        if form.is_valid() and row is not None:
            matter = queries.matter_of(row)
            messages.success(request, f"已办理：{doing.label}（{call(row) if isinstance(row, Entry) else row}）。已记入台账。")
            return done(request, url_of(matter, doing.table))
    return form.respond(request, title=doing.label, submit=doing.label, cancel=back, template="cases/act.html", context={"act": doing, **context})


def url_of(matter: Matter, table: str = "") -> str:
    """The page of a case, at the section of a table; or the page of an incident."""
    if isinstance(matter, Incident):
        return reverse("cases:incident", args=[matter.code])
    section = SECTIONS.get(table, "")
    return reverse("cases:case", args=[matter.code]) + (f"#{section}" if section else "")
