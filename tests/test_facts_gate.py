"""The gate of facts: every row is kept as it is or set aside with a reason, both are counted, and nothing is mended by guess."""

from __future__ import annotations

import decimal
import json
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulebook.errors import SourceError
from rulebook.facts import REJECT_SCHEMA, Facts
from rulebook.vocabulary import Vocabulary
from tests.support import FACTS, one_table, vocabulary

SHANGHAI = ZoneInfo("Asia/Shanghai")
COLUMNS = """\
kind: {type: text, label: 类, values: [甲, 乙]}
note: {type: text, label: 备注}
count: {type: whole, label: 件数}
sum: {type: number, label: 金额}
is_set: {type: flag, label: 旗}
day: {type: date, label: 日}
start_at: {type: time, label: 开始时间}
end_at: {type: time, label: 结束时间}"""
SLOW_FIXTURE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("gate"), one_table(COLUMNS, "ordered: [[start_at, end_at]]"))


@pytest.fixture(scope="module")
def bench(known) -> Facts:
    """Lends its connection, which takes long to prepare."""
    return Facts.from_rows(known, {})


def gate(known: Vocabulary, bench: Facts, columns: dict[str, pa.Array | list]) -> Facts:
    facts = Facts(known, bench.connection)
    facts.connection.register("given", pa.table(columns))
    facts.add("thing", "SELECT * FROM given", "thing")
    return facts


def take(known: Vocabulary, bench: Facts, column: str, *values: object, kind: pa.DataType | None = None) -> Facts:
    return gate(known, bench, {"code": [f"c{number}" for number in range(len(values))], column: pa.array(values, kind)})


def kept(facts: Facts, column: str) -> list:
    return [row[0] for row in facts.connection.execute(f'SELECT "{column}" FROM thing ORDER BY code').fetchall()]


def set_aside(facts: Facts) -> list[tuple[int, str, str]]:
    return [(row["row"], row["column"], row["reason"]) for row in facts.rejected_rows().to_pylist()]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class TestText:
    def test_ids_that_look_like_something_else_stay_as_they_are(self, known, bench):
        """'NA', 'null' and '001' are the classical victims of guessing readers."""
        ids = ["NA", "null", "001", "1", "NULL", "None", "nan", "true", "1e5", "2026-03-01", " x ", "0x1F", "Ω", "’", "a'b", 'a"b', "-", "=1+1"]
        facts = gate(known, bench, {"code": ids, "note": ids})
        assert facts.rejected == 0
        assert sorted(kept(facts, "code")) == sorted(ids)
        assert sorted(kept(facts, "note")) == sorted(ids)

    @pytest.mark.parametrize(("array", "text"), [
        (pa.array([7]), "7"), (pa.array([True]), "true"), (pa.array(["x"], pa.large_string()), "x"), (pa.array(["x"], pa.string_view()), "x"),
        (pa.array(["x"]).dictionary_encode(), "x"), (pa.array([date(2026, 3, 1)]), "2026-03-01"), (pa.array([decimal.Decimal("1.50")]), "1.50")])
    def test_typed_values_become_text(self, known, bench, array, text):
        assert kept(gate(known, bench, {"code": ["a"], "note": array}), "note") == [text]

    def test_numbers_as_keys_become_text(self, known, bench):
        facts = gate(known, bench, {"code": pa.array([10, 2, 10])})
        assert sorted(kept(facts, "code")) == ["10", "2"]
        assert set_aside(facts) == [(3, "code", "编号重复，先出现的一行已采用")]


