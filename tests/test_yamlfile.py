"""YAML as the project reads it: no guessed types, every fault with its line, no traceback whatever the file holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulebook.errors import RuleError
from rulebook.yamlfile import parse_yaml, read_yaml
from tests.support import said


def faults(text: str) -> list[tuple[str, int, str]]:
    with pytest.raises(RuleError) as caught:
        parse_yaml(text, "f.yaml")
    assert all(fault.what.zh and fault.what.en and fault.fix.zh and fault.fix.en for fault in caught.value.faults)
    return said(caught.value)


class TestValues:
    @pytest.mark.parametrize(("written", "read"), [
        ("5", 5), ("-5", -5), ("0", 0), ("1.5", 1.5), ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("2026-01-01", "2026-01-01"), ("2026-03-02 09:00", "2026-03-02 09:00"), ("12:30:45", "12:30:45"), ("1_000", "1_000"), ("0x10", "0x10"),
        ("NA", "NA"), ("'null'", "null"), ("'yes'", "yes"), ('"5"', "5"), ("!!str 5", "5"), (".inf", ".inf"), ("是", "是"),
    ])
    def test_only_plain_scalars_are_converted(self, written, read):
        value = parse_yaml(f"a: {written}\n", "f.yaml").data["a"]
        assert value == read
        assert type(value) is type(read)

    @pytest.mark.parametrize("code", ["001", "0123456", "-007", "00.5", "110101199003070015X"])
    def test_codes_with_a_leading_zero_stay_as_written(self, code):
        assert parse_yaml(f"a: {code}\n", "f.yaml").data["a"] == code

    @pytest.mark.parametrize("text", ["", "# 只有注释\n", "\n\n"])
    def test_empty_file_is_nothing(self, text):
        assert parse_yaml(text, "f.yaml").data is None

    def test_byte_order_mark_and_windows_line_ends_do_no_harm(self, tmp_path):
        path = tmp_path / "f.yaml"
        path.write_bytes("\ufeffa: 1\r\nb: 甲\r\n".encode())
        assert read_yaml(path).data == {"a": 1, "b": "甲"}

    def test_anchors_repeat_values_but_merge_keys_are_no_magic(self):
        assert parse_yaml("a: &x {b: 1}\nc: *x\n", "f.yaml").data == {"a": {"b": 1}, "c": {"b": 1}}
        assert parse_yaml("a: &x {b: 1}\nc: {<<: *x}\n", "f.yaml").data["c"] == {"<<": {"b": 1}}


class TestLines:
    TEXT = "# 注释\na: 1\nb:\n  - x\n  - c: 2\n    d: |\n      长\n      文\n"

    @pytest.mark.parametrize(("where", "line"), [((), 2), (("a",), 2), (("b",), 3), (("b", 0), 4), (("b", 1), 5), (("b", 1, "d"), 6)])
    def test_each_value_knows_its_line(self, where, line):
        assert parse_yaml(self.TEXT, "f.yaml").line(where) == line

    def test_what_is_not_there_has_the_line_of_what_would_hold_it(self):
        assert parse_yaml(self.TEXT, "f.yaml").line(("b", 1, "missing", 3)) == 5


class TestTruthTrap:
    @pytest.mark.parametrize("word", ["on", "off", "yes", "no", "y", "n", "Y", "NO", "Yes", "ON"])
    def test_bare_word_is_refused_as_value_key_and_item(self, word):
        found = faults(f"a: {word}\nb: [x, {word}]\n{word}: 1\n")
        assert [line for _, line, _ in found] == [1, 2, 3]
        assert all(f"“{word}”" in text and f'"{word}"' in text and "true 或 false" in text for _, _, text in found)

    def test_quoted_word_is_text(self):
        assert parse_yaml("a: 'on'\n\"no\": \"yes\"\n", "f.yaml").data == {"a": "on", "no": "yes"}

    def test_words_that_only_begin_so_are_fine(self):
        assert parse_yaml("a: online\nb: none\n", "f.yaml").data == {"a": "online", "b": "none"}


class TestDuplicateKeys:
    def test_each_repetition_names_the_first_line(self):
        assert faults("x:\n  b: 1\n  c: 2\n  b: 3\n  b: 4\n") == [
            ("f.yaml", 4, "键“b”重复，第 2 行已有 → 两处只留一处"), ("f.yaml", 5, "键“b”重复，第 2 行已有 → 两处只留一处")]

    def test_same_key_in_different_places_is_fine(self):
        assert parse_yaml("a: {k: 1}\nb: {k: 2}\n", "f.yaml").data == {"a": {"k": 1}, "b": {"k": 2}}

    def test_duplicates_and_traps_are_told_together(self):
        assert [line for _, line, _ in faults("a: on\nb: 1\nb: 2\nc: [no]\n")] == [1, 3, 4]

    def test_a_list_takes_the_faults_and_the_file_can_still_be_checked(self):
        found = []
        file = parse_yaml("a: 1\na: 2\nb: 3\n", "f.yaml", found)
        assert file.data == {"a": 1, "b": 3}
        assert [fault.line for fault in found] == [2]


class TestBrokenYaml:
    @pytest.mark.parametrize(("text", "line"), [
        ("a: 1\nb: [1, 2\nc: 3\n", 3), ("a:\n\t- b\n", 2), ("a: 1\n b: 2\n", 2), ("a: 1\n---\nb: 2\n", 2), ("a: 1\nb: *x\n", 2), ("a: 'x\nb: 2\n", 3),
        ("ok: 1\nmessage: {party.name} 超期\n", 2), ("a: 1\nb: 2\nc: \"x\x07\"\n", 3), ("a: @x\n", 1), ("a: b: c\n", 1),
    ])
    def test_syntax_fault_has_its_line_and_advice(self, text, line):
        ((_, found, what),) = faults(text)
        assert found == line
        assert what.startswith("YAML 写法有误：")
        assert "缩进、冒号、引号" in what

    @pytest.mark.parametrize("text", ["a: 1\n? [x, y]\n: 2\n", "a: 1\nb: {{x}: y}\n", "a: 1\nb: {[x]: y}\n"])
    def test_keys_that_are_lists_or_mappings_are_refused(self, text):
        ((_, line, what),) = faults(text)
        assert line == 2
        assert what.startswith("键不是文字")

    def test_forgotten_quotes_round_a_placeholder_get_the_right_advice(self):
        assert faults("a: 1\nmessage: {{subject}: 超期}\n") == [
            ("f.yaml", 2, "键不是文字 → 以花括号或方括号开头的文字要加引号，如 \"{subject} 超期\"")]

    @pytest.mark.parametrize("value", ["!!int abc", "!!bool x", "!!float x", "!mine x", "!!python/object:os.system x", "!!set {a}", "!!binary aGk="])
    def test_tags_cannot_smuggle_in_other_types(self, value):
        ((_, line, what),) = faults(f"a: 1\nb: {value}\n")
        assert line == 2
        assert "标签" in what
        assert "去掉标签" in what

    @pytest.mark.parametrize("text", [
        "a: &x [*x]\n", "a: &x {b: *x}\n", "a: " + "[" * 3000 + "]" * 3000,
        "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
    ], ids=["list in itself", "mapping in itself", "too deep", "billion laughs"])
    def test_endless_files_are_refused_not_run_out_of(self, text):
        ((_, _, what),) = faults(text)
        assert "嵌套太深" in what

    def test_file_that_is_not_utf8(self, tmp_path):
        path = tmp_path / "gbk.yaml"
        path.write_bytes("名: 值".encode("gbk"))
        with pytest.raises(RuleError) as caught:
            read_yaml(path)
        assert said(caught.value) == [("gbk.yaml", 0, "不是 UTF-8 编码 → 另存为 UTF-8 再试")]

    @pytest.mark.parametrize("name", ["absent.yaml", "."])
    def test_missing_file_and_folder(self, tmp_path, name):
        with pytest.raises(RuleError, match="读不了这个文件"):
            read_yaml(tmp_path / name)

    @settings(max_examples=150, deadline=None)
    @given(st.text(alphabet="ab:-[]{}&*!?|>'\"#,. \n\t01~on", max_size=60))
    def test_any_text_is_read_or_refused_never_a_crash(self, text):
        try:
            parse_yaml(text, "f.yaml")
        except RuleError as error:
            assert error.faults
