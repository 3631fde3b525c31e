"""Who hears of an alert: by the rule's list, the unit, and the duties held that day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer, Shift, Unit
from mingjing.accounts.scope import in_force, on_shift
from mingjing.alerts import pace

DUTIES = {
    "unit_legal_reviewer": "法制员", "unit_leader": "单位负责人", "custody_manager": "办案中心管理员", "property_custodian": "财物管理员",
    "case_manager": "案管", "legal_division": "法制支队监督岗",
}
HANDLING = "handling_officer"
LADDER, LEADERS = ("法制员", "单位负责人", "法制支队监督岗"), "局领导"  # who hears next when nobody signs; in the end the leaders of the units above


@dataclass(frozen=True)
class Recipient:
    officer: Officer
    duty: str


def of_roles(roles: Iterable[str], unit: Unit, handling: Officer | None, at: datetime) -> list[Recipient]:
    """The people of these roles for a unit at a moment; each officer once, under the first role that names him."""
    found: dict[str, Recipient] = {}
    for role in roles:
        for recipient in _of_role(role, unit, handling, at):
            found.setdefault(recipient.officer.code, recipient)
    return list(found.values())


def _of_role(role: str, unit: Unit, handling: Officer | None, at: datetime) -> Iterator[Recipient]:
    if role == HANDLING:
        if handling and handling.is_active:
            yield Recipient(handling, "办案民警")
    else:
        yield from holders(DUTIES.get(role, role), unit, at)


def holders(duty: str, unit: Unit, at: datetime) -> list[Recipient]:
    """Those who hold a duty that day at the unit, or else at the nearest unit above where somebody does: nobody on duty is no reason for silence."""
    return next(_upwards(duty, unit, at), [])


def of_rung(rung: int, unit: Unit, at: datetime, able: Collection[str] = LADDER) -> list[Recipient]:
    """Who hears at this step of escalation (from 1): up the ladder of duties, then the leaders of the units above; nobody when it is climbed. A step where
    nobody holds the duty is no step. `able`: the duties of the ladder that can do what is waited for."""
    steps = chain((holders(duty, unit, at) for duty in LADDER if duty in able), _upwards(LEADERS, unit, at))
    return next(islice(filter(None, steps), rung - 1, None), [])


def _upwards(duty: str, unit: Unit, at: datetime) -> Iterator[list[Recipient]]:
    """The holders of a duty unit by unit, from this one up; units where nobody holds it are left out. Outside working hours those on shift, where somebody
    is: the others are at home."""
    line = unit.line
    held = DutyAssignment.objects.filter(in_force(timezone.localdate(at)), duty=duty, unit__code__in=line, officer__is_active=True)
    by_unit: dict[str, list[Recipient]] = {}
    for assignment in held.select_related("officer").order_by("officer_id"):
        by_unit.setdefault(assignment.unit_id, []).append(Recipient(assignment.officer, duty))
    on_call = _on_shift(by_unit, at)
    return ([each for each in by_unit[code] if each.officer.code in on_call] or by_unit[code] for code in reversed(line) if code in by_unit)


def _on_shift(by_unit: Mapping[str, Sequence[Recipient]], at: datetime) -> frozenset[str]:
    """Police numbers of those who are on shift at this moment; nobody in working hours, when all are there."""
    if pace.is_working(at) or not by_unit:
        return frozenset()
    holders = {each.officer.code for recipients in by_unit.values() for each in recipients}
    return frozenset(Shift.objects.filter(on_shift(at), officer__code__in=holders).values_list("officer_id", flat=True))
