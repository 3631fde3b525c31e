"""The generator's city as the benchmark judges it: the short ways of judging give what the long ones give, and one case judged alone is judged as among all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from bench.constraints import CONSTRAINTS
from bench.run_city import AT, RULES, belonging, rows_of
from bench.run_road_fines import FOLDER
from demo.city import City
from demo.plan import SIZES
from demo.scored import SEED, UNTIL
from demo.writing import write
from rulebook import evaluate, evaluation, load_rules, open_source
from rulebook.desk import Desk
from rulebook.evaluation import Evaluation, Result
from rulebook.examples import run_examples
from rulebook.facts import Facts, quote
from rulebook.rules import Rule, RuleSet
from rulebook.shapes.deadline import Deadline

pytestmark = pytest.mark.xdist_group("bench")
RULE_SET = load_rules(RULES)
PLAN = replace(SIZES["small"], cases=2_400, incidents=4_000, faults=1, for_house=False)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    folder = tmp_path_factory.mktemp("city") / "facts"
    write(City(PLAN, SEED, UNTIL), folder, RULE_SET.vocabulary)
    taken = open_source(folder, RULE_SET.vocabulary)
    taken.index()
    return taken


@pytest.fixture(scope="module")
def everything(facts: Facts) -> Evaluation:
    return evaluate(RULE_SET, facts, AT, every_stage=True)


def test_no_row_is_set_aside_and_no_rule_is_skipped(facts: Facts, everything: Evaluation) -> None:
    assert facts.rejects == []
    assert [each.reason.en for each in everything.skipped] == []


@pytest.mark.parametrize("rule", list(RULE_SET), ids=lambda rule: rule.code)
def test_subjects_judged_alone_are_judged_as_among_all(rule: Rule, facts: Facts, everything: Evaluation) -> None:
    table = everything.get(rule.code).table
    wanted = _some_subjects(table)
    expected = [row for row in table.to_pylist() if row["subject"] in wanted]
    alone = evaluate([rule], facts, AT, wanted, every_stage=True).results[0]
    assert alone.table.to_pylist() == expected
    assert alone.subjects == len(expected)


@pytest.mark.parametrize("small", [0, 10**9], ids=["stages first", "at once"])
def test_findings_are_the_same_whether_everybody_gets_a_stage_first_or_all_evidence_at_once(facts, everything, monkeypatch, small) -> None:
    monkeypatch.setattr(evaluation, "SMALL", small)
    found = evaluate(RULE_SET, facts, AT)
    for result in found.results:
        whole = everything.get(result.rule.code)
        wanted = [row for row in whole.table.to_pylist() if row["stage"] not in ("kept", "unstarted")]
        assert result.table.to_pylist() == wanted, result.rule.code
        assert result.subjects == whole.subjects, result.rule.code


@pytest.mark.parametrize("days", [0, 90, 400])
@pytest.mark.parametrize("share", [1, 2], ids=["whole", "half the columns"])
def test_everybody_is_judged_at_past_moments_and_on_poor_sources_as_rule_by_rule(facts, monkeypatch, days, share) -> None:
    """What had not happened is hidden, and what is missing is named, whichever way is taken."""
    tables = {}
    for place, (name, table) in enumerate(RULE_SET.vocabulary.tables.items()):
        columns = [column for number, column in enumerate(table.columns) if share == 1 or column == table.key or (number + place) % share or name == "case"]
        if share == 1 or place % 6 != 5:
            tables[name] = facts.connection.execute(f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)}").to_arrow_table()
    source, at = Facts.from_arrow(RULE_SET.vocabulary, tables), AT - timedelta(days=days)
    monkeypatch.setattr(evaluation, "SMALL", 0)
    together = evaluate(RULE_SET, source, at)
    monkeypatch.setattr(evaluation, "SMALL", 10**9)
    apart = evaluate(RULE_SET, source, at)
    assert [(each.rule.code, each.missing) for each in together.skipped] == [(each.rule.code, each.missing) for each in apart.skipped]
    assert [_told(result) for result in together.results] == [_told(result) for result in apart.results]
    assert together.results and bool(together.skipped) == (share > 1)


def test_with_only_findings_are_findings_and_kept_rows_are_counted(facts: Facts, everything: Evaluation) -> None:
    rule = RULE_SET.get("CU-012")
    wanted = everything.get("CU-012").table["subject"].to_pylist()
    alone, among_all = evaluate([rule], facts, AT, wanted).get("CU-012"), evaluate([rule], facts, AT).get("CU-012")
    assert alone.subjects == among_all.subjects
    assert alone.table.to_pylist() == among_all.table.to_pylist()
    assert evaluate([rule], facts, AT, []).get("CU-012").subjects == 0


def test_what_belongs_to_a_case(facts: Facts) -> None:
    code = facts.connection.execute("""SELECT i.case_code FROM interview AS i JOIN summons AS s USING (case_code) JOIN attendance AS a
        ON a.interview_code = i.code LIMIT 1""").fetchone()[0]
    keys = belonging(facts, code)
    assert keys["case"] == [code]
    assert {"party", "summons", "interview", "attendance"} <= keys.keys()
    assert not keys.keys() & {"unit", "officer"}


def test_cases_at_the_desk_are_judged_as_any_facts_are(facts: Facts) -> None:
    desk = Desk(RULE_SET, RULE_SET.vocabulary, facts.unusual_kept)
    judged = 0
    for (code,) in facts.connection.execute('SELECT code FROM "case" ORDER BY hash(code, 3) LIMIT 15').fetchall():
        keys = belonging(facts, code)
        tables = rows_of(facts, keys, list(RULE_SET.vocabulary.tables))
        alone = Facts.from_arrow(RULE_SET.vocabulary, tables, facts.unusual_kept)
        assert desk.lay(tables, keys, AT)
        for subject, codes in keys.items():
            about = [rule for rule in RULE_SET if rule.subject.name == subject]
            here, there = desk.judge(about), evaluate(about, alone, AT, codes)
            assert [_told(result) for result in here.results] == [_told(result) for result in there.results], code
            judged += sum(result.subjects for result in here.results)
    assert judged > 500


def _told(result: Result) -> tuple:
    return result.rule.code, result.subjects, result.table.to_pylist()


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


def _some_subjects(table: pa.Table) -> list[str]:
    """Up to four subjects of each stage."""
    chosen = []
    for stage in dict.fromkeys(table["stage"].to_pylist()):
        chosen += [row["subject"] for row in table.select(["subject", "stage"]).to_pylist() if row["stage"] == stage][:4]
    return chosen
