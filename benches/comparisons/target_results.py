"""Results of the targets: the measured values, and their spread over the rounds."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.targets import TARGETS, Measure, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benches.comparisons.measurements import Measurement, Measurements

_UNITS = {
    Measure.TIMES_AS_FAST: "×",
    Measure.ABOVE_US: " µs",
    Measure.ABOVE_INSTRUCTIONS: " instructions",
    Measure.ABOVE_PERCENT: " %",
    Measure.APART_PERCENT: " %",
    Measure.TIMES_AS_LONG: "×",
}
_BOUNDS = {
    Measure.TIMES_AS_FAST: "≥",
    Measure.ABOVE_US: "≤",
    Measure.ABOVE_INSTRUCTIONS: "≤",
    Measure.ABOVE_PERCENT: "≤",
    Measure.APART_PERCENT: "±",
    Measure.TIMES_AS_LONG: "≤",
}


@dataclass(frozen=True)
class TargetResult:
    """A target and its measured value, or the reason for a missing one. Without a value, the target is missed."""

    target: Target
    value: float | None
    middle_half: tuple[float, float] | None = None
    """First and third quartile of the single rounds: their distance shows how quiet the machine was."""
    unavailable: str | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the target is reached."""
        return self.value is not None and self.target.is_reached_by(self.value)

    @property
    def limit_text(self) -> str:
        """Limit with its unit."""
        return f"{_BOUNDS[self.target.measure]} {self.target.limit:,g}{_UNITS[self.target.measure]}"

    @property
    def value_text(self) -> str:
        """Measured value with its unit, or the reason for a missing one."""
        digits = 0 if self.target.measure is Measure.ABOVE_INSTRUCTIONS else 2
        return self.unavailable or f"{self.value:,.{digits}f}{_UNITS[self.target.measure]}"

    @property
    def middle_half_text(self) -> str:
        """First and third quartile as text; empty for a single value, such as a number of instructions."""
        return "{:.2f} to {:.2f}".format(*self.middle_half) if self.middle_half else ""

    def format_line(self) -> str:
        """Return one line with the value, the limit, and whether the target is reached."""
        target, status = self.target, "reached" if self.is_reached else "MISSED"
        candidates = f"{target.candidate} against {target.baseline}"
        return f"{target.comparison}: {candidates}: {self.value_text} ({self.limit_text}) {status}"


def evaluate_targets(measurements: Measurements, targets: Sequence[Target] = TARGETS) -> list[TargetResult]:
    """Return the result of each target. Its comparison must have been measured."""
    return [evaluate_target(target, measurements[target.comparison]) for target in targets]


def evaluate_target(target: Target, by_candidate: Mapping[str, Measurement]) -> TargetResult:
    """Return the result of one target, from the measurements of its comparison.

    A ratio is the ratio of the medians. A difference in µs is the median of the differences of each round, which the
    speed of the machine hardly affects if it drifts: `interleaved_timer.py` tells what the difference contains.
    """
    candidate, baseline = by_candidate[target.candidate], by_candidate[target.baseline]
    if unavailable := candidate.unavailable or baseline.unavailable:
        return TargetResult(target, None, unavailable=unavailable)
    rounds = [target.compute_value(*pair) for pair in zip(candidate.rounds, baseline.rounds, strict=True)]
    is_of_rounds = target.measure.is_difference
    value = statistics.median(rounds) if is_of_rounds else target.compute_value(candidate.median, baseline.median)
    if len(rounds) < 2:
        return TargetResult(target, value)
    first_quartile, _, third_quartile = statistics.quantiles(rounds, n=4)
    return TargetResult(target, value, (first_quartile, third_quartile))
