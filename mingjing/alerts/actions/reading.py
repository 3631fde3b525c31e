"""Reading one's own notices. A transaction of its own and no entry in the ledger: that somebody was told, and whether he signed for it, are matters of
record; when he looked at a message is not, and an entry for every look would bury the others. `read_at` stands in the alert's history all the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.scope import Viewer
from mingjing.alerts.channels.inbox import NAME as INBOX
from mingjing.alerts.models import Notice
from mingjing.alerts.queries import notices


@transaction.atomic
def read(*, by: Viewer, keys: Collection[int]) -> int:
    """Mark delivered notices of the viewer's own inbox as read, those of others are left alone. Returns how many were unread; the first time counts."""
    return notices(by).filter(pk__in=keys, read_at__isnull=True).update(read_at=timezone.now())


def read_shown(*, by: Viewer, shown: Iterable[Notice]) -> None:
    """Whoever has the alert before him has read what told him of it: those of these notices that are his and unread, here and in the database.
    Nothing is written when there are none, so that opening a page again costs nothing."""
    own = [one for one in shown if one.officer_id == by.officer.code and one.channel == INBOX and one.delivered_at and not one.read_at]
    if own and read(by=by, keys=[one.pk for one in own]):
        now = timezone.now()
        for one in own:
            one.read_at = now
