"""The measurements of `make bench-revocation`. Each prints a line."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis

from benches.comparisons.timed_comparison import TimedComparison
from benches.revocation.comparison import compare_revocation
from benches.targets import WITH_REVOCATIONS, WITHOUT_REVOCATIONS
from fastjose.revocation import RedisRevocations, RevocationList

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MIB = 1_048_576
STATM = Path("/proc/self/statm")
PROCESSES = multiprocessing.get_context("spawn")


def print_cost(rounds: int) -> None:
    measurements = TimedComparison(compare_revocation).measure(rounds)
    without, with_list = measurements[WITHOUT_REVOCATIONS].median, measurements[WITH_REVOCATIONS].median
    print(f"cost: {with_list:.2f} µs with a list of 100,000 entries, {without:.2f} µs without", end="")
    print(f": {with_list - without:.2f} µs more")


def print_memory(entries: int) -> None:
    """Print the memory of a list, measured in a new process."""
    with PROCESSES.Pool(1) as pool:
        grown_bytes = pool.apply(measure_memory, (entries,))
    print(f"memory: {grown_bytes / MIB:.0f} MiB for {entries:,} sessions, {grown_bytes / entries:.0f} bytes each")


def measure_memory(entries: int) -> int:
    revocations, before = RevocationList(), get_resident_bytes()
    for number in range(entries):
        revocations.revoke_session(f"session-{number:032}")
    assert len(revocations) == entries
    return get_resident_bytes() - before


def get_resident_bytes() -> int:
    return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def print_delay(url: str, count: int) -> None:
    """Print the time from the call that revokes to the first refusal of another process, which looks all the time."""
    here, there = PROCESSES.Pipe()
    other = PROCESSES.Process(target=watch, args=(url, count, there), daemon=True)
    other.start()
    assert here.recv() == "ready"
    started = asyncio.run(revoke_all(url, count, here))
    refused = here.recv()
    other.join()
    delays = sorted(1_000 * (end - start) for start, end in zip(started, refused, strict=True))
    p99 = delays[int(0.99 * len(delays))]
    print(f"delay from revoke to refusal: p50 {statistics.median(delays):.2f} ms, p99 {p99:.2f} ms, ", end="")
    print(f"longest {delays[-1]:.2f} ms, of {count:,} revocations between two processes")


async def revoke_all(url: str, count: int, other: Connection) -> list[float]:
    """Revoke sessions, each once the other process waits for it. Return the times of the calls."""
    started = []
    async with RedisRevocations(url) as revocations:
        for number in range(count):
            assert await asyncio.to_thread(other.recv) == number
            await asyncio.sleep(0.001)
            started.append(time.monotonic())
            await revocations.revoke_session(f"session-{number}")
    return started


def watch(url: str, count: int, other: Connection) -> None:
    """Send the times at which this process refused each session first. The clock is the same in all processes."""
    revocations, refused = RedisRevocations(url), []
    revocations.start()
    other.send("ready")
    for number in range(count):
        other.send(number)
        while not revocations.is_revoked(sid=f"session-{number}"):
            time.sleep(0)  # lets the thread that reads run, as a server that waits for requests does
        refused.append(time.monotonic())
    other.send(refused)
    revocations.stop()


def print_load_time(url: str, entries: int) -> None:
    """Print the time in which a new process loads the list."""
    fill(url, entries)
    revocations, start = RedisRevocations(url, max_staleness_seconds=600), time.monotonic()
    revocations.start()
    seconds = time.monotonic() - start
    assert (revocations.is_synchronised, len(revocations)) == (True, entries)
    revocations.stop()
    print(f"load: {seconds:.2f} s for {entries:,} entries in Redis, {1e6 * seconds / entries:.1f} µs each")


def fill(url: str, entries: int) -> None:
    until = str(time.time() + 3_600)
    with redis.Redis.from_url(url) as client:
        for first in range(0, entries, 1_000):
            pipeline = client.pipeline(transaction=False)
            add = partial(pipeline.xadd, "fastjose:revocations")
            for number in range(first, min(first + 1_000, entries)):
                fields: dict[Any, Any] = {"kind": "session", "id": f"session-{number:032}", "until": until}
                add(fields)
            pipeline.execute()
