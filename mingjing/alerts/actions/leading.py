"""Followers: an alert of a rule that `follows` another is held back while that one fires in the same matter, and told when it no longer does."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from mingjing.alerts import states
from mingjing.alerts.actions.reconciling import happening
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.library import Library
from mingjing.alerts.models import Alert
from mingjing.ledger.actions import record_all


def lock(matters: Collection[str]) -> None:
    """The live alerts of these matters, before anything is recorded about them: `hold_back` comes after that, and then must wait for no row."""
    list(Alert.objects.select_for_update(of=("self",)).filter(state__in=states.LIVE, matter_code__in=matters).order_by("pk").values_list("pk"))


@transaction.atomic
def hold_back(*, matters: Collection[str] | None, rules: Library, origin: str = "") -> dict[str, str]:
    """Set leaders in these matters (None: in all) of the house or of an external source. Returns the alerts that are free again (code → occasion)."""
    following = {rule.code: rule.follows for rule in rules if rule.follows}
    if not following:
        return {}
    live = Alert.objects.select_for_update(of=("self",)).filter(state__in=states.LIVE, origin=origin).exclude(matter_code="")
    live = live if matters is None else live.filter(matter_code__in=matters)
    leaders = {
        (alert.matter_code, alert.rule_code): alert
        for alert in live.filter(rule_code__in={code for codes in following.values() for code in codes}, gone_at__isnull=True, is_trial=False)
    }
    happenings, free = [], {}
    for alert in live.filter(rule_code__in=following).order_by("code"):
        leader = next((leaders[alert.matter_code, code] for code in following[alert.rule_code] if (alert.matter_code, code) in leaders), None)
        if alert.leader_id == (leader.code if leader else None):
            continue
        if leader is None:
            free[alert.code] = "不再并入"
        alert.leader = leader
        alert.version += 1
        alert.save(update_fields=["leader", "version"])
        happenings.append(happening(alert, "follow" if leader else "free", leader=alert.leader_id or ""))
    if happenings:
        record_all(by=SYSTEM, happenings=happenings)
    return free
