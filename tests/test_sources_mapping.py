"""Mapping files: their faults, and what their words mean, with ties and boundaries."""

from __future__ import annotations

import pytest

from rulebook.errors import RuleError, SourceError
from rulebook.sources import open_source
from rulebook.sources.mapping import load_mapping
from rulebook.vocabulary import load_vocabulary

FACTS = """
time_zone: Europe/Rome
calendar: none
tables:
  fine:
    label: 罚单
    key: code
    columns:
      code: {type: text, label: 编号}
      a: {type: time, label: 甲}
      b: {type: time, label: 乙}
      x: {type: text, label: 丙}
      z: {type: text, label: 丁}
      times: {type: whole, label: 次数}
      day: {type: date, label: 日}
"""
HEAD = "source: xes\nfacts:\n  fine:\n    per: case\n    columns:\n      code: {case: true}\n"


@pytest.fixture
def vocabulary(tmp_path):
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return load_vocabulary(tmp_path)


@pytest.fixture
def faults(tmp_path, vocabulary):
    def of(text: str) -> str:
        path = tmp_path / "mapping.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RuleError) as caught:
            load_mapping(path, vocabulary)
        return caught.value.say() + "\n" + caught.value.say("en")

    return of


@pytest.mark.parametrize(("text", "line", "words"), [
    (HEAD + "      nope: {first: A}\n", 7, ("没有列“nope”", "code、a、b", "no column “nope”")),
    ("source: xes\nfacts:\n  ticket:\n    per: case\n    columns: {code: {case: true}}\n", 3, ("没有事实表“ticket”", "fine")),
    (HEAD + "      a: {frist: A}\n", 7, ("不认识的键“frist”", "first")), (HEAD + "      a: {first: A, last: B}\n", 7, ("“first”旁边不能写“last”",)),
    (HEAD + "      a: {nth: A}\n", 7, ("nth 须写明第几次", "number: 2")), (HEAD + "      a: {nth: A, number: 0}\n", 7, ("不合要求",)),
    (HEAD + "      a: {time: true}\n", 7, ("per: case 的列不能取“time”", "可取")), (HEAD + "      a: {related: X}\n", 7, ("不能取“related”",)),
    (HEAD + "      a: {count: A, attribute: b}\n", 7, ("“count”旁边不能写“attribute”",)),
    (HEAD + "      a: {first: A, qualifier: b}\n", 7, ("不能写“qualifier”",)),
    (HEAD + "time_zone: Mars/Base\n", 7, ("没有时区“Mars/Base”", "Asia/Shanghai")), (HEAD + "delimiter: ;\n", 7, ("source 为 xes 时不用“delimiter”",)),
    (HEAD.replace("code: {case: true}", "a: {first: A}"), 5, ("缺少主键列“code”", "code: {case: true}")),
    (HEAD.replace("per: case", "per: object"), 4, ("per 不能是 object", "case / event")),
    (HEAD.replace("    per", "    of: [A]\n    per"), 4, ("“of”只用于 per: event",)),
    (HEAD.replace("xes", "csv"), 1, ("source 为 csv 时须写“activity”", "须写“case”", "须写“time”")), (HEAD + "no: 1\n", 7, ("真假值",)),
    (HEAD.replace("xes", "xlsx"), 1, ("xes、ocel、csv",)), ("source: xes\n", 1, ("缺少“facts”",)), ("", 1, ("一组“键: 值”",)),
    (HEAD + "      x: {first: A, attribute: Amount}\n      z: {first: A, attribute: amount}\n", 2, ("只差大小写",)),
    (HEAD + "  fine: {}\n", 7, ("键“fine”重复",)),
])
def test_faults_are_told_at_their_line_with_the_way_out(faults, text, line, words):
    said = faults(text)
    assert f"mapping.yaml:{line}:" in said, said
    for word in words:
        assert word in said, said
    assert "→" in said


def test_all_faults_are_told_at_once(faults):
    said = faults(HEAD + "      nope: {first: A}\n      a: {nth: A}\n      b: {time: true}\ntime_zone: Mars/Base\n")
    for line in (7, 8, 9, 10):
        assert f"mapping.yaml:{line}:" in said


def test_a_mapping_that_is_not_there_or_not_for_this_file(tmp_path, vocabulary):
    path = tmp_path / "log.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(RuleError, match="读不了这个文件"):
        open_source(path, vocabulary, tmp_path / "none.yaml")
    (tmp_path / "mapping.yaml").write_text(HEAD, encoding="utf-8")
    with pytest.raises(SourceError, match=r"source: xes，而 log\.csv 是 csv"):
        open_source(path, vocabulary, tmp_path / "mapping.yaml")


