"""Reads. Every one takes the viewer and stays within the viewer's reach."""

from __future__ import annotations

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.http import Http404

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer, within
from mingjing.alerts import states
from mingjing.alerts.channels.inbox import NAME as INBOX
from mingjing.alerts.models import Alert, Clock, Notice, Sample, Silence, Statement
from mingjing.cases.models import Case, CaseOfficer, Incident
from mingjing.cases.queries import team_matters

ANSWERING = (states.ACKNOWLEDGED, states.RECTIFYING)


def alerts(viewer: Viewer) -> QuerySet[Alert]:
    """The alerts that the viewer may read: by duty, of the own matters, and those that name the viewer."""
    rows = within(viewer, Alert.objects.all(), kind="alert", unit="unit__path", matter="matter_code", team=team_matters(viewer.officer, Case))
    return rows | Alert.objects.filter(officer=viewer.officer)


def clocks(viewer: Viewer) -> QuerySet[Clock]:
    """The running limits that the viewer may see: by duty, and of the own cases and incidents."""
    return within(viewer, Clock.objects.all(), kind="alert", unit="unit__path", matter="matter_code", team=own_matters(viewer.officer))


def one_clock(viewer: Viewer, pk: int) -> Clock:
    clock = clocks(viewer).filter(pk=pk).select_related("unit", "officer").first()
    if clock is None:
        raise Http404("没有这一项时限：可能已经办结，或者不在你的范围内")
    return clock


def own_matters(officer: Officer) -> QuerySet:
    """Codes of the officer's own cases and incidents. A union, so that the database looks into each index and not at every row."""
    return team_matters(officer, Case).order_by().union(team_matters(officer, Incident))


def one(viewer: Viewer, code: str) -> Alert:
    """An alert by its code. One that exists outside the reach is answered exactly like one that does not exist."""
    alert = alerts(viewer).filter(code=code).select_related("unit", "officer").first()
    if alert is None:
        raise Http404(f"没有编号为“{code}”的预警，或者不在你的范围内")
    return alert


def notices(viewer: Viewer) -> QuerySet[Notice]:
    """The viewer's own inbox: what has been delivered there. Nobody reads another's, whatever the duty; what was told stays told."""
    return Notice.objects.filter(officer=viewer.officer, channel=INBOX, delivered_at__isnull=False)




def to_answer(viewer: Viewer) -> Q:
    """Alerts that wait for the viewer's own words: signed for, not answered yet."""
    return Q(officer=viewer.officer, state__in=ANSWERING)


def to_judge(viewer: Viewer) -> Q:
    """Answers and disputes of others that the viewer's duties judge: not on the own cases, not what the viewer wrote."""
    found = Q(pk__in=())
    for act, written, state in (("close", "submit", states.SUBMITTED), ("uphold", "dispute", states.DISPUTED)):
        if paths := tuple(viewer.paths("alert", act)):
            units = [code for code, unit in viewer.tree.items() if unit.path.startswith(paths)]
            last = Statement.objects.filter(alert=OuterRef("pk"), act=written).order_by("-at", "-pk").values("officer_id")[:1]
            is_own_words = Exact(Coalesce(Subquery(last), Value(""), output_field=CharField()), Value(viewer.officer.code))
            found |= Q(state=state, unit_id__in=units) & ~Q(is_own_words)
    own = CaseOfficer.objects.filter(case_id=OuterRef("matter_code"), officer=viewer.officer, until__isnull=True)
    return found & ~Q(officer=viewer.officer) & ~Exists(own)


def is_own(viewer: Viewer, alert: Alert) -> bool:
    """Whether the alert is the viewer's own: named in it, or on the team of its matter. Whoever mends does not judge whether it is mended."""
    if alert.officer_id == viewer.officer.code:
        return True
    return CaseOfficer.objects.filter(Q(case_id=alert.matter_code), officer=viewer.officer, until__isnull=True).exists()


def silences(viewer: Viewer) -> QuerySet[Silence]:
    units = viewer.units_under(viewer.paths("silence"))
    return Silence.objects.filter(unit_id__in=units)


def one_silence(viewer: Viewer, pk: int) -> Silence:
    silence = silences(viewer).filter(pk=pk).first()
    if silence is None:
        raise Http404("没有这条静默，或者不在你的范围内")
    return silence


def samples(viewer: Viewer) -> QuerySet[Sample]:
    return Sample.objects.filter(unit_id__in=viewer.units_under(viewer.paths("rule", "sample")))


def one_sample(viewer: Viewer, pk: int) -> Sample:
    sample = samples(viewer).filter(pk=pk).first()
    if sample is None:
        raise Http404("没有这一项抽查，或者不在你的范围内")
    return sample
