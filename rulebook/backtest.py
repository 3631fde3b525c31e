"""What a rule would have said, week by week, of facts that we have today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rulebook.evaluation import Evaluation, evaluate, missing_facts
from rulebook.facts import Facts
from rulebook.rules import STAGES, Rule

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """One moment of judgement: all findings by stage, and how many subjects are findings (not merely running) for the first time."""

    at: datetime
    subjects: int
    by_stage: dict[str, int]
    new: int


def backtest(rule: Rule, facts: Facts, first: datetime, last: datetime) -> Iterator[Week]:
    """Judge at `first` and every seven days after it up to `last` (both aware). Facts later than each moment are not seen then.

    Only times are rewound: a value that was corrected later shows as it stands today. Raises SourceError when the source lacks what the rule reads.
    """
    seen: set[str] = set()
    at = first
    while at <= last:
        evaluation = evaluate([rule], facts, at)
        if evaluation.skipped:
            raise missing_facts(evaluation)
        alerted = _alerted(evaluation)
        yield Week(at, evaluation.results[0].subjects, evaluation.results[0].by_stage, len(alerted - seen))
        seen |= alerted
        at += WEEK


def _alerted(evaluation: Evaluation) -> set[str]:
    table = evaluation.results[0].table
    pairs = zip(table["subject"].to_pylist(), table["stage"].to_pylist(), strict=True)
    return {subject for subject, stage in pairs if stage != STAGES[0]}
