"""A case in time: the picture with its lanes, how much of an interview was recorded, and the history out of the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.cases import kinds as _named  # noqa: F401  the ledger's codes get their names
from mingjing.cases.contents import Contents
from mingjing.cases.models import NOUNS, Case, Entry, Incident, Interview, Recording
from mingjing.ledger import kinds, queries
from mingjing.ledger.models import LATE_AFTER, Event
from mingjing.ui import charts
from mingjing.ui.times import NOTHING, full, span

BY_HAND = Entry._meta.get_field("source").default
SEALED, SEALED_WORDS = "密:", "（已封存）"
MATTER, INTERVIEWS, RECORDINGS, MEASURES, PAUSES = "事项", "询问讯问", "录音录像", "措施", "期间扣除"
PEOPLE_SHOWN = 15  # lanes of persons in the picture; its table has all of them

CASE_MOMENTS = (
    ("accepted_at", "受案"), ("filed_at", "立案"), ("mediation_failed_at", "调解未成"), ("decided_at", "作出处理决定"),
    ("refused_at", "不予立案"), ("ended_without_decision_at", "移送或者终止调查"), ("closed_at", "结案"),
)


def is_late(row: Entry, moment: datetime | None) -> bool:
    """Entered by hand long after it happened. What came out of another system or file is told by its source instead."""
    return moment is not None and row.source == BY_HAND and row.entered_at - moment > LATE_AFTER


# --- the picture ---

Item = charts.Interval | charts.Instant


def picture(case: Case, rows: Contents, incidents: Sequence[Incident], now: datetime) -> tuple[charts.Options, list[tuple[str, ...]], str]:
    """Options of the chart, the rows of the table behind it (header first) and a title that says the outline."""
    items = [*_matter(case, rows, incidents), *_people(rows), *_interviews(rows), *_measures(rows)]
    lanes = [MATTER, *_persons(items), INTERVIEWS, RECORDINGS, MEASURES, PAUSES]
    used = {item.lane for item in items}
    persons = [lane for lane in lanes if lane in used and lane not in (MATTER, INTERVIEWS, RECORDINGS, MEASURES, PAUSES)]
    shown = [lane for lane in lanes if lane in used and lane not in persons[PEOPLE_SHOWN:]]
    options = charts.timeline([item for item in items if item.lane in shown], lanes=shown, now=now)
    title = _outline(case, rows, now)
    if len(persons) > PEOPLE_SHOWN:
        title += f"（图中画出前 {PEOPLE_SHOWN} 人，其余 {len(persons) - PEOPLE_SHOWN} 人见数据表）"
    return options, _table(items), title


def _outline(case: Case, rows: Contents, now: datetime) -> str:
    counts = [("传唤", rows["summons"], "次"), ("询问讯问", rows["interview"], "次"), ("强制措施", rows["measure"], "项"), ("处罚决定", rows["decision"], "份")]
    parts = [f"{label} {len(found)} {unit}" for label, found, unit in counts if found]
    lasted = f"受案至{'结案' if case.closed_at else '今'} {span((case.closed_at or now) - case.accepted_at)}"
    return f"{lasted}：{'，'.join(parts)}" if parts else lasted


def _matter(case: Case, rows: Contents, incidents: Sequence[Incident]) -> Iterable[Item]:
    for incident in incidents:
        yield charts.Instant(MATTER, f"报警 {incident.code}", incident.reported_at, is_late(incident, incident.reported_at))
    for name, label in CASE_MOMENTS:
        if at := getattr(case, name):
            yield charts.Instant(MATTER, label, at, name == "accepted_at" and is_late(case, at))
    for name, words in DOTS.items():
        for row in rows[name]:
            at = getattr(row, row.occurs)
            yield charts.Instant(MATTER, words(row), at, is_late(row, at))
    for pause in rows["suspension"]:
        yield charts.Interval(PAUSES, pause.kind, pause.started_at, pause.ended_at, charts.SERIES[3])


def _people(rows: Contents) -> Iterable[Item]:
    for summons in rows["summons"]:
        yield charts.Interval(lane_of(summons.party), summons.kind or "传唤", summons.arrived_at, summons.left_at)
    for restraint in rows["restraint"]:
        yield charts.Interval(lane_of(restraint.summons.party), "约束醉酒人", restraint.started_at, restraint.ended_at, charts.SERIES[3])
    for waiting in rows["waiting"]:
        yield charts.Interval(lane_of(waiting.summons.party), f"候问 {waiting.room}", waiting.started_at, waiting.ended_at, charts.SERIES[2])


def _interviews(rows: Contents) -> Iterable[Item]:
    for interview in rows["interview"]:
        yield charts.Interval(INTERVIEWS, f"{interview.kind} {interview.party.name}", interview.started_at, interview.ended_at, charts.SERIES[4])
    for recording in rows["recording"]:
        damaged = "（损毁或者丢失）" if recording.is_damaged else ""
        label = f"录制 {recording.interview.party.name}{damaged}"
        yield charts.Interval(RECORDINGS, label, recording.started_at, recording.ended_at, charts.SERIES[5 if damaged else 1])


def _measures(rows: Contents) -> Iterable[Item]:
    for measure in rows["measure"]:
        label = f"{measure.kind} {measure.party.name}"
        if measure.approved_at:
            yield charts.Instant(MEASURES, f"批准{label}", measure.approved_at, is_late(measure, measure.approved_at))
        if measure.started_at:
            yield charts.Interval(MEASURES, label, measure.started_at, measure.ended_at)


def lane_of(party: Any) -> str:
    """One lane a person; two people of the same name differ by the end of their codes."""
    return f"{party.name} {party.code.rsplit('-', 1)[-1]}" if "-" in party.code else f"{party.name} {party.code}"


def _persons(items: Iterable[Item]) -> list[str]:
    return list(dict.fromkeys(item.lane for item in items if item.lane not in (MATTER, INTERVIEWS, RECORDINGS, MEASURES, PAUSES)))


def _of(party: Any) -> str:
    return f"（{party.name}）" if party else ""


def turn(to_kind: str) -> str:
    """升格 when a case becomes criminal, 降格 when it becomes administrative."""
    return "升格" if to_kind == "刑事" else "降格"


# rows that are dots on the lane of the matter, and what is said of them
DOTS: dict[str, Callable[[Any], str]] = {
    "conversion": lambda row: f"{turn(row.to_kind)}（{row.from_kind} → {row.to_kind}）",
    "extension": lambda row: f"批准延长期限（{row.approver}）",
    "notification": lambda row: f"告知：{row.kind}{_of(row.party)}",
    "hearing": lambda row: f"申请听证{_of(row.party)}",
    "decision": lambda row: f"处罚决定{_of(row.party)}",
    "service": lambda row: f"送达{row.recipient}（{row.method}）",
    "execution": lambda row: f"执行：{row.kind}",
    "property_item": lambda row: f"提取 {row.name or row.code}",
    "inspection": lambda row: f"{row.kind}{row.target}{_of(row.party)}",
    "lineup": lambda row: f"辨认{row.kind}",
    "appraisal": lambda row: f"委托{row.kind}鉴定",
    "review": lambda row: f"提交法制审核：{row.kind}",
    "recusal": lambda row: "申请回避",
    "prosecutor_document": lambda row: f"收到检察文书：{row.kind}",
    "postponement": lambda row: "申请暂缓执行拘留",
    "disclosure": lambda row: "公开处罚决定",
    "remedy": lambda row: f"收到{row.kind}",
    "loan": lambda row: "调用财物",
}


def _table(items: Iterable[Item]) -> list[tuple[str, ...]]:
    def line(item: Item) -> tuple[str, ...]:
        if isinstance(item, charts.Interval):
            return full(item.start), full(item.end) if item.end else "至今", item.lane, item.label
        return full(item.at), NOTHING, item.lane, f"{item.label}（补录）" if item.is_late else item.label

    ordered = sorted(items, key=lambda item: item.start if isinstance(item, charts.Interval) else item.at)
    return [("时间", "至", "分道", "内容"), *(line(item) for item in ordered)]


# --- how much of an interview was recorded ---

@dataclass(frozen=True)
class Coverage:
    """`parts`: recorded stretches as (start, width) in hundredths of the interview's length; `missing`: what no sound recording covers."""

    parts: tuple[tuple[float, float], ...]
    missing: timedelta

    @property
    def words(self) -> str:
        if not self.parts:
            return "没有录音录像"
        return "全程有录音录像" if not self.missing else f"缺 {span(self.missing)}"