class TestNumbers:
    @pytest.mark.parametrize(("given", "whole", "number"), [
        ("5", 5, 5.0), ("-5", -5, -5.0), ("+5", 5, 5.0), (" 5 ", 5, 5.0), ("5.0", 5, 5.0), ("007", 7, 7.0), ("0", 0, 0.0), ("1.5", None, 1.5),
        ("1e3", None, 1000.0), (".5", None, 0.5), ("1,000", None, None), ("1_000", None, None), ("0x10", None, None), ("五", None, None), ("５", None, None),
        ("", None, None), ("NaN", None, None), ("inf", None, None), ("-Infinity", None, None), ("1e999", None, None), ("5元", None, None),
        ("9223372036854775808", None, 9223372036854775808.0),
        ("5 6", None, None), ("--5", None, None), ("true", None, None),
    ])
    def test_only_plain_numbers_are_numbers_and_nothing_is_rounded(self, known, bench, given, whole, number):
        for column, expected, reason in (("count", whole, "无法识别为整数"), ("sum", number, "无法识别为数")):
            facts = take(known, bench, column, given)
            assert kept(facts, column) == ([] if expected is None else [expected])
            assert set_aside(facts) == ([(1, column, reason)] if expected is None else [])

    @pytest.mark.parametrize(("array", "whole", "number"), [
        (pa.array([5], pa.int8()), 5, 5.0), (pa.array([5], pa.uint64()), 5, 5.0), (pa.array([5.0]), 5, 5.0), (pa.array([1.5]), None, 1.5),
        (pa.array([1.5], pa.float32()), None, 1.5), (pa.array([float("nan")]), None, None), (pa.array([float("inf")]), None, None),
        (pa.array([decimal.Decimal("2.00")]), 2, 2.0), (pa.array([decimal.Decimal("2.50")]), None, 2.5), (pa.array([True]), None, None),
        (pa.array([date(2026, 1, 1)]), None, None), (pa.array([[1]]), None, None), (pa.array(["5"]).dictionary_encode(), 5, 5.0),
    ])
    def test_typed_input(self, known, bench, array, whole, number):
        for column, expected in (("count", whole), ("sum", number)):
            facts = gate(known, bench, {"code": ["a"], column: array})
            assert kept(facts, column) == ([] if expected is None else [expected])
            assert facts.rejected == (expected is None)


class TestFlags:
    @pytest.mark.parametrize(("given", "read"), [
        ("是", True), ("否", False), ("有", True), ("无", False), (" 是 ", True), ("true", True), ("FALSE", False), ("1", True), ("0", False), ("yes", True),
        ("n", False), ("2", None), ("-1", None), ("对", None), ("", None), ("未知", None), ("on", None), ("是的", None), ("0.5", None),
    ])
    def test_words(self, known, bench, given, read):
        facts = take(known, bench, "is_set", given)
        assert kept(facts, "is_set") == ([] if read is None else [read])
        assert set_aside(facts) == ([(1, "is_set", "无法识别为是否")] if read is None else [])

    @pytest.mark.parametrize(("array", "read"), [
        (pa.array([True]), True), (pa.array([1]), True), (pa.array([0], pa.uint8()), False), (pa.array([2]), None), (pa.array([0.5]), None),
        (pa.array(["是"]).dictionary_encode(), True), (pa.array([date(2026, 1, 1)]), None)])
    def test_typed_input_is_no_truth_unless_it_is_one_or_zero(self, known, bench, array, read):
        assert kept(gate(known, bench, {"code": ["a"], "is_set": array}), "is_set") == ([] if read is None else [read])


