"""`GrowingTotals`: sums of counts that never decrease, although the objects that count come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Counts = tuple[int, ...]


class GrowingTotals:
    """Sums the counts of objects by name. An object that has gone keeps the counts that were last seen."""

    def __init__(self) -> None:
        """Begin at 0."""
        self._last: dict[int, tuple[str, Counts]] = {}
        self._of_gone: dict[str, Counts] = {}

    def update(self, counts: Mapping[int, tuple[str, Counts]]) -> dict[str, Counts]:
        """Return the totals by name.

        Args:
            counts: The name and the counts of each living object, by its number. Counts that are below the last ones
                are those of a new object.
        """
        for number, (name, last) in self._last.items():
            now = counts.get(number)
            if now is None or any(new < old for new, old in zip(now[1], last, strict=True)):
                self._of_gone[name] = _add(self._of_gone.get(name), last)
        self._last = dict(counts)
        totals = dict(self._of_gone)
        for name, count in counts.values():
            totals[name] = _add(totals.get(name), count)
        return totals


def _add(total: Counts | None, count: Counts) -> Counts:
    return count if total is None else tuple(map(int.__add__, total, count))
