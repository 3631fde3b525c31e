"""The day from which the house pushes: connecting a system with a long history must not tell everybody of every old fault at once."""

from __future__ import annotations

from datetime import datetime, time

from django.conf import settings
from django.utils import timezone


def is_historic(fault_at: datetime | None) -> bool:
    """Whether a fault lies before that day (0:00 in Asia/Shanghai). What has no moment is taken to be of now: rather told once too often than never."""
    if settings.PUSH_SINCE is None or fault_at is None:
        return False
    return fault_at < timezone.make_aware(datetime.combine(settings.PUSH_SINCE, time()))
