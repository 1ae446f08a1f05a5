"""The slices of a run and their phases, and what was measured in them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from end_to_end.load.generator.orders import Tally
from end_to_end.load.tokens import BAD, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

SLICE_SECONDS = 6
"""Three rotations. Slices are short, so that a machine that slows is in all phases."""
WARM_SHARE = 0.1
"""The share of the rounds after which the cache and the buffers are full: one round at least."""
BAD_SHARE = 0.2
"""The share of bad tokens in the phase that has them: 5 % of each kind."""


class Phase(enum.Enum):
    """What the second generator sends; the first one always sends good tokens."""

    GOOD = "good alone"
    MIXED = "good with bad"
    CONTROL = "good alone again"

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of tokens of the second generator."""
        return list(BAD) if self is Phase.MIXED else [Kind.GOOD]


def plan_slices(seconds: float) -> list[tuple[Phase, float]]:
    """Return the phase and duration of each slice: rounds of three, which begin with another phase each time."""
    phases = list(Phase)
    rounds = max(1, round(seconds / (SLICE_SECONDS * len(phases))))
    duration = seconds / (rounds * len(phases))
    return [
        (phases[(number + position) % len(phases)], duration)
        for number in range(rounds)
        for position in range(len(phases))
    ]


@dataclass
class Slice:
    """What was measured in a slice.

    Attributes:
        phase: Its phase.
        seconds: The time for which requests were due.
        first: What the first generator counted, which sends good tokens in every phase.
        second: What the second one counted.
        ended_at: The time at which it ended.
        cpu_share: The processor time of the application, as a share of the time.
    """

    phase: Phase
    seconds: float
    first: Tally
    second: Tally
    ended_at: float
    cpu_share: float

    @property
    def backlog_seconds(self) -> float:
        """The time from the last moment at which a request was due to the last response to a good token."""
        return self.first.seconds - self.seconds


@dataclass
class Measurements:
    """What was measured of one application.

    Attributes:
        capacity: The number of good tokens a second that it answers at most.
        mixed_capacity: The number of requests a second, good and bad, that occupy its whole core.
        rate: The number of requests a second that were sent.
        capacity_cpu_share: The share of a core that it had at its capacity: near 1 on a machine without other work.
        slices: The slices, in their order.
        memory: The resident set (MiB) of the application, with the time.
        fetches: The number of requests for the key set.
        rotations: The number of keys that replaced another.
    """

    capacity: float
    mixed_capacity: float
    rate: float
    capacity_cpu_share: float = 1.0
    slices: list[Slice] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    fetches: int = 0
    rotations: int = 0

    @property
    def total(self) -> Tally:
        """Everything that was counted."""
        total = Tally()
        for part in self.slices:
            total.merge(part.first)
            total.merge(part.second)
        return total

    def slices_of(self, phase: Phase) -> list[Slice]:
        """Return the slices of a phase."""
        return [part for part in self.slices if part.phase is phase]

    def p99_of_slices(self, phase: Phase) -> float:
        """Return the median of the 99th percentiles of the slices: one stall of the machine does not decide it."""
        return median(percentile(part.first.latencies[Kind.GOOD], 99) for part in self.slices_of(phase))

    def pooled(self, phase: Phase, percent: float) -> float:
        """Return the percentile of all good tokens of a phase that the first generator sent."""
        return percentile([each for part in self.slices_of(phase) for each in part.first.latencies[Kind.GOOD]], percent)

    @property
    def backlog_seconds(self) -> float:
        """The median of the backlogs without bad tokens."""
        return median(part.backlog_seconds for part in self._without_bad_tokens)

    @property
    def unsent(self) -> int:
        """The number of requests that were left out without bad tokens."""
        return sum(part.first.unsent + part.second.unsent for part in self._without_bad_tokens)

    @property
    def _without_bad_tokens(self) -> list[Slice]:
        return [part for part in self.slices if part.phase is not Phase.MIXED]

    @property
    def control_ratio(self) -> float:
        """The 99th percentile of the control as a multiple of that of the phase that it repeats, ideally 1."""
        return self.p99_of_slices(Phase.CONTROL) / self.p99_of_slices(Phase.GOOD)

    @property
    def bad_token_ratio(self) -> float:
        """The 99th percentile of good tokens among bad ones, as a multiple of that without them."""
        alone = (self.p99_of_slices(Phase.CONTROL) + self.p99_of_slices(Phase.GOOD)) / 2
        return self.p99_of_slices(Phase.MIXED) / alone

    @property
    def warm_at(self) -> float | None:
        """The time after which memory must be constant; None if the run is too short."""
        rounds = max(1, int(len(self.slices) // len(Phase) * WARM_SHARE))
        return self.slices[rounds * len(Phase) - 1].ended_at if len(self.slices) > rounds * len(Phase) else None

    @property
    def memory_changes_mib(self) -> list[float]:
        """The differences of the resident set from that at `warm_at`, afterwards; empty if the run is too short."""
        if (warm_at := self.warm_at) is None:
            return []
        warm = [mib for at, mib in self.memory if at <= warm_at][-1]
        return [mib - warm for at, mib in self.memory if at > warm_at]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that is not exceeded by `percent` of the values; infinite without values."""
    if not values:
        return float("inf")
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]
