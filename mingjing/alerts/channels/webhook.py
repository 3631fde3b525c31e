"""A signed call to another system of the bureau. The same notice carries the same id each time, so that a repetition can be recognised."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from mingjing.alerts.channels.undelivered import Undelivered
from mingjing.alerts.models import Notice

NAME, GATHERS = "接口", False
PATIENCE = 10  # seconds


class Straight(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: behind a redirect the notice would be asked for and not sent, and another host would get the signature."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(Straight)


def is_set_up() -> bool:
    return bool(settings.WEBHOOK_URL and settings.WEBHOOK_SECRET)


def send(notices: Sequence[Notice]) -> None:
    (notice,) = notices
    alert = notice.alert
    body = json.dumps({
        "id": notice.pk, "occasion": notice.occasion, "officer": notice.officer_id, "duty": notice.duty, "created_at": notice.created_at.isoformat(),
        "alert": {"code": alert.code, "rule": alert.rule_code, "level": alert.level, "stage": alert.stage, "state": alert.state, "unit": alert.unit_id,
                  "matter": alert.matter_code, "due_at": alert.due_at.isoformat() if alert.due_at else None},
    }, ensure_ascii=False).encode()
    stamp = timezone.now().strftime("%Y%m%dT%H%M%SZ")
    headers = {"Content-Type": "application/json", "X-Mingjing-Time": stamp, "X-Mingjing-Signature": signature(stamp, body)}
    try:
        with OPENER.open(urllib.request.Request(settings.WEBHOOK_URL, body, headers), timeout=PATIENCE) as answer:  # whatever is not 2xx is an error
            answer.read(1)
    except urllib.error.HTTPError as error:
        raise Undelivered(f"对方系统答复 {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
        raise Undelivered(f"对方系统没有答复：{type(error).__name__}") from error


def signature(stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over time and body, hexadecimal."""
    return hmac.new(settings.WEBHOOK_SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
