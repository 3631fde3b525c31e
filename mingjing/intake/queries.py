"""Which batches somebody sees, and whether also what is in them."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404

from mingjing.accounts.scope import Viewer
from mingjing.intake.models import Batch
from mingjing.lib.refused import Forbidden


def visible(viewer: Viewer) -> QuerySet[Batch]:
    """One's own batches and those of the units below. Whoever runs the system sees them without their contents (`sees_contents`).

    Raises Forbidden without any duty for it.
    """
    if not viewer.may("batch", "read"):
        raise Forbidden("你的职责不包括导入数据。需要导入时请交给本单位的案管办理。")
    reach = Q(officer=viewer.officer)
    for path in viewer.posts("batch", "read"):
        reach |= Q(unit__path__startswith=path)
    return Batch.objects.filter(reach)


def one(viewer: Viewer, number: int) -> Batch:
    batch = visible(viewer).select_related("officer", "unit").filter(pk=number).first()
    if batch is None:
        raise Http404(f"没有第 {number} 批，或者不在你的范围内")
    return batch


def sees_contents(viewer: Viewer, batch: Batch) -> bool:
    """Rows are case data: a duty without reach over cases sees that a file came in, not what is in it."""
    return _is_mine(viewer, batch) or any(batch.unit.path.startswith(path) for path in viewer.paths("batch"))


def may_decide(viewer: Viewer, batch: Batch) -> bool:
    """Whoever sent it; for files of the watched folder, whose account cannot sign in, whoever imports for its unit."""
    if batch.officer.is_interface:
        return any(batch.unit.path.startswith(path) for path in viewer.paths("batch", "import"))
    return _is_mine(viewer, batch)


def _is_mine(viewer: Viewer, batch: Batch) -> bool:
    return batch.officer_id == viewer.officer.code and viewer.may("batch", "import")


def imported_before(viewer: Viewer, batch: Batch) -> Batch | None:
    """An earlier batch of the very same file into the same table, among those that the viewer sees."""
    return visible(viewer).filter(digest=batch.digest, table=batch.table, state=Batch.State.DONE, pk__lt=batch.pk).first()
