"""What is in the database: nothing, a finished demo city, one that was left half-way, or something of somebody's own."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, connections

from demo.bureau import ROOT
from demo.words import BUREAU
from mingjing.accounts.models import Officer, Unit
from mingjing.cases.models import Case, Incident
from mingjing.ledger.models import Event


class State(Enum):
    EMPTY = "空的"
    WHOLE = "完整的演示城市"
    HALF = "没有装完的演示城市"
    FOREIGN = "别的数据"


def state() -> State:
    """A demo city has the root unit that no place has. Its people get passwords as the very last thing, so before that nobody can have signed in."""
    if not any(model.objects.exists() for model in (Unit, Officer, Case, Incident, Event)):
        return State.EMPTY
    if list(Unit.objects.filter(parent__isnull=True).values_list("code", "name")) != [(ROOT, BUREAU)]:
        return State.FOREIGN
    return State.WHOLE if Officer.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists() else State.HALF


def start_over() -> bool:
    """Take away a half-filled SQLite database, file and all. Returns False where that cannot be done here (PostgreSQL)."""
    if connection.vendor != "sqlite":
        return False
    file = Path(settings.DATABASES["default"]["NAME"])
    connections.close_all()
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)
    return True
