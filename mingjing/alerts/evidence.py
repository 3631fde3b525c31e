"""From the finding that an alert or clock has stored to what its page shows: why, by which version of the rule, from which facts, and a picture.

All words are the rulebook's own (`rulebook.explain`). What was stored stays readable when the rule file has changed or is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef
from django.utils import timezone

from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import Viewer
from mingjing.alerts.models import Alert, Clock
from mingjing.cases.lists import page_of
from mingjing.cases.models import NOUNS, Entry
from mingjing.cases.queries import visible
from mingjing.cases.views.acting import SECTIONS
from mingjing.cases.vocabulary import vocabulary
from mingjing.ui import charts
from mingjing.ui.times import NOTHING, full, span
from rulebook.evaluation import Finding
from rulebook.explain import DETAIL_WORDS, STAGE_WORDS, citation, clock_lines, fact_words
from rulebook.names import ConditionError, Path, path_label, resolve
from rulebook.rules import Rule, Version
from rulebook.vocabulary import Table, Vocabulary

PEOPLE: dict[str, type[Model]] = {"unit": Unit, "officer": Officer}  # subjects that are no rows of a case
LIMIT, PAUSE, OTHERS = "期限", "暂停", "与之重叠"


@dataclass(frozen=True)
class Spoken:
    """What `fact_words` asks of a rule, for an alert whose rule may be gone."""

    subject: Table
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Source:
    """The row that a fact stands in. `url` is empty where the viewer may not open it."""

    label: str
    code: str
    url: str
    entered: str
    entered_at: datetime | None


@dataclass(frozen=True)
class Fact:
    label: str
    words: str
    source: Source | None


@dataclass(frozen=True)
class Evidence:
    """`steps`: how the end is reckoned, as (word, value); `details`: what the shape adds, as (word, lines); `is_superseded`: the version that judged
    is no longer in the rule file."""

    finding: Finding
    rule: Rule | None
    version: Version | None
    stage: str
    sentences: Sequence[str] = ()
    citations: Sequence[str] = ()
    steps: Sequence[tuple[str, str]] = ()
    facts: Sequence[Fact] = ()
    details: Sequence[tuple[str, Sequence[str]]] = ()
    chart: charts.Options | None = None
    chart_table: Sequence[Sequence[str]] = field(default_factory=list)
    chart_title: str = ""

    @property
    def is_superseded(self) -> bool:
        return self.rule is not None and self.version is None


def of(row: Alert | Clock, rule: Rule | None, viewer: Viewer, *, subject: Model | None, sees_matter: bool, now: datetime) -> Evidence:
    """All of it. `subject`: the row judged (see `subject_of`), None if it is not known any more; one query at most, for overlaps."""
    found = finding_of(row)
    version = next((one for one in rule.versions if one.effective == found.version), None) if rule else None
    others = [] if row.origin else _others(found, version, row.subject_kind, viewer)
    options, table, title = picture(found, version, others, now)
    return Evidence(
        finding=found, rule=rule, version=version, stage=STAGE_WORDS.get(found.stage, found.stage),
        sentences=tuple(f"{sentence}。" for sentence in version.check.sentences()) if version else (),
        citations=tuple(citation(basis) for basis in version.basis) if version else (),
        steps=tuple(tuple(line.split("：", 1)) for line in clock_lines(found)) if found.due_at or found.limit else (),
        facts=facts_of(row, found, subject, sees_matter=sees_matter), details=tuple(_details(found, others)),
        chart=options, chart_table=table, chart_title=title)


# --- the stored finding ---

def is_kept(row: Alert | Clock) -> bool:
    """Whether there is a finding; what a person found has none."""
    return "version" in json.loads(row.finding)


def finding_of(row: Alert | Clock) -> Finding:
    """The finding as the rulebook gave it, times in Asia/Shanghai. Raises KeyError for a row without one (see `is_kept`)."""
    found = json.loads(row.finding)
    return Finding(
        rule=row.rule_code, version=date.fromisoformat(found["version"]), subject=row.subject_code, stage=found["stage"], start_at=_time(found["start_at"]),
        warns_at=None, due_at=_time(found["due_at"]), end_at=_time(found["end_at"]),
        last_day=date.fromisoformat(found["last_day"]) if found["last_day"] else None, limit=found["limit"], estimated=found["estimated"],
        pauses=tuple((_time(start), _time(end)) for start, end in found["pauses"]), extensions=tuple((_time(at), adds) for at, adds in found["extensions"]),
        met=tuple(found["met"]), unmet=tuple(found["unmet"]), facts=found["facts"], details=found["details"])


def article_of(alert: Alert) -> str:
    """The basis that a person gave for what was found by hand."""
    return json.loads(alert.finding).get("article", "")


def _time(text: str | None) -> datetime | None:
    """ISO as stored, or as DuckDB writes it: 2026-03-02 14:40:00+08."""
    return timezone.localtime(datetime.fromisoformat(text)) if text else None


# --- the facts and where they stand ---

def subject_of(row: Alert | Clock) -> Model | None:
    """The row that was judged with the rows that its facts came through, in one query; None for what an external source told. The caller has made sure that
    the viewer may read the alert."""
    if row.origin:  # the codes of another system; a row of the house with the same one is something else
        return None
    paths = {"__".join(name.split(".")[:-1]) for name in json.loads(row.finding).get("facts", {})} - {""}
    model = PEOPLE.get(row.subject_kind) or NOUNS[row.subject_kind]
    known = [path for path in paths if _leads_somewhere(model, path)]
    return model.objects.filter(code=row.subject_code).select_related(*known).first()


def _leads_somewhere(model: type[Model], path: str) -> bool:
    """Whether the model still has these references: the vocabulary may have changed since."""
    for step in path.split("__"):
        found = next((one for one in model._meta.concrete_fields if one.name == step and one.is_relation), None)
        if found is None:
            return False
        model = found.related_model
    return True


def facts_of(row: Alert | Clock, found: Finding, subject: Model | None, *, sees_matter: bool) -> tuple[Fact, ...]:
    form = vocabulary().tables[row.subject_kind]
    spoken = Spoken(form, vocabulary())
    told = (_fact(spoken, name, value, subject, row.matter_code if sees_matter else "") for name, value in found.facts.items())
    return tuple(replace(fact, source=Source("外部来源", row.origin, "", "", None)) for fact in told) if row.origin else tuple(told)


def _fact(spoken: Spoken, name: str, value: str | None, subject: Model | None, matter: str) -> Fact:
    path: Path = tuple(name.split("."))
    try:
        label, words = path_label(path, spoken.subject, spoken.vocabulary), fact_words(spoken, name, value)
        references, _ = resolve(path, spoken.subject, spoken.vocabulary)
    except ConditionError:  # the vocabulary no longer has this column: as it was stored
        return Fact(name, str(value), None)
    holder, table = subject, spoken.subject
    for step, reference in zip(path, references, strict=False):
        holder, table = getattr(holder, step, None), spoken.vocabulary.tables[reference.refers]
    return Fact(label, words, _source(holder, table, matter))


def _source(holder: Model | None, table: Table, matter: str) -> Source | None:
    if holder is None:
        return None
    if not isinstance(holder, Entry):
        return Source(table.label, holder.code, "", "", None)
    return Source(table.label, holder.code, url_of(holder, matter), holder.source, holder.entered_at)


def url_of(row: Entry, matter: str) -> str:
    """The page of the case at the section of this row; empty without a matter that may be opened, and for the case that came of an incident."""
    if not matter or row.table == "incident" or (row.table == "case" and row.code != matter):
        return ""
    return page_of(matter, SECTIONS.get(row.table, ""))


# --- what a shape adds ---

@dataclass(frozen=True)
class Other:
    """A row that overlaps with the subject; its code is empty where the viewer may not read it."""

    code: str
    start: datetime
    end: datetime | None


def _others(found: Finding, version: Version | None, kind: str, viewer: Viewer) -> list[Other]:
    codes = found.details.get("overlaps") or []
    check = version.check if version else None
    if not codes or kind not in NOUNS or getattr(check, "start", None) is None:
        return []
    start, end = check.start.path, check.end.path
    ways = {"__".join(path[:-1]) for path in (start, end)} - {""}
    readable = Exists(visible(viewer, NOUNS[kind]).filter(pk=OuterRef("pk")))
    rows = NOUNS[kind].objects.filter(pk__in=codes).select_related(*ways).annotate(is_readable=readable)
    return [Other(row.pk if row.is_readable else "", _at(row, start), _at(row, end)) for row in rows if _at(row, start)]


def _at(row: Any, path: Path) -> Any:
    for step in path:
        row = getattr(row, step, None)
    return timezone.localtime(row) if row else None


def _details(found: Finding, others: Sequence[Other]) -> Iterable[tuple[str, Sequence[str]]]:
    for name, value in found.details.items():
        if value in (None, [], ""):
            continue
        yield DETAIL_WORDS.get(name, name), tuple(_said(name, value, others))


def _said(name: str, value: Any, others: Sequence[Other]) -> Iterable[str]:
    if name == "gaps":
        return (f"{full(start)} 至 {full(end)}（{exactly(end - start)}）" for start, end in gaps_of(value))
    if name == "missing_seconds":
        return (f"{value}（{exactly(timedelta(seconds=value))}）",)
    if name == "overlaps":
        seen = [f"{full(one.start)} 至 {full(one.end) if one.end else '今'}：{one.code or '不在你查阅范围内的一条'}" for one in others]
        return seen or (f"{len(value)} 条",)
    if name in ("rate", "peers"):
        return (f"{value:.1%}",)
    return map(str, value) if isinstance(value, list) else (str(value),)


def exactly(length: timedelta) -> str:
    """A gap to the second where it is shorter than an hour: 15 分, 40 秒."""
    seconds = int(length.total_seconds())
    if seconds >= 3600 or seconds % 60 == 0:
        return span(length)
    return f"{seconds // 60} 分 {seconds % 60} 秒" if seconds >= 60 else f"{seconds} 秒"


def gaps_of(value: Iterable[Mapping[str, str]]) -> list[tuple[datetime, datetime]]:
    return [(_time(gap["from"]), _time(gap["to"])) for gap in value]


# --- the picture ---

Item = charts.Interval | charts.Instant


def picture(
    found: Finding, version: Version | None, others: Sequence[Other], now: datetime,
) -> tuple[charts.Options | None, list[Sequence[str]], str]:
    """Options of the chart, the table behind it (header first) and a title that says the finding; nothing for what has no times."""
    if found.start_at is None:
        return None, [], ""
    now = timezone.localtime(now)
    if "gaps" in found.details:
        items, title = _covered(found, version), f"缺 {exactly(timedelta(seconds=found.details.get('missing_seconds') or 0))}"
    elif others:
        items, title = _overlapping(found, others), f"与另外 {len(others)} 条同时进行"
    elif found.due_at:
        items, title = _limited(found, now), _left(found, now)
    else:
        return None, [], ""
    lanes = list(dict.fromkeys(item.lane for item in items))
    return charts.timeline(items, lanes=lanes, now=now), _rows(items), title


def _covered(found: Finding, version: Version | None) -> list[Item]:
    """The stretch that had to be covered and, between the gaps, what did cover it."""
    check = version.check if version else None
    whole = check.table.label if check else "应覆盖"
    by = check.by.table.label if check else "已覆盖"
    gaps = gaps_of(found.details["gaps"] or [])
    items: list[Item] = [charts.Interval(whole, whole, found.start_at, found.end_at)]
    moment = found.start_at
    for start, end in [*gaps, (found.end_at, found.end_at)]:
        if start > moment:
            items.append(charts.Interval(by, f"有{by}", moment, start, charts.SERIES[4]))
        moment = end
    return [*items, *(charts.Interval("缺口", f"缺 {exactly(end - start)}", start, end, charts.SERIES[2]) for start, end in gaps)]


def _overlapping(found: Finding, others: Sequence[Other]) -> list[Item]:
    own = charts.Interval("本条", f"本条 {found.subject}", found.start_at, found.end_at)
    return [own, *(charts.Interval(OTHERS, one.code or "不在查阅范围内", one.start, one.end, charts.SERIES[4]) for one in others)]


def _limited(found: Finding, now: datetime) -> list[Item]:
    """From the start to the due time, with pauses and extensions, what came of it, and now where it still matters."""
    items: list[Item] = [charts.Instant(LIMIT, "起算", found.start_at), charts.Interval(LIMIT, f"期限 {found.limit}".strip(), found.start_at, found.due_at)]
    items += [charts.Interval(PAUSE, "暂停", start, end, charts.SERIES[3]) for start, end in found.pauses]
    items += [charts.Instant(LIMIT, f"批准延长，加 {adds}", at) for at, adds in found.extensions]
    over = found.end_at or now
    if over > found.due_at:
        items.append(charts.Interval("超期", "超期", found.due_at, found.end_at, charts.SERIES[2]))
    items.append(charts.Instant(LIMIT, "届满", found.due_at))
    return [*items, charts.Instant(LIMIT, "办结", found.end_at)] if found.end_at else [*items, charts.Instant(LIMIT, "现在", now, colour=charts.SERIES[0])]


def _left(found: Finding, now: datetime) -> str:
    if found.end_at:
        late = found.end_at - found.due_at
        return f"超期 {exactly(late)} 办理" if late > timedelta() else "期限内办理"
    return f"还剩 {span(found.due_at - now)}" if now <= found.due_at else f"已超期 {span(now - found.due_at)}，仍未办理"


def _rows(items: Sequence[Item]) -> list[Sequence[str]]:
    def line(item: Item) -> tuple[str, ...]:
        if isinstance(item, charts.Interval):
            return full(item.start), full(item.end) if item.end else "至今", item.lane, item.label
        return full(item.at), NOTHING, item.lane, item.label

    ordered = sorted(items, key=lambda item: item.start if isinstance(item, charts.Interval) else item.at)
    return [("时间", "至", "分道", "内容"), *(line(item) for item in ordered)]
