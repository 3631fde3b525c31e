"""Which rules fire together: of the matters in which one has found something wrong, in how many has another too.

Two that always do say one thing twice, unless the follower names its leader (`follows`): then the house pushes one of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

from rulebook.evaluation import Evaluation
from rulebook.facts import Facts, literal, quote
from rulebook.rules import Rule
from rulebook.score import WRONG
from rulebook.vocabulary import Column, Table, Vocabulary


@dataclass(frozen=True)
class Pair:
    """`rule` fires in `matters` matters, in `both` of them also `other`; `is_led`: one of the two follows the other."""

    rule: str
    other: str
    matters: int
    both: int
    is_led: bool

    @property
    def share(self) -> float:
        return self.both / self.matters

    @property
    def is_always(self) -> bool:
        return self.both == self.matters


def together(rules: list[Rule], evaluation: Evaluation, facts: Facts, by: str = "case", least: int = 5) -> list[Pair]:
    """Pairs in both directions, the closest first. `by`: the table whose rows are the matters; subjects that lead to none are left out, and so are
    rules with fewer than `least` matters. Raises ValueError for a table that the vocabulary does not know."""
    vocabulary = facts.vocabulary
    if by not in vocabulary.tables:
        raise ValueError(by)
    matters: dict[str, set[str]] = {}
    for rule in rules:
        result = evaluation.get(rule.code)
        subjects = {finding.subject for finding in result or () if finding.stage in WRONG}
        found = _matters(facts, rule.subject, by, subjects)
        if len(found) >= least:
            matters[rule.code] = found
    leaders = {rule.code: set(rule.follows) for rule in rules}
    pairs = []
    for one, other in combinations(sorted(matters), 2):
        both = len(matters[one] & matters[other])
        is_led = other in leaders[one] or one in leaders[other]
        if both:
            pairs += [Pair(one, other, len(matters[one]), both, is_led), Pair(other, one, len(matters[other]), both, is_led)]
    return sorted(pairs, key=lambda pair: (-pair.share, -pair.both, pair.rule, pair.other))


def _matters(facts: Facts, table: Table, by: str, subjects: set[str]) -> set[str]:
    way = way_to(facts.vocabulary, table, by)
    if way is None or not subjects:
        return set()
    here, joins = "t0", ""
    for number, (_, column) in enumerate(way[:-1], 1):
        target = facts.vocabulary.tables[column.refers]
        joins += f" JOIN {quote(target.name)} AS t{number} ON t{number}.{quote(target.key)} = t{number - 1}.{quote(column.name)}"
        here = f"t{number}"
    last = way[-1][1].name if way else table.key
    keys = ", ".join(literal(code) for code in sorted(subjects))
    query = f"SELECT DISTINCT {here}.{quote(last)} FROM {quote(table.name)} AS t0{joins} WHERE CAST(t0.{quote(table.key)} AS VARCHAR) IN ({keys})"
    return set(facts.keys(query))


def way_to(vocabulary: Vocabulary, table: Table, by: str) -> list[tuple[Table, Column]] | None:
    """The references that lead from a table to another, the fewest; empty when it is the table itself, None where none lead there."""
    ways: dict[str, list[tuple[Table, Column]]] = defaultdict(list, {table.name: []})
    queue = [table]
    while queue:
        here = queue.pop(0)
        if here.name == by:
            return ways[here.name]
        for column in here.columns.values():
            if column.refers and column.refers not in ways:
                ways[column.refers] = [*ways[here.name], (here, column)]
                queue.append(vocabulary.tables[column.refers])
    return None
