"""Enrol, change, move, stop and let in again. A new one-time password is returned once and kept nowhere but as its hash."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mingjing.accounts import passwords
from mingjing.accounts.actions.permit import clean_code, clean_text, locked_officer, not_oneself, open_unit, permit, places_of
from mingjing.accounts.actions.signing import end_sessions
from mingjing.accounts.models import DutyAssignment, Officer, Shift, Unit
from mingjing.accounts.scope import Viewer
from mingjing.ledger.actions import Actor, record
from mingjing.lib.refused import Refused

ADMINISTRATOR, INTERFACE = "系统管理员", "系统接口"
COMMAND = "命令行"  # the actor of what was done at the console, before anybody could sign in


@transaction.atomic
def enrol(*, by: Viewer, code: str, name: str, unit: str, is_auxiliary: bool = False) -> tuple[Officer, str]:
    """A new officer without any duty, and the one-time password."""
    place = open_unit(unit)
    permit(by, "officer", "manage", place.path)
    return _enrolled(by.officer, code, name, place, is_auxiliary)


@transaction.atomic
def enrol_interface(*, by: Viewer, code: str, name: str, unit: str) -> Officer:
    """The account of a connected system, with the one duty that it can have. It has no password and cannot sign in."""
    place = open_unit(unit)
    permit(by, "key", "manage", place.path)
    officer = _made(code, name, place, is_interface=True)
    officer.set_unusable_password()
    officer.save(force_insert=True)
    DutyAssignment.objects.create(officer=officer, duty=INTERFACE, unit=place, starts_on=timezone.localdate())
    _record(by.officer, "officer.enrol", officer, name=officer.name, unit=place.code, is_interface=True)
    return officer


@transaction.atomic
def found_administrator(*, code: str, name: str, unit: str = "") -> tuple[Officer, str]:
    """The first administrator, from the command line, where nobody has signed in yet; makes the root unit when there is none. Raises Refused."""
    place = open_unit(unit) if Unit.objects.filter(code=unit).exists() else _root(unit)
    actor = Console(place.code)
    officer, password = _enrolled(actor, code, name, place, is_auxiliary=False)
    assignment = DutyAssignment.objects.create(officer=officer, duty=ADMINISTRATOR, unit=place, starts_on=timezone.localdate())
    _record(actor, "duty.give", officer, duty=ADMINISTRATOR, place=place.code, assignment=assignment.pk, starts_on=assignment.starts_on.isoformat())
    return officer, password


class Console:
    """The actor of a command: nobody is signed in."""

    code = COMMAND

    def __init__(self, unit_id: str):
        self.unit_id = unit_id


def _root(code: str) -> Unit:
    """The root of the tree. Without any unit it is made, by the name of the bureau."""
    root = Unit.objects.filter(parent__isnull=True, is_active=True).first()
    if root and code:
        raise Refused(f"没有编号为“{code}”的单位。最上级单位是 {root.name}（{root.code}）。")
    if root:
        return root
    code = clean_code(code or "0000", what="单位编号")
    root = Unit.objects.create(code=code, name=settings.BUREAU, kind=Unit.Kind.BUREAU, path=f"{code}/")
    record(by=Console(code), kind="unit.found", subject_kind="unit", subject_code=code, name=root.name, kind_of_unit=root.kind)
    return root


@transaction.atomic
def change_officer(*, by: Viewer, officer: str, name: str, is_auxiliary: bool) -> Officer:
    """Correct the name, and whether somebody is an auxiliary. The police number never changes."""
    person = _managed(by, officer)
    before = {"name": person.name, "is_auxiliary": person.is_auxiliary}
    after = {"name": clean_text(name, field="name", what="姓名", most=50), "is_auxiliary": bool(is_auxiliary)}
    if before == after:
        raise Refused("内容没有变化。")
    Officer.objects.filter(pk=person.pk).update(**after)
    _record(by.officer, "officer.change", person, before=before, after=after)
    return person


@transaction.atomic
def transfer(*, by: Viewer, officer: str, unit: str, stops_duties: bool = True) -> Officer:
    """Move an officer to another unit; the regular duties (任职) end at once unless told otherwise, secondments go on."""
    person, place = _managed(by, officer), open_unit(unit)
    permit(by, "officer", "manage", place.path)
    if person.unit_id == place.code:
        raise Refused(f"{person.name} 已经在{place.name}。", field="unit")
    old = person.unit_id
    Officer.objects.filter(pk=person.pk).update(unit=place)
    stopped = _stop_duties(person, kind=DutyAssignment.Kind.REGULAR) if stops_duties else []
    _off_the_roster(person)
    _record(by.officer, "officer.transfer", person, before=old, after=place.code, stopped=stopped)
    return person


def _off_the_roster(person: Officer) -> None:
    """Shifts were given by the unit that somebody leaves; the new one has a roster of its own."""
    now = timezone.now()
    Shift.objects.filter(officer=person, withdrawn_at__isnull=True, ends_at__gt=now).update(withdrawn_at=now)


@transaction.atomic
def deactivate(*, by: Viewer, officer: str, reason: str) -> Officer:
    """Somebody leaves: every duty and every session ends, nothing else is deleted."""
    person = _managed(by, officer)
    reason = clean_text(reason, field="reason", what="事由", most=200)
    if not person.is_active:
        raise Refused(f"{person.name} 的账号已经停用。")
    Officer.objects.filter(pk=person.pk).update(is_active=False)
    end_sessions(UserSession.objects.filter(user=person))
    _off_the_roster(person)
    _record(by.officer, "officer.deactivate", person, reason=reason, stopped=_stop_duties(person))
    return person


@transaction.atomic
def reactivate(*, by: Viewer, officer: str) -> tuple[Officer, str]:
    """Back in service, with a new one-time password and without duties. A connected system comes back through its keys, not here."""
    person = _managed(by, officer)
    if person.is_active:
        raise Refused(f"{person.name} 的账号没有停用。")
    _not_interface(person)
    open_unit(person.unit_id)
    password = _with_one_time_password(person)
    Officer.objects.filter(pk=person.pk).update(is_active=True)
    _record(by.officer, "officer.reactivate", person)
    return person, password


@transaction.atomic
def reset_password(*, by: Viewer, officer: str) -> tuple[Officer, str]:
    """A new one-time password; sessions under the old one end by themselves. The second factor stays."""
    person = _managed(by, officer)
    _not_interface(person)
    _in_service(person)
    password = _with_one_time_password(person)
    _record(by.officer, "officer.reset_password", person)
    return person, password


@transaction.atomic
def remove_second_factor(*, by: Viewer, officer: str) -> Officer:
    """For somebody who lost the telephone or key and the recovery codes."""
    person = _managed(by, officer)
    factors = Authenticator.objects.filter(user=person)
    kinds = sorted(factors.values_list("type", flat=True))
    if not kinds:
        raise Refused(f"{person.name} 没有启用第二因素。")
    factors.delete()
    _record(by.officer, "officer.remove_second_factor", person, removed=kinds)
    return person


@transaction.atomic
def unlock(*, by: Viewer, officer: str) -> Officer:
    """Forget the failed sign-ins, from all addresses."""
    person = _managed(by, officer)
    count, _ = AccessAttempt.objects.filter(username__iexact=person.code).delete()
    if not count:
        raise Refused(f"{person.name} 的账号没有登录失败记录，不需要解锁。")
    _record(by.officer, "officer.unlock", person)
    return person


def _enrolled(actor: Actor, code: str, name: str, unit: Unit, is_auxiliary: bool) -> tuple[Officer, str]:
    officer = _made(code, name, unit, is_auxiliary=is_auxiliary)
    password = passwords.one_time()
    officer.set_password(password)
    officer.must_change_password = True
    officer.save(force_insert=True)
    _record(actor, "officer.enrol", officer, name=officer.name, unit=unit.code, is_auxiliary=is_auxiliary)
    return officer, password


def _made(code: str, name: str, unit: Unit, **marks: bool) -> Officer:
    code = clean_code(code, what="警号")
    if Officer.objects.filter(code__iexact=code).exists():
        raise Refused(f"警号 {code} 已经登记。调入的人员请在其页面上办理调动。", field="code")
    return Officer(code=code, name=clean_text(name, field="name", what="姓名", most=50), unit=unit, **marks)


def _managed(by: Viewer, code: str) -> Officer:
    person = locked_officer(code)
    for path in places_of(person, by.at):
        permit(by, "officer", "manage", path)
    not_oneself(by, person)
    return person


def _with_one_time_password(person: Officer) -> str:
    password = passwords.one_time()
    person.set_password(password)
    Officer.objects.filter(pk=person.pk).update(password=person.password, must_change_password=True)
    return password


def _stop_duties(person: Officer, **only: str) -> list[int]:
    """Withdraw what is held now or later; the numbers of the assignments."""
    today = timezone.localdate()
    running = [row.pk for row in person.assignments.select_for_update().filter(withdrawn_at__isnull=True, **only) if row.state(today) != "已结束"]
    DutyAssignment.objects.filter(pk__in=running).update(withdrawn_at=timezone.now())
    return sorted(running)


def _not_interface(person: Officer) -> None:
    if person.is_interface:
        raise Refused("系统接口账号没有密码，也不能登录；请在接口密钥页面管理。")


def _in_service(person: Officer) -> None:
    if not person.is_active:
        raise Refused(f"{person.name} 的账号已停用，请先恢复账号。")


def _record(actor: Actor, kind: str, officer: Officer, **data: object) -> None:
    record(by=actor, kind=kind, subject_kind="officer", subject_code=officer.code, **data)
