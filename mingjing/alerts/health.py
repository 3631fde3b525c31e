"""Is evaluation alive? What keeps it from being trusted, each as a sentence: what, since when, what to do. One query, and the rule files.

A page that shows no alerts is only good news while this is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Subquery, Value
from django.db.models.functions import Coalesce

from mingjing.alerts.library import library
from mingjing.alerts.models import Clock, Run
from mingjing.ledger.models import Event
from mingjing.ui.times import full, span

PATIENCE = timedelta(seconds=60)  # how long a fact or a clock may wait before somebody is told (参数，非法定)
SKEW = timedelta(seconds=5)  # machines whose clocks differ by less are taken to agree
CALL = "请联系系统管理员检查后台评估程序"


@dataclass(frozen=True)
class Trouble:
    """`what` with since when; `then`: what to do until it is mended, and who mends it. `details`: line by line."""

    name: str
    what: str
    then: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pulse:
    """What the database says, at one moment. Times are aware; None: never, or nothing waits. `begun`: the ledger's first entry."""

    last_at: datetime | None = None
    whole_at: datetime | None = None
    waiting: datetime | None = None
    clock: datetime | None = None
    begun: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""


def pulse() -> Pulse:
    """One query; a second one only while nothing has ever run."""
    sound = Run.objects.filter(error="").order_by("-pk")
    reached = Coalesce(Subquery(sound.order_by("-position").values("position")[:1]), Value(0), output_field=BigIntegerField())
    row = Run.objects.order_by("-pk").annotate(
        last_at=Subquery(sound.values("at")[:1]), whole_at=Subquery(sound.filter(kind=Run.Kind.WHOLE).values("started_at")[:1]),
        waiting=Subquery(Event.objects.filter(seq__gt=reached).order_by("seq").values("recorded_at")[:1]),
        clock=Subquery(Clock.objects.filter(fires_at__isnull=False).order_by("fires_at").values("fires_at")[:1]),
        begun=Subquery(Event.objects.order_by("seq").values("recorded_at")[:1]),
    ).first()
    if row is None:
        begun = Event.objects.order_by("seq").values_list("recorded_at", flat=True).first()
        return Pulse(waiting=begun, begun=begun)
    return Pulse(row.last_at, row.whole_at, row.waiting, row.clock, row.begun, row.started_at if row.error else None, row.error)


def troubles(now: datetime) -> list[Trouble]:
    """What is wrong at `now` (aware); nothing when evaluation can be trusted."""
    seen = pulse()
    found = [_clock_set_back(seen, now), _failing(seen, now), _behind(seen, now), _no_whole_run(seen, now), _clocks_late(seen, now), _broken_files()]
    return [trouble for trouble in found if trouble]


def _clock_set_back(seen: Pulse, now: datetime) -> Trouble | None:
    if seen.last_at is None or seen.last_at <= now + SKEW:
        return None
    return Trouble("clock", f"服务器的时钟被拨回：现在显示 {full(now)}，而最近一次评估在 {full(seen.last_at)}。",
                   "时钟改正之前，剩余时间和届满时间都不可信，请以案卷记载的时间为准。请联系系统管理员校准服务器时间。")


def _failing(seen: Pulse, now: datetime) -> Trouble | None:
    if seen.failing_since is None:
        return None
    return Trouble("failing", f"自 {full(seen.failing_since)} 起评估出错，此后的情况没有判断。",
                   f"没有新预警不等于没有问题，请自行核对正在办理的时限。{CALL}；出错内容在评估运行里。")


def _behind(seen: Pulse, now: datetime) -> Trouble | None:
    if seen.waiting is None or now - seen.waiting <= PATIENCE or seen.failing_since:
        return None  # that it fails has been said
    return Trouble("behind", f"{full(seen.waiting)} 以后录入的内容还没有评估，已等待 {span(now - seen.waiting)}。",
                   f"没有新预警不等于没有问题，请自行核对正在办理的时限。{CALL}是否在运行。")


def _no_whole_run(seen: Pulse, now: datetime) -> Trouble | None:
    interval = timedelta(minutes=settings.WHOLE_RUN_MINUTES)
    since = seen.whole_at or seen.begun
    if since is None or now - since <= 2 * interval:
        return None
    last = f"最近一次全量评估在 {full(seen.whole_at)}" if seen.whole_at else "还没有做过全量评估"
    return Trouble("whole", f"{last}，应每 {settings.WHOLE_RUN_MINUTES} 分钟一次（参数，非法定）。",
                   f"单位之间的比较和规则文件的改动可能没有反映在预警里。{CALL}是否在运行。")


def _clocks_late(seen: Pulse, now: datetime) -> Trouble | None:
    if seen.clock is None or now - seen.clock <= PATIENCE:
        return None
    return Trouble("clocks", f"有时限应在 {full(seen.clock)} 提示，已过 {span(now - seen.clock)} 仍未提示。",
                   f"即将届满和超期的提示可能晚到，请在时限雷达里自行核对。{CALL}是否在运行。")


def _broken_files() -> Trouble | None:
    broken = library().broken
    if not broken:
        return None
    return Trouble("rules", f"有 {len(broken)} 个规则文件有误，没有运行；其余模型照常运行。",
                   "这些模型管的事项现在不会预警，请人工核对。请规则管理人员按提示改正文件，改好后自动恢复。",
                   tuple(f"{each.file}：{each.faults[0]}" for each in broken))
