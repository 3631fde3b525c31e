"""Forms of acts, made from the list of acts: one control a field, the known filled in, references only to what lies in this case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.utils import timezone

from mingjing.accounts.duties import TEAM, table
from mingjing.accounts.fields import OfficerField
from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import Viewer
from mingjing.cases.actions.revealing import SHOWN
from mingjing.cases.acts import Act
from mingjing.cases.cleaning import clean, columns, is_required
from mingjing.cases.models import NOUNS, Case, CaseOfficer, Conversion, Entry, Incident
from mingjing.cases.queries import matter_of
from mingjing.lib.masking import mask_id, masked
from mingjing.lib.refused import Refused
from mingjing.ui.forms import Difference, HouseForm, MinuteField
from mingjing.ui.times import full

UNKNOWN, YES, NO = "不明", "是", "否"
REASON = "reason_of_correction"  # an extension or a conversion has a `reason` of its own
CLEAR = "清空"  # typed into a masked field to empty it
NOW_HELP = "已填为现在；补录的请改为实际发生的时间，台账会同时记下补录的时间。"
# acts whose fields belong to another table than the act
FIELDS_OF: dict[tuple[str, str], type[models.Model]] = {("case", "convert"): Conversion, ("case", "assign"): CaseOfficer}


def model_of(act: Act) -> type[models.Model]:
    return FIELDS_OF.get((act.table, act.name), NOUNS[act.table])


# --- controls ---

class FlagField(forms.TypedChoiceField):
    """是, 否 or 不明: a source that does not say is not the same as a no."""

    def __init__(self, **kwargs: Any):
        choices = [("", UNKNOWN), ("True", YES), ("False", NO)]
        super().__init__(choices=choices, coerce=lambda value: value == "True", empty_value=None, **kwargs)


class RowField(forms.TypedChoiceField):
    """One of the given rows of a case's `table`, or one of some units; cleaned to the row itself."""

    def __init__(self, *, rows: Sequence[Any], label_of: Any = str, table: str = "", **kwargs: Any):
        self.table = table
        self.by_code = {row.code: row for row in rows}
        choices = [("", "请选择" if kwargs.get("required") else "（无）"), *((row.code, label_of(row)) for row in rows)]
        self.label_of = label_of
        super().__init__(choices=choices, coerce=self.row, empty_value=None, **kwargs)

    def row(self, code: str) -> Any:
        return self.by_code[code]

    def offer(self, row: Any) -> None:
        """What stands there already can stay, also where it could not be chosen anew."""
        if row.code not in self.by_code:
            self.by_code[row.code] = row
            self.choices = [*self.choices, (row.code, self.label_of(row))]

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "code", value)


# --- the form ---

