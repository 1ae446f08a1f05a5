"""Measured times of the candidates, and the JSON file that passes them from `check_targets.py` to the report."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Measurement:
    """Time of one operation of a candidate, in µs, for each round."""

    rounds_us: tuple[float, ...]

    @property
    def median_us(self) -> float:
        """Median over the rounds, in µs."""
        return statistics.median(self.rounds_us)


Measurements = Mapping[str, Mapping[str, Measurement]]
"""Measurement of each candidate, by comparison."""


def save_measurements(measurements: Measurements, path: Path) -> None:
    """Write the measurements to a JSON file."""
    plain = {
        comparison: {name: measurement.rounds_us for name, measurement in by_candidate.items()}
        for comparison, by_candidate in measurements.items()
    }
    path.write_text(json.dumps(plain), encoding="utf-8")


def load_measurements(path: Path) -> Measurements:
    """Read a file that `save_measurements` wrote."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    return {
        comparison: {name: Measurement(tuple(rounds_us)) for name, rounds_us in by_candidate.items()}
        for comparison, by_candidate in plain.items()
    }
