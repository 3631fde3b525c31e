"""A run that broke off: on record although its own transaction was undone, and without moving the position, so that nothing counts as judged."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import DatabaseError

from mingjing.alerts.models import Run

log = logging.getLogger("mingjing.alerts")
LONGEST = 2_000  # characters of the error that are kept; the log has it whole


def record_failure(*, kind: str, error: Exception | str, began: datetime, now: datetime, position: int = 0, origin: str = "") -> Run | None:
    """A row for a run that raised. Failing again in the same way goes on in the same row: `started_at` is the first time, `at` the latest.

    `error`: what was raised, or a sentence where that says all; `origin`: the external source whose reading it was.
    None when the database itself cannot be written: then the log and the silence of the runs must tell.
    """
    text = (error if isinstance(error, str) else f"{type(error).__name__}: {error}")[:LONGEST]
    try:
        last = Run.objects.filter(origin=origin).order_by("-pk").first()
        if last is not None and last.error == text and last.kind == kind:
            last.at, last.seconds = now, (now - began).total_seconds()
            last.save(update_fields=["at", "seconds"])
            return last
        seconds = (now - began).total_seconds()
        return Run.objects.create(kind=kind, origin=origin, at=now, started_at=began, seconds=seconds, position=position, error=text)
    except DatabaseError:
        log.exception("评估出错，而且记录不下来")
        return None