def coverage(interview: Interview, recordings: Iterable[Recording], now: datetime) -> Coverage:
    """What still runs reaches to `now`; a damaged recording covers nothing."""
    start, end = interview.started_at, max(interview.ended_at or now, interview.started_at + timedelta(seconds=1))
    whole = end - start
    stretches = sorted((max(one.started_at, start), min(one.ended_at or now, end)) for one in recordings if not one.is_damaged)
    merged: list[list[datetime]] = []
    for first, last in stretches:
        if last <= first:
            continue
        if merged and first <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    covered = sum((last - first for first, last in merged), timedelta())
    parts = tuple((round(100 * ((first - start) / whole), 2), round(100 * ((last - first) / whole), 2)) for first, last in merged)
    return Coverage(parts, whole - covered)


# --- the history ---

@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Happened:
    """One entry of the ledger in words. `said`: contents of a new row; `changes`: old and new; `is_late`: recorded long after it happened."""

    event: Event
    label: str
    subject: str
    actor: Officer | None
    changes: tuple[Change, ...]
    said: tuple[tuple[str, str], ...]
    reason: str
    source: str
    is_late: bool


def events_of_matter(code: str, subjects: Iterable[str], limit: int | None) -> list[Event]:
    """Entries of a case or incident about these kinds of objects, latest first."""
    found = queries.of_matter(code).filter(subject_kind__in=sorted(subjects)).order_by("-seq")
    return list(found[:limit] if limit else found)


