"""Interleaved timing of candidates, so that a disturbance of the machine affects all of them.

Each round gives each candidate a time slice of a few milliseconds. The order is reversed after each round. A slice
begins with calls that are not timed, because the caches hold the data of the previous candidate. Everything runs on one
core, with the garbage collector off. The clock is the CPU time of the process, which does not advance while another
program uses the core. The result is the time of one operation in each round.
"""

from __future__ import annotations

import contextlib
import gc
import time
import timeit
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benches.comparisons.measurements import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SLICE_SECONDS = 0.003
WARM_UP_DIVISOR = 4
DEFAULT_ROUNDS = 200


class Candidate(Protocol):
    """Work that can be timed."""

    @property
    def operations_per_call(self) -> int:
        """Number of operations in one call. Results are reported per operation."""

    def time_calls(self, count: int) -> float:
        """Do the work `count` times and return the elapsed seconds."""


@dataclass(frozen=True)
class CallableCandidate:
    """A Python function. The cost of calling an empty function, measured right after it, is subtracted."""

    function: Callable[[], object]
    operations_per_call: int = 1
    clock: Callable[[], float] = time.process_time

    def time_calls(self, count: int) -> float:
        """Call the function `count` times and return the elapsed seconds."""
        return self._time_function(self.function, count) - self._time_function(_do_nothing, count)

    def _time_function(self, function: Callable[[], object], count: int) -> float:
        return timeit.timeit(function, timer=self.clock, number=count)


def measure_interleaved(candidates: Mapping[str, Candidate], rounds: int = DEFAULT_ROUNDS) -> dict[str, Measurement]:
    """Time the candidates in turns, after a warm-up slice for each."""
    counts = {name: _calls_per_slice(candidate) for name, candidate in candidates.items()}
    rounds_us: dict[str, list[float]] = {name: [] for name in candidates}
    order = list(candidates)
    with _garbage_collector_off():
        for _ in range(rounds):
            for name in order:
                candidates[name].time_calls(max(1, counts[name] // WARM_UP_DIVISOR))
                rounds_us[name].append(_time_operation_us(candidates[name], counts[name]))
            order.reverse()
    return {name: Measurement(tuple(times)) for name, times in rounds_us.items()}


def _time_operation_us(candidate: Candidate, count: int) -> float:
    return candidate.time_calls(count) / (count * candidate.operations_per_call) * 1e6


def _calls_per_slice(candidate: Candidate) -> int:
    candidate.time_calls(1)
    count = 1
    while (elapsed := candidate.time_calls(count)) < SLICE_SECONDS / 4:
        count *= 2
    return max(1, round(count * SLICE_SECONDS / elapsed))


@contextlib.contextmanager
def _garbage_collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _do_nothing() -> None:
    """Do nothing, to measure the cost of a call."""
