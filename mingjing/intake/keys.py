"""Reading keys: for the pages, by a viewer; for the API, by the key itself."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max, Q, QuerySet, Sum
from django.http import Http404
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer
from mingjing.intake.actions.keys import digest_of
from mingjing.intake.models import ApiKey, KeyUse
from mingjing.lib.refused import Forbidden

SHOWN_DAYS = 30


def visible(viewer: Viewer) -> QuerySet[ApiKey]:
    """The keys of accounts at or below the units where the viewer administers, with `last_at` of their use. Raises Forbidden without the duty."""
    if not viewer.may("key", "read"):
        raise Forbidden("接口密钥由系统管理员管理。需要接入其他系统时请联系系统管理员。")
    rows = ApiKey.objects.select_related("officer__unit", "issued_by", "revoked_by").annotate(last_at=Max("uses__last_at"))
    return rows.filter(_below(viewer, "read", "officer__unit__path"))


def one(viewer: Viewer, prefix: str) -> ApiKey:
    key = visible(viewer).filter(prefix=prefix).first()
    if key is None:
        raise Http404(f"没有前缀为“{prefix}”的密钥，或者不在你的范围内")
    return key


def accounts(viewer: Viewer) -> QuerySet[Officer]:
    """Interface accounts for which the viewer may issue keys."""
    rows = Officer.objects.filter(is_interface=True, is_active=True).select_related("unit")
    return rows.filter(_below(viewer, "manage", "unit__path")).order_by("code")


def uses(key: ApiKey) -> QuerySet[KeyUse]:
    """The last 30 days on which it was used, the newest first."""
    return key.uses.filter(day__gt=timezone.localdate() - timedelta(days=SHOWN_DAYS))


def total(key: ApiKey) -> dict[str, int]:
    return key.uses.aggregate(calls=Sum("calls", default=0), refused=Sum("refused", default=0))


def find(secret: str) -> ApiKey | None:
    """The key that this is, whatever its state."""
    return ApiKey.objects.select_related("officer__unit").filter(digest=digest_of(secret)).first()


def _below(viewer: Viewer, act: str, path: str) -> Q:
    below = Q(pk__in=())
    for post in viewer.posts("key", act):
        below |= Q(**{f"{path}__startswith": post})
    return below
