"""One row as the API shows it, and the exact form of it for the description: the columns of the vocabulary with the platform's own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from django.db import models
from django.utils import timezone
from ninja import Schema
from pydantic import ConfigDict, Field, create_model

from mingjing.cases.actions.revealing import SHOWN
from mingjing.cases.cleaning import columns, is_required, listed
from mingjing.cases.forms import veiled
from mingjing.cases.models import NOUNS, Case, Entry
from mingjing.cases.vocabulary import vocabulary

MASKED = {model.table: frozenset(names) for model, names in SHOWN.items()}  # column names of personal numbers, by table


def shown(row: Entry) -> dict[str, Any]:
    """A row as JSON values: personal numbers masked, times in Asia/Shanghai with their offset, null for what is unknown."""
    hidden = MASKED.get(row.table, frozenset())
    values = {name: _plain(name, getattr(row, field.attname), name in hidden) for name, field in columns(row.table).items()}
    if isinstance(row, Case):
        values["state"] = row.state
    return {**values, "version": row.version, "entered_at": _plain("", row.entered_at, False), "source": row.source}


def _plain(name: str, value: Any, is_masked: bool) -> Any:
    if value is None or value == "":
        return None
    if is_masked:
        return veiled(name, value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


@cache
def label(table: str, name: str) -> str:
    """The Chinese name of a column."""
    said = vocabulary().tables[table].columns
    return said[name].label if name in said else str(columns(table)[name].verbose_name)


def kind_of(field: models.Field) -> str:
    """The type in the words of the vocabulary."""
    kinds = ((models.DateTimeField, "time"), (models.DateField, "date"), (models.BooleanField, "flag"), (models.DecimalField, "number"),
             (models.IntegerField, "whole"))
    return next((kind for field_type, kind in kinds if isinstance(field, field_type)), "text")


TYPES = {"time": datetime, "date": date, "flag": bool, "number": float, "whole": int, "text": str}


def _type(field: models.Field) -> Any:
    return Literal[listed(field)] if listed(field) else TYPES[kind_of(field)]


def longest(field: models.Field) -> int | None:
    field = field.target_field if isinstance(field, models.ForeignKey) else field
    return field.max_length if isinstance(field, models.CharField | models.TextField) and not listed(field) else None


@cache
def out_model(table: str) -> type[Schema]:
    """What `shown` gives for a row of this table."""
    fields: dict[str, Any] = {}
    for name, field in columns(table).items():
        hidden = name in MASKED.get(table, frozenset())
        kind = _type(field) if is_required(field) else _type(field) | None
        fields[name] = (kind, Field(description=label(table, name) + ("（已遮盖）" if hidden else "")))
    if table == "case":
        fields["state"] = (Literal[tuple(Case.State.values)], Field(description="状态，由各时间得出"))
    fields["version"] = (int, Field(description="版本，每改一次加一", ge=1))
    fields["entered_at"] = (datetime, Field(description="录入平台的时间"))
    fields["source"] = (str, Field(description="来源"))
    title = str(NOUNS[table]._meta.verbose_name)
    return create_model(f"{_camel(table)}Row", __config__=ConfigDict(title=title, extra="forbid"), __base__=Schema, **fields)


@cache
def in_schema(table: str) -> dict[str, Any]:
    """JSON Schema of a row to push. Rows are judged one by one, so this describes; it does not reject the whole push."""
    fields: dict[str, Any] = {}
    for name, field in columns(table).items():
        said = label(table, name) + ("（新行必填）" if is_required(field) and name != "code" else "")
        kind = _type(field)
        limits = {"max_length": longest(field)} if longest(field) else {}
        least = {"min_length": 1} if name == "code" else {"ge": 0} if kind_of(field) in ("number", "whole") else {}
        fields[name] = (kind, Field(description=said, **limits, **least)) if name == "code" else (kind | None, Field(None, description=said, **limits, **least))
    model = create_model(f"{_camel(table)}Push", __config__=ConfigDict(extra="forbid"), **fields)
    schema = model.model_json_schema()
    return {"type": "object", "title": str(NOUNS[table]._meta.verbose_name), "required": ["code"], "additionalProperties": False,
            "properties": {name: _tidy(one) for name, one in schema["properties"].items()}}


def _tidy(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in ("title", "default")}


def _camel(table: str) -> str:
    return "".join(word.capitalize() for word in table.split("_"))


EXAMPLES = {"time": "2026-03-01T09:00:00+08:00", "date": "1990-01-01", "flag": True, "number": 200, "whole": 5, "text": "示例"}


@cache
def example(table: str) -> dict[str, Any]:
    """A new row with everything that it must have."""
    row = {}
    for name, field in columns(table).items():
        if is_required(field):
            values = listed(field)
            is_code = name == "code" or isinstance(field, models.ForeignKey)
            row[name] = values[0] if values else f"{name.removesuffix('_code').upper()}-2026-0001" if is_code else EXAMPLES[kind_of(field)]
    return row
