"""必备 and 禁止: something must be there, or must not be."""

from __future__ import annotations

from dataclasses import dataclass

from rulebook.conditions import Condition
from rulebook.parsing import Part
from rulebook.query import Related, Scope
from rulebook.shapes.base import Shape, row_sql


@dataclass(frozen=True)
class Presence(Shape):
    """Judges one condition on the subject (`that`) or the existence of related rows (`exists`); exactly one of them is given."""

    that: Condition | None
    exists: Related | None

    @classmethod
    def parse(cls, part: Part) -> Presence | None:
        where, that = part.condition("where"), part.condition("that")
        exists = part.related("exists", part.data["exists"]) if "exists" in part.data else None
        if ("that" in part.data) == ("exists" in part.data):
            part.fault(None, "that 和 exists 要写一个，且只写一个", "give one of that and exists", "判断自身的列写 that，判断有无相关记录写 exists",
                       "that for the subject's own columns, exists for related rows")
        return None if part.faults else cls(part.table, part.vocabulary, where, that, exists)

    def tests(self) -> list[Condition]:
        return [self.that] if self.that else []

    def holds_sql(self, scope: Scope) -> str:
        if self.that:
            return f"coalesce({scope.condition(self.that)}, false)"
        return f"coalesce({scope.aggregate(self.exists, lambda _inner: 'count(*)')}, 0) > 0"

    def judge(self, scope: Scope, dated: str, violated_sql: str) -> str:
        columns = {"subject": scope.key(), "stage": f"CASE WHEN {violated_sql} THEN 'violated' ELSE 'kept' END", **self.evidence_sql(scope)}
        return f"SELECT {row_sql(**columns)} {scope.from_sql(self.conditions_sql(scope, dated))}"

    def thing(self) -> str:
        return self.that.sentence() if self.that else f"有{self.exists.sentence()}"


@dataclass(frozen=True)
class Required(Presence):
    """必备: it must hold; what is unknown does not hold."""

    name = "required"
    label = "必备"

    def judge_sql(self, scope: Scope, dated: str) -> str:
        return self.judge(scope, dated, f"NOT ({self.holds_sql(scope)})")

    def sentences(self) -> list[str]:
        return [self.scope_sentence(), f"必须：{self.thing()}"]


@dataclass(frozen=True)
class Forbid(Presence):
    """禁止: it must not hold."""

    name = "forbid"
    label = "禁止"

    def judge_sql(self, scope: Scope, dated: str) -> str:
        return self.judge(scope, dated, self.holds_sql(scope))

    def sentences(self) -> list[str]:
        return [self.scope_sentence(), f"不得：{self.thing()}"]
