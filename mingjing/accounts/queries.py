"""Reads. Every one takes the viewer. The directory of units and people is open to everybody who holds a duty; what is about somebody's account is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Prefetch, Q, QuerySet, Sum
from django.http import Http404
from django.utils import timezone

from mingjing.accounts.actions.officers import INTERFACE
from mingjing.accounts.actions.permit import places_of
from mingjing.accounts.models import BreakGlass, DutyAssignment, Officer, Shift, Unit
from mingjing.accounts.scope import Viewer, in_force
from mingjing.ledger.models import Event

OFFERED = 200
STATES = ("现任", "未到任", "已结束")
SIGN_INS = ("account.sign_in", "account.sign_in_failed", "account.sign_out", "account.lock")


def officers(viewer: Viewer) -> QuerySet[Officer]:
    """Everybody, with the unit and (as `held`) the assignments in force today. Accounts of connected systems are for administrators."""
    if not viewer.may("officer", "read"):
        return Officer.objects.none()
    today = timezone.localdate(viewer.at)
    held = DutyAssignment.objects.filter(in_force(today)).select_related("unit").order_by("duty", "pk")
    rows = Officer.objects.select_related("unit").prefetch_related(Prefetch("assignments", held, to_attr="held"))
    return rows if viewer.may("officer", "manage") else rows.filter(is_interface=False)


def officer(viewer: Viewer, code: str) -> Officer:
    found = officers(viewer).filter(code=code).first()
    if found is None:
        raise Http404(f"没有警号为“{code}”的人员")
    return found


def may_manage(viewer: Viewer, person: Officer) -> bool:
    """Whether the acts on a person are offered; the actions ask for themselves."""
    posts = tuple(viewer.posts("officer", "manage"))
    return bool(posts) and person.pk != viewer.officer.pk and all(path.startswith(posts) for path in places_of(person, viewer.at))


def duties_of(person: Officer, at: datetime) -> list[tuple[str, list[DutyAssignment]]]:
    """All assignments of a person in three groups: now, later, over."""
    day = timezone.localdate(at)
    rows = list(person.assignments.select_related("unit"))
    return [(state, [row for row in rows if row.state(day) == state]) for state in STATES]


def units(viewer: Viewer) -> QuerySet[Unit]:
    return Unit.objects.order_by("path") if viewer.may("unit", "read") else Unit.objects.none()


def unit(viewer: Viewer, code: str) -> Unit:
    found = units(viewer).select_related("parent").filter(code=code).first()
    if found is None:
        raise Http404(f"没有编号为“{code}”的单位")
    return found


def managed_units(viewer: Viewer, kind: str = "officer") -> QuerySet[Unit]:
    """Open units below the posts of an administrator: what forms offer."""
    below = Q(pk__in=())
    for post in viewer.posts(kind, "manage"):
        below |= Q(path__startswith=post)
    return Unit.objects.filter(below, is_active=True).order_by("path")


@dataclass
class Branch:
    """A unit in the tree: `people` in service here and below, `depth` from the root, `below` its children."""

    unit: Unit
    depth: int
    people: int
    below: list[Branch]


def tree(viewer: Viewer, *, with_closed: bool = False) -> list[Branch]:
    """The whole tree in two queries, the roots first."""
    rows = units(viewer) if with_closed else units(viewer).filter(is_active=True)
    rows = list(rows)
    direct = Counter(Officer.objects.filter(is_active=True, is_interface=False).values_list("unit_id", flat=True))
    people: Counter[str] = Counter()
    for row in rows:
        for code in row.line:
            people[code] += direct[row.code]
    branches = {row.code: Branch(row, row.path.count("/") - 1, people[row.code], []) for row in rows}
    for row in rows:
        if row.parent_id in branches:
            branches[row.parent_id].below.append(branches[row.code])
    return [branches[row.code] for row in rows if row.parent_id not in branches]


def people_below(unit_: Unit) -> int:
    """How many are in service at a unit and all below it."""
    return Officer.objects.filter(unit__path__startswith=unit_.path, is_active=True, is_interface=False).count()


def posts_at(unit_: Unit, at: datetime) -> list[tuple[str, list[DutyAssignment]]]:
    """Who holds which duty at just this unit at a moment: duties by name, people by number."""
    rows = DutyAssignment.objects.filter(in_force(timezone.localdate(at)), unit=unit_, officer__is_active=True).exclude(duty=INTERFACE)
    groups: dict[str, list[DutyAssignment]] = {}
    for row in rows.select_related("officer").order_by("duty", "officer__code"):
        groups.setdefault(row.duty, []).append(row)
    return list(groups.items())


def accesses(viewer: Viewer) -> QuerySet[BreakGlass]:
    """Break-glass accesses: one's own, and for those who review them those of the units below."""
    reach = Q(officer=viewer.officer)
    for post in viewer.posts("break_glass", "read"):
        reach |= Q(officer__unit__path__startswith=post)
    return BreakGlass.objects.filter(reach).select_related("officer__unit", "reviewed_by")


