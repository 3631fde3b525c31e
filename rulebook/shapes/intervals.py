"""重叠 and 覆盖: stretches of time against each other."""

from __future__ import annotations

from dataclasses import dataclass

from rulebook.names import Path, path_label
from rulebook.parsing import Part
from rulebook.query import Moment, Related, Scope
from rulebook.shapes.base import Shape, row_sql
from rulebook.timelimits import Span


@dataclass(frozen=True)
class Overlap(Shape):
    """重叠: two rows with the same `same` must not run at one time. The row that began later is the finding; it names the others.

    Rows that also share `apart` (two lines on one interview) are not held against each other. An open stretch lasts until now.
    """

    name = "overlap"
    label = "重叠"

    start: Moment
    end: Moment
    same: Path
    apart: Path | None

    @classmethod
    def parse(cls, part: Part) -> Overlap | None:
        where, start, end = part.condition("where"), part.moment("start"), part.moment("end")
        same, apart = part.column("same"), part.column("apart")
        return None if part.faults else cls(part.table, part.vocabulary, where, start, end, same, apart)

    def dated_by(self) -> Moment:
        return self.start

    def shown(self) -> list[Path]:
        return list(dict.fromkeys([*super().shown(), self.same]))

    def judge_sql(self, scope: Scope, dated: str) -> str:
        rows = self._rows_sql(scope, dated)
        everyone = scope.beside(scope.table)
        if scope.only is not None and len(self.same) == 1:  # their peers can be found by the column that they share
            everyone.filter_sql = scope.alike(self.table.columns[self.same[0]], self.same[0])
        others = self._rows_sql(everyone, "")
        apart = "AND (a.apart IS NULL OR b.apart IS NULL OR a.apart <> b.apart)" if self.apart else ""
        columns = {name: f"a.{name}" for name in ("subject", "start_at", "end_at", "met", "facts")}
        return f"""SELECT {row_sql(**columns, stage="CASE WHEN o.others IS NULL THEN 'kept' ELSE 'violated' END",
                                   details="to_json({'overlaps': o.others})")}
            FROM ({rows}) AS a LEFT JOIN (
                SELECT a.subject, list(b.subject ORDER BY b.subject) AS others FROM ({self._crowded_sql(others)}) AS a JOIN ({self._daily_sql(others)}) AS b
                ON a.same = b.same AND b.day = {_day('a.start_at')} AND a.subject <> b.subject {apart} AND b.start_at < a.until AND a.start_at < b.until
                AND (b.start_at, b.subject) < (a.start_at, a.subject) GROUP BY a.subject) AS o ON o.subject = a.subject"""

    @staticmethod
    def _crowded_sql(rows: str) -> str:
        """Rows that began before an earlier one had ended: few, and only these are compared with all others one by one. Of rows that began at one moment
        a few more are taken, so that times alone are sorted and no texts."""
        alike = "PARTITION BY same ORDER BY start_at"
        earlier = f"max(until) OVER ({alike} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier, lead(start_at) OVER ({alike}) AS next"
        return f"""SELECT * FROM (SELECT subject, start_at, until, same, apart, {earlier} FROM ({rows}) AS r) AS e
            WHERE start_at < earlier OR start_at = next"""

    @staticmethod
    def _daily_sql(rows: str) -> str:
        """Each row once a day that it touches, so that a row is compared with those of the day on which it began and not with all of its room's."""
        return f"SELECT *, unnest(range({_day('start_at')}, {_day('until')} + 1)) AS day FROM ({rows}) AS r"

    def _rows_sql(self, scope: Scope, dated: str) -> str:
        end = f"coalesce({scope.moment(self.end)}, {scope.now})"
        apart = scope.column(self.apart) if self.apart else "NULL"
        evidence = self.evidence_sql(scope)
        return f"""SELECT {scope.key()} AS subject, {scope.moment(self.start)} AS start_at, {scope.moment(self.end)} AS end_at, {end} AS until,
            {scope.column(self.same)} AS same, {apart} AS apart, {evidence['met']} AS met, {evidence['facts']} AS facts
            {scope.from_sql(self.conditions_sql(scope, dated))}"""

    def conditions_sql(self, scope: Scope, dated: str) -> list[str]:
        return [*super().conditions_sql(scope, dated), f"{scope.moment(self.start)} IS NOT NULL"]

    def sentences(self) -> list[str]:
        start, end = (moment.sentence(self.table, self.vocabulary) for moment in (self.start, self.end))
        same = path_label(self.same, self.table, self.vocabulary)
        apart = f"；{path_label(self.apart, self.table, self.vocabulary)}相同的不算" if self.apart else ""
        return [self.scope_sentence(), f"{same}相同的两条，从{start}到{end}的时间不得重叠{apart}", "未结束的算到当前；后开始的一条为判定对象"]


