"""Folders of fact tables: Parquet, CSV, parts, and everything that can be wrong with them."""

from __future__ import annotations

import json

import duckdb
import pytest

from rulebook.errors import SourceError
from rulebook.sources import open_source
from rulebook.vocabulary import load_vocabulary

FACTS = """
time_zone: Asia/Shanghai
calendar: none
tables:
  summons:
    label: 传唤
    key: code
    columns:
      code: {type: text, label: 编号}
      party: {type: text, label: 当事人}
      arrived_at: {type: time, label: 到案}
      minors: {type: whole, label: 未成年人数}
  case:
    label: 案件
    key: code
    columns:
      code: {type: text, label: 编号}
"""


@pytest.fixture
def vocabulary(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return load_vocabulary(folder)


@pytest.fixture
def open_folder(tmp_path, vocabulary):
    folder = tmp_path / "facts"

    def opened(**files: str | bytes):
        for name, content in files.items():
            path = folder / name.replace("__", "/").replace("_csv", ".csv").replace("_parquet", ".parquet").replace("_txt", ".txt")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_source(folder, vocabulary)

    return opened


def parquet(query: str, tmp_path) -> bytes:
    path = tmp_path / "made.parquet"
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def rows(facts, query: str = "SELECT code, party FROM summons") -> list[tuple]:
    """In the order of their text: several threads read a file, and which row comes first is nobody's promise."""
    return in_order(facts.connection.execute(query).fetchall())


def in_order(found: list[tuple]) -> list[tuple]:
    return sorted(found, key=repr)


def said(caught) -> str:
    return caught.value.say() + "\n" + caught.value.say("en")


def test_ids_are_kept_as_they_are_and_only_the_empty_field_is_nothing(open_folder):
    facts = open_folder(summons_csv="code,party\n001,NA\nnull,NULL\nNA,\n1e5,\"\"\n 7 ,true\n")
    assert rows(facts) == in_order([("001", "NA"), ("null", "NULL"), ("NA", None), ("1e5", None), (" 7 ", "true")])
    assert (facts.rows, facts.rejected) == (5, 0)


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_utf8_with_and_without_mark(open_folder, head, newline):
    content = head + "code,party\n甲一,张三\n".encode().replace(b"\n", newline)
    assert rows(open_folder(summons_csv=content)) == [("甲一", "张三")]


@pytest.mark.parametrize("content", ["编号,code\n1,2\n".encode("gbk"), "code,party\n1,张三\n".encode("gbk"), "code,party\n1,2\n".encode("utf-16")])
def test_other_encodings_are_refused_with_the_way_out(open_folder, content):
    with pytest.raises(SourceError) as caught:
        open_folder(summons_csv=content)
    for word in ("summons.csv", "不是 UTF-8", "另存为 UTF-8", "save it as UTF-8"):
        assert word in said(caught)


def test_ragged_rows_are_set_aside_with_their_number(open_folder):
    facts = open_folder(summons_csv="code,party,minors\n1,a,0\n2,b\n\n3,c,1,x\n4,d,many\n\"5\",\"e\ne\",2\n")
    assert rows(facts) == [("1", "a"), ("5", "e\ne")]
    found = [(each["row"], each["column"], each["reason"]) for each in facts.rejected_rows().sort_by("row").to_pylist()]
    assert found == [(2, "", "字段数不对：应有 3 个，实有 2 个"), (3, "", "字段数不对：应有 3 个，实有 4 个"), (4, "minors", "无法识别为整数")]
    assert (facts.rows, facts.rejected) == (2, 3)
    assert json.loads(facts.rejected_rows().to_pylist()[0]["original"]) == {"行": "2,b"}


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(open_folder):
    with pytest.raises(SourceError) as caught:
        open_folder(summons_csv='code,party\n1,a\n2,"b\n3,c\n4,d\n')
    assert "summons.csv:3" in said(caught)
    assert "引号没有闭合" in said(caught)


def test_an_inch_mark_is_no_quote(open_folder):
    assert rows(open_folder(summons_csv='code,party\n1,5" pipe\n2,b\n')) == [("1", '5" pipe'), ("2", "b")]


@pytest.mark.parametrize(("content", "words"), [
    ("", ("文件是空的",)), ("\n", ("文件是空的",)), ("code,\n1,2\n", ("第 2 列没有列名", "summons.csv:1")),
    ("code,party,Code\n1,2,3\n", ("列名重复", "code")), ("code,name\n1,2\n", ("没有列“name”", "party")), ("party\n1\n", ("缺少主键列“code”",)),
])
def test_bad_headers_are_refused(open_folder, content, words):
    with pytest.raises(SourceError) as caught:
        open_folder(summons_csv=content)
    for word in ("summons.csv", *words):
        assert word in said(caught)


def test_a_header_alone_is_a_table_without_rows(open_folder):
    facts = open_folder(summons_csv="code,party\n")
    assert rows(facts) == []
    assert "summons" in facts.present
    assert "case" not in facts.present


def test_parquet_single_and_in_parts(open_folder, tmp_path):
    part = "SELECT {} AS code, TIMESTAMP '2025-01-01 08:00:00' AS arrived_at, {} AS minors"
    facts = open_folder(summons__a_parquet=parquet(part.format("'1'", 1), tmp_path), summons__b_parquet=parquet(part.format("'2'", 2), tmp_path),
                        case_parquet=parquet("SELECT '9' AS code", tmp_path))
    assert rows(facts, "SELECT code, arrived_at::VARCHAR, minors FROM summons ORDER BY 1") == [
        ("1", "2025-01-01 08:00:00+08", 1), ("2", "2025-01-01 08:00:00+08", 2)]
    assert facts.rows == 3


def test_csv_in_parts_counts_rows_on(open_folder):
    facts = open_folder(summons__1_csv="code,minors\n1,0\n2\n", summons__2_csv="minors,code\nx,3\n0,1\n0,4\n")
    assert rows(facts, "SELECT code FROM summons ORDER BY code") == [("1",), ("4",)]
    assert [(each["row"], each["column"]) for each in facts.rejected_rows().sort_by("row").to_pylist()] == [(2, ""), (3, "minors"), (4, "code")]


def test_a_damaged_parquet_is_refused(open_folder, tmp_path):
    whole = parquet("SELECT range::VARCHAR AS code FROM range(1000)", tmp_path)
    with pytest.raises(SourceError) as caught:
        open_folder(summons_parquet=whole[:-20], case_parquet=b"not parquet at all")
    assert said(caught).count("不是可读的 Parquet 文件") == 2
    assert "case.parquet" in said(caught)


def test_unknown_tables_are_named_all_at_once(open_folder):
    with pytest.raises(SourceError) as caught:
        open_folder(summon_csv="code\n1\n", cases_csv="code\n1\n")
    for word in ("summon.csv", "cases.csv", "没有叫“summon”的事实表", "summons、case", "there is no fact table “cases”"):
        assert word in said(caught)


def test_a_table_that_is_there_twice_is_refused(open_folder, tmp_path):
    with pytest.raises(SourceError) as caught:
        open_folder(summons_csv="code\n1\n", summons_parquet=parquet("SELECT '1' AS code", tmp_path))
    assert "有两份" in said(caught)
    assert "只留一份" in said(caught)


def test_other_files_are_noted_and_an_empty_folder_refused(open_folder, tmp_path, vocabulary):
    facts = open_folder(case_csv="code\n1\n", readme_txt="hello")
    assert [note.zh for note in facts.notes] == ["没有读取 readme.txt（不是 Parquet 或 CSV）"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"没有 Parquet 或 CSV 事实表") as caught:
        open_source(tmp_path / "empty", vocabulary)
    assert "summons.csv" in said(caught)


def test_signs_in_the_path_are_no_pattern(tmp_path, vocabulary):
    folder = tmp_path / "a[1]*'b"
    folder.mkdir()
    (folder / "case.parquet").write_bytes(parquet("SELECT '1' AS code", tmp_path))
    assert open_source(folder, vocabulary).rows == 1


def test_what_is_not_there_or_not_known_is_refused(tmp_path, vocabulary):
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    (tmp_path / "a.xes").write_bytes(b"<log/>")
    (tmp_path / "folder").mkdir()
    for path, mapping, word in (("none.xes", None, "没有这个文件或文件夹"), ("a.xlsx", None, "认不出这种文件"), ("a.xes", None, "事件日志要有映射文件"),
                                ("folder", "m.yaml", "不用映射文件")):
        with pytest.raises(SourceError) as caught:
            open_source(tmp_path / path, vocabulary, mapping)
        assert path in said(caught)
        assert word in said(caught)
        assert "→" in said(caught)
