"""Which key signs, and which keys are published, at each moment."""

from __future__ import annotations

import threading
import time
from typing import Any

from end_to_end.load.tokens import SigningKey

SECONDS = 2.0
"""The time for which a key signs."""
KEYS_IN_USE = 4
"""Tokens of the key that signs, and of those that signed before it, are sent."""
KEPT_ROTATIONS = 15
"""A key is published for this long after its last token was sent: longer than a response may take."""


class Rotation:
    """The keys of an issuer, by the number of their generation. Times are seconds of the monotonic clock.

    A key is published `notice_seconds` before it signs. No good token is in flight when its key leaves the set, however
    busy the machine is.
    """

    def __init__(self, notice_seconds: float) -> None:
        self.started_at = time.monotonic()
        self._notice_seconds = notice_seconds
        self._keys: dict[int, SigningKey] = {}
        self._lock = threading.Lock()

    def generation_at(self, at: float) -> int:
        """Return the generation that signs at this time."""
        return find_generation(self.started_at, at)

    def key(self, generation: int) -> SigningKey:
        """Return the key of a generation."""
        with self._lock:
            if generation not in self._keys:
                self._keys[generation] = SigningKey.generate()
            return self._keys[generation]

    def read_key_set(self) -> dict[str, Any]:
        """Return the JWK Set of this moment."""
        now = time.monotonic()
        newest = self.generation_at(now + self._notice_seconds)
        oldest = self.generation_at(now) - KEYS_IN_USE - KEPT_ROTATIONS
        return {"keys": [self.key(number).public_jwk for number in range(newest, oldest - 1, -1)]}


def find_generation(started_at: float, at: float) -> int:
    """Return the generation that signs at this time, if the first one signed from `started_at`."""
    return int((at - started_at) // SECONDS)
