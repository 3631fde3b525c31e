"""The duties, and the permission table `permissions.yaml`: who may do what to which object in which state. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("permissions.yaml")
TEAM, UNIT, NONE = "team", "unit", "none"


@dataclass(frozen=True)
class Duty:
    """`reach`: what `read` and every act extends to: the cases of one's own team, all units under the unit of the duty, or no cases at all."""

    name: str
    reach: str
    what: str


@dataclass(frozen=True)
class Permission:
    """One row of the table. Empty `states` means any state; `not_own`: not by a member of the case's own team (separation of duties)."""

    kind: str
    act: str
    label: str
    duties: frozenset[str]
    states: frozenset[str]
    not_own: bool

    def is_for(self, duty: str, state: str = "") -> bool:
        return duty in self.duties and (not self.states or not state or state in self.states)


@dataclass(frozen=True)
class Table:
    duties: Mapping[str, Duty]
    labels: Mapping[str, str]
    states: Mapping[str, tuple[str, ...]]
    permissions: Mapping[tuple[str, str], Permission]

    def permission(self, kind: str, act: str) -> Permission:
        """The row for an act; an act without a row is a bug, not a refusal."""
        return self.permissions[kind, act]

    def allowed(self, kind: str, act: str, about: str = "") -> frozenset[str]:
        """The duties that an act is for; with `about` only those that may read objects of that kind too."""
        duties = self.permission(kind, act).duties
        return duties & self.permission(about, "read").duties if about else duties

    def allows(self, duty: str, kind: str, act: str, state: str = "") -> bool:
        """One cell: may this duty do this act to an object in this state, somewhere within its reach?"""
        return self.permissions[kind, act].is_for(duty, state)

    def duties_for(self, row: Permission) -> list[str]:
        """The duties of a row in the order of the file."""
        return [name for name in self.duties if name in row.duties]

    def states_for(self, row: Permission) -> list[str]:
        """The states of a row in the order of the file; empty for any."""
        return [state for state in self.states[row.kind] if state in row.states]


@cache
def table() -> Table:
    """The permission table, read once. Raises ValueError for a duty, state or key that is not declared."""
    return read(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def read(raw: Mapping[str, Any]) -> Table:
    duties = {name: Duty(name, entry["reach"], entry["what"]) for name, entry in raw["duties"].items()}
    permissions, labels, states = {}, {}, {}
    for kind, entry in raw["objects"].items():
        labels[kind] = entry["label"]
        states[kind] = tuple(entry.get("states", ()))
        for act, row in entry["acts"].items():
            permissions[kind, act] = _permission(kind, act, row, duties, states[kind])
    return Table(duties, labels, states, permissions)


def _permission(kind: str, act: str, row: Mapping[str, Any], duties: Mapping[str, Duty], states: tuple[str, ...]) -> Permission:
    unknown = set(row) - {"label", "duties", "states", "not_own"} or set(row["duties"]) - set(duties) or set(row.get("states", ())) - set(states)
    if unknown:
        raise ValueError(f"permissions.yaml: {kind}.{act}: unknown {sorted(unknown)}")
    return Permission(kind, act, row["label"], frozenset(row["duties"]), frozenset(row.get("states", ())), row.get("not_own", False))
