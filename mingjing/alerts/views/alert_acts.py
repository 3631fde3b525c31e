"""An act on one alert: a form, or for what needs no words the button alone. Refusals stand at the field, somebody else's step beside one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer
from mingjing.alerts import history, lists, offers, queries
from mingjing.alerts.actions import handling
from mingjing.alerts.acts import ACTS, Act
from mingjing.alerts.forms import ActForm, fields_for
from mingjing.alerts.models import Alert
from mingjing.lib.refused import Refused
from mingjing.ui.forms import done
from rulebook.explain import STAGE_WORDS

OFFERED = 200  # officers in the list of a transfer; anybody else is typed


def act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """`acknowledge` is a button and is only posted; every other act has a page."""
    doing = ACTS.get(act)
    if doing is None:
        raise Http404(f"没有“{act}”这一事项")
    found = queries.one(request.viewer, code)
    if doing.name == "acknowledge" and request.method == "GET":
        return HttpResponseNotAllowed(["POST"])
    if request.method == "GET":
        check(request.viewer, found, doing)
    judged = _judged(found) if doing.name == "close" else None
    form = _form(request, doing, found, may_explain=judged is not None and judged.is_irreparable)
    if request.method == "POST":
        is_complete = form.is_valid()
        with form.refusals():
            if not is_complete:
                check(request.viewer, found, doing)  # whoever may not do it hears that first
            else:
                values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
                doing.do(by=request.viewer, code=code, version=form.cleaned_data["version"], **values)
        if form.is_valid():
            messages.success(request, f"已办理：{doing.label}（{code}）。已记入台账。")
            return done(request, reverse("alerts:alert", args=[code]))
    return _respond(request, doing, found, form, judged)


def check(viewer: Viewer, found: Alert, doing: Act) -> None:
    offers.check(viewer, found, doing.name, **queries.ties(viewer, found), words=offers.spoken(found.statements.all()))


def _form(request: HttpRequest, doing: Act, found: Alert, *, may_explain: bool) -> ActForm:
    officers = to_choose(request.viewer) if "officer" in doing.asks else []
    fields = fields_for(doing, officers=officers, level=found.level, may_explain=may_explain)
    return ActForm(request.POST if request.method == "POST" else None, act=doing, fields=fields, version=found.version)


def to_choose(viewer: Viewer) -> list[Officer]:
    """Officers to whom the viewer may transfer."""
    units = viewer.units_under(viewer.paths("alert", "transfer"))
    rows = Officer.objects.filter(unit_id__in=units, is_active=True, is_interface=False, is_auxiliary=False).select_related("unit")
    return list(rows.order_by("code")[:OFFERED])


@dataclass(frozen=True)
class Judged:
    """What the rule says now, in words; `is_clean`: it finds nothing any more; `is_irreparable`: it finds what can only be explained."""

    text: str
    is_clean: bool = False
    is_irreparable: bool = False


def _judged(found: Alert) -> Judged:
    if found.source == Alert.Source.HAND:
        return Judged("人工发现的问题没有模型可以重新判断。请核对反馈和附件，写明审核意见。")
    try:
        stage = handling.still_found(found)
    except Refused as refused:
        return Judged(refused.message)
    if stage is None:
        return Judged("按现在的事实重新判断：已符合规定，可以办结。", is_clean=True)
    is_irreparable = stage in handling.IRREPARABLE
    advice = "确实不可补救的，写明审核意见后办结。" if is_irreparable else "请退回整改。"
    return Judged(f"按现在的事实重新判断：仍然{STAGE_WORDS[stage]}。{advice}", is_irreparable=is_irreparable)


def _respond(request: HttpRequest, doing: Act, found: Alert, form: ActForm, judged: Judged | None) -> HttpResponse:
    """The page with the form; after a conflict with what others did meanwhile."""
    latest = Alert.objects.select_related("unit", "officer").get(pk=found.pk) if form.is_bound else found
    meanwhile = _since(latest, form) if form.both else []
    context: dict[str, Any] = {
        "alert": latest, "level": lists.level_badge(latest.level), "stage": STAGE_WORDS.get(latest.stage, latest.stage), "act": doing, "judged": judged,
        "meanwhile": meanwhile, "answer": _answer(latest, doing), "now": timezone.now(),
    }
    return form.respond(
        request, title=f"{doing.label} {found.code}", submit=doing.label, cancel=reverse("alerts:alert", args=[found.code]), template="alerts/act.html",
        context=context)


def _since(latest: Alert, form: ActForm) -> list[history.Entry]:
    """What was done since the page was opened: each step raises the version by one, attachments alone do not."""
    steps = max(1, latest.version - int(form.cleaned_data.get("version") or latest.version))
    events = [event for event in history.events_of(latest) if event.kind != "alert.attach"][-steps:]
    statements = list(latest.statements.all())
    people = {one.code: one for one in Officer.objects.filter(code__in=history.people_in(events, statements)).select_related("unit")}
    return history.history(events, statements, [], people)


def _answer(found: Alert, doing: Act) -> Any:
    """The words that are to be judged."""
    written = offers.JUDGED.get(doing.name)
    return found.statements.filter(act__in=written).select_related("officer").last() if written else None


