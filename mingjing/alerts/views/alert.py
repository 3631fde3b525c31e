"""One alert: why, by which law, from which facts; what to do and who has to; what has happened; and only the buttons that can be pressed now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Model, OuterRef, Q, Value, When
from django.db.models import Case as Choose
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer
from mingjing.alerts import curing, evidence, history, lists, offers, pace, queries, silence, states
from mingjing.alerts.actions.reading import read_shown
from mingjing.alerts.actions.silencing import may_request
from mingjing.alerts.acts import ACTS
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Silence, Statement
from mingjing.cases.models import Case, CaseOfficer, Incident
from mingjing.cases.queries import visible
from rulebook.explain import STAGE_WORDS, advice_sentences

WAITED_FOR = {states.OPEN: "签收", **dict.fromkeys(states.TO_JUDGE, "审核"), **dict.fromkeys(states.TO_MEND[1:], "反馈")}
TOGETHER = 20  # other alerts of the same matter


@dataclass(frozen=True)
class Footing:
    """How the viewer stands to an alert: the matter, where it may be opened; whether the viewer is on its team; and what decides who may act."""

    matter: Case | Incident | None
    is_on_team: bool
    ties: Mapping[str, bool]


@require_safe
def alert(request: HttpRequest, code: str) -> HttpResponse:
    viewer, now = request.viewer, timezone.now()
    found, others = with_others(viewer, code)
    where, rule = footing(viewer, found), library().rules.get(found.rule_code)
    statements, events = list(found.statements.all()), history.events_of(found)
    notices = list(found.notices.select_related("officer"))
    read_shown(by=viewer, shown=notices)
    quiet = silences(viewer, found, now)
    people = {one.code: one for one in Officer.objects.filter(code__in=history.people_in(events, statements)).select_related("unit")}
    subject = evidence.subject_of(found)
    acts = [ACTS[name] for name in offers.possible(viewer, found, ACTS, **where.ties, words=offers.spoken(statements))]
    context: dict[str, Any] = {
        "alert": found, "level": lists.level_badge(found.level), "marks": lists.marks_of(found), "stage": STAGE_WORDS.get(found.stage, found.stage),
        "is_running": found.stage in ("due_soon", "overdue") and found.is_live and not found.gone_at, "rule": rule, "rule_url": rule_url(found.rule_code),
        "matter_url": lists.page_of_matter(found) if where.matter else "", "acts": acts, "may_attach": _may(viewer, found, where, statements, "attach"),
        "cures": curing.cures(viewer, rule, subject, where.matter, is_team=where.is_on_team) if found.is_live and not found.gone_at else [],
        "advice": _advice(rule), "parameter": pace.PACES[found.level], "attachments": list(found.attachments.select_related("officer")),
        "history": history.history(events, statements, notices, people),
        "is_long": len(events) == history.SHOWN, "history_shown": history.SHOWN,
        "together": others, "silences": quiet, "silence_url": silence_url(viewer, found, rule, quiet),
        "strip_url": strip_url(found), "leader": found.leader_id, "is_hand": found.source == Alert.Source.HAND,
        "waited_for": WAITED_FOR.get(found.state, "办理"),
        **why(viewer, found, rule, subject, where),
    }
    return render(request, "alerts/alert.html", context)


def with_others(viewer: Viewer, code: str) -> tuple[Alert, list[Alert]]:
    """The alert and others of the same matter, those that are not over first, in one query. Out of reach is answered like what does not exist."""
    of_matter = Alert.objects.filter(code=code).exclude(matter_code="").values("matter_code")
    is_other = When(~Q(code=code), then=Value(1))
    is_over = When(state__in=states.FINAL, then=Value(1))
    rows = queries.alerts(viewer).filter(Q(code=code) | Q(matter_code__in=of_matter)).select_related("unit", "officer", "supervised_by")
    rows = rows.order_by(Choose(is_other, default=Value(0)), Choose(is_over, default=Value(0)), "rank", F("due_at").asc(nulls_last=True), "code")
    first, *others = [*rows[: TOGETHER + 1], None]
    if first is None or first.code != code:
        raise Http404(f"没有编号为“{code}”的预警，或者不在你的范围内")
    return first, others[:-1]


def footing(viewer: Viewer, found: Alert) -> Footing:
    matter = matter_of(viewer, found)
    return Footing(matter, matter is not None and matter.is_mine, queries.ties(viewer, found))


def matter_of(viewer: Viewer, row: Alert | Clock) -> Case | Incident | None:
    """The case or incident, where the viewer may open it; `is_mine`: whether the viewer is on its team. One query."""
    if not row.matter_code:
        return None
    model = Incident if row.subject_kind == "incident" else Case
    leading = CaseOfficer.objects.filter(case_id=OuterRef("case_id" if model is Incident else "code"), officer=viewer.officer, until__isnull=True)
    is_mine = Q(Exists(leading)) | Q(officer=viewer.officer) if model is Incident else Q(Exists(leading))
    found = visible(viewer, model).filter(code=row.matter_code).select_related("unit")
    return found.annotate(is_mine=ExpressionWrapper(is_mine, output_field=BooleanField())).first()


def _may(viewer: Viewer, found: Alert, where: Footing, statements: list[Statement], act: str) -> bool:
    return bool(offers.possible(viewer, found, [act], **where.ties, words=offers.spoken(statements)))


def why(viewer: Viewer, found: Alert, rule: Any, subject: Model | None, where: Footing) -> dict[str, Any]:
    if not evidence.is_kept(found):
        return {"evidence": None, "article": evidence.article_of(found)}
    return {"evidence": evidence.of(found, rule, viewer, subject=subject, sees_matter=where.matter is not None, now=timezone.now())}


def rule_url(code: str) -> str:
    """The page of a rule, where there is one."""
    try:
        return reverse("alerts:rule", args=[code]) if code else ""
    except NoReverseMatch:
        return ""


def strip_url(found: Alert) -> str:
    """How its limit is reckoned, step by step; empty for what has none."""
    has_limit = found.due_at is not None and found.source == Alert.Source.RULE
    return reverse("alerts:alert_strip", args=[found.code]) if has_limit else ""


def silence_url(viewer: Viewer, found: Alert, rule: Any, quiet: Sequence[Silence]) -> str:
    """The form that asks for quiet about this alert; empty where the viewer may not ask, or where there is nothing to ask for."""
    if not found.is_live or found.is_trial or found.is_historic or quiet or rule is None or not may_request(viewer, found.unit, rule):
        return ""
    return f"{reverse('alerts:request_silence')}?{urlencode({'alert': found.code})}"


def _advice(rule: Any) -> list[tuple[str, str]]:
    return [tuple(line.split("：", 1)) for line in advice_sentences(rule)] if rule else []


def silences(viewer: Viewer, found: Alert, now: Any) -> list[Silence]:
    """What keeps it quiet now: a silence of its own, or of its rule at its unit or above. Whoever may read the alert may know."""
    above = found.unit.line
    rows = silence.in_force(now).filter(Q(alert=found) | Q(alert__isnull=True, rule_code=found.rule_code, unit__code__in=above))
    return list(rows.select_related("unit", "requested_by", "approved_by"))
