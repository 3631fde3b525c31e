"""From findings to clocks and alerts. Idempotent: the same findings a second time change nothing.

One matter, one alert: a finding whose rule already speaks against its subject joins that alert. A finding that vanishes marks 情况已消失 and closes
nothing. What a person closed as cured is opened again when the rule finds it again; what was dismissed or explained only when the facts are others.

A rule whose findings cannot be taken in is undone by itself and told; the others are not kept waiting.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError, DataError, transaction
from django.db.models import Manager, QuerySet

from mingjing.alerts import states
from mingjing.alerts.actions.numbering import lock_counter, next_codes
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.apart import report
from mingjing.alerts.models import Alert, Clock
from mingjing.alerts.models.alert import RANKS
from mingjing.alerts.places import Place, places
from mingjing.alerts.since import is_historic
from mingjing.alerts.standing import Standing, standing
from mingjing.ledger.actions import Happening, record_all
from mingjing.ledger.models import Event
from rulebook.evaluation import Evaluation, Finding, Result, Skipped, in_short
from rulebook.explain import message
from rulebook.rules import Rule

CLOCK_STAGES = frozenset({"running", "due_soon", "overdue"})
ALERT_STAGES = frozenset({"due_soon", "overdue", "late", "violated"})
IRREPARABLE = frozenset({"late", "violated"})  # what has happened and cannot be undone
UNSUPERVISED = {"supervise_by": None, "supervised_by_id": None, "supervision_over_at": None}  # what was ordered before it closed is done; see the ledger
BATCH = 500


@dataclass(frozen=True)
class Judged:
    """Findings, and the subjects that were judged: all if `subjects` is None. What was judged and not found is gone. `left`: matters to be left as they
    are, because the findings about them are older than what others have found since. `unsure`: subjects and matters of which it is not known whether the
    rule would still speak, so nothing that stands about them is taken to be gone.

    `origin`: the external source that the facts come from, empty for the house's own; `places` knows where its subjects belong."""

    evaluation: Evaluation
    subjects: frozenset[str] | None
    left: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    origin: str = ""
    places: Callable[[str, Collection[str]], Mapping[str, Place]] = places

    def is_sure(self, row: Alert | Clock) -> bool:
        return row.subject_code not in self.unsure and row.matter_code not in self.unsure


@dataclass
class Changes:
    """What a reconciliation did, the alerts that people must hear of (code → occasion), and the rules that it could not take in."""

    opened: int = 0
    joined: int = 0
    gone: int = 0
    occasions: dict[str, str] = field(default_factory=dict)
    broken: list[Skipped] = field(default_factory=list)

    def add(self, other: Changes) -> None:
        self.opened, self.joined, self.gone = self.opened + other.opened, self.joined + other.joined, self.gone + other.gone
        self.occasions |= other.occasions
        self.broken += other.broken


@transaction.atomic
def reconcile(*, judged: Iterable[Judged], at: datetime) -> Changes:
    """Bring clocks and alerts in line with what was found at `at` (aware)."""
    judged = list(judged)
    _lock(judged, at)
    changes, now = Changes(), standing()
    for each in judged:
        for result in each.evaluation.results:
            changes.add(_guarded(result, each, now, at))
    return changes


def _lock(judged: Collection[Judged], at: datetime) -> None:
    """All rows that may change, then the counter, before anything is recorded: whoever holds the chain must wait for nothing."""
    for each in judged:
        for result in each.evaluation.results:
            for rows in (Clock.objects, Alert.objects):
                list(_about(rows, result.rule, each).order_by("pk").values_list("pk"))
    lock_counter(at)


def _guarded(result: Result, judged: Judged, now: Standing, at: datetime) -> Changes:
    changes = Changes()
    try:
        with transaction.atomic():
            _one_rule(result.rule, list(result), judged, now, at, changes)
    except Exception as error:
        if isinstance(error, DatabaseError) and not isinstance(error, DataError):
            raise  # no fault of the rule: the run breaks off and is tried again
        report(result.rule, error)
        return Changes(broken=[Skipped(result.rule, (), in_short(error))])
    return changes


