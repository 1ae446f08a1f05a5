"""Rounds of look-ups around a fault of a store of credentials."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from fastjose.exceptions import StoreUnavailableError
from faults.harness.counters import Counters
from faults.harness.credentials import BAD, GOOD, new_token
from faults.harness.stalls import watch_stalls

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from faults.harness.listener import Listener

    LookUp = Callable[[str], Coroutine[Any, Any, None]]

T = TypeVar("T")
WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""

MAX_QUICK_TIMEOUTS = 3
"""The look-ups in a row that may time out at a good server that answers another store in time."""


async def close_nothing() -> None:
    """Close nothing."""


@dataclass
class Store:
    """A store of credentials.

    Attributes:
        look_up: Returns if a credential is good, and raises a `JOSEError` otherwise.
        server: What the store connects to, if it connects over TCP.
        new_token: Returns a good or a bad credential that no look-up has had.
        max_requests: The most requests or connections of one look-up. It may be repeated once, on a new connection.
        has_cache: Whether the answer to a credential is cached, so that a fault does not affect it.
        reopen: Returns another store of the same credentials that waits longer, or None if the store has no connections
            that it keeps.
        close: Closes the connections.
    """

    look_up: LookUp
    server: Listener | None
    new_token: Callable[[str], str] = new_token
    max_requests: int = 2
    has_cache: bool = False
    reopen: Callable[[], Store] | None = None
    close: Callable[[], Coroutine[Any, Any, None]] = field(default=close_nothing)


class LookupRounds:
    """A store whose credentials are looked up before, during and after a fault, in one event loop."""

    def __init__(self, store: Store) -> None:
        """Look up a first credential, whose answer may be cached."""
        self.store = store
        self.counters = Counters()
        self._stalls = watch_stalls()
        self._loop = asyncio.new_event_loop()
        self._first = store.new_token(GOOD)
        try:
            self._accept_when_up(self._first)
        except BaseException:
            self._loop.close()
            raise

    def run(self, *, is_server_up: bool = False) -> None:
        """Look up good and bad credentials at the same time. Those with a cached answer must be accepted."""
        goods, began_at = [self.store.new_token(GOOD) for _ in range(3)], time.monotonic()
        tokens = [self._first] * 3 + goods + [self.store.new_token(BAD) for _ in range(5)]
        for token, error in zip(tokens, self._run(look_up_all(self.store, tokens)), strict=True):
            is_cached = token is self._first and self.store.has_cache
            is_of_busy_machine = has_timed_out(error) and self._stalls.has_stalled_since(began_at)
            self._count(token, error, must_have_verdict=is_cached or (is_server_up and not is_of_busy_machine))

    def recover(self) -> None:
        """Look up a good credential that must be accepted by one call, and bad ones.

        A look-up that timed out at the good server does not count if the machine is busy: this process had no turn, or
        another store is late, too.
        """
        self._accept_when_up(self.store.new_token(GOOD))
        for _ in range(3):
            bad = self.store.new_token(BAD)
            self._count(bad, self._error_of(bad))

    @property
    def server(self) -> Listener:
        """What the store connects to."""
        assert self.store.server is not None, "a file has no server"
        return self.store.server

    def call_beside(self, function: Callable[[], object]) -> None:
        """Call a function in a thread, while the event loop runs: look-ups that were given up may need it to end."""
        self._run(asyncio.to_thread(function))

    def start_and_wait(self) -> None:
        """Look up a good credential in an event loop of its own, whatever its result: for a thread."""
        asyncio.run(look_up_all(self.store, [self.store.new_token(GOOD)]))

    async def start(self) -> None:
        """Look up a good credential."""
        await self.store.look_up(self.store.new_token(GOOD))

    def run_in_child(self) -> Counters:
        """Look up credentials in the child of a `fork()`, in another event loop, and return their counters."""
        self._loop_of_parent = self._loop  # kept: its end would change the epoll that both processes share
        self._loop, self.counters, self._stalls = asyncio.new_event_loop(), Counters(), watch_stalls()
        self.run(is_server_up=True)
        self._run(self.store.close())
        return self.counters

    def finish(self) -> Counters:
        """Close the store and return the counters."""
        self._run(self.store.close())
        self._run(wait_for_tasks())
        self._loop.close()
        counters = self.counters
        counters.requests = self.store.server.connections if self.store.server else 0
        lookups = counters.accepted + counters.refused + counters.unavailable
        assert counters.requests <= self.store.max_requests * lookups, counters
        return counters

    def _accept_when_up(self, token: str) -> None:
        deadline, quick_timeouts = time.monotonic() + WAIT_SECONDS, 0
        while True:
            began_at = time.monotonic()
            error = self._error_of(token)
            is_late = has_timed_out(error) and not self._stalls.has_stalled_since(began_at)
            quick_timeouts = quick_timeouts + 1 if is_late and self._answers_another_store() else 0
            if not has_timed_out(error) or quick_timeouts == MAX_QUICK_TIMEOUTS or time.monotonic() > deadline:
                break
        self._count(token, error, must_have_verdict=True)

    def _answers_another_store(self) -> bool:
        """Return whether a new store gets its first answer in half of the time that a look-up has."""
        if self.store.reopen is None:
            return False
        other, began_at = self.store.reopen(), time.monotonic()
        error = self._run(look_up_all(other, [self._first]))[0]
        seconds = time.monotonic() - began_at
        self._run(other.close())
        return error is None and seconds < TIMEOUT_SECONDS / 2

    def _count(self, token: str, error: BaseException | None, *, must_have_verdict: bool = False) -> None:
        self.counters.count(error, is_good=token.startswith(GOOD), must_have_verdict=must_have_verdict)

    def _error_of(self, token: str) -> BaseException | None:
        return self._run(look_up_all(self.store, [token]))[0]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


TIMEOUT_SECONDS = 0.5
"""The time of a look-up, so short that a fault takes a second."""


def has_timed_out(error: BaseException | None) -> bool:
    """Return whether a look-up had no answer in time."""
    texts = ("timed out", "must answer within", "(TimeoutError)")
    return isinstance(error, StoreUnavailableError) and any(text in str(error) for text in texts)


async def look_up_all(store: Store, tokens: list[str]) -> list[BaseException | None]:
    """Look up credentials at the same time, and return the error of each."""
    return list(await asyncio.gather(*map(store.look_up, tokens), return_exceptions=True))


async def wait_for_tasks() -> None:
    """Wait until no other task runs: queries that were given up end by themselves."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, pending = await asyncio.wait(others, timeout=WAIT_SECONDS)
        assert not pending, pending
