"""A rule that breaks: who is told, and which subjects break it, so that the others are judged all the same."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from rulebook.evaluation import Result, evaluate
from rulebook.facts import Facts, quote
from rulebook.rules import Rule

log = logging.getLogger("mingjing.alerts")
MOST = 100  # attempts: a few bad subjects among a hundred thousand are found; a rule that breaks on everything is given up soon


@dataclass(frozen=True)
class Apart:
    """`result`: what was found of all subjects but the `bad` ones."""

    result: Result
    bad: tuple[str, ...]


def report(rule: Rule, error: Exception) -> None:
    """To be called while the error is being handled: the log has its traceback."""
    log.exception("预警模型 %s 判断时出错，其余模型照常判断", rule.code, exc_info=error)


def judge_apart(rule: Rule, facts: Facts, at: datetime, only: Collection[str] | None = None) -> Apart | None:
    """Judge by a rule that has broken: half of the subjects, half of those, until the ones that break it stand alone. None when it does not come to
    that: too many break it, or all do, so the rule itself is broken."""
    waiting = _halves(sorted(only) if only is not None else _keys(rule, facts))
    found: list[Result] = []
    bad: list[str] = []
    for _ in range(MOST):
        if not waiting:
            break
        part = waiting.pop()
        try:
            found += evaluate([rule], facts, at, part).results
        except Exception:  # it has been reported for all subjects together
            if len(part) == 1:
                bad += part
            else:
                waiting += _halves(part)
    if waiting or not found:
        return None
    table = pa.concat_tables([result.table for result in found]).sort_by([("subject", "ascending"), ("version", "ascending")])
    return Apart(Result(rule, sum(result.subjects for result in found), sum(result.seconds for result in found), table), tuple(sorted(bad)))


def _halves(keys: list[str]) -> list[list[str]]:
    middle = len(keys) // 2
    return [part for part in (keys[:middle], keys[middle:]) if part] if len(keys) > 1 else []


def _keys(rule: Rule, facts: Facts) -> list[str]:
    return facts.keys(f"SELECT {quote(rule.subject.key)} FROM {quote(rule.subject.name)} ORDER BY 1")