def _one_rule(rule: Rule, findings: list[Finding], judged: Judged, now: Standing, at: datetime, changes: Changes) -> None:
    subjects = [finding.subject for finding in findings]
    where = {code: place for part in _parts(subjects) for code, place in judged.places(rule.subject.name, part).items()}
    judged = replace(judged, unsure=judged.unsure | (frozenset(subjects) - where.keys()))
    placed = [now.seen(finding, where[finding.subject].unit, at) for finding in findings
              if finding.subject in where and where[finding.subject].matter not in judged.left]
    clocks = [finding for finding in placed if finding.stage in CLOCK_STAGES and finding.due_at]
    speaking = [finding for finding in placed if finding.stage in ALERT_STAGES]
    alerts = [finding for finding in speaking if now.is_on(rule.code, where[finding.subject].unit)]
    _set_clocks(rule, clocks, judged, where)
    # where the rule is off it opens nothing, but what stands there is not gone: the facts are as they were
    judged = replace(judged, unsure=judged.unsure | {finding.subject for finding in speaking})
    _set_alerts(rule, alerts, judged, where, now.is_trial(rule), at, changes)


def _parts(codes: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(codes), BATCH):
        yield codes[first:first + BATCH]


def _about(rows: Manager, rule: Rule, judged: Judged) -> QuerySet:
    """What stands about the subjects that were judged, locked."""
    about = rows.select_for_update(of=("self",)).filter(rule_code=rule.code, origin=judged.origin, subject_kind=rule.subject.name)
    about = about.exclude(matter_code__in=judged.left) if judged.left else about
    return about if judged.subjects is None else about.filter(subject_code__in=judged.subjects)


# --- clocks ----------------------------------------------------------------------------------------------------------------------------


