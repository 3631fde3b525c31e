"""What happens at the door, on record: signing in and out, failing, locking, the own password, second factor and sessions."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.ledger.actions import record


class Stranger:
    """The actor of a failed sign-in: whoever typed the number, and that is not known."""

    code = "未登录"

    def __init__(self, officer: Officer):
        self.unit_id = officer.unit_id


@transaction.atomic
def signed_in(*, officer: Officer, how: str, address: str | None) -> None:
    _record(officer, "account.sign_in", officer, how=how, address=address or "")


@transaction.atomic
def signed_out(*, officer: Officer, how: str) -> None:
    """`how`: 退出, or 超时 for a session left alone."""
    _record(officer, "account.sign_out", officer, how=how)


@transaction.atomic
def failed(*, code: str, how: str, address: str | None, locks: bool) -> None:
    """A failed sign-in, if there is an officer of that number; `locks` when it reached the limit. What was typed as password is never looked at."""
    officer = Officer.objects.filter(code__iexact=code).first()
    if officer is None:
        return
    _record(Stranger(officer), "account.sign_in_failed", officer, how=how, address=address or "")
    if locks:
        _record(Stranger(officer), "account.lock", officer, address=address or "")


@transaction.atomic
def second_factor_changed(*, officer: Officer, added: Iterable[str], removed: Iterable[str]) -> None:
    _record(officer, "account.second_factor", officer, added=sorted(added), removed=sorted(removed))


@transaction.atomic
def change_own_password(*, officer: Officer, password: str) -> None:
    """The password has been checked against the rules. Sessions elsewhere end, because their password is the old one."""
    officer.set_password(password)
    officer.must_change_password, officer.password_changed_at = False, timezone.now()
    officer.save(update_fields=["password", "must_change_password", "password_changed_at"])
    _record(officer, "account.change_password", officer)


@transaction.atomic
def end_other_sessions(*, officer: Officer, current: str) -> int:
    """Sign out everywhere but in the session of this key; how many were ended."""
    ended = end_sessions(UserSession.objects.filter(user=officer).exclude(session_key=current))
    _record(officer, "account.end_sessions", officer, ended=ended)
    return ended


def end_sessions(sessions: QuerySet[UserSession]) -> int:
    """How many of them were still going on. Without an entry: the caller says why."""
    keys = list(sessions.values_list("session_key", flat=True))
    ended = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).count()
    Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return ended


def _record(actor: Officer | Stranger, kind: str, officer: Officer, **data: object) -> None:
    record(by=actor, kind=kind, subject_kind="officer", subject_code=officer.code, **data)
