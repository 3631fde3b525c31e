"""静默: asked for by one, approved by another, never longer than the level allows, never for what protects people in custody."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.models import Unit
from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.alerts import pace
from mingjing.alerts.actions.telling import tell_again
from mingjing.alerts.library import library
from mingjing.alerts.models import Silence
from mingjing.alerts.queries import one, one_silence
from mingjing.ledger.actions import record
from mingjing.lib.refused import Conflict, Forbidden, Refused
from rulebook.explain import PROTECTS_WORDS
from rulebook.rules import Rule

SHORTEST = 10


def may_request(by: Viewer, unit: Unit, rule: Rule) -> bool:
    """Whether the viewer may ask for quiet about this rule in this unit at all."""
    try:
        check_permission(by, kind="silence", act="request", unit_path=unit.path, is_team=False)
    except Forbidden:
        return False
    return not rule.protects


@transaction.atomic
def request(*, by: Viewer, unit: Unit, reason: str, ends_at: datetime, rule_code: str = "", alert_code: str = "") -> Silence:
    """Ask for quiet about one alert, or about a rule in a unit and below. Silences nothing until somebody else approves it."""
    alert = one(by, alert_code) if alert_code else None
    rule = library().rules.get(alert.rule_code if alert else rule_code)
    if rule is None:
        raise Refused("没有这个预警模型，或者它现在没有运行。", field="rule_code")
    unit = alert.unit if alert else unit
    check_permission(by, kind="silence", act="request", unit_path=unit.path, is_team=False)
    if rule.protects:
        raise Refused(f"“{rule.name}”保护{PROTECTS_WORDS[rule.protects]}，不能静默。", field="rule_code")
    now, longest = timezone.now(), timedelta(days=pace.PACES[rule.level].silence_days)
    if not now < ends_at <= now + longest:
        raise Refused(f"截止时间应在现在之后、{longest.days} 天以内（参数，非法定）。", field="ends_at")
    if len(reason.strip()) < SHORTEST:
        raise Refused(f"请写明静默理由，不少于 {SHORTEST} 个字。", field="reason")
    silence = Silence.objects.create(
        alert=alert, rule_code=rule.code, unit=unit, reason=reason.strip(), requested_by=by.officer, starts_at=now, ends_at=ends_at)
    _record(by, silence, "request")
    return silence


@transaction.atomic
def approve(*, by: Viewer, pk: int) -> Silence:
    """Begin the quiet. Not by whoever asked."""
    silence = _locked(by, pk)
    check_permission(by, kind="silence", act="approve", unit_path=silence.unit.path, is_team=False)
    if silence.requested_by_id == by.officer.code:
        raise Forbidden("静默须由申请人以外的人批准。")
    if silence.approved_by_id or silence.ended_at:
        raise Conflict("这条静默已经批准或者已经结束。", current=silence)
    if silence.ends_at <= timezone.now():
        raise Refused("申请的截止时间已过，请重新申请。")
    silence.approved_by, silence.starts_at = by.officer, timezone.now()
    silence.save(update_fields=["approved_by", "starts_at"])
    _record(by, silence, "approve")
    return silence


@transaction.atomic
def end(*, by: Viewer, pk: int) -> Silence:
    """End it before its time, or refuse what was asked for. One that comes to its time ends by itself: `telling.escalate`."""
    silence, now = _locked(by, pk), timezone.now()
    check_permission(by, kind="silence", act="end", unit_path=silence.unit.path, is_team=False)
    if silence.ended_at or silence.ends_at <= now:
        raise Conflict("这条静默已经结束。", current=silence)
    silence.ended_at = now
    silence.save(update_fields=["ended_at"])
    if silence.approved_by_id:
        tell_again(silence, at=now)
    _record(by, silence, "end")  # last: whoever holds the chain must wait for no row
    return silence


def _locked(by: Viewer, pk: int) -> Silence:
    return Silence.objects.select_for_update(of=("self",)).select_related("unit").get(pk=one_silence(by, pk).pk)


def _record(by: Viewer, silence: Silence, act: str) -> None:
    record(by=by.officer, kind=f"silence.{act}", subject_kind="silence", subject_code=str(silence.pk),
           matter_code=silence.alert.matter_code if silence.alert else "", rule=silence.rule_code, alert=silence.alert_id or "", scope=silence.unit_id,
           ends_at=silence.ends_at.isoformat())
