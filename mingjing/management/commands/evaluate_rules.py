"""`mingjing evaluate_rules`: the worker of the alerts: judges what changes, fires clocks, escalates, delivers; whole runs and external sources each in a
process beside it.

`mingjing serve` runs it. Any number of them may run at once, on any number of machines: each piece of work is done by one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection
from django.utils import timezone

from mingjing.alerts import worker
from mingjing.management.stopping import Stop

PAUSE = 0.25  # seconds between rounds in which there was nothing to do: what a change waits at the most before it is seen


@dataclass
class Beside:
    """Work that takes long and has a process of its own: the option that asks for it alone, when it is due, seconds from one look to the next (a look
    costs a little) and from one attempt to the next."""

    option: str
    is_due: Callable[[datetime], bool]
    look: float
    again: float
    process: subprocess.Popen | None = None
    looked: float = float("-inf")
    begun: float = float("-inf")

    def start_if_due(self) -> None:
        now = time.monotonic()
        if (self.process and self.process.poll() is None) or now - self.looked < self.look or now - self.begun < self.again:
            return
        self.looked = now
        if self.is_due(timezone.now()):
            self.begun, self.process = now, subprocess.Popen([sys.executable, "-m", "mingjing", "evaluate_rules", self.option])

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()  # a run that is cut off has written nothing
            self.process.wait(timeout=10)


class Command(BaseCommand):
    help = "预警后台任务：判断变动、时限到点、升级、推送；全量判断在旁边的进程里做"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="只做一轮，含一次全量判断和外部来源（到期才做）")
        parser.add_argument("--whole", action="store_true", help="只做一次全量判断（到期才做）")
        parser.add_argument("--sources", action="store_true", help="只读取和判断外部来源（有变动或者到期才做）")

    def handle(self, *args: Any, once: bool, whole: bool, sources: bool, **options: Any) -> None:
        if whole or sources:
            os.nice(10)  # pages and changes go first
        if whole or once:
            worker.run_whole_if_due()
        if sources or once:
            worker.run_sources_if_due()
        if whole or sources:
            return
        if once:
            worker.run_once()
            return
        self._go_on(Stop())

    def _go_on(self, stop: Stop) -> None:
        worker.get_ready()
        beside = [Beside("--whole", worker.whole_is_due, look=0.0, again=60.0), Beside("--sources", worker.sources_are_due, look=2.0, again=5.0)]
        delivery = threading.Thread(target=_deliver_on, args=(stop,), name="delivery", daemon=True)
        delivery.start()
        while not stop.is_set:
            close_old_connections()
            for each in beside:
                each.start_if_due()
            if not worker.judge_once():
                stop.wait(PAUSE)
        for each in beside:
            each.stop()
        delivery.join(timeout=10)  # whatever is being sent then is sent again: at least once


def _deliver_on(stop: Stop) -> None:
    """Deliveries have a thread of their own: a mail server that is silent for seconds must hold up no clock."""
    while not stop.is_set:
        close_old_connections()
        if not worker.deliver_once():
            stop.wait(PAUSE)
    connection.close()
