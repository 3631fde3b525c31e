"""Conditions: one line of ordinary SQL boolean expression, checked against the vocabulary, compiled to SQL and printed as a Chinese sentence.

Columns of the subject stand alone (`kind`), columns of rows that it refers to follow the reference (`case.kind`, `interview.case.kind`).
A flag that nobody set counts as false. Allowed: AND OR NOT, = <> < <= > >=, IN, BETWEEN, IS NULL, + - *, coalesce and the functions below.
Flags stand by themselves (`is_remote`, `NOT is_remote`) and are not compared with true or false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from rulebook.kinds import Checker
from rulebook.names import COMPARISONS, DAY_FUNCTIONS, FUNCTIONS, KIND_LABELS, ConditionError, Path, path_of, resolve
from rulebook.sentences import Speaker
from rulebook.vocabulary import Table, Vocabulary

CUT = "\x01"  # a character that no condition can hold, and that is no blank to be stripped
DEEPEST = 100  # levels of nesting; a chain of ANDs is as deep as it is long

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
        return "".join(column_sql(tuple(piece.split("."))) if place % 2 else piece for place, piece in enumerate(self._pieces))

    @cached_property
    def _pieces(self) -> list[str]:
        """The SQL cut at its columns: text, path, text, …; the tree is written out once and not for every evaluation."""
        return _to_sql(self.tree, self, lambda path: f"{CUT}{'.'.join(path)}{CUT}").split(CUT)

    def sentence(self) -> str:
        return self._sentence

    @cached_property
    def _sentence(self) -> str:
        return Speaker(self.table, self.vocabulary).say(self.tree)

    def parts(self) -> tuple[Condition, ...]:
        """The conjuncts: what must be met, one by one."""
        return self._parts

    @cached_property
    def _parts(self) -> tuple[Condition, ...]:
        """Made once: every finding says them."""
        trees = self.tree.flatten() if isinstance(self.tree, exp.And) else [self.tree]
        return tuple(Condition(tree.sql("duckdb"), self.table, self.vocabulary, tree, tuple(_paths(tree))) for tree in trees)

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
    checker = Checker(table, vocabulary)
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


def _paths(tree: exp.Expression) -> dict[Path, None]:
    return dict.fromkeys(path_of(node) for node in tree.find_all(exp.Column))


def _to_sql(tree: exp.Expression, condition: Condition, column_sql: Callable[[Path], str]) -> str:
    def compile_node(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            return exp.Var(this=compile_column(node))
        if isinstance(node, exp.Anonymous):
            return exp.Var(this=compile_call(node))
        return node

    def compile_column(node: exp.Column) -> str:
        sql = column_sql(path_of(node))
        column = resolve(path_of(node), condition.table, condition.vocabulary)[1]
        return f"coalesce({sql}, false)" if column.type == "flag" and not _stays_open(node) else sql

    def compile_call(node: exp.Anonymous) -> str:
        name = node.name.lower()
        return FUNCTIONS[name][1].format(*(argument(name, each) for each in node.expressions))

    def argument(name: str, node: exp.Expression) -> str:
        sql = column_sql(path_of(node))
        is_date = resolve(path_of(node), condition.table, condition.vocabulary)[1].type == "date"
        if name in DAY_FUNCTIONS:
            return sql if is_date else f"local_day({sql})"
        return f"midnight({sql})" if is_date else sql

    return tree.copy().transform(compile_node).sql("duckdb")


def _stays_open(node: exp.Column) -> bool:
    """Whether a flag keeps its NULL here: before IS NULL, and in coalesce while something follows that stands in for it."""
    parent = node.parent
    return isinstance(parent, exp.Is) or (isinstance(parent, exp.Coalesce) and node is not parent.expressions[-1])


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
