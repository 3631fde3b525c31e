"""The alerts' part of the background work: judge what changed, fire clocks, judge everything now and then, escalate, deliver, look after quality.

Each step is a transaction of its own and safe to be killed anywhere; several workers at once do nothing twice, for each takes its rows under lock or by
compare-and-set, and one lock lets a single one judge at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from mingjing.alerts import sources
from mingjing.alerts.actions.failing import record_failure
from mingjing.alerts.actions.judging import demote, draw_sample
from mingjing.alerts.actions.telling import deliver, escalate
from mingjing.alerts.desks import desk_of
from mingjing.alerts.evaluating import JUDGING, fire_clocks, position, run_changes, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Beat, Run, Sample
from mingjing.alerts.source_runs import run_sources
from mingjing.cases.kept import kept
from mingjing.ledger.queries import head

log = logging.getLogger("mingjing.alerts")
LOCK_WHOLE, LOCK_SOURCES = JUDGING + 1, JUDGING + 2  # PostgreSQL's advisory locks of whoever judges everything, and external sources
RETRY = timedelta(minutes=1)  # a whole run that broke off is tried again after this; changes and clocks have their turn meanwhile
QUALITY_EVERY = timedelta(hours=1)
BEAT_EVERY = timedelta(seconds=15)
_done_at: dict[str, datetime] = {}


def get_ready() -> None:
    """Plan what changes are judged by, so that the first one does not wait for it."""
    _tried("准备判断", _plan)


def run_once() -> bool:
    """One round of everything but whole runs and external sources; whether there was anything to do."""
    return any([judge_once(), deliver_once()])


def judge_once() -> bool:
    """A round without deliveries, which may have to wait for other machines. A step that fails stops no other: the log has it whole."""
    did = [_tried("报告运行", _beat) or _tried(name, step) for name, step in STEPS.items()]  # before each step: one of them may have to wait
    return any(did)


def deliver_once() -> bool:
    return _tried("推送", lambda: bool(deliver(at=timezone.now())))


def _tried(name: str, step: Callable[[], bool]) -> bool:
    try:
        return step()
    except Exception:
        log.exception("预警后台任务“%s”出错，下一轮重试", name)
        return False


def run_whole_if_due() -> bool:
    """A whole run when the last one is long enough ago. It takes its time, so it has a process of its own and others do not wait for it."""
    with _alone(LOCK_WHOLE) as mine:
        if not mine or not whole_is_due(timezone.now()):
            return False
        return _recorded(Run.Kind.WHOLE, lambda: bool(run_whole()))


def run_sources_if_due() -> bool:
    """External sources that have changed or were read long enough ago; in a process of its own too, for they may be large."""
    with _alone(LOCK_SOURCES) as mine:
        return mine and bool(run_sources())


def sources_are_due(now: datetime) -> bool:
    return bool(sources.due(now))


def _plan() -> bool:
    desk_of(library(), kept()).plan()
    return True


def _judge() -> bool:
    """Clocks and changes. Until a first whole run has been tried there is no position to go on from, and everything would be a change."""
    with _alone(JUDGING) as mine:
        begun = mine and Run.objects.filter(kind=Run.Kind.WHOLE).exists()
        return begun and _recorded(Run.Kind.CHANGES, lambda: any([fire_clocks(), run_changes() is not None]))


def _recorded(kind: Run.Kind, judge: Callable[[], bool]) -> bool:
    """What breaks off is on record before it is raised."""
    began = timezone.now()
    try:
        return judge()
    except Exception as error:
        record_failure(kind=kind, error=error, began=began, now=timezone.now(), position=position())
        raise


def whole_is_due(now: datetime) -> bool:
    last = Run.objects.filter(kind=Run.Kind.WHOLE).first()
    if last is not None and last.error:
        return now - last.at >= RETRY
    # also when the clock has been set back: the last one then lies ahead, and would be waited for
    return last is None or abs(now - last.started_at) >= timedelta(minutes=settings.WHOLE_RUN_MINUTES)


@contextmanager
def _alone(lock: int) -> Iterator[bool]:
    """Whether this is the only one that judges. On SQLite the steps' own transactions take turns, and a second judge finds nothing left to do."""
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        mine = cursor.fetchone()[0]
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


def _beat() -> bool:
    """Tell that the rounds go on; the banner of every page looks at it."""
    now, last = timezone.now(), _done_at.get("beat")
    if last is None or not timedelta() <= now - last < BEAT_EVERY:
        Beat.objects.update_or_create(part="评估", defaults={"at": now})
        _done_at["beat"] = now
    return False


def _escalate() -> bool:
    return bool(escalate(at=timezone.now()))


def _quality() -> bool:
    """Once an hour: rules that fall below the line; once a week: the sample."""
    now = timezone.now()
    if (last := _done_at.get("quality")) and now - last < QUALITY_EVERY:
        return False
    _done_at["quality"] = now
    today = timezone.localdate(now)
    monday = today - timedelta(days=today.weekday())
    with transaction.atomic():
        demoted = demote(rules=library(), at=now)
        drawn = 0 if Sample.objects.filter(week=monday).exists() else draw_sample(rules=library(), week=monday, seed=_seed())
    return bool(demoted or drawn)


def _seed() -> str:
    """The head of the ledger: nobody can choose it, everybody can look it up afterwards and draw the same sample again."""
    last = head()
    return last.digest if last else ""


STEPS: dict[str, Callable[[], bool]] = {"判断": _judge, "升级": _escalate, "质量": _quality}
