"""Evaluation is pure: same rules, facts and time, same findings, in any order, on any number of threads, for all or for one."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from rulebook.backtest import backtest
from rulebook.evaluation import evaluate
from rulebook.explain import citation, explain_subject, message, rule_sentences
from rulebook.facts import Facts
from rulebook.rules import load_rules

ROOT = Path(__file__).resolve().parents[1]
ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture(scope="module")
def library():
    return load_rules(ROOT / "rules")


@pytest.fixture(scope="module")
def rules(library):
    """A rule of every shape in every phase: enough to try how rules are judged. That each does right is tried by its examples and by cities."""
    chosen = {(rule.phase, rule.versions[-1].check.name): rule for rule in library} | {"named below": library.get("CU-012")}
    return replace(library, rules=tuple(sorted({rule.code: rule for rule in chosen.values()}.values(), key=lambda rule: rule.code)))


def some_rows(rules) -> dict[str, list[dict]]:
    """The rows of all examples of all rules together, each example under codes of its own."""
    tables: dict[str, list[dict]] = {}
    for number, example in enumerate(example for rule in rules for example in rule.examples):
        for table, rows in example.given.items():
            codes = {name for name in rules.vocabulary.tables[table].columns if name == "code" or name.endswith("_code")}
            tables.setdefault(table, []).extend(
                {name: f"{number}-{value}" if name in codes and value is not None else value for name, value in row.items()} for row in rows)
    return tables


def summary(evaluation) -> list[tuple]:
    return [(finding.rule, finding.subject, finding.stage, finding.due_at, finding.met, finding.unmet, str(finding.details)) for finding in evaluation]


@pytest.fixture(scope="module")
def rows(rules):
    return some_rows(rules)


@pytest.fixture(scope="module")
def facts(rules, rows):
    facts = Facts.from_rows(rules.vocabulary, rows)
    assert not facts.rejected
    return facts


NOW = at("2026-04-20 12:00")


def test_the_examples_together_give_findings_of_every_stage(rules, facts):
    stages = {stage for result in evaluate(rules, facts, NOW).results for stage, count in result.by_stage.items() if count}
    assert stages >= {"overdue", "late", "violated"}


def test_order_of_rows_and_rules_changes_nothing(rules, rows, facts):
    shuffled = {table: random.Random(3).sample(some, len(some)) for table, some in rows.items()}
    others = list(rules)[::-1]
    assert summary(evaluate(others, Facts.from_rows(rules.vocabulary, shuffled), NOW)) == summary(evaluate(rules, facts, NOW))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads(rules, facts, threads):
    assert summary(evaluate(rules, facts, NOW, threads=threads)) == summary(evaluate(rules, facts, NOW, threads=1))


def test_callers_in_several_threads_share_one_source(rules, facts):
    expected, got = summary(evaluate(rules, facts, NOW)), []
    callers = [threading.Thread(target=lambda: got.append(summary(evaluate(rules, facts, NOW)))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert got == [expected] * 4


@pytest.mark.parametrize("indexed", [False, True])
def test_only_gives_what_the_whole_run_gives_for_those_subjects(rules, rows, indexed):
    facts = Facts.from_rows(rules.vocabulary, rows)
    if indexed:
        facts.index()
    for rule in rules:
        whole = evaluate([rule], facts, NOW, every_stage=True)
        keys = sorted({finding.subject for finding in whole})
        for some in (keys[:1], keys[::3], keys):
            expected = [row for row in summary(whole) if row[1] in some]
            assert summary(evaluate([rule], facts, NOW, only=some, every_stage=True)) == expected, rule.code


def test_indexed_facts_can_lend_their_connection_and_be_indexed_again(rules, rows):
    facts = Facts.from_rows(rules.vocabulary, rows)
    facts.index()
    facts.index()
    assert summary(evaluate(rules, Facts.from_rows(rules.vocabulary, rows, like=facts), NOW)) == summary(
        evaluate(rules, Facts.from_rows(rules.vocabulary, rows), NOW))


def test_only_nobody_is_nothing(rules, facts):
    assert len(evaluate(rules, facts, NOW, only=[])) == 0


def test_a_key_with_quotes_is_only_a_key(rules, facts):
    assert len(evaluate(rules, facts, NOW, only=["x' OR '1'='1"])) == 0


def test_a_time_without_a_zone_is_refused(rules, facts):
    with pytest.raises(ValueError, match="aware"):
        evaluate(rules, facts, datetime(2026, 1, 1))


def test_the_same_instant_in_another_zone_is_the_same_judgement(rules, facts):
    assert summary(evaluate(rules, facts, NOW.astimezone(ZoneInfo("UTC")))) == summary(evaluate(rules, facts, NOW))


def test_what_the_source_lacks_is_told_and_the_other_rules_run(rules):
    table = pa.table({"code": ["S1"], "case_code": ["A1"], "arrived_at": ["2026-03-02 09:00"], "left_at": ["2026-03-02 20:00"]})
    evaluation = evaluate([rules.get("CU-012")], Facts.from_arrow(rules.vocabulary, {"summons": table}), NOW)
    assert not evaluation.results
    (skipped,) = evaluation.skipped
    assert "case" in skipped.missing
    assert "summons.is_complex" in skipped.missing


def test_a_query_reads_only_what_it_needs(rules):
    """The message speaks of a name; a source without names is judged all the same."""
    rule = rules.get("CU-012")
    columns = {"code": ["S1"], "case_code": ["A1"], "kind": ["行政传唤"], "arrived_at": ["2026-03-02 09:00"], "left_at": [None],
               "is_complex": [None], "may_be_detained": [None],
               "is_numerous": [None], "is_identity_unknown": [None]}
    tables = {"summons": pa.table(columns), "case": pa.table({"code": ["A1"], "kind": ["行政"], "category": ["治安"], "accepted_at": ["2026-03-01 08:00"]}),
              "restraint": pa.table({"code": ["R"], "summons_code": ["none"], "started_at": ["2026-03-01 08:00"], "ended_at": [None]})}
    (finding,) = evaluate([rule], Facts.from_arrow(rules.vocabulary, tables), at("2026-03-02 16:30"))
    assert finding.stage == "due_soon"
    assert "未记录" in message(rule, finding)
    assert "2026年3月2日 17:00" in message(rule, finding)


def test_every_due_date_of_the_examples_can_be_told_as_a_strip(rules, rows, facts):
    for rule in rules:
        for finding in list(evaluate([rule], facts, NOW, every_stage=True))[::25]:
            lines = explain_subject(rule, facts, finding.subject, NOW).lines()
            assert lines[0].endswith(finding.subject)
            assert any(line.startswith("适用：") and "第" in line for line in lines)
            if finding.due_at and finding.stage != "unstarted":
                assert [line.split("：")[0] for line in lines[3:8:4]] == ["起算", "届满"] or any(line.startswith("届满：") for line in lines)


def test_rules_read_as_chinese_sentences_without_names_of_columns(library):
    names = {column for table in library.vocabulary.tables.values() for column in table.columns if "_" in column}
    for rule in library:
        text = "\n".join(rule_sentences(rule))
        assert not [name for name in names if name in text], rule.code


def test_a_citation_in_words():
    assert citation({"law": "某法", "article": 64, "paragraph": 1, "item": "（二）"}) == "某法 第64条第1款第二项"
    assert citation({"law": "某法", "article": 64, "unverified": True}) == "某法 第64条（未核实）"


def test_backtest_says_each_week_what_could_be_known_then(rules):
    rule = rules.get("CU-012")
    rows = {"case": [{"code": "A", "kind": "行政", "category": "治安", "accepted_at": "2026-01-01"}],
            "summons": [{"code": f"S{day}", "case_code": "A", "arrived_at": f"2026-01-{day:02} 09:00", "left_at": f"2026-01-{day:02} 18:00"}
                        for day in (5, 6, 14)]}
    facts = Facts.from_rows(rules.vocabulary, rows)
    weeks = list(backtest(rule, facts, at("2026-01-05 12:00"), at("2026-01-05 12:00") + timedelta(days=15)))
    assert [(week.subjects, week.by_stage["running"], week.by_stage["late"], week.new) for week in weeks] == [(1, 1, 0, 0), (2, 0, 2, 2), (3, 0, 3, 1)]
