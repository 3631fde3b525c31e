"""The made-up city of the benchmark: it fits the vocabulary, its faults are found, and one case judged alone is judged as among all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.city import FAULTS, RULES, TABLES, write_city
from bench.constraints import CONSTRAINTS
from bench.run_city import AT, belonging, judge_case
from bench.run_road_fines import FOLDER
from rulebook import evaluate, load_rules, open_source
from rulebook.evaluation import Evaluation
from rulebook.examples import run_examples
from rulebook.facts import Facts
from rulebook.rules import Rule, RuleSet
from rulebook.shapes.deadline import Deadline

CASES = 1_000
RULE_SET = load_rules(RULES)
LACKING = {"JQ-001", "JQ-002", "JQ-003", "JQ-004", "JQ-005", "QZ-010", "QZ-011", "QZ-012", "QZ-013"}  # rules about incidents and executions


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("city")
    write_city(out, CASES)
    return out


@pytest.fixture(scope="module")
def facts(folder: Path) -> Facts:
    taken = open_source(folder, RULE_SET.vocabulary)
    taken.index()
    return taken


@pytest.fixture(scope="module")
def everything(facts: Facts) -> Evaluation:
    return evaluate(RULE_SET, facts, AT, every_stage=True)


def test_every_column_of_the_tables_it_makes_is_there_and_no_row_is_rejected(facts: Facts) -> None:
    assert facts.rejects == []
    assert set(facts.present) == set(TABLES)
    for name in TABLES:
        assert {column.name for column in RULE_SET.vocabulary.tables[name].columns.values() if column.usual} <= facts.present[name], name
    assert facts.rows >= 12 * CASES


def test_the_same_seed_gives_the_same_city_and_another_seed_another(folder: Path, tmp_path: Path) -> None:
    write_city(tmp_path / "again", CASES)
    write_city(tmp_path / "other", CASES, seed=8)
    for name in TABLES:
        assert _rows(folder, name) == _rows(tmp_path / "again", name)
    assert _rows(folder, "case") != _rows(tmp_path / "other", "case")


def test_every_reference_leads_somewhere(facts: Facts) -> None:
    for name in TABLES:
        for column in RULE_SET.vocabulary.tables[name].columns.values():
            if column.refers:
                target = RULE_SET.vocabulary.tables[column.refers]
                lost = facts.connection.execute(
                    f'SELECT count(*) FROM "{name}" WHERE "{column.name}" NOT IN (SELECT "{target.key}" FROM "{target.name}")').fetchone()[0]
                assert lost == 0, f"{name}.{column.name}"


def test_no_rule_is_skipped_and_summonses_are_late_about_as_often_as_planted(everything: Evaluation) -> None:
    assert {each.rule.code for each in everything.skipped} == LACKING
    result = everything.get("CU-012")
    assert result.subjects > 300
    assert 0 < result.by_stage["late"] / result.subjects < 3 * FAULTS["summons too long"]


@pytest.mark.parametrize("rule", list(RULE_SET), ids=lambda rule: rule.code)
def test_subjects_judged_alone_are_judged_as_among_all(rule: Rule, facts: Facts, everything: Evaluation) -> None:
    if rule.code in LACKING:
        pytest.skip("the city of the benchmark has no incidents and no executions")
    table = everything.get(rule.code).table
    wanted = _some_subjects(table)
    expected = [row for row in _judged(table) if row["subject"] in wanted]
    alone = evaluate([rule], facts, AT, wanted, every_stage=True).results[0]
    assert _judged(alone.table) == expected
    assert alone.subjects == len(expected)


def test_with_only_findings_are_findings_and_kept_rows_are_counted(facts: Facts, everything: Evaluation) -> None:
    rule = RULE_SET.get("CU-012")
    wanted = everything.get("CU-012").table["subject"].to_pylist()
    alone, among_all = evaluate([rule], facts, AT, wanted).get("CU-012"), evaluate([rule], facts, AT).get("CU-012")
    assert alone.subjects == among_all.subjects
    assert alone.table.to_pylist() == among_all.table.to_pylist()
    assert evaluate([rule], facts, AT, []).get("CU-012").subjects == 0


def test_what_belongs_to_a_case(facts: Facts) -> None:
    code = facts.connection.execute('SELECT case_code FROM interview WHERE case_code IN (SELECT case_code FROM summons) LIMIT 1').fetchone()[0]
    keys = belonging(facts, code)
    assert keys["case"] == [code]
    assert len(keys["party"]) == 2
    assert {"summons", "interview", "attendance"} <= keys.keys()
    assert not keys.keys() & {"unit", "officer"}
    assert {rule.subject.name for rule, _ in judge_case(RULE_SET, facts, keys)} >= {"case", "summons", "interview"}


def test_the_road_fines_rules_say_what_the_constraints_say() -> None:
    rules = load_rules(FOLDER / "rules")
    assert [outcome.fault for outcome in run_examples(rules) if outcome.fault] == []
    assert {rule.code: _constraint(rules, rule) for rule in rules} == CONSTRAINTS


def _constraint(rules: RuleSet, rule: Rule) -> tuple[str, str, int]:
    """Activation, target and days of a rule, from the labels of its columns."""
    (version,) = rule.versions
    check = version.check
    assert isinstance(check, Deadline)
    labels = {name: column.label for name, column in rules.vocabulary.tables["fine"].columns.items()}
    target = labels[check.end.path[0]] if check.end.related is None else check.end.related.matching.text.split("'")[1]
    return labels[check.start.path[0]], target, check.limit.amount // 24


def _rows(folder: Path, name: str) -> list[dict]:
    return sorted(pq.read_table(folder / f"{name}.parquet").to_pylist(), key=lambda row: row["code"])


def _some_subjects(table: pa.Table) -> list[str]:
    """Up to four subjects of each stage."""
    chosen = []
    for stage in dict.fromkeys(table["stage"].to_pylist()):
        chosen += [row["subject"] for row in table.select(["subject", "stage"]).to_pylist() if row["stage"] == stage][:4]
    return chosen


def _judged(table: pa.Table) -> list[dict]:
    return table.to_pylist()
