"""Conditions: what is let in, that SQL means what the text says (three-valued logic), and that the Chinese says the same."""

from __future__ import annotations

import itertools
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulebook.conditions import Condition, parse_condition
from rulebook.facts import Facts, quote
from rulebook.names import ConditionError
from rulebook.vocabulary import Vocabulary
from tests.support import FACTS, vocabulary

SHANGHAI = ZoneInfo("Asia/Shanghai")
TIMES = [None, "2026-03-01 09:00", "2026-03-05 18:30"]
# every column takes every one of its values, NULL included, against several values of the others
COLUMNS = {
    "is_grave": [None, True, False], "is_remote": [None, True, False], "is_open": [None, True, False], "fine": [None, 0, 5, 10, 200.5],
    "days": [None, 0, 5, 15], "offence": [None, "盗窃", "O'Brien", ""], "kind": [None, "行政", "刑事"], "accepted_at": TIMES, "closed_at": TIMES,
    "born_on": [None, "2010-01-01", "2012-02-29"],
}


def rows() -> list[dict]:
    flags = list(itertools.product(*(COLUMNS[name] for name in ("is_grave", "is_remote", "is_open"))))
    others = [name for name in COLUMNS if not name.startswith("is_")]
    made = []
    for number in range(162):
        row = dict(zip(("is_grave", "is_remote", "is_open"), flags[number % 27], strict=True))
        row |= {name: COLUMNS[name][(number * (step + 1) + number // (step + 2)) % len(COLUMNS[name])] for step, name in enumerate(others)}
        if row["closed_at"] and row["accepted_at"] and row["closed_at"] < row["accepted_at"]:
            row["closed_at"] = row["accepted_at"]
        made.append({"code": f"{number:04}", **row})
    return made


ROWS = rows()
KNOWN_ROWS = [dict(zip(("is_grave", "is_remote", "is_open", "fine", "days"), values, strict=True))
              for values in itertools.product([True, False], [True, False], [None, True], [4, 5], [4, 5])]


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("conditions"), FACTS)


@pytest.fixture(scope="module")
def facts(known) -> Facts:
    notices = [{"code": "N1", "case_code": "0005", "kind": "拘留"}, {"code": "N2", "case_code": "none", "kind": "拘留"}]
    held = Facts.from_rows(known, {"case": ROWS, "notice": notices})
    assert held.rejected == 0
    held.index()
    return held


def parse(text: str, known: Vocabulary, table: str = "case") -> Condition:
    return parse_condition(text, known.tables[table], known)


def refused(text: object, known: Vocabulary, table: str = "case") -> str:
    with pytest.raises(ConditionError) as caught:
        parse(text, known, table)
    assert all((caught.value.what.zh, caught.value.what.en, caught.value.fix.zh, caught.value.fix.en))
    return f"{caught.value.what.zh} → {caught.value.fix.zh}"


def plain_sql(condition: Condition) -> str:
    return condition.sql(lambda path: quote(path[-1]))


def by_sql(condition: Condition, facts: Facts) -> list[bool | None]:
    """The truth of the condition on each row, as DuckDB sees it."""
    return [row[0] for row in facts.connection.execute(f'SELECT {plain_sql(condition)} FROM "case" ORDER BY code').fetchall()]


# --- Python's own three-valued logic over little trees ------------------------------------------------------------------------------------

OPERATORS = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def value(node, row):
    """A tree of numbers and columns: ('col', name), ('num', n), ('+', a, b), ('-x', a), ('coalesce', name, n)."""
    kind, *parts = node
    if kind == "col":
        return row[parts[0]]
    if kind in ("num", "text"):
        return parts[0]
    if kind == "coalesce":
        return parts[1] if row[parts[0]] is None else row[parts[0]]
    operands = [value(part, row) for part in parts]
    if None in operands:
        return None
    return {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "-x": lambda a: -a}[kind](*operands)


def truth(node, row) -> bool | None:  # noqa: PLR0911
    kind, *parts = node
    if kind in ("and", "or"):
        operands = [truth(part, row) for part in parts]
        decisive = kind == "or"
        return decisive if decisive in operands else None if None in operands else not decisive
    if kind == "not":
        inner = truth(parts[0], row)
        return None if inner is None else not inner
    if kind == "flag":
        return bool(row[parts[0]])
    if kind == "flag or":
        return parts[1] if row[parts[0]] is None else row[parts[0]]
    if kind == "null":
        return row[parts[0]] is None
    if kind == "in":
        left = value(parts[0], row)
        return None if left is None else left in parts[1]
    if kind == "between":
        left = value(parts[0], row)
        return None if left is None else parts[1] <= left <= parts[2]
    left, right = value(parts[0], row), value(parts[1], row)
    return None if left is None or right is None else OPERATORS[kind](left, right)


def text(node) -> str:  # noqa: C901, PLR0911
    kind, *parts = node
    if kind in ("col", "flag"):
        return parts[0]
    if kind == "num":
        return str(parts[0])
    if kind == "text":
        return "'" + parts[0].replace("'", "''") + "'"
    if kind in ("coalesce", "flag or"):
        return f"coalesce({parts[0]}, {str(parts[1]).lower()})"
    if kind == "-x":
        return f"-({text(parts[0])})"
    if kind in ("and", "or", "+", "-", "*"):
        return f" {kind.upper()} ".join(f"({text(part)})" for part in parts)
    if kind == "not":
        return f"NOT ({text(parts[0])})"
    if kind == "null":
        return f"{parts[0]} IS NULL"
    if kind == "in":
        return f"{text(parts[0])} IN ({', '.join(text(('text' if isinstance(each, str) else 'num', each)) for each in parts[1])})"
    if kind == "between":
        return f"{text(parts[0])} BETWEEN {parts[1]} AND {parts[2]}"
    return f"{text(parts[0])} {kind} {text(parts[1])}"


NUMBERS = st.sampled_from([-5, 0, 1, 5, 9, 10, 15, 200.5])
LEAVES = st.one_of(st.tuples(st.just("col"), st.sampled_from(["fine", "days"])), st.tuples(st.just("num"), NUMBERS),
                   st.tuples(st.just("coalesce"), st.sampled_from(["fine", "days"]), NUMBERS))
ARITHMETIC = st.recursive(LEAVES, lambda inner: st.one_of(st.tuples(st.sampled_from("+-*"), inner, inner), st.tuples(st.just("-x"), inner)), max_leaves=3)
WORDS = st.sampled_from(["盗窃", "O'Brien", "", "x' OR true --"])
FLAGS = st.sampled_from(["is_grave", "is_remote", "is_open"])
ATOMS = st.one_of(
    st.tuples(st.just("flag"), FLAGS),
    st.tuples(st.just("flag or"), FLAGS, st.booleans()),
    st.tuples(st.just("null"), st.sampled_from([*COLUMNS])),
    st.tuples(st.sampled_from(list(OPERATORS)), ARITHMETIC, ARITHMETIC),
    st.tuples(st.sampled_from(["=", "<>"]), st.just(("col", "offence")), st.tuples(st.just("text"), WORDS)),
    st.tuples(st.just("in"), st.just(("col", "offence")), st.lists(WORDS, min_size=1, max_size=3)),
    st.tuples(st.just("in"), st.sampled_from([("col", "fine"), ("col", "days")]), st.lists(NUMBERS, min_size=1, max_size=3)),
    st.tuples(st.just("between"), ARITHMETIC, NUMBERS, NUMBERS),
)
TREES = st.recursive(ATOMS, lambda inner: st.one_of(
    st.tuples(st.sampled_from(["and", "or"]), inner, inner), st.tuples(st.sampled_from(["and", "or"]), inner, inner, inner),
    st.tuples(st.just("not"), inner)), max_leaves=8)
PROPERTY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


class TestMeaning:
    @settings(PROPERTY, max_examples=150)
    @given(tree=TREES)
    def test_sql_gives_what_three_valued_logic_gives(self, tree, known, facts):
        condition = parse(text(tree), known)
        assert by_sql(condition, facts) == [truth(tree, row) for row in ROWS], condition.text

    @settings(PROPERTY, max_examples=150)
    @given(tree=TREES)
    def test_printing_the_tree_and_parsing_it_again_changes_nothing(self, tree, known):
        condition = parse(text(tree), known)
        again = parse(condition.tree.sql("duckdb"), known)
        assert plain_sql(again) == plain_sql(condition)
        assert again.sentence() == condition.sentence()
        assert again.columns == condition.columns

    @pytest.mark.parametrize(("condition", "on_null"), [
        ("is_grave", False), ("NOT is_grave", True), ("NOT (NOT is_grave)", False), ("is_grave IS NULL", True), ("is_grave IS NOT NULL", False),
        ("coalesce(is_grave, true)", True), ("NOT coalesce(is_grave, true)", False), ("coalesce(is_grave, is_remote)", False),
        ("coalesce(is_grave, is_remote, true)", True), ("fine > 5", None), ("NOT fine > 5", None), ("fine <> 5", None), ("fine IN (5)", None),
        ("NOT fine IN (5)", None), ("fine BETWEEN 0 AND 9", None), ("fine IS NULL", True), ("coalesce(fine, 0) = 0", True), ("fine > 5 OR NOT is_grave", True),
        ("fine > 5 AND is_grave", False), ("days_between(accepted_at, closed_at) > 3", None), ("accepted_at < closed_at", None),
    ])
    def test_what_is_unknown(self, known, facts, condition, on_null):
        """An unset flag is false, also under NOT; every other comparison with nothing is unknown, also under NOT."""
        sql = plain_sql(parse(condition, known))
        nulls = ", ".join(f"CAST(NULL AS {column.sql_type}) AS {name}" for name, column in known.tables["case"].columns.items())
        assert facts.connection.execute(f"SELECT {sql} FROM (SELECT {nulls})").fetchone()[0] is on_null

    @pytest.mark.parametrize(("condition", "expected"), [
        ("accepted_at = '2026-03-01 09:00'", lambda row: row["accepted_at"] == "2026-03-01 09:00"),
        ("accepted_at >= '2026-03-05'", lambda row: row["accepted_at"] == "2026-03-05 18:30"),
        ("accepted_at = '2026-03-01T01:00:00Z'", lambda row: row["accepted_at"] == "2026-03-01 09:00"),
        ("accepted_at IN ('2026-03-01 03:00:00+02:00')", lambda row: row["accepted_at"] == "2026-03-01 09:00"),
        ("'2026-03-02' < accepted_at", lambda row: row["accepted_at"] == "2026-03-05 18:30"),
        ("accepted_at BETWEEN '2026-03-01' AND '2026-03-02'", lambda row: row["accepted_at"] == "2026-03-01 09:00"),
        ("born_on = '2012-02-29'", lambda row: row["born_on"] == "2012-02-29"),
        ("born_on < accepted_at", lambda row: row["born_on"] is not None and row["accepted_at"] is not None),
        ("days_between(accepted_at, closed_at) = 4", lambda row: (row["accepted_at"], row["closed_at"]) == (TIMES[1], TIMES[2])),
        ("workdays_between(accepted_at, closed_at) = 4", lambda row: (row["accepted_at"], row["closed_at"]) == (TIMES[1], TIMES[2])),
        ("hours_between(accepted_at, closed_at) = 105.5", lambda row: (row["accepted_at"], row["closed_at"]) == (TIMES[1], TIMES[2])),
        ("age_on(born_on, accepted_at) = 14", lambda row: (row["born_on"], row["accepted_at"]) == ("2012-02-29", TIMES[2])),
        ("DAYS_BETWEEN(born_on, accepted_at) + 0 > 5900", lambda row: row["born_on"] == "2010-01-01" and row["accepted_at"] is not None),
    ])
    def test_times_and_functions(self, known, facts, condition, expected):
        found = by_sql(parse(condition, known), facts)
        assert [bool(each) for each in found] == [bool(expected(row)) for row in ROWS]
        assert any(found)

    @pytest.mark.parametrize(("born", "accepted", "age"), [
        ("2012-03-05", "2026-03-05 23:59", 13), ("2012-03-05", "2026-03-06 00:00", 14), ("2012-02-29", "2026-03-01 12:00", 13),
        ("2012-02-29", "2026-03-02 00:00", 14), ("2012-02-29", "2028-02-29 12:00", 15), ("2012-02-29", "2028-03-01 00:00", 16)])
    def test_an_age_is_reached_on_the_day_after_the_birthday(self, known, facts, born, accepted, age):
        sql = plain_sql(parse(f"age_on(born_on, accepted_at) = {age}", known))
        row = f"SELECT DATE '{born}' AS born_on, TIMESTAMPTZ '{accepted}' AS accepted_at"
        assert facts.connection.execute(f"SELECT {sql} FROM ({row})").fetchone() == (True,)

    def test_a_reference_that_leads_nowhere_is_unknown(self, known, facts):
        condition = parse("kind = '拘留' AND NOT case.is_grave", known, "notice")
        assert condition.columns == (("kind",), ("case", "is_grave"))
        sql = condition.sql(lambda path: f"c.{path[1]}" if path[0] == "case" else f"n.{path[0]}")
        found = facts.connection.execute(f'SELECT n.code FROM notice AS n LEFT JOIN "case" AS c ON c.code = n.case_code WHERE {sql} ORDER BY 1').fetchall()
        assert ("N2",) in found  # nothing says that it is grave

    def test_parts_are_the_conjuncts(self, known):
        found = parse("fine > 5 AND (is_grave OR is_open) AND NOT is_remote", known).parts()
        assert [part.columns for part in found] == [(("fine",),), (("is_grave",), ("is_open",)), (("is_remote",),)]
        assert len(parse("is_grave OR is_open", known).parts()) == 1


class TestRefused:
    @pytest.mark.parametrize("attack", [
        "fine > (SELECT 1)", "EXISTS (SELECT 1)", "fine IN (SELECT fine FROM \"case\")", "fine > 5; DROP TABLE x", "fine > 5; SELECT 1",
        "read_csv('/etc/passwd') IS NULL", "code = read_text('/etc/passwd')", "PRAGMA database_list", "SELECT 1", "DROP TABLE x", "COPY x TO 'y'",
        "INSTALL httpfs", "ATTACH 'x.db'", "SET threads = 1", "fine > 5 UNION SELECT 1", "fine > 5 LIMIT 1", "fine AS x", "(SELECT true)",
        "getenv('HOME') = 'x'", "pg_catalog.version() = 'x'", "fine = ANY([1])", "fine > $1", "fine > ?", "fine > @x", "*", "case.* = 1", "[fine]", "{'a': 1}",
        "fine::int > 5", "CAST(fine AS INT) > 5", "CASE WHEN is_grave THEN true END", "count(*) > 1", "sum(fine) OVER () > 1", "fine / 2 > 1", "fine % 2 = 1",
        "code || 'x' = 'y'", "offence LIKE '%x%'", "offence ~ 'x'", "offence COLLATE NOCASE = 'x'", "now() > accepted_at", "current_date > accepted_at",
        "fine IS DISTINCT FROM 5", "is_grave IS TRUE", "fine > NULL", "fine IN (1, NULL)", "fine IN (days)", "fine BETWEEN SYMMETRIC 9 AND 1",
        "xor(is_grave, is_open)", "lambda x: x", "fine > 5)", "((fine > 5)", "offence = 'x", "offence = \"x\"", "", "   ", "fine >", "AND", "fine > 5 AND",
        "offence = E'x'", "offence = $$x$$",
    ])
    def test_nothing_but_the_listed_syntax_gets_in(self, known, attack):
        assert "→" in refused(attack, known)

    @pytest.mark.parametrize("text", [
        "is_grave -- AND is_open", "is_grave /* AND is_open */", "/* x */ is_grave", "fine > 5 -- */ OR true /*", "is_grave AND -- x\n is_open",
        "(is_grave /* x */)", "fine /* x */ > 5", "fine IN (1, /* x */ 2)"])
    def test_comments_are_refused_for_they_hide_part_of_a_condition(self, known, text):
        assert "不能写注释" in refused(text, known)

    @pytest.mark.parametrize(("text", "parts"), [
        ("fin > 5", ["case（案件）没有列“fin”", "可用的列：code、kind"]),
        ("FINE > 5", ["没有列“FINE”"]),
        ("party.name = 'x'", ["没有指向“party”的列", "可用的引用：无"]),
        ("fine", ["结果是数，不是真假"]),
        ("'x'", ["结果是文字，不是真假"]),
        ("is_grave AND fine", ["“fine”不是真假值", "AND、OR、NOT"]),
        ("NOT fine", ["“fine”不是真假值"]),
        ("fine = '5'", ["数和文字不能相比", "两边用同一类的值"]),
        ("offence = 5", ["数和文字不能相比"]),
        ("offence > accepted_at", ["文字和时间不能相比"]),
        ("accepted_at = offence", ["文字和时间不能相比"]),
        ("accepted_at > 5", ["数和时间不能相比"]),
        ("accepted_at > 'yesterday'", ["文字和时间不能相比", "时间写成 '2026-01-01 08:00'"]),
        ("accepted_at > '2026-02-30'", ["文字和时间不能相比"]),
        ("accepted_at IN ('2026-03-01', '2026-13-01')", ["文字和时间不能相比"]),
        ("accepted_at BETWEEN '2026-03-01' AND '2026-03-01 25:00'", ["文字和时间不能相比"]),
        ("accepted_at > '2026-03-01 09:00+08:00'", ["文字和时间不能相比"]),
        ("born_on > '2010-01-01 08:00'", ["文字和时间不能相比"]),
        ("is_grave = 1", ["是否和数不能相比"]),
        ("is_grave = true", ["真假值不用比较", "否定写 NOT"]),
        ("is_grave <> is_open", ["真假值不用比较"]),
        ("is_grave BETWEEN is_open AND is_remote", ["真假值不用比较"]),
        ("kind = '民事'", ["“民事”不是 kind 的取值", "可用的值：行政、刑事"]),
        ("'民事' = kind", ["“民事”不是 kind 的取值"]),
        ("kind IN ('行政', '民事')", ["“民事”不是 kind 的取值"]),
        ("coalesce(kind, '民事') = '行政'", ["“民事”不是 kind 的取值"]),
        ("coalesce(kind, '行政') = '民事'", ["“民事”不是 kind 的取值"]),
        ("weeks_between(accepted_at, closed_at) > 1", ["没有函数“weeks_between”", "days_between、workdays_between、hours_between、age_on"]),
        ("days_between(accepted_at) > 1", ["days_between 需要 2 个参数"]),
        ("days_between(accepted_at, fine) > 1", ["“fine”是数，应为时间"]),
        ("days_between(accepted_at, '2026-01-01') > 1", ["是文字，应为时间"]),
        ("days_between((accepted_at), closed_at) > 1", ["参数只能是列"]),
        ("days_between(coalesce(accepted_at, closed_at), closed_at) > 1", ["参数只能是列"]),
        ("fine + is_grave > 1", ["“is_grave”是是否，应为数"]),
        ("fine + 'x' > 1", ["是文字，应为数"]),
        ("coalesce(fine) > 1", ["coalesce 先写一列", "coalesce(fine, 0)"]),
        ("coalesce(5, fine) > 1", ["coalesce 先写一列"]),
        ("coalesce(fine, '5') > 1", ["数和文字不能相比"]),
        ("coalesce(fine, days + 1) > 1", ["coalesce 里只能写列和值"]),
        ("(fine > 5) IS NULL", ["IS NULL 前面要写一列"]),
        ("(is_grave) IS NULL", ["IS NULL 前面要写一列"]),
        ("a.b.c.d.e.f = 1", ["路径太长", "至多经过三次引用"]),
        (5, ["条件应为一行文字，得到 5"]),
        (None, ["条件应为一行文字"]),
    ])
    def test_message_says_what_is_wrong_and_what_to_write(self, known, text, parts):
        message = refused(text, known)
        assert all(part in message for part in parts), message

    @pytest.mark.parametrize("text", [
        "(" * 5000 + "is_grave" + ")" * 5000, "NOT " * 3000 + "is_grave", " AND ".join(["is_grave"] * 3000), " OR ".join(["fine > 5"] * 300),
        "fine > " + " + ".join(["1"] * 2000), "(" * 60 + "is_grave" + " AND is_open)" * 60,
    ])
    def test_endless_conditions_are_refused_without_a_crash(self, known, text):
        message = refused(text, known)
        assert len(message) < 500

    def test_a_long_list_and_a_long_text_are_fine(self, known, facts):
        values = ", ".join(f"'{number}'" for number in range(3000))
        assert not any(by_sql(parse(f"offence IN ({values})", known), facts))
        assert not any(by_sql(parse(f"offence = '{'长' * 100_000}'", known), facts))

    def test_as_deep_as_allowed_everything_works(self, known, facts):
        condition = parse("NOT (" * 11 + "is_grave" + ")" * 11, known)
        assert condition.sentence() == "未标明“重大”"
        assert by_sql(condition, facts) == [not row["is_grave"] for row in ROWS]
        assert parse(" AND ".join(["is_grave"] * 90), known).sentence().count("，且") == 89

    @pytest.mark.parametrize("value", ["it's", "'; DROP TABLE x; --", "/* x */", "a -- b", '"', "\\", "%_", "{}", "\n", "’“”", "NULL", "?"])
    def test_quotes_and_signs_in_values_are_only_text(self, known, facts, value):
        quoted = value.replace("'", "''")
        condition = parse(f"offence = '{quoted}'", known)
        got = facts.connection.execute(f"SELECT {plain_sql(condition)} FROM (SELECT ? AS offence)", [value]).fetchone()
        assert got == (True,)
        assert condition.sentence() == f"案由为“{value}”"

    def test_columns_named_like_sql_words(self, tmp_path):
        """Most may be written bare, the others in double quotes, as the message advises."""
        text = FACTS.replace("offence:", "when:").replace("fine:", "order:")
        known = vocabulary(tmp_path, text)
        assert parse("order > 5", known).columns == (("order",),)
        assert "双引号" in refused("when = 'x'", known)
        assert parse("\"when\" = 'x'", known).columns == (("when",),)
        assert parse("case.kind = '行政' AND case.\"when\" = 'x'", known, "notice").columns == (("case", "kind"), ("case", "when"))


class TestSentences:
    @pytest.mark.parametrize(("condition", "sentence"), [
        ("kind = '行政'", "案件类型为“行政”"),
        ("kind <> '行政'", "案件类型不是“行政”"),
        ("NOT kind = '行政'", "案件类型不是“行政”"),
        ("kind IN ('行政', '刑事')", "案件类型为“行政”、“刑事”之一"),
        ("kind NOT IN ('行政', '刑事')", "案件类型不在“行政”、“刑事”之列"),
        ("kind IN ('行政')", "案件类型为“行政”"),
        ("kind NOT IN ('行政')", "案件类型不是“行政”"),
        ("'行政' = kind", "案件类型为“行政”"),
        ("fine > 500", "罚款超过 500 元"),
        ("fine >= 500", "罚款不少于 500 元"),
        ("fine < 500", "罚款少于 500 元"),
        ("fine <= 500", "罚款不超过 500 元"),
        ("NOT fine > 500", "罚款不超过 500 元"),
        ("NOT fine >= 500", "罚款少于 500 元"),
        ("500 < fine", "罚款超过 500 元"),
        ("500 >= fine", "罚款不超过 500 元"),
        ("NOT 500 < fine", "罚款不超过 500 元"),
        ("fine > -5", "罚款超过 -5 元"),
        ("fine BETWEEN 1 AND 9", "罚款在 1 元至 9 元之间（含两端）"),
        ("NOT fine BETWEEN 1 AND 9", "罚款不在 1 元至 9 元之间（含两端）"),
        ("fine + days * 2 > 10", "罚款加拘留日数乘2超过 10"),
        ("(fine + days) * 2 > 10", "（罚款加拘留日数）乘2超过 10"),
        ("fine - (days - 1) > 10", "罚款减（拘留日数减1）超过 10"),
        ("-fine < 3", "负的罚款少于 3"),
        ("coalesce(fine, 0) > 5", "罚款（没有记录的按 0）超过 5"),
        ("coalesce(fine, days, 0) > 5", "罚款（没有记录的按拘留日数，再没有的按 0）超过 5"),
        ("coalesce(kind, '刑事') = '行政'", "案件类型（没有记录的按“刑事”）为“行政”"),
        ("closed_at IS NULL", "没有结案时间"),
        ("closed_at IS NOT NULL", "已有结案时间"),
        ("NOT (NOT closed_at IS NULL)", "没有结案时间"),
        ("accepted_at < '2026-01-01'", "受理时间早于“2026-01-01”"),
        ("accepted_at >= closed_at", "受理时间不早于结案时间"),
        ("NOT accepted_at <= closed_at", "受理时间晚于结案时间"),
        ("'2026-01-01' <= accepted_at", "受理时间不早于“2026-01-01”"),
        ("days_between(accepted_at, closed_at) > 30", "从受理时间到结案时间的天数超过 30"),
        ("age_on(born_on, accepted_at) < 14", "按出生日期计算到受理时间的周岁少于 14"),
        ("is_grave", "标明“重大”"),
        ("NOT is_grave", "未标明“重大”"),
        ("is_grave IS NULL", "没有记录是否“重大”"),
        ("is_grave IS NOT NULL", "已记录是否“重大”"),
        ("coalesce(is_grave, true)", "标明“重大”（没有记录的按已标明）"),
        ("NOT coalesce(is_grave, true)", "未标明“重大”（没有记录的按已标明）"),
        ("NOT coalesce(is_grave, false)", "未标明“重大”（没有记录的按未标明）"),
        ("coalesce(is_grave, is_open)", "标明“重大”（没有记录的按是否标明“公开”）"),
        ("true", "总是成立"),
        ("NOT true", "总不成立"),
        ("is_grave AND is_open", "标明“重大”，且标明“公开”"),
        ("is_grave OR is_open", "标明“重大”，或者标明“公开”"),
        ("NOT (is_grave AND is_open)", "未标明“重大”，或者未标明“公开”"),
        ("NOT (is_grave OR is_open)", "未标明“重大”，且未标明“公开”"),
        ("NOT (is_grave AND (is_open OR fine > 5))", "未标明“重大”，或者（未标明“公开”，且罚款不超过 5 元）"),
        ("is_grave AND NOT (is_open AND is_remote)", "标明“重大”，且（未标明“公开”，或者未标明“异地”）"),
        ("is_grave OR is_open AND is_remote", "标明“重大”，或者（标明“公开”，且标明“异地”）"),
        ("is_grave AND (is_open OR is_remote)", "标明“重大”，且（标明“公开”，或者标明“异地”）"),
        ("is_grave AND NOT (NOT (is_open OR is_remote))", "标明“重大”，且（标明“公开”，或者标明“异地”）"),
    ])
    def test_reads_as_it_is_judged(self, known, condition, sentence):
        assert parse(condition, known).sentence() == sentence

    def test_columns_of_referred_rows_name_the_reference(self, known):
        assert parse("case.fine > 5 AND other.is_grave", known, "notice").sentence() == "所属案件的罚款超过 5 元，且标明“关联案件的重大”"

    @settings(PROPERTY, max_examples=120)
    @given(tree=st.recursive(
        st.one_of(st.tuples(st.just("flag"), FLAGS), st.sampled_from([("<", ("col", "fine"), ("num", 5)), (">=", ("col", "days"), ("num", 5))])),
        lambda inner: st.one_of(st.tuples(st.sampled_from(["and", "or"]), inner, inner), st.tuples(st.just("not"), inner)), max_leaves=7))
    def test_chinese_means_the_same_as_the_condition(self, tree, known):
        """The sentence, read back word by word, has the truth table of the condition; 且 and 或者 never stand mixed without brackets."""
        sentence = parse(text(tree), known).sentence()
        for row in KNOWN_ROWS:
            assert read_chinese(sentence, row) == truth(tree, row), sentence


ATOM = re.compile(r"(未?)标明“(重大|异地|公开)”|罚款(少于|不少于) 5 元|拘留日数(少于|不少于) 5 日")
LABELS = {"重大": "is_grave", "异地": "is_remote", "公开": "is_open"}


def read_chinese(sentence: str, row: dict) -> bool:
    """A little reader of sentences, made from what the words mean and not from how they are made."""
    found, rest = _read_joined(sentence, row)
    assert not rest, rest
    return found


def _read_joined(text: str, row: dict) -> tuple[bool, str]:
    first, text = _read_one(text, row)
    values, joints = [first], set()
    while text.startswith(("，且", "，或者")):
        joint = "，且" if text.startswith("，且") else "，或者"
        joints.add(joint)
        each, text = _read_one(text.removeprefix(joint), row)
        values.append(each)
    assert len(joints) <= 1, "且 and 或者 side by side can be read either way"
    return (any(values) if "，或者" in joints else all(values)), text


def _read_one(text: str, row: dict) -> tuple[bool, str]:
    if text.startswith("（"):
        inner, rest = _read_joined(text[1:], row)
        assert rest.startswith("）")
        return inner, rest[1:]
    match = ATOM.match(text)
    assert match, text
    if match[2]:
        found = bool(row[LABELS[match[2]]]) != bool(match[1])
    else:
        number = row["fine"] if match[3] else row["days"]
        found = number < 5 if (match[3] or match[4]) == "少于" else number >= 5
    return found, text[match.end():]


class TestMutants:
    @pytest.mark.parametrize(("condition", "labels"), [
        ("fine > 5", ["“fine > 5”取反", "数 5 改为 4", "数 5 改为 6"]),
        ("fine > 0.5", ["“fine > 0.5”取反", "数 0.5 改为 0.4", "数 0.5 改为 0.6"]),
        ("kind IN ('行政', '刑事')", ["“kind IN ('行政', '刑事')”取反", "“kind IN ('行政', '刑事')”去掉 '行政'", "“kind IN ('行政', '刑事')”去掉 '刑事'"]),
        ("kind IN ('行政')", ["“kind IN ('行政')”取反"]),
        ("is_grave", ["“is_grave”取反"]),
        ("NOT (is_grave)", ["“is_grave”取反"]),
        ("closed_at IS NULL", ["“closed_at IS NULL”取反"]),
        ("is_grave IS NULL", ["“is_grave IS NULL”取反"]),
        ("coalesce(is_grave, true)", ["“COALESCE(is_grave, TRUE)”取反", "TRUE 改为 FALSE"]),
        ("coalesce(fine, 0) > 5", ["“COALESCE(fine, 0) > 5”取反", "数 5 改为 4", "数 5 改为 6", "数 0 改为 -1", "数 0 改为 1"]),
        ("(fine) > 5", ["“(fine) > 5”取反", "数 5 改为 4", "数 5 改为 6"]),
        ("fine > 9007199254740993",
         ["“fine > 9007199254740993”取反", "数 9007199254740993 改为 9007199254740992", "数 9007199254740993 改为 9007199254740994"]),
        ("is_grave AND is_open", ["“is_grave”取反", "“is_open”取反", "去掉“is_grave”", "去掉“is_open”"]),
    ])
    def test_one_thing_at_a_time(self, known, condition, labels):
        assert sorted(label for label, _ in parse(condition, known).mutants()) == sorted(labels)

    ONCE = st.permutations(["is_grave", "is_remote", "is_open", "fine", "days", "offence"]).flatmap(lambda names: st.tuples(
        st.just(names), st.lists(st.sampled_from(["and", "or", "and not", "or not"]), min_size=1, max_size=3)))

    @settings(PROPERTY, max_examples=20)
    @given(made=ONCE)
    def test_every_mutant_differs_on_some_row(self, made, known, facts):
        """With each column used once, no predicate is idle; so each change must show on some combination of values."""
        names, joints = made
        atoms = {"fine": "fine > 5", "days": "days IN (5, 15)", "offence": "offence = '盗窃'"}
        whole = atoms.get(names[0], names[0])
        for name, joint in zip(names[1:], joints, strict=False):
            word, _, negation = joint.partition(" ")
            whole = f"({whole}) {word} {negation} ({atoms.get(name, name)})"
        condition = parse(whole, known)
        grid = self.grid(facts)
        original = self.results(condition, facts, grid)
        for label, mutant in condition.mutants():
            assert self.results(mutant, facts, grid) != original, (whole, label)

    @staticmethod
    def grid(facts: Facts) -> str:
        flags = "(VALUES (true), (false))"
        return (f"SELECT * FROM {flags} AS a(is_grave), {flags} AS b(is_remote), {flags} AS c(is_open), (VALUES (4.5), (5.0), (5.5), (6.0), (7.0)) AS d(fine), "
                "(VALUES (4), (5), (6), (14), (15), (16)) AS e(days), (VALUES ('盗窃'), ('x')) AS f(offence)")

    @staticmethod
    def results(condition: Condition, facts: Facts, grid: str) -> list[tuple]:
        columns = "is_grave, is_remote, is_open, fine, days, offence"
        return facts.connection.execute(f"SELECT {columns} FROM ({grid}) WHERE {plain_sql(condition)} ORDER BY ALL").fetchall()

    @settings(PROPERTY, max_examples=20)
    @given(tree=TREES)
    def test_mutants_of_any_condition_can_be_run_and_said(self, tree, known, facts):
        for _, mutant in parse(text(tree), known).mutants():
            by_sql(mutant, facts)
            assert mutant.sentence()


def test_times_of_rows_are_what_the_tests_think(facts):
    """Guards the fixture: the wall times above are Shanghai times."""
    first = facts.connection.execute('SELECT min(accepted_at), max(born_on) FROM "case"').fetchone()
    assert first == (datetime(2026, 3, 1, 9, tzinfo=SHANGHAI), date(2012, 2, 29))