def access(viewer: Viewer, number: int) -> BreakGlass:
    found = accesses(viewer).filter(pk=number).first()
    if found is None:
        raise Http404("没有这次临时授权")
    return found


def may_review(viewer: Viewer, row: BreakGlass) -> bool:
    below = any(row.officer.unit.path.startswith(post) for post in viewer.posts("break_glass", "review"))
    return below and row.officer_id != viewer.officer.code and not row.reviewed_at


def shifts(viewer: Viewer) -> QuerySet[Shift]:
    """The roster of every unit, without what was taken back; each with the `duties` that the officer holds now, in one more query."""
    if not viewer.may("shift", "read"):
        return Shift.objects.none()
    held = DutyAssignment.objects.filter(in_force(timezone.localdate(viewer.at))).order_by("duty", "pk")
    rows = Shift.objects.filter(withdrawn_at__isnull=True).select_related("officer", "unit")
    return rows.prefetch_related(Prefetch("officer__assignments", held, to_attr="held"))


def to_put_on_shift(viewer: Viewer) -> list[Officer]:
    """The first OFFERED people whom the viewer may put on shift; anybody else is typed."""
    below = Q(pk__in=())
    for post in viewer.posts("shift", "set"):
        below |= Q(unit__path__startswith=post)
    return list(Officer.objects.filter(below, is_active=True, is_interface=False).order_by("code")[:OFFERED])


BROWSERS = (("Edg", "Edge 浏览器"), ("Firefox", "Firefox 浏览器"), ("Chrome", "Chrome 浏览器"), ("Safari", "Safari 浏览器"))
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "Mac"), ("Linux", "Linux"))


def device(agent: str) -> str:
    """What a browser says of itself, as people would; the beginning of it as it is when nothing is known."""
    names = [next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, SYSTEMS)]
    return "，".join(filter(None, names)) or agent[:60] or "未知设备"


@dataclass(frozen=True)
class Open:
    """A session that is still alive."""

    session: UserSession
    is_current: bool

    @property
    def device(self) -> str:
        return device(self.session.user_agent)


def sessions(person: Officer, current: str) -> list[Open]:
    """Where somebody is signed in, the latest first."""
    rows = list(UserSession.objects.filter(user=person).order_by("-last_seen_at"))
    alive = set(Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()).values_list("session_key", flat=True))
    return [Open(row, row.session_key == current) for row in rows if row.session_key in alive]


def second_factors(person: Officer) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=person).order_by("created_at"))


def sign_ins(person: Officer, most: int = 10) -> Iterable[Event]:
    """The last happenings at the door, from the ledger."""
    return Event.objects.filter(subject_kind="officer", subject_code=person.code, kind__in=SIGN_INS).order_by("-seq")[:most]


def failures(person: Officer) -> int:
    """Failed sign-ins that still count towards a lockout, at all addresses."""
    since = timezone.now() - timezone.timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts = AccessAttempt.objects.filter(username__iexact=person.code, attempt_time__gte=since)
    return attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0


def assignment(person: Officer, number: int) -> DutyAssignment:
    found = person.assignments.select_related("unit", "officer").filter(pk=number).first()
    if found is None:
        raise Http404("没有这段职责")
    return found
