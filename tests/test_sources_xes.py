"""XES logs: the fast reader against expat, bad files, bad events, times, and the real road fines log."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulebook.errors import SourceError
from rulebook.sources import open_source, stream
from rulebook.sources.xes import read_xes
from rulebook.sources.xesfast import parse_fast
from rulebook.sources.xespiece import Wanted
from rulebook.sources.xesslow import parse_slow
from rulebook.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
ROAD_FINES = DATA / "road_fines" / "Road_Traffic_Fine_Management_Process.xes.gz"
FINES = ROOT / "examples" / "it-road-fines"
WANTED = Wanted(frozenset({"concept:name"}), frozenset({"concept:name", "time:timestamp", "amount"}))

FACTS = """
time_zone: Europe/Rome
calendar: none
tables:
  fine:
    label: 罚单
    key: code
    columns:
      code: {type: text, label: 编号}
      created_at: {type: time, label: 开具}
      paid_at: {type: time, label: 缴款}
      amount: {type: number, label: 金额}
      vehicle: {type: text, label: 车辆}
      started_at: {type: time, label: 开始}
"""
MAPPING = """
source: xes
facts:
  fine:
    per: case
    columns:
      code: {case: true}
      created_at: {first: Create}
      paid_at: {last: Pay}
      amount: {first: Create, attribute: amount}
