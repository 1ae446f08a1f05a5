"""One thread: it verifies tokens of a rotating issuer, and counts verdicts."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from concurrency.threads.rotating_issuer import PUBLISHED_KEYS
from fastjose import JOSEError, JWKSetUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from concurrency.threads.rotating_issuer import Batch, RotatingIssuer

    Verify = Callable[[str], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]

FETCH_INTERVAL = 400
"""One token in this number has a key that is not in the set, so that it causes a fetch."""
CURRENT_BATCHES = 2
"""Good tokens are of this number of newest keys: the others may be withdrawn while they are verified."""


@dataclass
class Counts:
    """The verdicts of a thread.

    Attributes:
        accepted: The tokens that were accepted.
        refused: Those that were refused.
        unavailable: Those without a verdict: a fetch failed, or took too long.
        wrongly_accepted: Bad tokens that were accepted, and tokens with the claims of another.
        wrongly_refused: Good tokens that were refused while their key was published.
    """

    accepted: int = 0
    refused: int = 0
    unavailable: int = 0
    wrongly_accepted: int = 0
    wrongly_refused: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of another thread."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


@dataclass(frozen=True)
class Sample:
    """A token, the number of its key, and the `sub` that it must have: None if it must be refused."""

    token: str
    number: int
    subject: str | None


class Worker:
    """The tokens and counts of one thread."""

    def __init__(self, issuer: RotatingIssuer, seed: int) -> None:
        """Draw tokens of `issuer`."""
        self.counts = Counts()
        self._issuer, self._random = issuer, random.Random(seed)  # noqa: S311 - which tokens are verified
        self._newest_accepted = -1
        self._number = 0

    def draw(self) -> Sample:
        """Return the next token."""
        self._number += 1
        batches = self._issuer.batches
        if self._number % FETCH_INTERVAL == 0:
            return self._draw_without_key(batches)
        batch = self._random.choice(batches[-CURRENT_BATCHES:])
        if self._random.random() < 0.2:
            return Sample(self._random.choice(batch.bad), batch.number, None)
        token, subject = self._random.choice(batch.good)
        return Sample(token, batch.number, subject)

    def _draw_without_key(self, batches: Sequence[Batch]) -> Sample:
        """Return a token of a key that no set with the newest key of which this thread has accepted a token has."""
        withdrawn = [batch for batch in batches if batch.number <= self._newest_accepted - PUBLISHED_KEYS]
        if withdrawn and self._number % (2 * FETCH_INTERVAL) == 0:
            batch = self._random.choice(withdrawn)
            return Sample(self._random.choice(batch.good)[0], batch.number, None)
        return Sample(self._issuer.create_token_of_unknown_key(), -1, None)

    def verify(self, verify: Callable[[str], Mapping[str, Any]]) -> None:
        """Verify a token with `verify`, and count the verdict."""
        sample = self.draw()
        try:
            claims = verify(sample.token)
        except JOSEError as error:
            self._count_refusal(sample, error)
        else:
            self._count_acceptance(sample, claims)

    async def verify_async(self, verify: Callable[[str], Awaitable[Mapping[str, Any]]]) -> None:
        """Verify a token with `verify` on an event loop, and count the verdict."""
        sample = self.draw()
        try:
            claims = await verify(sample.token)
        except JOSEError as error:
            self._count_refusal(sample, error)
        else:
            self._count_acceptance(sample, claims)

    def _count_acceptance(self, sample: Sample, claims: Mapping[str, Any]) -> None:
        self.counts.accepted += 1
        self.counts.wrongly_accepted += sample.subject is None or claims["sub"] != sample.subject
        if sample.subject is not None:
            self._newest_accepted = max(self._newest_accepted, sample.number)

    def _count_refusal(self, sample: Sample, error: JOSEError) -> None:
        if isinstance(error, JWKSetUnavailableError):
            self.counts.unavailable += 1
            return
        self.counts.refused += 1
        # A thread that waited for two rotations verified a token of a key that is not published any more.
        self.counts.wrongly_refused += sample.subject is not None and self._issuer.is_published(sample.number)
