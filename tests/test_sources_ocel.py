"""OCEL 2.0 in its three forms."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from rulebook.errors import SourceError
from rulebook.sources import open_source
from rulebook.sources.ocelfacts import READERS
from rulebook.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ocel"
ORDERS = ROOT / "examples" / "order-management"
FACTS = """
time_zone: Europe/Berlin
calendar: none
tables:
  invoice:
    label: 发票
    key: code
    columns:
      code: {type: text, label: 编号}
      inserted_at: {type: time, label: 登记}
      inserter: {type: text, label: 登记人}
      changes: {type: whole, label: 次数}
      second_at: {type: time, label: 第二次}
      qualified: {type: whole, label: 限定}
      blocked: {type: text, label: 冻结}
      order: {type: text, label: 订单}
  payment:
    label: 付款
    key: code
    columns:
      code: {type: text, label: 编号}
      invoice: {type: text, label: 发票}
      paid_at: {type: time, label: 时间}
      by: {type: text, label: 人}
"""
MAPPING = """
source: ocel
time_zone: Europe/Berlin
facts:
  invoice:
    per: object
    type: Invoice
    columns:
      code: {object: true}
      inserted_at: {first: Insert Invoice}
      inserter: {first: Insert Invoice, attribute: invoice_inserter}
      changes: {count: Insert Payment}
      second_at: {nth: Insert Payment, number: 2}
      qualified: {count: Insert Payment, qualifier: Payment for the invoice}
      blocked: {attribute: is_blocked}
      order: {related: Purchase Order}
  payment:
    per: event
    of: [Insert Payment]
    columns:
      code: {event: true}
      invoice: {related: Invoice}
      paid_at: {time: true}
      by: {attribute: payment_inserter}
