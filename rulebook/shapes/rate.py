"""离群: a unit's share against its peers, with a funnel interval. Units only: single officers are never compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rulebook.conditions import Condition
from rulebook.parsing import Part
from rulebook.query import Related, Scope
from rulebook.shapes.base import Shape, row_sql

MINIMUM = 10  # below ten rows a share says nothing about a unit and may point at single people (guard-rail 9)


@dataclass(frozen=True)
class Rate(Shape):
    """Among `of` rows of each unit, the share for which `event` holds. Outside `deviations` standard errors of the peers' share: violated.

    Peers are all other units in scope together, their share smoothed by half an event so that it is never 0 or 1. Units with fewer than
    `at_least` rows are not judged.
    """

    name = "rate"
    label = "离群"

    of: Related
    event: Condition
    deviations: int
    at_least: int
    side: Literal["high", "low"]

    @classmethod
    def parse(cls, part: Part) -> Rate | None:
        where, of = part.condition("where"), part.related("of", part.data["of"])
        if of is None:
            return None
        event = part.speaking_of(of.table).condition("event")
        if part.table.name == "officer":
            part.fault("of", "不得比较单个民警", "single officers are never compared", "对象改为单位", "take units as the subject")
        if part.data["at_least"] < MINIMUM:
            part.fault("at_least", f"样本下限不得少于 {MINIMUM}", f"at_least must be {MINIMUM} or more", "提高 at_least", "raise at_least")
        return None if part.faults else cls(part.table, part.vocabulary, where, of, event, part.data["deviations"], part.data["at_least"],
                                            part.data["side"])

    def judge_sql(self, scope: Scope, dated: str) -> str:
        # all peers are needed whichever unit is asked for, so `only` and the version narrow the result and not what is read
        everyone = scope.beside(scope.table, also_shown=scope.also_shown)
        total = everyone.aggregate(self.of, lambda _inner: "count(*)")
        events = everyone.aggregate(self.of, lambda inner: f"count(*) FILTER (WHERE {inner.condition(self.event)})")
        evidence = self.evidence_sql(everyone)
        conditions = [*self.conditions_sql(everyone, ""), f"{total} >= {self.at_least}"]
        units = f"""SELECT {everyone.key()} AS subject, {total} AS n, {events} AS e, {evidence['met']} AS met, {evidence['facts']} AS facts
            {everyone.from_sql(conditions)}"""
        peers = f"SELECT *, (sum(e) OVER () - e + 0.5) / (sum(n) OVER () - n + 1.0) AS p, count(*) OVER () AS units FROM ({units}) AS u"
        z = "(e / n - p) / sqrt(p * (1 - p) / n)"
        wrong = f"{z} > {self.deviations}" if self.side == "high" else f"{z} < -{self.deviations}"
        stage = f"CASE WHEN units > 1 AND {wrong} THEN 'violated' ELSE 'kept' END"
        details = f"to_json({{'rows': n, 'events': e, 'rate': round(e / n, 4), 'peers': round(p, 4), 'deviations': round({z}, 2)}})"
        columns = row_sql(subject="subject", stage=stage, details=details, met="met", facts="facts")
        asked = f"SELECT {scope.key()} {scope.from_sql([dated])}"
        return f"SELECT {columns} FROM ({peers}) AS w WHERE subject IN ({asked})"

    def subjects_sql(self, scope: Scope, dated: str) -> str:
        return f"SELECT subject FROM ({self.judge_sql(scope, dated)}) AS judged"

    def tests(self) -> list[Condition]:
        return []

    def sentences(self) -> list[str]:
        side = "高" if self.side == "high" else "低"
        return [self.scope_sentence(), f"每个单位的{self.of.sentence()}中，{self.event.sentence()}的占比",
                f"比其余单位合计的占比{side}出 {self.deviations} 个标准误以上的提示核查；不足 {self.at_least} 件的单位不判断",
                "离群只说明需要核查，不说明有错"]
