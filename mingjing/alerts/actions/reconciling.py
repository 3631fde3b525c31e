"""From findings to clocks and alerts. Idempotent: the same findings a second time change nothing.

One matter, one alert: a finding whose rule already speaks against its subject joins that alert. A finding that vanishes marks 情况已消失 and closes
nothing. What a person closed as cured is opened again when the rule finds it again; what was dismissed or explained only when the facts are others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Manager, QuerySet

from mingjing.alerts import states
from mingjing.alerts.actions.numbering import next_codes
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.models import Alert, Clock
from mingjing.alerts.models.alert import RANKS
from mingjing.alerts.places import Place, places
from mingjing.alerts.standing import Standing, standing
from mingjing.ledger.actions import Happening, record_all
from rulebook.evaluation import Evaluation, Finding
from rulebook.explain import message
from rulebook.rules import Rule

CLOCK_STAGES = frozenset({"running", "due_soon", "overdue"})
ALERT_STAGES = frozenset({"due_soon", "overdue", "late", "violated"})
BATCH = 500


@dataclass(frozen=True)
class Judged:
    """Findings, and the subjects that were judged: all if `subjects` is None. What was judged and not found is gone. `left`: matters to be left as they
    are, because the findings about them are older than what others have found since."""

    evaluation: Evaluation
    subjects: frozenset[str] | None
    left: frozenset[str] = frozenset()


@dataclass
class Changes:
    """What a reconciliation did, and the alerts that people must hear of (code → occasion)."""

    opened: int = 0
    joined: int = 0
    gone: int = 0
    occasions: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def reconcile(*, judged: Iterable[Judged], at: datetime) -> Changes:
    """Bring clocks and alerts in line with what was found at `at` (aware)."""
    changes, now = Changes(), standing()
    for each in judged:
        for result in each.evaluation.results:
            _one_rule(result.rule, list(result), each, now, at, changes)
    return changes


def _one_rule(rule: Rule, findings: list[Finding], judged: Judged, now: Standing, at: datetime, changes: Changes) -> None:
    where = {code: place for part in _parts([finding.subject for finding in findings]) for code, place in places(rule.subject.name, part).items()}
    placed = [now.seen(finding, where[finding.subject].unit, at) for finding in findings
              if finding.subject in where and where[finding.subject].matter not in judged.left]
    clocks = [finding for finding in placed if finding.stage in CLOCK_STAGES and finding.due_at]
    alerts = [finding for finding in placed if finding.stage in ALERT_STAGES and now.is_on(rule.code, where[finding.subject].unit)]
    _set_clocks(rule, clocks, _about(Clock.objects, rule, judged), where)
    _set_alerts(rule, alerts, _about(Alert.objects, rule, judged), where, now.is_trial(rule), at, changes)


def _parts(codes: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(codes), BATCH):
        yield codes[first:first + BATCH]


def _about(rows: Manager, rule: Rule, judged: Judged) -> QuerySet:
    """What stands about the subjects that were judged, locked."""
    about = rows.select_for_update(of=("self",)).filter(rule_code=rule.code, subject_kind=rule.subject.name)
    about = about.exclude(matter_code__in=judged.left) if judged.left else about
    return about if judged.subjects is None else about.filter(subject_code__in=judged.subjects)


# --- clocks ----------------------------------------------------------------------------------------------------------------------------


def _set_clocks(rule: Rule, findings: list[Finding], standing_now: QuerySet[Clock], where: Mapping[str, Place]) -> None:
    held = {clock.subject_code: clock for clock in standing_now}
    new, altered = [], []
    for finding in findings:
        values = _clock(rule, finding, where[finding.subject])
        clock = held.pop(finding.subject, None)
        if clock is None:
            new.append(Clock(rule_code=rule.code, subject_kind=rule.subject.name, subject_code=finding.subject, **values))
        elif any(getattr(clock, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(clock, name, value)
            altered.append(clock)
    Clock.objects.bulk_create(new, batch_size=BATCH)
    if altered:
        Clock.objects.bulk_update(altered, CLOCK_VALUES, batch_size=BATCH)
    if held:
        Clock.objects.filter(pk__in=[clock.pk for clock in held.values()]).delete()  # a clock that ran out of reason is no record: the facts are


CLOCK_VALUES = (
    "rule_version", "matter_code", "unit_id", "officer_id", "level", "stage", "start_at", "warns_at", "due_at", "fires_at", "is_paused", "message", "finding",
)


def _clock(rule: Rule, finding: Finding, place: Place) -> dict[str, Any]:
    fires_at = {"running": finding.warns_at or finding.due_at, "due_soon": finding.due_at}.get(finding.stage)
    return dict(zip(CLOCK_VALUES, (
        finding.version, place.matter, place.unit, place.officer or None, rule.level, finding.stage, finding.start_at, finding.warns_at, finding.due_at,
        fires_at, any(end is None for _, end in finding.pauses), message(rule, finding)[:500], evidence(finding)), strict=True))


def evidence(finding: Finding) -> str:
    """A finding as canonical JSON: what the pages show, whatever becomes of the rule file."""
    return json.dumps({
        "stage": finding.stage, "version": finding.version.isoformat(), "limit": finding.limit, "estimated": finding.estimated,
        "start_at": _text(finding.start_at), "due_at": _text(finding.due_at), "end_at": _text(finding.end_at),
        "last_day": finding.last_day.isoformat() if finding.last_day else None,
        "pauses": [[_text(start), _text(end)] for start, end in finding.pauses], "extensions": [[_text(at), adds] for at, adds in finding.extensions],
        "met": finding.met, "unmet": finding.unmet, "facts": finding.facts, "details": finding.details,
    }, ensure_ascii=False, sort_keys=True, default=str)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


# --- alerts ----------------------------------------------------------------------------------------------------------------------------


def _set_alerts(
    rule: Rule, findings: list[Finding], standing_now: QuerySet[Alert], where: Mapping[str, Place], is_trial: bool, at: datetime, changes: Changes,
) -> None:
    held = {alert.subject_code: alert for alert in standing_now}
    new: list[Alert] = []
    happenings: list[Happening] = []
    for finding in findings:
        alert = held.pop(finding.subject, None)
        if alert is None:
            new.append(_opened(rule, finding, where[finding.subject], is_trial, at))
        else:
            happenings += _joined(rule, alert, finding, where[finding.subject], at, changes)
    for alert, code in zip(new, next_codes(len(new), at), strict=True):
        alert.code = code
        happenings.append(happening(alert, "open", stage=alert.stage, level=alert.level, trial=alert.is_trial))
        changes.occasions[code] = "开启"
    Alert.objects.bulk_create(new, batch_size=BATCH)
    changes.opened += len(new)
    happenings += [_gone(alert, at) for alert in held.values() if alert.is_live and alert.gone_at is None]
    changes.gone += sum(happening.kind == "alert.gone" for happening in happenings)
    if happenings:
        record_all(by=SYSTEM, happenings=happenings)


def _opened(rule: Rule, finding: Finding, place: Place, is_trial: bool, at: datetime) -> Alert:
    return Alert(
        rule_code=rule.code, subject_kind=rule.subject.name, subject_code=finding.subject, is_trial=is_trial, opened_at=at,
        **_said(rule, finding, place, at))


def _said(rule: Rule, finding: Finding, place: Place, at: datetime) -> dict[str, Any]:
    """What the finding of now says of an alert."""
    return {
        "rule_version": finding.version, "matter_code": place.matter, "unit_id": place.unit, "officer_id": place.officer or None, "level": rule.level,
        "rank": RANKS[rule.level], "stage": finding.stage, "message": message(rule, finding)[:500], "finding": evidence(finding),
        "start_at": finding.start_at, "due_at": finding.due_at, "seen_at": at, "gone_at": None,
    }


def _joined(rule: Rule, alert: Alert, finding: Finding, place: Place, at: datetime, changes: Changes) -> Iterator[Happening]:
    """A finding about what an alert already stands for."""
    told, before = alert.finding, alert.stage
    said = _said(rule, finding, place, at)
    is_news = facts_of(said["finding"]) != facts_of(told)
    if not alert.is_live and not _opens_again(alert, is_news):
        return
    if not is_news and alert.is_live and alert.gone_at is None and before == finding.stage:
        return  # nothing new: nothing is written, so that a second run leaves no trace
    if alert.is_live and alert.officer_id:
        said.pop("unit_id"), said.pop("officer_id")  # a transfer by hand stands
    for name, value in said.items():
        setattr(alert, name, value)
    act = "change"
    if not alert.is_live:
        alert.state, alert.reopened, alert.closed_at, alert.cure, alert.fault = states.OPEN, alert.reopened + 1, None, "", ""
        act, changes.occasions[alert.code] = "reopen", f"再次开启{alert.reopened}"
    elif before == "due_soon" and finding.stage != "due_soon":
        changes.occasions[alert.code] = "超期"
    alert.repeats += 1
    alert.version += 1
    alert.save()
    changes.joined += 1
    yield happening(alert, act, stage=[before, finding.stage])


def _opens_again(alert: Alert, is_news: bool) -> bool:
    return alert.cure == Alert.Cure.PROVEN or is_news


def facts_of(text: str) -> str:
    """A digest of what a finding rests on, without what the passing of time alone changes."""
    found = json.loads(text)
    return hashlib.sha256(json.dumps([found.get(name) for name in ("version", "start_at", "end_at", "facts", "met", "extensions")]).encode()).hexdigest()


def _gone(alert: Alert, at: datetime) -> Happening:
    alert.gone_at = at
    alert.version += 1
    alert.save(update_fields=["gone_at", "version"])
    return happening(alert, "gone")


def happening(alert: Alert, act: str, **data: Any) -> Happening:
    return Happening(f"alert.{act}", "alert", alert.code, alert.matter_code, None, {"rule": alert.rule_code, **data})
