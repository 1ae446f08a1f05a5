"""Measured values of the candidates, and the JSON file that passes them from `check_targets.py` to the report."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

INSTRUCTIONS = "instructions"


@dataclass(frozen=True)
class Measurement:
    """Cost of one operation of a candidate, for each round; or the reason why it could not be measured."""

    rounds: tuple[float, ...]
    unit: str = "µs"
    unavailable: str | None = None
    """Reason for a missing value. Then `rounds` is empty."""

    @property
    def median(self) -> float:
        """Median over the rounds."""
        return statistics.median(self.rounds)


Measurements = Mapping[str, Mapping[str, Measurement]]
"""Measurement of each candidate, by comparison."""


def all_unavailable(candidates: Iterable[str], reason: str) -> dict[str, Measurement]:
    """Return measurements without values for the candidates."""
    return {name: Measurement((), unavailable=reason) for name in candidates}


def save_measurements(measurements: Measurements, path: Path) -> None:
    """Write the measurements to a JSON file."""
    plain = {
        comparison: {name: asdict(measurement) for name, measurement in by_candidate.items()}
        for comparison, by_candidate in measurements.items()
    }
    path.write_text(json.dumps(plain), encoding="utf-8")


def load_measurements(path: Path) -> Measurements:
    """Read a file that `save_measurements` wrote."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    return {
        comparison: {
            name: Measurement(tuple(values["rounds"]), values["unit"], values["unavailable"])
            for name, values in by_candidate.items()
        }
        for comparison, by_candidate in plain.items()
    }
