"""`ObservedVerifiers`: the verifiers whose counts are reported. They are held weakly, and live no longer for it."""

from __future__ import annotations

import os
import threading
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

from fastjose._telemetry.growing_totals import GrowingTotals
from fastjose._telemetry.names import NameLimit
from fastjose._verifiers.display_names import name_key_set, name_verifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastjose._core import RemoteKeySet, Verifier


class VerifierTotals(NamedTuple):
    """What the verifiers of one name have counted since the process began.

    Attributes:
        verifications: How often a token was accepted.
        cache_hits: How often it was accepted from the cache.
        cache_misses: How often a token was not in the cache.
    """

    verifications: int
    cache_hits: int
    cache_misses: int


class FetchTotals(NamedTuple):
    """What the key sets of one name have counted since the process began."""

    succeeded: int
    failed: int


class KeySetState(NamedTuple):
    """The state of the key sets of one name now.

    Attributes:
        key_count: The keys that can verify tokens.
        age_seconds: The age of the oldest set. None: none was fetched.
    """

    key_count: int
    age_seconds: float | None


class ObservedVerifiers:
    """The living verifiers of an application, and what those that have gone had counted. Threads may share it."""

    def __init__(self) -> None:
        """Begin without verifiers. The child of a `fork()` begins to count at 0."""
        self._serials = count()
        self._verifiers: WeakKeyDictionary[Verifier, int] = WeakKeyDictionary()
        self._chosen_by_token: WeakSet[Verifier] = WeakSet()
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()  # another thread of the parent may have held the old one
        self._verifier_totals, self._fetch_totals = GrowingTotals(), GrowingTotals()
        self._names, self._names_of_keys = NameLimit(), NameLimit()
        self._before = {serial: _count_of(verifier) for verifier, serial in list(self._verifiers.items())}

    def add(self, verifier: Verifier, *, is_configured: bool = True) -> None:
        """Observe `verifier` as long as it lives.

        Args:
            verifier: The verifier.
            is_configured: Whether the application has it when it starts. Otherwise a token chose it by its unverified
                `iss`, which may be in the name: it is reported once it has accepted a token.
        """
        with self._lock:
            if is_configured:
                self._chosen_by_token.discard(verifier)
            elif verifier not in self._verifiers:
                self._chosen_by_token.add(verifier)
            self._verifiers.setdefault(verifier, next(self._serials))

    def verifier_totals(self) -> dict[str, VerifierTotals]:
        """Return the counts of verifiers, by name."""
        with self._lock:
            counts = {serial: (self._name_of(each), self._counts_of(each, serial)) for each, serial in self._living()}
            return {name: VerifierTotals(*total) for name, total in self._verifier_totals.update(counts).items()}

    def cached_tokens(self) -> dict[str, int]:
        """Return the number of tokens in the caches of verifiers, by name."""
        with self._lock:
            sizes: dict[str, int] = {}
            for each, _ in self._living():
                if each.cached_token_count is not None:
                    name = self._name_of(each)
                    sizes[name] = sizes.get(name, 0) + each.cached_token_count
            return sizes

    def fetch_totals(self) -> dict[str, FetchTotals]:
        """Return the fetches of key sets, by name."""
        with self._lock:
            counts = {hash(each): (self._name_of_keys(each), _fetches_of(each)) for each in self._key_sets()}
            return {name: FetchTotals(*total) for name, total in self._fetch_totals.update(counts).items()}

    def key_set_states(self) -> dict[str, KeySetState]:
        """Return the states of the key sets of living verifiers, by name."""
        with self._lock:
            states: dict[str, KeySetState] = {}
            for each in self._key_sets():
                name, state = self._name_of_keys(each), KeySetState(each.key_count, each.age_seconds)
                states[name] = _combine(states[name], state) if name in states else state
            return states

    def _living(self) -> list[tuple[Verifier, int]]:
        living = list(self._verifiers.items())
        return [pair for pair in living if pair[0] not in self._chosen_by_token or pair[0].verification_count]

    def _key_sets(self) -> Iterable[RemoteKeySet]:
        return {key_set for verifier, _ in self._living() for key_set in verifier.remote_key_sets}

    def _counts_of(self, verifier: Verifier, serial: int) -> tuple[int, ...]:
        counts, before = _count_of(verifier), self._before.get(serial)
        return counts if before is None else tuple(map(int.__sub__, counts, before))

    def _name_of(self, verifier: Verifier) -> str:
        return self._names.limit(name_verifier(verifier))

    def _name_of_keys(self, key_set: RemoteKeySet) -> str:
        return self._names_of_keys.limit(name_key_set(key_set))


def _count_of(verifier: Verifier) -> tuple[int, ...]:
    return verifier.verification_count, verifier.cache_hit_count, verifier.cache_miss_count


def _fetches_of(key_set: RemoteKeySet) -> tuple[int, ...]:
    failed = key_set.failed_fetch_count
    return max(0, key_set.fetch_count - failed), failed


def _combine(one: KeySetState, other: KeySetState) -> KeySetState:
    ages = [age for age in (one.age_seconds, other.age_seconds) if age is not None]
    return KeySetState(one.key_count + other.key_count, max(ages, default=None))


OBSERVED = ObservedVerifiers()
"""The verifiers of this process."""
