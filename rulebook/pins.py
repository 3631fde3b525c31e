"""Pins: every number and every condition of a rule must be held in place by an example.

Each is changed by itself — a limit by a unit, a condition negated, an option flipped, an exception removed — and some example must then come
out differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context

from rulebook.errors import Fault, Text
from rulebook.examples import findings_in_words, given_facts
from rulebook.rules import Rule, Version, load_rule
from rulebook.vocabulary import Vocabulary, load_vocabulary


@dataclass(frozen=True)
class Mutant:
    """One version of a rule with one thing changed."""

    rule: Rule
    original: Version
    changed: Version
    label: str


@dataclass
class PinReport:
    """How many changes were tried, and those that no example noticed."""

    tried: int
    unpinned: list[Mutant]

    def faults(self) -> list[Fault]:
        return [_fault(mutant) for mutant in self.unpinned]


def check_pins(rules: Iterable[Rule], progress=None, jobs: int = 1) -> PinReport:
    """Try every change of every rule, several rules at a time in processes of their own where `jobs` says so. The examples themselves are expected to pass.
    `progress` is called with each rule that is done."""
    report, rules = PinReport(0, []), list(rules)
    for rule, (tried, missed) in zip(rules, _tried(rules, jobs), strict=True):
        report.tried += tried
        if missed:
            mutants = list(rule_mutants(rule))
            report.unpinned += [mutants[place] for place in missed]
        if progress:
            progress(rule)
    return report


def _tried(rules: list[Rule], jobs: int) -> Iterator[tuple[int, list[int]]]:
    if jobs < 2:
        yield from map(_pins_of, rules)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:  # a forked DuckDB does not survive
        yield from pool.map(_pins_of_file, [rule.path for rule in rules], [str(rule.vocabulary.folder) for rule in rules])


def _pins_of_file(path: str, folder: str) -> tuple[int, list[int]]:
    return _pins_of(load_rule(path, _vocabulary(folder)))


@cache
def _vocabulary(folder: str) -> Vocabulary:
    return load_vocabulary(folder)


def _pins_of(rule: Rule) -> tuple[int, list[int]]:
    """How many changes there are, and the places of those that no example notices."""
    mutants = list(rule_mutants(rule))
    left = {id(mutant) for mutant in unnoticed(rule, mutants)}
    return len(mutants), [place for place, mutant in enumerate(mutants) if id(mutant) in left]


def rule_mutants(rule: Rule) -> Iterator[Mutant]:
    """Every single change of every version."""
    for version in rule.versions:
        for label, check in version.check.mutants():
            yield Mutant(rule, version, replace(version, check=check), label)


def unnoticed(rule: Rule, mutants: list[Mutant]) -> list[Mutant]:
    """The mutants under which every example says the same. Versions judge different subjects, so only the changed one is compared."""
    left, bench = mutants, None
    for example in rule.examples:
        bench = given_facts(rule, example, bench)
        usual = {version.effective: findings_in_words(_alone(rule, version), example, bench) for version in rule.versions}
        left = [mutant for mutant in left
                if findings_in_words(_alone(rule, mutant.changed), example, bench) == usual[mutant.original.effective]]
    return left


def _alone(rule: Rule, version: Version) -> Rule:
    return replace(rule, versions=(version,))


def _fault(mutant: Mutant) -> Fault:
    index = [version.effective for version in mutant.rule.versions].index(mutant.original.effective)
    line = mutant.rule.file.line(("versions", index, "check"))
    effective = mutant.original.effective
    return Fault(mutant.rule.path, line, Text(f"{effective} 版没有范例钉住：{mutant.label}", f"version {effective}: nothing pins {mutant.label}"),
                 Text("加一个恰在边界上的范例，使这处改动会被发现", "add an example at the boundary that notices this change"))
