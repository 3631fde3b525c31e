"""附件: a file kept with an alert, under its digest; the ledger keeps the digest too, so that it can be shown later that nothing was exchanged."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mingjing.accounts.scope import Viewer
from mingjing.alerts import offers
from mingjing.alerts.actions.reconciling import happening
from mingjing.alerts.filetypes import BY_MEDIA, FileType, clean_name, type_of
from mingjing.alerts.models import Alert, Attachment
from mingjing.alerts.queries import one, ties
from mingjing.ledger.actions import record_all
from mingjing.lib.keeping import Receiving, Shelf
from mingjing.lib.refused import Refused
from mingjing.ui.times import full

MOST = 50  # files with one alert


def shelf() -> Shelf:
    return Shelf(Path(settings.DATA) / "files" / "alerts", settings.UPLOAD_LIMIT, "请压缩或者分段以后再上传。")


def place(attachment: Attachment) -> Path:
    """Where the file stands."""
    return shelf().place(attachment.digest, BY_MEDIA[attachment.kind].suffix)


def attach(*, by: Viewer, code: str, name: str, coming: Receiving) -> Attachment:
    """Keep a file that has come in whole. Raises Refused, with nothing kept, for a type that is not allowed or a file that is there already."""
    permit(by, code)
    kind, name = type_of(name, coming.path), clean_name(name)
    coming.keep(kind.suffix)  # before the row: a file without a row is nothing, a row without its file would be a loss
    return _record(by, code, name, coming, kind)


def permit(by: Viewer, code: str) -> Alert:
    """The alert, if a file may be added to it now."""
    alert = one(by, code)
    offers.check(by, alert, "attach", **ties(by, alert), words={})
    return alert


@transaction.atomic
def _record(by: Viewer, code: str, name: str, coming: Receiving, kind: FileType) -> Attachment:
    alert = Alert.objects.select_for_update(of=("self",)).select_related("unit").get(pk=permit(by, code).pk)
    offers.check(by, alert, "attach", **ties(by, alert), words={})  # as it stands under the lock
    held = list(alert.attachments.select_related("officer"))
    if same := next((each for each in held if each.digest == coming.digest), None):
        raise Refused(f"这个文件已经在附件里：“{same.name}”，{same.officer.name} {full(same.at)} 上传。不用再传。", field="file")
    if len(held) >= MOST:
        raise Refused(f"一条预警最多保存 {MOST} 个附件。请合并以后再上传。", field="file")
    attachment = Attachment.objects.create(
        alert=alert, name=name, kind=kind.media, size=coming.size, digest=coming.digest, officer=by.officer, at=timezone.now())
    record_all(by=by.officer, happenings=[happening(alert, "attach", name=name, type=kind.media, size=coming.size, digest=coming.digest)])
    return attachment
