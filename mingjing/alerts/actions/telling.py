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
from mingjing.alerts.models import Alert, Notice, Silence
from mingjing.alerts.recipients import HANDLING, LADDER, Directory, Recipient
from mingjing.alerts.silence import concerned, silent
from mingjing.alerts.standing import standing
from mingjing.ledger.actions import Happening, record_all

log = logging.getLogger("mingjing.alerts")
LEASE = timedelta(minutes=2)
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))  # between attempts; the last again and again
MOST = 100  # messages by one way in one round
AT_ONCE = 1000  # notices that need no message
CLIMBING = 25  # alerts that climb in one round: judging waits for them


def tell_all(*, occasions: Mapping[str, str], rules: Library, at: datetime) -> None:
    """Tell of these alerts (code → occasion) whoever the rule, the unit's settings and the duties name. Trial rules, followers and what is historic tell
    nobody. A dozen queries, however many alerts."""
    if not occasions:
        return
    told = Alert.objects.filter(~silent(at), code__in=occasions, is_trial=False, leader__isnull=True, is_historic=False, rule_code__in=rules.rules)
    alerts = list(told.select_related("unit", "officer"))
    _set_terms(alerts, at)
    directory, now = Directory(at, (alert.unit for alert in alerts)), standing()
    notices = []
    for alert in alerts:
        setting = now.setting(alert.rule_code, alert.unit_id)
        also = [duty for duty in setting.also_told.split("、") if duty] if setting else []
        everybody = directory.of_roles([*rules.rules[alert.rule_code].push, *also], alert.unit, alert.officer)
        notices += _in_turn(alert, everybody, occasions[alert.code], at)
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def _set_terms(alerts: Iterable[Alert], at: datetime) -> None:
    """The time to sign begins anew, the time to answer only where there is none yet. Both depend on the level alone."""
    levels = defaultdict(list)
    for alert in alerts:
        levels[alert.level].append(alert.pk)
    for level, codes in levels.items():
        rows, sign_by = Alert.objects.filter(pk__in=codes), pace.by(level, "acknowledge", at)
        rows.filter(state=states.OPEN).update(acknowledge_by=sign_by, climbs_at=sign_by)
        rows.filter(answer_by__isnull=True).update(answer_by=pace.by(level, "answer", at))


def _in_turn(alert: Alert, everybody: list[Recipient], occasion: str, at: datetime) -> list[Notice]:
    """What can still be helped is told to all at once. Of what cannot be undone whoever is named hears first, so that he can speak before others ask."""
    is_named = alert.stage in IRREPARABLE and alert.officer is not None and alert.officer.is_active
    if not is_named:
        return _notices(alert, everybody, occasion, at, at)
    later = pace.within(at, pace.HEAD_START, by_clock=pace.PACES[alert.level].by_clock)
    others = [each for each in everybody if each.officer.code != alert.officer_id]
    return [*_notices(alert, [Recipient(alert.officer, "办案民警")], occasion, at, at), *_notices(alert, others, occasion, at, later)]


def _notices(alert: Alert, recipients: Iterable[Recipient], occasion: str, at: datetime, not_before: datetime) -> list[Notice]:
    """One a recipient and channel."""
    when, text = pace.send_at(not_before, alert.level), f"{occasion.rstrip(digits)}：{alert.message}"[:600]
    return [
        Notice(alert=alert, officer=recipient.officer, duty=recipient.duty, channel=channel, occasion=occasion, text=text, created_at=at, send_at=when)
        for recipient in recipients for channel in channels.active()
    ]


def tell(*, alert: Alert, recipients: Iterable[Recipient], occasion: str, at: datetime) -> None:
    """What has been told of the same occasion is not told again."""
    Notice.objects.bulk_create(_notices(alert, recipients, occasion, at, at), ignore_conflicts=True)


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
    waiting, over = list(_waiting(at)), list(_supervision_over(at))
    directory = Directory(at, (alert.unit for alert in waiting + over))
    climbed = [*(_climb(alert, directory) for alert in waiting), *(_tell_supervisor(alert, directory) for alert in over)]
    if happenings := resumed + climbed:
        record_all(by=SYSTEM, happenings=happenings)
    return len(climbed)


def _waiting(at: datetime) -> QuerySet[Alert]:
    waiting = Alert.objects.select_for_update(of=("self",)).filter(~silent(at), state__in=states.LIVE, climbs_at__lt=at, is_trial=False, leader__isnull=True)
    return waiting.select_related("unit", "officer").order_by("climbs_at", "pk")[:CLIMBING]


def _climb(alert: Alert, directory: Directory) -> Happening:
    at = directory.at
    alert.escalations += 1
    able = table().permission("alert", DECIDES[alert.state]).duties if alert.state in states.JUDGED else LADDER
    recipients = directory.of_rung(alert.escalations, alert.unit, able)
    if recipients and alert.escalations == 1 and alert.term == alert.answer_by:
        recipients = [*directory.of_roles([HANDLING], alert.unit, alert.officer), *recipients]  # once more to whoever has to answer
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
    return over.select_related("unit", "officer").order_by("supervise_by", "pk")[:CLIMBING]


def _tell_supervisor(alert: Alert, directory: Directory) -> Happening:
    """Whoever ordered it, or whoever watches over the law there now; and those who should have done it."""
    at = alert.supervision_over_at = directory.at
    alert.version += 1
    alert.save(update_fields=["supervision_over_at", "version"])
    ordered = alert.statements.filter(act="supervise", officer__is_active=True).select_related("officer").last()
    above = [Recipient(ordered.officer, "督办人")] if ordered else directory.holders(LADDER[-1], alert.unit)
    told = {each.officer.code: each for each in (*above, *directory.of_roles([HANDLING, "unit_leader"], alert.unit, alert.officer))}
    tell(alert=alert, recipients=told.values(), occasion=f"督办逾期{alert.version}", at=at)
    return happening(alert, "supervision_over", told=list(told))


def deliver(*, at: datetime) -> int:
    """Send what is due, at most MOST by each way. Returns how many were delivered. A way on which something fails is left alone for this round: a server
    that does not answer takes seconds a message, and nothing else should wait for it."""
    due = Notice.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=at), delivered_at__isnull=True, send_at__lte=at)
    started = monotonic()
    ways = list(due.order_by().values_list("channel", flat=True).distinct())

    def clock() -> datetime:
        return at + timedelta(seconds=int(monotonic() - started))

    return sum(_by_one_way(due.filter(channel=way), clock) if channels.carries(way) else _arrived(due.filter(channel=way), at) for way in ways)


def _arrived(due: QuerySet[Notice], at: datetime) -> int:
    """Where nothing has to be carried, all of it arrives at once: one statement, which another worker cannot do a second time."""
    codes = list(due.order_by("send_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    still = Notice.objects.filter(pk__in=codes, delivered_at__isnull=True)
    return still.update(delivered_at=at, error="", lease_until=None, attempts=F("attempts") + 1)


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
