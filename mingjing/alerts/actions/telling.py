"""Notices: who is told of what and when; escalation when nobody signs; the end of a silence; delivery at least once.

A notice is written in the transaction of what it is about, so that nothing happens untold. Whoever delivers takes it by compare-and-set for a while; if
he dies the lease runs out and somebody else sends it again: twice rather than never.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from string import digits
from time import monotonic

from django.db import transaction
from django.db.models import F, Q, QuerySet

from mingjing.alerts import channels, pace, states
from mingjing.alerts.actions.reconciling import happening
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.channels.undelivered import Undelivered
from mingjing.alerts.library import Library, library
from mingjing.alerts.models import Alert, Notice, Silence, UnitSetting
from mingjing.alerts.recipients import Recipient, of_roles, of_rung
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
        speed = pace.PACES[alert.level]
        alert.acknowledge_by = pace.within(at, speed.acknowledge, by_clock=speed.by_clock)
        alert.answer_by = alert.answer_by or pace.within(at, speed.answer, by_clock=speed.by_clock)
        alert.save(update_fields=["acknowledge_by", "answer_by"])
        tell(alert=alert, recipients=of_roles([*rule.push, *_also(alert)], alert.unit, alert.officer, at), occasion=occasions[alert.code], at=at)


def _also(alert: Alert) -> list[str]:
    above = alert.unit.path.rstrip("/").split("/")
    settings = {setting.unit_id: setting for setting in UnitSetting.objects.filter(rule_code=alert.rule_code, unit__code__in=above)}
    nearest = next((settings[code] for code in reversed(above) if code in settings), None)
    return [duty for duty in nearest.also_told.split("、") if duty] if nearest else []


def tell(*, alert: Alert, recipients: Iterable[Recipient], occasion: str, at: datetime) -> list[Notice]:
    """One notice a recipient and channel; what has been told of the same occasion is not told again."""
    when, text = pace.send_at(at, alert.level), f"{occasion.rstrip(digits)}：{alert.message}"[:600]
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
    """Alerts that nobody has signed for in time go one step up. Returns how many. What is silent waits; silences that are over come first, so that
    nothing climbs for the time in which nobody was told."""
    happenings = _resume(at)
    over = len(happenings)
    waiting = Alert.objects.select_for_update(of=("self",)).filter(
        ~silent(at), state=states.OPEN, acknowledge_by__lt=at, is_trial=False, leader__isnull=True)
    waiting = waiting.select_related("unit").order_by("acknowledge_by")[:MOST]
    for alert in waiting:
        alert.escalations += 1
        recipients = of_rung(alert.escalations, alert.unit, at)
        speed = pace.PACES[alert.level]
        alert.acknowledge_by = pace.within(at, speed.acknowledge, by_clock=speed.by_clock) if recipients else None  # nobody is left above
        alert.version += 1
        alert.save(update_fields=["escalations", "acknowledge_by", "version"])
        tell(alert=alert, recipients=recipients, occasion=f"升级{alert.escalations}", at=at)
        happenings.append(happening(alert, "escalate", rung=alert.escalations, told=[recipient.officer.code for recipient in recipients]))
    if happenings:
        record_all(by=SYSTEM, happenings=happenings)
    return len(happenings) - over


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
    for notice in due.select_related("alert", "officer").order_by("send_at", "pk")[:MOST]:
        now = clock()
        if not _take(notice, now):
            continue
        if not _send(notice, now):
            break
        delivered += 1
    return delivered


def _take(notice: Notice, at: datetime) -> bool:
    """Compare and set: whoever changes the row from what was read has it."""
    mine = Notice.objects.filter(pk=notice.pk, delivered_at__isnull=True, lease_until=notice.lease_until)
    return bool(mine.update(lease_until=at + LEASE, attempts=F("attempts") + 1))


def _send(notice: Notice, at: datetime) -> bool:
    try:
        channels.sender(notice.channel)(notice)
    except Undelivered as error:
        wait = WAITS[min(notice.attempts, len(WAITS) - 1)]
        Notice.objects.filter(pk=notice.pk).update(error=str(error)[:300], lease_until=None, send_at=at + wait)
        log.warning("推送 %s 未送达：%s", notice.pk, error)
        return False
    Notice.objects.filter(pk=notice.pk).update(delivered_at=at, error="", lease_until=None)
    return True
