"""`mingjing evaluate_rules`: the worker of the alerts: judges what changes, fires clocks, escalates, delivers; whole runs in a process beside it.

`mingjing serve` runs it. Any number of them may run at once, on any number of machines: each piece of work is done by one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from mingjing.alerts import worker
from mingjing.management.stopping import Stop

PAUSE = 0.25  # seconds between rounds in which there was nothing to do: what a change waits at the most before it is seen

AGAIN = 60.0  # seconds from one attempt at a whole run to the next


class Command(BaseCommand):
    help = "预警后台任务：判断变动、时限到点、升级、推送；全量判断在旁边的进程里做"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="只做一轮，含一次全量判断（到期才做）")
        parser.add_argument("--whole", action="store_true", help="只做一次全量判断（到期才做）")

    def handle(self, *args: Any, once: bool, whole: bool, **options: Any) -> None:
        if whole:
            os.nice(10)  # pages and changes go first
        if whole or once:
            worker.run_whole_if_due()
        if whole:
            return
        if once:
            worker.run_once()
            return
        self._go_on(Stop())

    def _go_on(self, stop: Stop) -> None:
        beside: subprocess.Popen | None = None
        begun = -AGAIN
        while not stop.is_set:
            close_old_connections()
            idle = beside is None or beside.poll() is not None
            if idle and time.monotonic() - begun >= AGAIN and worker.whole_is_due(timezone.now()):
                beside, begun = subprocess.Popen([sys.executable, "-m", "mingjing", "evaluate_rules", "--whole"]), time.monotonic()
            if not worker.run_once():
                stop.wait(PAUSE)
        if beside is not None and beside.poll() is None:
            beside.terminate()  # a run that is cut off has written nothing
            beside.wait(timeout=10)
