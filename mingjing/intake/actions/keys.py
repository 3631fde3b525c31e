"""The only place that writes keys: issue one, revoke one, count a call. A key never changes: for other rights a new one is issued, the old one revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from string import ascii_letters, digits

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from mingjing.accounts.actions import enrol_interface
from mingjing.accounts.actions.permit import clean_text, permit
from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer
from mingjing.cases.models import NOUNS
from mingjing.intake.models import ApiKey, KeyUse
from mingjing.intake.models.keys import EVERYTHING, READ, WRITE
from mingjing.ledger import kinds
from mingjing.ledger.actions import record
from mingjing.lib.refused import Refused

LONGEST = 365  # days
FASTEST = 6000  # calls a minute
MARK, PREFIX, SECRET = "mj_", 8, 43  # 43 letters and digits: 256 bits, so that a plain digest is enough

SCOPES = (READ, EVERYTHING, *(WRITE + name for name in NOUNS))

kinds.register(
    {"key.issue": "发放接口密钥", "key.revoke": "撤销接口密钥", "key.export": "导出接口密钥"}, subjects={"key": "接口密钥"},
    fields={"key": {"name": "名称", "officer": "接口账号", "scopes": "权限", "expires_at": "失效时间", "per_minute": "每分钟上限"}})


@transaction.atomic
def issue(*, by: Viewer, officer: str, name: str, scopes: Collection[str], expires_on: date, per_minute: int) -> tuple[ApiKey, str]:
    """A new key for the interface account with this code, and the key itself, which is told only here.

    `expires_on`: its last day (Asia/Shanghai), today at the earliest and 365 days from today at the latest. Raises Refused or Forbidden.
    """
    account = Officer.objects.select_for_update(of=("self",)).select_related("unit").filter(code=officer).first()
    if account is None or not account.is_interface:
        raise Refused("密钥只能发给系统接口账号，请从列表中选择，或者新建一个。", field="officer")
    permit(by, "key", "manage", account.unit.path)
    if not account.is_active:
        raise Refused(f"接口账号 {account.name} 已停用，不能再发密钥。", field="officer")
    values = {
        "name": _clean_name(name), "scopes": _clean_scopes(scopes), "expires_at": _end_of(expires_on), "per_minute": _clean_limit(per_minute),
    }
    secret = _new()
    key = ApiKey(**values, prefix=prefix_of(secret), digest=digest_of(secret), officer=account, issued_at=timezone.now(), issued_by=by.officer)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        raise _taken(key.name) from None  # somebody else took the name meanwhile
    told = {**values, "expires_at": values["expires_at"].isoformat()}
    record(by=by.officer, kind="key.issue", subject_kind="key", subject_code=key.prefix, officer=account.code, **told)
    return key, secret


@transaction.atomic
def issue_to_new(*, by: Viewer, code: str, account: str, unit: str, **key: object) -> tuple[ApiKey, str]:
    """A new interface account (its number, name and the code of its unit) with its first key; both or neither."""
    made = enrol_interface(by=by, code=code, name=account, unit=unit)
    return issue(by=by, officer=made.code, **key)


@transaction.atomic
def revoke(*, by: Viewer, prefix: str, reason: str) -> ApiKey:
    """Stop a key at this moment. Calls that are being answered are finished."""
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("officer__unit").filter(prefix=prefix).first()
    if key is None:
        raise Refused("没有这个密钥，可能地址有误。")
    permit(by, "key", "manage", key.officer.unit.path)
    reason = clean_text(reason, field="reason", what="理由", most=200)
    if key.revoked_at:
        raise Refused(f"这个密钥已于 {timezone.localtime(key.revoked_at):%Y-%m-%d %H:%M} 撤销。")
    key.revoked_at, key.revoked_by, key.reason = timezone.now(), by.officer, reason
    key.save(update_fields=["revoked_at", "revoked_by", "reason"])
    record(by=by.officer, kind="key.revoke", subject_kind="key", subject_code=key.prefix, name=key.name, officer=key.officer_id, reason=reason)
    return key


@transaction.atomic
def count(*, key: ApiKey, at: datetime) -> int:
    """Count a call of this minute; the number it has in it, from 1. Every server counts in the same row, by one atomic update."""
    day, minute = timezone.localdate(at), int(at.timestamp()) // 60
    rows = KeyUse.objects.filter(key=key, day=day)
    if not _counted(rows, key, minute, at):
        KeyUse.objects.bulk_create([KeyUse(key=key, day=day, last_at=at, minute=minute)], ignore_conflicts=True)
        _counted(rows, key, minute, at)
    return rows.values_list("in_minute", flat=True).get()


def _counted(rows, key: ApiKey, minute: int, at: datetime) -> int:
    """A minute of another server's clock that is ahead of this one's goes on being counted."""
    is_same = {"minute__gte": minute}
    is_over = {**is_same, "in_minute__gte": key.per_minute}
    return rows.update(
        calls=F("calls") + Case(When(**is_over, then=Value(0)), default=Value(1)),
        refused=F("refused") + Case(When(**is_over, then=Value(1)), default=Value(0)),
        in_minute=Case(When(**is_same, then=F("in_minute") + 1), default=Value(1)),
        minute=Greatest(F("minute"), Value(minute)), last_at=at)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def prefix_of(secret: str) -> str:
    return secret[: len(MARK) + PREFIX]


def _new() -> str:
    def letters(size: int) -> str:
        return "".join(secrets.choice(ascii_letters + digits) for _ in range(size))
    return f"{MARK}{letters(PREFIX)}_{letters(SECRET)}"


def _clean_name(name: str) -> str:
    name = clean_text(name, field="name", what="密钥名称", most=50)
    if ApiKey.objects.filter(name=name).exists():
        raise _taken(name)
    return name


def _taken(name: str) -> Refused:
    return Refused(f"已经有名为“{name}”的密钥。数据的来源按名称记录，请另取一个，例如加上年份。", field="name")


def _clean_scopes(scopes: Collection[str]) -> list[str]:
    unknown = set(scopes) - set(SCOPES)
    if unknown:
        raise Refused(f"没有这些权限：{'、'.join(sorted(unknown))}。", field="scopes")
    if not scopes:
        raise Refused("请至少选择一项权限：读取案件，或者写入某些事实表。", field="scopes")
    return [scope for scope in SCOPES if scope in scopes and not (scope.startswith(WRITE) and scope != EVERYTHING and EVERYTHING in scopes)]


def _end_of(day: date) -> datetime:
    """The moment when the last day is over."""
    today = timezone.localdate()
    if day < today:
        raise Refused("有效期不能早于今天。", field="expires_on")
    if day > today + timedelta(days=LONGEST):
        raise Refused(f"有效期最长 {LONGEST} 天，即到 {today + timedelta(days=LONGEST):%Y-%m-%d}。到期前请换发新密钥。", field="expires_on")
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _clean_limit(per_minute: int) -> int:
    if not 1 <= per_minute <= FASTEST:
        raise Refused(f"每分钟上限应为 1 至 {FASTEST} 次。", field="per_minute")
    return per_minute