def events_of_row(row: Entry) -> list[Event]:
    return list(queries.of_subject(row.table, row.code).order_by("-seq"))


def people_in(events: Iterable[Event]) -> set[str]:
    """Police numbers that the entries name: who acted, and whom they speak of."""
    codes = set()
    for event in events:
        data = json.loads(event.data)
        codes.add(event.actor)
        codes |= {value for value in [data.get("officer"), *(data.get("left") or ())] if value}
        for name, value in [*(data.get("values") or {}).items(), *(data.get("changes") or {}).items()]:
            if name in ("officer_id", "approver_id"):
                codes |= {one for one in (value if isinstance(value, list) else [value]) if one}
    return codes


def history(events: Iterable[Event], officers: Mapping[str, Officer], names: Mapping[str, str]) -> list[Happened]:
    """`officers` by code; `names`: what the rows that entries refer to are called, by code."""
    return [_happened(event, json.loads(event.data), officers, names) for event in events]


def _happened(event: Event, data: dict[str, Any], officers: Mapping[str, Officer], names: Mapping[str, str]) -> Happened:
    people = {code: f"{officer.name}（{code}）" for code, officer in officers.items()}
    kind, words = event.subject_kind, {**names, **people}
    changes = tuple(
        Change(kinds.field(kind, name), in_words(kind, name, old, words), in_words(kind, name, new, words))
        for name, (old, new) in (data.get("changes") or {}).items())
    said = tuple((kinds.field(kind, name), in_words(kind, name, value, words)) for name, value in (data.get("values") or {}).items())
    if event.kind == "case.assign":
        said = tuple((kinds.field("case", name), _listed(data[name], people)) for name in ("officer", "role", "left") if data.get(name))
    source = data.get("source", "")
    from_elsewhere = source and source != BY_HAND
    subject = names.get(event.subject_code, event.subject_code)
    return Happened(
        event, label_of(event, data), subject, officers.get(event.actor), changes, said, data.get("reason", ""), source if from_elsewhere else "",
        event.is_late and not from_elsewhere)


def _listed(value: Any, people: Mapping[str, str]) -> str:
    return "、".join(people.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))


def label_of(event: Event, data: Mapping[str, Any]) -> str:
    """The act in Chinese; for a look at a masked field, which one."""
    if event.kind.endswith(".reveal"):
        return f"查看{kinds.subject(event.subject_kind)}的{kinds.field(event.subject_kind, data.get('field', ''))}"
    return event.label


def column(name: str, attname: str) -> models.Field | None:
    model = NOUNS.get(name)
    return next((field for field in model._meta.concrete_fields if attname in (field.name, field.attname)), None) if model else None


def in_words(name: str, attname: str, value: Any, words: Mapping[str, str]) -> str:
    """A value as the ledger keeps it, said to a reader; personal contents stay sealed."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str) and value.startswith(SEALED):
        return SEALED_WORDS
    field = column(name, attname)
    if isinstance(field, models.DateTimeField):
        return full(timezone.localtime(datetime.fromisoformat(value)))
    if isinstance(field, models.ForeignKey):
        return words.get(str(value), str(value))
    return str(value)
