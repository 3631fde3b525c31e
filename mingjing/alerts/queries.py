"""Reads. Every one takes the viewer and stays within the viewer's reach."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from operator import or_

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.http import Http404

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer, within
from mingjing.alerts import states
from mingjing.alerts.channels.inbox import NAME as INBOX
from mingjing.alerts.models import Alert, Clock, Notice, Sample, Silence, Statement
from mingjing.cases.models import Case, Incident
from mingjing.cases.queries import team_matters
from mingjing.cases.vocabulary import vocabulary
from mingjing.ledger.models import Event

ANSWERING = (states.ACKNOWLEDGED, states.RECTIFYING)


def alerts(viewer: Viewer) -> QuerySet[Alert]:
    """The alerts that the viewer may read: by duty, of the own matters, and those that name the viewer."""
    return _readable(viewer, Alert.objects.all()) | Alert.objects.filter(officer=viewer.officer)


def clocks(viewer: Viewer) -> QuerySet[Clock]:
    """The running limits that the viewer may see: by duty, and of the own cases and incidents."""
    return _readable(viewer, Clock.objects.all())


def _readable(viewer: Viewer, rows: QuerySet) -> QuerySet:
    """Those about something that the viewer may read by the same duty: an alert tells the facts that it rests on. Kinds that are read alike stand
    together, so for most viewers nothing is asked about kinds at all."""
    alike: dict[tuple[tuple[str, ...], bool], list[str]] = defaultdict(list)
    for kind in vocabulary().tables:
        alike[tuple(viewer.paths("alert", about=kind)), viewer.reaches_team("alert", about=kind)].append(kind)
    team = own_matters(viewer.officer)
    parts = (
        within(viewer, rows if len(alike) == 1 else rows.filter(subject_kind__in=kinds), kind="alert", unit="unit__path", matter="matter_code", team=team,
               about=kinds[0])
        for kinds in alike.values())
    return reduce(or_, parts)


def one_clock(viewer: Viewer, pk: int) -> Clock:
    clock = clocks(viewer).filter(pk=pk).select_related("unit", "officer").first()
    if clock is None:
        raise Http404("没有这一项时限：可能已经办结，或者不在你的范围内")
    return clock


def own_matters(officer: Officer, *, ever: bool = False) -> QuerySet:
    """Codes of the officer's own cases and incidents. A union, so that the database looks into each index and not at every row."""
    return team_matters(officer, Case, ever=ever).order_by().union(team_matters(officer, Incident, ever=ever))


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
    return found & ~own(viewer.officer)


def own(officer: Officer) -> Q:
    """Alerts that are somebody's own: named in it now or before it was passed on, or ever on the team of its matter. What was done in one's time is not
    one's to judge, whoever goes on with it."""
    passed_on = Event.objects.filter(subject_kind="alert", subject_code=OuterRef("pk"), kind="alert.transfer")
    was_named = passed_on.filter(Q(data__contains=f'"left":"{officer.code}"') | Q(data__contains=f'"officer_id":"{officer.code}"'))
    return Q(officer=officer) | Q(matter_code__in=own_matters(officer, ever=True)) | Q(Exists(was_named))


def is_own(officer: Officer, alert: Alert) -> bool:
    """Whether the alert is somebody's own. Whoever mends, or had to, does not judge whether it is mended."""
    return alert.officer_id == officer.code or Alert.objects.filter(own(officer), pk=alert.pk).exists()


def is_team(officer: Officer, alert: Alert) -> bool:
    """Whether it is somebody's to mend now: named in it, or on the team of its matter."""
    return alert.officer_id == officer.code or Alert.objects.filter(pk=alert.pk, matter_code__in=own_matters(officer)).exists()


def ties(viewer: Viewer, alert: Alert) -> dict[str, bool]:
    """How the viewer stands to the alert, as `offers.check` asks for it."""
    return {"is_own": is_own(viewer.officer, alert), "is_team": is_team(viewer.officer, alert)}


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
