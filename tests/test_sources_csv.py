"""Event logs as one table: CSV and Parquet under a mapping."""

from __future__ import annotations

import duckdb
import pytest

from rulebook.errors import SourceError
from rulebook.sources import open_source
from rulebook.vocabulary import load_vocabulary

FACTS = """
time_zone: Asia/Shanghai
calendar: none
tables:
  fine:
    label: 罚单
    key: code
    columns:
      code: {type: text, label: 编号}
      created_at: {type: time, label: 开具}
      amount: {type: number, label: 金额}
      place: {type: text, label: 地点}
      payments: {type: whole, label: 次数}
"""
MAPPING = """
source: csv
time_zone: Asia/Shanghai
case: 案号
activity: 活动
time: 时间
facts:
  fine:
    per: case
    columns:
      code: {case: true}
      created_at: {first: 开具}
      amount: {first: 开具, attribute: 金额}
      place: {case_attribute: 地点}
      payments: {count: 缴款}
"""
HEADER = "案号,活动,时间,金额,地点\n"


@pytest.fixture
def open_log(tmp_path):
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    vocabulary = load_vocabulary(tmp_path)

    def opened(content: str | bytes, mapping: str = MAPPING, name: str = "log.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
        return open_source(path, vocabulary, tmp_path / "mapping.yaml")

    return opened


def rows(facts) -> list[tuple]:
    return facts.connection.execute("SELECT code, created_at::VARCHAR, amount, place, payments FROM fine ORDER BY code").fetchall()


LINES = "001,开具,2025-01-01 08:00:00,35.5,甲\nNA,开具,2025-01-02T08:00,10,\n001,缴款,2025-01-03T00:00:00Z,,乙\n"
EXPECTED = [("001", "2025-01-01 08:00:00+08", 35.5, "甲", 1), ("NA", "2025-01-02 08:00:00+08", 10.0, None, 0)]


@pytest.mark.parametrize(("content", "more"), [
    ((HEADER + LINES).encode(), ""), (b"\xef\xbb\xbf" + (HEADER + LINES).encode(), ""), ((HEADER + LINES).encode("gbk"), "encoding: gbk\n"),
    ((HEADER + LINES).replace(",", ";").encode(), 'delimiter: ";"\n'), ((HEADER + LINES).replace(",", "\t").encode(), 'delimiter: "\\t"\n'),
    (LINES.encode(), "columns: [案号, 活动, 时间, 金额, 地点]\n"),
])
def test_csv_in_its_forms(open_log, content, more):
    facts = open_log(content, MAPPING + more)
    assert rows(facts) == EXPECTED
    assert (facts.rows, facts.rejected) == (3, 0)


def test_bad_rows_are_set_aside(open_log):
    facts = open_log(HEADER + "1,开具,2025-01-01,1,甲\n1,缴款,早上,1,甲\n1,缴款\n"
                     ",缴款,2025-01-01,1,甲\n1,,2025-01-01,1,甲\n1,缴款,,1,甲\n2,开具,2025-01-01,很多,\n")
    found = {(each["table"], each["row"], each["column"], each["reason"]) for each in facts.rejected_rows().to_pylist()}
    assert found == {
        ("event", 2, "时间", "无法识别为时间"), ("event", 3, "", "字段数不对：应有 5 个，实有 2 个"), ("event", 4, "案号", "缺少案件编号"),
        ("event", 5, "activity", "缺少活动名称"), ("event", 6, "时间", "缺少时间"), ("fine", 2, "amount", "无法识别为数")}
    assert facts.rows == 2
    assert rows(facts) == [("1", "2025-01-01 00:00:00+08", 1.0, "甲", 0)]


def test_other_writings_of_time_need_a_format(open_log):
    content = HEADER + "1,开具,24.07.2006 10:30,1,甲\n2,开具,2006-07-24,1,甲\n"
    facts = open_log(content, MAPPING + 'time_format: "%d.%m.%Y %H:%M"\n')
    assert rows(facts) == [("1", "2006-07-24 10:30:00+08", 1.0, "甲", 0)]
    assert facts.rejected == 1
    with pytest.raises(SourceError, match="1 条时间没有时区"):
        open_log(content, MAPPING.replace("time_zone: Asia/Shanghai\n", "") + 'time_format: "%d.%m.%Y %H:%M"\n')


def test_a_format_with_offset_needs_no_zone(open_log):
    mapping = MAPPING.replace("time_zone: Asia/Shanghai\n", "") + 'time_format: "%d.%m.%Y %H:%M %z"\n'
    assert rows(open_log(HEADER + "1,开具,24.07.2006 10:30 +0200,1,甲\n", mapping)) == [("1", "2006-07-24 16:30:00+08", 1.0, "甲", 0)]


@pytest.mark.parametrize(("content", "words"), [
    (b"", ("文件是空的",)), ("案号;活动\n1;2\n".encode(), ("没有列“案号”", "delimiter", "mapping.yaml")),
    ((HEADER + LINES).encode("gbk"), ("UTF-8", "encoding: gbk")),
    ((HEADER + LINES).replace("T08:00", '"T08:00').replace(",2025-01-02\"", ',"2025-01-02').encode(), ("引号没有闭合", "log.csv:3")),
])
def test_what_cannot_be_read_is_refused(open_log, content, words):
    with pytest.raises(SourceError) as caught:
        open_log(content)
    for word in ("log.csv", *words):
        assert word in caught.value.say()


def test_a_wrong_encoding_in_the_mapping_is_said(open_log):
    with pytest.raises(SourceError, match="不是 gbk 编码"):
        open_log(HEADER.encode() + b"1,\x81\xff\xfe,2025-01-01,1,\xff\n", MAPPING + "encoding: gbk\n")


@pytest.mark.parametrize(("time", "zone", "expected"), [
    ("TIMESTAMPTZ '2025-01-01 00:00:00+00'", "", "2025-01-01 08:00:00+08"),
    ("TIMESTAMP '2025-01-01 08:00:00'", "time_zone: Asia/Shanghai\n", "2025-01-01 08:00:00+08"),
    ("TIMESTAMP '2025-01-01 08:00:00'", "", None),
])
def test_parquet_events(open_log, tmp_path, time, zone, expected):
    made = tmp_path / "made.parquet"
    duckdb.execute(f"""SET TimeZone = 'UTC';
        COPY (SELECT '1' AS 案号, '开具' AS 活动, {time} AS 时间, 35.5 AS 金额, '甲' AS 地点) TO '{made}' (FORMAT parquet)""")
    mapping = MAPPING.replace("time_zone: Asia/Shanghai\n", zone)
    if expected is None:
        with pytest.raises(SourceError, match="1 条时间没有时区"):
            open_log(made.read_bytes(), mapping, "log.parquet")
    else:
        assert rows(open_log(made.read_bytes(), mapping, "log.parquet")) == [("1", expected, 35.5, "甲", 0)]


def test_a_damaged_parquet_is_refused(open_log):
    with pytest.raises(SourceError, match="不是可读的 Parquet 文件"):
        open_log(b"PAR1 nothing", name="log.parquet")