@pytest.fixture
def opened(tmp_path, vocabulary):
    def of(columns: str, *events: tuple[str, str, str], per: str = "per: case"):
        body = "".join(f'<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="2006-07-{time}"/>{more}</event>'
                       for name, time, more in events)
        (tmp_path / "log.xes").write_text(f'<log><trace><string key="concept:name" value="1"/>{body}</trace></log>', encoding="utf-8")
        (tmp_path / "mapping.yaml").write_text(HEAD.replace("per: case", per) + columns, encoding="utf-8")
        return open_source(tmp_path / "log.xes", vocabulary, tmp_path / "mapping.yaml")

    return of


def value(text: str) -> str:
    return f'<string key="v" value="{text}"/>'


def rows(facts, columns: str) -> list[tuple]:
    return facts.connection.execute(f"SELECT {columns} FROM fine ORDER BY code").fetchall()


def test_order_is_time_and_then_place_in_the_file(opened):
    facts = opened("      x: {first: A, attribute: v}\n      z: {last: A, attribute: v}\n", ("A", "03T00:00:00Z", value("later")),
                   ("A", "01T00:00:00Z", value("one")), ("A", "01T00:00:00Z", value("two")), ("A", "03T02:00:00+02:00", value("last")))
    assert rows(facts, "x, z") == [("one", "last")]


def test_the_attribute_of_the_first_event_is_nothing_when_that_event_lacks_it(opened):
    facts = opened("      x: {first: A, attribute: v}\n      z: {nth: A, number: 2, attribute: v}\n",
                   ("A", "01T00:00:00Z", ""), ("A", "02T00:00:00Z", value("two")))
    assert rows(facts, "x, z") == [(None, "two")]


def test_nth_and_count(opened):
    facts = opened("      a: {nth: A, number: 2}\n      b: {nth: A, number: 4}\n      times: {count: A}\n      x: {nth: A, number: 3, attribute: v}\n",
                   ("A", "03T00:00:00Z", value("c")), ("B", "01T00:00:00Z", ""), ("A", "01T00:00:00Z", ""), ("A", "02T00:00:00Z", ""))
    assert rows(facts, "timezone('UTC', a)::VARCHAR, b, times, x") == [("2006-07-02 00:00:00", None, 3, "c")]


def test_an_activity_that_never_occurs_is_reported_and_counts_nought(opened):
    facts = opened("      a: {first: Nope}\n      times: {count: Nope}\n", ("A", "01T00:00:00Z", ""))
    assert rows(facts, "a, times") == [(None, 0)]
    assert next(note.en for note in facts.notes if "Nope" in note.zh).startswith("the log has no activity “Nope”")
    assert len(facts.notes) == 1


def test_an_attribute_for_a_time_column_obeys_the_rules_for_times(opened):
    naive = '<string key="v" value="2006-07-24T00:00:00"/>'
    with pytest.raises(SourceError, match=r"1 条时间没有时区（v"):
        opened("      a: {first: A, attribute: v}\n", ("A", "01T00:00:00Z", naive))
    facts = opened("      a: {first: A, attribute: v}\ntime_zone: Asia/Shanghai\n", ("A", "01T00:00:00Z", naive))
    assert rows(facts, "timezone('UTC', a)::VARCHAR") == [("2006-07-23 16:00:00",)]


def test_a_time_for_a_date_column_is_the_day_in_the_zone_of_the_vocabulary(opened):
    assert rows(opened("      day: {first: A}\n", ("A", "01T22:30:00Z", "")), "day::VARCHAR") == [("2006-07-02",)]


def test_a_row_per_event_has_a_stable_code(opened):
    events = [("A", "02T00:00:00Z", value("1")), ("B", "01T00:00:00Z", value("2")), ("A", "01T00:00:00Z", value("3"))]
    columns = "      x: {attribute: v}\n      z: {case: true}\n      a: {time: true}\n"
    facts = opened(columns.replace("code: {case", "code: {event"), *events, per="per: event\n    of: [A]")
    assert rows(facts, "code") == [("1",)]  # the case as key: the second row of the case is set aside
    assert facts.rejects[0].reason == "编号重复，先出现的一行已采用"


def test_quotes_in_names_do_no_harm(opened, tmp_path):
    facts = opened("""      a: {first: "O'Neil \\"x\\""}\n      x: {first: A, attribute: "v'\\"; DROP"}\n""", ("A", "01T00:00:00Z", ""))
    assert rows(facts, "a, x") == [(None, None)]
