"""`mingjing work`: the background work in one loop: imports, watched folder, the daily head of the ledger. `mingjing serve` runs it beside the web server.

Every job is safe to be killed anywhere and to run twice at once; what went wrong is logged whole and tried again in the next round.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from mingjing.intake import folder, worker
from mingjing.ledger import anchors
from mingjing.management.stopping import Stop

log = logging.getLogger("mingjing.work")
PAUSE = 1.0  # seconds between rounds in which there was nothing to do

JOBS: dict[str, Callable[[], bool]] = {"导入": worker.run_once, "收件夹": folder.run_once, "链头": anchors.keep}


class Command(BaseCommand):
    help = "后台任务：导入、收件夹、每日链头"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="只做一轮")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            one_round()
            return
        stop = Stop()
        while not stop.is_set:
            if not one_round():
                stop.wait(PAUSE)


def one_round() -> bool:
    """Every job once; whether any of them found something to do."""
    busy = False
    for name, job in JOBS.items():
        close_old_connections()
        try:
            busy = bool(job()) or busy
        except Exception:  # one broken job must not stop the others; the log has it whole
            log.exception("后台任务“%s”出错，下一轮重试", name)
    return busy