class TestDatesAndTimes:
    @pytest.mark.parametrize(("given", "read"), [
        ("2026-03-01", date(2026, 3, 1)), ("2026/3/1", date(2026, 3, 1)), ("2026-3-1", date(2026, 3, 1)), ("2026-03-01 00:00:00", date(2026, 3, 1)),
        ("2026-03-01T09:30:00+08:00", date(2026, 3, 1)), ("2024-02-29", date(2024, 2, 29)), ("2026-02-29", None), ("2026年3月1日", None), ("20260301", None),
        ("01/03/2026", None), ("2026-03-01 或次日", None), ("2026-03-01xyz", None), ("2026-13-01", None), ("today", None), ("", None), ("3月1日", None),
    ])
    def test_dates(self, known, bench, given, read):
        facts = take(known, bench, "day", given)
        assert kept(facts, "day") == ([] if read is None else [read])
        assert set_aside(facts) == ([(1, "day", "无法识别为日期")] if read is None else [])

    @pytest.mark.parametrize(("given", "read"), [
        ("2026-03-01 09:05:30", "2026-03-01 09:05:30"), ("2026-03-01 09:05", "2026-03-01 09:05"), ("2026-03-01T09:05", "2026-03-01 09:05"),
        ("2026/3/1 9:05", "2026-03-01 09:05"), ("2026-03-01", "2026-03-01 00:00"), (" 2026-03-01 09:05 ", "2026-03-01 09:05"),
        ("2026-03-01T10:00+08:00", "2026-03-01 10:00"), ("2026-03-01T10:00Z", "2026-03-01 18:00"), ("2026-03-01 10:00:00+00:00", "2026-03-01 18:00"),
        ("2026-03-01T10:00:00.25-05:00", "2026-03-01 23:00:00.250"), ("2026-03-01T10:00:00+0800", "2026-03-01 10:00"),
        ("2026-03-01 24:00:00", "2026-03-02 00:00"), ("2026-03-01 10:00:00.123456789", "2026-03-01 10:00:00.123456"),
    ])
    def test_times_are_instants_and_without_offset_shanghai_times(self, known, bench, given, read):
        facts = take(known, bench, "start_at", given)
        assert facts.rejected == 0
        assert kept(facts, "start_at") == [wall(read)]

    @pytest.mark.parametrize("given", [
        "2026年3月1日 9时", "2026年3月1日", "上午九点", "2026-02-30 09:00", "2026-03-01 25:00", "2026-03-01 9点", "20260301090000", "1767225600",
        "01.03.2026 09:00", "2026-03-01 09:60", "now", "", "NA", "2026-03-01 09:00 左右"])
    def test_what_is_no_time_is_set_aside_and_not_guessed(self, known, bench, given):
        facts = take(known, bench, "start_at", given)
        assert kept(facts, "start_at") == []
        assert set_aside(facts) == [(1, "start_at", "无法识别为时间")]

    @pytest.mark.parametrize(("array", "read"), [
        *((pa.array([datetime(2026, 3, 1, 9)], pa.timestamp(unit)), "2026-03-01 09:00") for unit in ("s", "ms", "us", "ns")),
        (pa.array([datetime(2026, 3, 1, 9, tzinfo=UTC)], pa.timestamp("us", "UTC")), "2026-03-01 17:00"),
        (pa.array([datetime(2026, 3, 1, 9, tzinfo=UTC)], pa.timestamp("ns", "Europe/Rome")), "2026-03-01 17:00"),
        (pa.array([date(2026, 3, 1)], pa.date32()), "2026-03-01 00:00"), (pa.array([date(2026, 3, 1)], pa.date64()), "2026-03-01 00:00"),
        (pa.array(["2026-03-01T10:00+08:00"]).dictionary_encode(), "2026-03-01 10:00"),
    ])
    def test_typed_times(self, known, bench, array, read):
        assert kept(gate(known, bench, {"code": ["a"], "start_at": array}), "start_at") == [wall(read)]

    def test_typed_dates(self, known, bench):
        zoned = pa.array([datetime(2026, 2, 28, 20, tzinfo=UTC)], pa.timestamp("us", "UTC"))
        assert kept(gate(known, bench, {"code": ["a"], "day": zoned}), "day") == [date(2026, 3, 1)]  # the day it was in Shanghai
        assert kept(gate(known, bench, {"code": ["a"], "day": pa.array([date(2026, 3, 1)])}), "day") == [date(2026, 3, 1)]

    @pytest.mark.parametrize(("given", "is_kept"), [
        ("1980-01-01 00:00:00", True), ("1979-12-31 23:59:59", False), ("2060-12-31 23:59:59.999999", True), ("2061-01-01 00:00:00", False),
        ("1979-12-31T16:00:00Z", True), ("1979-12-31T15:59:59Z", False), ("2060-12-31T16:00:00Z", False), ("0026-03-01", False), ("9999-12-31 23:59:59", False),
        ("1900-01-01", False), ("infinity", False), ("-infinity", False), ("epoch", False),
    ])
    def test_times_for_which_there_is_no_calendar_are_set_aside(self, known, bench, given, is_kept):
        """Later than the calendar of workdays goes, a limit would silently have no end."""
        for column in ("start_at", "end_at"):
            facts = take(known, bench, column, given)
            assert set_aside(facts) == ([] if is_kept else [(1, column, "时间不在 1980—2060 年之间")])

    @pytest.mark.parametrize(("given", "is_kept"), [
        ("1880-01-01", True), ("1879-12-31", False), ("2100-12-31", True), ("2101-01-01", False), ("0090-05-01", False), ("infinity", False)])
    def test_dates_that_nobody_can_mean(self, known, bench, given, is_kept):
        assert set_aside(take(known, bench, "day", given)) == ([] if is_kept else [(1, "day", "日期不在 1880—2100 年之间")])

    def test_typed_times_have_the_same_range(self, known, bench):
        times = pa.array([datetime(1979, 12, 31, 23), datetime(1980, 1, 1), datetime(2061, 1, 1)], pa.timestamp("us"))
        facts = gate(known, bench, {"code": ["a", "b", "c"], "start_at": times})
        assert set_aside(facts) == [(1, "start_at", "时间不在 1980—2060 年之间"), (3, "start_at", "时间不在 1980—2060 年之间")]


