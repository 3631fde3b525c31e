"""The desk: what is laid there is judged as any facts are, by queries planned before; what the gate would not take in as it is does not come onto it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

import rulebook.desk
from rulebook.desk import Desk
from rulebook.evaluation import evaluate
from rulebook.facts import Facts
from rulebook.rules import load_rule, load_rules
from tests.support import FACTS, RULE, changed, rule_file, vocabulary

KEPT = "notice"  # ordinary systems lack it in `UNUSUAL`
UNUSUAL = changed(FACTS, ("days: {type: whole", "days: {type: whole, usual: false"), ("    label: 告知\n", "    label: 告知\n    usual: false\n"))
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
CASE = {"code": "A1", "kind": "行政", "offence": "盗窃", "accepted_at": AT - timedelta(hours=30), "closed_at": None, "heard_at": None, "born_on": None,
        "fine": None, "days": None, "is_grave": None, "is_remote": None, "is_open": None}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    return vocabulary(tmp_path_factory.mktemp("desk"), UNUSUAL)


@pytest.fixture(scope="module")
def rule(known, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    return load_rule(rule_file(folder), known)


@pytest.fixture
def desk(known, rule):
    return Desk([rule], known, ())


def cases(desk: Desk, *rows: dict, drop: tuple[str, ...] = (), types: dict[str, pa.DataType] | None = None) -> dict[str, pa.Table]:
    schema = {name: (types or {}).get(name, field.type) for name, field in zip(desk._types["case"].names, desk._types["case"], strict=True) if name not in drop}
    return {"case": pa.table({name: pa.array([{**CASE, **row}[name] for row in rows], kind) for name, kind in schema.items()})}


def lay(desk: Desk, tables: dict[str, pa.Table], at=AT, keys=("A1",)) -> bool:
    return desk.lay(tables, {"case": keys}, at)


def found(desk: Desk, rule):
    return [(finding.subject, finding.stage) for finding in desk.judge([rule])]


def test_what_is_planned_once_is_judged_at_each_time_anew(desk, rule):
    for at, wanted in ((AT - timedelta(hours=6), [("A1", "running")]),  # 24 hours from 30 hours before
                       (AT - timedelta(hours=5, seconds=59 * 60 + 59), [("A1", "overdue")]),
                       (AT - timedelta(hours=31), [])):  # not yet accepted then
        assert lay(desk, cases(desk, {}), at)
        assert found(desk, rule) == wanted
    with pytest.raises(ValueError):
        lay(desk, cases(desk, {}), datetime(2026, 3, 2))


def test_each_version_judges_those_of_its_day(desk, rule):
    old = datetime(2025, 12, 30, 1, 0, tzinfo=UTC)
    given = cases(desk, {"code": "A1", "accepted_at": old, "closed_at": old + timedelta(hours=9)}, {"code": "A2", "closed_at": AT})
    assert lay(desk, given, keys=["A1", "A2", "A3"])
    judged = desk.judge([rule])
    assert [(finding.subject, finding.stage, str(finding.version)) for finding in judged] == [("A1", "late", "2013-01-01"), ("A2", "late", "2026-01-01")]
    assert judged.results[0].subjects == 2


def test_only_the_subjects_asked_for_are_judged_and_only_what_was_laid_last(desk, rule):
    assert lay(desk, cases(desk, {"code": "A1"}, {"code": "A2"}), keys=["A2"])
    assert found(desk, rule) == [("A2", "overdue")]
    assert lay(desk, cases(desk, {"code": "A3"}), keys=["A1", "A2", "A3"])
    assert found(desk, rule) == [("A3", "overdue")]
    assert lay(desk, {}, keys=["A3"])
    assert found(desk, rule) == []


def test_what_was_taken_away_gives_its_room_back(desk, rule, monkeypatch):
    monkeypatch.setattr(rulebook.desk, "WORN", 20_000)
    many = cases(desk, *({"code": f"A{number}"} for number in range(5_000)))
    held = []
    for _ in range(60):
        assert lay(desk, many)
        held.append(desk.connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchone()[0])
    assert max(held[30:]) <= max(held[:30]) * 1.2
    assert found(desk, rule) == [("A1", "overdue")]


@pytest.mark.parametrize("rows", [
    [{"kind": "民事"}], [{"accepted_at": datetime(1979, 12, 31, tzinfo=UTC)}], [{"closed_at": AT - timedelta(hours=31)}], [{"code": " "}], [{}, {}],
    [{"fine": float("inf")}], [{"born_on": date(1800, 1, 1)}],
], ids=["not among the values", "out of range", "closed before accepted", "no code", "twice", "no number", "no date"])
def test_rows_that_the_gate_would_set_aside_are_not_laid(desk, rule, rows):
    assert lay(desk, cases(desk, {"code": "A9"}), keys=["A9"])
    given = cases(desk, *rows)
    assert not lay(desk, given, keys=["A1", "A9"])
    assert found(desk, rule) == []
    assert Facts.from_arrow(desk.vocabulary, given).rejected == 1


@pytest.mark.parametrize(("more", "row"), [
    ({"drop": ("closed_at",)}, {}), ({"types": {"fine": pa.string()}}, {"fine": "12"}), ({"types": {"accepted_at": pa.timestamp("us")}}, {"accepted_at": None}),
    ({}, {"days": 3}),
], ids=["a column is missing", "a text for a number", "a time without a zone", "a column that nobody keeps is filled in"])
def test_columns_that_are_not_as_the_plans_take_them_to_be_are_not_laid(desk, more, row):
    assert not lay(desk, cases(desk, row, **more))


def test_what_nobody_keeps_may_be_missing_or_empty(desk, known, rule):
    assert lay(desk, cases(desk, {}, drop=("days",)))
    assert found(desk, rule) == [("A1", "overdue")]
    notice = {"notice": pa.table({"code": ["N1"], "case_code": ["A1"], "other_code": pa.nulls(1, pa.string()), "kind": ["口头"],
                                  "told_at": pa.array([AT], pa.timestamp("us", "UTC"))})}
    assert not lay(desk, {**cases(desk, {}), **notice})
    assert lay(Desk([rule], known, [KEPT]), {**cases(desk, {}), **notice})


def test_a_rule_that_reads_what_nobody_keeps_is_skipped_as_elsewhere(known, tmp_path):
    rule = load_rule(rule_file(tmp_path, RULE.replace("where: kind = '行政'", "where: kind = '行政' AND days IS NULL")), known)
    desk = Desk([rule], known, ())
    given = cases(desk, {})
    assert lay(desk, given)
    skipped, = desk.judge([rule]).skipped
    alone, = evaluate([rule], Facts.from_arrow(known, given, ()), AT, ["A1"]).skipped
    assert skipped.missing == alone.missing == ("case.days",)
    assert len(Desk([rule], known, ["case.days"]).judge([rule]).results) == 1


def test_a_rule_is_skipped_only_where_a_version_that_lacks_something_applies(known, tmp_path):
    mark = "  - effective: 2026-01-01"
    older, newer = RULE.split(mark)
    text = older + mark + changed(newer, ("where: kind = '行政'", "where: kind = '行政' AND days IS NULL"))
    rule = load_rule(rule_file(tmp_path, text), known)
    desk, old = Desk([rule], known, ()), datetime(2025, 12, 30, 1, 0, tzinfo=UTC)
    for row, wanted in (({"accepted_at": old}, [("A1", "overdue")]), ({}, [])):
        given = cases(desk, row)
        assert lay(desk, given)
        here, there = desk.judge([rule]), evaluate([rule], Facts.from_arrow(known, given, ()), AT, ["A1"])
        assert [each.missing for each in here.skipped] == [each.missing for each in there.skipped] == ([] if wanted else [("case.days",)])
        assert [(finding.subject, finding.stage) for finding in here] == [(finding.subject, finding.stage) for finding in there] == wanted


def test_a_rule_that_cannot_be_compiled_breaks_only_when_it_is_asked(known, rule, monkeypatch):
    compiled = rulebook.desk.compile_rule

    def breaks(each, at, **more):
        if each.code == "TT-02":
            raise ZeroDivisionError
        return compiled(each, at, **more)

    monkeypatch.setattr(rulebook.desk, "compile_rule", breaks)
    other = load_rule(rule_file(Path(rule.path).parent, changed(RULE, ("TT-01", "TT-02")), "TT-02_x.yaml"), known)
    desk = Desk([rule, other], known, ())
    assert lay(desk, cases(desk, {}))
    assert found(desk, rule) == [("A1", "overdue")]
    with pytest.raises(ZeroDivisionError):
        desk.judge([other])


def test_all_rules_of_the_house_can_be_planned_ahead():
    rules = load_rules(Path(__file__).parent.parent / "rules")
    desk = Desk(rules, rules.vocabulary, rules.vocabulary.unusual)
    desk.plan()
    assert lay(desk, {})
    for subject in sorted({rule.subject.name for rule in rules}):
        assert len(desk.judge([rule for rule in rules if rule.subject.name == subject])) == 0
