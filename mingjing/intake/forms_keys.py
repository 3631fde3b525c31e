"""Issuing and revoking keys. The forms ask; the actions decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from mingjing.accounts.queries import managed_units
from mingjing.accounts.scope import Viewer
from mingjing.cases.models import NOUNS
from mingjing.intake import keys
from mingjing.intake.actions.keys import FASTEST, LONGEST, issue, issue_to_new
from mingjing.intake.models import ApiKey
from mingjing.intake.models.keys import EVERYTHING, READ, WRITE
from mingjing.ui.forms import DayField, HouseForm

USUAL_DAYS, USUAL_LIMIT = 180, 120


class KeyForm(HouseForm):
    """The rights of a key."""

    name = forms.CharField(label="密钥名称", max_length=50, help_text="写入的行以它为来源，不能重名，例如 警综平台 2026。")
    reads = forms.BooleanField(label="读取案件、警情和各事实表", required=False)
    writes = forms.MultipleChoiceField(label="写入", required=False, widget=forms.CheckboxSelectMultiple)
    expires_on = DayField(label="有效期至", help_text=f"含当日，最长 {LONGEST} 天。到期前请换发。")
    per_minute = forms.IntegerField(label="每分钟上限（次）", min_value=1, max_value=FASTEST, help_text="超过时答复 429，对方稍后再试。")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["writes"].choices = [(EVERYTHING, "全部事实表"), *((WRITE + name, str(model._meta.verbose_name)) for name, model in NOUNS.items())]
        self.fields["expires_on"].initial = timezone.localdate() + timedelta(days=USUAL_DAYS)
        self.fields["per_minute"].initial = USUAL_LIMIT

    def rights(self) -> dict[str, Any]:
        """What `issue` asks for about the key."""
        values = self.cleaned_data
        scopes = [*([READ] if values["reads"] else []), *values["writes"]]
        return {"scopes": scopes, **{name: values[name] for name in ("name", "expires_on", "per_minute")}}


class ForAccount(KeyForm):
    """A further key for an interface account that exists."""

    field_order = ("officer",)
    officer = forms.ChoiceField(label="接口账号", help_text="每个接入的系统一个账号。换发密钥时用原来的账号。")

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any):
        super().__init__(*args, **kwargs)
        accounts = [(one.code, f"{one.name}（{one.code}，{one.unit.name}）") for one in keys.accounts(viewer)]
        self.fields["officer"].choices = [("", "请选择"), *accounts]

    def issued(self, by: Viewer) -> tuple[ApiKey, str]:
        return issue(by=by, officer=self.cleaned_data["officer"], **self.rights())


class WithAccount(KeyForm):
    """A new interface account with its first key."""

    field_order = ("code", "account", "unit")
    code = forms.CharField(label="账号编号", max_length=32, help_text="例如 JK001；台账里以它为经办人，登记后不能更改。")
    account = forms.CharField(label="账号名称", max_length=50, help_text="接入的系统叫什么，例如 警务综合平台。")
    unit = forms.ChoiceField(label="所属单位", help_text="范围是这个单位和它的下级单位，读取和写入都不能超出。")

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", "请选择"), *((unit.code, f"{unit.name}（{unit.code}）") for unit in managed_units(viewer, "key"))]

    def issued(self, by: Viewer) -> tuple[ApiKey, str]:
        values = self.cleaned_data
        return issue_to_new(by=by, code=values["code"], account=values["account"], unit=values["unit"], **self.rights())


class RevokeForm(HouseForm):
    reason = forms.CharField(label="理由", max_length=200, help_text="例如 已换发、系统停用、怀疑泄露。")
