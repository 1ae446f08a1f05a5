"""Runs threads on one verifier for a time: their verdicts, and the memory of the process."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from concurrency.threads.rotating_issuer import AUDIENCE, RotatingIssuer, serve_rotating_issuer
from concurrency.threads.worker import Counts, Worker
from fastjose import RemoteKeySet, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable

STATM = Path("/proc/self/statm")
MIB = 1_048_576
WARM_UP_SHARE = 0.2
"""The share of the time after which memory must not grow."""
SAMPLES = 40
"""The number of times that memory is measured after it."""
CACHE_SIZE = 200
"""Tokens of newer keys evict older ones."""
ASYNC_INTERVAL = 4
"""One thread in this number runs an event loop."""


@dataclass
class Result:
    """The verdicts of all threads, what the server saw, and the resident set."""

    counts: Counts = field(default_factory=Counts)
    rotations: int = 0
    requests: int = 0
    warm_mib: float = 0.0
    changes_mib: list[float] = field(default_factory=list)

    @property
    def largest_change_mib(self) -> float:
        """Return the largest change of the resident set after the warm-up."""
        return max(self.changes_mib, key=abs, default=0.0)

    @property
    def is_right(self) -> bool:
        """Return whether no verdict was wrong, and tokens were accepted and refused."""
        counts = self.counts
        return not (counts.wrongly_accepted or counts.wrongly_refused) and counts.accepted > 0 and counts.refused > 0


def run(seconds: float, thread_count: int = 8, rotation_seconds: float = 2.0) -> Result:
    """Verify in `thread_count` threads for `seconds`, while the keys rotate."""
    with serve_rotating_issuer(rotation_seconds) as issuer:
        # Whether a token may wait, and how long, is tested elsewhere: here all may.
        keys = RemoteKeySet(
            issuer.url,
            allow_http=True,
            fetch_burst=1_000,
            fetch_interval_seconds=0.001,
            max_wait_seconds=30,
            max_waiting_threads=thread_count,
            recheck_interval_seconds=0.2,
            timeout_seconds=30,
        )
        verifier = Verifier(keys, audience=AUDIENCE, cache_size=CACHE_SIZE)
        return _run_threads(issuer, verifier, seconds, thread_count)


def _run_threads(issuer: RotatingIssuer, verifier: Verifier, seconds: float, thread_count: int) -> Result:
    is_over = threading.Event()
    errors: list[BaseException] = []
    workers = [Worker(issuer, seed) for seed in range(thread_count)]
    threads = [
        threading.Thread(target=_catch(errors, _work_async if seed % ASYNC_INTERVAL == 0 else _work), args=arguments)
        for seed, arguments in enumerate((worker, verifier, is_over) for worker in workers)
    ]
    for thread in threads:
        thread.start()
    result = Result()
    try:
        _watch_memory(result, seconds, errors)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
    for worker in workers:
        result.counts.add(worker.counts)
    result.rotations, result.requests = issuer.newest, issuer.request_count
    return result


def _catch(errors: list[BaseException], work: Callable[..., None]) -> Callable[..., None]:
    def run_work(*arguments: object) -> None:
        try:
            work(*arguments)
        except BaseException as error:  # noqa: BLE001 - raised in the main thread
            errors.append(error)

    return run_work


def _work(worker: Worker, verifier: Verifier, is_over: threading.Event) -> None:
    while not is_over.is_set():
        worker.verify(verifier.verify)


def _work_async(worker: Worker, verifier: Verifier, is_over: threading.Event) -> None:
    async def work() -> None:
        while not is_over.is_set():
            await asyncio.gather(*(worker.verify_async(verifier.verify_async) for _ in range(8)))

    asyncio.run(work())


def _watch_memory(result: Result, seconds: float, errors: list[BaseException]) -> None:
    """Measure the resident set until the time is over, or a thread has failed."""
    start = time.monotonic()
    _sleep_until(start + seconds * WARM_UP_SHARE, errors)
    result.warm_mib = resident_mib()
    for sample in range(1, SAMPLES + 1):
        _sleep_until(start + seconds * (WARM_UP_SHARE + (1 - WARM_UP_SHARE) * sample / SAMPLES), errors)
        result.changes_mib.append(resident_mib() - result.warm_mib)


def _sleep_until(deadline: float, errors: list[BaseException]) -> None:
    while not errors and (remaining := deadline - time.monotonic()) > 0:
        time.sleep(min(remaining, 0.1))


def resident_mib() -> float:
    """Return the resident set of this process, in MiB; 0 where the system does not tell."""
    if not STATM.exists():
        return 0.0
    return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB
