"""Memory and processor time of another process, from /proc. Linux only."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1_048_576
SAMPLE_INTERVAL_SECONDS = 1
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def read_resident_mib(process_id: int) -> float:
    """Return the resident set of a process, in MiB."""
    return int(Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES / MIB


def read_cpu_seconds(process_id: int) -> float:
    """Return the processor time of a process, of all its threads."""
    # The second field is the name in parentheses, which may contain spaces.
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


@contextlib.contextmanager
def sample_memory(process_id: int) -> Iterator[list[tuple[float, float]]]:
    """Provide a list to which the time and the resident set (MiB) of the process are appended every second."""
    samples: list[tuple[float, float]] = []
    stopped = threading.Event()

    def sample() -> None:
        while not stopped.wait(SAMPLE_INTERVAL_SECONDS):
            samples.append((time.monotonic(), read_resident_mib(process_id)))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stopped.set()
        thread.join()
