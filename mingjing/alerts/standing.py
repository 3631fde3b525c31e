"""What the house adds to a rule when it judges: units where it is off or warns earlier, and whether it has been taken back to trial."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mingjing.accounts.models import Unit, line_of
from mingjing.alerts.library import library
from mingjing.alerts.models import Demotion, UnitSetting
from rulebook.evaluation import Finding
from rulebook.rules import Rule


@dataclass(frozen=True)
class Standing:
    """Read once a reconciliation. `lines`: for each unit, itself and the units above, the nearest first."""

    demoted: frozenset[str]
    protecting: frozenset[str]
    settings: dict[str, dict[str, UnitSetting]]
    lines: dict[str, tuple[str, ...]]

    def is_trial(self, rule: Rule) -> bool:
        return rule.status == "trial" or rule.code in self.demoted

    def setting(self, rule_code: str, unit: str) -> UnitSetting | None:
        """The setting of the nearest unit that has one."""
        by_unit = self.settings.get(rule_code)
        return next((by_unit[code] for code in self.lines.get(unit, ()) if code in by_unit), None) if by_unit else None

    def is_on(self, rule_code: str, unit: str) -> bool:
        setting = self.setting(rule_code, unit)
        return setting is None or setting.is_on or rule_code in self.protecting

    def seen(self, finding: Finding, unit: str, at: datetime) -> Finding:
        """The finding as this unit wants to be warned: earlier than the rule does, never later."""
        setting = self.setting(finding.rule, unit)
        if setting is None or setting.warn_minutes is None or finding.due_at is None or finding.stage not in ("running", "due_soon"):
            return finding
        earlier = finding.due_at - timedelta(minutes=setting.warn_minutes)
        warns_at = min(earlier, finding.warns_at) if finding.warns_at else earlier
        return replace(finding, warns_at=warns_at, stage="due_soon" if at >= warns_at else "running")


def standing() -> Standing:
    settings: dict[str, dict[str, UnitSetting]] = defaultdict(dict)
    for setting in UnitSetting.objects.all():
        settings[setting.rule_code][setting.unit_id] = setting
    lines = {code: tuple(reversed(line_of(path))) for code, path in Unit.objects.values_list("code", "path")} if settings else {}
    protecting = library().protecting
    return Standing(frozenset(Demotion.objects.filter(lifted_at__isnull=True).values_list("rule_code", flat=True)), protecting, dict(settings), lines)
