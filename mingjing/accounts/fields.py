"""A control for a person: the police number, with those at hand to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mingjing.accounts.models import Officer


class OfficerInput(forms.TextInput):
    """A police number, with those of the unit to choose from."""

    def __init__(self, officers: Sequence[Officer]):
        super().__init__({"autocomplete": "off", "maxlength": 60})
        self.officers = officers

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        listed = f"{(attrs or {}).get('id', name)}_list"
        options = format_html_join("", '<option value="{}">{}</option>', ((officer.code, officer.name) for officer in self.officers))
        return format_html('{}<datalist id="{}">{}</datalist>', super().render(name, value, {**(attrs or {}), "list": listed}, renderer), listed, options)


class OfficerField(forms.CharField):
    """Cleaned to the officer. Anybody in service may be named, the list holds those of the unit."""

    def __init__(self, *, officers: Sequence[Officer], **kwargs: Any):
        self.officers = officers
        super().__init__(widget=OfficerInput(officers), help_text="填警号；可从本单位在职人员中选。", **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "code", value)

    def clean(self, value: Any) -> Officer | None:
        code = (super().clean(value) or "").split(" ")[0]
        if not code:
            return None
        found = next((officer for officer in self.officers if officer.code == code), None)
        found = found or Officer.objects.filter(code=code, is_active=True, is_interface=False).first()
        if found is None:
            raise ValidationError(f"没有警号为“{code}”的在职人员，请核对警号。")
        return found
