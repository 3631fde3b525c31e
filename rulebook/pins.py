"""Pins: every number and every condition of a rule must be held in place by an example.

Each is changed by itself — a limit by a unit, a condition negated, an option flipped, an exception removed — and some example must then fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rulebook.errors import Fault, Text
from rulebook.examples import check_example, given_facts
from rulebook.rules import Rule


@dataclass(frozen=True)
class Mutant:
    """One rule with one thing changed."""

    rule: Rule
    version: int
    label: str


@dataclass
class PinReport:
    """How many changes were tried, and those that no example noticed."""

    tried: int
    unpinned: list[Mutant]

    def faults(self) -> list[Fault]:
        return [_fault(mutant) for mutant in self.unpinned]


def check_pins(rules: Iterable[Rule], progress=None) -> PinReport:
    """Try every change of every rule. The examples themselves are expected to pass."""
    report = PinReport(0, [])
    for rule in rules:
        if progress:
            progress(rule)
        mutants = list(rule_mutants(rule))
        report.tried += len(mutants)
        report.unpinned += unnoticed(rule, mutants)
    return report


def rule_mutants(rule: Rule) -> Iterable[Mutant]:
    for index, version in enumerate(rule.versions):
        for label, check in version.check.mutants():
            versions = (*rule.versions[:index], replace(version, check=check), *rule.versions[index + 1:])
            yield Mutant(replace(rule, versions=versions), index, label)


def unnoticed(rule: Rule, mutants: list[Mutant]) -> list[Mutant]:
    """The mutants under which every example still comes out as expected."""
    left, bench = mutants, None
    for example in rule.examples:
        bench = given_facts(rule, example, bench)
        left = [mutant for mutant in left if check_example(mutant.rule, example, bench) is None]
    return left


def _fault(mutant: Mutant) -> Fault:
    rule = mutant.rule
    line = rule.file.line(("versions", mutant.version, "check"))
    effective = rule.versions[mutant.version].effective
    return Fault(rule.path, line, Text(f"{effective} 版没有范例钉住：{mutant.label}", f"version {effective}: nothing pins {mutant.label}"),
                 Text("加一个恰在边界上的范例，使这处改动会被发现", "add an example at the boundary that notices this change"))
