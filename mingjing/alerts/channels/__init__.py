"""Ways to reach people, one small file each: `NAME`, and `send(notice)` which raises `Undelivered` when it did not work. Settings switch them on."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from mingjing.alerts.channels import inbox, mail, webhook
from mingjing.alerts.models import Notice

CHANNELS: dict[str, ModuleType] = {channel.NAME: channel for channel in (inbox, mail, webhook)}


def active() -> list[str]:
    """Names of the channels that are set up; the inbox always is."""
    return [name for name, channel in CHANNELS.items() if channel.is_set_up()]


def sender(name: str) -> Callable[[Notice], None]:
    return CHANNELS[name].send
