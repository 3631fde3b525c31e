"""Clocks that have reached their moment. What was judged when the clock was set still holds until a fact changes, and a change is judged at once;
so a clock fires from what it holds, without judging again. Three kinds do not, their matters are judged anew: a paused one, whose end moves while the pause
lasts; one whose alert was closed as cured or whose cause had vanished; and one about whose matter something was recorded in the last minutes.

A change in an external source is seen when its files change: until they have been read its clocks wait."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mingjing.alerts import sources
from mingjing.alerts.actions.leading import lock
from mingjing.alerts.actions.numbering import next_codes
from mingjing.alerts.actions.reconciling import Changes, happening, over_the_limit
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.library import Library
from mingjing.alerts.models import Alert, Clock
from mingjing.alerts.models.alert import RANKS
from mingjing.alerts.since import is_historic
from mingjing.alerts.standing import Standing, standing
from mingjing.cases.checks import AHEAD
from mingjing.ledger.actions import Happening, record_all
from mingjing.ledger.models import Event

MOST = 500


@transaction.atomic
def fire(*, rules: Library, at: datetime) -> tuple[Changes, list[Clock]]:
    """Fire what is due at `at`, at most MOST. Returns what it did, and the clocks whose matters must be judged instead."""
    due = list(_due(at).select_for_update().order_by("fires_at", "pk")[:MOST])
    changes, unsure, happenings, now = Changes(), [], [], standing()
    lock({clock.matter_code for clock in due})
    held = {(alert.rule_code, alert.origin, alert.subject_code): alert for alert in _alerts(due)}
    ahead = _with_facts_ahead(due, at)
    for clock in due:
        alert = held.get((clock.rule_code, clock.origin, clock.subject_code))
        if clock.is_paused or clock.rule_code not in rules.rules or (not clock.origin and (_has_to_be_seen(alert) or clock.matter_code in ahead)):
            unsure.append(clock)
        elif stage := _stage(clock, at):
            happenings.append(_fired(clock, stage, alert, rules, now, at, changes))
    if happenings:
        record_all(by=SYSTEM, happenings=[each for each in happenings if each])
    return changes, unsure


def _has_to_be_seen(alert: Alert | None) -> bool:
    """Whether what an alert says is no ground to fire from: it was closed as cured, or its cause had vanished."""
    return alert is not None and (alert.gone_at is not None if alert.is_live else alert.cure == Alert.Cure.PROVEN)


def _with_facts_ahead(clocks: Collection[Clock], at: datetime) -> frozenset[str]:
    """The matters of which something was recorded so lately that its own time may have come since: times a little ahead are accepted, and no run sees
    them before they have come."""
    matters = {clock.matter_code for clock in clocks if not clock.origin}
    entries = Event.objects.filter(matter_code__in=matters, recorded_at__gt=at - AHEAD, recorded_at__lte=at).exclude(subject_kind="alert")
    return frozenset(entries.values_list("matter_code", flat=True)) if matters else frozenset()


def postpone(*, clocks: Collection[Clock], at: datetime, until: datetime) -> None:
    """Those of these clocks that are due all the same: nothing could be said of them, because their rule is broken or gone. They are looked at again with
    everything else, not at every round."""
    Clock.objects.filter(pk__in=[clock.pk for clock in clocks], fires_at__lte=at).update(fires_at=until)


def _due(at: datetime) -> QuerySet[Clock]:
    due = Clock.objects.filter(fires_at__lte=at)
    origins = set(due.exclude(origin="").order_by().values_list("origin", flat=True).distinct())
    return due.exclude(origin__in=sources.changed(origins)) if origins else due


def _alerts(clocks: list[Clock]) -> list[Alert]:
    codes = {clock.subject_code for clock in clocks}
    return list(Alert.objects.select_for_update().filter(subject_code__in=codes, rule_code__in={clock.rule_code for clock in clocks}))


def _stage(clock: Clock, at: datetime) -> str:
    """The stage that the moment has brought; empty when it brought none (the very moment of the end is still within the limit)."""
    stage = "overdue" if at > clock.due_at else "due_soon" if clock.warns_at and at >= clock.warns_at else clock.stage
    return stage if stage != clock.stage else ""


def _fired(clock: Clock, stage: str, alert: Alert | None, rules: Library, now: Standing, at: datetime, changes: Changes) -> Happening | None:
    clock.stage, clock.fires_at = stage, clock.due_at if stage == "due_soon" else None
    found = json.loads(clock.finding) | {"stage": stage}
    clock.finding = json.dumps(found, ensure_ascii=False, sort_keys=True)
    clock.save(update_fields=["stage", "fires_at", "finding"])
    if alert is None:
        return _open(clock, rules, now, at, changes) if now.is_on(clock.rule_code, clock.unit_id) else None
    if not alert.is_live or alert.stage == stage:
        return None  # dismissed or closed by a person on these very facts
    before, alert.stage, alert.finding, alert.seen_at = alert.stage, stage, clock.finding, at
    alert.repeats += 1
    alert.version += 1
    alert.save()
    changes.joined += 1
    changes.occasions[alert.code] = over_the_limit(alert)
    return happening(alert, "change", stage=[before, stage])


def _open(clock: Clock, rules: Library, now: Standing, at: datetime, changes: Changes) -> Happening:
    (code,) = next_codes(1, at)
    alert = Alert.objects.create(
        code=code, rule_code=clock.rule_code, rule_version=clock.rule_version, origin=clock.origin, subject_kind=clock.subject_kind,
        subject_code=clock.subject_code,
        matter_code=clock.matter_code, unit_id=clock.unit_id, officer_id=clock.officer_id, level=clock.level, rank=RANKS[clock.level], stage=clock.stage,
        is_trial=now.is_trial(rules.rules[clock.rule_code]), message=clock.message, finding=clock.finding, start_at=clock.start_at, due_at=clock.due_at,
        is_historic=is_historic(clock.due_at), opened_at=at, seen_at=at)
    changes.opened += 1
    changes.occasions[code] = "开启"
    return happening(alert, "open", stage=alert.stage, level=alert.level, trial=alert.is_trial)
