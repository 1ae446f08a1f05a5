"""What came of the targets: each with what was seen, and how far the rounds were apart."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.targets import TARGETS, Measure, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benches.comparisons.measurements import Figures

_UNITS = {Measure.TIMES: "×", Measure.ABOVE_US: " µs", Measure.ABOVE_PERCENT: " %"}


@dataclass(frozen=True)
class Outcome:
    """A target, and what was seen."""

    target: Target
    seen: float
    middle_half: tuple[float, float]
    """Between which two values half of the single rounds lie: how quiet the machine was."""

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.target.reached(self.seen)

    @property
    def limit_text(self) -> str:
        """What is asked for, as text."""
        bound = "≥" if self.target.measure is Measure.TIMES else "≤"
        return f"{bound} {self.target.limit:g}{_UNITS[self.target.measure]}"

    @property
    def seen_text(self) -> str:
        """What was seen, as text."""
        return f"{self.seen:.2f}{_UNITS[self.target.measure]}"

    @property
    def middle_half_text(self) -> str:
        """How far the rounds were apart, as text."""
        return "{:.2f} to {:.2f}".format(*self.middle_half)

    def sentence(self) -> str:
        """Say in one line what was seen, and whether it is enough."""
        target, verdict = self.target, "reached" if self.reached else "FALLS SHORT"
        return (
            f"{target.contest}: {target.work} against {target.against}: {self.seen_text} ({self.limit_text}) {verdict}"
        )


def outcomes(contests: Mapping[str, Mapping[str, Figures]]) -> list[Outcome]:
    """Hold the figures of the contests against the targets."""
    return [outcome(target, contests[target.contest]) for target in TARGETS]


def outcome(target: Target, figures: Mapping[str, Figures]) -> Outcome:
    """Hold the figures of one contest against one target."""
    work, against = figures[target.work], figures[target.against]
    rounds = [target.seen(*pair) for pair in zip(work.rounds_us, against.rounds_us, strict=True)]
    low, _, high = statistics.quantiles(rounds, n=4)
    return Outcome(target, target.seen(work.median_us, against.median_us), (low, high))
