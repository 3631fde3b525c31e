"""The forms of people, units, duties and break-glass. They ask; the actions decide."""

from __future__ import annotations

from typing import Any

from django import forms

from mingjing.accounts import queries
from mingjing.accounts.actions.access import LONGEST_HOURS, SHORTEST_REASON
from mingjing.accounts.actions.officers import INTERFACE
from mingjing.accounts.actions.shifts import LONGEST, MOST_DAYS
from mingjing.accounts.actions.units import ABOVE
from mingjing.accounts.duties import table
from mingjing.accounts.fields import OfficerField
from mingjing.accounts.models import BreakGlass, DutyAssignment
from mingjing.accounts.scope import Viewer
from mingjing.ui.forms import DayField, HouseForm, MinuteField


class OfUnits(HouseForm):
    """A form with a choice of units that the viewer manages; `unit_kind` is what is managed there."""

    unit_field, unit_kind = "unit", "officer"

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rows = list(queries.managed_units(viewer, self.unit_kind))
        top = min((row.path.count("/") for row in rows), default=0)
        self.fields[self.unit_field].choices = [
            ("", "请选择"), *((row.code, "\u3000" * (row.path.count("/") - top) + f"{row.name}（{row.code}）") for row in rows)]


class EnrolForm(OfUnits):
    code = forms.CharField(label="警号", max_length=32, help_text="登录时使用，登记后不能更改。")
    name = forms.CharField(label="姓名", max_length=50)
    unit = forms.ChoiceField(label="所属单位")
    is_auxiliary = forms.BooleanField(label="辅警", required=False)


class ChangeForm(HouseForm):
    name = forms.CharField(label="姓名", max_length=50)
    is_auxiliary = forms.BooleanField(label="辅警", required=False)


class TransferForm(OfUnits):
    unit = forms.ChoiceField(label="调往单位")
    stops_duties = forms.BooleanField(label="同时停止现有的任职（借调、代理继续）", required=False, initial=True)


class ReasonForm(HouseForm):
    reason = forms.CharField(label="事由", max_length=200)


class PlainForm(HouseForm):
    """Nothing to fill in: a page that says what will happen, and a button."""


class DutyForm(OfUnits):
    duty = forms.ChoiceField(label="职责")
    unit = forms.ChoiceField(label="任职单位", help_text="范围是这个单位和它的下级单位；办案民警只限本人承办的案件。")
    kind = forms.ChoiceField(label="方式", choices=[(kind, kind) for kind in DutyAssignment.Kind.values])
    starts_on = DayField(label="自", help_text="当日零时起有效。")
    ends_on = DayField(label="至", required=False, help_text="含当日，到当日二十四时为止。借调、代理必须填写；任职不填则一直有效。")
    reason = forms.CharField(label="事由", max_length=200, required=False, help_text="借调、代理必须填写，例如文件号。")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["duty"].choices = [("", "请选择"), *((name, f"{name}：{duty.what}") for name, duty in table().duties.items() if name != INTERFACE)]


class ShiftForm(HouseForm):
    starts_at = MinuteField(label="开始")
    ends_at = MinuteField(label="结束", help_text=f"一班最长 {LONGEST.total_seconds() // 3600:.0f} 小时。")
    days = forms.IntegerField(label="连续天数", min_value=1, max_value=MOST_DAYS, initial=1, help_text="大于 1 的，之后每天同一时段各排一班。")

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any):
        self.base_fields = {"officer": OfficerField(officers=queries.to_put_on_shift(viewer), label="值班人"), **self.base_fields}
        super().__init__(*args, **kwargs)


class EndDutyForm(HouseForm):
    ends_on = DayField(label="最后一天", help_text="含当日。要立刻停止请用“立即停止”。")


class FoundUnitForm(OfUnits):
    unit_field, unit_kind = "parent", "unit"
    code = forms.CharField(label="单位编号", max_length=32, help_text="登记后不能更改。")
    name = forms.CharField(label="单位名称", max_length=100)
    kind = forms.ChoiceField(label="单位类型", choices=[(kind.value, kind.value) for kind in ABOVE])
    parent = forms.ChoiceField(label="上级单位")


class RenameUnitForm(HouseForm):
    name = forms.CharField(label="单位名称", max_length=100)


class MoveUnitForm(OfUnits):
    unit_field, unit_kind = "parent", "unit"
    parent = forms.ChoiceField(label="移到哪个上级单位之下", help_text="下级单位一并移动；各人的范围随之改变。")


class AccessForm(HouseForm):
    matter_code = forms.CharField(label="案件或者警情编号", max_length=64, help_text="完整编号。申请先记入台账，然后才知道有没有这起案件。")
    reason = forms.CharField(
        label="理由", max_length=500, widget=forms.Textarea, help_text=f"至少 {SHORTEST_REASON} 个字：为什么必须看、为什么等不及正常途径。")
    hours = forms.IntegerField(label="时长（小时）", min_value=1, max_value=LONGEST_HOURS, initial=4)


class ReviewForm(HouseForm):
    verdict = forms.ChoiceField(
        label="复核结论", choices=[(verdict, verdict) for verdict in BreakGlass.Verdict.values], widget=forms.RadioSelect,
        help_text="结论为“不必要”的，尚未到期的授权立即结束。")
    remark = forms.CharField(label="复核说明", max_length=500, required=False, widget=forms.Textarea, help_text="结论为“不必要”时必须填写。")
