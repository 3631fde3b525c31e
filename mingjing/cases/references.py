"""What the rows of one batch refer to, read in one query a table: does it exist, to which case does it belong, which unit answers for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from mingjing.accounts.models import Officer, Unit
from mingjing.cases.models import Case, Entry
from mingjing.lib.refused import Refused


@dataclass(frozen=True)
class Known:
    """A row that is referred to. `matter` and `path` are empty for an officer, `matter` for a unit."""

    matter: str
    path: str
    state: str = ""


@dataclass
class References:
    """Known rows by model and code."""

    rows: dict[type[models.Model], dict[str, Known]]

    def known(self, field: models.ForeignKey, code: str) -> Known:
        found = self.rows.get(field.related_model, {}).get(code)
        if found is None:
            raise Refused(
                f"{field.verbose_name}：没有编号为“{code}”的{field.related_model._meta.verbose_name}，或者不在你的范围内。请核对编号，或先录入它。",
                field=f"{field.name}_code")
        return found

    def place(self, model: type[Entry], values: dict[str, Any]) -> Known:
        """The matter and the unit path that a row with these values belongs to."""
        first = model.unit_path.split("__")[0]
        field = model._meta.get_field(first)
        known = self.known(field, values[field.attname])
        return Known(known.matter or values["code"], known.path, known.state)


def references(model: type[Entry], rows: Iterable[dict[str, Any]]) -> References:
    """Everything that these rows (values by attribute) refer to."""
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    fields = foreign_keys(model)
    for values in rows:
        for field in fields:
            if values.get(field.attname):
                wanted[field.related_model].add(values[field.attname])
    return References({related: _read(related, codes) for related, codes in wanted.items()})


def foreign_keys(model: type[Entry]) -> list[models.ForeignKey]:
    return [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


def _read(model: type[models.Model], codes: set[str]) -> dict[str, Known]:
    rows = model.objects.filter(code__in=codes)
    if model is Officer:
        return {code: Known("", "") for code in rows.values_list("code", flat=True)}
    if model is Unit:
        return {code: Known("", path) for code, path in rows.values_list("code", "path")}
    state = "state" if model is Case else f"{model.unit_path.removesuffix('unit__path')}state"
    return {code: Known(*rest) for code, *rest in rows.values_list("code", model.matter, model.unit_path, state)}


def check_references(model: type[Entry], values: dict[str, Any], known: References) -> None:
    """Everything referred to exists, and party, measure, interview … of a row belong to the row's own case. Raises Refused."""
    inside = model.matter == "case_id"
    for field in foreign_keys(model):
        code = values.get(field.attname)
        if not code:
            continue
        found = known.known(field, code)
        if inside and field.name != "case" and issubclass(field.related_model, Entry) and found.matter != values["case_id"]:
            raise Refused(f"{field.verbose_name}：“{code}”不是本案的{field.related_model._meta.verbose_name}，不能用在本案。", field=f"{field.name}_code")
