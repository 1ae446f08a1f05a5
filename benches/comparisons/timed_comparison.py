"""Comparisons of candidates that take turns on the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benches.comparisons.interleaved_timer import CallableCandidate, Candidate, measure_interleaved
from benches.comparisons.measurements import Measurement
from benches.targets import PRIMITIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from benches.support.library import Call

Candidates = dict[str, Candidate]

KEY_COUNT = 10
"""Number of key pairs of a `DifferenceComparison`."""
ROUNDS_DIVISOR = 5
"""A `DifferenceComparison` has a fifth of the rounds with each key pair: twice as many in all."""


@dataclass(frozen=True)
class TimedComparison:
    """Candidates that are opened together and measured in turns."""

    open_candidates: Callable[[], AbstractContextManager[Candidates]]
    missing: Mapping[str, str] = field(default_factory=dict)
    """Candidates that cannot run here, each with the reason."""

    def measure(self, rounds: int) -> dict[str, Measurement]:
        """Measure the candidates in turns."""
        with self.open_candidates() as candidates:
            measurements = measure_interleaved(candidates, rounds)
        return {**measurements, **{name: Measurement((), unavailable=reason) for name, reason in self.missing.items()}}

    def check(self) -> set[str]:
        """Run each candidate once."""
        with self.open_candidates() as candidates:
            for candidate in candidates.values():
                candidate.time_calls(1)
        return candidates.keys() | self.missing.keys()


@dataclass(frozen=True)
class DifferenceComparison:
    """Two candidates whose difference is small, measured in turns with several key pairs, one after another.

    A repeated measurement with one key pair changes by 0.1 µs, and another key pair, whose tables have other addresses
    and whose helper process is new, by up to 0.5 µs. So the rounds with `KEY_COUNT` key pairs are taken together. The
    difference of a round compares two neighbouring slices, so that a drift of the clock rate cancels out. The estimate
    is the median of these differences: how much longer an operation takes with a key pair of average luck.
    """

    open_candidates: Callable[[int], AbstractContextManager[Candidates]]
    """Opens the candidates for the key pair with that index."""

    def measure(self, rounds: int) -> dict[str, Measurement]:
        """Measure the candidates with each key pair."""
        rounds_us: dict[str, list[float]] = {}
        for key_index in range(KEY_COUNT):
            with self.open_candidates(key_index) as candidates:
                for name, measurement in measure_interleaved(candidates, max(2, rounds // ROUNDS_DIVISOR)).items():
                    rounds_us.setdefault(name, []).extend(measurement.rounds)
        return {name: Measurement(tuple(times)) for name, times in rounds_us.items()}

    def check(self) -> set[str]:
        """Run each candidate once, except the primitive, which cargo would have to build first."""
        with self.open_candidates(0) as candidates:
            for name in candidates.keys() - {PRIMITIVE}:
                candidates[name].time_calls(1)
        return set(candidates)


def create_candidates(calls: Mapping[str, Call], is_correct: Callable[[Any], bool] = lambda _: True) -> Candidates:
    """Return a candidate for each function, after checking that each returns a correct result."""
    incorrect = [name for name, call in calls.items() if not is_correct(call())]
    assert not incorrect, incorrect
    return {name: CallableCandidate(call) for name, call in calls.items()}
