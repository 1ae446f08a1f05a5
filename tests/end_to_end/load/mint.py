"""The tokens that a generator chooses from: signed before a slice, for the keys that are in use in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from end_to_end.load.generator.orders import Batch, Sample
from end_to_end.load.rotation import KEYS_IN_USE, SECONDS
from end_to_end.load.tokens import BAD, Kind, create_token, create_user_id

if TYPE_CHECKING:
    from end_to_end.load.rotation import Rotation

GOOD_TOKENS_PER_KEY, BAD_TOKENS_PER_KEY = 400, 50
"""With the keys in use: 1,600 good tokens at a time, of which the cache holds 1,000."""
MARGIN_SECONDS = 10 * SECONDS
"""A slice begins late, because tokens are signed first."""


class Mint:
    """Signs tokens once, and forgets those whose key is no longer in use."""

    def __init__(self, rotation: Rotation) -> None:
        self._rotation = rotation
        self._samples: dict[tuple[Kind, int], list[Sample]] = {}

    def create_batch(self, kind: Kind, seconds: float, rate: float | None) -> Batch:
        """Return the requests of a kind for a slice that begins soon; `rate` is that of all bad tokens together."""
        started_at, now = self._rotation.started_at, time.monotonic()
        first = self._rotation.generation_at(now) - KEYS_IN_USE + 1
        if kind in (Kind.UNKNOWN_KEY, Kind.GARBAGE):  # each is sent once
            count = int(seconds * (rate or 0) / len(BAD)) + 1
            return Batch(started_at, always=self._create_samples(kind, first, count))
        last = self._rotation.generation_at(now + seconds + MARGIN_SECONDS)
        self._samples = {key: samples for key, samples in self._samples.items() if key[1] >= first}
        return Batch(started_at, {number: self._samples_of(kind, number) for number in range(first, last + 1)})

    def _samples_of(self, kind: Kind, generation: int) -> list[Sample]:
        if (kind, generation) not in self._samples:
            count = GOOD_TOKENS_PER_KEY if kind is Kind.GOOD else BAD_TOKENS_PER_KEY
            self._samples[kind, generation] = self._create_samples(kind, generation, count)
        return self._samples[kind, generation]

    def _create_samples(self, kind: Kind, generation: int, count: int) -> list[Sample]:
        key = self._rotation.key(generation)
        return [Sample.create(kind, create_user_id(number), create_token(kind, key, number)) for number in range(count)]
