"""A store under a fault of its server."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faults.harness.lookup_rounds import TIMEOUT_SECONDS, WAIT_SECONDS, LookupRounds, Store
from faults.harness.stores.rows import TokenSequence

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from faults.harness.counters import Counters
    from faults.harness.listener import Listener
    from faults.harness.stores.relay import Misbehave

    Fault = Callable[["StoreCase"], AbstractContextManager[object]]


@dataclass(frozen=True)
class StoreCase:
    """A store, and its server as its administrator sees it."""

    store: Store
    backend: Any

    @property
    def relay(self) -> Listener:
        """The relay before the server."""
        assert self.store.server is not None, "a file has no server"
        return self.store.server


def create_store(
    create: Callable[..., Any],
    check: Callable[..., Any],
    server: Listener | None = None,
    max_requests: int = Store.max_requests,
) -> Store:
    """Return the store that `create` opens with a `timeout_seconds`, whose answers `check` compares."""

    def open_with(timeout_seconds: float) -> Store:
        looked_up = create(timeout_seconds=timeout_seconds)
        return Store(
            lambda token: check(looked_up, token),
            server,
            TokenSequence(),
            max_requests=max_requests,
            reopen=lambda: open_with(WAIT_SECONDS),
            close=looked_up.close,
        )

    return open_with(TIMEOUT_SECONDS)


def run_under(fault: Fault, case: StoreCase) -> Counters:
    """Look up credentials before, during and after a fault."""
    rounds = LookupRounds(case.store)
    rounds.recover()
    with contextlib.ExitStack() as faults:
        rounds.call_beside(lambda: faults.enter_context(fault(case)))
        rounds.run()
        rounds.call_beside(faults.close)
    rounds.recover()
    rounds.run()
    rounds.recover()
    return rounds.finish()


def outage(case: StoreCase) -> AbstractContextManager[object]:
    """Close every connection to the server, and refuse new ones."""
    return case.relay.outage()


def relayed(misbehave: Misbehave) -> Fault:
    """Return the fault of a relay before the server."""
    return lambda case: case.relay.fault(misbehave)