def _day(moment: str) -> str:
    """The number of the 24 hours in which a moment lies: no day of the law, only a drawer."""
    return f"epoch_us({moment}) // 86_400_000_000"


@dataclass(frozen=True)
class Cover(Shape):
    """覆盖: recorded stretches must cover the whole stretch of the subject, but for gaps up to `tolerance` in sum. Judged once it has ended."""

    name = "cover"
    label = "覆盖"

    start: Moment
    end: Moment
    by: Related
    from_: Path
    to: Path
    tolerance: Span

    @classmethod
    def parse(cls, part: Part) -> Cover | None:
        where, start, end, tolerance = part.condition("where"), part.moment("start"), part.moment("end"), part.span("tolerance", "minutes", "hours")
        by = part.related("by", part.data["by"])
        if by is None or part.faults:
            return None
        inner = part.speaking_of(by.table)
        from_, to = inner.column("from", "time"), inner.column("to", "time")
        return None if part.faults else cls(part.table, part.vocabulary, where, start, end, by, from_, to, tolerance)

    def dated_by(self) -> Moment:
        return self.start

    def judge_sql(self, scope: Scope, dated: str) -> str:
        now = scope.now
        pieces = scope.aggregate(self.by, lambda inner: f"""list({{'from': {inner.time(self.from_)},
            'to': coalesce({inner.time(self.to)}, {now})}}) FILTER (WHERE {inner.time(self.from_)} IS NOT NULL)""")
        evidence = self.evidence_sql(scope)
        inner = f"""SELECT {scope.key()} AS subject, {scope.moment(self.start)} AS start_at, {scope.moment(self.end)} AS end_at,
            {evidence['met']} AS met, {evidence['facts']} AS facts, list_sort({pieces}) AS pieces {scope.from_sql(self.conditions_sql(scope, dated))}"""
        begun = """{'until': start_at, 'gaps': []::STRUCT("from" TIMESTAMPTZ, "to" TIMESTAMPTZ)[]}"""
        walked = f"""list_reduce(pieces, lambda acc, x: CASE WHEN least(x.from, end_at) > acc.until
                THEN {{'until': greatest(acc.until, least(x.to, end_at)),
                    'gaps': list_append(acc.gaps, {{'from': acc.until, 'to': least(x.from, end_at)}})}}
                ELSE {{'until': greatest(acc.until, least(x.to, end_at)), 'gaps': acc.gaps}} END, {begun})"""
        last = "CASE WHEN w.until < end_at THEN [{'from': w.until, 'to': end_at}] ELSE [] END"
        # held before they are walked: DuckDB walks lists many times faster where these stand close together
        gaps = f"""WITH covered AS MATERIALIZED ({inner}), walked AS MATERIALIZED (
                SELECT *, CASE WHEN pieces IS NULL THEN {begun} ELSE {walked} END AS w FROM covered)
            SELECT *, list_concat(w.gaps, {last}) AS gaps FROM walked"""
        missing = "coalesce(list_sum(list_transform(gaps, lambda g: epoch_us(g.to) - epoch_us(g.from))), 0)"
        stage = f"""CASE WHEN start_at IS NULL OR end_at IS NULL THEN 'unstarted'
            WHEN {missing} > {self.tolerance.seconds * 1_000_000} THEN 'violated' ELSE 'kept' END"""
        columns = {name: name for name in ("subject", "start_at", "end_at", "met", "facts")}
        return f"SELECT {row_sql(**columns, stage=stage, details=f'''to_json({{'gaps': gaps, 'missing_seconds': {missing} // 1000000}})''')} FROM ({gaps}) AS k"

    def sentences(self) -> list[str]:
        start, end = (moment.sentence(self.table, self.vocabulary) for moment in (self.start, self.end))
        allowed = f"，缺口合计不超过 {self.tolerance}的除外" if self.tolerance.amount else "，不允许缺口"
        return [self.scope_sentence(), f"从{start}到{end}，须全程有{self.by.sentence()}{allowed}", "结束后判断"]