class ActForm(HouseForm):
    """Base of the forms made below. `table` and `names` say which columns its fields are; `keeps`: masked fields, where an empty control changes nothing."""

    table = ""
    model: type[models.Model]
    keeps: frozenset[str] = frozenset()
    row: Entry | None = None

    def on(self, row: Entry, *, clearable: bool = False) -> None:
        """The form completes or corrects this row: what is masked there is said beside the control."""
        self.row = row
        for name in self.keeps:
            if value := getattr(row, name):
                more = f"要清空请填“{CLEAR}”。" if clearable else ""
                self.fields[name].help_text = f"已登记 {veiled(name, value)}；留空则不改。{more}"

    def clean(self) -> dict[str, Any]:
        """The same cleaning as for files and interfaces, beside each field."""
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if name in ("version", REASON) or value is None or isinstance(field, RowField | OfficerField | forms.BooleanField):
                continue
            try:
                self.cleaned_data[name] = self._untouched(name, clean(self.model._meta.get_field(name), value, name))
            except Refused as refused:
                self.add_error(name, refused.message)
        return self.cleaned_data

    def _untouched(self, name: str, value: Any) -> Any:
        """A time shown to the minute and sent back as shown keeps its seconds."""
        stored = getattr(self.row, name, None)
        if isinstance(value, datetime) and isinstance(stored, datetime) and stored.replace(second=0, microsecond=0) == value:
            return stored
        return value

    def values(self) -> dict[str, Any]:
        """What the act gets: by field name, typed. A masked field left empty is not part of it."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("version", REASON)}
        kept = {name for name in self.keeps if given.get(name) in (None, "")}
        return {name: None if name in self.keeps and value == CLEAR else value for name, value in given.items() if name not in kept}

    def refuse(self, refused: Refused) -> None:
        """Checks name a reference as files do (`party_code`); here it is called `party`."""
        name = REASON if refused.field == "reason" and REASON in self.fields else refused.field.removesuffix("_code")
        if name in self.fields:
            refused.field = name
        super().refuse(refused)

    def differences(self, current: object) -> list[Difference]:
        rows = super().differences(current)
        hidden = {str(self.fields[name].label) for name in self.keeps}
        return [Difference(row.label, masked(row.theirs, 3, 2), row.mine) if row.label in hidden else row for row in rows if _is_told(row, hidden)]


def _is_told(row: Difference, hidden: set[str]) -> bool:
    """A masked field left empty changes nothing and is no difference."""
    return row.label not in hidden or row.mine != "—"


def form_class(act: Act, fields: Mapping[str, forms.Field], keeps: Iterable[str] = ()) -> type[ActForm]:
    return type("Form", (ActForm,), {**fields, "table": act.table, "model": model_of(act), "keeps": frozenset(keeps)})


def fields_for(act: Act, viewer: Viewer, *, row: Entry | None = None, case: Case | None = None) -> dict[str, forms.Field]:
    """A control for each field of an act: on a `row`, or in a `case`, or for a new case or incident."""
    model, matter = model_of(act), matter_of(row) if row else case
    fields = {name: _field(act, model._meta.get_field(name), viewer, matter) for name in act.fields}
    for name, field in fields.items():
        if isinstance(field, RowField) and row and getattr(row, name, None):
            field.offer(getattr(row, name))
    return fields


def _field(act: Act, field: models.Field, viewer: Viewer, matter: Case | Incident | None) -> forms.Field:
    required = field.name in act.required
    given: dict[str, Any] = {"label": field.verbose_name, "required": required}
    if isinstance(field, models.ForeignKey):
        return _reference(act, field, viewer, matter, given)
    if isinstance(field, models.BooleanField):
        return forms.BooleanField(**given) if required else FlagField(**given)
    if isinstance(field, models.DateTimeField):
        return MinuteField(**given, help_text=NOW_HELP if field.name == act.at else "")
    if field.flatchoices:
        choices = [("", "请选择" if required else "（未填）"), *field.flatchoices]
        return forms.TypedChoiceField(choices=choices, empty_value="", **given)
    made = field.formfield(**given)
    if isinstance(field, models.CharField) and (field.max_length or 0) >= 400:
        made.widget = forms.Textarea()
    return made


def _reference(act: Act, field: models.ForeignKey, viewer: Viewer, matter: Case | Incident | None, given: dict[str, Any]) -> forms.Field:
    related = field.related_model
    if related is Officer:
        unit = matter.unit_id if matter else viewer.officer.unit_id
        return OfficerField(officers=officers_of(unit), **given)
    if related is Unit:
        return RowField(rows=units_for(act, viewer, matter), **given)
    if related is Case:
        return forms.CharField(max_length=64, help_text="填案件编号。", **given)
    rows = related.objects.filter(**{related.matter: matter.code}).select_related(*NAMED_BY.get(related.table, ()))
    return RowField(rows=list(rows), label_of=call, table=related.table, **given)


def officers_of(unit_code: str) -> list[Officer]:
    return list(Officer.objects.filter(unit_id=unit_code, is_active=True, is_interface=False).order_by("code"))


def units_for(act: Act, viewer: Viewer, matter: Case | Incident | None) -> list[Unit]:
    """For a new case or incident the units where the viewer may make one; inside a case its unit, those above it, and the viewer's own."""
    if matter is None or act.name == "correct":
        reach = Q(pk__in=())
        for path in viewer.paths(act.table, act.name):
            reach |= Q(path__startswith=path)
        reach |= Q(path__in=own_paths(act, viewer))
    else:
        reach = Q(code__in=matter.unit.path.strip("/").split("/")) | Q(path__in=[held.path for held in viewer.held])
    return list(Unit.objects.filter(reach, is_active=True))


def own_paths(act: Act, viewer: Viewer) -> list[str]:
    """Units where the viewer does the act as somebody who handles cases."""
    allowed = table().permission(act.table, act.name).duties
    return [held.path for held in viewer.held if held.duty in allowed and table().duties[held.duty].reach == TEAM]