"""
SAMPLES = ("ocel20_example.sqlite", "ocel20_example.jsonocel", "ocel20_example.xmlocel")


def sample(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"sample data absent: {path}")
    return path


@pytest.fixture
def opened(tmp_path):
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    vocabulary = load_vocabulary(tmp_path)

    def of(path: Path, mapping: str = MAPPING):
        (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
        return open_source(path, vocabulary, tmp_path / "mapping.yaml")

    return of


@pytest.fixture
def written(tmp_path, opened):
    def of(content, name: str = "log.json", mapping: str = MAPPING):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return opened(path, mapping)

    return of


def rows(facts, query: str) -> list[tuple]:
    return facts.connection.execute(query).fetchall()


def refused(call, *words: str) -> None:
    with pytest.raises(SourceError) as caught:
        call()
    said = caught.value.say() + caught.value.say("en")
    for word in ("log.", *words):
        assert word in said, said


@pytest.mark.parametrize("name", SAMPLES)
def test_the_three_forms_hold_the_same_counts(name):
    path = sample(name)
    log = READERS[path.suffix](path)
    assert [len(each) for each in (log.events, log.objects, log.relations, log.links)] == [13, 9, 20, 7]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_three_forms_give_the_same_facts(opened, name):
    facts = opened(sample(name))
    assert (facts.rows, facts.rejected) == (13, 0)
    assert rows(facts, "SELECT code, timezone('UTC', inserted_at)::VARCHAR, inserter, changes, second_at, blocked, \"order\" FROM invoice") == [
        ("R1", "2022-01-14 11:00:00", "Luke", 1, None, "No", "PO1"), ("R2", "2022-01-16 10:00:00", "Luke", 1, None, "No", "PO1"),
        ("R3", "2022-02-02 08:00:00", "Mario", 1, None, "No", "PO2")]
    assert rows(facts, "SELECT code, invoice, timezone('UTC', paid_at)::VARCHAR, \"by\" FROM payment") == [
        ("e7", "R1", "2022-01-30 22:00:00", "Robot"), ("e8", "R2", "2022-01-31 21:00:00", "Robot"), ("e13", "R3", "2022-02-28 22:00:00", "Robot")]
    assert "事件 13 个，对象 9 个，事件与对象的关系 20 条，对象间关系 7 条" in facts.notes[0].zh


@pytest.mark.parametrize("name", ["ocel20_example.sqlite", "ocel20_example.xmlocel"])
def test_times_without_offset_are_refused(opened, name):
    path = sample(name)
    with pytest.raises(SourceError, match="13 条时间没有时区") as caught:
        opened(path, MAPPING.replace("time_zone: Europe/Berlin\n", ""))
    assert "time_zone" in caught.value.say()
    assert name in caught.value.say()


def test_times_with_offset_need_no_zone(opened):
    assert opened(sample("ocel20_example.jsonocel"), MAPPING.replace("time_zone: Europe/Berlin\n", "")).rows == 13


def test_order_management():
    """The file holds 10,031 objects and 25,336 links. Without its 20 products, which no event touches, and their 7,670 links they are the
    10,011 and 17,666 that are told elsewhere."""
    path = sample("order_management.sqlite")
    log = READERS[".sqlite"](path)
    assert [len(each) for each in (log.events, log.objects, log.relations, log.links)] == [18_211, 10_031, 35_857, 25_336]
    products = {name for name, kind in log.objects if kind == "products"}
    assert len(log.objects) - len(products) == 10_011
    assert sum(target not in products for _, target, _ in log.links) == 17_666
    facts = open_source(path, load_vocabulary(ORDERS), ORDERS / "mapping.yaml")
    assert (facts.rows, facts.rejected) == (18_211, 0)
    assert rows(facts, 'SELECT count(*), count(placed_at), count(confirmed_at), sum(reminders), count(customer), count(price) FROM "order"') == [
        (2000, 2000, 2000, 2484, 2000, 2000)]
    assert rows(facts, "SELECT count(*), count(sent_at), count(shipper), sum(failures) FROM package") == [(320, 320, 320, 401)]
    assert rows(facts, "SELECT count(*), count(item) FROM shortage") == [(3016, 3016)]


def event(name: str, activity: str = "Insert Payment", time: str = "2022-01-01T00:00:00Z", objects: tuple = (), **attributes) -> dict:
    return {"id": name, "type": activity, "time": time, "relationships": [{"objectId": each, "qualifier": word} for each, word in objects],
            "attributes": [{"name": key, "value": value} for key, value in attributes.items()]}


def test_bad_events_and_objects_are_set_aside_and_dangling_relations_noted(written):
    events = [event("e1", objects=(("R1", "a"), ("gone", "a"))), event("e1"), event("", time="2022"), event("e3", time="soon"), event("e4", activity=None),
              {"id": "e5", "type": "Insert Payment"}, "nonsense"]
    objects = [{"id": "R1", "type": "Invoice", "relationships": [{"objectId": "nowhere", "qualifier": ""}]},
               {"id": "R1", "type": "Invoice"}, {"type": "Invoice"}]
    facts = written({"events": events, "objects": objects})
    found = [(each["table"], each["row"], each["column"], each["reason"]) for each in facts.rejected_rows().to_pylist()]
    assert sorted(found) == [
        ("event", 2, "id", "编号重复，先出现的一行已采用"), ("event", 3, "id", "缺少事件编号"),
        ("event", 4, "time", "无法识别为时间"), ("event", 5, "activity", "缺少活动名称"),
        ("event", 6, "time", "缺少时间"), ("event", 7, "id", "缺少事件编号"),
        ("object", 2, "id", "编号重复，先出现的一行已采用"), ("object", 3, "id", "缺少对象编号")]
    assert facts.rows == 1
    notes = " ".join(note.zh for note in facts.notes)
    assert "1 条事件与对象关系" in notes
    assert "1 条对象间关系" in notes


def test_one_event_related_twice_counts_once_and_qualifiers_select(written):
    objects = [{"id": "R1", "type": "Invoice"}, {"id": "R2", "type": "Invoice"}]
    events = [event("e1", objects=(("R1", "Payment for the invoice"), ("R1", "other"))), event("e2", objects=(("R1", "other"),), time="2022-01-02T00:00:00Z")]
    facts = written({"events": events, "objects": objects})
    assert rows(facts, "SELECT code, changes, qualified, timezone('UTC', second_at)::VARCHAR FROM invoice") == [
        ("R1", 2, 1, "2022-01-02 00:00:00"), ("R2", 0, 0, None)]


def test_of_several_related_objects_the_first_by_id_is_taken_and_said(written):
    objects = [{"id": "R1", "type": "Invoice", "relationships": [{"objectId": "P2", "qualifier": "x"}]}, {"id": "P2", "type": "Purchase Order"},
               {"id": "P1", "type": "Purchase Order", "relationships": [{"objectId": "R1", "qualifier": "y"}]}]
    facts = written({"events": [event("e1", objects=(("R1", "a"),))], "objects": objects})
    assert rows(facts, 'SELECT "order" FROM invoice') == [("P1",)]
    assert any("invoice.order：1 处有多个“Purchase Order”" in note.zh for note in facts.notes)
    named = MAPPING.replace("{related: Purchase Order}", "{related: Purchase Order, qualifier: x}")
    assert rows(written({"events": [event("e1")], "objects": objects}, mapping=named), 'SELECT "order" FROM invoice') == [("P2",)]


def test_the_latest_value_of_an_attribute_counts(written):
    changes = [{"name": "is_blocked", "time": time, "value": value} for time, value in (
        ("2022-03-01T00:00:00Z", "late"), ("1970-01-01T00:00:00Z", "first"), ("2022-03-01T00:30:00+01:00", "earlier"))]
    facts = written({"events": [], "objects": [{"id": "R1", "type": "Invoice", "attributes": changes}]})
    assert rows(facts, "SELECT blocked FROM invoice") == [("late",)]


@pytest.mark.parametrize(("name", "content"), [
    ("log.json", b'{"ocel:global-log": {}, "ocel:events": {}, "ocel:objects": {}}'), ("log.jsonocel", b'{"ocel:events": {}}'),
    ("log.xmlocel", b'<log>\n<global scope="event"/><events><event/></events></log>'),
])
def test_ocel_1_is_named_as_such(written, name, content):
    refused(lambda: written(content, name), "这是 OCEL 1.0", "先转换为 OCEL 2.0")


def test_ocel_1_in_sqlite_is_named_as_such(tmp_path, opened):
    with sqlite3.connect(tmp_path / "log.sqlite") as connection:
        connection.executescript("CREATE TABLE event (x); CREATE TABLE object (x); CREATE TABLE event_object (x);")
    refused(lambda: opened(tmp_path / "log.sqlite"), "这是 OCEL 1.0")


def test_other_databases_are_refused_and_never_written_to(tmp_path, opened):
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("CREATE TABLE customer (x)")
    before = (tmp_path / "log.db").read_bytes()
    refused(lambda: opened(tmp_path / "log.db"), "不是 OCEL 2.0 日志", "event_map_type")
    assert (tmp_path / "log.db").read_bytes() == before


@pytest.mark.parametrize(("name", "content", "words"), [
    ("log.json", b"", ("文件是空的",)), ("log.json", b'{"events": [\n', ("JSON", "log.json:2")), ("log.json", b"[1]", ("缺少列表 events",)),
    ("log.json", b'{"events": 1, "objects": []}', ("缺少列表 events",)), ("log.json", b"\xff\xfe", ("UTF-8",)),
    ("log.json", b"[" * 100_000, ("嵌套过深",)),
    ("log.sqlite", b"", ("文件是空的",)), ("log.sqlite", b"SQLite format 3\0" + b"x" * 100, ("SQLite 读取失败",)),
    ("log.sqlite", b"PK\3\4", ("SQLite 读取失败",)),
    ("log.xml", b"", ("文件是空的",)), ("log.xml", b"<html/>", ("<html>", "<log>")), ("log.xml", b"<log>\n<events>", ("文件不完整", "log.xml:2")),
    ("log.xml", b"<log/>", ("没有事件也没有对象",)), ("log.xml", b'<!DOCTYPE log [<!ENTITY a "b">]><log/>', ("XML 实体", "已拒绝")),
    ("log.xml", b"{}", ("不是合格的 XML",)),
])
def test_what_is_no_ocel_is_refused(written, name, content, words):
    refused(lambda: written(content, name), *words)


def test_a_cut_off_database_is_refused(tmp_path, opened):
    path = tmp_path / "log.sqlite"
    path.write_bytes(sample("ocel20_example.sqlite").read_bytes()[:40_000])
    refused(lambda: opened(path), "不是 OCEL 2.0 日志")
