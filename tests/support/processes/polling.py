"""Waits for what another thread or process brings about."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WAIT_SECONDS = 60
"""Generous: reached only by a failure."""


def wait_until(condition: Callable[[], bool], describe: Callable[[], str] = lambda: "it did not become true") -> None:
    """Call `condition` every 10 ms until it returns true; fail with the text of `describe` if this takes too long."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, describe()
        time.sleep(0.01)
