"""The counters of a fault: what was requested, and which verdicts were right. One table shows those of all faults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from fastjose import JOSEError, JWKSetUnavailableError
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNAVAILABLE = (JWKSetUnavailableError, StoreUnavailableError)
"""The errors that are not a verdict: the client gets a 503, and may send the token again."""


@dataclass
class Counters:
    """What happened before, during and after a fault.

    Attributes:
        requests: The requests or connections that the servers received.
        accepted: The verifications that accepted a token.
        refused: Those that refused one, as a 401 does.
        unavailable: Those without a verdict, as a 503.
        wrongly_refused: Good tokens that were refused, and those without a verdict that needed none but a cached key.
        wrongly_accepted: Bad tokens that were accepted.
        wrong_errors: The errors of the good tokens that were wrongly refused.
    """

    requests: int = 0
    accepted: int = 0
    refused: int = 0
    unavailable: int = 0
    wrongly_refused: int = 0
    wrongly_accepted: int = 0
    wrong_errors: list[str] = field(default_factory=list)

    def count(self, error: BaseException | None, *, is_good: bool, must_have_verdict: bool) -> None:
        """Count the result of one verification: `error`, or None if the token was accepted.

        Raises:
            BaseException: `error`, if it is none that a verification may raise.
        """
        if error is None:
            self.accepted += 1
            self.wrongly_accepted += not is_good
        elif isinstance(error, UNAVAILABLE):
            self.unavailable += 1
            self._count_refused(error, is_wrong=is_good and must_have_verdict)
        elif isinstance(error, JOSEError):
            self.refused += 1
            self._count_refused(error, is_wrong=is_good)
        else:
            raise error

    def _count_refused(self, error: JOSEError, *, is_wrong: bool) -> None:
        if is_wrong:
            self.wrongly_refused += 1
            self.wrong_errors.append(f"{type(error).__name__}: {error}")

    def add(self, other: Counters) -> None:
        """Add the counts of another process or thread."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    def assert_right(self) -> None:
        """Check that no verdict was wrong, and that there were verdicts of both kinds."""
        assert (self.wrongly_refused, self.wrongly_accepted) == (0, 0), self
        assert self.accepted, self
        assert self.refused, self


def numbers_of(counters: Counters) -> dict[str, int]:
    """Return the counters by name."""
    return {name: value for name, value in asdict(counters).items() if isinstance(value, int)}


_table: list[tuple[str, Counters]] = []


def record(fault: str, counters: Counters) -> None:
    """Add a row to the table, and check that no verdict was wrong."""
    _table.append((fault, counters))
    counters.assert_right()


def format_table() -> Iterator[str]:
    """Return the lines of the table: each fault of this run, and the sum."""
    if not _table:
        return
    total = Counters()
    names = [name.replace("_", " ") for name in numbers_of(total)]
    width = max(len(fault) for fault, _ in _table)
    line: Callable[[str, list[str]], str] = lambda fault, cells: "  ".join(  # noqa: E731 - two uses
        [fault.ljust(width), *(cell.rjust(len(name)) for cell, name in zip(cells, names, strict=True))]
    )
    yield line("fault", names)
    for fault, counters in sorted(_table, key=lambda row: row[0]):
        total.add(counters)
        yield line(fault, [str(value) for value in numbers_of(counters).values()])
    yield line(f"{len(_table)} rows", [str(value) for value in numbers_of(total).values()])
