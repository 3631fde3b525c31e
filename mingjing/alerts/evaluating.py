"""Judging: all matters, or those that the ledger says have changed. Reads facts, runs the rulebook, hands the findings to `reconcile`.

A run of changes takes in the ledger from where the last run stopped and moves its position in the same transaction as what it found, so a crash
repeats nothing and forgets nothing. Rules that compare units with each other need everybody's facts and are judged by whole runs only.

A rule that breaks stops no other: it is left out of the run, with the reason on record, and what stands about its subjects stays as it is. The position
moves on all the same, because the next whole run judges everything by it again: what it missed is caught up as soon as it works.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from mingjing.alerts import sources
from mingjing.alerts.actions.firing import fire, postpone
from mingjing.alerts.actions.leading import hold_back, lock
from mingjing.alerts.actions.reconciling import Judged, reconcile
from mingjing.alerts.actions.telling import tell_all
from mingjing.alerts.apart import judge_apart, report
from mingjing.alerts.desks import desk_of
from mingjing.alerts.facts import of_matters
from mingjing.alerts.library import Library, library
from mingjing.alerts.models import Alert, Clock, Run
from mingjing.cases.kept import kept, remember
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import snapshot
from mingjing.ledger.models import Event
from rulebook.evaluation import Evaluation, Skipped, compile_rule, evaluate, in_short
from rulebook.facts import Facts
from rulebook.rules import Rule

log = logging.getLogger("mingjing.alerts")
COMPARING = frozenset({"unit", "officer"})  # subjects that are judged on the facts of many matters
MOST = 200  # matters judged at once: bounds the time that a change waits
OWN = "alert."  # entries about alerts are no news about facts
JUDGING = 0x4D4A_4556  # PostgreSQL's advisory lock of whoever takes in findings about the house's own facts; any fixed number
WIDE = frozenset({"case", "incident"})  # what a matter itself says bears on every rule about it, and on who answers for it


@dataclass(frozen=True)
class Seen:
    """How far the ledger has been taken in, which matters it says have changed since, and in which tables."""

    position: int
    matters: tuple[str, ...]
    tables: frozenset[str]


def run_changes(now: datetime | None = None) -> Run | None:
    """Judge the matters that changed since the last run. None when there was nothing new."""
    seen = changed_since(position())
    if seen is None:
        return None
    return run_matters(seen.matters, now, seen.position, seen.tables)


def run_matters(matters: Collection[str], now: datetime | None = None, reached: int | None = None, changed: Collection[str] | None = None) -> Run:
    """Judge what belongs to these matters; `reached`: the position in the ledger that this run brings; `changed`: the tables in which something has
    changed, None when everything is to be judged."""
    started, now, rules = perf_counter(), now or timezone.now(), library()
    run = Run(kind=Run.Kind.CHANGES, at=now, started_at=now, position=position() if reached is None else reached)
    if not matters:
        return _moved_on(run)
    touched = rules.touched_by(changed) if changed is not None and not WIDE & set(changed) else list(rules)
    tables, keys = of_matters(matters, frozenset().union(*(rules.reads[rule.code] for rule in touched)))
    about = {subject: [rule for rule in touched if rule.subject.name == subject] for subject, codes in keys.items() if codes}
    judged, rejected = judge_few(rules, about, tables, keys, now)
    return finish(run, rules, judged, rejected, started, matters)


def judge_few(rules: Library, about: Mapping[str, Sequence[Rule]], tables: Mapping[str, pa.Table], keys: Mapping[str, Collection[str]],
              now: datetime) -> tuple[list[Judged], int]:
    """Judge the facts of a few matters: `about` are the rules for each table of subjects, `keys` the subjects. Returns the number of rows set aside, too.

    All queries lie ready on the desk. Where a row must first be asked at the gate or a rule breaks, the facts are judged like any others, so that what is
    set aside is counted and the other rules are judged all the same.
    """
    wanted = kept()
    try:
        desk = desk_of(rules, wanted)
        with desk.lock:
            if desk.lay(tables, keys, now):
                return [Judged(desk.judge(about[subject]), frozenset(keys[subject])) for subject in about], 0
    except Exception:
        log.info("转为逐条判断", exc_info=True)
    facts = Facts.from_arrow(vocabulary(), tables, wanted)
    return [judged for subject in about for judged in judge_all(about[subject], facts, now, keys[subject])], facts.rejected


def _moved_on(run: Run) -> Run:
    """Only alerts have changed, by people or by the platform itself: the position moves, nothing is judged. One row stands for as many such rounds as follow
    each other, so that the list of runs shows what was judged."""
    last = Run.objects.filter(origin="").first()
    if last is not None and last.kind == Run.Kind.CHANGES and not last.rules and not last.error:
        run.pk = last.pk
    run.save()
    return run


def run_whole(now: datetime | None = None) -> Run:
    """Judge everything, while changes go on being judged beside it. What was written after it had read the facts is news to it: matters that changed
    meanwhile are left as the runs of changes have put them, and its position is that of its beginning."""
    started, now, rules = perf_counter(), now or timezone.now(), library()
    start = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    run = Run(kind=Run.Kind.WHOLE, at=now, started_at=now, position=start)
    facts = Facts.from_arrow(vocabulary(), snapshot())
    remember(facts.unusual_kept)
    judged = judge_all(rules, facts, now, threads=1)  # in no hurry: the pages need the processors
    with transaction.atomic():
        _wait_for_changes()
        meanwhile = changed_since(start, most=None, with_own=True)
        left = frozenset(meanwhile.matters) if meanwhile else frozenset()
        _forget_clocks_of_retired(rules)
        return finish(run, rules, [replace(each, left=left) for each in judged], facts.rejected, started, None)


def _wait_for_changes() -> None:
    """Until the end of this transaction nobody else takes in findings, so that none which are newer can slip in unseen. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [JUDGING])