class TestRowsThatCannotBeJudged:
    def test_missing_keys(self, known, bench):
        facts = gate(known, bench, {"code": ["a", None, "", "  ", "b"], "note": ["1", "2", "3", "4", "5"]})
        assert kept(facts, "note") == ["1", "5"]
        assert set_aside(facts) == [(2, "code", "缺少编号"), (3, "code", "缺少编号"), (4, "code", "缺少编号")]

    def test_an_end_before_its_start(self, known, bench):
        facts = gate(known, bench, {
            "code": ["before", "equal", "after", "open", "other offset"],
            "start_at": ["2026-03-01 10:00"] * 4 + ["2026-03-01 10:00+08:00"],
            "end_at": ["2026-03-01 09:59", "2026-03-01 10:00", "2026-03-02", None, "2026-03-01 02:00Z"]})
        assert set_aside(facts) == [(1, "end_at", "早于开始时间")]
        assert facts.rows == 4

    def test_values_that_the_vocabulary_does_not_list(self, known, bench):
        facts = take(known, bench, "kind", "甲", "丙", "甲 ", None, "乙")
        assert kept(facts, "kind") == ["甲", None, "乙"]
        assert set_aside(facts) == [(2, "kind", "取值不在词汇表中"), (3, "kind", "取值不在词汇表中")]

    @pytest.mark.parametrize("array", [pa.array([1, 2]), pa.array([1.5, 2.5]), pa.array([True, False]), pa.array([date(2026, 1, 1)] * 2),
                                       pa.array(["丙", "丁"]).dictionary_encode()])
    def test_listed_values_in_a_column_of_another_type(self, known, bench, array):
        facts = gate(known, bench, {"code": ["a", "b"], "kind": array})
        assert [reason for _, _, reason in set_aside(facts)] == ["取值不在词汇表中"] * 2

    def test_required_columns(self, tmp_path):
        required = vocabulary(tmp_path, one_table("must: {type: time, label: 必填, required: true}"))
        given = {"a": "2026-03-01", "b": None, "c": " ", "d": "x"}
        facts = Facts.from_rows(required, {"thing": [{"code": code, "must": must} for code, must in given.items()]})
        assert set_aside(facts) == [(2, "must", "必填项为空"), (3, "must", "必填项为空"), (4, "must", "无法识别为时间")]

    def test_the_first_reason_in_the_order_of_the_vocabulary_is_given_once_per_row(self, known, bench):
        facts = gate(known, bench, {"code": ["a"], "end_at": ["x"], "count": ["y"], "kind": ["z"]})
        assert set_aside(facts) == [(1, "kind", "取值不在词汇表中")]
        assert facts.rejected == 1

    def test_columns_that_are_all_empty_are_fine(self, known, bench):
        names = ["kind", "note", "count", "sum", "is_set", "day", "start_at", "end_at"]
        facts = gate(known, bench, {"code": ["a", "b"], **{name: pa.nulls(2) for name in names}})
        assert (facts.rows, facts.rejected) == (2, 0)
        assert facts.connection.execute("DESCRIBE thing").fetchall()[-1][1] == "TIMESTAMP WITH TIME ZONE"


class TestDuplicates:
    def test_identical_and_differing_rows_with_one_key(self, known, bench):
        facts = gate(known, bench, {"code": ["a", "b", "a", "a"], "note": ["first", "only", "first", "other"]})
        assert kept(facts, "note") == ["first", "only"]
        assert set_aside(facts) == [(3, "code", "编号重复，先出现的一行已采用"), (4, "code", "编号重复，先出现的一行已采用")]

    def test_a_row_set_aside_for_another_reason_does_not_block_its_key(self, known, bench):
        facts = gate(known, bench, {"code": ["a", "a", "a"], "count": ["x", "1", "2"]})
        assert kept(facts, "count") == [1]
        assert set_aside(facts) == [(1, "count", "无法识别为整数"), (3, "code", "编号重复，先出现的一行已采用")]

    def test_keys_that_differ_by_a_zero_or_a_blank_are_different(self, known, bench):
        assert gate(known, bench, {"code": ["1", "01", "1 ", "A", "a"]}).rows == 5

    def test_keys_of_numbers_are_the_same_when_their_value_is(self, tmp_path):
        text = one_table("note: {type: text, label: 备注}").replace("code: {type: text", "code: {type: whole")
        facts = Facts.from_rows(vocabulary(tmp_path, text), {"thing": [{"code": "1"}, {"code": "01"}, {"code": "2"}, {"code": "x"}]})
        assert set_aside(facts) == [(2, "code", "编号重复，先出现的一行已采用"), (4, "code", "无法识别为整数")]
        assert facts.rows == 2

    def test_parts_of_one_table_have_rows_of_the_same_number_and_the_first_part_wins(self, known, bench):
        facts = Facts(known, bench.connection)
        parts = [pa.table({"code": ["a", "b"], "note": [part, part], "number": pa.array([1, 2])}) for part in ("first", "second")]
        for name, part in zip(("one", "two"), parts, strict=True):
            facts.connection.register(name, part)
        facts.add("thing", "SELECT * FROM one UNION ALL SELECT * FROM two", "thing", row_column="number")
        assert kept(facts, "note") == ["first", "first"]
        assert set_aside(facts) == [(1, "code", "编号重复，先出现的一行已采用"), (2, "code", "编号重复，先出现的一行已采用")]


