"""Notices: who is told of what and when; escalation when somebody does not do his part in time; the end of a silence; delivery at least once.

A notice is written in the transaction of what it is about, so that nothing happens untold. Whoever delivers takes it by compare-and-set for a while; if
he dies the lease runs out and somebody else sends it again: twice rather than never.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from string import digits
from time import monotonic

from django.db import transaction
from django.db.models import F, Q, QuerySet

from mingjing.alerts import channels, pace, states
from mingjing.alerts.actions.reconciling import BATCH, IRREPARABLE, happening
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.channels.undelivered import Undelivered
from mingjing.alerts.library import Library, library
from mingjing.alerts.models import Alert, Notice, Silence
from mingjing.alerts.offers import JUDGED
from mingjing.alerts.recipients import HANDLING, LADDER, LEADERS, Directory, Recipient, may_decide
from mingjing.alerts.silence import concerned, silent
from mingjing.alerts.standing import Standing, standing
from mingjing.ledger.actions import Happening, record_all
from rulebook.rules import Rule

log = logging.getLogger("mingjing.alerts")
LEASE = timedelta(minutes=2)
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))  # between attempts; the last again and again
MOST = 100  # messages by one way in one round
AT_ONCE = 1000  # notices that need no message
CLIMBING = 25  # alerts that climb in one round: judging waits for them


def tell_all(*, occasions: Mapping[str, str], rules: Library, at: datetime) -> None:
    """Tell of these alerts (code → occasion) whoever the rule, the unit's settings and the duties name. Trial rules, followers and what is historic tell
    nobody. A dozen queries for a batch of them."""
    now = standing() if occasions else None
    codes = list(occasions)
    for first in range(0, len(codes), BATCH):
        told = Alert.objects.filter(
            ~silent(at), code__in=codes[first:first + BATCH], is_trial=False, leader__isnull=True, is_historic=False, rule_code__in=rules.rules)
        alerts = list(told.select_related("unit", "officer"))
        _set_terms(alerts, at)
        directory = Directory(alert.unit for alert in alerts)
        notices = [notice for alert in alerts for notice in _in_turn(alert, rules.rules[alert.rule_code], now, directory, occasions[alert.code], at)]
        Notice.objects.bulk_create(notices, ignore_conflicts=True)


def _set_terms(alerts: Iterable[Alert], at: datetime) -> None:
    """The time to sign begins anew, the time to answer only where there is none yet. Both depend on the level alone."""
    levels = defaultdict(list)
    for alert in alerts:
        levels[alert.level].append(alert.pk)
    for level, codes in levels.items():
        rows, sign_by = Alert.objects.filter(pk__in=codes), pace.by(level, "acknowledge", at)
        rows.filter(state=states.OPEN).update(acknowledge_by=sign_by, climbs_at=sign_by, escalations=0)
        untold, answer_by = rows.filter(answer_by__isnull=True), pace.by(level, "answer", at)
        untold.filter(state__in=states.TO_MEND).exclude(state=states.OPEN).update(climbs_at=answer_by)  # signed for before anybody was told
        untold.update(answer_by=answer_by)


def _in_turn(alert: Alert, rule: Rule, now: Standing, directory: Directory, occasion: str, at: datetime) -> list[Notice]:
    """What can still be helped is told to all at once, and so is everything that protects liberty. Of the rest, which cannot be undone, whoever is named
    hears first if he is to hear at all, so that he can speak before others ask."""
    setting = now.setting(alert.rule_code, alert.unit_id)
    roles = [*rule.push, *(duty for duty in (setting.also_told if setting else "").split("、") if duty)]
    when = pace.send_at(at, alert.level)
    everybody = directory.of_roles(roles, alert.unit, alert.officer, when)
    named = [each for each in everybody if each.officer.code == alert.officer_id]
    if not named or rule.protects or alert.stage not in IRREPARABLE:
        return _notices(alert, everybody, occasion, at, when)
    later = pace.send_at(pace.within(at, pace.HEAD_START, by_clock=pace.PACES[alert.level].by_clock), alert.level)
    others = [each for each in directory.of_roles(roles, alert.unit, alert.officer, later) if each.officer.code != alert.officer_id]
    return [*_notices(alert, named, occasion, at, when), *_notices(alert, others, occasion, at, later)]


def _notices(alert: Alert, recipients: Iterable[Recipient], occasion: str, at: datetime, when: datetime) -> list[Notice]:
    """One a recipient and channel."""
    text = f"{occasion.rstrip(digits)}：{alert.message}"[:600]
    return [
        Notice(alert=alert, officer=recipient.officer, duty=recipient.duty, channel=channel, occasion=occasion, text=text, created_at=at, send_at=when)
        for recipient in recipients for channel in channels.active()
    ]


def tell(*, alert: Alert, recipients: Iterable[Recipient], occasion: str, at: datetime) -> None:
    """What has been told of the same occasion is not told again."""
    Notice.objects.bulk_create(_notices(alert, recipients, occasion, at, pace.send_at(at, alert.level)), ignore_conflicts=True)


def _resume(at: datetime) -> list[Happening]:
    """Silences that have come to their end by themselves are closed, and what they kept quiet is told; so are those of rules that have come to protect
    liberty. Returns what is to be recorded of it."""
    is_over = Q(ends_at__lte=at) | Q(rule_code__in=library().protecting)
    over = Silence.objects.select_for_update(of=("self",)).filter(is_over, approved_by__isnull=False, ended_at__isnull=True)
    happenings = []
    for silence in over.select_related("unit", "alert").order_by("ends_at", "pk"):
        silence.ended_at = min(silence.ends_at, at)  # so that it is told once, whenever a worker comes to it
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
    waiting = list(_waiting(at))
    over = list(_supervision_over(at).exclude(pk__in=[alert.pk for alert in waiting])[:CLIMBING])  # one step of one alert in one round
    directory = Directory(alert.unit for alert in waiting + over)
    climbed = [*(_climb(alert, directory, at) for alert in waiting), *(_tell_supervisor(alert, directory, at) for alert in over)]
    if happenings := resumed + climbed:
        record_all(by=SYSTEM, happenings=happenings)
    return len(climbed)


def _waiting(at: datetime) -> QuerySet[Alert]:
    """What a run or a person has in hand just now is left for the next round: nobody waits for anybody."""
    free = Alert.objects.select_for_update(of=("self",), skip_locked=True)
    waiting = free.filter(~silent(at), state__in=states.LIVE, climbs_at__lt=at, is_trial=False, leader__isnull=True)
    return waiting.select_related("unit", "officer").order_by("climbs_at", "pk")[:CLIMBING]


def _climb(alert: Alert, directory: Directory, at: datetime) -> Happening:
    alert.escalations += 1
    recipients = _next_step(alert, directory, pace.send_at(at, alert.level))
    if recipients and alert.escalations == 1 and states.TERMS[alert.state] == "answer_by":
        recipients = [*directory.of_roles([HANDLING], alert.unit, alert.officer, at), *recipients]  # once more to whoever has to answer
    alert.climbs_at = pace.by(alert.level, "acknowledge", at) if recipients else None  # nobody is left above
    alert.version += 1
    alert.save(update_fields=["escalations", "climbs_at", "version"])
    overdue = OVERDUE[states.TERMS[alert.state]]
    tell(alert=alert, recipients=recipients, occasion=f"{overdue}{alert.version}", at=at)
    return happening(alert, "escalate", overdue=overdue, rung=alert.escalations, told=[recipient.officer.code for recipient in recipients])


def _next_step(alert: Alert, directory: Directory, when: datetime) -> list[Recipient]:
    """The people of the step that it has come to; nobody when the ladder is climbed. What is to be judged goes to those who may judge it and did not write
    it, and to the leaders above."""
    steps = directory.steps(alert.unit, when)
    if alert.state in states.TO_JUDGE:
        written = alert.statements.filter(act__in=JUDGED[states.DECIDED_BY[alert.state]]).last()
        writer = written.officer_id if written else None
        steps = ([each for each in step if each.officer.code != writer and (each.duty == LEADERS or may_decide(each, alert))] for step in steps)
    return next(islice(filter(None, steps), alert.escalations - 1, None), [])


OVERDUE = {"acknowledge_by": "逾期未签收", "answer_by": "逾期未反馈", "judge_by": "逾期未审核"}


def _supervision_over(at: datetime) -> QuerySet[Alert]:
    free = Alert.objects.select_for_update(of=("self",), skip_locked=True)
    over = free.filter(state__in=states.LIVE, supervise_by__lt=at, supervision_over_at__isnull=True)
    return over.select_related("unit", "officer").order_by("supervise_by", "pk")


def _tell_supervisor(alert: Alert, directory: Directory, at: datetime) -> Happening:
    """Whoever ordered it, or whoever watches over the law there now; and those who should have done it."""
    alert.supervision_over_at, when = at, pace.send_at(at, alert.level)
    alert.version += 1
    alert.save(update_fields=["supervision_over_at", "version"])
    ordered = alert.statements.filter(act="supervise", officer__is_active=True).select_related("officer").last()
    above = [Recipient(ordered.officer, "督办人")] if ordered else directory.holders(LADDER[-1], alert.unit, when)
    told = {each.officer.code: each for each in (*above, *directory.of_roles([HANDLING, "unit_leader"], alert.unit, alert.officer, when))}
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
