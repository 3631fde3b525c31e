"""Names in conditions: what a column path leads to, and what may be said with it."""

from __future__ import annotations

from sqlglot import exp

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
KIND = {"text": "text", "whole": "number", "number": "number", "flag": "flag", "date": "time", "time": "time"}
KIND_LABELS = {"text": "文字", "number": "数", "flag": "是否", "time": "时间", "null": "空"}


class ConditionError(ValueError):
    """A condition cannot be used; `what` and `fix` speak to the author of the rule."""

    def __init__(self, what_zh: str, what_en: str, fix_zh: str, fix_en: str):
        super().__init__(what_zh)
        self.what, self.fix = Text(what_zh, what_en), Text(fix_zh, fix_en)


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


def path_of(node: exp.Column) -> Path:
    return tuple(part.name for part in node.parts)


def is_value(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal))
