"""预警模型 as the pages show them: every rule file, and what each has done within the viewer's reach. Never by officer.

All counts of all rules come from a few grouped queries, whatever the number of rules and alerts.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone

from mingjing.accounts.scope import Viewer
from mingjing.alerts import queries, states
from mingjing.alerts.library import RUN, Broken, library
from mingjing.alerts.models import Alert, Demotion, Run, UnitSetting
from mingjing.alerts.quality import Share
from mingjing.alerts.recipients import DUTIES, HANDLING
from mingjing.alerts.shares import misses, precisions
from mingjing.cases.vocabulary import vocabulary
from rulebook.explain import STATUS_WORDS, citation
from rulebook.rules import Rule

FAULTY = "文件有误"
NONE = Share(0, 0)
YEAR = timedelta(days=365)  # cures older than this say little about today
WEEKS = 13


@dataclass(frozen=True)
class Tally:
    """What one rule has done. `live`: alerts that are not over and not held back behind another, as the list shows them; `cure`: median from discovery
    to a proven cure within the last year, None while nothing was cured."""

    live: int = 0
    precision: Share = NONE
    cure: timedelta | None = None
    misses: Share = NONE


@dataclass(frozen=True)
class Entry:
    """One rule file. `rule` is None for a file that does not load: then `broken` tells why. `settings` of all units; `off_here`: the one that switches
    it off in the viewer's own unit; `demotions`: the latest first; `skipped`: why the last whole run did not judge by it."""

    code: str
    name: str
    status: str
    rule: Rule | None
    tally: Tally = field(default_factory=Tally)
    broken: Broken | None = None
    demotions: tuple[Demotion, ...] = ()
    settings: tuple[UnitSetting, ...] = ()
    off_here: UnitSetting | None = None
    skipped: str = ""

    @property
    def demotion(self) -> Demotion | None:
        """The one in force."""
        return next((one for one in self.demotions if one.lifted_at is None), None)

    @property
    def off_units(self) -> int:
        """How many units have switched it off."""
        return sum(not setting.is_on for setting in self.settings)

    @property
    def element(self) -> str:
        return self.rule.element if self.rule else ""

    @property
    def runs(self) -> bool:
        return self.rule is not None and self.rule.status in RUN

    @property
    def phase(self) -> str:
        return self.rule.phase if self.rule else ""

    @property
    def level(self) -> str:
        return self.rule.level if self.rule else ""

    @property
    def bases(self) -> list[str]:
        """The articles of the version in force, each once."""
        return list(dict.fromkeys(citation(basis) for basis in self.rule.versions[-1].basis)) if self.rule else []

    @property
    def is_unverified(self) -> bool:
        return self.rule is not None and any(basis.get("unverified") for version in self.rule.versions for basis in version.basis)


class Entries(list[Entry]):
    """Entries where a list page expects rows of the database: they are files, a few dozen, and sorted here."""

    def order_by(self, *names: str) -> Entries:
        """By attributes of the entry or its tally; what has none comes last in either direction."""
        ordered = Entries(self)
        for name in reversed(names):
            key, is_down = _KEYS[name.removeprefix("-")], name.startswith("-")
            known = [entry for entry in ordered if key(entry) is not None]
            ordered = Entries([*sorted(known, key=key, reverse=is_down), *(entry for entry in ordered if key(entry) is None)])
        return ordered

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Entries(found) if isinstance(key, slice) else found

    def count(self, *value: Any) -> int:
        return len(self)

    def iterator(self, chunk_size: int = 0) -> Iterator[Entry]:
        return iter(self)


_KEYS: Mapping[str, Callable[[Entry], Any]] = {
    "code": lambda entry: entry.code, "name": lambda entry: entry.name, "live": lambda entry: entry.tally.live,
    "precision": lambda entry: entry.tally.precision.value, "judged": lambda entry: entry.tally.precision.judged,
    "phase": lambda entry: phases().index(entry.phase) if entry.phase in phases() else None,
    "cure": lambda entry: entry.tally.cure, "misses": lambda entry: entry.tally.misses.value,
}


def phases() -> tuple[str, ...]:
    """The phases of procedure, in the order in which a case goes through them."""
    return vocabulary().phases


def entries(viewer: Viewer, code: str = "") -> Entries:
    """All rule files by code, broken ones last; with a code, that one only. Nine queries at most."""
    skipped = _skipped()
    shelf, about = library(), {"rule_code": code} if code else {}
    demotions = _by_rule(Demotion.objects.filter(**about).select_related("lifted_by").order_by("-at", "-pk"))
    settings = _by_rule(UnitSetting.objects.filter(**about).select_related("unit", "officer"))
    lifted = {code: max(one.lifted_at for one in known if one.lifted_at) for code, known in demotions.items() if any(one.lifted_at for one in known)}
    counts = tallies(viewer, lifted, **about)
    line = tuple(reversed(viewer.officer.unit.line))

    def entry(rule: Rule) -> Entry:
        own = tuple(settings.get(rule.code, ()))
        back = tuple(demotions.get(rule.code, ()))
        is_demoted = rule.status == "active" and any(one.lifted_at is None for one in back)
        status = STATUS_WORDS["trial" if is_demoted else rule.status]
        return Entry(rule.code, rule.name, status, rule, counts[rule.code], None, back, own, _off(own, line), skipped.get(rule.code, ""))

    loaded = [entry(rule) for rule in sorted([*shelf.rules.values(), *shelf.idle.values()], key=lambda rule: rule.code)]
    every = [*loaded, *(Entry(one.file.split("_")[0], one.file, FAULTY, None, broken=one) for one in shelf.broken)]
    return Entries(entry for entry in every if code in ("", entry.code))


