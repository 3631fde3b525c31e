"""What the home page shows to whom: panels by duty. Whoever holds several duties sees the panels of all of them, each once.

The house knows no legal limit: how urgent something is, is told by what is going on right now and how long ago it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case as DbCase
from django.db.models import CharField, Count, DateField, Exists, F, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import Cast, ExtractHour, TruncWeek
from django.urls import reverse
from django.utils import timezone

from mingjing.accounts.queries import accesses
from mingjing.accounts.scope import Viewer
from mingjing.cases import lists, queries
from mingjing.cases.models import Case, Decision, Entry, Incident, Interview, Measure, Party, PropertyItem, Summons
from mingjing.ui import charts
from mingjing.ui.times import span

MOST = 6  # rows of a panel; its number opens them all
MINE = 200  # own open cases looked at
RECENT = timedelta(days=7)
WEEKS, DAYS = 13, 28  # of the charts


@dataclass(frozen=True)
class Line:
    """One row of a panel. `since`: when it began; `waits`: how long that is ago, in words; `signs`: what is going on or missing."""

    title: str
    url: str
    about: str
    since: datetime | None
    waits: str
    signs: Sequence[str] = ()


@dataclass(frozen=True)
class Words:
    """What a panel says: title, what it counts in, what its times are, and what would stand in it."""

    title: str
    measure: str = ""
    since: str = ""
    hint: str = ""


WORDS: dict[str, Words] = {
    "here": Words("到案未离开的人", "人", "到案", "登记到案的人离开以前会列在这里。"),
    "interviews": Words("正在进行的询问讯问", "次", "开始", "开始了还没有结束的询问讯问会列在这里。"),
    "measures": Words("等待批准或执行的措施", "项", "呈请或批准", "呈请后等待批准、批准后等待执行的强制措施会列在这里。"),
    "mine": Words("我承办的未结案件", "起", "受理", "受案或者被指派的案件会列在这里。"),
    "filings": Words("等待立案", "起", "受理", "已受案还没有立案的案件、没有主办的案件会列在这里。"),
    "my_incidents": Words("我的未处理警情", "起", "报警", "还没有登记处理结果的警情会列在这里。"),
    "incidents": Words("未处理的警情", "起", "报警", "还没有登记处理结果的警情会列在这里。"),
    "items": Words("没有入库的涉案财物", "件", "提取", "提取后还没有入库的物品会列在这里。"),
    "decisions": Words("近 7 日的处罚决定", "份", "决定", "近 7 日作出的处罚决定会列在这里。"),
    "late": Words("近 7 日的补录", "项", "记录", "发生超过一天才登记的事项会列在这里；导入的不算。"),
    "accesses": Words("等待复核的临时授权", "次", "开始", "临时授权次日要由他人复核，会列在这里。"),
    "figures": Words("单位执法情况"), "imports": Words("数据导入"), "ledger": Words("台账"), "system": Words("系统管理"),
}


@dataclass(frozen=True)
class Panel:
    """Counted things (`count`, of which `url` is the list and `lines` the first), or charts, or links (label, address, what for)."""

    name: str
    count: int | None = None
    url: str = ""
    lines: Sequence[Line] = ()
    more: Sequence[tuple[str, int, str]] = ()
    charts: Sequence[dict[str, Any]] = ()
    links: Sequence[tuple[str, str, str]] = ()

    @property
    def words(self) -> Words:
        return WORDS[self.name]


# --- which panels, in which order ---

OF_DUTY: dict[str, tuple[str, ...]] = {
    "办案民警": ("here", "interviews", "mine", "measures", "incidents"),
    "单位负责人": ("measures", "filings", "here"),
    "法制员": ("decisions", "late"),
    "法制支队监督岗": ("accesses", "late", "decisions"),
    "案管": ("incidents", "imports"),
    "办案中心管理员": ("here",),
    "财物管理员": ("items",),
    "局领导": ("figures",),
    "督察": ("accesses", "ledger"),
    "系统管理员": ("system",),
}
ORDER = ("here", "interviews", "measures", "mine", "filings", "incidents", "items", "accesses", "decisions", "late", "figures", "imports", "ledger", "system")


def panels(viewer: Viewer) -> list[Panel]:
    wanted = {name for duty in viewer.duties for name in OF_DUTY.get(duty, ())}
    return [PANELS[name](viewer) for name in ORDER if name in wanted]


# --- what is going on ---

def here(viewer: Viewer) -> Panel:
    rows, count = first(queries.visible(viewer, Summons).filter(left_at__isnull=True).select_related("party", "case"), "arrived_at")
    lines = [
        Line(row.party.name, reverse("cases:party", args=[row.party_id]), f"{row.kind or '传唤'} · 案件 {row.case_id} · {row.case.offence or '案由未填'}",
             row.arrived_at, ago(row.arrived_at, viewer), marks(row.party)) for row in rows
    ]
    return Panel("here", count, address("cases:summonses", state="未离开"), lines)


def interviews(viewer: Viewer) -> Panel:
    rows, count = first(queries.visible(viewer, Interview).filter(ended_at__isnull=True).select_related("party"), "started_at")
    lines = [
        Line(row.party.name, lists.page_of(row.case_id, "interviews"), f"{row.kind}{f'（{row.place}）' if row.place else ''} · 案件 {row.case_id}",
             row.started_at, ago(row.started_at, viewer), marks(row.party)) for row in rows
    ]
    return Panel("interviews", count, address("cases:interviews", state="进行中"), lines)


def measures(viewer: Viewer) -> Panel:
    waiting = lists.since(queries.visible(viewer, Measure)).filter(started_at__isnull=True, ended_at__isnull=True, case__closed_at__isnull=True)
    rows, count = first(waiting, F("approved_at").desc(nulls_first=True), "entered_at")
    lines = [
        Line(f"{row.kind} {row.party.name}", lists.page_of(row.case_id, "measures"), f"案件 {row.case_id} · {row.case.unit.name}",
             row.approved_at or row.entered_at, ago(row.approved_at or row.entered_at, viewer), [lists.state_of_measure(row)]) for row in rows
    ]
    url = address("cases:measures", state="待批准或者执行")
    return Panel("measures", count, url, lines)


# --- cases and incidents ---

def mine(viewer: Viewer) -> Panel:
    """Own open cases: first those in which somebody is waiting, then those that lack most, then the oldest."""
    own = lists.of_own(Case, queries.visible(viewer, Case), viewer).filter(closed_at__isnull=True)
    rows, count = first(signed(own), "accepted_at", most=MINE)
    lines = [Line(row.offence or row.code, lists.page_of(row.code), f"{row.code} · {row.kind} · {row.state}", row.accepted_at,
                  ago(row.accepted_at, viewer), signs_of(row)) for row in sorted(rows, key=urgency)]
    return Panel("mine", count, address("cases:cases", mine="1", open="1"), lines[:2 * MOST])


@dataclass(frozen=True)
class Sign:
    """Something about a case that its officer should see: `weight` orders cases, larger first."""

    name: str
    words: str
    weight: int
    condition: Q | Exists


def of_case(model: type[Entry], **conditions: Any) -> Exists:
    return Exists(model.objects.filter(case=OuterRef("pk"), **conditions))


SIGNS = (
    Sign("has_running", "询问讯问进行中", 32, of_case(Interview, ended_at__isnull=True)),
    Sign("has_people", "有人到案未离开", 32, of_case(Summons, left_at__isnull=True)),
    Sign("has_ready", "有措施已批准待执行", 16, of_case(Measure, approved_at__isnull=False, started_at__isnull=True, ended_at__isnull=True)),
    Sign("has_requested", "有措施待批准", 4, of_case(Measure, approved_at__isnull=True, started_at__isnull=True, ended_at__isnull=True)),
    Sign("lacks_service", "决定未送达", 8, of_case(Decision, services__isnull=True)),
    Sign("lacks_check_in", "物品未入库", 4, of_case(PropertyItem, checked_in_at__isnull=True, disposed_at__isnull=True)),
    Sign("lacks_lead", "没有主办", 4, ~Exists(lists.leads().filter(case=OuterRef("pk")))),
    Sign("lacks_filing", "未立案", 2, Q(state=Case.State.ACCEPTED)),
    Sign("lacks_party", "没有当事人", 2, ~of_case(Party) & ~Q(is_offender_unknown=True)),
    Sign("lacks_closing", "已决定未结案", 1, Q(state=Case.State.DECIDED)),
)
KEPT = {"lacks_filing": lambda case: case.state == Case.State.ACCEPTED, "lacks_closing": lambda case: case.state == Case.State.DECIDED}


def signed(rows: QuerySet) -> QuerySet:
    """Cases with a flag for every sign that the case itself does not tell."""
    return rows.annotate(**{sign.name: sign.condition for sign in SIGNS if sign.name not in KEPT})


def signs(case: Case) -> list[Sign]:
    return [sign for sign in SIGNS if (KEPT[sign.name](case) if sign.name in KEPT else getattr(case, sign.name))]


def signs_of(case: Case) -> list[str]:
    return [sign.words for sign in signs(case)]


def urgency(case: Case) -> tuple[int, datetime]:
    return -sum(sign.weight for sign in signs(case)), case.accepted_at


def filings(viewer: Viewer) -> Panel:
    """Cases waiting for 立案, and how many have no lead officer: one query for both."""
    is_waiting, is_leaderless = Q(state=Case.State.ACCEPTED), ~Exists(lists.leads().filter(case=OuterRef("pk")))
    unfinished = queries.visible(viewer, Case).filter(closed_at__isnull=True).annotate(is_leaderless=is_leaderless).filter(is_waiting | Q(is_leaderless=True))
    counted = unfinished.annotate(
        waiting=Window(Count("pk", filter=is_waiting)), leaderless=Window(Count("pk", filter=Q(is_leaderless=True))),
        place=DbCase(When(is_waiting, then=0), default=1)).select_related("unit")
    rows = list(counted.order_by("place", "accepted_at", "pk")[:MOST])
    waiting, leaderless = (rows[0].waiting, rows[0].leaderless) if rows else (0, 0)
    lines = [Line(row.offence or row.code, lists.page_of(row.code), f"{row.code} · {row.kind} · {row.unit.name}", row.accepted_at, ago(row.accepted_at, viewer),
                  [word for word, holds in (("未立案", row.state == Case.State.ACCEPTED), ("没有主办", row.is_leaderless)) if holds]) for row in rows]
    more = [("没有主办的未结案件", leaderless, address("cases:cases", leaderless="1", open="1"))]
    return Panel("filings", waiting, address("cases:cases", state="受案"), lines, more)


def incidents(viewer: Viewer) -> Panel:
    rows = queries.visible(viewer, Incident).filter(handled_at__isnull=True).select_related("unit")
    is_own = "案管" not in viewer.duties
    if is_own:
        rows = lists.of_own(Incident, rows, viewer)
    rows, count = first(rows, "reported_at")
    lines = [Line(lists.shortened(row.content) or row.code, reverse("cases:incident", args=[row.code]),
                  f"{row.code} · {row.kind or '未分类'} · {row.unit.name}", row.reported_at, ago(row.reported_at, viewer),
                  () if row.arrived_at else ("未到场",)) for row in rows]
    url = address("cases:incidents", outcome="none", **({"mine": "1"} if is_own else {}))
    return Panel("my_incidents" if is_own else "incidents", count, url, lines)


def items(viewer: Viewer) -> Panel:
    rows, count = first(queries.visible(viewer, PropertyItem).filter(lists.ITEM_STATES["未入库"]).select_related("unit"), "seized_at")
    lines = [Line(row.name or row.code, lists.page_of(row.case_id, "property"), f"案件 {row.case_id} · {row.unit.name}", row.seized_at,
                  ago(row.seized_at, viewer), ("已返回单位",) if row.returned_at else ()) for row in rows]
    return Panel("items", count, address("cases:property_items", state="未入库"), lines)


# --- supervision ---

def decisions(viewer: Viewer) -> Panel:
    start = timezone.localdate(viewer.at - RECENT)
    recent = queries.visible(viewer, Decision).filter(decided_at__gte=start_of(start))
    rows, count = first(recent.select_related("party", "case"), "-decided_at")
    lines = [Line(f"{row.party.name} {row.case.offence}", lists.page_of(row.case_id, "decisions"), f"案件 {row.case_id}", row.decided_at,
                  ago(row.decided_at, viewer), marks(row.party)) for row in rows]
    url = address("cases:decisions", decided_from=start.isoformat())
    return Panel("decisions", count, url, lines)


def late(viewer: Viewer) -> Panel:
    start = timezone.localdate(viewer.at - RECENT)
    recent = queries.late_entries(viewer).filter(recorded_at__gte=start_of(start))
    rows, count = first(recent, "-recorded_at")
    lines = [Line(event.label, lists.page_of_entry(event), f"{event.matter_code} · 经办 {event.actor_name or event.actor}", event.recorded_at,
                  ago(event.recorded_at, viewer), [f"晚录 {span(event.delay)}"]) for event in rows]
    url = address("cases:late", recorded_from=start.isoformat())
    return Panel("late", count, url, lines)


def waiting_accesses(viewer: Viewer) -> Panel:
    rows, count = first(accesses(viewer).filter(reviewed_at__isnull=True).exclude(officer=viewer.officer), "starts_at")
    lines = [Line(row.officer.name, reverse("accounts:access", args=[row.pk]), f"案件 {row.matter_code} · {lists.shortened(row.reason)}", row.starts_at,
                  ago(row.starts_at, viewer), (row.state(viewer.at),)) for row in rows]
    return Panel("accesses", count, address("accounts:break_glass", state="waiting"), lines)


# --- figures of units, never of single officers ---

def figures(viewer: Viewer) -> Panel:
    midnight = timezone.localtime(viewer.at).replace(hour=0, minute=0, second=0, microsecond=0)
    weeks = [(midnight - timedelta(days=midnight.weekday(), weeks=WEEKS - 1 - number)).date() for number in range(WEEKS)]
    first_day = (midnight - timedelta(days=DAYS - 1)).date()
    cases, incidents_ = counted(viewer, weeks[0], first_day)
    return Panel("figures", charts=[by_week(cases, weeks), by_hour(incidents_, first_day)])


def counted(viewer: Viewer, week: date, day: date) -> tuple[dict[tuple[str, str], int], dict[int, int]]:
    """Cases by Monday and kind since a week, incidents by hour of the day since a day; in one query."""
    monday, hour = Cast(TruncWeek("accepted_at", output_field=DateField()), CharField()), Cast(ExtractHour("reported_at"), CharField())
    cases = queries.visible(viewer, Case).filter(accepted_at__gte=start_of(week)).order_by().values(table=Value("case"), of=monday, part=F("kind"))
    hours = queries.visible(viewer, Incident).filter(reported_at__gte=start_of(day)).order_by().values(table=Value("incident"), of=hour, part=Value(""))
    rows = list(cases.annotate(number=Count("pk")).union(hours.annotate(number=Count("pk")), all=True))
    return ({(row["of"][:10], row["part"]): row["number"] for row in rows if row["table"] == "case"},
            {int(row["of"]): row["number"] for row in rows if row["table"] == "incident"})


def by_week(counts: dict[tuple[str, str], int], weeks: Sequence[date]) -> dict[str, Any]:
    kinds = sorted({kind for _, kind in counts}, reverse=True) or ["行政", "刑事"]
    parts = {kind: [counts.get((week.isoformat(), kind), 0) for week in weeks] for kind in kinds}
    names = [f"{week.month}月{week.day}日" for week in weeks]
    total, last = sum(counts.values()), sum(part[-1] for part in parts.values())
    return {
        "id": "by-week", "options": charts.stacked_bar(names, parts, unit="起"),
        "table": [("周一", *parts), *((name, *(part[number] for part in parts.values())) for number, name in enumerate(names))],
        "title": f"近 {WEEKS} 周受理案件 {total:,} 起，本周到现在 {last:,} 起",
        "url": address("cases:cases", accepted_from=weeks[0].isoformat()), "link": f"打开这 {total:,} 起案件",
    }


def by_hour(counts: dict[int, int], first_day: date) -> dict[str, Any]:
    total, rows = sum(counts.values()), [(f"{hour}时", counts.get(hour, 0)) for hour in range(24)]
    busiest = max(range(24), key=lambda hour: counts.get(hour, 0))
    peak = f"，{busiest} 时至 {busiest + 1} 时最多" if total else ""
    return {
        "id": "by-hour", "options": charts.bar(rows, unit="起"), "table": [("报警时间", "警情起数"), *rows],
        "title": f"近 {DAYS} 天警情 {total:,} 起{peak}",
        "url": address("cases:incidents", reported_from=first_day.isoformat()), "link": f"打开这 {total:,} 起警情",
    }


# --- doors to other pages ---

def imports(viewer: Viewer) -> Panel:
    return Panel("imports", links=[("导入记录", reverse("intake:batches"), "查看每次导入的结果，补正被单列的行"),
                                           ("全部警情", reverse("cases:incidents"), ""), ("全部案件", reverse("cases:cases"), "")])


def ledger(viewer: Viewer) -> Panel:
    return Panel("ledger", links=[("台账核验", reverse("ledger:check"), "核验台账是否完整、打印链头")])


def system(viewer: Viewer) -> Panel:
    return Panel("system", links=[
        ("人员", reverse("accounts:officers"), "登记人员，任免职责"), ("单位", reverse("accounts:units"), "设立、更名、调整单位"),
        ("接口密钥", reverse("intake:keys"), "发放和停用外部系统的密钥"), ("台账核验", reverse("ledger:check"), "核验台账是否完整"),
        ("权限表", reverse("accounts:permissions"), "哪种职责可以办哪些事项"), ("系统状态", reverse("accounts:system"), "版本、数据库、磁盘空间"),
    ])


PANELS: dict[str, Callable[[Viewer], Panel]] = {
    "here": here, "interviews": interviews, "measures": measures, "mine": mine, "filings": filings, "incidents": incidents, "items": items,
    "decisions": decisions, "late": late, "accesses": waiting_accesses, "figures": figures, "imports": imports, "ledger": ledger, "system": system,
}


# --- how they are read ---

def first(rows: QuerySet, *order: Any, most: int = MOST) -> tuple[list[Any], int]:
    """The first rows and how many there are, in one query."""
    found = list(rows.annotate(all_of_them=Window(Count("pk"))).order_by(*order, "pk")[:most])
    return found, found[0].all_of_them if found else 0


def start_of(day: date) -> datetime:
    """Midnight in Asia/Shanghai."""
    return timezone.make_aware(datetime.combine(day, time()))


def ago(since: datetime, viewer: Viewer) -> str:
    return span(max(viewer.at - since, timedelta()))


def marks(party: Party) -> list[str]:
    return [lists.SHORT_MARKS[name] for name in lists.MARKS if getattr(party, name)]


def address(name: str, **conditions: str) -> str:
    return f"{reverse(name)}?{urlencode(conditions)}"


def numbers(shown: Iterable[Panel]) -> list[tuple[str, int, str, str]]:
    """Label, number, unit and list of everything that is counted, for the row at the top."""
    found = [(panel.words.title, panel.count, panel.words.measure, panel.url) for panel in shown if panel.count is not None]
    return found + [(label, number, "起", url) for panel in shown for label, number, url in panel.more]