def _forget_clocks_of_retired(rules: Library) -> None:
    """Limits of rules that no longer run are not running. While some file is broken, only those of rules that are known to be retired: the others come back."""
    own = Clock.objects.filter(origin="")
    (own.filter(rule_code__in=rules.idle) if rules.broken else own.exclude(rule_code__in=rules.rules)).delete()


def fire_clocks(now: datetime | None = None) -> bool:
    """Fire the clocks that are due, and judge the matters of those that cannot be trusted to. Whether there were any."""
    now, rules = now or timezone.now(), library()
    with transaction.atomic():
        changes, unsure = fire(rules=rules, at=now)
        matters = Alert.objects.filter(code__in=changes.occasions).exclude(matter_code="").values_list("matter_code", flat=True)
        changes.occasions |= hold_back(matters=set(matters), rules=rules) if changes.occasions else {}
        tell_all(occasions=changes.occasions, rules=rules, at=now)
    if unsure:
        run_matters(sorted({clock.matter_code for clock in unsure if not clock.origin}), now)
        postpone(clocks=unsure, at=now, until=now + timedelta(minutes=settings.WHOLE_RUN_MINUTES))
    return bool(changes.opened or changes.joined or unsure)


def judge(rule: Rule, subject: str, matter: str, now: datetime) -> Evaluation:
    """One rule on one subject, on the facts of now, in the house or in the source that the matter belongs to: the proof of a cure. Only the tables that
    the rule reads are fetched. A rule that breaks and a source that says nothing clear prove nothing: then the rule is among the skipped."""
    try:
        names = compile_rule(rule, now).reads
    except Exception as error:
        report(rule, error)
        return Evaluation(now, (), (Skipped(rule, (), in_short(error)),))
    if origin := sources.origin_of(matter):
        return _judge_in_source(rule, names, origin, subject, matter, now)
    tables = snapshot(names) if rule.subject.name in COMPARING else of_matters([matter], names)[0]
    return evaluate([rule], Facts.from_arrow(vocabulary(), tables, kept()), now, [subject], on_error=report)


