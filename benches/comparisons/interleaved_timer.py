"""Measures contestants in turns, so that whatever else the machine does strikes all of them.

Each round gives every contestant a slice of some milliseconds, in an order that turns around from round to round, on
one core, with the garbage collector off. The clock is the processor's time of the process, which stands still while
another program has the core. What counts is the median over the rounds of the time of one call.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
import timeit
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benches.comparisons.measurements import Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SLICE_SECONDS = 0.003
ROUNDS = 200


class Contestant(Protocol):
    """Something whose time can be taken."""

    @property
    def pieces(self) -> int:
        """How many pieces of work are done at once; the figures are for one."""

    def seconds(self, count: int) -> float:
        """Do the work `count` times, and return how long that took."""


@dataclass(frozen=True)
class Called:
    """A function of Python. What calling an empty one takes, measured beside it, is taken off."""

    call: Callable[[], object]
    pieces: int = 1
    clock: Callable[[], float] = time.process_time

    def seconds(self, count: int) -> float:
        """Call it `count` times."""
        return self._seconds(self.call, count) - self._seconds(_nothing, count)

    def _seconds(self, call: Callable[[], object], count: int) -> float:
        return timeit.timeit(call, timer=self.clock, number=count)


def measure(contestants: Mapping[str, Contestant], rounds: int = ROUNDS) -> dict[str, Figures]:
    """Take the time of each contestant in turns, after a slice for each to warm up in."""
    counts = {name: _count_for_a_slice(contestant) for name, contestant in contestants.items()}
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    order = list(contestants)
    with _garbage_collector_off():
        for _ in range(rounds):
            for name in order:
                taken[name].append(_microseconds(contestants[name], counts[name]))
            order.reverse()
    return {name: Figures(tuple(times)) for name, times in taken.items()}


def _microseconds(contestant: Contestant, count: int) -> float:
    return contestant.seconds(count) / (count * contestant.pieces) * 1e6


def _count_for_a_slice(contestant: Contestant) -> int:
    contestant.seconds(1)
    count = 1
    while (taken := contestant.seconds(count)) < SLICE_SECONDS / 4:
        count *= 2
    return max(1, round(count * SLICE_SECONDS / taken))


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and what it starts, on one core, where the system can do that (Linux)."""
    if sys.platform != "linux":
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextlib.contextmanager
def _garbage_collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _nothing() -> None:
    """Do nothing: what is left is the call."""