"""


def event(name: str = "Create", time: str = "2006-07-24T00:00:00+02:00", more: str = "") -> str:
    return f'<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{time}"/>{more}</event>'


def trace(*inside: str, case: str = "A1") -> str:
    return f'<trace><string key="concept:name" value="{case}"/>{"".join(inside)}</trace>'


def log(*inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n{"".join(inside)}\n</log>\n'


@pytest.fixture
def open_log(tmp_path):
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    vocabulary = load_vocabulary(tmp_path)

    def opened(content: str | bytes, mapping: str = MAPPING, name: str = "log.xes", **options):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
        return open_source(path, vocabulary, tmp_path / "mapping.yaml", **options)

    return opened


def rows(facts, query: str) -> list[tuple]:
    return facts.connection.execute(query).fetchall()


def refused(open_log, content, *words: str, **options) -> str:
    with pytest.raises(SourceError) as caught:
        open_log(content, **options)
    said = caught.value.say() + caught.value.say("en")
    for word in ("log.xes", *words):
        assert word in said, said
    return said


# --- what is read ---------------------------------------------------------------------------------------------------


def test_a_log_becomes_facts(open_log):
    facts = open_log(log(trace(event(more='<float key="amount" value="35.0"/>'), event("Pay", "2006-08-01T10:00:00.500Z"))))
    assert rows(facts, "SELECT code, created_at::VARCHAR, paid_at::VARCHAR, amount FROM fine") == [
        ("A1", "2006-07-24 00:00:00+02", "2006-08-01 12:00:00.5+02", 35.0)]
    assert (facts.rows, facts.rejected) == (2, 0)


def test_nested_attributes_are_no_event_attributes(open_log):
    nested = '<string key="note" value="x"><float key="amount" value="1"/></string><list key="l"><values><float key="amount" value="2"/></values></list>'
    case = '<trace><string key="concept:name" value="A1"><string key="concept:name" value="inner"/></string>' + event(more=nested) + "</trace>"
    facts = open_log(log('<string key="h" value="v"><string key="concept:name" value="deep"><int key="a" value="1"/></string></string>', case))
    assert rows(facts, "SELECT code, amount FROM fine") == [("A1", None)]


def test_an_attribute_of_the_trace_behind_its_events_belongs_to_the_trace(open_log):
    facts = open_log(log(f'<trace>{event()}<string key="concept:name" value="late"/></trace>'))
    assert rows(facts, "SELECT code FROM fine") == [("late",)]


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_namespaces_change_nothing(open_log, prefix):
    declared = 'xmlns="http://www.xes-standard.org/"' if not prefix else 'xmlns:x="http://www.xes-standard.org/"'
    body = trace(event()).replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:") if prefix else trace(event())
    facts = open_log(f"<{prefix}log {declared}>{body}</{prefix}log>")
    assert rows(facts, "SELECT code, created_at::VARCHAR FROM fine") == [("A1", "2006-07-24 00:00:00+02")]


def test_references_and_foreign_letters_are_resolved(open_log):
    facts = open_log(log(trace(event(), case="A&amp;B &lt;罚&gt; &quot;1&quot;"), trace(event(), case="&#22909;")))
    assert rows(facts, "SELECT code FROM fine ORDER BY 1 DESC") == [("好",), ('A&B <罚> "1"',)]


def test_ids_stay_texts(open_log):
    facts = open_log(log(*(trace(event(), case=case) for case in ("001", "NA", "null", "1e5"))))
    assert rows(facts, "SELECT code FROM fine") == [("001",), ("NA",), ("null",), ("1e5",)]


def test_case_attributes(open_log):
    mapping = MAPPING + "      vehicle: {case_attribute: class}\n"
    facts = open_log(log(trace('<string key="class" value="C"/>', event()), trace(event(), case="A2")), mapping)
    assert rows(facts, "SELECT code, vehicle FROM fine") == [("A1", "C"), ("A2", None)]


def test_traces_with_one_id_are_one_case_and_said(open_log):
    facts = open_log(log(trace(event()), trace(event("Pay"))))
    assert rows(facts, "SELECT count(*), count(paid_at) FROM fine") == [(1, 1)]
    assert any("1 个 trace" in note.zh for note in facts.notes)


def test_an_interval_log_has_two_times(open_log):
    mapping = MAPPING.replace("per: case", "per: event").split("      created_at")[0].replace("{case: true}", "{event: true}")
    mapping += "      created_at: {time: true}\n      started_at: {time: start_timestamp}\n"
    begin = '<date key="start_timestamp" value="2006-07-23T23:00:00+02:00"/>'
    facts = open_log(log(trace(event(more=begin), event("Pay"), event("Pay", more=begin.replace("2006-07-23", "soon")))), mapping)
    assert rows(facts, "SELECT code, started_at::VARCHAR FROM fine") == [("A1#1", "2006-07-23 23:00:00+02"), ("A1#2", None)]
    assert facts.rejected_rows().to_pylist()[0] | {"original": ""} == {
        "table": "event", "row": 3, "column": "start_timestamp", "reason": "无法识别为时间", "original": ""}


def test_progress_ends_at_the_size_of_the_file(open_log):
    told = []
    open_log(gzip.compress(log(trace(event())).encode()), name="log.xes.gz", progress=lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] == told[-1][1]
    assert all(done <= total for done, total in told)


# --- times ----------------------------------------------------------------------------------------------------------


def test_times_without_offset_are_refused(open_log):
    content = log(trace(event(), event("Pay", "2006-08-01T00:00:00"), event("Pay", "2006-08-02")))
    refused(open_log, content, "2 条时间没有时区", "首见第 2 行", "time_zone:", "2 times have no time zone")


def test_times_without_offset_are_read_in_the_zone_of_the_mapping_and_an_offset_wins(open_log):
    content = log(trace(event("Create", "2006-07-24T00:00:00"), event("Pay", "2006-07-24T12:00:00Z")))
    facts = open_log(content, MAPPING + "time_zone: Asia/Shanghai\n")
    assert rows(facts, "SELECT created_at::VARCHAR, paid_at::VARCHAR FROM fine") == [("2006-07-23 18:00:00+02", "2006-07-24 14:00:00+02")]


def test_daylight_saving_of_naive_times(open_log):
    times = ["2006-01-01T12:00:00", "2006-07-01T12:00:00", "2006-03-26T02:30:00", "2006-10-29T02:30:00"]
    facts = open_log(log(*(trace(event("Create", time), case=str(place)) for place, time in enumerate(times))), MAPPING + "time_zone: Europe/Rome\n")
    utc = "SELECT code, timezone('UTC', created_at)::VARCHAR FROM fine"
    assert rows(facts, utc) == [("0", "2006-01-01 11:00:00"), ("1", "2006-07-01 10:00:00"), ("3", "2006-10-29 01:30:00")]
    assert [reject.reason for reject in facts.rejects] == ["无法识别为时间"]  # 02:30 on 26 March was skipped by the clocks
    assert any("重复的一小时" in note.zh for note in facts.notes)


@pytest.mark.parametrize("time", [
    "2006-07-24T00:00:00+02:00", "2006-07-23T22:00:00Z", "2006-07-23T22:00:00z", "2006-07-24T00:00:00.000+02:00", "2006-07-24T00:00+02:00",
    "2006-07-24 00:00:00+0200", "2006-07-24T00:00:00+02", "2006-07-24 00:00:00 +02:00", " 2006-07-24T00:00:00+02:00 ",
])
def test_forms_of_one_instant(open_log, time):
    assert rows(open_log(log(trace(event("Create", time)))), "SELECT created_at::VARCHAR FROM fine") == [("2006-07-24 00:00:00+02",)]


@pytest.mark.parametrize("time", ["?", "2006-02-30T00:00:00Z", "24.07.2006", "infinity", "epoch", "1153692000", "2006-07-24T25:00:00Z",
                                  "2006-07-24T00:00:00+25:00", "2006-07-24 00:00:00 Europe/Rome"])
def test_what_is_no_time_is_set_aside(open_log, time):
    facts = open_log(log(trace(event(), event("Pay", time))))
    assert (facts.rows, facts.rejected) == (1, 1)
    reject = facts.rejected_rows().to_pylist()[0]
    assert (reject["table"], reject["row"], reject["column"], reject["reason"]) == ("event", 2, "time:timestamp", "无法识别为时间")
    assert json.loads(reject["original"])["time"] == time


# --- bad events -----------------------------------------------------------------------------------------------------


def test_events_that_cannot_be_used_are_set_aside_with_their_reason(open_log):
    nameless = '<event><date key="time:timestamp" value="2006-07-24T00:00:00Z"/></event>'
    timeless = '<event><string key="concept:name" value="Pay"/></event>'
    twice = event(more='<float key="amount" value="1"/><float key="amount" value="2"/>')
    content = log(event("outside"), trace(event(), nameless, timeless, twice, "<event></event>", "<event/>"), f"<trace>{event()}</trace>", event("after"))
    facts = open_log(content)
    found = [(row["row"], row["column"], row["reason"]) for row in facts.rejected_rows().sort_by("row").to_pylist()]
    assert found == [
        (1, "event", "事件不在任何案件（trace）里"), (3, "activity", "缺少活动名称"), (4, "time:timestamp", "缺少时间"), (5, "amount", "同一事件里属性重复"),
        (6, "activity", "缺少活动名称"), (7, "activity", "缺少活动名称"), (8, "concept:name", "缺少案件编号"), (9, "event", "事件不在任何案件（trace）里")]
    assert (facts.rows, facts.rejected) == (1, 8)


def test_a_case_whose_events_are_all_bad_does_not_appear(open_log):
    facts = open_log(log(trace(event("Create", "?")), trace(event(), case="A2")))
    assert rows(facts, "SELECT code FROM fine") == [("A2",)]


@pytest.mark.parametrize(("name", "events", "bad"), [("xes_20.xes", 0, 1), ("partial_order_example.xes", 0, None)])
def test_odd_logs_of_the_world_are_set_aside_whole(open_log, name, events, bad):
    path = _sample("xes_odd", name)
    facts = open_log(path.read_bytes())
    assert facts.rows == events
    assert facts.rejected == bad if bad else facts.rejected > 0
    assert rows(facts, "SELECT count(*) FROM fine") == [(0,)]


@pytest.mark.parametrize(("name", "cases", "events"), [("running-example.xes", 6, 42), ("roadtraffic50traces.xes", 51, 201)])
def test_samples_of_the_world(open_log, name, cases, events):
    facts = open_log(_sample("xes_odd", name).read_bytes(), MAPPING + "time_zone: Europe/Rome\n")
    assert (facts.rows, facts.rejected) == (events, 0)
    assert rows(facts, "SELECT count(*) FROM fine") == [(cases,)]


# --- bad files ------------------------------------------------------------------------------------------------------


def test_a_cut_off_log_is_refused_wherever_it_is_cut(open_log):
    content = log(trace(event(), event("Pay")), trace(event(), case="A2")).encode()
    end = content.rindex(b"</log>") + len(b"</log>")
    for at in {1, 5, 30, 45, 60, content.index(b"<event") + 3, content.index(b"</trace>") + 8, content.rindex(b"</trace>") + 8, end - 6, end - 1}:
        refused(open_log, content[:at])
    said = refused(open_log, content[:content.rindex(b"</trace>") + 8], "文件不完整", "重新导出")
    assert "log.xes:3" in said


@pytest.mark.parametrize("at", [1, 5, 15, 60, -1, -5, -9])
def test_a_cut_off_gzip_is_refused(open_log, at):
    packed = gzip.compress(log(*(trace(event(), case=f"case {place} {hash(place)}") for place in range(500))).encode())
    refused(open_log, packed[:at])


def test_a_damaged_gzip_is_refused(open_log):
    packed = bytearray(gzip.compress(log(*(trace(event(), case=str(place)) for place in range(500))).encode()))
    packed[len(packed) // 2] ^= 0xFF
    refused(open_log, bytes(packed), "压缩文件不完整或已损坏", "重新导出")


def test_entities_are_refused(open_log):
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE log [\n<!ENTITY a "ha">\n<!ENTITY b "&a;&a;&a;">]>\n<log>' + trace(event("&b;")) + "</log>"
    refused(open_log, bomb, "XML 实体", "已拒绝", "log.xes:3", "DOCTYPE")
    refused(open_log, '<!DOCTYPE log SYSTEM "http://example.org/x.dtd"><log>' + trace(event("&b;")) + "</log>", "外部 DTD")


@pytest.mark.parametrize(("content", "words"), [
    (b"", ("文件是空的",)), (b"  \n", ("文件不完整",)), (b'{"events": []}', ("不是合格的 XML", "log.xes:1")),
    (b"<html><body/></html>", ("不是 XES 日志", "<html>", "<log>")), (b"<log><a></b></log>", ("不是合格的 XML", "log.xes:1")),
    (b"<log>\n<trace>\n<event>\n</trace></log>", ("不是合格的 XML", "log.xes:4")), (b"\x00\x01\x02\x03", ("不是合格的 XML",)),
    ('<?xml version="1.0" encoding="GBK"?><log/>'.encode("gbk"), ("编码", "UTF-8")), (b"<log>\xd5\xc5</log>", ("不是合格的 XML",)),
    (log(trace(event())).encode() + b"x", ("不是合格的 XML",)), (b"<log>" + trace(event("\x01")).encode() + b"</log>", ("不是合格的 XML",)),
    (b"<log>" + trace(event("&nope;")).encode() + b"</log>", ("不是合格的 XML",)),
    (b"<log><trace><string key='concept:name' value='\xc3('/></trace></log>", ("不是合格的 XML",)),
    (b'<log><trace><string key="concept:name" value="\xc3("/></trace></log>', ("不是合格的 XML",)),
])
def test_what_is_no_log_is_refused(open_log, content, words):
    refused(open_log, content, *words)


def test_an_empty_log_has_no_cases(open_log):
    facts = open_log(log())
    assert (facts.rows, facts.rejected, rows(facts, "SELECT count(*) FROM fine")) == (0, 0, [(0,)])


# --- the two readers ------------------------------------------------------------------------------------------------


def both(content: str) -> tuple:
    stretch = content.encode()
    return parse_fast(stretch, WANTED), parse_slow(b"<log>" + stretch + b"</log>", WANTED)


@pytest.mark.parametrize("content", [
    trace(event()), trace(), trace(event(), event()) + trace(case="B") + trace(event()), f"<trace>{event()}</trace>",
    f"<trace>{event()}<float key=\"amount\" value=\"1\"/></trace>", trace(event()).replace("/>", "  />\n\t").replace(" value", "\n value"),
    trace(event("a&amp;b")),
])
def test_the_fast_reader_reads_plain_logs_as_expat_does(content):
    fast, slow = both(content)
    assert fast is not None
    assert fast.events.equals(slow.events)
    assert fast.traces.equals(slow.traces)


@pytest.mark.parametrize("content", [
    trace(event("a&#38;b")), trace(event("a\nb")), trace(event("a\tb")), trace(event(more='<!-- "x" -->')), trace(event()).replace('"', "'"),
    trace(event(more='<string key="a" value="b"><string key="amount" value="c"/></string>')), trace(event(more="<string value='1' key='amount'/>")),
    trace(event(more='<list key="amount"/>')), trace(event(more='<![CDATA["]]>')), trace("<event/>"), trace("<event></event>", event()),
    trace(event()).replace("<event>", '<event id="1">'), trace(event(more='<float key="amount" value="1"/><float key="amount" value="2"/>')),
    trace(event(more='<float key="amo&amp;unt" value="1"/>')), trace(event()) + event() + trace(), trace(event(event())), "", " ",
])
def test_the_fast_reader_gives_up_on_anything_else(content):
    assert parse_fast(content.encode(), WANTED) is None


PARTS = st.sampled_from([
    "<trace>", "</trace>", "<event>", "</event>", "<event/>", " ", "\n", '<string key="concept:name" value="a"/>', '<float key="amount" value="1"/>',
    '<date key="time:timestamp" value="2"/>', "<!-- -->", '<string key="x" value="&amp;"/>', '<int key="x" value="y">', "</int>", "x", '"',
])


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=14))
def test_whatever_the_fast_reader_reads_expat_reads_the_same(parts):
    content = "<trace>" + "".join(parts) + "</trace>"
    fast = parse_fast(content.encode(), WANTED)
    if fast is not None:
        slow = parse_slow(b"<log>" + content.encode() + b"</log>", WANTED)
        assert fast.events.equals(slow.events)
        assert fast.traces.equals(slow.traces)


TEXTS = st.text("ab罚&<\"'\n\t ]>-", max_size=4).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"))
ATTRIBUTES = st.lists(st.builds('<string key="{}" value="{}"/>'.format, st.sampled_from(["concept:name", "amount", "time:timestamp", "other"]), TEXTS),
                      max_size=4).map("\n".join)
EVENTS = st.builds("<event>{}</event>".format, ATTRIBUTES)
TRACES = st.builds("<trace>{}{}{}</trace>".format, ATTRIBUTES, st.lists(EVENTS, max_size=4).map(" ".join), ATTRIBUTES)


@settings(max_examples=400, deadline=None)
@given(st.lists(TRACES, min_size=1, max_size=4).map("\n".join))
def test_logs_of_every_build_are_read_alike(content):
    fast, slow = both(content)
    if fast is not None:
        assert fast.events.equals(slow.events)
        assert fast.traces.equals(slow.traces)


@pytest.mark.parametrize("block", [64, 200, 1000, 10_000])
def test_cutting_changes_nothing_even_with_a_false_end_in_a_comment(tmp_path, monkeypatch, block):
    comment = "<!-- </trace> <trace> \" -->"
    cases = [trace(event(), event("Pay"), comment if place % 7 == 3 else "", case=f"C{place}") for place in range(60)]
    path = tmp_path / "log.xes"
    path.write_text(log('<string key="h" value="v"/>', *cases, '<string key="tail" value="t"/>'), encoding="utf-8")
    monkeypatch.setattr(stream, "BLOCK", 1 << 30)
    whole = read_xes(path, WANTED, threads=1)
    monkeypatch.setattr(stream, "BLOCK", block)
    assert read_xes(path, WANTED, threads=3).equals(whole)
    assert whole.num_rows == 120


def test_a_fault_far_inside_is_reported_at_its_true_line(open_log, monkeypatch):
    monkeypatch.setattr(stream, "BLOCK", 300)
    cases = [trace(event(), case=str(place)) + "\n" for place in range(50)]
    cases[30] = cases[30].replace("</event>", "</evnt>")
    refused(open_log, log(*cases), "log.xes:33", "不是合格的 XML")


# --- the real log ---------------------------------------------------------------------------------------------------


def _sample(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"sample data absent: {path}")
    return path


@pytest.fixture(scope="module")
def road_fines():
    _sample("road_fines", ROAD_FINES.name)
    return open_source(ROAD_FINES, load_vocabulary(FINES), FINES / "mapping.yaml")


def test_road_fines_counts(road_fines):
    assert (road_fines.rows, road_fines.rejected, road_fines.notes) == (561_470, 0, [])
    days = "date_diff('day', created_at::DATE, sent_at::DATE)"
    assert rows(road_fines, f"""SELECT count(*), count(sent_at), count(notified_at), count(*) FILTER (paid_at < sent_at), count(*) FILTER ({days} > 90),
        count(*) FILTER ({days} >= 90), sum(payments), count(appealed_judge_at), count(appealed_prefecture_at) FROM fine""") == [
        (150_370, 103_987, 79_860, 554, 49_772, 50_567, 77_601, 555, 4_188)]
    assert rows(road_fines, "SELECT count(*), count(DISTINCT fine_code) > 60000 FROM payment") == [(77_601, True)]
    late = "date_diff('day', notified_at::DATE, appealed_judge_at::DATE) > 60"
    assert rows(road_fines, f"""SELECT count(*) FILTER ({late}),
        count(*) FILTER (notified_at IS NULL AND appealed_judge_at IS NOT NULL) FROM fine""") == [(224, 17)]


def test_road_fines_take_bounded_memory():
    _sample("road_fines", ROAD_FINES.name)
    script = f"""
import resource
from rulebook.sources import open_source
from rulebook.vocabulary import load_vocabulary
facts = open_source({str(ROAD_FINES)!r}, load_vocabulary({str(FINES)!r}), {str(FINES / 'mapping.yaml')!r})
print(facts.rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    events, megabytes = map(int, done.stdout.split())
    assert events == 561_470
    assert megabytes < 1500
