"""Look-ups in databases and Redis that are cancelled at each await: no slot, connection or other answer is affected."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import time
from typing import TYPE_CHECKING, Any

import pytest

from faults.harness.counters import Counters, record
from faults.harness.credentials import BAD, GOOD
from faults.harness.lookup_rounds import close_nothing, look_up_all, wait_for_tasks
from faults.harness.stepping import cancel_at_each_step_of_tasks
from faults.harness.stores import postgresql, redis, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from faults.harness.listener import Listener
    from faults.harness.lookup_rounds import Store
    from faults.harness.stores.cases import StoreCase

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""

ROUNDS = {"with new connections": True, "with open connections": False, "with open connections again": False}
"""Whether the connections are closed before each look-up."""

MAX_CONNECTIONS = 10
"""The size of a pool."""

KINDS = [*postgresql.STORES, *redis.STORES, *sqlite.STORES]


WRITE = """UPDATE "user" SET "name" = 'Grace'"""


def do_nothing() -> None:
    """Do nothing."""


@contextlib.contextmanager
def without_garbage_collector() -> Iterator[None]:
    """Keep what a cancelled look-up has left behind."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextlib.contextmanager
def open_case(kind: str, request: pytest.FixtureRequest) -> Iterator[StoreCase]:
    """Open a store of any kind."""
    with contextlib.ExitStack() as stack:
        if kind in postgresql.STORES:
            cluster = request.getfixturevalue("postgresql_cluster")
            yield stack.enter_context(postgresql.open_case(cluster, kind))
        elif kind in redis.STORES:
            yield stack.enter_context(redis.open_case(kind))
        else:
            template: Path = request.getfixturevalue("sqlite_template")
            yield stack.enter_context(sqlite.open_case(template, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_look_up_that_is_cancelled_at_each_await_changes_nothing(kind: str, request: pytest.FixtureRequest) -> None:
    counters = Counters()
    with open_case(kind, request) as case:
        assert case.store.reopen is not None
        store = case.store.reopen()  # with more time than steps take
        write = functools.partial(sqlite.execute, case.backend, WRITE) if kind in sqlite.STORES else do_nothing
        with without_garbage_collector():
            steps = asyncio.run(cancel_look_ups(store, write, counters))
        counters.requests = case.relay.connections if case.store.server else 0
    assert steps >= 1
    record(f"{kind}: a look-up is cancelled at each await", counters)


async def cancel_look_ups(store: Store, write: Callable[[], None], counters: Counters) -> int:
    """Cancel look-ups. Check that a good credential is accepted after each, and that `write` is not locked out.

    Returns the number of awaits.
    """
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def check() -> None:
        await asyncio.to_thread(write)
        for kind in (GOOD, BAD):
            (error,) = await look_up_all(store, [store.new_token(kind)])
            counters.count(error, is_good=kind == GOOD, must_have_verdict=True)

    steps = 0
    for is_new in ROUNDS.values():
        prepare = store.close if is_new else close_nothing
        start = lambda: store.look_up(store.new_token(GOOD))  # noqa: E731 - one expression
        steps = max(steps, await cancel_at_each_step_of_tasks(start, prepare=prepare, check=check))
    await wait_for_tasks()
    if store.server is not None:
        await wait_for_few_connections(store.server)
    await store.close()
    gc.collect()  # reports a connection that was not given back
    assert [context for context in reported if not is_of_asyncpg(context)] == []
    return steps


def is_of_asyncpg(context: dict[str, Any]) -> bool:
    """Return whether asyncpg itself caused a report: it leaves a future behind if its connection is cancelled."""
    return str(context.get("exception")) == "unexpected connection_lost() call"


async def wait_for_few_connections(relay: Listener) -> None:
    """Wait until no more connections are open than a pool keeps."""
    deadline = time.monotonic() + WAIT_SECONDS
    while relay.open_connections > MAX_CONNECTIONS and time.monotonic() < deadline:  # noqa: ASYNC110 - of threads
        await asyncio.sleep(0.02)
    assert relay.open_connections <= MAX_CONNECTIONS
