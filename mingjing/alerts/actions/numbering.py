"""Numbers of alerts: YJ-2026-000123, without gaps within a year."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from mingjing.cases.models import Counter


def next_codes(count: int, at: datetime) -> list[str]:
    """So many numbers of the year of `at` (Asia/Shanghai), inside the caller's transaction: the counter is locked until its end."""
    if not count:
        return []
    counter = lock_counter(at)
    first, counter.last = counter.last + 1, counter.last + count
    counter.save(update_fields=["last"])
    return [f"{counter.prefix}{number:06d}" for number in range(first, counter.last + 1)]


def lock_counter(at: datetime) -> Counter:
    prefix = f"YJ-{timezone.localtime(at).year}-"
    Counter.objects.get_or_create(prefix=prefix)
    return Counter.objects.select_for_update().get(prefix=prefix)