def _skipped() -> dict[str, str]:
    """Why the last whole run on the house's own facts left rules out, by code."""
    last = Run.objects.filter(origin="", kind=Run.Kind.WHOLE, error="").order_by("-pk").values_list("skipped", flat=True).first()
    return dict(json.loads(last)) if last else {}


def _by_rule(rows: Iterable[Any]) -> dict[str, list[Any]]:
    by_rule: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_rule[row.rule_code].append(row)
    return by_rule


def _off(settings: Iterable[UnitSetting], line: Iterable[str]) -> UnitSetting | None:
    """The setting of the nearest unit (`line`: the own unit, then those above) if it switches the rule off."""
    by_unit = {setting.unit_id: setting for setting in settings}
    nearest = next((by_unit[unit] for unit in line if unit in by_unit), None)
    return nearest if nearest and not nearest.is_on else None


# --- counts ---


def tallies(viewer: Viewer, lifted: Mapping[str, datetime], **about: str) -> Mapping[str, Tally]:
    """By rule, within the viewer's reach; an empty tally for a rule that has done nothing. Four queries."""
    reach, samples = queries.alerts(viewer).exclude(rule_code="").filter(**about), queries.samples(viewer).filter(**about)
    live = dict(shown(reach).filter(state__in=states.LIVE).order_by().values_list("rule_code").annotate(Count("pk")))
    right, cure, missed = precisions(reach, lifted), medians(reach, "closed_at", cure=Alert.Cure.PROVEN), misses(samples)
    codes = {*live, *right, *cure, *missed}
    known = {code: Tally(live.get(code, 0), right.get(code, NONE), cure.get(code), missed.get(code, NONE)) for code in codes}
    return defaultdict(Tally, known)


def shown(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """As the list of alerts shows them unless asked for more: without those held back behind another."""
    return rows.filter(leader__isnull=True)


def medians(rows: QuerySet[Alert], until: str, **which: Any) -> dict[str, timedelta]:
    """By rule, the median of the time from discovery to `until` over the last year: the middle row, or the mean of the two middle ones."""
    lasting = ExpressionWrapper(F(until) - F("opened_at"), output_field=DurationField())
    recent = rows.filter(**{f"{until}__gte": timezone.now() - YEAR}, **which).order_by()
    by_rule = {"partition_by": F("rule_code")}
    ranked = recent.annotate(lasting=lasting).annotate(
        twice=Window(RowNumber(), order_by=(F("lasting").asc(), F("code").asc()), **by_rule) * 2, number=Window(Count("pk"), **by_rule))
    middle = ranked.filter(twice__gte=F("number"), twice__lte=F("number") + 2).values_list("rule_code", "lasting")
    found: dict[str, list[timedelta]] = defaultdict(list)
    for code, length in middle:
        found[code].append(length)
    return {code: sum(lengths, timedelta()) / len(lengths) for code, lengths in found.items()}


# --- one rule ---


@dataclass(frozen=True)
class Course:
    """What one rule has done within the viewer's reach. `days`: alerts opened a day over the last thirteen weeks."""

    states: Mapping[str, int]
    cures: Mapping[str, int]
    faults: Mapping[str, int]
    days: Mapping[date, int]
    today: date
    sign: timedelta | None

    def opened(self, days: int) -> int:
        """Within so many days, today included."""
        since = self.today - timedelta(days=days - 1)
        return sum(count for day, count in self.days.items() if day >= since)

    def weeks(self) -> list[tuple[date, int]]:
        """Monday by Monday, the oldest first, weeks without alerts included."""
        monday = _monday(self.today)
        counts: Counter[date] = Counter()
        for day, count in self.days.items():
            counts[_monday(day)] += count
        return [(first, counts[first]) for first in (monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1))]


def course(viewer: Viewer, code: str, now: datetime) -> Course:
    """Three queries."""
    rows = shown(queries.alerts(viewer).filter(rule_code=code))
    ends = list(rows.order_by().values_list("state", "cure", "fault").annotate(Count("pk")))
    today = timezone.localdate(now)
    first = _monday(today) - timedelta(weeks=WEEKS - 1)
    since = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    days = rows.filter(opened_at__gte=since).order_by().annotate(day=TruncDate("opened_at")).values_list("day").annotate(Count("pk"))
    return Course(
        _summed((state, count) for state, _, _, count in ends), _summed((cure, count) for _, cure, _, count in ends if cure),
        _summed((fault, count) for _, _, fault, count in ends if fault), dict(days), today,
        medians(rows, "acknowledged_at").get(code))


def _summed(pairs: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    def add(counts: Counter[str], pair: tuple[str, int]) -> Counter[str]:
        counts[pair[0]] += pair[1]
        return counts

    return reduce(add, pairs, Counter())


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def told(rule: Rule) -> list[str]:
    """Who is told, in the words of the duties."""
    return ["承办民警" if role == HANDLING else DUTIES.get(role, role) for role in rule.push]
