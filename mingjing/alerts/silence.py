"""What is silent now, and why."""

from __future__ import annotations

from datetime import datetime

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Silence


def in_force(at: datetime) -> QuerySet[Silence]:
    """Approved, neither over nor ended, and not about what has come to protect liberty since."""
    approved = Silence.objects.filter(approved_by__isnull=False, starts_at__lte=at, ends_at__gt=at, ended_at__isnull=True)
    return approved.exclude(rule_code__in=library().protecting)


def silent(at: datetime) -> Exists:
    """The condition that an alert is silent: by a silence of its own, or of its rule at its unit or a unit above."""
    placed = in_force(at).annotate(of_alert=ExpressionWrapper(OuterRef("unit__path"), output_field=CharField()))
    of_rule = Q(alert__isnull=True, rule_code=OuterRef("rule_code"), of_alert__startswith=F("unit__path"))
    return Exists(placed.filter(Q(alert=OuterRef("pk")) | of_rule))


def concerned(silence: Silence) -> QuerySet[Alert]:
    """The alerts that a silence is about, whatever their state."""
    if silence.alert_id:
        return Alert.objects.filter(pk=silence.alert_id)
    return Alert.objects.filter(rule_code=silence.rule_code, unit__path__startswith=silence.unit.path)
