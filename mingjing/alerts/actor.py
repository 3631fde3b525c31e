"""Who acts when nobody does: the platform itself, in the ledger under a name that no officer can have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    code: str = "系统"
    unit_id: str = ""


SYSTEM = System()
