"""Rounds of verifications around a fault of a key server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from fastjose import JWKSetUnavailableError, RemoteKeySet, Verifier
from faults.harness.counters import Counters
from faults.harness.stalls import watch_stalls
from faults.harness.tokens import AUDIENCE, Issuer, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faults.harness.faulty_server import FaultyServer

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""

OPTIONS: dict[str, Any] = {
    "timeout_seconds": 0.5,
    "fetch_burst": 3,
    "fetch_interval_seconds": 0.1,
    "max_wait_seconds": 0.4,
    "max_waiting_threads": 8,
    "max_retry_after_seconds": 0.3,
    "recheck_interval_seconds": 0.1,
}
"""The times of `RemoteKeySet`, so short that a fault takes a second."""

MIN_PAUSE_SECONDS = 0.125
"""The shortest pause after a failed fetch: half of a quarter of a second."""


class KeySetRounds:
    """A verifier with a remote key set, whose tokens are verified before, during and after a fault."""

    def __init__(self, issuer: Issuer, server: FaultyServer, keys: RemoteKeySet, *, unknown: int = 20) -> None:
        """Verify the tokens of `issuer` with `keys`, which `server` publishes.

        `unknown` is the number of tokens in a round whose `kid` is made up.
        """
        self.issuer, self.server, self.keys, self._unknown = issuer, server, keys, unknown
        self.counters = Counters()
        self._stalls = watch_stalls()
        self.verifier = Verifier(keys, audience=AUDIENCE)
        self._fetch_until_cached()

    def run(self, *, is_server_up: bool) -> None:
        """Rotate the key, and verify the tokens of a round: in coroutines at the same time, then in threads."""
        new = self.issuer.rotate()
        asyncio.run(self._verify_all(self.issuer.samples(new, is_server_up=is_server_up, unknown=self._unknown)))
        # No more threads than may wait: a further one would be refused at once.
        samples, began_at = self.issuer.samples(new, is_server_up=is_server_up, unknown=0), time.monotonic()
        with ThreadPoolExecutor(OPTIONS["max_waiting_threads"]) as pool:
            for sample, error in zip(samples, pool.map(self._error_of, samples), strict=True):
                self._count(sample, error, began_at)

    def start_and_wait(self) -> None:
        """Fetch the keys, whatever the result: for a thread."""
        with contextlib.suppress(JWKSetUnavailableError):
            self.keys.fetch()

    async def start(self) -> None:
        """Verify a token that waits for a fetch."""
        await self.verifier.verify_async(self.issuer.rotate().sign())

    def run_in_child(self) -> Counters:
        """Verify tokens in the child of a `fork()`, and return their counters."""
        self.counters, self._stalls = Counters(), watch_stalls()
        samples = self.issuer.samples(self.issuer.keys[0], is_server_up=True, unknown=0)
        for sample in [sample for sample in samples if sample.text.count(".") == 2]:
            self.verify_sample(sample)
        return self.counters

    def verify_sample(self, sample: Sample) -> None:
        """Verify one token and count the result."""
        began_at = time.monotonic()
        self._count(sample, self._error_of(sample), began_at)

    def recover(self) -> None:
        """Rotate the key, and verify a token of the new one by one call: it must be accepted within `max_wait_seconds`.

        A fetch that timed out does not count if the machine is busy: this process had no turn, or the fetch reached the
        good server.
        """
        text, deadline = self.issuer.rotate().sign(), time.monotonic() + WAIT_SECONDS
        while True:
            connections, began_at = self.server.connections, time.monotonic()
            error = self._error_of(Sample(text, is_good=True))
            if not has_timed_out(error) or time.monotonic() > deadline:
                break
            if not self._stalls.has_stalled_since(began_at) and not self._is_reached_again(connections):
                break
        self.counters.count(error, is_good=True, must_have_verdict=True)
        self.run_cached_round()

    def run_cached_round(self) -> None:
        """Verify a round of keys that are cached now."""
        samples = self.issuer.samples(self.issuer.keys[-1], is_server_up=True, unknown=1)
        for sample in samples:
            self.verify_sample(sample)

    def finish(self) -> Counters:
        """Return the counters."""
        self.counters.requests = len(self.server.requests)
        return self.counters

    async def _verify_all(self, samples: Sequence[Sample]) -> None:
        async def verify(sample: Sample) -> object:  # the call itself may raise
            return await self.verifier.verify_async(sample.text)

        began_at = time.monotonic()
        results = await asyncio.gather(*map(verify, samples), return_exceptions=True)
        for sample, result in zip(samples, results, strict=True):
            self._count(sample, result if isinstance(result, BaseException) else None, began_at)

    def _count(self, sample: Sample, error: BaseException | None, began_at: float) -> None:
        is_of_busy_machine = has_timed_out(error) and self._stalls.has_stalled_since(began_at)
        must_have_verdict = sample.must_have_verdict and not is_of_busy_machine
        self.counters.count(error, is_good=sample.is_good, must_have_verdict=must_have_verdict)

    def _error_of(self, sample: Sample) -> BaseException | None:
        try:
            self.verifier.verify(sample.text)
        except Exception as error:  # noqa: BLE001 - the counters decide which may be raised
            return error
        return None

    def _is_reached_again(self, connections: int) -> bool:
        """Return whether the server has been given a further connection. It may be late to accept it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.server.connections <= connections and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.server.connections > connections

    def _fetch_until_cached(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        text = self.issuer.keys[0].sign()
        while not self.keys.key_count and time.monotonic() < deadline:
            with contextlib.suppress(JWKSetUnavailableError):  # the machine is busy
                self.verifier.verify(text)


def has_timed_out(error: BaseException | None) -> bool:
    """Return whether a fetch had no answer in time."""
    return isinstance(error, JWKSetUnavailableError) and "timed out" in str(error)
