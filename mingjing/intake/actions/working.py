"""What the worker does with a batch: hold it, measure it, do the next rows, give it back. Every step is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from mingjing.accounts.scope import Viewer, viewer
from mingjing.cases.actions import Outcome, Trial, enter_all
from mingjing.intake.headers import labels
from mingjing.intake.lines import Line
from mingjing.intake.models.batches import DUE, TRIAL, Batch, Reject, State
from mingjing.intake.preview import SHOWN, understood
from mingjing.ledger.actions import record
from mingjing.lib.refused import Forbidden

LEASE = timedelta(seconds=60)  # after this a worker that said nothing is taken for dead
ATTEMPTS = 5  # times that a batch may be taken without getting on


class Lost(Exception):
    """Another worker has the batch, or its state was changed by somebody: drop it, nothing of this step was written."""


def take(worker: str, number: int | None = None) -> Batch | None:
    """The batch that waited longest (or the given one) for this worker, by compare-and-set; None if there is none to do."""
    now = timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    due = Batch.objects.filter(free, state__in=DUE).order_by(F("leased_until").asc(nulls_first=True), "pk")
    for found in due.filter(pk=number) if number else due[:20]:
        taken = Batch.objects.filter(free, pk=found.pk, state__in=DUE).update(worker=worker, leased_until=now + LEASE, attempts=F("attempts") + 1)
        if taken:
            return Batch.objects.select_related("officer", "unit").get(pk=found.pk)
    return None


@transaction.atomic
def release(batch: Batch) -> None:
    """Give it back at the end of a turn."""
    Batch.objects.filter(pk=batch.pk, worker=batch.worker).update(leased_until=timezone.now(), worker="", attempts=0)


@transaction.atomic
def renew(batch: Batch) -> None:
    if not Batch.objects.filter(pk=batch.pk, worker=batch.worker, state=batch.state).update(leased_until=timezone.now() + LEASE):
        raise Lost


@transaction.atomic
def measured(batch: Batch, total: int, repeated: Collection[str]) -> None:
    """How many rows there are and which codes come again; the trial begins."""
    held = _held(batch)
    held.total, held.repeated = total, sorted(repeated)
    held.state = State.TRYING if held.state == State.WAITING else held.state
    _renewed(held, "total", "repeated", "state")
    _copied(batch, held)


@transaction.atomic
def advance(batch: Batch, lines: Sequence[Line], *, is_last: bool, trial: Trial | None) -> None:
    """The next rows of the file, together with position, counts and rejects. Raises Lost, or Forbidden if the officer no longer holds the duty."""
    held = _held(batch)
    by = still_on_duty(held)
    sound = [line for line in lines if line.fault is None]
    outcome = enter_all(by=by, table=held.table, rows=[line.values for line in sound], source=held.source, dry_run=trial is not None, trial=trial)
    rejects = _rejects(held, lines, sound, outcome)
    Reject.objects.bulk_create(rejects)
    held.position += len(lines)
    held.entered += outcome.entered
    held.changed += outcome.changed
    held.unchanged += outcome.unchanged
    held.rejected += len(rejects)
    if trial is not None and len(held.preview) < SHOWN:
        held.preview += understood(held.table, lines[: SHOWN - len(held.preview)], {reject.row: reject.reason for reject in rejects})
    if is_last:
        _finish(held, by)
    _renewed(held, "position", "entered", "changed", "unchanged", "rejected", "preview", "foreseen", "state", "finished_at")
    _copied(batch, held)


def remember(batch: Batch, lines: Sequence[Line], trial: Trial) -> None:
    """Let a trial that goes on in another process know the rows before its position that matter to later ones. Writes nothing."""
    rows = [line.values for line in lines if line.fault is None]
    enter_all(by=still_on_duty(batch), table=batch.table, rows=rows, source=batch.source, dry_run=True, trial=trial)


def fail(batch: Batch, message: str) -> None:
    """Stop with a reason that somebody can mend. Position and counts stay."""
    with transaction.atomic():
        try:
            held = _held(batch)
        except Lost:
            return
        held.failed_in, held.state, held.message, held.finished_at = held.state, State.FAILED, message, timezone.now()
        held.worker, held.leased_until = "", None
        held.save(update_fields=["failed_in", "state", "message", "finished_at", "worker", "leased_until"])  # little: the disk may be full


@transaction.atomic
def filed(batch: Batch, where: str) -> None:
    """Where the watched folder put the file away."""
    Batch.objects.filter(pk=batch.pk).update(filed=where)


def still_on_duty(batch: Batch) -> Viewer:
    """The officer of the batch with the duties of this moment. Raises Forbidden when they no longer allow it."""
    by = viewer(batch.officer)
    if not by.paths(batch.table, "enter") or (not batch.officer.is_interface and not by.may("batch", "import")):
        who = f"{batch.officer.name}（{batch.officer.code}）"
        raise Forbidden(f"{who}已没有导入“{batch.noun}”的职责，停在第 {batch.position} 行之后。请由现任案管重新上传。")
    return by


def _held(batch: Batch) -> Batch:
    """The row of the batch, locked, exactly as this worker left it."""
    same = {"pk": batch.pk, "worker": batch.worker, "state": batch.state, "position": batch.position}
    held = Batch.objects.select_for_update(of=("self",)).select_related("officer", "unit").filter(**same).first()
    if held is None:
        raise Lost
    return held


def _renewed(held: Batch, *names: str) -> None:
    held.attempts, held.leased_until = 0, timezone.now() + LEASE
    held.save(update_fields=["attempts", "leased_until", *names])


def _copied(batch: Batch, held: Batch) -> None:
    batch.__dict__.update(held.__dict__)


def _rejects(batch: Batch, lines: Sequence[Line], sound: Sequence[Line], outcome: Outcome) -> list[Reject]:
    """One for each row set aside, by the gate or by the checks."""
    said = {sound[reject.index].number: (reject.column, reject.reason) for reject in outcome.rejects}
    found = [(line, line.fault or said[line.number]) for line in lines if line.fault or line.number in said]
    names = labels(batch.table)
    return [
        Reject(batch=batch, row=line.number, column=column, label=names.get(column, ""), reason=reason, cells=line.cells) for line, (column, reason) in found]


def _finish(held: Batch, by: Viewer) -> None:
    counts = {name: getattr(held, name) for name in ("entered", "changed", "unchanged", "rejected")}
    if held.state in TRIAL:
        held.state, held.foreseen = State.READY, counts
        return
    held.state, held.finished_at = State.DONE, timezone.now()
    record(by=by.officer, kind="batch.finish", subject_kind="batch", subject_code=held.code, table=held.table, total=held.position, **counts)
