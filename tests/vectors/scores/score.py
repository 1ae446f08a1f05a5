"""`run_vectors`: the score of a function on a vector set, and the cases on which it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from vectors.scores.vector_sets import Case, VectorKey

    Accepts: TypeAlias = Callable[[str, VectorKey], bool]
    """A function that returns whether a token is accepted with a key."""


@dataclass(frozen=True)
class Score:
    """The result of one function on one vector set.

    Attributes:
        valid_count: The number of valid cases.
        invalid_count: The number of invalid cases.
        rejected_valid: The ids of the valid cases that the function rejected.
        accepted_invalid: The ids of the invalid cases that the function accepted.
    """

    valid_count: int
    invalid_count: int
    rejected_valid: frozenset[int | str]
    accepted_invalid: frozenset[int | str]

    @property
    def mismatches(self) -> frozenset[int | str]:
        """The ids of all cases on which the function and the vectors differ."""
        return self.rejected_valid | self.accepted_invalid

    def __str__(self) -> str:
        """Return the score as two fractions: valid cases accepted, invalid cases rejected."""
        accepted = self.valid_count - len(self.rejected_valid)
        rejected = self.invalid_count - len(self.accepted_invalid)
        return f"{accepted}/{self.valid_count} valid, {rejected}/{self.invalid_count} invalid"


def run_vectors(cases: Iterable[Case], accepts: Accepts) -> Score:
    """Return the score of `accepts` on `cases`. The function catches the errors of its library: others are raised."""
    verdicts = [(case, accepts(case.token, case.key)) for case in cases]
    return Score(
        valid_count=sum(case.is_valid for case, _ in verdicts),
        invalid_count=sum(not case.is_valid for case, _ in verdicts),
        rejected_valid=frozenset(case.id for case, accepted in verdicts if case.is_valid and not accepted),
        accepted_invalid=frozenset(case.id for case, accepted in verdicts if accepted and not case.is_valid),
    )