NAMED_BY = {
    "summons": ("party",), "restraint": ("summons__party",), "interview": ("party",), "attendance": ("interview__party", "officer"),
    "recording": ("interview__party",), "measure": ("party",), "hearing": ("party",), "notification": ("party",), "decision": ("party",),
    "service": ("decision__party",), "execution": ("decision__party",), "waiting": ("summons__party",), "inspection": ("party",), "lineup": ("party",),
    "appraisal": ("party",), "review": ("party", "officer"), "recusal": ("officer",), "prosecutor_document": ("party",),
    "postponement": ("decision__party",), "disclosure": ("decision__party",), "remedy": ("party",), "loan": ("property_item",),
}


def call(row: Entry) -> str:
    """How a row of a case is called where one has to be picked or named: by person, kind and time, with its code."""
    said = CALLED[row.table](row) if row.table in CALLED else ""
    return f"{said} {row.code}".strip()


def _short(value: Any) -> str:
    return full(value) if value else ""


CALLED: dict[str, Any] = {
    "case": lambda row: f"{row.kind} {row.offence}".strip(),
    "party": lambda row: f"{row.name}（{row.role}）",
    "summons": lambda row: f"{row.kind or '传唤'} {row.party.name} {_short(row.arrived_at)}",
    "restraint": lambda row: f"约束 {row.summons.party.name}",
    "interview": lambda row: f"{row.kind} {row.party.name} {_short(row.started_at)}",
    "attendance": lambda row: f"{row.role} {row.officer.name if row.officer else row.person_name}".strip(),
    "recording": lambda row: f"录制 {row.interview.party.name} {_short(row.started_at)}",
    "measure": lambda row: f"{row.kind} {row.party.name}",
    "suspension": lambda row: row.kind,
    "notification": lambda row: f"{row.kind}{' ' + row.party.name if row.party else ''}",
    "hearing": lambda row: f"听证 {row.party.name}",
    "decision": lambda row: f"{row.party.name} {_short(row.decided_at)}",
    "service": lambda row: f"送达{row.recipient}",
    "execution": lambda row: row.kind,
    "property_item": lambda row: row.name,
    "conversion": lambda row: f"{row.from_kind} → {row.to_kind}",
    "waiting": lambda row: f"候问 {row.summons.party.name} {row.room}",
    "inspection": lambda row: f"{row.kind}{row.target} {_short(row.started_at)}",
    "lineup": lambda row: f"辨认{row.kind} {_short(row.started_at)}",
    "appraisal": lambda row: f"{row.kind}鉴定{' ' + row.party.name if row.party else ''}",
    "review": lambda row: f"法制审核 {row.kind}",
    "recusal": lambda row: f"回避 {row.officer.name}",
    "prosecutor_document": lambda row: row.kind,
    "postponement": lambda row: f"暂缓执行 {row.decision.party.name}",
    "disclosure": lambda row: f"公开 {row.decision.party.name}的处罚决定",
    "remedy": lambda row: row.kind,
    "loan": lambda row: f"调用 {row.property_item.name or row.property_item.code}",
}


# --- what is known beforehand ---

def known_of(row: Entry, names: Iterable[str], keeps: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Initial values out of a row, and where they came from. Masked contents are not put into a form: they are looked at one by one."""
    initial = {name: getattr(row, name) for name in names if hasattr(row, name) and name not in keeps}
    filled = [name for name, value in initial.items() if value not in (None, "")]
    return initial, dict.fromkeys(filled, f"已登记的内容（{row.source}）")


def keeps_of(model: type[Entry], names: Iterable[str]) -> frozenset[str]:
    return frozenset(SHOWN.get(model, ())) & frozenset(names)


def veiled(name: str, value: str) -> str:
    return mask_id(value) if name == "id_number" else masked(value, 3, 2)


def this_minute() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


# --- correction ---

class ReasonField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label="更正理由", max_length=500, widget=forms.Textarea(), help_text="写明录错的原因，不少于 5 个字；与新旧内容一起记入台账。",
            error_messages={"required": "请写明录错的原因"})


def correction_of(row: Entry) -> Act:
    """更正 as an act: every column that people may give, except its number and what ties it to its case."""
    tied = {"code", "case"} - ({"case"} if isinstance(row, Incident) else set())
    names = tuple(field.name for field in columns(row.table).values() if field.name not in tied)
    required = tuple(field.name for field in columns(row.table).values() if field.name in names and is_required(field))
    return Act(row.table, "correct", "更正", names, required)