class TestBooks:
    """Counts, row numbers and the original rows."""

    def test_counts_by_reason(self, known, bench):
        facts = gate(known, bench, {"code": ["a", "b", None, "c", "a"], "count": ["x", "y", "1", "2", "3"]})
        assert facts.rows == 2
        assert facts.rejected == 3
        assert {(each.table, each.column, each.reason, each.rows) for each in facts.rejects} == {
            ("thing", "count", "无法识别为整数", 2), ("thing", "code", "缺少编号", 1)}

    def test_the_row_is_preserved_as_it_came(self, known, bench):
        facts = gate(known, bench, {"code": ['a"b'], "note": ["行\n二，'引号'"], "count": ["1.5"], "kind": [None], "start_at": [" 2026年3月1日"]})
        (row,) = facts.rejected_rows().to_pylist()
        assert row["table"] == "thing"
        assert json.loads(row["original"]) == {"code": 'a"b', "kind": None, "note": "行\n二，'引号'", "count": "1.5", "start_at": " 2026年3月1日"}

    def test_the_original_of_typed_input_is_readable(self, known, bench):
        facts = gate(known, bench, {"code": pa.array([7]), "sum": pa.array([float("nan")]), "start_at": pa.array([datetime(2026, 3, 1, 9)])})
        assert json.loads(facts.rejected_rows()["original"][0].as_py()) == {"code": "7", "sum": "nan", "start_at": "2026-03-01 09:00:00"}

    def test_row_numbers_hold_over_many_batches(self, known, bench):
        wrong = {0, 1, 122_879, 122_880, 199_999, 299_999}
        values = ["x" if number in wrong else str(number) for number in range(300_000)]
        facts = gate(known, bench, {"code": [str(number) for number in range(300_000)], "count": values})
        assert [row for row, _, _ in set_aside(facts)] == sorted(number + 1 for number in wrong)
        assert facts.rows + facts.rejected == 300_000
        assert facts.connection.execute("SELECT count(*) FROM thing WHERE code <> count::VARCHAR").fetchone() == (0,)

    def test_empty_table_is_there_with_its_columns(self, known, bench):
        facts = gate(known, bench, {"code": pa.array([], pa.string()), "count": pa.array([], pa.string())})
        assert (facts.rows, facts.rejected, facts.present["thing"]) == (0, 0, {"code", "count"})
        assert facts.rejected_rows().schema == REJECT_SCHEMA
        assert kept(facts, "count") == []

    def test_all_rows_set_aside(self, known, bench):
        facts = take(known, bench, "count", "x", "y")
        assert (facts.rows, facts.rejected, kept(facts, "code")) == (0, 2, [])

    VALUES = st.fixed_dictionaries({
        "code": st.sampled_from(["a", "b", "c", "001", "NA", "null", "", None]), "kind": st.sampled_from(["甲", "丙", None]),
        "count": st.sampled_from(["1", "1.5", "x", None]), "is_set": st.sampled_from(["是", "2", None]),
        "start_at": st.sampled_from(["2026-03-01 10:00", "2026年", "1970-01-01", None]), "end_at": st.sampled_from(["2026-03-01 09:00", "2026-03-02", None])})

    @settings(SLOW_FIXTURE, max_examples=40)
    @given(rows=st.lists(VALUES, max_size=8))
    def test_kept_and_set_aside_make_all(self, known, bench, rows):
        facts = Facts.from_rows(known, {"thing": rows}, like=bench)
        numbers = [row for row, _, _ in set_aside(facts)]
        assert facts.rows + facts.rejected == len(rows)
        assert len(kept(facts, "code")) == facts.rows
        assert len(numbers) == len(set(numbers)) == facts.rejected
        for row in facts.rejected_rows().to_pylist():
            original = {key: value for key, value in json.loads(row["original"]).items() if key in rows[0]}
            assert original == rows[row["row"] - 1]
        stays = [row["code"] for number, row in enumerate(rows, 1) if number not in numbers]
        assert sorted(kept(facts, "code")) == sorted(stays)
        assert len(set(stays)) == len(stays)

    @settings(SLOW_FIXTURE, max_examples=40)
    @given(rows=st.lists(VALUES, min_size=2, max_size=7), data=st.data())
    def test_the_order_of_rows_decides_only_which_of_the_duplicates_stays(self, known, bench, rows, data):
        shuffled = data.draw(st.permutations(rows))
        outcomes = []
        for each in (rows, shuffled):
            facts = Facts.from_rows(known, {"thing": each}, like=bench)
            outcomes.append((sorted(kept(facts, "code")), sorted(
                (row["column"], row["reason"], row["original"]) for row in facts.rejected_rows().to_pylist() if not row["reason"].startswith("编号重复"))))
        assert outcomes[0] == outcomes[1]


