"""What both doors share: how a row is compared, kept and told to the ledger."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from mingjing.cases.models import Entry
from mingjing.ledger.actions import Happening

# Personal contents never reach the ledger in clear: it keeps a keyed digest, which proves later that a value was the same.
PERSONAL = frozenset({"name", "id_number", "phone", "address", "reporter_name", "reporter_phone", "person_name", "content", "summary", "place"})
PERSONAL_TABLES = frozenset({"party", "incident", "attendance", "case"})


def plain(table: str, name: str, value: Any) -> Any:
    """A value as the ledger keeps it: plain JSON, times as ISO text with offset, personal contents sealed."""
    if value is None or value == "":
        return None
    if table in PERSONAL_TABLES and name in PERSONAL:
        return sealed(str(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def sealed(value: str) -> str:
    """A digest keyed with the installation's secret: nobody can try out ID numbers against it."""
    return "密:" + hmac.new(settings.SECRET_KEY.encode(), value.encode(), hashlib.sha256).hexdigest()[:32]


def changes(row: Entry, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What these values (by attribute) would change in a row: attribute → (old, new)."""
    return {name: (getattr(row, name), value) for name, value in values.items() if _differs(getattr(row, name), value)}


def _differs(old: Any, new: Any) -> bool:
    return (None if old == "" else old) != (None if new == "" else new)


def created(row: Entry, *, kind: str, matter: str, at: datetime | None, source: str) -> Happening:
    skipped = {"code", "state", *Entry.kept}
    values = {
        field.attname: plain(row.table, field.name, getattr(row, field.attname)) for field in row._meta.concrete_fields if field.name not in skipped
    }
    filled = {name: value for name, value in values.items() if value is not None}
    return Happening(kind, row.table, row.code, matter, at, {"values": filled, "source": source})


def changed(row: Entry, found: Mapping[str, tuple[Any, Any]], *, kind: str, matter: str, at: datetime | None, **more: Any) -> Happening:
    said = {name: [plain(row.table, name, old), plain(row.table, name, new)] for name, (old, new) in found.items()}
    return Happening(kind, row.table, row.code, matter, at, {"changes": said, "version": row.version, **more})
