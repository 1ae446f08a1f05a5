"""CPU affinity: keeps a measurement on one core."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def pin_to_one_core() -> Iterator[None]:
    """Keep this process and its child processes on one core. Has an effect on Linux only."""
    if sys.platform != "linux":
        yield
        return
    allowed_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed_cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed_cores)
