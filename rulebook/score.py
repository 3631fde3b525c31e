"""How well rules find what is known to be wrong: a source with its truth beside it, judged, and the findings held against the truth.

The truth is a table of (rule, subject): which rule ought to find which subject. Whatever made the source wrote it by its own knowledge, without the rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rulebook.errors import Fault, SourceError, Text
from rulebook.evaluation import Evaluation, in_short

TRUTH = "_truth/truth.parquet"  # beside the tables of a folder; columns `rule` and `subject`
WRONG = frozenset({"overdue", "late", "violated"})  # a clock that runs or is due soon is no fault yet


@dataclass(frozen=True)
class Score:
    """One rule, or all of them (`rule` empty): how many faults were `planted`, how many subjects were `found`, how many of these are `right`."""

    rule: str
    planted: int
    found: int
    right: int

    @property
    def recall(self) -> float | None:
        return self.right / self.planted if self.planted else None

    @property
    def precision(self) -> float | None:
        return self.right / self.found if self.found else None

    @property
    def is_perfect(self) -> bool:
        return self.planted == self.found == self.right


def read_truth(folder: Path) -> list[tuple[str, str]]:
    """Raises SourceError where there is none, or none that can be used."""
    try:
        table = pq.read_table(folder / TRUTH, columns=["rule", "subject"])
    except (OSError, pa.ArrowInvalid) as error:
        why = in_short(error)
        raise SourceError([Fault(str(folder / TRUTH), 0, Text(f"读不了已知问题的表：{why}", f"cannot read the table of known faults: {why}"),
                                 Text(f"给出带有 rule、subject 两列的 {TRUTH}", f"give {TRUTH} with columns rule and subject"))]) from error
    return list(zip(table["rule"].to_pylist(), table["subject"].to_pylist(), strict=True))


def score(evaluation: Evaluation, truth: Iterable[tuple[str, str]]) -> list[Score]:
    """For every rule that was judged or that the truth names; a rule that nothing tries stands there with nothing planted. Found twice counts twice."""
    planted = set(truth)
    found = [(finding.rule, finding.subject) for finding in evaluation if finding.stage in WRONG]
    codes = sorted({*(result.rule.code for result in evaluation.results), *(each.rule.code for each in evaluation.skipped), *(code for code, _ in planted)})
    return [_of(code, planted, found) for code in codes]


def _of(code: str, planted: Collection[tuple[str, str]], found: list[tuple[str, str]]) -> Score:
    own, hits = {subject for rule, subject in planted if rule == code}, [subject for rule, subject in found if rule == code]
    return Score(code, len(own), len(hits), len(own & set(hits)))


def whole(scores: Iterable[Score]) -> Score:
    scores = list(scores)
    return Score("", *(sum(getattr(each, name) for each in scores) for name in ("planted", "found", "right")))
