"""The rule files that the project ships: they load, cite what exists, do what their examples say."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulebook.examples import run_examples
from rulebook.lint import lint
from rulebook.pins import check_pins
from rulebook.rules import load_rules
from rulebook.shapes import SHAPES

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT.parent / "shared" / "law" / "texts"
FOLDERS = {"rules": ROOT / "rules", "it-road-fines": ROOT / "examples" / "it-road-fines"}
RULES = [pytest.param(rule, id=f"{name}:{rule.code}") for name, folder in FOLDERS.items() for rule in load_rules(folder)]
CHINESE = load_rules(ROOT / "rules")


@pytest.mark.parametrize("rule", RULES)
def test_examples(rule):
    failed = [outcome.fault.say() for outcome in run_examples([rule]) if outcome.fault]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("rule", list(CHINESE), ids=lambda rule: rule.code)
def test_two_subjects_at_least_are_found_in_the_examples_and_two_are_not(rule):
    found = sum(len({each["subject"] for each in example.expect}) for example in rule.examples)
    given = sum(len(list(example.given.get(rule.subject.name, ()))) for example in rule.examples)
    assert found >= 2
    assert given - found >= 2


# about people who are held, but about signatures, rooms, belongings, money and notices to others: nobody is held longer for it
PAPERS_AND_MONEY = {"CU-020", "CU-022", "QZ-018", "QZ-019", "QZ-020", "QZ-021", "QZ-025", "QZ-026", "QZ-027", "XW-020"}


def test_what_costs_somebody_liberty_says_so():
    """Whoever is summoned, held or questioned; and detention that nobody may impose. New rules about them must not forget it."""
    about_people_held = {rule.code for rule in CHINESE if rule.element == "场" or rule.subject.name in ("summons", "restraint", "measure")}
    protecting = {rule.code for rule in CHINESE if rule.protects == "liberty"}
    assert about_people_held - protecting == PAPERS_AND_MONEY
    assert protecting >= {"XW-002", "XW-005", "XW-006", "XW-008", "XW-010", "CF-005", "CF-006", "CF-010", "CF-012", "QZ-010", "QZ-011", "QZ-012"}


@pytest.mark.parametrize("rule", list(load_rules(FOLDERS["it-road-fines"])), ids=lambda rule: rule.code)
def test_nothing_is_unpinned(rule):
    """In the example. The rules of the product are tried by `make check`."""
    report = check_pins([rule])
    assert not report.unpinned, "\n".join(fault.say() for fault in report.faults())
    assert report.tried >= 2


def test_citations_stand_in_the_list_of_statutes():
    report = lint(ROOT / "rules")
    assert not report.faults, "\n".join(fault.say() for fault in report.faults)
    assert report.tally.unchecked == 0


@pytest.mark.skipif(not TEXTS.exists(), reason="the folder of statute texts is not beside this checkout")
def test_citations_and_figures_stand_in_the_texts():
    report = lint(ROOT / "rules", TEXTS)
    assert not report.faults, "\n".join(fault.say() for fault in report.faults)
    assert report.tally.checked > 30


def test_every_shape_is_used():
    assert {version.check.name for rule in CHINESE for version in rule.versions} == set(SHAPES)


def test_rules_of_liberty_are_red_and_warn_early():
    for code in ("CU-012", "QZ-001", "QZ-003"):
        rule = CHINESE.get(code)
        assert rule.level == "red"
        assert all(version.check.warn_before for version in rule.versions)


def test_no_rule_judges_an_officer_and_persons_only_as_parties_to_a_case():
    """Guard-rail: rules speak of acts and papers. An officer is never a subject; a party only for what was imposed on it in one case."""
    assert not [rule.code for rule in CHINESE if rule.subject.name == "officer"]
    assert all(table.reference("case") for table in CHINESE.vocabulary.tables.values() if table.name == "party")
