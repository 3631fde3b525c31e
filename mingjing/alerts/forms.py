"""The forms of alerts: one control a field of an act, the rest is told beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from mingjing.accounts.fields import OfficerField
from mingjing.accounts.models import Officer
from mingjing.alerts import pace
from mingjing.alerts.actions.finding import LONGEST, LONGEST_ARTICLE
from mingjing.alerts.actions.handling import SHORTEST
from mingjing.alerts.acts import Act
from mingjing.alerts.models import Alert
from mingjing.alerts.models.alert import LEVELS
from mingjing.ui.forms import Difference, HouseForm, MinuteField

PARAMETER = "参数，非法定。"
FAULTS = {
    Alert.Fault.DATA: "事实录入有误，更正以后不会再预警", Alert.Fault.RULE: "事实无误，模型判断不对", Alert.Fault.DOUBLE: "同一问题已有另一条预警",
    Alert.Fault.ELSEWHERE: "应由其他单位处理",
}

CALLED = {
    "submit": "反馈内容", "dispute": "申辩理由", "close": "审核意见", "return": "退回理由", "uphold": "审核意见", "reject": "审核意见",
    "supervise": "督办要求",
}


def reason(act: str, *, required: bool = True) -> forms.CharField:
    too_short = f"请写明理由或者说明，不少于 {SHORTEST} 个字。"
    return forms.CharField(
        label=CALLED.get(act, "理由"), min_length=SHORTEST, max_length=2000, required=required, widget=forms.Textarea(),
        help_text=f"不少于 {SHORTEST} 个字，全文留在预警的经过里。", error_messages={"required": too_short, "min_length": too_short})


class ActForm(HouseForm):
    """An act on one alert. When somebody else was first, both states are shown."""

    def __init__(self, *args: Any, act: Act, fields: dict[str, forms.Field], **kwargs: Any):
        self.base_fields = fields
        super().__init__(*args, **kwargs)
        self.act = act

    def differences(self, current: object) -> list[Difference]:
        """What has changed since the page was opened; the state first, whatever the form asks."""
        state = Difference("状态", getattr(current, "state", ""), f"你要办理：{self.act.label}")
        return [state, *super().differences(current)]


def fields_for(act: Act, *, officers: Sequence[Officer] = (), level: str = "", now: datetime | None = None, may_explain: bool = True) -> dict[str, forms.Field]:
    """The controls of an act. `level` gives the usual time to answer; `may_explain`: an irreparable fault can be closed with an explanation."""
    return {name: _field(act, name, officers, level, now or timezone.now()) for name in act.asks if name != "explained" or may_explain}


def _field(act: Act, name: str, officers: Sequence[Officer], level: str, now: datetime) -> forms.Field:
    if name == "text":
        return reason(act.name, required=act.name != "close")
    if name == "explained":
        return forms.BooleanField(label="不可补救，已说明（说明属实，仍计入统计）", required=False)
    if name == "fault":
        choices = [(fault.value, f"{fault.label}（{text}）") for fault, text in FAULTS.items()]
        return forms.ChoiceField(label="撤销原因", choices=choices, widget=forms.RadioSelect, error_messages={"required": "请选择撤销原因。"})
    if name == "officer":
        field = OfficerField(officers=officers, label="接办民警")
        field.help_text = "填警号；输入时可从职责范围内的在职民警中选。"
        return field
    usual = pace.by(level, "answer", now) if level else None
    label = "督办期限" if name == "supervise_by" else "反馈期限"
    given = usual.replace(second=0, microsecond=0) if usual else None
    return MinuteField(label=label, initial=given, help_text=f"{PARAMETER}{'已按级别填好，可以修改。' if given else ''}")


class AttachForm(HouseForm):
    file = forms.FileField(
        label="文件", help_text="可以上传 PDF、JPG、PNG 图片、MP4 视频、Word（docx）、Excel（xlsx）和文本（txt）。一次一个。",
        error_messages={
            "required": "请选择文件。", "missing": "请选择文件。", "empty": "这个文件是空的，请重新选择。", "invalid": "文件没有传上来，请重新选择。",
        })


class FindForm(HouseForm):
    """人工发现."""

    matter = forms.CharField(label="案件或者警情编号", max_length=64, error_messages={"required": "请填写案件或者警情编号。"})
    level = forms.ChoiceField(label="级别", choices=list(LEVELS.items()), widget=forms.RadioSelect, initial="yellow")
    text = forms.CharField(
        label="问题", max_length=LONGEST, widget=forms.Textarea(), help_text="写明什么时间、什么环节、什么问题，不少于 5 个字。",
        error_messages={"required": "请写明发现的问题。"})
    article = forms.CharField(label="依据", max_length=LONGEST_ARTICLE, required=False, help_text="法律、规章的名称和条款，例如 治安管理处罚法 第97条第1款。")

    def __init__(self, *args: Any, officers: Iterable[Officer], **kwargs: Any):
        self.base_fields = {**self.base_fields, "officer": OfficerField(officers=list(officers), label="责任人", required=False)}
        super().__init__(*args, **kwargs)
        self.fields["officer"].help_text = "填警号；不填的由本案主办（警情为处警民警）负责。"
