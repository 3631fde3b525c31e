"""The inbox of the platform: the notice itself is the message."""

from __future__ import annotations

from collections.abc import Sequence

from mingjing.alerts.models import Notice

NAME, GATHERS = "站内", True


def is_set_up() -> bool:
    return True


def send(notices: Sequence[Notice]) -> None:
    """Nothing to carry: from `delivered_at` on they stand in the inbox."""
