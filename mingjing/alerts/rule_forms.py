"""Forms about rules: what a unit sets, letting a demoted rule go again, quiet, and the judgement of a sample. They ask; the actions decide."""

from __future__ import annotations

from typing import Any

from django import forms

from mingjing.accounts.duties import NONE, table
from mingjing.accounts.scope import Viewer
from mingjing.alerts import pace
from mingjing.alerts.actions import setting, silencing
from mingjing.alerts.library import library
from mingjing.alerts.models import Sample
from mingjing.alerts.models.alert import LEVELS
from mingjing.ui.forms import HouseForm, MinuteField

PARAMETER = "参数，非法定"
INTERFACE = "系统接口"


def units_to_choose(viewer: Viewer, kind: str, act: str) -> list[tuple[str, str]]:
    """The units where the viewer may do this, indented as they lie; no query beyond the viewer's own tree."""
    paths = tuple(viewer.paths(kind, act))
    rows = [unit for unit in viewer.tree.values() if paths and unit.path.startswith(paths)]
    top = min((unit.path.count("/") for unit in rows), default=0)
    return [(unit.code, "\u3000" * (unit.path.count("/") - top) + unit.name) for unit in rows]


def duties_to_tell() -> list[tuple[str, str]]:
    """Duties that can see cases, held by people."""
    return [(name, name) for name, duty in table().duties.items() if duty.reach != NONE and name != INTERFACE]


class SetForm(HouseForm):
    unit = forms.ChoiceField(label="单位", help_text="对这个单位和它的下级单位有效；下级单位另有设置的，以下级为准。")
    is_on = forms.TypedChoiceField(
        label="是否启用", choices=[("1", "启用"), ("0", "停用：不再产生预警，时限照常显示")], coerce=lambda value: value == "1", empty_value=True,
        widget=forms.RadioSelect)
    reason = forms.CharField(
        label="停用理由", max_length=300, required=False, widget=forms.Textarea, help_text=f"停用必须写明，不少于 {setting.SHORTEST} 个字；所有人可见。")
    warn_minutes = forms.IntegerField(label="提前提示（分钟）", required=False, min_value=1)
    also_told = forms.MultipleChoiceField(
        label="另行告知的职责", required=False, widget=forms.CheckboxSelectMultiple, help_text=f"在模型本来告知的人之外（{PARAMETER}）。")

    def __init__(self, *args: Any, viewer: Viewer, own: int | None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units_to_choose(viewer, "rule", "set")
        self.fields["also_told"].choices = duties_to_tell()
        if own is None:
            del self.fields["warn_minutes"]
        else:
            longest = setting.EARLIEST // 1440
            self.fields["warn_minutes"].help_text = f"模型自己提前 {own} 分钟提示；这里只能更早，最多提前 {longest} 天（{PARAMETER}）。不填则按模型。"


class LiftForm(HouseForm):
    reason = forms.CharField(
        label="改了什么", max_length=300, widget=forms.Textarea, help_text=f"不少于 {setting.SHORTEST} 个字。规则文件从退回到现在没有改过的，不能恢复。")


def longest_words() -> str:
    """The longest silence of each level."""
    return "、".join(f"{label} {pace.PACES[level].silence_days} 天" for level, label in LEVELS.items())


class SilenceForm(HouseForm):
    """For a rule in a unit. For one alert both are known and not asked."""

    unit = forms.ChoiceField(label="单位", help_text="这个单位和它的下级单位不再推送。")
    rule_code = forms.ChoiceField(label="预警模型", help_text="保护人身自由和在押安全的模型不能静默，不在其中。")
    reason = forms.CharField(
        label="理由", max_length=500, widget=forms.Textarea, help_text=f"不少于 {silencing.SHORTEST} 个字：为什么现在不必推送，何时恢复。")
    ends_at = MinuteField(label="截止")

    def __init__(self, *args: Any, viewer: Viewer, is_for_alert: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["ends_at"].help_text = f"到时自动恢复推送。最长：{longest_words()}（{PARAMETER}）。"
        if is_for_alert:
            del self.fields["unit"], self.fields["rule_code"]
            return
        self.fields["unit"].choices = units_to_choose(viewer, "silence", "request")
        choices = [(rule.code, f"{rule.code} {rule.name}（{LEVELS[rule.level]}）") for rule in library() if not rule.protects]
        self.fields["rule_code"].choices = [("", "请选择"), *sorted(choices)]


class SampleForm(HouseForm):
    verdict = forms.ChoiceField(
        label="结论", choices=[
            (Sample.Verdict.SOUND.value, "没有这个问题（符合规定）"), (Sample.Verdict.MISSED.value, "有这个问题（应当预警）"),
            (Sample.Verdict.UNCLEAR.value, "依现有记录无法判断")],
        widget=forms.RadioSelect, error_messages={"required": "请选择结论。"})
    remark = forms.CharField(
        label="说明", max_length=500, required=False, widget=forms.Textarea, help_text="结论不是“没有这个问题”的，必须说明看到了什么，不少于 5 个字。")
