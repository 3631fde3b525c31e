"""Gates that every rule file must pass: it loads, and what it cites exists in the law in force and says the figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rulebook.errors import Fault, RuleError
from rulebook.rules import Rule, load_rules
from rulebook.statutes import CitationTally, Laws, check_citation, load_laws


@dataclass
class LintReport:
    """What was found. `tally` counts citations checked against the texts and against the list only."""

    rules: int
    faults: list[Fault]
    tally: CitationTally


def lint(folder: str | Path, texts: Path | None = None) -> LintReport:
    """Check a rule folder; never raises for faults of its files."""
    tally = CitationTally()
    try:
        rule_set = load_rules(folder)
        laws = load_laws(folder)
    except RuleError as error:
        return LintReport(0, list(error.faults), tally)
    faults = [fault for rule in rule_set for fault in _citations(rule, laws, texts, tally)]
    faults += [fault for rule in rule_set for fault in _unchecked_status(rule)]
    return LintReport(len(rule_set), faults, tally)


def _citations(rule: Rule, laws: Laws, texts: Path | None, tally: CitationTally) -> list[Fault]:
    faults = []
    for index, version in enumerate(rule.versions):
        for position, citation in enumerate(version.basis):
            where = ("versions", index, "basis", position)
            faults += check_citation(laws, texts, citation, version.effective, version.until, rule.file, where, tally)
    return faults


def _unchecked_status(rule: Rule) -> list[Fault]:
    """What rests on a basis that nobody has verified may run on trial but not push red."""
    unverified = any(citation.get("unverified") for version in rule.versions for citation in version.basis)
    if unverified and rule.status == "active" and rule.level == "red":
        return [rule.file.fault(("status",), "依据尚未核实的规则不能作为红色预警启用", "a rule with an unverified basis cannot be active and red",
                                "先核实依据，或把 status 改为 trial", "verify the basis first, or set status to trial")]
    return []


