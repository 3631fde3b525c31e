"""A condition's tree as a Chinese sentence."""

from __future__ import annotations

from sqlglot import exp

from rulebook.kinds import Checker
from rulebook.names import COMPARISONS, FUNCTIONS, TIME_COMPARISONS, is_value, path_label, path_of, resolve
from rulebook.vocabulary import Table, Vocabulary

MIRRORED = {exp.EQ: exp.EQ, exp.NEQ: exp.NEQ, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}


class Speaker:
    """Prints the tree as Chinese."""

    def __init__(self, table: Table, vocabulary: Vocabulary):
        self.table, self.vocabulary = table, vocabulary

    def say(self, node: exp.Expression, negated: bool = False) -> str:
        handler = next((getattr(self, name) for types, name in self.HANDLERS if isinstance(node, types)), None)
        return handler(node, negated) if handler else self._term(node)

    def _paren(self, node: exp.Paren, negated: bool) -> str:
        said = self.say(node.this, negated)
        return f"（{said}）" if isinstance(node.this, exp.Add | exp.Sub | exp.Mul) else said

    def _not(self, node: exp.Not, negated: bool) -> str:
        return self.say(node.this, not negated)

    def _in(self, node: exp.In, negated: bool) -> str:
        values = "、".join(self._value(value, node.this) for value in node.expressions)
        if len(node.expressions) == 1:
            return f"{self.say(node.this)}{'不是' if negated else '为'}{values}"
        return f"{self.say(node.this)}{'不在' if negated else '为'}{values}{'之列' if negated else '之一'}"

    def _between(self, node: exp.Between, negated: bool) -> str:
        low, high = (self._value(node.args[key], node.this) for key in ("low", "high"))
        return f"{self.say(node.this)}{'不' if negated else ''}在{low}至{high}之间（含两端）"

    def _is(self, node: exp.Is, negated: bool) -> str:
        if self._kind(node.this) == "flag":
            return f"{'已记录' if negated else '没有记录'}是否“{self._label(node.this)}”"
        return f"{'已有' if negated else '没有'}{self.say(node.this)}"

    def _logic(self, node: exp.Connector, negated: bool) -> str:
        conjunction = isinstance(node, exp.And) != negated
        parts = [self.say(part, negated) for part in node.flatten()]
        inner = [f"（{part}）" if isinstance(_core(leaf), exp.Connector) else part for leaf, part in zip(node.flatten(), parts, strict=True)]
        return ("，且" if conjunction else "，或者").join(inner)

    def _compare(self, node: exp.Expression, negated: bool) -> str:
        opposite = {exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.LT: exp.GTE, exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT}
        operator = opposite[type(node)] if negated else type(node)
        left, right = node.this, node.expression
        if is_value(left) and not is_value(right):  # 5 < fine is said as fine > 5
            left, right, operator = right, left, MIRRORED[operator]
        words = TIME_COMPARISONS if self._kind(left) == "time" else COMPARISONS
        return f"{self.say(left)}{words[operator]}{self._value(right, left)}"

    def _column(self, node: exp.Column, negated: bool) -> str:
        if self._kind(node) == "flag":
            return f"{'未标明' if negated else '标明'}“{self._label(node)}”"
        return self._label(node)

    def _coalesce(self, node: exp.Coalesce, negated: bool) -> str:
        instead = "，再没有的按".join(self._instead(each) for each in node.expressions)
        return f"{self.say(node.this, negated)}（没有记录的按{instead}）"

    def _instead(self, node: exp.Expression) -> str:
        """What stands in for a missing value. Said without negation: it is about the record."""
        if isinstance(node, exp.Boolean):
            return "已标明" if node.this else "未标明"
        return f"是否{self.say(node)}" if self._kind(node) == "flag" else self._value(node, node)

    def _boolean(self, node: exp.Boolean, negated: bool) -> str:
        return "总是成立" if bool(node.this) != negated else "总不成立"

    def _kind(self, node: exp.Expression) -> str:
        return Checker(self.table, self.vocabulary).kind(node)

    def _label(self, node: exp.Column) -> str:
        return path_label(path_of(node), self.table, self.vocabulary)

    def _value(self, node: exp.Expression, beside: exp.Expression) -> str:
        if isinstance(node, exp.Literal) and node.is_string:
            return f"“{node.name}”"
        unit = ""
        if isinstance(beside, exp.Column):
            unit = resolve(path_of(beside), self.table, self.vocabulary)[1].unit
        return f" {self.say(node)} {unit}".rstrip() if isinstance(node, exp.Literal | exp.Neg) else self.say(node)

    HANDLERS = (
        (exp.Paren, "_paren"), (exp.Not, "_not"), (exp.Connector, "_logic"), (tuple(COMPARISONS), "_compare"), (exp.In, "_in"),
        (exp.Between, "_between"), (exp.Is, "_is"), (exp.Column, "_column"), (exp.Coalesce, "_coalesce"), (exp.Boolean, "_boolean"),
    )

    def _term(self, node: exp.Expression) -> str:
        if isinstance(node, exp.Anonymous):
            return FUNCTIONS[node.name.lower()][2].format(*(self.say(each) for each in node.expressions))
        if isinstance(node, exp.Binary):
            sign = {exp.Add: "加", exp.Sub: "减", exp.Mul: "乘"}[type(node)]
            return f"{self.say(node.this)}{sign}{self.say(node.expression)}"
        if isinstance(node, exp.Neg) and not is_value(node):
            return f"负的{self.say(node.this)}"
        return node.sql("duckdb")


def _core(node: exp.Expression) -> exp.Expression:
    """What is left without brackets and negations."""
    while isinstance(node, exp.Paren | exp.Not):
        node = node.this
    return node
