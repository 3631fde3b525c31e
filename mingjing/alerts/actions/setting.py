"""What a unit sets about a rule, and rules taken back to trial and let go again. No limit, condition or basis is ever set here."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.duties import table
from mingjing.accounts.models import Unit
from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.alerts.library import library
from mingjing.alerts.models import Demotion, UnitSetting
from mingjing.ledger.actions import record
from mingjing.lib.refused import Conflict, Refused
from rulebook.explain import PROTECTS_WORDS

SHORTEST = 10
EARLIEST = 60 * 24 * 60  # minutes: no warning comes earlier than sixty days before the end (参数，非法定)


@transaction.atomic
def set_rule(
    *, by: Viewer, unit: Unit, rule_code: str, is_on: bool, reason: str = "", warn_minutes: int | None = None, also_told: Collection[str] = (),
) -> UnitSetting:
    """A rule's settings in a unit and below. Off needs a reason and is visible to everybody; the warning can only become longer."""
    rule = library().rules.get(rule_code)
    if rule is None:
        raise Refused("没有这个预警模型，或者它现在没有运行。", field="rule_code")
    check_permission(by, kind="rule", act="set", unit_path=unit.path, is_team=False)
    if not is_on and rule.protects:
        raise Refused(f"“{rule.name}”保护{PROTECTS_WORDS[rule.protects]}，不能停用。", field="is_on")
    if not is_on and len(reason.strip()) < SHORTEST:
        raise Refused(f"停用须写明理由，不少于 {SHORTEST} 个字；停用情况对所有人可见。", field="reason")
    own = warning_minutes(rule_code)
    if warn_minutes is not None and (own is None or warn_minutes <= own):
        raise Refused("只能把提示时间提前，不能缩短。" if own else "这个预警模型没有届满前的提示，不能设置提前时间。", field="warn_minutes")
    if warn_minutes is not None and warn_minutes > EARLIEST:
        raise Refused(f"最多提前 {EARLIEST // 1440} 天提示（参数，非法定）。", field="warn_minutes")
    deaf = set(also_told) - table().allowed("alert", "read", rule.subject.name)
    if deaf:
        raise Refused(f"没有这些职责，或者它们不能查看关于{rule.subject.label}的预警：{'、'.join(sorted(deaf))}。", field="also_told")
    values = {"is_on": is_on, "reason": reason.strip(), "warn_minutes": warn_minutes, "also_told": "、".join(sorted(also_told)), "officer": by.officer,
              "at": timezone.now()}
    setting, _ = UnitSetting.objects.update_or_create(unit=unit, rule_code=rule_code, defaults=values)
    record(by=by.officer, kind="rule.set", subject_kind="rule", subject_code=rule_code, scope=unit.code, is_on=is_on, warn_minutes=warn_minutes,
           also_told=setting.also_told, reason=setting.reason)
    return setting


def warning_minutes(rule_code: str) -> int | None:
    """How long before the end the rule itself warns, if in hours or minutes or whole days; None where it does not."""
    check = library().rules[rule_code].versions[-1].check
    span = getattr(check, "warn_before", None)
    if span is None:
        return None
    return span.seconds // 60 if span.axis == "clock" else span.amount * 24 * 60


def root_of(by: Viewer) -> str:
    """The path of the bureau itself: a demotion holds everywhere, so it is not for a duty that is held further down."""
    return f"{by.officer.unit.path.split('/')[0]}/"


def may_lift(by: Viewer) -> bool:
    return root_of(by) in by.paths("rule", "lift")


def permit_lift(by: Viewer) -> None:
    check_permission(by, kind="rule", act="lift", unit_path=root_of(by), is_team=False)


@transaction.atomic
def lift(*, by: Viewer, pk: int, reason: str) -> Demotion:
    """Let a demoted rule push again, once its file has been changed."""
    demotion = Demotion.objects.select_for_update().filter(pk=pk).first()
    if demotion is None or demotion.lifted_at:
        raise Conflict("这次降级不存在，或者已经恢复。", current=demotion)
    permit_lift(by)
    if library().digests.get(demotion.rule_code) == demotion.file_digest:
        raise Refused("规则文件从降级到现在没有改过，不能恢复。请先修改规则并通过检验。")
    if len(reason.strip()) < SHORTEST:
        raise Refused(f"请写明改了什么，不少于 {SHORTEST} 个字。", field="reason")
    demotion.lifted_by, demotion.lifted_at, demotion.reason = by.officer, timezone.now(), reason.strip()
    demotion.save(update_fields=["lifted_by", "lifted_at", "reason"])
    record(by=by.officer, kind="rule.lift", subject_kind="rule", subject_code=demotion.rule_code, reason=demotion.reason)
    return demotion
