"""频次: how many related rows there are, or how many rows of one kind within a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass

from rulebook.names import Path, path_label
from rulebook.parsing import Part
from rulebook.query import Moment, Related, Scope
from rulebook.shapes.base import Shape, row_sql
from rulebook.timelimits import Span


@dataclass(frozen=True)
class Count(Shape):
    """频次: related rows (distinct in `distinct`) must be at least or at most so many."""

    name = "count"
    label = "频次"

    of: Related
    distinct: Path | None
    at_least: int | None
    at_most: int | None

    @classmethod
    def parse(cls, part: Part) -> Count | Frequency | None:
        if "window" in part.data:
            return Frequency.parse(part)
        if not part.needs("of"):
            return None
        where, of = part.condition("where"), part.related("of", part.data["of"])
        if of is None:
            return None
        distinct = part.speaking_of(of.table).column("distinct")
        if "at_least" not in part.data and "at_most" not in part.data:
            part.fault(None, "at_least 和 at_most 至少写一个", "give at_least or at_most", "写明至少几个或至多几个", "say how many")
        return None if part.faults else cls(part.table, part.vocabulary, where, of, distinct, part.data.get("at_least"), part.data.get("at_most"))

    def judge_sql(self, scope: Scope, dated: str) -> str:
        number = f"coalesce({scope.aggregate(self.of, self._number_sql)}, 0)"
        wrong = [f"{number} < {self.at_least}"] * (self.at_least is not None) + [f"{number} > {self.at_most}"] * (self.at_most is not None)
        columns = {"subject": scope.key(), "stage": f"CASE WHEN {' OR '.join(wrong)} THEN 'violated' ELSE 'kept' END",
                   "details": f"to_json({{'count': {number}}})", **self.evidence_sql(scope)}
        return f"SELECT {row_sql(**columns)} {scope.from_sql(self.conditions_sql(scope, dated))}"

    def _number_sql(self, inner: Scope) -> str:
        return f"count(DISTINCT {inner.column(self.distinct)})" if self.distinct else "count(*)"

    def sentences(self) -> list[str]:
        what = self.of.sentence()
        if self.distinct:
            what += f"（按{path_label(self.distinct, self.of.table, self.vocabulary)}计，不重复）"
        bounds = [f"不得少于 {self.at_least} 个"] * (self.at_least is not None) + [f"不得多于 {self.at_most} 个"] * (self.at_most is not None)
        return [self.scope_sentence(), f"{what}{'，'.join(bounds)}"]


@dataclass(frozen=True)
class Frequency(Shape):
    """频次 over time: rows alike in `same` within `window` before the subject's own time, itself included, at most so many."""

    name = "count"
    label = "频次"

    same: Path
    time: Moment
    window: Span
    at_most: int

    @classmethod
    def parse(cls, part: Part) -> Frequency | None:
        if not part.needs("same", "time", "at_most"):
            return None
        where, same, time, window = part.condition("where"), part.column("same"), part.moment("time"), part.span("window", "minutes", "hours", "days")
        return None if part.faults else cls(part.table, part.vocabulary, where, same, time, window, part.data["at_most"])

    def dated_by(self) -> Moment:
        return self.time

    def judge_sql(self, scope: Scope, dated: str) -> str:
        everyone = scope.beside(scope.table)
        begin = f"a.start_at - to_seconds({self.window.seconds})" if self.window.axis == "clock" else (
            f"midnight(local_day(a.start_at) - {self.window.days})")
        columns = {name: f"a.{name}" for name in ("subject", "start_at", "met", "facts")}
        return f"""SELECT {row_sql(**columns, stage=f"CASE WHEN coalesce(n.number, 1) > {self.at_most} THEN 'violated' ELSE 'kept' END",
                                   details="to_json({'count': n.number, 'rows': n.rows})")}
            FROM ({self._rows_sql(scope, dated)}) AS a LEFT JOIN (
                SELECT a.subject, count(*) AS number, list(b.subject ORDER BY b.start_at, b.subject) AS rows
                FROM ({self._rows_sql(scope, dated)}) AS a JOIN ({self._rows_sql(everyone, "")}) AS b
                ON a.same = b.same AND b.start_at <= a.start_at AND b.start_at > {begin} GROUP BY a.subject) AS n ON n.subject = a.subject"""

    def _rows_sql(self, scope: Scope, dated: str) -> str:
        evidence, time = self.evidence_sql(scope), scope.moment(self.time)
        return f"""SELECT {scope.key()} AS subject, {time} AS start_at, {scope.column(self.same)} AS same,
            {evidence['met']} AS met, {evidence['facts']} AS facts {scope.from_sql(self.conditions_sql(scope, dated))}"""

    def conditions_sql(self, scope: Scope, dated: str) -> list[str]:
        return [*super().conditions_sql(scope, dated), f"{scope.moment(self.time)} IS NOT NULL"]

    def sentences(self) -> list[str]:
        same = path_label(self.same, self.table, self.vocabulary)
        return [self.scope_sentence(), f"{same}相同的，{self.window}内不得多于 {self.at_most} 次"]
