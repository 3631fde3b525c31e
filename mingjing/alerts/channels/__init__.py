"""Ways to reach people, one small file each: `NAME`, and `send(notices)`, one message for all of them, which raises `Undelivered` when it did not
work. `GATHERS`: whether it can put several notices to the same officer into one message; others get one at a time. A channel without `send` carries
nothing: a notice has arrived by being marked so. Settings switch them on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

from mingjing.alerts.channels import inbox, mail, webhook
from mingjing.alerts.models import Notice

CHANNELS: dict[str, ModuleType] = {channel.NAME: channel for channel in (inbox, mail, webhook)}


def active() -> list[str]:
    """Names of the channels that are set up; the inbox always is."""
    return [name for name, channel in CHANNELS.items() if channel.is_set_up()]


def gathers(name: str) -> bool:
    return CHANNELS[name].GATHERS


def carries(name: str) -> bool:
    return hasattr(CHANNELS[name], "send")


def sender(name: str) -> Callable[[Sequence[Notice]], None]:
    return CHANNELS[name].send
