"""自定: a SELECT that returns the violators. The marked exception; it says why no other shape will do."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from rulebook.facts import quote
from rulebook.parsing import Part
from rulebook.query import Scope
from rulebook.shapes.base import Shape, row_sql

FUNCTIONS = {"COUNT", "SUM", "MIN", "MAX", "AVG", "COALESCE", "LOCAL_DAY", "ABS", "CASE", "IF", "LIST", "CAST", "AND", "OR", "STRING_AGG", "ARRAY_AGG"}


@dataclass(frozen=True)
class CustomSql(Shape):
    """`query` selects `subject` (a key of the subject table) and may add `details` (text). Without `where` all rows are in scope."""

    name = "sql"
    label = "自定"

    reason: str
    query: str

    @classmethod
    def parse(cls, part: Part) -> CustomSql | None:
        where = part.condition("where")
        try:
            tree = sqlglot.parse_one(part.data["query"], dialect="duckdb")
        except SqlglotError as error:
            part.fault("query", f"查询读不懂：{str(error).splitlines()[0]}", f"cannot parse the query: {error}", "写一条 SELECT", "write one SELECT")
            return None
        _check_query(part, tree)
        return None if part.faults else cls(part.table, part.vocabulary, where, part.data["reason"], part.data["query"])

    def judge_sql(self, scope: Scope, dated: str) -> str:
        evidence = self.evidence_sql(scope)
        columns = {"subject": scope.key(), "stage": "CASE WHEN v.subject IS NULL THEN 'kept' ELSE 'violated' END", "details": "v.details", **evidence}
        has_details = "details" in sqlglot.parse_one(self.query, dialect="duckdb").named_selects
        details = "min(to_json({'note': details})::VARCHAR)" if has_details else "NULL"
        key = scope.key()
        scope.joins.append(f"LEFT JOIN (SELECT subject, {details} AS details FROM ({self._query_sql(scope)}) GROUP BY subject) AS v ON v.subject = {key}")
        return f"SELECT {row_sql(**columns)} {scope.from_sql(self.conditions_sql(scope, dated))}"

    def _query_sql(self, scope: Scope) -> str:
        """The query over what had happened by then: each fact table without later rows and times, and only the columns that it names."""
        tree = sqlglot.parse_one(self.query, dialect="duckdb")
        named = {column.name for column in tree.find_all(exp.Column)}
        named |= {shared.name for join in tree.find_all(exp.Join) for shared in join.args.get("using") or ()}
        takes_all = any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))
        own, subjects = {cte.alias for cte in tree.find_all(exp.CTE)}, self._subjects(tree)
        for node in [each for each in tree.find_all(exp.Table) if each.name not in own]:
            table = self.vocabulary.tables[node.name]
            inner = scope.again() if node is subjects else scope.beside(table)
            wanted = [name for name in table.columns if takes_all or name in named or name == table.key]
            columns = ", ".join(f"{inner.column((name,))} AS {quote(name)}" for name in wanted)
            known = sqlglot.parse_one(f"SELECT {columns} {inner.from_sql()}", dialect="duckdb")
            node.replace(exp.Subquery(this=known, alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name, quoted=True))))
        return tree.sql("duckdb")

    def _subjects(self, tree: exp.Select) -> exp.Table | None:
        """The subject table in the query's own FROM and JOIN whose key it returns: of that one only the rows asked for are needed."""
        returned = next(each for each in tree.selects if each.alias_or_name == "subject").unalias()
        sources = [each.this for each in (tree.args.get("from_"), *(tree.args.get("joins") or ())) if each]
        return next((source for source in sources if isinstance(source, exp.Table) and source.name == self.table.name and isinstance(returned, exp.Column)
                     and (returned.table, returned.name) == (source.alias_or_name, self.table.key)), None)

    def sentences(self) -> list[str]:
        return [self.scope_sentence(), f"以查询判断，因为：{self.reason}"]

    def mutants(self):
        """A query has numbers too: each one a unit up and down, each comparison turned round."""
        yield from super().mutants()
        tree = sqlglot.parse_one(self.query, dialect="duckdb")
        for index, node in enumerate(tree.walk()):
            for label, changed in _query_changes(node):
                copy = tree.copy()
                list(copy.walk())[index].replace(changed)
                yield label, CustomSql(self.table, self.vocabulary, self.where, self.reason, copy.sql("duckdb"))


def _query_changes(node: exp.Expression) -> list[tuple[str, exp.Expression]]:
    if isinstance(node, exp.Literal) and not node.is_string:
        return [(f"query：数 {node.name} 改为 {Decimal(node.name) + step}", exp.Literal.number(str(Decimal(node.name) + step))) for step in (-1, 1)]
    if isinstance(node, exp.GT | exp.GTE | exp.LT | exp.LTE | exp.EQ | exp.NEQ | exp.In) and node.find_ancestor(exp.Where, exp.Having):
        return [(f"query：“{node.sql('duckdb')}”取反", exp.Not(this=exp.Paren(this=node.copy())))]
    return []


def _check_query(part: Part, tree: exp.Expression) -> None:
    if not isinstance(tree, exp.Select):
        part.fault("query", "只能写一条 SELECT", "only one SELECT is allowed", "改成 SELECT … AS subject FROM …", "write SELECT … AS subject FROM …")
        return
    if "subject" not in tree.named_selects:
        part.fault("query", "查询要返回名为 subject 的列", "the query must return a column named subject", "写 …code AS subject", "write …code AS subject")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    for name in sorted(own & part.vocabulary.tables.keys()):
        part.fault("query", f"WITH 的名字“{name}”与事实表相同", f"WITH name “{name}” is also a fact table", "换一个名字", "choose another name")
    for node in tree.find_all(exp.TableSample, exp.Limit):
        part.fault("query", f"查询里不能用 {node.sql('duckdb').strip()}", f"not allowed in a query: {node.sql('duckdb').strip()}",
                   "结果须每次相同，去掉抽样和 LIMIT", "the result must be the same every time: remove sampling and LIMIT")
    for table in tree.find_all(exp.Table):
        if (table.name not in part.vocabulary.tables and table.name not in own) or table.args.get("db"):
            part.fault("query", f"没有事实表“{table.sql()}”", f"no fact table “{table.sql()}”", f"可用的表：{'、'.join(part.vocabulary.tables)}",
                       "use a fact table")
    for call in tree.find_all(exp.Func):
        name = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).upper()
        if name not in FUNCTIONS:
            part.fault("query", f"查询里不能用函数 {name}", f"function {name} is not allowed in a query", f"可用：{'、'.join(sorted(FUNCTIONS))}",
                       "use another function")


