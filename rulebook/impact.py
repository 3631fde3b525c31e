"""What a new version of a statute touches: the rules that rest on it, their examples on either side of the day, and the clocks that run across it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rulebook.errors import Fault, RuleError, Text
from rulebook.evaluation import Evaluation, evaluate
from rulebook.examples import given_facts
from rulebook.explain import citation
from rulebook.facts import Facts
from rulebook.rules import Rule, RuleSet, Version
from rulebook.statutes import Laws

OPEN = frozenset({"running", "due_soon", "overdue"})


@dataclass(frozen=True)
class Touched:
    """`bases`: what the rule cites of the law; `has_version`: it has a version that begins on the day; `before`, `after`: names of its examples that judge
    anything by a version older than the day, and by one from it on;
    `clocks`: subjects whose time runs, None where no facts were given; `crossing`: those of them due on the day or later."""

    rule: Rule
    bases: tuple[str, ...]
    has_version: bool
    before: tuple[str, ...]
    after: tuple[str, ...]
    clocks: int | None = None
    crossing: int | None = None


def check_law(laws: Laws, law: str) -> None:
    """Raises RuleError for a law that the rule set does not list."""
    if laws.exists and law not in laws.versions:
        raise RuleError([Fault("--law", 0, Text(f"清单里没有“{law}”", f"“{law}” is not listed"),
                               Text(f"可用的：{'、'.join(laws.versions)}", f"there are: {', '.join(laws.versions)}"))])


def impact(rules: RuleSet, law: str, day: date, evaluation: Evaluation | None = None) -> list[Touched]:
    """The rules that cite this law in a version that reaches the day or later, by code."""
    zone = rules.vocabulary.time_zone
    since = datetime(day.year, day.month, day.day, tzinfo=zone)
    touched: list[Touched] = []
    bench: Facts | None = None
    for rule in rules:
        versions = [version for version in rule.versions if _cites(version, law) and (version.until is None or version.until >= day)]
        if not versions:
            continue
        bases = dict.fromkeys(citation(basis) for version in versions for basis in version.basis if basis["law"] == law)
        sides: dict[bool, list[str]] = {True: [], False: []}
        for example in rule.examples:
            bench = given_facts(rule, example, bench)
            for is_after in {finding.version >= day for finding in evaluate([rule], bench, example.at, every_stage=True)}:
                sides[is_after].append(example.name)
        before, after = tuple(sides[False]), tuple(sides[True])
        touched.append(Touched(rule, tuple(bases), any(version.effective == day for version in rule.versions), before, after,
                               *_clocks(rule, since, evaluation)))
    return touched


def _cites(version: Version, law: str) -> bool:
    return any(basis["law"] == law for basis in version.basis)


def _clocks(rule: Rule, since: datetime, evaluation: Evaluation | None) -> tuple[int | None, int | None]:
    result = evaluation.get(rule.code) if evaluation else None
    if result is None:
        return None, None
    running = [finding for finding in result if finding.stage in OPEN]
    return len(running), sum(finding.due_at is not None and finding.due_at >= since for finding in running)
