"""What an officer may see and do. Every query of every app goes through `within`; every act through `check`.

An officer's reach is the sum of the duties held today. A duty with reach `unit` extends to every unit under the unit where it is held; `team` to the
cases on whose team the officer is. Break-glass access adds single cases, to read only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from mingjing.accounts.duties import TEAM, UNIT, table
from mingjing.accounts.models import BreakGlass, DutyAssignment, Officer, Unit
from mingjing.lib.refused import Forbidden


@dataclass(frozen=True)
class Held:
    """A duty held now, and the path and name of the unit where it is held."""

    duty: str
    path: str
    unit_name: str
    unit_code: str


@dataclass(frozen=True)
class Viewer:
    """Somebody who asks, at a moment (aware). Built once a request by `viewer`."""

    officer: Officer
    at: datetime
    held: tuple[Held, ...]

    @cached_property
    def duties(self) -> frozenset[str]:
        return frozenset(held.duty for held in self.held)

    @cached_property
    def grants(self) -> frozenset[str]:
        """Codes of cases opened by break-glass and not yet expired."""
        granted = BreakGlass.objects.filter(officer=self.officer, starts_at__lte=self.at, ends_at__gt=self.at)
        return frozenset(granted.values_list("matter_code", flat=True))

    @cached_property
    def tree(self) -> dict[str, Any]:
        """All units by code, each with its code, name and path."""
        return {unit.code: unit for unit in Unit.objects.order_by("path").values_list("code", "name", "path", named=True)}

    def may(self, kind: str, act: str, state: str = "") -> bool:
        """Whether some duty allows this act at all, wherever the object is: for menus, not for guarding."""
        return any(table().allows(duty, kind, act, state) for duty in self.duties)

    def paths(self, kind: str, act: str = "read", about: str = "") -> list[str]:
        """Paths of units under which every object of this kind may be read (or acted on). `about`: the kind of what it tells of, which the same duty
        has to be allowed to read as well."""
        allowed = table().allowed(kind, act, about)
        return sorted({held.path for held in self.held if held.duty in allowed and table().duties[held.duty].reach == UNIT})

    def posts(self, kind: str, act: str) -> list[str]:
        """Paths of the units where a duty that allows this act is held, whatever its reach over cases: for units and people themselves."""
        allowed = table().permission(kind, act).duties
        return sorted({held.path for held in self.held if held.duty in allowed})

    def units_under(self, paths: Iterable[str]) -> QuerySet:
        """Codes of the units under these paths, for apps below that keep units by code."""
        under = reduce(or_, (Q(path__startswith=path) for path in paths), Q(pk__in=()))
        return Unit.objects.filter(under).values("code")

    def reaches_team(self, kind: str, act: str = "read", about: str = "") -> bool:
        allowed = table().allowed(kind, act, about)
        return any(duty in allowed and table().duties[duty].reach == TEAM for duty in self.duties)


def viewer(officer: Officer, at: datetime | None = None) -> Viewer:
    """The viewer for an officer with the duties held on that day (Asia/Shanghai)."""
    at = at or timezone.now()
    day = timezone.localdate(at)
    current = DutyAssignment.objects.filter(in_force(day), officer=officer, unit__is_active=True).select_related("unit")
    for row in current:
        if row.unit_id == officer.unit_id:
            officer.unit = row.unit  # every page names it
    held = tuple(Held(row.duty, row.unit.path, row.unit.name, row.unit.code) for row in current) if officer.is_active else ()
    return Viewer(officer, at, held)


def in_force(day: date, prefix: str = "") -> Q:
    """The condition that an assignment (at `prefix`, such as `assignments__`) is held on a day: first and last day included, not withdrawn."""
    ends = Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": day})
    return ends & Q(**{f"{prefix}starts_on__lte": day, f"{prefix}withdrawn_at__isnull": True})


def on_shift(at: datetime, prefix: str = "") -> Q:
    """The condition that a shift (at `prefix`) is on at a moment: its beginning included, its end not."""
    return Q(**{f"{prefix}starts_at__lte": at, f"{prefix}ends_at__gt": at, f"{prefix}withdrawn_at__isnull": True})


def within(viewer: Viewer, rows: QuerySet, *, kind: str, unit: str, matter: str, team: QuerySet, about: str = "") -> QuerySet:
    """The rows that the viewer may read.

    `unit`: lookup of the path of the unit responsible; `matter`: lookup of the code of the case (or incident) that a row belongs to;
    `team`: codes of the matters on whose team the viewer is; `about`: as in `Viewer.paths`.
    """
    paths = tuple(viewer.paths(kind, about=about))
    codes = [code for code, placed in viewer.tree.items() if placed.path.startswith(paths)] if paths else []
    if codes and len(codes) == len(viewer.tree):
        return rows
    # codes and not a condition on the path: for them the database knows how many rows there are and has them in the order of the list
    reach = Q(**{f"{unit.removesuffix('__path')}_id__in": codes})
    if viewer.reaches_team(kind, about=about):
        reach |= Q(**{f"{matter}__in": team})
    if viewer.grants:
        reach |= Q(**{f"{matter}__in": viewer.grants})
    return rows.filter(reach)


def check(
    viewer: Viewer, *, kind: str, act: str, unit_path: str, is_team: bool, state: str = "", is_own: bool | None = None, about: str = "",
) -> None:
    """Let the act pass or raise Forbidden with the reason: who may do it, and in which state.

    `is_team` gives reach. `is_own` bars what is `not_own`: it may go further than the team of now; None for the same. `about`: as in `Viewer.paths`.
    """
    row = table().permission(kind, act)
    paths = viewer.paths(kind, act, about)
    within_reach = (is_team and viewer.reaches_team(kind, act, about)) or any(unit_path.startswith(path) for path in paths)
    label, duties = table().labels[kind], table().allowed(kind, act, about)
    if not within_reach:
        raise Forbidden(f"你没有对该{label}办理此事项的权限。可办理的职责：{'、'.join(sorted(duties))}。需要时请由其办理，或联系系统管理员调整职责。")
    if row.states and state and state not in row.states:
        raise Forbidden(f"该{label}现在的状态是“{state}”，此事项只能在“{'、'.join(sorted(row.states))}”时办理。")
    if row.not_own and (is_team if is_own is None else is_own):
        raise Forbidden("本案承办人不能办理此事项，须由承办人以外的人办理。")
