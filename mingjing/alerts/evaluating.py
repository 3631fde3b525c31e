"""Judging: all matters, or those that the ledger says have changed. Reads facts, runs the rulebook, hands the findings to `reconcile`.

A run of changes takes in the ledger from where the last run stopped and moves its position in the same transaction as what it found, so a crash
repeats nothing and forgets nothing. Rules that compare units with each other need everybody's facts and are judged by whole runs only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from django.db import transaction
from django.utils import timezone

from mingjing.alerts.actions.firing import fire
from mingjing.alerts.actions.leading import hold_back
from mingjing.alerts.actions.reconciling import Judged, reconcile
from mingjing.alerts.actions.telling import tell_all
from mingjing.alerts.facts import of_matters
from mingjing.alerts.library import Library, library
from mingjing.alerts.models import Run
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import snapshot
from mingjing.ledger.models import Event
from rulebook.evaluation import Evaluation, compile_rule, evaluate
from rulebook.facts import Facts
from rulebook.rules import Rule

COMPARING = frozenset({"unit", "officer"})  # subjects that are judged on the facts of many matters
MOST = 200  # matters judged at once: bounds the time that a change waits
OWN = "alert."  # entries about alerts are no news about facts


@dataclass(frozen=True)
class Seen:
    """How far the ledger has been taken in, and which matters it says have changed since."""

    position: int
    matters: tuple[str, ...]


def run_changes(now: datetime | None = None) -> Run | None:
    """Judge the matters that changed since the last run. None when there was nothing new."""
    seen = changed_since(position())
    if seen is None:
        return None
    return run_matters(seen.matters, now, seen.position)


def run_matters(matters: Collection[str], now: datetime | None = None, reached: int | None = None) -> Run:
    """Judge everything that belongs to these matters; `reached`: the position in the ledger that this run brings."""
    started, now, rules = perf_counter(), now or timezone.now(), library()
    run = Run(kind=Run.Kind.CHANGES, at=now, started_at=now, position=position() if reached is None else reached)
    if not matters:
        run.save()
        return run
    tables, keys = of_matters(matters)
    facts = Facts.from_arrow(vocabulary(), tables)
    judged = []
    for subject, codes in keys.items():
        about = [rule for rule in rules if rule.subject.name == subject]
        if about and codes:
            judged.append(Judged(evaluate(about, facts, now, codes), frozenset(codes)))
    return _finish(run, rules, judged, facts, started, matters)


def run_whole(now: datetime | None = None) -> Run:
    """Judge everything, while changes go on being judged beside it. What was written after it had read the facts is news to it: matters that changed
    meanwhile are left as the runs of changes have put them, and its position is that of its beginning."""
    started, now, rules = perf_counter(), now or timezone.now(), library()
    start = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    run = Run(kind=Run.Kind.WHOLE, at=now, started_at=now, position=start)
    facts = Facts.from_arrow(vocabulary(), snapshot())
    evaluation = evaluate(rules, facts, now, threads=1)  # in no hurry: the pages need the processors
    with transaction.atomic():
        meanwhile = changed_since(start, most=None)
        left = frozenset(meanwhile.matters) if meanwhile else frozenset()
        return _finish(run, rules, [Judged(evaluation, None, left)], facts, started, None)


def fire_clocks(now: datetime | None = None) -> bool:
    """Fire the clocks that are due, and judge the matters of paused ones. Whether there were any."""
    now, rules = now or timezone.now(), library()
    with transaction.atomic():
        changes, paused = fire(rules=rules, at=now)
        changes.occasions |= hold_back(matters=None, rules=rules) if changes.occasions else {}
        tell_all(occasions=changes.occasions, rules=rules, at=now)
    if paused:
        run_matters(sorted(paused), now)
    return bool(changes.opened or changes.joined or paused)


def judge(rule: Rule, subject: str, matter: str, now: datetime) -> Evaluation:
    """One rule on one subject, on the facts of now: the proof of a cure. Only the tables that the rule reads are fetched."""
    names = compile_rule(rule, now).reads
    tables = snapshot(names) if rule.subject.name in COMPARING else of_matters([matter], names)[0]
    return evaluate([rule], Facts.from_arrow(vocabulary(), tables), now, [subject])


def position() -> int:
    """The last entry of the ledger that some run has taken in; 0 before the first run."""
    return Run.objects.filter(error="").order_by("-position").values_list("position", flat=True).first() or 0


def changed_since(start: int, most: int | None = MOST) -> Seen | None:
    """The matters of the entries after `start`, at most `most` of them; None when there are no entries. Entries become visible in the order of their
    numbers, because the chain has one writer at a time: nothing can appear later below a position."""
    entries = Event.objects.filter(seq__gt=start).order_by("seq").values_list("seq", "kind", "matter_code")
    last, matters = start, dict[str, None]()
    for seq, kind, matter in entries.iterator(chunk_size=1000):
        if matter and not kind.startswith(OWN):
            matters[matter] = None
        last = seq
        if most and len(matters) >= most:
            break
    return Seen(last, tuple(matters)) if last > start else None


@transaction.atomic
def _finish(run: Run, rules: Library, judged: Iterable[Judged], facts: Facts, started: float, matters: Collection[str] | None) -> Run:
    judged = list(judged)
    changes = reconcile(judged=judged, at=run.at)
    changes.occasions |= hold_back(matters=matters, rules=rules)
    tell_all(occasions=changes.occasions, rules=rules, at=run.at)
    evaluations = [each.evaluation for each in judged]
    run.rules = len(rules.rules)
    run.subjects = sum(result.subjects for evaluation in evaluations for result in evaluation.results)
    run.findings = sum(len(evaluation) for evaluation in evaluations)
    run.opened, run.gone, run.rejected = changes.opened, changes.gone, facts.rejected
    run.skipped = json.dumps(_skipped(evaluations), ensure_ascii=False)
    run.versions = json.dumps(rules.digests)
    run.seconds = perf_counter() - started
    run.save()
    return run


def _skipped(evaluations: Collection[Evaluation]) -> list[tuple[str, str]]:
    return sorted({(each.rule.code, each.reason.zh) for evaluation in evaluations for each in evaluation.skipped})
