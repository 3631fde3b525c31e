"""Runs over external sources: each is judged as a whole, by itself; what one of them does wrong is recorded and stops no other."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime
from time import perf_counter

from django.db import transaction
from django.utils import timezone

from mingjing.alerts import sources
from mingjing.alerts.actions.failing import record_failure
from mingjing.alerts.evaluating import COMPARING, finish, judge_all
from mingjing.alerts.library import library
from mingjing.alerts.models import Run, Source

log = logging.getLogger("mingjing.alerts")
NOT_COMPARED = "外部来源只有一个系统的事实，不做单位、民警之间的比较"


def run_sources(now: datetime | None = None) -> list[Run]:
    """Read and judge every source that is due."""
    runs = [run_source(name, now) for name in sources.due(now or timezone.now())]
    return [run for run in runs if run is not None]


def run_source(name: str, now: datetime | None = None) -> Run | None:
    """Judge everything in a source. A reading that failed is a run too; None when not even that could be recorded."""
    now, began, stamp = now or timezone.now(), timezone.now(), sources.stamp(name)
    try:
        with sources.opened(name) as world:
            return _judged(world, stamp, now)
    except sources.Unreadable as error:
        log.warning("外部来源“%s”读不了：%s", name, error)
        said: Exception | str = str(error)
    except Exception as error:
        log.exception("外部来源“%s”的评估出错，其余来源照常读取", name)
        said = error
    run = record_failure(kind=Run.Kind.SOURCE, error=said, began=began, now=max(now, began), origin=name)
    if run is not None:
        Source.objects.update_or_create(name=name, defaults={"stamp": stamp, "run": run})
    return run


def _judged(world: sources.World, stamp: str, now: datetime) -> Run:
    started, rules = perf_counter(), library()
    run = Run(kind=Run.Kind.SOURCE, origin=world.name, at=now, started_at=timezone.now(), position=0, rows=world.facts.rows)
    found = judge_all([rule for rule in rules if rule.subject.name not in COMPARING], world.facts, now, threads=1)
    judged = [replace(each, origin=world.name, places=world.places, unsure=each.unsure | world.doubtful) for each in found]
    left_out = [(rule.code, NOT_COMPARED) for rule in rules if rule.subject.name in COMPARING]
    with transaction.atomic():
        finish(run, rules, judged, world.facts.rejected, started, None, left_out)
        run.refused, run.notes = world.refused, json.dumps(world.notes(), ensure_ascii=False)
        run.save(update_fields=["refused", "notes"])
        Source.objects.update_or_create(name=world.name, defaults={"stamp": stamp, "run": run, "read_at": now})
    return run
