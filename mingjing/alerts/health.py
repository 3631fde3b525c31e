"""Is evaluation alive? What keeps it from being trusted, each as a sentence: what, since when, what to do. One query, and the rule files; more only to
name what is wrong.

A page that shows no alerts is only good news while this is empty.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Exists, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from mingjing.alerts.library import library
from mingjing.alerts.models import Beat, Clock, Run, Source
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
    """What the database says, at one moment. Times are aware; None: never, or nothing waits. `begun`: the ledger's first entry. `source_at`: when the
    external source that was longest not tried was tried; `beat`: when the background work last said that it goes round;
    `is_incomplete`: rules break; `is_cut_off`: sources cannot be read."""

    last_at: datetime | None = None
    whole_at: datetime | None = None
    waiting: datetime | None = None
    clock: datetime | None = None
    begun: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""
    source_at: datetime | None = None
    beat: datetime | None = None
    is_incomplete: bool = False
    is_cut_off: bool = False


def pulse() -> Pulse:
    """One query; a second one only while nothing has ever run."""
    own = Run.objects.filter(origin="")
    sound = own.filter(error="").order_by("-pk")
    tried = Source.objects.order_by("run__at")
    reached = Coalesce(Subquery(sound.order_by("-position").values("position")[:1]), Value(0), output_field=BigIntegerField())
    row = own.order_by("-pk").annotate(
        last_at=Subquery(sound.values("at")[:1]), whole_at=Subquery(sound.filter(kind=Run.Kind.WHOLE).values("started_at")[:1]),
        waiting=Subquery(Event.objects.filter(seq__gt=reached).order_by("seq").values("recorded_at")[:1]),
        clock=Subquery(Clock.objects.filter(fires_at__isnull=False).order_by("fires_at").values("fires_at")[:1]),
        begun=Subquery(Event.objects.order_by("seq").values("recorded_at")[:1]), source_at=Subquery(tried.values("run__at")[:1]),
        beat=Subquery(Beat.objects.filter(part="评估").values("at")),
        is_incomplete=Exists(incomplete()), is_cut_off=Exists(unread()),
    ).first()
    if row is None:
        begun = Event.objects.order_by("seq").values_list("recorded_at", flat=True).first()
        return Pulse(waiting=begun, begun=begun)
    return Pulse(row.last_at, row.whole_at, row.waiting, row.clock, row.begun, row.started_at if row.error else None, row.error, row.source_at,
                 row.beat, row.is_incomplete, row.is_cut_off)


def incomplete() -> QuerySet[Run]:
    """Runs in which rules broke and whose gaps nobody has filled since: the next whole run does that, or the next reading of the same source."""
    whole = Run.objects.filter(kind=Run.Kind.WHOLE, error="").order_by("-pk").values("started_at")[:1]
    unfilled = Q(origin="", started_at__gte=Subquery(whole)) | Q(pk__in=Source.objects.values("run"))
    return Run.objects.filter(unfilled).exclude(broken="[]")


def unread() -> QuerySet[Source]:
    """External sources whose last reading failed."""
    return Source.objects.exclude(run__error="")


def troubles(now: datetime) -> list[Trouble]:
    """What is wrong at `now` (aware); nothing when evaluation can be trusted."""
    seen = pulse()
    found = [_clock_set_back(seen, now), _failing(seen, now), _behind(seen, now) or _stopped(seen, now), _no_whole_run(seen, now), _clocks_late(seen, now),
             _broken_files(), _breaking(seen), _unread(seen), _not_read(seen, now), _no_sources()]
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


def _stopped(seen: Pulse, now: datetime) -> Trouble | None:
    """Nothing waits, but nobody would notice if something did."""
    if seen.beat is None or now - seen.beat <= PATIENCE or seen.failing_since:
        return None
    return Trouble("stopped", f"自 {full(seen.beat)} 起评估程序没有运行，已 {span(now - seen.beat)}。",
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


def _breaking(seen: Pulse) -> Trouble | None:
    """The codes of what was not judged are not named: the banner is for everybody, whatever their reach."""
    if not seen.is_incomplete:
        return None
    codes = sorted({code for broken in incomplete().values_list("broken", flat=True) for code in json.loads(broken)})
    names = (f"{code} {rule.name}" if (rule := library().known(code)) else code for code in codes)
    return Trouble("breaking", f"有 {len(codes)} 个预警模型判断时出错，没有判断或者没有全部判断；其余模型照常运行。",
                   f"这些模型管的事项现在可能不会预警，请人工核对。{CALL}；原因在评估运行里。模型恢复以后，下一次全量评估会补上漏判的事项。", tuple(names))


def _unread(seen: Pulse) -> Trouble | None:
    if not seen.is_cut_off:
        return None
    sources = list(unread().select_related("run"))
    return Trouble("unread", f"有 {len(sources)} 个外部来源读不了，此后它们的情况没有判断；其余来源照常读取。",
                   "没有新预警不等于没有问题，请到原系统核对。请系统管理员按提示处理，处理好后自动重读。",
                   tuple(f"{source.name}：自 {full(source.run.started_at)} 起，{source.run.error.splitlines()[0]}" for source in sources))


def _not_read(seen: Pulse, now: datetime) -> Trouble | None:
    interval = timedelta(minutes=settings.WHOLE_RUN_MINUTES)
    if seen.source_at is None or now - seen.source_at <= 2 * interval:
        return None
    return Trouble("sources", f"有外部来源自 {full(seen.source_at)} 起没有再读取，应每 {settings.WHOLE_RUN_MINUTES} 分钟一次（参数，非法定）。",
                   f"没有新预警不等于没有问题，请到原系统核对。{CALL}是否在运行。")


def _no_sources() -> Trouble | None:
    """A folder that was named and is not there: a share that is not mounted, or a name that is wrong."""
    if not settings.SOURCES_NAMED or settings.SOURCES.is_dir():
        return None
    return Trouble("folder", "设置的外部来源总文件夹不在，外部来源都没有读取。",
                   "没有新预警不等于没有问题，请到原系统核对。请系统管理员检查共享目录和 MINGJING_SOURCES。")
