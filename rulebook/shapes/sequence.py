"""先后: one thing must come before another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rulebook.parsing import Part
from rulebook.query import Moment, Scope
from rulebook.shapes.base import Shape, row_sql


@dataclass(frozen=True)
class Sequence(Shape):
    """Once `then` has happened, `first` must have happened no later. `missing` says what a `then` without any `first` is."""

    name = "sequence"
    label = "先后"

    first: Moment
    then: Moment
    missing: Literal["violated", "ignored"]

    @classmethod
    def parse(cls, part: Part) -> Sequence | None:
        where, first, then = part.condition("where"), part.moment("first"), part.moment("then")
        return None if part.faults else cls(part.table, part.vocabulary, where, first, then, part.data["missing"])

    def dated_by(self) -> Moment | None:
        return self.then if self.then.related is None else None

    def judge_sql(self, scope: Scope, dated: str) -> str:
        first, then = scope.moment(self.first), scope.moment(self.then)
        wrong = f"{first} > {then}" + (f" OR {first} IS NULL" if self.missing == "violated" else "")
        stage = f"CASE WHEN {then} IS NULL THEN 'unstarted' WHEN {wrong} THEN 'violated' ELSE 'kept' END"
        columns = {"subject": scope.key(), "stage": stage, "start_at": first, "end_at": then, **self.evidence_sql(scope)}
        return f"SELECT {row_sql(**columns)} {scope.from_sql(self.conditions_sql(scope, dated))}"

    def sentences(self) -> list[str]:
        first, then = (moment.sentence(self.table, self.vocabulary) for moment in (self.first, self.then))
        lines = [self.scope_sentence(), f"{first}不得晚于{then}"]
        return [*lines, f"有{then}而没有{first}的，也算违反" if self.missing == "violated" else f"没有{first}的不判断"]
