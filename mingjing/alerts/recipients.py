"""Who hears of an alert: by the rule's list, the unit, and the duties held that day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from mingjing.accounts.duties import table
from mingjing.accounts.models import DutyAssignment, Officer, Shift, Unit
from mingjing.accounts.scope import in_force, on_shift
from mingjing.alerts import pace, states
from mingjing.alerts.models import Alert
from mingjing.alerts.queries import is_own

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


def may_decide(each: Recipient, alert: Alert) -> bool:
    """Whether somebody may judge what an alert waits to have judged: by the duty that he would be told as, and not in a matter of his own."""
    return each.duty in table().permission("alert", states.DECIDED_BY[alert.state]).duties and not is_own(each.officer, alert)


class Directory:
    """Who holds which duty where, for these units and those above them: one query a duty and moment, however many are told. Whoever is to be told is
    looked up for the moment at which the notice goes out (aware), not for the one at which it is written: shifts change in between."""

    def __init__(self, units: Iterable[Unit]):
        self._codes = {code for unit in units for code in unit.line}
        self._held: dict[tuple[str, datetime], dict[str, list[Recipient]]] = {}

    def of_roles(self, roles: Iterable[str], unit: Unit, handling: Officer | None, at: datetime) -> list[Recipient]:
        """The people of these roles for a unit; each officer once, under the first role that names him."""
        found: dict[str, Recipient] = {}
        for role in roles:
            for recipient in self._of_role(role, unit, handling, at):
                found.setdefault(recipient.officer.code, recipient)
        return list(found.values())

    def _of_role(self, role: str, unit: Unit, handling: Officer | None, at: datetime) -> list[Recipient]:
        if role != HANDLING:
            return self.holders(DUTIES.get(role, role), unit, at)
        return [Recipient(handling, "办案民警")] if handling and handling.is_active else []

    def holders(self, duty: str, unit: Unit, at: datetime) -> list[Recipient]:
        """Those who hold a duty that day at the unit, or else at the nearest unit above where somebody does: nobody on duty is no reason for silence."""
        return next(self._upwards(duty, unit, at), [])

    def steps(self, unit: Unit, at: datetime) -> Iterator[list[Recipient]]:
        """The steps of escalation: up the ladder of duties, then the leaders of the units above. A step where nobody holds the duty is no step."""
        yield from (step for duty in LADDER if (step := self.holders(duty, unit, at)))
        yield from self._upwards(LEADERS, unit, at)

    def _upwards(self, duty: str, unit: Unit, at: datetime) -> Iterator[list[Recipient]]:
        """The holders of a duty unit by unit, from this one up; units where nobody holds it are left out."""
        by_unit = self._by_unit(duty, at)
        return (by_unit[code] for code in reversed(unit.line) if code in by_unit)

    def _by_unit(self, duty: str, at: datetime) -> dict[str, list[Recipient]]:
        """Outside working hours those on shift, where somebody is: the others are at home."""
        key = (duty, at)
        if key not in self._held:
            found = self._held[key] = {}
            held = DutyAssignment.objects.filter(in_force(timezone.localdate(at)), duty=duty, unit__code__in=self._codes, officer__is_active=True)
            for assignment in held.select_related("officer").order_by("officer_id"):
                found.setdefault(assignment.unit_id, []).append(Recipient(assignment.officer, duty))
            found.update(_on_shift(found, at))
        return self._held[key]


def _on_shift(by_unit: Mapping[str, Sequence[Recipient]], at: datetime) -> dict[str, list[Recipient]]:
    """By unit, those who are on shift at this moment, where somebody is; nobody in working hours, when all are there."""
    if pace.is_working(at) or not by_unit:
        return {}
    holders = {each.officer.code for recipients in by_unit.values() for each in recipients}
    there = set(Shift.objects.filter(on_shift(at), officer__code__in=holders).values_list("officer_id", flat=True))
    narrowed = {code: [each for each in recipients if each.officer.code in there] for code, recipients in by_unit.items()} if there else {}
    return {code: recipients for code, recipients in narrowed.items() if recipients}
