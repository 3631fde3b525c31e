"""What is silent now, and why."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from mingjing.alerts.models import Alert, Silence


def in_force(at: datetime) -> QuerySet[Silence]:
    """Approved and neither over nor ended."""
    return Silence.objects.filter(approved_by__isnull=False, starts_at__lte=at, ends_at__gt=at, ended_at__isnull=True)


def is_silent(alert: Alert, at: datetime) -> bool:
    """A silence of the alert itself, or of its rule at its unit or a unit above."""
    above = alert.unit.path.rstrip("/").split("/")
    return in_force(at).filter(Q(alert=alert) | Q(alert__isnull=True, rule_code=alert.rule_code, unit__code__in=above)).exists()
