"""What forms share: fields with real controls, where a value came from, refusals beside the field, and two versions side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from mingjing.lib.refused import Conflict, Forbidden, Refused
from mingjing.ui import cells

MINUTE = "%Y-%m-%dT%H:%M"


class MinuteInput(forms.DateTimeInput):
    """Date and time to the minute; the browser shows its own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs: Mapping[str, Any] | None = None):
        super().__init__(attrs=attrs, format=MINUTE)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: Mapping[str, Any] | None = None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class MinuteField(forms.DateTimeField):
    """A time as typed in Asia/Shanghai, aware when cleaned."""

    widget = MinuteInput
    default_error_messages: ClassVar = {"invalid": "请填写日期和时间，例如 2026-03-01 09:00"}


class DayField(forms.DateField):
    widget = DayInput
    default_error_messages: ClassVar = {"invalid": "请填写日期，例如 2026-03-01"}


LONG = 8  # fields that a form may have in one column


class House:
    """What a form of ours adds to Django's. `sources` says where known values came from; `version` is the state of the object that the officer saw:
    it comes back hidden, as `cleaned_data["version"]`."""

    def __init__(self, *args: Any, sources: Mapping[str, str] | None = None, version: int | None = None, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.both: list[Difference] = []
        self.status = 200
        for name, text in (sources or {}).items():
            self.fields[name].source = text
        if version is not None:
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=version)
        for field in self.fields.values():
            proper_control(field)

    @property
    def is_long(self) -> bool:
        """Whether it stands in two columns where there is room."""
        return len(self.visible_fields()) > LONG

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turns a refusal of the action inside into an error of this form; afterwards `is_valid()` is false."""
        try:
            yield
        except Refused as refused:
            self.refuse(refused)

    def refuse(self, refused: Refused) -> None:
        if isinstance(refused, Conflict) and refused.current is not None:
            self.both = self.differences(refused.current)
            if "version" in self.fields and hasattr(refused.current, "version"):
                self.data = self.data.copy()  # what was typed stays; saving again is then knowingly over the newer version
                self.data[self.add_prefix("version")] = str(refused.current.version)
        self.add_error(refused.field if refused.field in self.fields else None, refused.message)
        self.status = status_of(refused)

    def differences(self, current: object) -> list[Difference]:
        """The fields whose present value is not what was typed, both in words."""
        rows = []
        for name, field in self.fields.items():
            if name == "version" or not hasattr(current, name):
                continue
            theirs, mine = getattr(current, name), self.cleaned_data.get(name)
            if theirs != mine and not (theirs in (None, "") and mine in (None, "")):
                rows.append(Difference(str(field.label or name), in_words(field, theirs), in_words(field, mine)))
        return rows

    def respond(
        self, request: HttpRequest, *, title: str, submit: str = "保存", cancel: str = "", template: str = "ui/form.html",
        context: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """The page with this form; 422 (or the status of the refusal) when what was sent could not be accepted."""
        status = self.status if self.status != 200 else 422 if self.is_bound and not self.is_valid() else 200
        given = {"form": self, "title": title, "submit": submit, "cancel": cancel, **(context or {})}
        return render(request, template, given, status=status)


class HouseForm(House, forms.Form):
    """Fields declared by hand."""


class Difference:
    """One field in two versions."""

    def __init__(self, label: str, theirs: str, mine: str):
        self.label, self.theirs, self.mine = label, theirs, mine


def in_words(field: forms.Field, value: Any) -> str:
    """A value as the form's reader would say it."""
    for key, label in getattr(field, "choices", None) or ():
        if not isinstance(label, (list, tuple)) and str(key) == str(getattr(value, "pk", value)):
            return str(label)
    if isinstance(value, bool):
        return "是" if value else "否"
    kind = "time" if isinstance(field, forms.DateTimeField) else "date" if isinstance(field, forms.DateField) else "text"
    return cells.words(value, kind)


def proper_control(field: forms.Field) -> None:
    """Django's plain text boxes for dates become date controls; a text area starts with four lines; what is missing is asked for in plain words."""
    if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
        field.error_messages["required"] = "请填写此项"
    if type(field.widget) is forms.DateTimeInput:
        field.widget = MinuteInput(field.widget.attrs)
    elif type(field.widget) is forms.DateInput:
        field.widget = DayInput(field.widget.attrs)
    elif type(field.widget) is forms.Textarea:
        field.widget.attrs["rows"] = 4


def status_of(refused: Refused) -> int:
    return 403 if isinstance(refused, Forbidden) else 409 if isinstance(refused, Conflict) else 422


def done(request: HttpRequest, url: str) -> HttpResponse:
    """Go on to `url` after an act: an ordinary redirect, or one that htmx follows with the whole page."""
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else redirect(url)
