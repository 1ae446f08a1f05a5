"""Stalls: the machine gave this process no turn, so that a time limit of half a second says nothing about fastjose."""

from __future__ import annotations

import os
import threading
import time

STALL_SECONDS = 0.25
"""The shortest pause of this process that is a stall: half of the time that a look-up or a fetch has."""

TICK_SECONDS = 0.01


class StallWatch:
    """A thread that is to run every few milliseconds, and knows when it last could not."""

    def __init__(self) -> None:
        """Start the thread, which ends with the process."""
        self._ticked_at = time.monotonic()
        self._stall_ended_at = 0.0
        threading.Thread(target=self._watch, name="stall-watch", daemon=True).start()

    def has_stalled_since(self, began_at: float) -> bool:
        """Return whether a stall has ended since this time, or lasts."""
        return self._stall_ended_at >= began_at or time.monotonic() - self._ticked_at >= STALL_SECONDS

    def _watch(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            now = time.monotonic()
            if now - self._ticked_at >= STALL_SECONDS:
                self._stall_ended_at = now
            self._ticked_at = now


_watches: dict[int, StallWatch] = {}


def watch_stalls() -> StallWatch:
    """Return the watch of this process: a child of `fork()` needs its own."""
    if os.getpid() not in _watches:
        _watches[os.getpid()] = StallWatch()
    return _watches[os.getpid()]
