"""Interface of a comparison: something that measures its candidates, in time or in instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from benches.comparisons.measurements import Measurement


class Comparison(Protocol):
    """Candidates that do the same work and are measured together."""

    def measure(self, rounds: int) -> dict[str, Measurement]:
        """Measure the candidates. A count of instructions does not depend on the number of rounds."""

    def check(self) -> Collection[str]:
        """Run each candidate once without measuring it, as far as the tests can, and return the names of all."""
