"""What people decide about a file: send it in, import it, try again, give it up, take its rejects out."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.scope import Viewer
from mingjing.cases.models import NOUNS
from mingjing.intake import queries
from mingjing.intake.files import Receiving
from mingjing.intake.lines import open_lines
from mingjing.intake.models.batches import DUE, Batch, State
from mingjing.intake.readers import fault, kind_of
from mingjing.ledger import kinds
from mingjing.ledger.actions import record
from mingjing.lib.refused import Conflict, Forbidden, Refused

kinds.register(
    {
        "batch.receive": "上传导入文件", "batch.import": "开始导入", "batch.finish": "完成导入", "batch.cancel": "取消导入", "batch.hand_out": "下载单列行",
        "batch.export": "导出导入记录",
    },
    subjects={"batch": "导入"}, fields={"batch": {"table": "导入到", "size": "大小", "digest": "摘要", "position": "已处理行", "rejects": "单列行数"}})


def receive(*, by: Viewer, table: str, name: str, coming: Receiving, inbox_name: str = "") -> Batch:
    """Take in a whole file for one fact table. It is kept, and waits for its trial; one of the watched folder waits for its import.

    Raises Refused, with nothing kept, for a file that cannot be read as this table; Forbidden without the duty.
    """
    unit = _permitted(by, table, is_folder=bool(inbox_name))
    kind = kind_of(name, coming.path)
    lines = open_lines(coming.path, kind, table)
    if next(iter(lines), None) is None:
        raise fault("文件里只有表头，没有数据行。请填好内容再上传。")
    kept = coming.keep(kind)
    with transaction.atomic():
        now = timezone.now()
        batch = Batch.objects.create(
            table=table, name=name[:200], kind=kind, digest=kept.digest, size=kept.size, officer=by.officer, unit_id=unit, header=list(lines.header.texts),
            notes=lines.notes, created_at=now, inbox_name=inbox_name,
            **({"state": State.IMPORTING, "started_at": now} if inbox_name else {}))
        _tell(by, batch, "batch.receive", table=table, digest=kept.digest, size=kept.size)
    return batch


def _permitted(by: Viewer, table: str, *, is_folder: bool) -> str:
    """The code of the unit for which files are imported: the highest where the duty is held."""
    paths = by.paths(table, "enter") if is_folder else sorted(set(by.paths("batch", "import")) & set(by.paths(table, "enter")))
    if not paths:
        raise Forbidden(f"你没有导入“{NOUNS[table]._meta.verbose_name}”的权限，请由案管办理。")
    highest = min(paths, key=len)
    return next(held.unit_code for held in by.held if held.path == highest)


@transaction.atomic
def start(*, by: Viewer, number: int) -> Batch:
    """导入: what was tried out is now written, by the worker."""
    batch = _decided(by, number, (State.READY,))
    if batch.rejected == batch.total:
        raise Refused("没有可以导入的行：全部被单列。请下载单列行，改好后作为新文件上传。")
    batch.rejects.all().delete()  # the import finds its own; what the trial found is counted in `foreseen`
    batch.state, batch.started_at, batch.position = State.IMPORTING, timezone.now(), 0
    batch.entered = batch.changed = batch.unchanged = batch.rejected = batch.attempts = 0
    batch.save()
    _tell(by, batch, "batch.import", table=batch.table, digest=batch.digest)
    return batch


@transaction.atomic
def retry(*, by: Viewer, number: int) -> Batch:
    """重试: go on where it stopped."""
    batch = _decided(by, number, (State.FAILED,))
    batch.state, batch.failed_in, batch.message, batch.attempts, batch.finished_at = batch.failed_in, "", "", 0, None
    batch.save()
    _tell(by, batch, "batch.retry", position=batch.position)
    return batch


@transaction.atomic
def cancel(*, by: Viewer, number: int) -> Batch:
    """取消: nothing more of it is written; what was written stays, for it has its entries in the ledger."""
    batch = _decided(by, number, (*DUE, State.READY, State.FAILED))
    was_importing = batch.started_at is not None
    batch.message = f"已取消。此前已经处理 {batch.position} 行，写入的内容保留；录错的请逐项更正。" if was_importing else "已取消，没有写入任何内容。"
    batch.state, batch.failed_in, batch.finished_at = State.CANCELLED, "", timezone.now()
    batch.save()
    _tell(by, batch, "batch.cancel", position=batch.position)
    return batch


@transaction.atomic
def hand_out(*, by: Viewer, batch: Batch) -> None:
    """Record that the rejected rows, which may hold personal data in full, were taken out as a file."""
    if not queries.sees_contents(by, batch):
        raise Forbidden("单列行含有案件内容，你的职责不接触案件内容。")
    _tell(by, batch, "batch.hand_out", rejects=batch.rejected)


def _decided(by: Viewer, number: int, states: tuple[str, ...]) -> Batch:
    """The batch, locked, in one of these states, for somebody who may decide about it."""
    queries.one(by, number)
    batch = Batch.objects.select_for_update(of=("self",)).select_related("officer", "unit").get(pk=number)
    if not queries.may_decide(by, batch):
        raise Forbidden("只有上传人本人可以办理这一批。需要时请自己重新上传文件。")
    if batch.state not in states:
        raise Conflict(f"这一批现在的状态是“{batch.state}”，不能这样办理。请刷新页面查看最新情况。")
    return batch


def _tell(by: Viewer, batch: Batch, kind: str, **data: object) -> None:
    record(by=by.officer, kind=kind, subject_kind="batch", subject_code=batch.code, **data)
