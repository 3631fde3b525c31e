"""What changed since when. Rows carry no time of change, the ledger does: an entry is numbered under a lock held to its commit, so numbers are the order
of becoming visible. Whoever asks again from `as_of` on misses nothing, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from mingjing.cases.models import NOUNS
from mingjing.ledger import queries
from mingjing.ledger.models import Event

LOOKS = ".reveal"  # entries about looking, not about change


def head() -> datetime | None:
    """When the newest visible entry was recorded; None in an empty ledger."""
    last = queries.head()
    return last.recorded_at if last else None


def rows_since(moment: datetime, table: str) -> QuerySet:
    """Codes of the rows of a table that were entered or changed at or after a moment (aware)."""
    return _since(moment).filter(subject_kind=table).values("subject_code")


def cases_since(moment: datetime) -> QuerySet:
    """Codes of the cases of which anything was entered or changed: the case itself, a party, a measure …"""
    return _since(moment).filter(subject_kind__in=[name for name in NOUNS if name != "incident"]).values("matter_code")


def _since(moment: datetime) -> QuerySet[Event]:
    """By number, from the first entry with that time on: were a clock set back meanwhile, later entries bear earlier times. Found by the index of times;
    the smallest number among all later times would mean reading most of the ledger."""
    first = Event.objects.filter(recorded_at__gte=moment).order_by("recorded_at", "seq").values_list("seq", flat=True).first()
    if first is None:
        return Event.objects.none()
    return Event.objects.filter(seq__gte=first).exclude(kind__endswith=LOOKS)
