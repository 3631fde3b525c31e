"""限时: something must be done within a time. Exceptions, pauses, extensions, warning, both directions of counting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rulebook.conditions import Condition
from rulebook.facts import literal
from rulebook.names import Path
from rulebook.parsing import Part
from rulebook.query import Moment, Related, Scope
from rulebook.shapes.base import Shape, row_sql
from rulebook.timelimits import Counting, Span, between_sql, last_day_sql, raw_last_day_sql


@dataclass(frozen=True)
class Unless:
    """Another limit where a condition holds; the first that holds decides."""

    when: Condition
    limit: Span


@dataclass(frozen=True)
class PauseFrom:
    """Rows whose stretch from `start` to `end` is not counted."""

    related: Related
    start: Path
    end: Path


@dataclass(frozen=True)
class ExtensionFrom:
    """Rows that give more time from the moment they are granted; `matching` says who must have approved."""

    related: Related
    granted: Path
    adds: Span
    at_most: int


@dataclass(frozen=True)
class Deadline(Shape):
    """From `start` to `end` within `limit`; or, with `direction` `before`, `end` at least `limit` ahead of `start`."""

    name = "deadline"
    label = "限时"

    start: Moment
    direction: Literal["after", "before"]
    end: Moment
    limit: Span
    counting: Counting
    unless: tuple[Unless, ...]
    pauses: tuple[PauseFrom, ...]
    extensions: tuple[ExtensionFrom, ...]
    warn_before: Span | None

    @classmethod
    def parse(cls, part: Part) -> Deadline | None:
        if ("start" in part.data) == ("before" in part.data):
            part.fault(None, "start 和 before 要写一个，且只写一个", "give one of start and before", "往后计算写 start，往前计算写 before",
                       "start to count forwards, before to count backwards")
            return None
        direction = "before" if "before" in part.data else "after"
        start, end, limit = part.moment("before", planned=True) if direction == "before" else part.moment("start"), part.moment("end"), part.span("limit")
        unless = tuple(Unless(each.condition("when"), each.span("limit")) for each in part.parts("unless"))
        pauses = tuple(_pause(each) for each in part.parts("pauses"))
        extensions = tuple(_extension(each) for each in part.parts("extensions"))
        where, warn = part.condition("where"), part.span("warn_before", "minutes", "hours", "days", "workdays")
        if part.faults or limit is None:
            return None
        counting = Counting(limit.axis, part.data.get("inclusive", True), part.data.get("count_from", "next_day"), part.data.get("roll_over", False))
        spans = [limit, *(each.limit for each in unless), *(each.adds for each in extensions)]
        _check_counting(part, counting, spans, direction)
        return cls(part.table, part.vocabulary, where, start, direction, end, limit, counting, unless, pauses, extensions, warn)

    def dated_by(self) -> Moment:
        return self.start

    def tests(self) -> list[Condition]:
        return [each.when for each in self.unless]

    def mutants(self) -> Iterator[tuple[str, Shape]]:
        """Without those that change an option of counting which this limit never reads: no example could notice."""
        for label, changed in super().mutants():
            if changed.counting == self.counting or changed._counting_read() != self._counting_read():
                yield label, changed

    def _counting_read(self) -> tuple:
        """Backwards, the first day and the number itself are not asked about; workdays and hours do not roll over."""
        counting = self.counting
        shift = counting.shift if self.direction == "after" else 0
        return counting.axis, counting.inclusive and self.direction == "after", shift, counting.roll_over and counting.axis == "days"

    def shown(self) -> list[Path]:
        """Start and end stand in the finding itself; where one is the earliest of several columns, all of these are shown."""
        several = [path for moment in (self.start, self.end) if moment.others for path in moment.own_paths]
        return list(dict.fromkeys([*super().shown(), *several]))

    def branch_limit(self, branch: int | None) -> Span:
        """The limit that was applied: -1 is the ordinary one."""
        return self.limit if branch is None or branch < 0 else self.unless[branch].limit

    def judge_sql(self, scope: Scope, dated: str) -> str:
        events = self._events_sql(scope)
        inner, walks = self._inner_sql(scope, dated, events), events != NO_EVENTS
        if not (walks and scope.standing):  # a query for once, where planning is what costs
            return self._stage_sql(inner, scope, walks)
        # of everybody few have events; DuckDB walks lists many times faster where these stand close together, and not at all where there are none
        return f"""WITH everybody AS MATERIALIZED ({inner}), eventful AS MATERIALIZED (SELECT * FROM everybody WHERE events IS NOT NULL)
            {self._stage_sql("SELECT * FROM eventful", scope, walks=True)}
            UNION ALL {self._stage_sql("SELECT * FROM everybody WHERE events IS NULL", scope, walks=False)}"""

    def _stage_sql(self, inner: str, scope: Scope, walks: bool) -> str:
        now = "now" if scope.is_planned_ahead else scope.now
        ends = self._clock_end_sql(inner, now, walks) if self.counting.axis == "clock" else self._day_end_sql(inner, now, walks)
        return f"SELECT {row_sql(**self._judged(now))} FROM ({ends}) AS d"

    def _inner_sql(self, scope: Scope, dated: str, events: str) -> str:
        evidence = self.evidence_sql(scope)
        columns = {"subject": scope.key(), "start_at": scope.moment(self.start), "end_at": scope.moment(self.end), "branch": self._branch_sql(scope),
                   **evidence, "events": events, **({"now": scope.now} if scope.is_planned_ahead else {})}
        select = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        return f"SELECT {select} {scope.from_sql(self.conditions_sql(scope, dated))}"

    def _branch_sql(self, scope: Scope) -> str:
        cases = " ".join(f"WHEN {scope.condition(each.when)} THEN {index}" for index, each in enumerate(self.unless))
        return f"CASE {cases} ELSE -1 END" if cases else "-1"

    def _by_branch(self, measure: str) -> str:
        ordinary = getattr(self.limit, measure)
        cases = " ".join(f"WHEN {index} THEN {getattr(each.limit, measure)}" for index, each in enumerate(self.unless))
        return f"(CASE branch {cases} ELSE {ordinary} END)" if cases else str(ordinary)

    # pauses and extensions, walked in the order in which they happened

    def _events_sql(self, scope: Scope) -> str:
        sources = [(each.related, lambda inner, each=each: _pauses_sql(inner, each)) for each in self.pauses]
        sources += [(each.related, lambda inner, each=each, which=which: _extensions_sql(inner, each, which))
                    for which, each in enumerate(self.extensions)]
        # where there are no rows the join is spared; what it would have read still counts as read
        unused = scope.beside(scope.table)
        lists = []
        for related, events in sources:
            if scope.has_none(related):
                unused.aggregate(related, events)
            else:
                lists.append(scope.aggregate(related, events))
        if not lists:
            return NO_EVENTS
        joined = lists[0] if len(lists) == 1 else f"list_concat({', '.join(f'coalesce({each}, [])' for each in lists)})"
        # nearly all subjects have no events; NULL spares them the walk
        return f"CASE WHEN {' OR '.join(f'{each} IS NOT NULL' for each in lists)} THEN list_sort({joined}) END"

    def _clock_end_sql(self, inner: str, now: str, walks: bool) -> str:
        end = f"start_at + to_seconds({self._by_branch('seconds')})"
        if not walks:
            return f"SELECT *, {end} AS due_at, NULL AS last_day, false AS estimated, {self._nothing_taken()} FROM ({inner}) AS i"
        walked = f"""CASE WHEN events IS NOT NULL THEN list_reduce(events, lambda acc, x:
            CASE WHEN x.kind = 0 AND x.moment <= acc.due AND coalesce(x.until, {now}) > acc.paused_until
                THEN {{'due': acc.due + (coalesce(x.until, {now}) - greatest(x.moment, acc.paused_until)),
                    'paused_until': coalesce(x.until, {now}), 'taken': list_append(acc.taken, x)}}
            WHEN x.kind = 1 AND x.moment <= acc.due AND {_within_quota('acc.taken', 'x')}
                THEN {{'due': acc.due + to_seconds(x.seconds), 'paused_until': acc.paused_until, 'taken': list_append(acc.taken, x)}}
            ELSE acc END, {{'due': {end}, 'paused_until': start_at, 'taken': []::{EVENT}[]}}) END"""
        return f"""SELECT *, w.due AS due_at, NULL AS last_day, false AS estimated, {_taken('w.taken')} FROM (
            SELECT *, {{'due': coalesce(walked.due, {end}), 'taken': coalesce(walked.taken, [])}} AS w FROM (
            SELECT *, {walked} AS walked FROM ({inner}) AS i) AS h) AS j"""

    def _day_end_sql(self, inner: str, now: str, walks: bool) -> str:
        first, months, days = self._first_day(), self._by_branch("months"), f"({self._by_branch('days')} + {self.counting.shift})"
        if self.direction == "before":
            months, days = f"-{months}" if months != "0" else months, f"-{self._by_branch('days')}"
        if walks:
            inner = self._walk_days_sql(inner, now, first, months, days)
            months, days, pauses = "w.months", "w.days", _taken("w.taken")
        else:
            pauses = self._nothing_taken()
        raw = raw_last_day_sql(first, months, days, self.counting)
        return f"""SELECT *, {self._estimated_sql()} AS estimated, midnight_after(last_day) AS due_at FROM (
            SELECT *, {'next_workday(raw_day)' if self.counting.roll_over else 'raw_day'} AS last_day FROM (
            SELECT *, {raw} AS raw_day, {first} AS first_day, {pauses} FROM ({inner}) AS k) AS l) AS m"""

    def _nothing_taken(self) -> str:
        """No pauses and extensions: empty lists where the rule knows of any, as if they had been walked; nothing at all where it does not."""
        empty = "[]" if self.pauses or self.extensions else "NULL"
        return f"{empty} AS pauses, {empty} AS extensions"

    def _first_day(self) -> str:
        # counted backwards, the workday count begins on the day before; see `Counting`
        backwards_workdays = self.direction == "before" and self.counting.axis == "workdays"
        return "(workday(workday_number(local_day(start_at) - 1) + 1))" if backwards_workdays else "local_day(start_at)"

    def _walk_days_sql(self, inner: str, now: str, first: str, months: str, days: str) -> str:
        until = f"local_day(coalesce(x.until, {now}))"
        last = last_day_sql("acc.first", "acc.months", "acc.days", self.counting)
        paused = between_sql("greatest(local_day(x.moment), acc.paused_until)", until, self.counting)
        walked = f"""CASE WHEN events IS NOT NULL THEN list_reduce(events, lambda acc, x:
            CASE WHEN x.kind = 0 AND local_day(x.moment) <= {last} AND {until} > acc.paused_until
                THEN {{'first': acc.first, 'months': acc.months, 'days': acc.days + {paused}, 'paused_until': {until},
                    'taken': list_append(acc.taken, x)}}
            WHEN x.kind = 1 AND local_day(x.moment) <= {last} AND {_within_quota('acc.taken', 'x')}
                THEN {{'first': acc.first, 'months': acc.months + x.months, 'days': acc.days + x.days, 'paused_until': acc.paused_until,
                    'taken': list_append(acc.taken, x)}}
            ELSE acc END,
            {{'first': {first}, 'months': {months}, 'days': {days}, 'paused_until': {first}, 'taken': []::{EVENT}[]}}) END"""
        return f"""SELECT * EXCLUDE (walked), {{'months': coalesce(walked.months, {months}), 'days': coalesce(walked.days, {days}),
            'taken': coalesce(walked.taken, [])}} AS w FROM (SELECT *, {walked} AS walked FROM ({inner}) AS i) AS j"""

    def _estimated_sql(self) -> str:
        if self.counting.axis == "workdays":
            return "NOT (is_published(first_day) AND is_published(last_day))"
        return "NOT (is_published(raw_day) AND is_published(last_day))" if self.counting.roll_over else "false"

    # the stage

    def _judged(self, now: str) -> dict[str, str]:
        columns = {name: name for name in ("subject", "end_at", "due_at", "last_day", "branch", "estimated", "pauses", "extensions", "met", "facts")}
        late, over = self._too_late("end_at"), self._too_late(now)
        stage = f"""CASE WHEN start_at IS NULL THEN 'unstarted' WHEN {late} THEN 'late' WHEN end_at IS NOT NULL THEN 'kept'
            WHEN {over} THEN 'overdue' WHEN {self._warned_sql(now)} THEN 'due_soon' ELSE 'running' END"""
        return {**columns, "start_at": "start_at", "warns_at": self._warns_at_sql(), "stage": stage}

    def _too_late(self, moment: str) -> str:
        if self.counting.axis == "clock":
            return f"{moment} {'>' if self.counting.inclusive else '>='} due_at"
        return f"local_day({moment}) > last_day"

    def _warned_sql(self, now: str) -> str:
        return f"{now} >= {self._warns_at_sql()}" if self.warn_before else "false"

    def _warns_at_sql(self) -> str:
        """The first moment at which the end is near; NULL where the rule does not warn."""
        warn = self.warn_before
        if warn is None:
            return "NULL"
        if warn.axis == "clock":
            return f"due_at - to_seconds({warn.seconds})"
        last = "local_day(due_at)" if self.counting.axis == "clock" else "last_day"
        if warn.axis == "workdays":
            return f"midnight_after(workday(workday_number({last}) - {warn.amount} + 1) - 1)"
        return f"midnight_after({last} - {warn.amount})"

    def sentences(self) -> list[str]:
        start, end = (moment.sentence(self.table, self.vocabulary) for moment in (self.start, self.end))
        within = "以内" if self.counting.inclusive else "（不含本数）内"
        if self.direction == "before":
            latest = f"{start}的 {self.limit}之前" if self.limit.amount else f"{start}当日结束以前"
            lines = [self.scope_sentence(), f"{end}应当在{latest}"]
        else:
            lines = [self.scope_sentence(), f"从{start}起，{self.limit}{within}应有{end}"]
        lines += [f"{each.when.sentence()}的，期限为 {each.limit}" for each in self.unless]
        lines += [f"{each.related.sentence()}的期间不计入" for each in self.pauses]
        lines += [f"{each.related.sentence()}：在期限届满前批准的，每次延长 {each.adds}，至多 {each.at_most} 次" for each in self.extensions]
        lines.append(_counting_sentence(self.counting, self.direction, self.limit))
        if self.warn_before:
            lines.append(f"届满前 {self.warn_before}起提示即将届满")
        return lines


NO_EVENTS = "NULL"
EVENT = ("STRUCT(moment TIMESTAMPTZ, kind INTEGER, which INTEGER, until TIMESTAMPTZ, months INTEGER, days INTEGER, seconds BIGINT, "
         "at_most INTEGER, adds VARCHAR)")


def _pauses_sql(inner: Scope, pause: PauseFrom) -> str:
    start = inner.time(pause.start)
    return f"""list(CAST({{'moment': {start}, 'kind': 0, 'which': 0, 'until': {inner.time(pause.end)}, 'months': 0, 'days': 0, 'seconds': 0,
        'at_most': 0, 'adds': ''}} AS {EVENT})) FILTER (WHERE {start} IS NOT NULL)"""


def _extensions_sql(inner: Scope, extension: ExtensionFrom, which: int) -> str:
    granted, adds = inner.time(extension.granted), extension.adds
    return f"""list(CAST({{'moment': {granted}, 'kind': 1, 'which': {which}, 'until': NULL, 'months': {adds.months}, 'days': {adds.days},
        'seconds': {adds.seconds}, 'at_most': {extension.at_most}, 'adds': {literal(str(adds))}}} AS {EVENT}))
        FILTER (WHERE {granted} IS NOT NULL)"""


def _within_quota(taken: str, event: str) -> str:
    return f"len(list_filter({taken}, lambda e: e.kind = 1 AND e.which = {event}.which)) < {event}.at_most"


def _taken(taken: str) -> str:
    pauses = f"list_transform(list_filter({taken}, lambda e: e.kind = 0), lambda e: {{'start': e.moment, 'end': e.until}})"
    granted = f"list_transform(list_filter({taken}, lambda e: e.kind = 1), lambda e: {{'granted_at': e.moment, 'adds': e.adds}})"
    return f"{pauses} AS pauses, {granted} AS extensions"


def _counting_sentence(counting: Counting, direction: str, limit: Span) -> str:
    if counting.axis == "clock":
        return "按小时计算：自起算时刻起满时即届满，节假日不顺延"
    if direction == "before" and not limit.amount:
        return "当日 24 时届满，末日为节假日的不顺延"
    if direction == "before":
        return "往前计算，当日不计入" + ("，只数工作日" if counting.axis == "workdays" else "")
    first = "起算当日不计入" if counting.count_from == "next_day" else "起算当日计入"
    kind = "只数工作日" if counting.axis == "workdays" else "按日历计算"
    roll = "末日为节假日的顺延到节后第一个工作日" if counting.roll_over else "末日为节假日的不顺延"
    return f"{kind}，{first}，末日 24 时届满" + ("" if counting.axis == "workdays" else f"，{roll}")


def _pause(part: Part) -> PauseFrom | None:
    related = part.related("table", part.data["table"])
    if related is None:
        return None
    inner = part.speaking_of(related.table)
    return PauseFrom(related, inner.column("start", "time"), inner.column("end", "time"))


def _extension(part: Part) -> ExtensionFrom | None:
    related = part.related("table", part.data["table"])
    adds = part.span("adds")
    if related is None or adds is None:
        return None
    return ExtensionFrom(related, part.speaking_of(related.table).column("granted", "time"), adds, part.data["at_most"])


def _check_counting(part: Part, counting: Counting, spans: list[Span | None], direction: str) -> None:
    axes = {span.axis for span in spans if span}
    if len(axes) > 1:
        part.fault("limit", "同一条期限里不能混用小时、日（月）和工作日", "one limit cannot mix hours, days (months) and workdays",
                   "换成同一种单位，或拆成两条规则", "use one unit or write two rules")
    if counting.axis == "days" and direction == "after" and "roll_over" not in part.data:
        part.fault("limit", "按日、按月的期限要写明末日遇节假日是否顺延", "say whether the last day rolls over a holiday",
                   "加 roll_over: true；限制人身自由的写 roll_over: false", "add roll_over: true, or false while somebody is detained")
    if counting.axis != "days" and part.data.get("roll_over"):
        part.fault("roll_over", "按小时或工作日计算的期限没有顺延", "hours and workdays do not roll over", "去掉 roll_over", "remove roll_over")
    idle = [key for key in ("inclusive", "count_from", "roll_over", "pauses", "extensions") if key in part.data] if direction == "before" else []
    for key in idle:
        part.fault(key, f"往前计算的期限没有 {key}", f"a limit counted backwards has no {key}", f"去掉 {key}", f"remove {key}")
    if counting.axis == "clock" and direction == "before":
        part.fault("limit", "往前计算只支持日、月和工作日", "counting backwards takes days, months or workdays", "换单位", "use another unit")
    by_workdays = counting.axis == "workdays" or str(part.data.get("warn_before", "")).endswith(("workday", "workdays"))
    if part.vocabulary.calendar == "none" and (counting.roll_over or by_workdays):
        part.fault("limit", "这套词汇表没有节假日历，不能用工作日或顺延", "this vocabulary has no calendar of holidays",
                   "在 facts.yaml 写 calendar: china 或 weekends", "set calendar in facts.yaml")


