"""The inbox of the platform: the notice itself is the message."""

from __future__ import annotations

from mingjing.alerts.models import Notice

NAME = "站内"


def is_set_up() -> bool:
    return True


def send(notice: Notice) -> None:
    """Nothing to carry: from `delivered_at` on it stands in the inbox."""
