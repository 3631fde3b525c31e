"""Clocks that have reached their moment. What was judged when the clock was set still holds until a fact changes, and a change is judged at once;
so a clock fires from what it holds, without judging again. A paused one does not: its end moves while the pause lasts, so its matter is judged anew."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import transaction

from mingjing.alerts.actions.numbering import next_codes
from mingjing.alerts.actions.reconciling import Changes, happening
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.library import Library
from mingjing.alerts.models import Alert, Clock
from mingjing.alerts.models.alert import RANKS
from mingjing.alerts.standing import Standing, standing
from mingjing.ledger.actions import Happening, record_all

MOST = 500


@transaction.atomic
def fire(*, rules: Library, at: datetime) -> tuple[Changes, frozenset[str]]:
    """Fire what is due at `at`, at most MOST. Returns what it did, and the matters with paused clocks that must be judged instead."""
    due = Clock.objects.select_for_update().filter(fires_at__lte=at).order_by("fires_at", "pk")[:MOST]
    changes, paused, happenings, now = Changes(), set(), [], standing()
    held = {(alert.rule_code, alert.subject_code): alert for alert in _alerts(due)}
    for clock in due:
        if clock.is_paused:
            paused.add(clock.matter_code)
        elif stage := _stage(clock, at):
            happenings.append(_fired(clock, stage, held.get((clock.rule_code, clock.subject_code)), rules, now, at, changes))
    if happenings:
        record_all(by=SYSTEM, happenings=[each for each in happenings if each])
    return changes, frozenset(paused)


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
    changes.occasions[alert.code] = "超期"
    return happening(alert, "change", stage=[before, stage])


def _open(clock: Clock, rules: Library, now: Standing, at: datetime, changes: Changes) -> Happening:
    rule = rules.rules.get(clock.rule_code)
    (code,) = next_codes(1, at)
    alert = Alert.objects.create(
        code=code, rule_code=clock.rule_code, rule_version=clock.rule_version, subject_kind=clock.subject_kind, subject_code=clock.subject_code,
        matter_code=clock.matter_code, unit_id=clock.unit_id, officer_id=clock.officer_id, level=clock.level, rank=RANKS[clock.level], stage=clock.stage,
        is_trial=rule is None or now.is_trial(rule), message=clock.message, finding=clock.finding, start_at=clock.start_at, due_at=clock.due_at,
        opened_at=at, seen_at=at)
    changes.opened += 1
    changes.occasions[code] = "开启"
    return happening(alert, "open", stage=alert.stage, level=alert.level, trial=alert.is_trial)
