"""Conditions: one line of ordinary SQL boolean expression, checked against the vocabulary, compiled to SQL and printed as a Chinese sentence.

Columns of the subject stand alone (`kind`), columns of rows that it refers to follow the reference (`case.kind`, `interview.case.kind`).
A flag that nobody set counts as false. Allowed: AND OR NOT, = <> < <= > >=, IN, BETWEEN, IS NULL, + - *, coalesce and the functions below.
Flags stand by themselves (`is_remote`, `NOT is_remote`) and are not compared with true or false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from rulebook.errors import Text
from rulebook.vocabulary import Column, Table, Vocabulary

Path = tuple[str, ...]

COMPARISONS = {exp.EQ: "为", exp.NEQ: "不是", exp.LT: "少于", exp.LTE: "不超过", exp.GT: "超过", exp.GTE: "不少于"}
TIME_COMPARISONS = {exp.EQ: "等于", exp.NEQ: "不等于", exp.LT: "早于", exp.LTE: "不晚于", exp.GT: "晚于", exp.GTE: "不早于"}
# 周岁 begins on the day after the birthday (docs/adr/0003), hence `{1} - 1` in age_on.
# name: (kinds of the arguments, SQL over the arguments' SQL, Chinese over the arguments' sentences); the results are numbers
FUNCTIONS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "days_between": (("time", "time"), "({1} - {0})", "从{0}到{1}的天数"),
    "workdays_between": (("time", "time"), "(workday_number({1}) - workday_number({0}))", "从{0}到{1}的工作日数"),
    "hours_between": (("time", "time"), "((epoch_us({1}) - epoch_us({0})) / 3600000000.0)", "从{0}到{1}的小时数"),
    "age_on": (("time", "time"), "date_part('year', age(CAST({1} - 1 AS TIMESTAMP), CAST({0} AS TIMESTAMP)))", "按{0}计算到{1}的周岁"),
}
DAY_FUNCTIONS = {"days_between", "workdays_between", "age_on"}
MIRRORED = {exp.EQ: exp.EQ, exp.NEQ: exp.NEQ, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}
ISO_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}([+-]\d{2}:\d{2}|Z)?)?)?$")  # DuckDB wants seconds before an offset
DEEPEST = 100  # levels of nesting; a chain of ANDs is as deep as it is long
KIND = {"text": "text", "whole": "number", "number": "number", "flag": "flag", "date": "time", "time": "time"}
KIND_LABELS = {"text": "文字", "number": "数", "flag": "是否", "time": "时间", "null": "空"}


class ConditionError(ValueError):
    """A condition cannot be used; `what` and `fix` speak to the author of the rule."""

    def __init__(self, what_zh: str, what_en: str, fix_zh: str, fix_en: str):
        super().__init__(what_zh)
        self.what, self.fix = Text(what_zh, what_en), Text(fix_zh, fix_en)


@dataclass(frozen=True)
class Condition:
    """A checked condition over `table`. `columns` lists the paths that it reads."""

    text: str
    table: Table
    vocabulary: Vocabulary
    tree: exp.Expression
    columns: tuple[Path, ...]

    def sql(self, column_sql: Callable[[Path], str]) -> str:
        """DuckDB SQL; `column_sql` gives the SQL of a column path."""
        return _to_sql(self.tree, self, column_sql)

    def sentence(self) -> str:
        return _Speaker(self).say(self.tree)

    def parts(self) -> list[Condition]:
        """The conjuncts: what must be met, one by one."""
        found = []
        for tree in self.tree.flatten() if isinstance(self.tree, exp.And) else [self.tree]:
            found.append(Condition(tree.sql("duckdb"), self.table, self.vocabulary, tree, tuple(_paths(tree))))
        return found

    def mutants(self) -> Iterator[tuple[str, Condition]]:
        """Each predicate negated or left out, each number a unit up and down, each listed value left out."""
        for index, node in enumerate(self.tree.walk()):
            for label, replace in _changes(node):
                tree = self.tree.copy()
                target = list(tree.walk())[index]
                changed = replace(target)
                tree = changed if target is tree else (target.replace(changed), tree)[1]
                yield label, Condition(tree.sql("duckdb"), self.table, self.vocabulary, tree, self.columns)


def parse_condition(text: str, table: Table, vocabulary: Vocabulary) -> Condition:
    """Parse and check. Raises ConditionError with the first fault of this condition."""
    if not isinstance(text, str):
        raise ConditionError(f"条件应为一行文字，得到 {text!r}", f"a condition is one line of text, got {text!r}", "用引号括起条件", "quote it")
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb", into=exp.Condition)
    except SqlglotError as error:
        reason = _reason(error)
        raise ConditionError(f"条件读不懂：{_short(text)}（{reason}）", f"cannot parse the condition: {_short(text)} ({reason})",
                             "写成一行 SQL 布尔表达式，文字用单引号，与 SQL 保留字同名的列用双引号",
                             "write one SQL boolean expression, text in single quotes, columns named like SQL words in double quotes") from error
    except RecursionError as error:
        raise _too_deep(text) from error
    if _depth(tree) > DEEPEST:
        raise _too_deep(text)
    if any(node.comments for node in tree.walk()):
        raise ConditionError(f"条件里不能写注释：{_short(text)}", f"no comments in a condition: {_short(text)}",
                             "-- 和 /* */ 之后的字不会被判断；说明写在 YAML 的 # 后面", "what follows -- or /* is not judged; use # comments of YAML")
    checker = _Checker(table, vocabulary)
    kind = checker.kind(tree)
    if kind != "flag":
        raise ConditionError(f"条件的结果是{KIND_LABELS[kind]}，不是真假：{text}", f"the condition yields {kind}, not true or false: {text}",
                             "写成能判断真假的式子", "write something that is true or false")
    return Condition(text, table, vocabulary, tree, tuple(_paths(tree)))


def _reason(error: SqlglotError) -> str:
    """What the parser says, in short: the innermost complaint and where."""
    found = [each for each in getattr(error, "errors", ()) if each.get("description")] if isinstance(error, ParseError) else []
    return f"{found[0]['description']}, col {found[0]['col']}" if found else str(error).splitlines()[0]


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "…"


def _depth(tree: exp.Expression) -> int:
    level, depth = [tree], 0
    while level:
        level, depth = [child for node in level for child in node.iter_expressions()], depth + 1
    return depth


def _too_deep(text: str) -> ConditionError:
    return ConditionError(f"条件太长或嵌套太深：{_short(text)}", f"the condition is too long or nested too deep: {_short(text)}",
                          "拆成几条规则，或用 IN 列出值", "split the rule, or list values with IN")


def resolve(path: Path, table: Table, vocabulary: Vocabulary) -> tuple[list[Column], Column]:
    """The references along a path and the column at its end. Raises ConditionError with what is there instead."""
    references = []
    for step in path[:-1]:
        reference = table.reference(step)
        if reference is None:
            reachable = [column.path for column in table.columns.values() if column.refers]
            raise ConditionError(f"{table.name}（{table.label}）没有指向“{step}”的列", f"{table.name} has no reference “{step}”",
                                 f"可用的引用：{'、'.join(reachable) or '无'}", f"references: {', '.join(reachable) or 'none'}")
        references.append(reference)
        table = vocabulary.tables[reference.refers]
    column = table.columns.get(path[-1])
    if column is None:
        raise ConditionError(f"{table.name}（{table.label}）没有列“{path[-1]}”", f"{table.name} has no column “{path[-1]}”",
                             f"可用的列：{'、'.join(table.columns)}", f"columns: {', '.join(table.columns)}")
    return references, column


def path_label(path: Path, table: Table, vocabulary: Vocabulary) -> str:
    """A column path in Chinese: 所属案件的案由."""
    references, column = resolve(path, table, vocabulary)
    return "的".join([*(reference.label for reference in references), column.label])


def _path(node: exp.Column) -> Path:
    return tuple(part.name for part in node.parts)


def _paths(tree: exp.Expression) -> dict[Path, None]:
    return dict.fromkeys(_path(node) for node in tree.find_all(exp.Column))


class _Checker:
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
        return KIND[resolve(_path(node), self.table, self.vocabulary)[1].type]

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
        if not node.expressions or not all(_is_value(value) for value in node.expressions):
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
            if not isinstance(other, exp.Column | exp.Boolean) and not _is_value(other):
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
        dates = [node for node in column.find_all(exp.Column) if resolve(_path(node), self.table, self.vocabulary)[1].type == "date"]
        return len(literal.name) == len("2026-01-01") or not dates

    def _check_values(self, side: exp.Expression, other: exp.Expression) -> None:
        side = side.this if isinstance(side, exp.Coalesce) else side
        if not isinstance(side, exp.Column) or not isinstance(other, exp.Literal):
            return
        values = resolve(_path(side), self.table, self.vocabulary)[1].values
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


def _is_value(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal))


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _stays_open(node: exp.Column) -> bool:
    """Whether a flag keeps its NULL here: before IS NULL, and in coalesce while something follows that stands in for it."""
    parent = node.parent
    return isinstance(parent, exp.Is) or (isinstance(parent, exp.Coalesce) and node is not parent.expressions[-1])


def _to_sql(tree: exp.Expression, condition: Condition, column_sql: Callable[[Path], str]) -> str:
    def compile_node(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            return exp.Var(this=compile_column(node))
        if isinstance(node, exp.Anonymous):
            return exp.Var(this=compile_call(node))
        return node

    def compile_column(node: exp.Column) -> str:
        sql = column_sql(_path(node))
        column = resolve(_path(node), condition.table, condition.vocabulary)[1]
        return f"coalesce({sql}, false)" if column.type == "flag" and not _stays_open(node) else sql

    def compile_call(node: exp.Anonymous) -> str:
        name = node.name.lower()
        return FUNCTIONS[name][1].format(*(argument(name, each) for each in node.expressions))

    def argument(name: str, node: exp.Expression) -> str:
        sql = column_sql(_path(node))
        is_date = resolve(_path(node), condition.table, condition.vocabulary)[1].type == "date"
        if name in DAY_FUNCTIONS:
            return sql if is_date else f"local_day({sql})"
        return f"CAST({sql} AS TIMESTAMPTZ)" if is_date else sql

    return tree.copy().transform(compile_node).sql("duckdb")


class _Speaker:
    """Prints the tree as Chinese."""

    def __init__(self, condition: Condition):
        self.condition = condition

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
        if _is_value(left) and not _is_value(right):  # 5 < fine is said as fine > 5
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
        return _Checker(self.condition.table, self.condition.vocabulary).kind(node)

    def _label(self, node: exp.Column) -> str:
        return path_label(_path(node), self.condition.table, self.condition.vocabulary)

    def _value(self, node: exp.Expression, beside: exp.Expression) -> str:
        if isinstance(node, exp.Literal) and node.is_string:
            return f"“{node.name}”"
        unit = ""
        if isinstance(beside, exp.Column):
            unit = resolve(_path(beside), self.condition.table, self.condition.vocabulary)[1].unit
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
        if isinstance(node, exp.Neg) and not _is_value(node):
            return f"负的{self.say(node.this)}"
        return node.sql("duckdb")


def _core(node: exp.Expression) -> exp.Expression:
    """What is left without brackets and negations."""
    while isinstance(node, exp.Paren | exp.Not):
        node = node.this
    return node


def _is_judged(node: exp.Expression) -> bool:
    """Whether a column or coalesce is itself true or false, a flag between AND, OR and NOT."""
    if not isinstance(node, exp.Column | exp.Coalesce):
        return False
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent is None or isinstance(parent, exp.And | exp.Or | exp.Not)


def _changes(node: exp.Expression) -> list[tuple[str, Callable[[exp.Expression], exp.Expression]]]:
    """What pins changes at one node: (what was changed, how)."""
    if isinstance(node, (*COMPARISONS, exp.In, exp.Between, exp.Is)) or _is_judged(node):
        changes = [(f"“{_plain(node)}”取反", lambda target: exp.Not(this=exp.Paren(this=target.copy())))]
        if isinstance(node, exp.In) and len(node.expressions) > 1:
            changes += [(f"“{_plain(node)}”去掉 {_plain(value)}", _without(index)) for index, value in enumerate(node.expressions)]
        return changes
    if isinstance(node, exp.Boolean):
        return [(f"{_plain(node)} 改为 {str(not node.this).upper()}", lambda target: exp.Boolean(this=not target.this))]
    if isinstance(node, exp.And | exp.Or):
        return [(f"去掉“{_plain(node.this)}”", _keeping("expression")), (f"去掉“{_plain(node.expression)}”", _keeping("this"))]
    if isinstance(node, exp.Literal) and not node.is_string:
        return [(f"数 {node.name} 改为 {shifted}", lambda _target, n=shifted: exp.Literal.number(n)) for shifted in _neighbours(node.name)]
    return []


def _keeping(side: str) -> Callable[[exp.Expression], exp.Expression]:
    return lambda target: target.args[side].copy()


def _plain(node: exp.Expression) -> str:
    return node.sql("duckdb").replace('"', "")


def _without(index: int) -> Callable[[exp.Expression], exp.Expression]:
    def change(target: exp.Expression) -> exp.Expression:
        copy = target.copy()
        copy.set("expressions", [value for position, value in enumerate(copy.expressions) if position != index])
        return copy
    return change


def _neighbours(number: str) -> list[str]:
    """The number a unit of its last place down and up: 8 gives 7 and 9, 0.5 gives 0.4 and 0.6."""
    exact = Decimal(number)
    step = Decimal(1).scaleb(min(exact.as_tuple().exponent, 0))
    return [f"{exact + sign * step:f}" for sign in (-1, 1)]


def time_literal(moment: datetime) -> str:
    """An instant as SQL."""
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