def _set_clocks(rule: Rule, findings: list[Finding], judged: Judged, where: Mapping[str, Place]) -> None:
    held = {clock.subject_code: clock for clock in _about(Clock.objects, rule, judged)}
    new, altered = [], []
    for finding in findings:
        values = _clock(rule, finding, where[finding.subject], judged.origin)
        clock = held.pop(finding.subject, None)
        if clock is None:
            new.append(Clock(rule_code=rule.code, origin=judged.origin, subject_kind=rule.subject.name, subject_code=finding.subject, **values))
        elif any(getattr(clock, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(clock, name, value)
            altered.append(clock)
    Clock.objects.bulk_create(new, batch_size=BATCH)
    if altered:
        Clock.objects.bulk_update(altered, CLOCK_VALUES, batch_size=BATCH)
    if over := [clock.pk for clock in held.values() if judged.is_sure(clock)]:
        Clock.objects.filter(pk__in=over).delete()  # a clock that ran out of reason is no record: the facts are


CLOCK_VALUES = (
    "rule_version", "matter_code", "unit_id", "officer_id", "level", "stage", "start_at", "warns_at", "due_at", "fires_at", "is_paused", "message", "finding",
)


def _clock(rule: Rule, finding: Finding, place: Place, origin: str) -> dict[str, Any]:
    fires_at = {"running": finding.warns_at or finding.due_at, "due_soon": finding.due_at}.get(finding.stage)
    is_paused = any(end is None for _, end in finding.pauses)
    if is_paused and origin:
        fires_at = None  # its end moves on until the source says that the pause is over, and then it is read anyway
    return dict(zip(CLOCK_VALUES, (
        finding.version, place.matter, place.unit, place.officer or None, rule.level, finding.stage, finding.start_at, finding.warns_at, finding.due_at,
        fires_at, is_paused, message(rule, finding)[:500], evidence(finding)), strict=True))


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
    rule: Rule, findings: list[Finding], judged: Judged, where: Mapping[str, Place], is_trial: bool, at: datetime, changes: Changes,
) -> None:
    held = {alert.subject_code: alert for alert in _about(Alert.objects, rule, judged)}
    transferred = _transferred([held[finding.subject] for finding in findings if finding.subject in held], where)
    new: list[Alert] = []
    happenings: list[Happening] = []
    for finding in findings:
        alert = held.pop(finding.subject, None)
        if alert is None:
            new.append(_opened(rule, finding, where[finding.subject], judged.origin, is_trial, at))
        else:
            place = None if alert.code in transferred else where[finding.subject]
            happenings += _joined(rule, alert, finding, where[finding.subject], place, is_trial, at, changes)
    for alert, code in zip(new, next_codes(len(new), at), strict=True):
        alert.code = code
        happenings.append(happening(alert, "open", stage=alert.stage, level=alert.level, trial=alert.is_trial))
        changes.occasions[code] = "开启"
    Alert.objects.bulk_create(new, batch_size=BATCH)
    changes.opened += len(new)
    happenings += [_gone(alert, at) for alert in held.values() if alert.is_live and alert.gone_at is None and judged.is_sure(alert)]
    changes.gone += sum(happening.kind == "alert.gone" for happening in happenings)
    if happenings:
        record_all(by=SYSTEM, happenings=happenings)


def _transferred(alerts: Iterable[Alert], where: Mapping[str, Place]) -> frozenset[str]:
    """Of the alerts that are not where their matter is, those that somebody has transferred."""
    moved = [alert.code for alert in alerts if (alert.unit_id, alert.officer_id or "") != (where[alert.subject_code].unit, where[alert.subject_code].officer)]
    by_hand = Event.objects.filter(kind="alert.transfer", subject_kind="alert", subject_code__in=moved)
    return frozenset(by_hand.values_list("subject_code", flat=True)) if moved else frozenset()


def _opened(rule: Rule, finding: Finding, place: Place, origin: str, is_trial: bool, at: datetime) -> Alert:
    return Alert(
        rule_code=rule.code, origin=origin, subject_kind=rule.subject.name, subject_code=finding.subject, is_trial=is_trial, opened_at=at,
        **_said(rule, finding, place, at))


def _said(rule: Rule, finding: Finding, place: Place, at: datetime) -> dict[str, Any]:
    """What the finding of now says of an alert."""
    return {
        "rule_version": finding.version, "matter_code": place.matter, "unit_id": place.unit, "officer_id": place.officer or None, "level": rule.level,
        "rank": RANKS[rule.level], "stage": finding.stage, "message": message(rule, finding)[:500], "finding": evidence(finding),
        "start_at": finding.start_at, "due_at": finding.due_at, "seen_at": at, "gone_at": None,
        "is_historic": is_historic(finding.due_at or finding.end_at or finding.start_at or place.known_from),
    }


def _joined(
    rule: Rule, alert: Alert, finding: Finding, found_at: Place, place: Place | None, is_trial: bool, at: datetime, changes: Changes,
) -> Iterator[Happening]:
    """A finding about what an alert already stands for. `place`: where it belongs by its matter; None when a transfer by hand stands."""
    before, was_mute, was_with = alert.stage, alert.is_historic or alert.is_trial, (alert.unit_id, alert.officer_id)
    said = _said(rule, finding, found_at, at) | {"is_trial": is_trial}
    is_news = facts_of(said["finding"]) != facts_of(alert.finding)
    if not alert.is_live and not _opens_again(alert, is_news):
        return
    if alert.is_live and (place is None or (not place.officer and place.unit == alert.unit_id)):
        said.pop("unit_id"), said.pop("officer_id")  # where nobody leads any more, who led goes on
    is_moved = was_with != (said.get("unit_id", alert.unit_id), said.get("officer_id", alert.officer_id))
    if alert.is_live and alert.gone_at is None and before == finding.stage and not is_news and not is_moved and alert.is_trial == is_trial:
        return  # nothing new: nothing is written, so that a second run leaves no trace
    for name, value in {**said, **({} if alert.is_live else UNSUPERVISED)}.items():
        setattr(alert, name, value)
    act = "change"
    if not alert.is_live:
        alert.state, alert.reopened, alert.closed_at, alert.cure, alert.fault = states.OPEN, alert.reopened + 1, None, "", ""
        alert.escalations, alert.acknowledge_by, alert.answer_by, alert.climbs_at = 0, None, None, None
        act, changes.occasions[alert.code] = "reopen", f"再次开启{alert.reopened}"
    elif before == "due_soon" and finding.stage != "due_soon":
        changes.occasions[alert.code] = over_the_limit(alert)
    elif was_mute:
        changes.occasions[alert.code] = "开启"  # nobody has been told of it yet
    elif is_moved:
        changes.occasions[alert.code] = f"转由{alert.version}"
    alert.repeats += 1
    alert.version += 1
    alert.save()
    changes.joined += 1
    yield happening(alert, act, stage=[before, finding.stage], **({"left": was_with[1] or "", "officer": alert.officer_id or ""} if is_moved else {}))


def over_the_limit(alert: Alert) -> str:
    """The occasion, each time anew: a limit that was lengthened after it had run out can run out again."""
    return f"超期{alert.version}"


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