class TestSourcesThatCannotBeUsed:
    def refusal(self, known: Vocabulary, tables: dict[str, pa.Table]) -> list[str]:
        with pytest.raises(SourceError) as caught:
            Facts.from_arrow(known, tables)
        return [f"{fault.path}: {fault.what.zh} → {fault.fix.zh}" for fault in caught.value.faults]

    def test_missing_key_column_and_unknown_columns_are_told_together(self, known):
        found = self.refusal(known, {"thing": pa.table({"Code": ["a"], "cuont": ["1"]})})
        assert len(found) == 3
        assert all(each.startswith("thing: ") for each in found)
        for part in ("没有列“Code” → 可用的列：code、kind、note", "没有列“cuont”", "缺少主键列“code” → 补上这一列"):
            assert any(part in each for each in found)

    def test_unknown_table(self, known):
        assert self.refusal(known, {"things": pa.table({"code": ["a"]})}) == ["things: 词汇表里没有事实表“things” → 可用的表：thing"]

    def test_plain_rows_with_an_unknown_column_or_table_are_not_dropped_silently(self, known):
        with pytest.raises(SourceError, match="没有列“cuont”"):
            Facts.from_rows(known, {"thing": [{"code": "a"}, {"code": "b", "cuont": 1}]})
        with pytest.raises(SourceError, match="没有事实表“things”"):
            Facts.from_rows(known, {"things": [{"code": "a"}]})


class TestPlainRows:
    def test_python_values(self, known):
        moment = datetime(2026, 3, 1, 10, 30, tzinfo=timezone(timedelta(hours=9)))
        row = {"code": 7, "count": 5, "sum": 2.5, "is_set": True, "day": date(2026, 3, 1), "start_at": moment, "note": None}
        facts = Facts.from_rows(known, {"thing": [row]})
        assert facts.connection.execute("SELECT code, count, sum, is_set, day, start_at, note FROM thing").fetchone() == (
            "7", 5, 2.5, True, date(2026, 3, 1), wall("2026-03-01 09:30"), None)

    def test_every_table_is_present_and_those_without_rows_are_empty(self, tmp_path):
        facts = Facts.from_rows(vocabulary(tmp_path, FACTS), {"case": [{"code": "a"}]})
        assert facts.present.keys() == {"case", "notice"}
        assert facts.connection.execute("SELECT count(*) FROM notice").fetchone() == (0,)

    def test_a_lent_connection_forgets_the_earlier_rows(self, known):
        first = Facts.from_rows(known, {"thing": [{"code": "a"}, {"code": "a"}, {"code": "b"}]})
        second = Facts.from_rows(known, {"thing": [{"code": "c"}]}, like=first)
        third = Facts.from_rows(known, {"thing": []}, like=second)
        assert (second.rows, second.rejected, third.rows) == (1, 0, 0)
        assert kept(third, "code") == []

    def test_an_index_changes_no_fact(self, known):
        facts = Facts.from_rows(known, {"thing": [{"code": "a", "count": "1"}, {"code": "b", "count": "x"}]})
        before = facts.connection.execute("SELECT * FROM thing").fetchall()
        facts.index()
        facts.index()
        assert facts.connection.execute("SELECT * FROM thing").fetchall() == before
