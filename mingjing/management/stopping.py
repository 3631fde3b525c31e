"""A wish to stop, as commands that run for long hear it."""

from __future__ import annotations

import signal
import time

STEP = 0.2  # seconds


class Stop:
    """Becomes true on SIGINT or SIGTERM. Made in the main thread.

    Not a `threading.Event`: the signal may come while the same thread holds the event's lock, and would wait for itself.
    """

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._received)

    def _received(self, *_: object) -> None:
        self.is_set = True

    def wait(self, seconds: float) -> bool:
        """Pause, but no longer than until the wish comes. Whether it came."""
        end = time.monotonic() + seconds
        while not self.is_set and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, STEP))
        return self.is_set
