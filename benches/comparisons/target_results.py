"""Results of the targets: the measured values, and their spread over the rounds."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.targets import TARGETS, Measure, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benches.comparisons.measurements import Measurement, Measurements

_UNITS = {
    Measure.TIMES_AS_FAST: "×",
    Measure.ABOVE_US: " µs",
    Measure.ABOVE_PERCENT: " %",
    Measure.APART_PERCENT: " %",
    Measure.TIMES_AS_LONG: "×",
}
_BOUNDS = {
    Measure.TIMES_AS_FAST: "≥",
    Measure.ABOVE_US: "≤",
    Measure.ABOVE_PERCENT: "≤",
    Measure.APART_PERCENT: "±",
    Measure.TIMES_AS_LONG: "≤",
}


@dataclass(frozen=True)
class TargetResult:
    """A target and its measured value."""

    target: Target
    value: float
    middle_half: tuple[float, float]
    """First and third quartile of the single rounds: their distance shows how quiet the machine was."""

    @property
    def is_reached(self) -> bool:
        """Whether the target is reached."""
        return self.target.is_reached_by(self.value)

    @property
    def limit_text(self) -> str:
        """Limit with its unit."""
        return f"{_BOUNDS[self.target.measure]} {self.target.limit:g}{_UNITS[self.target.measure]}"

    @property
    def value_text(self) -> str:
        """Measured value with its unit."""
        return f"{self.value:.2f}{_UNITS[self.target.measure]}"

    @property
    def middle_half_text(self) -> str:
        """First and third quartile as text."""
        return "{:.2f} to {:.2f}".format(*self.middle_half)

    def format_line(self) -> str:
        """Return one line with the value, the limit, and whether the target is reached."""
        target, status = self.target, "reached" if self.is_reached else "MISSED"
        candidates = f"{target.candidate} against {target.baseline}"
        return f"{target.comparison}: {candidates}: {self.value_text} ({self.limit_text}) {status}"


def evaluate_targets(measurements: Measurements) -> list[TargetResult]:
    """Return the result of each target."""
    return [evaluate_target(target, measurements[target.comparison]) for target in TARGETS]


def evaluate_target(target: Target, by_candidate: Mapping[str, Measurement]) -> TargetResult:
    """Return the result of one target, from the measurements of its comparison."""
    candidate, baseline = by_candidate[target.candidate], by_candidate[target.baseline]
    pairs = zip(candidate.rounds_us, baseline.rounds_us, strict=True)
    first_quartile, _, third_quartile = statistics.quantiles((target.compute_value(*pair) for pair in pairs), n=4)
    value = target.compute_value(candidate.median_us, baseline.median_us)
    return TargetResult(target, value, (first_quartile, third_quartile))
