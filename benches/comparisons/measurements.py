"""What the contestants took: in memory, and as the file between `gates.py` and `report.py`."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """What one contestant took in each round, in µs for one piece of work."""

    rounds_us: tuple[float, ...]

    @property
    def median_us(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds_us)


Contests = Mapping[str, Mapping[str, Figures]]
"""The figures of each contestant, of each contest."""


def save(contests: Contests, path: Path) -> None:
    """Write them as JSON."""
    plain = {name: {who: one.rounds_us for who, one in contest.items()} for name, contest in contests.items()}
    path.write_text(json.dumps(plain), encoding="utf-8")


def load(path: Path) -> Contests:
    """Read what `save` has written."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    return {name: {who: Figures(tuple(one)) for who, one in contest.items()} for name, contest in plain.items()}
