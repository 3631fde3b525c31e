"""Everything that is in a case, in one query: sixteen tables would be sixteen round trips, and no page may make more than fifteen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import F, QuerySet, Value
from django.db.models.functions import JSONObject

from mingjing.accounts.duties import table as permissions
from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import Viewer
from mingjing.cases.models import NOUNS, Case, Entry
from mingjing.cases.references import foreign_keys

Contents = dict[str, list[Entry]]
ANY_CASE = "\x00"  # stands for the code of a case in a query drawn up beforehand; no code can be this
INSIDE = tuple(name for name in NOUNS if name not in ("case", "incident"))


def readable(viewer: Viewer, case: Case, *, is_team: bool) -> frozenset[str]:
    """The tables whose rows in this case the viewer may read: what `scope.within` says row by row, for one case and without a query."""

    def may(kind: str) -> bool:
        if kind in NOUNS and case.code in viewer.grants:
            return True
        within = any(case.unit.path.startswith(path) for path in viewer.paths(kind))
        return within or (is_team and viewer.reaches_team(kind))

    return frozenset(kind for kind in permissions().labels if (kind, "read") in permissions().permissions and may(kind))


def contents(case: Case, tables: Iterable[str]) -> Contents:
    """The rows of these tables in a case, by table, in the order in which they happened; rows know the case and each other without further queries.

    References to officers and units are not filled in: see `name_people`.
    """
    wanted = [name for name in INSIDE if name in set(tables)]
    found: Contents = {name: [] for name in INSIDE}
    if wanted:
        sql, params = _query(tuple(wanted))
        with connection.cursor() as cursor:
            cursor.execute(sql, [case.code if value == ANY_CASE else value for value in params])
            for name, values in cursor.fetchall():
                found[name].append(_row(NOUNS[name], json.loads(values)))
    for name, rows in found.items():
        rows.sort(key=lambda row, occurs=NOUNS[name].occurs: (getattr(row, occurs) or row.entered_at, row.code))
    _join(case, found)
    return found


@cache
def _query(wanted: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """The query over these tables and its parameters, for any case: drawing it up takes far longer than running it, so that is done once."""
    first, *rest = (_as_json(NOUNS[name]) for name in wanted)
    return first.union(*rest, all=True).query.sql_with_params()


def _as_json(model: type[Entry]) -> QuerySet:
    body = JSONObject(**{field.attname: F(field.attname) for field in model._meta.concrete_fields})
    return model.objects.filter(**{model.matter: ANY_CASE}).order_by().values_list(Value(model.table), body)


def _row(model: type[Entry], values: Mapping[str, Any]) -> Entry:
    fields = [field for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db("default", [field.attname for field in fields], [_value(field, values[field.attname]) for field in fields])


def _value(field: models.Field, raw: Any) -> Any:
    """A column's value out of the JSON of either database: SQLite writes times without an offset (UTC) and flags as 0 and 1."""
    if raw is None:
        return None
    if isinstance(field, models.DateTimeField):
        value = datetime.fromisoformat(raw)
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(field, models.DateField):
        return date.fromisoformat(raw)
    if isinstance(field, models.BooleanField):
        return bool(raw)
    return Decimal(str(raw)) if isinstance(field, models.DecimalField) else raw


def _join(case: Case, found: Contents) -> None:
    by_code = {name: {row.code: row for row in rows} for name, rows in found.items()}
    by_code["case"] = {case.code: case}
    for rows in found.values():
        for row in rows:
            for field in foreign_keys(type(row)):
                code = getattr(row, field.attname)
                known = by_code.get(field.related_model.table, {}) if issubclass(field.related_model, Entry) else {}
                if code in known:
                    setattr(row, field.name, known[code])


def name_people(rows: Iterable[Entry], more: Iterable[str] = ()) -> dict[str, Officer]:
    """Fills in the officers (with their units) and units that rows refer to, in two queries; `more`: codes of other officers wanted. Officers by code."""
    pairs = [(row, field) for row in rows for field in foreign_keys(type(row)) if field.related_model in (Officer, Unit) and getattr(row, field.attname)]
    wanted = {model: {getattr(row, field.attname) for row, field in pairs if field.related_model is model} for model in (Officer, Unit)}
    officers = {officer.code: officer for officer in Officer.objects.filter(code__in=wanted[Officer] | set(more)).select_related("unit")}
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=wanted[Unit])} if wanted[Unit] else {}
    for row, field in pairs:
        known = officers if field.related_model is Officer else units
        setattr(row, field.name, known.get(getattr(row, field.attname)))
    return officers
