"""Notices: who is told of what and when; escalation when somebody does not do his part in time; the end of a silence; delivery at least once.

A notice is written in the transaction of what it is about, so that nothing happens untold. Whoever delivers takes it by compare-and-set for a while; if
he dies the lease runs out and somebody else sends it again: twice rather than never.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from string import digits
from time import monotonic

from django.db import transaction
from django.db.models import F, Q, QuerySet

from mingjing.accounts.duties import table
from mingjing.alerts import channels, pace, states
from mingjing.alerts.actions.reconciling import IRREPARABLE, happening
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.channels.undelivered import Undelivered
from mingjing.alerts.library import Library, library
from mingjing.alerts.models import Alert, Notice, Silence, UnitSetting
from mingjing.alerts.recipients import HANDLING, LADDER, Recipient, holders, of_roles, of_rung
from mingjing.alerts.silence import concerned, is_silent, silent
from mingjing.ledger.actions import Happening, record_all

log = logging.getLogger("mingjing.alerts")
LEASE = timedelta(minutes=2)
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))  # between attempts; the last again and again
MOST = 100


def tell_all(*, occasions: Mapping[str, str], rules: Library, at: datetime) -> None:
    """Tell of these alerts (code → occasion) whoever the rule, the unit's settings and the duties name. Trial rules, followers and what is historic tell
    nobody."""
    alerts = Alert.objects.filter(code__in=occasions).select_related("unit", "officer")
    for alert in alerts:
        rule = rules.rules.get(alert.rule_code)
        if alert.is_trial or alert.leader_id or alert.is_historic or rule is None or is_silent(alert, at):
            continue
        _set_terms(alert, at)
        everybody = of_roles([*rule.push, *_also(alert)], alert.unit, alert.officer, at)
        _tell_in_turn(alert, everybody, occasions[alert.code], at)


def _set_terms(alert: Alert, at: datetime) -> None:
    if alert.state == states.OPEN:
        alert.acknowledge_by = alert.climbs_at = pace.by(alert.level, "acknowledge", at)
    alert.answer_by = alert.answer_by or pace.by(alert.level, "answer", at)
    alert.save(update_fields=["acknowledge_by", "answer_by", "climbs_at"])


def _tell_in_turn(alert: Alert, everybody: list[Recipient], occasion: str, at: datetime) -> None:
    """What can still be helped is told to all at once. Of what cannot be undone whoever is named hears first, so that he can speak before others ask."""
    named = of_roles([HANDLING], alert.unit, alert.officer, at) if alert.stage in IRREPARABLE else []
    tell(alert=alert, recipients=named, occasion=occasion, at=at)
    others = [each for each in everybody if each not in named]
    later = pace.within(at, pace.HEAD_START, by_clock=pace.PACES[alert.level].by_clock) if named else at
    tell(alert=alert, recipients=others, occasion=occasion, at=at, not_before=later)


def _also(alert: Alert) -> list[str]:
    above = alert.unit.line
    settings = {setting.unit_id: setting for setting in UnitSetting.objects.filter(rule_code=alert.rule_code, unit__code__in=above)}
    nearest = next((settings[code] for code in reversed(above) if code in settings), None)
    return [duty for duty in nearest.also_told.split("、") if duty] if nearest else []


def tell(*, alert: Alert, recipients: Iterable[Recipient], occasion: str, at: datetime, not_before: datetime | None = None) -> list[Notice]:
    """One notice a recipient and channel; what has been told of the same occasion is not told again."""
    when, text = pace.send_at(not_before or at, alert.level), f"{occasion.rstrip(digits)}：{alert.message}"[:600]
    notices = [
        Notice(alert=alert, officer=recipient.officer, duty=recipient.duty, channel=channel, occasion=occasion, text=text, created_at=at, send_at=when)
        for recipient in recipients for channel in channels.active()
    ]
    return Notice.objects.bulk_create(notices, ignore_conflicts=True)


def _resume(at: datetime) -> list[Happening]:
    """Silences that have come to their end by themselves are closed, and what they kept quiet is told. Returns what is to be recorded of it."""
    over = Silence.objects.select_for_update(of=("self",)).filter(approved_by__isnull=False, ended_at__isnull=True, ends_at__lte=at)
    happenings = []
    for silence in over.select_related("unit", "alert").order_by("ends_at", "pk"):
        silence.ended_at = silence.ends_at  # so that it is told once, whenever a worker comes to it
        silence.save(update_fields=["ended_at"])
        tell_again(silence, at=at)
        matter = silence.alert.matter_code if silence.alert else ""
        said = {"rule": silence.rule_code, "alert": silence.alert_id or "", "scope": silence.unit_id, "ends_at": silence.ends_at.isoformat()}
        happenings.append(Happening("silence.expire", "silence", str(silence.pk), matter, None, said))
    return happenings


def tell_again(silence: Silence, *, at: datetime) -> None:
    """After a silence: what still has to be mended is told, and the time to sign begins anew, because nobody could be expected to sign unheard."""
    waiting = concerned(silence).filter(state__in=states.TO_MEND, gone_at__isnull=True)
    tell_all(occasions=dict.fromkeys(waiting.values_list("code", flat=True), f"静默结束{silence.pk}"), rules=library(), at=at)


@transaction.atomic
def escalate(*, at: datetime) -> int:
    """Alerts that were not signed for, answered or judged in time go one step up; a supervision that is over is told to whoever ordered it. Returns how
    many. What is silent waits; silences that are over come first, so that nothing climbs for the time in which nobody was told."""
    resumed = _resume(at)
    climbed = [_climb(alert, at) for alert in _waiting(at)]
    climbed += [_tell_supervisor(alert, at) for alert in _supervision_over(at)]
    if happenings := resumed + climbed:
        record_all(by=SYSTEM, happenings=happenings)
    return len(climbed)


def _waiting(at: datetime) -> QuerySet[Alert]:
    waiting = Alert.objects.select_for_update(of=("self",)).filter(~silent(at), state__in=states.LIVE, climbs_at__lt=at, is_trial=False, leader__isnull=True)
    return waiting.select_related("unit", "officer").order_by("climbs_at", "pk")[:MOST]


def _climb(alert: Alert, at: datetime) -> Happening:
    alert.escalations += 1
    able = table().permission("alert", DECIDES[alert.state]).duties if alert.state in states.JUDGED else LADDER
    recipients = of_rung(alert.escalations, alert.unit, at, able)
    if recipients and alert.escalations == 1 and alert.term == alert.answer_by:
        recipients = [*of_roles([HANDLING], alert.unit, alert.officer, at), *recipients]  # once more to whoever has to answer
    alert.climbs_at = pace.by(alert.level, "acknowledge", at) if recipients else None  # nobody is left above
    alert.version += 1
    alert.save(update_fields=["escalations", "climbs_at", "version"])
    overdue = OVERDUE[states.TERMS[alert.state]]
    tell(alert=alert, recipients=recipients, occasion=f"{overdue}{alert.version}", at=at)
    return happening(alert, "escalate", overdue=overdue, rung=alert.escalations, told=[recipient.officer.code for recipient in recipients])


OVERDUE = {"acknowledge_by": "逾期未签收", "answer_by": "逾期未反馈", "judge_by": "逾期未审核"}
DECIDES = {states.SUBMITTED: "close", states.DISPUTED: "uphold"}


def _supervision_over(at: datetime) -> QuerySet[Alert]:
    over = Alert.objects.select_for_update(of=("self",)).filter(state__in=states.LIVE, supervise_by__lt=at, supervision_over_at__isnull=True)
    return over.select_related("unit", "officer", "supervised_by").order_by("supervise_by", "pk")[:MOST]


def _tell_supervisor(alert: Alert, at: datetime) -> Happening:
    """Whoever ordered it, or whoever watches over the law there now; and those who should have done it."""
    alert.supervision_over_at = at
    alert.version += 1
    alert.save(update_fields=["supervision_over_at", "version"])
    ordered = alert.statements.filter(act="supervise", officer__is_active=True).select_related("officer").last()
    above = [Recipient(ordered.officer, "督办人")] if ordered else holders(LADDER[-1], alert.supervised_by or alert.unit, at)
    told = {each.officer.code: each for each in (*above, *of_roles([HANDLING, "unit_leader"], alert.unit, alert.officer, at))}
    tell(alert=alert, recipients=told.values(), occasion=f"督办逾期{alert.version}", at=at)
    return happening(alert, "supervision_over", told=list(told))


def deliver(*, at: datetime) -> int:
    """Send what is due, at most MOST by each way. Returns how many were delivered. A way on which something fails is left alone for this round: a server
    that does not answer takes seconds a message, and nothing else should wait for it."""
    due = Notice.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=at), delivered_at__isnull=True, send_at__lte=at)
    started = monotonic()
    ways = list(due.order_by().values_list("channel", flat=True).distinct())
    return sum(_by_one_way(due.filter(channel=way), lambda: at + timedelta(seconds=int(monotonic() - started))) for way in ways)


def _by_one_way(due: QuerySet[Notice], clock: Callable[[], datetime]) -> int:
    """`clock`: the time as it goes on while messages are sent."""
    delivered = 0
    for bundle in _bundles(due.select_related("alert", "officer").order_by("send_at", "pk")[:MOST]):
        now = clock()
        taken = [notice for notice in bundle if _take(notice, now)]
        if not taken:
            continue
        if not _send(taken, now):
            break
        delivered += len(taken)
    return delivered


def _bundles(notices: Iterable[Notice]) -> list[list[Notice]]:
    """What goes out as one message: blue alerts of the same officer together, where the channel can say it so; everything else alone."""
    bundles = defaultdict(list)
    for notice in notices:
        is_blue = notice.alert.level == "blue" and channels.gathers(notice.channel)
        bundles[notice.officer_id if is_blue else notice.pk].append(notice)
    return list(bundles.values())


def _take(notice: Notice, at: datetime) -> bool:
    """Compare and set: whoever changes the row from what was read has it."""
    mine = Notice.objects.filter(pk=notice.pk, delivered_at__isnull=True, lease_until=notice.lease_until)
    return bool(mine.update(lease_until=at + LEASE, attempts=F("attempts") + 1))


def _send(bundle: list[Notice], at: datetime) -> bool:
    ours = Notice.objects.filter(pk__in=[notice.pk for notice in bundle])
    try:
        channels.sender(bundle[0].channel)(bundle)
    except Undelivered as error:
        wait = WAITS[min(bundle[0].attempts, len(WAITS) - 1)]
        ours.update(error=str(error)[:300], lease_until=None, send_at=at + wait)
        log.warning("推送 %s 未送达：%s", "、".join(str(notice.pk) for notice in bundle), error)
        return False
    ours.update(delivered_at=at, error="", lease_until=None)
    return True