def _judge_in_source(rule: Rule, names: Collection[str], origin: str, subject: str, matter: str, now: datetime) -> Evaluation:
    """What a source does not contain, or not readably, is no proof that all is well."""
    try:
        with sources.opened(origin, names) as world:
            if not world.has(rule.subject, subject):
                raise sources.Unreadable(f"来源里没有编号为“{subject}”的{rule.subject.label}")
            if world.doubtful & {subject, matter}:
                raise sources.Unreadable("来源里有涉及它的行不能判断，已单列")
            return evaluate([rule], world.facts, now, [subject], on_error=report)
    except sources.Unreadable as error:
        return Evaluation(now, (), (Skipped(rule, (), f"外部来源“{origin}”：{error}".rstrip("。")),))


def judge_all(rules: Iterable[Rule], facts: Facts, at: datetime, codes: Collection[str] | None = None, threads: int | None = None) -> list[Judged]:
    """Judge these subjects, or all there are. Where a rule breaks on a few of them only, the others are judged by it all the same."""
    subjects = None if codes is None else frozenset(codes)
    evaluation = evaluate(rules, facts, at, codes, threads=threads, on_error=report)
    whole, judged = [], []
    for skipped in evaluation.skipped:
        apart = judge_apart(skipped.rule, facts, at, codes) if skipped.error else None
        if apart is None:
            whole.append(skipped)
        else:
            told = Skipped(skipped.rule, (), f"{skipped.error}；只有这些对象没有判断：{'、'.join(apart.bad)}")
            judged.append(Judged(Evaluation(at, (apart.result,), (told,)), subjects, unsure=frozenset(apart.bad)))
    return [Judged(replace(evaluation, skipped=tuple(whole)), subjects), *judged]


def position() -> int:
    """The last entry of the ledger that some run has taken in; 0 before the first run."""
    return Run.objects.filter(error="").order_by("-position").values_list("position", flat=True).first() or 0


def changed_since(start: int, most: int | None = MOST, *, with_own: bool = False) -> Seen | None:
    """The matters of the entries after `start`, at most `most` of them; None when there are no entries. `with_own`: also those of which only an alert has
    changed. Entries become visible in the order of their
    numbers, because the chain has one writer at a time: nothing can appear later below a position."""
    entries = Event.objects.filter(seq__gt=start).order_by("seq").values_list("seq", "kind", "matter_code", "subject_kind")
    last, matters, tables = start, dict[str, None](), set[str]()
    for seq, kind, matter, table in entries.iterator(chunk_size=1000):
        if matter and (with_own or not kind.startswith(OWN)):
            matters[matter] = None
            tables.add(table)
        last = seq
        if most and len(matters) >= most:
            break
    return Seen(last, tuple(matters), frozenset(tables)) if last > start else None


@transaction.atomic
def finish(
    run: Run, rules: Library, judged: Collection[Judged], rejected: int, started: float, matters: Collection[str] | None,
    left_out: Iterable[tuple[str, str]] = (),
) -> Run:
    """Take in what a run has found, tell whom it concerns and save it, all or nothing. `matters`: those that were judged, None for all of its origin;
    `left_out`: rules that it does not judge by, and why."""
    if matters is not None:
        lock(matters)
    changes = reconcile(judged=judged, at=run.at)
    changes.occasions |= hold_back(matters=matters, rules=rules, origin=run.origin)
    tell_all(occasions=changes.occasions, rules=rules, at=run.at)
    evaluations = [each.evaluation for each in judged]
    skipped = [*(each for evaluation in evaluations for each in evaluation.skipped), *changes.broken]
    run.rules = len(rules.rules)
    run.subjects = sum(result.subjects for evaluation in evaluations for result in evaluation.results)
    run.findings = sum(len(evaluation) for evaluation in evaluations)
    run.opened, run.gone, run.rejected = changes.opened, changes.gone, rejected
    run.skipped = json.dumps(sorted({*left_out, *((each.rule.code, each.reason.zh) for each in skipped)}), ensure_ascii=False)
    run.broken = json.dumps(sorted({each.rule.code for each in skipped if each.error}))
    run.versions = json.dumps(rules.digests)
    run.seconds = perf_counter() - started
    run.save()
    return run
