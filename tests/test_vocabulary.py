"""The vocabulary: what it offers to rules, and that every mistake in facts.yaml is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulebook.errors import RuleError
from rulebook.facts import Facts
from rulebook.vocabulary import load_vocabulary
from tests.support import FACTS, changed, line_of, one_table, said, vocabulary


def faults(folder: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(RuleError) as caught:
        vocabulary(folder, text)
    assert {name for name, _, _ in said(caught.value)} == {"facts.yaml"}
    return [(line, what) for _, line, what in said(caught.value)]


def test_tables_columns_and_references(tmp_path):
    tables = vocabulary(tmp_path).tables
    notice = tables["notice"]
    assert list(tables) == ["case", "notice"]
    assert tables["case"].known_from == "accepted_at"
    assert tables["case"].ordered == (("accepted_at", "closed_at"),)
    assert notice.reference("case").name == "case_code"
    assert notice.reference("kind") is None
    assert [column.name for column in notice.references_to("case")] == ["case_code", "other_code"]
    assert tables["case"].columns["kind"].values == ("行政", "刑事")
    assert tables["case"].columns["heard_at"].planned


@pytest.mark.parametrize("folder", ["rules", "examples/it-road-fines", "examples/order-management"])
def test_every_vocabulary_of_the_project_loads_and_its_facts_can_be_held(folder):
    loaded = load_vocabulary(Path(__file__).parents[1] / folder)
    assert Facts.from_rows(loaded, {}).present.keys() == loaded.tables.keys()


class TestFaults:
    @pytest.mark.parametrize(("old", "new", "where", "parts"), [
        ("time_zone: Asia/Shanghai", "time_zone: Asia/Peking", "time_zone", ["没有时区“Asia/Peking”", "Asia/Shanghai"]),
        ("time_zone: Asia/Shanghai", "time_zone: ../../etc/passwd", "time_zone", ["没有时区"]),
        ("calendar: china", "calendar: lunar", "calendar", ["lunar", "china、weekends、none"]),
        ("known_from: accepted_at", "known_from: acceptd_at", "known_from", ["没有列“acceptd_at”", "改成本表已有的列名"]),
        ("known_from: accepted_at", "known_from: kind", "known_from", ["时间或日期列"]),
        ("ordered: [[accepted_at, closed_at]]", "ordered: [[accepted_at, shut_at]]", "ordered", ["没有列“shut_at”"]),
        ("ordered: [[accepted_at, closed_at]]", "ordered: [[accepted_at, fine]]", "ordered", ["accepted_at、fine 不是同一类的列"]),
        ("ordered: [[accepted_at, closed_at]]", "ordered: [[kind, offence]]", "ordered", ["不能比先后"]),
        ("ordered: [[accepted_at, closed_at]]", "ordered: [[accepted_at]]", "ordered", ["至少 2 项"]),
        ("key: code", "key: number", "key: number", ["没有列“number”"]),
        ("refers: case}", "refers: cases}", "case_code", ["指向不存在的事实表“cases”", "改正 refers"]),
        ("case_code: {type: text", "the_case: {type: text", "the_case", ["须以 _code 结尾", "改列名"]),
        ("case_code: {type: text", "case_code: {type: whole", "case_code", ["与 case 的主键（text）不同", "type: text"]),
        ("fine: {type: number", "fine: {type: money", "fine", ['"money"', "text、whole、number、flag、date、time"]),
        ("fine: {type: number", "fine: {values: [甲], type: number", "fine", ["不是文字列，不能列出 values"]),
        ("fine: {type: number, label: 罚款", "fine: {type: number", "fine", ["缺少“label”", "补上 label:"]),
        ("fine: {type: number", "fine: {size: 3, type: number", "fine", ["不认识的键“size”", "可用的键：type、label"]),
        ("values: [行政, 刑事]", "values: [1, 2]", "values", ["应为文字"]),
        ("values: [行政, 刑事]", "values: []", "values", ["至少 1 项"]),
        ("is_open:", "isOpen:", "isOpen", ["名字“isOpen”只能用小写字母、数字和下划线"]),
        ("  notice:", "  告知:", "告知:", ["名字“告知”"]),
        ("label: 告知\n", "label: ''\n", "label: ''", ["至少 1"]),
        ("is_remote: {type: flag, label: 异地}", "is_grave: {type: flag, label: 异地}", "异地", ["键“is_grave”重复"]),
        ("planned: true", "planned: yes", "heard_at", ["裸写的“yes”", "true 或 false"]),
    ])
    def test_each_mistake_has_line_and_advice(self, tmp_path, old, new, where, parts):
        text = changed(FACTS, (old, new))
        found = faults(tmp_path, text)
        line, what = next((line, what) for line, what in found if parts[0] in what)
        assert line == line_of(text, where)
        assert all(part in what for part in parts)

    def test_all_mistakes_are_told_at_once_in_the_order_of_lines(self, tmp_path):
        text = changed(FACTS, ("Asia/Shanghai", "Mars/Base"), ("known_from: accepted_at", "known_from: nope"), ("refers: case}", "refers: nobody}"),
                       ("fine: {type: number, ", "fine: {"), ("is_remote:", "is_grave:"))
        found = faults(tmp_path, text)
        assert [line for line, _ in found] == sorted(line for line, _ in found)
        # the table “case” has a column of the wrong form, so its own meaning is not judged yet; everything else is
        assert [next(word for word in ("没有时区", "缺少“type”", "重复", "nobody") if word in what) for _, what in found] == [
            "没有时区", "缺少“type”", "重复", "nobody"]

    def test_missing_file_is_named(self, tmp_path):
        with pytest.raises(RuleError) as caught:
            load_vocabulary(tmp_path)
        assert caught.value.faults[0].path == str(tmp_path / "facts.yaml")

    @pytest.mark.parametrize("text", ["", "- a\n", "text\n", "tables: 5\n", "tables: {thing: 5}\n", "tables: {thing: {columns: 7}}\n", "tables: {}\n"])
    def test_files_of_another_form_are_refused_without_a_crash(self, tmp_path, text):
        assert faults(tmp_path, text)

    @pytest.mark.parametrize("name", ["row", "bad", "original", "verdict", "raw", "select", "order", "end", "case", "fault", "key", "place"])
    def test_no_plain_name_is_taken_by_the_gate_itself(self, tmp_path, name):
        known = vocabulary(tmp_path, one_table(f"{name}: {{type: whole, label: 某}}"))
        facts = Facts.from_rows(known, {"thing": [{"code": "1", name: 5}, {"code": "2", name: "x"}, {"code": "1", name: 6}]})
        assert facts.connection.execute(f'SELECT code, "{name}" FROM thing').fetchall() == [("1", 5)]
        assert [(row["row"], row["column"]) for row in facts.rejected_rows().to_pylist()] == [(2, name), (3, "code")]
