"""Clients of redis-py: one given by the application, or one of our own for each event loop and process."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import os
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_MAX_CONNECTIONS = 50  # for each event loop; further look-ups wait until a connection is free
_MISSING_REDIS = "a URL of Redis must be given together with redis-py: install `fastjose[redis]`"
_WRONG_URL = "the URL of Redis must be redis://, rediss:// or unix:// with a valid host, port and options"


class RedisClient(Protocol):
    """Any asynchronous client with redis-py's `get`: redis-py, its `RedisCluster`, or valkey-py."""

    def get(self, name: str, /) -> Any:
        """Return an awaitable of the value: `bytes`, `str`, or None."""
        ...


class GivenClient:
    """The client of the application, which also closes it."""

    def __init__(self, client: RedisClient) -> None:
        """Use `client`.

        Raises:
            TypeError: `client` is not an asynchronous client.
        """
        execute = getattr(client, "execute_command", None)
        if not hasattr(client, "get") or (execute is not None and not inspect.iscoroutinefunction(execute)):
            raise TypeError("the client of Redis must be asynchronous: use redis.asyncio, or give a URL")
        self._client = client

    def connect(self) -> RedisClient:
        """Return the client."""
        return self._client

    async def close(self) -> None:
        """Leave the client to the application."""


class _LimitedClient:
    """A client that opens at most `_MAX_CONNECTIONS`.

    redis-py's `BlockingConnectionPool` is not used: in redis-py 5.0, it waits for itself if a connection fails.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._free_connections = asyncio.Semaphore(_MAX_CONNECTIONS)

    async def get(self, name: str, /) -> Any:
        async with self._free_connections:
            return await self._client.get(name)

    async def close(self) -> None:
        await close_client(self._client)


_ClientsByLoop = dict[asyncio.AbstractEventLoop, _LimitedClient]


class OwnClients:
    """Clients of one URL. A connection belongs to an event loop and must not be shared with a forked process."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        """Check `url`. No connection is opened before the first look-up.

        Raises:
            ImportError: redis-py is not installed.
            ValueError: redis-py does not accept the URL. The message does not contain it: it may hold a password.
        """
        self._create = _client_factory(url, timeout_seconds)
        self._clients_by_process: dict[int, _ClientsByLoop] = {}

    def connect(self) -> RedisClient:
        """Return the client of the running event loop."""
        clients, loop = self._clients(), asyncio.get_running_loop()
        client = clients.get(loop)
        if client is None:
            _forget_closed_loops(clients)
            client = clients[loop] = _LimitedClient(self._create())
        return client

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        client = self._clients().pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    def _clients(self) -> _ClientsByLoop:
        """Return the clients of this process, the same to every thread.

        After a fork, the parent's clients are kept alive and unused: to close them would write to its connections.
        """
        return self._clients_by_process.setdefault(os.getpid(), {})


async def close_client(client: Any) -> None:
    """Close a client of redis-py and its connections. Never raises.

    redis-py raises an error if the end of a connection takes longer than its beginning may. It is closed all the same.
    """
    with contextlib.suppress(Exception):
        await client.aclose(close_connection_pool=True)


def _forget_closed_loops(clients: _ClientsByLoop) -> None:
    for loop in list(clients):
        if loop.is_closed():
            clients.pop(loop, None)


def _client_factory(url: str, timeout_seconds: float) -> Callable[[], Any]:
    """Return a function that creates a client. A connection that the server has dropped is opened again once.

    It speaks RESP2. With RESP3, the pool of redis-py 8 gives away a connection with an unread answer, too. The next
    command would take that answer for its own.
    """
    try:
        redis, retry = importlib.import_module("redis.asyncio"), importlib.import_module("redis.asyncio.retry")
        backoff = importlib.import_module("redis.backoff")
    except ImportError:
        raise ImportError(_MISSING_REDIS, name="redis") from None

    def create() -> Any:
        pool = redis.ConnectionPool.from_url(
            url,
            max_connections=_MAX_CONNECTIONS,
            socket_connect_timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            retry=retry.Retry(backoff.NoBackoff(), 1),
            retry_on_error=[redis.ConnectionError],
            protocol=2,
        )
        return redis.Redis(connection_pool=pool)

    if not _succeeds(create):  # outside the handler: the error of redis-py can quote the password
        raise ValueError(_WRONG_URL)
    return create


def _succeeds(create: Callable[[], Any]) -> bool:
    try:
        create().connection_pool.make_connection()
    except (TypeError, ValueError):
        return False
    return True


def start_get(client: RedisClient, key: str) -> Awaitable[Any]:
    """Return the awaitable with which `client` reads `key`.

    Raises:
        TypeError: The client is not asynchronous.
    """
    reading = client.get(key)
    if not inspect.isawaitable(reading):
        raise TypeError("the client of Redis must be asynchronous: its `get` must return an awaitable")
    return reading
