"""Kinds: whether a condition makes sense. Every node is text, number, flag or time; what does not fit is told to the author."""

from __future__ import annotations

import re
from datetime import datetime

from sqlglot import exp

from rulebook.names import COMPARISONS, FUNCTIONS, KIND, KIND_LABELS, ConditionError, is_value, path_of, resolve
from rulebook.vocabulary import Table, Vocabulary

ISO_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}([+-]\d{2}:\d{2}|Z)?)?)?$")  # DuckDB wants seconds before an offset


class Checker:
    """The kind of every node, or a ConditionError."""

    def __init__(self, table: Table, vocabulary: Vocabulary):
        self.table, self.vocabulary = table, vocabulary

    def kind(self, node: exp.Expression) -> str:
        handler = next((getattr(self, name) for types, name in self.HANDLERS if isinstance(node, types)), None)
        if handler is None:
            raise ConditionError(f"条件里不能用 {node.sql('duckdb')}", f"not allowed in a condition: {node.sql('duckdb')}",
                                 f"可用：AND OR NOT = <> < <= > >= IN BETWEEN IS NULL + - * coalesce {' '.join(FUNCTIONS)}",
                                 f"allowed: AND OR NOT = <> < <= > >= IN BETWEEN IS NULL + - * coalesce {' '.join(FUNCTIONS)}")
        return handler(node)

    def _column(self, node: exp.Column) -> str:
        return KIND[resolve(path_of(node), self.table, self.vocabulary)[1].type]

    def _literal(self, node: exp.Literal) -> str:
        return "text" if node.is_string else "number"

    def _dot(self, node: exp.Dot) -> str:
        raise ConditionError(f"路径太长：{node.sql('duckdb')}", f"the path is too long: {node.sql('duckdb')}",
                             "至多经过三次引用，如 interview.case.unit.kind", "at most three references, as interview.case.unit.kind")

    def _logic(self, node: exp.Expression) -> str:
        for operand in (node.this, *([node.expression] if isinstance(node, exp.Connector) else [])):
            if self.kind(operand) != "flag":
                raise ConditionError(f"“{operand.sql('duckdb')}”不是真假值", f"“{operand.sql('duckdb')}” is not true or false",
                                     "AND、OR、NOT 的两边写能判断真假的式子", "AND, OR and NOT take conditions")
        return "flag"

    def _compare(self, node: exp.Expression) -> str:
        self._same(node, node.this, node.expression)
        return "flag"

    def _in(self, node: exp.In) -> str:
        if not node.expressions or not all(is_value(value) for value in node.expressions):
            raise ConditionError(f"IN 后面只能列出值：{node.sql('duckdb')}", f"IN takes a list of values: {node.sql('duckdb')}",
                                 "写成 kind IN ('甲', '乙')", "write kind IN ('a', 'b')")
        for value in node.expressions:
            self._same(node, node.this, value)
        return "flag"

    def _between(self, node: exp.Between) -> str:
        if node.args.get("symmetric"):
            raise ConditionError(f"不能用 SYMMETRIC：{node.sql('duckdb')}", f"SYMMETRIC is not allowed: {node.sql('duckdb')}",
                                 "小的值写在前面", "write the lower value first")
        self._same(node, node.this, node.args["low"])
        self._same(node, node.this, node.args["high"])
        return "flag"

    def _is(self, node: exp.Is) -> str:
        if not isinstance(node.expression, exp.Null):
            raise ConditionError(f"IS 后面只能是 NULL：{node.sql('duckdb')}", f"IS takes NULL only: {node.sql('duckdb')}",
                                 "写 … IS NULL 或 … IS NOT NULL", "write … IS NULL or … IS NOT NULL")
        if self.kind(node.this) == "flag" and not isinstance(node.this, exp.Column):
            raise ConditionError(f"IS NULL 前面要写一列：{node.sql('duckdb')}", f"IS NULL follows a column: {node.sql('duckdb')}",
                                 "对条件里的列分别写 IS NULL", "ask it of each column of the condition")
        return "flag"

    def _arithmetic(self, node: exp.Expression) -> str:
        for operand in (node.this, *([node.expression] if isinstance(node, exp.Binary) else [])):
            self._wanted(operand, "number", node)
        return "number"

    def _coalesce(self, node: exp.Coalesce) -> str:
        kind = self.kind(node.this)
        if not isinstance(node.this, exp.Column) or not node.expressions:
            raise ConditionError(f"coalesce 先写一列，再写没有记录时用的值：{node.sql('duckdb')}",
                                 f"coalesce takes a column, then what stands in for it: {node.sql('duckdb')}",
                                 "写成 coalesce(fine, 0)", "write coalesce(fine, 0)")
        for other in node.expressions:
            if not isinstance(other, exp.Column | exp.Boolean) and not is_value(other):
                raise ConditionError(f"coalesce 里只能写列和值：{node.sql('duckdb')}", f"coalesce takes columns and values: {node.sql('duckdb')}",
                                     "写成 coalesce(fine, 0)", "write coalesce(fine, 0)")
            self._same(node, node.this, other)
        return kind

    def _function(self, node: exp.Anonymous) -> str:
        name = node.name.lower()
        if name not in FUNCTIONS:
            raise ConditionError(f"没有函数“{name}”", f"no function “{name}”", f"可用的函数：{'、'.join(FUNCTIONS)}", f"functions: {', '.join(FUNCTIONS)}")
        kinds = FUNCTIONS[name][0]
        if len(node.expressions) != len(kinds):
            raise ConditionError(f"{name} 需要 {len(kinds)} 个参数", f"{name} takes {len(kinds)} arguments", "补齐或去掉参数", "correct the arguments")
        for argument, kind in zip(node.expressions, kinds, strict=True):
            self._wanted(argument, kind, node)
            if not isinstance(argument, exp.Column):
                raise ConditionError(f"{name} 的参数只能是列：{argument.sql('duckdb')}", f"{name} takes columns: {argument.sql('duckdb')}",
                                     "直接写列名", "name a column")
        return "number"

    def _wanted(self, node: exp.Expression, kind: str, of: exp.Expression) -> None:
        found = self.kind(node)
        if found != kind:
            raise ConditionError(f"“{of.sql('duckdb')}”里的“{node.sql('duckdb')}”是{KIND_LABELS[found]}，应为{KIND_LABELS[kind]}",
                                 f"“{node.sql('duckdb')}” in “{of.sql('duckdb')}” is {found}, expected {kind}", "换成对的列或值", "use the right column")

    def _same(self, node: exp.Expression, left: exp.Expression, right: exp.Expression) -> None:
        kinds = {self.kind(left), self.kind(right)}
        if kinds == {"time", "text"} and any(self._is_time_of(one, other) for one, other in ((left, right), (right, left))):
            return
        if kinds == {"flag"} and not isinstance(node, exp.Coalesce):
            raise ConditionError(f"真假值不用比较：{node.sql('duckdb')}", f"flags are not compared: {node.sql('duckdb')}",
                                 "直接写这一列，否定写 NOT", "write the column itself, or NOT and the column")
        if len(kinds) > 1 or kinds == {"null"}:
            names = "和".join(KIND_LABELS[kind] for kind in sorted(kinds))
            raise ConditionError(f"{names}不能相比：{node.sql('duckdb')}", f"cannot compare {' with '.join(sorted(kinds))}: {node.sql('duckdb')}",
                                 "两边用同一类的值；时间写成 '2026-01-01 08:00'", "compare like with like; write times as '2026-01-01 08:00'")
        self._check_values(left, right)
        self._check_values(right, left)

    def _is_time_of(self, literal: exp.Expression, column: exp.Expression) -> bool:
        """Whether `literal` is a time as DuckDB reads it; beside a date it must not have a clock, which would be cut off."""
        if not isinstance(literal, exp.Literal) or not ISO_TIME.match(literal.name) or not _is_moment(literal.name):
            return False
        dates = [node for node in column.find_all(exp.Column) if resolve(path_of(node), self.table, self.vocabulary)[1].type == "date"]
        return len(literal.name) == len("2026-01-01") or not dates

    def _check_values(self, side: exp.Expression, other: exp.Expression) -> None:
        side = side.this if isinstance(side, exp.Coalesce) else side
        if not isinstance(side, exp.Column) or not isinstance(other, exp.Literal):
            return
        values = resolve(path_of(side), self.table, self.vocabulary)[1].values
        if values and other.name not in values:
            raise ConditionError(f"“{other.name}”不是 {side.sql('duckdb')} 的取值", f"“{other.name}” is no value of {side.sql('duckdb')}",
                                 f"可用的值：{'、'.join(values)}", f"values: {', '.join(values)}")

    HANDLERS = (
        (exp.Column, "_column"), (exp.Literal, "_literal"), (exp.Paren, "_paren"), ((exp.And, exp.Or, exp.Not), "_logic"),
        (tuple(COMPARISONS), "_compare"), (exp.In, "_in"), (exp.Between, "_between"), (exp.Is, "_is"),
        ((exp.Add, exp.Sub, exp.Mul, exp.Neg), "_arithmetic"), (exp.Coalesce, "_coalesce"), (exp.Anonymous, "_function"), (exp.Boolean, "_boolean"),
        (exp.Dot, "_dot"),
    )

    def _paren(self, node: exp.Paren) -> str:
        return self.kind(node.this)

    def _boolean(self, _node: exp.Boolean) -> str:
        return "flag"


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
