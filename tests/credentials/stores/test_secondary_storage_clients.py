"""Clients of the secondary storage: which ones are accepted, and one of our own for each event loop and process."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import pytest
import redis
import redis.asyncio

from fastjose._secondary_storage.clients import GivenClient, OwnClients, _forget_closed_loops, start_get
from support.servers.redis_server import run_redis_server

URL = "redis://:p4ss@127.0.0.1:17/3"


class AwaitableClient:
    """The least client: it has `get` alone."""

    async def get(self, name: str, /) -> str:
        """Return the key."""
        return f"value of {name}"


# --- A client of the application ---


@pytest.mark.parametrize("client", [AwaitableClient(), redis.asyncio.Redis(), redis.asyncio.RedisCluster("localhost")])
def test_asynchronous_client_is_used_as_it_is_and_not_closed(client: Any) -> None:
    given = GivenClient(client)
    assert given.connect() is client
    asyncio.run(given.close())


class WithoutGet:
    """A client without `get`."""

    async def execute_command(self) -> None:
        """Do nothing."""


class WithPlainCommands(AwaitableClient):
    """A client whose commands are not asynchronous."""

    def execute_command(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("client", [None, object(), redis.Redis(), WithoutGet(), WithPlainCommands()])
def test_client_that_is_not_asynchronous_raises_type_error(client: Any) -> None:
    with pytest.raises(
        TypeError, match=r"^the client of Redis must be asynchronous: use redis\.asyncio, or give a URL"
    ):
        GivenClient(client)


def test_reading_starts_with_an_awaitable() -> None:
    async def run() -> Any:
        return await start_get(AwaitableClient(), "key")

    assert asyncio.run(run()) == "value of key"


def test_client_whose_answer_is_no_awaitable_raises_type_error() -> None:
    class Client:
        def get(self, name: str, /) -> str:
            return name

    with pytest.raises(TypeError, match=r"^the client of Redis must be asynchronous: its `get` must return an await"):
        start_get(Client(), "key")


# --- Clients of a URL ---


def test_client_of_a_url_limits_its_connections_and_times() -> None:
    client = OwnClients(URL, 2.5)._create()
    assert isinstance(client, redis.asyncio.Redis)
    pool = client.connection_pool
    assert pool.max_connections == 50
    connection: Any = pool.make_connection()  # type: ignore[no-untyped-call]
    assert (connection.host, connection.port, connection.db, connection.password) == ("127.0.0.1", 17, 3, "p4ss")
    assert (connection.socket_timeout, connection.socket_connect_timeout) == (2.5, 2.5)
    assert int(connection.protocol) == 2
    assert connection.retry._retries == 1
    assert redis.ConnectionError in connection.retry_on_error
    assert connection.retry._backoff.compute(1) == 0


@pytest.mark.parametrize("error", [redis.TimeoutError("the end took too long"), OSError("reset")])
def test_connection_whose_end_fails_is_closed_without_an_error(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    disconnect = redis.asyncio.Connection.disconnect
    ended: list[redis.asyncio.Connection] = []

    async def fail(connection: redis.asyncio.Connection, *args: Any, **options: Any) -> None:
        await disconnect(connection, *args, **options)
        ended.append(connection)
        raise error

    async def run(url: str) -> None:
        clients = OwnClients(url, 60)
        assert await clients.connect().get("key") is None
        with monkeypatch.context() as patch:
            patch.setattr(redis.asyncio.Connection, "disconnect", fail)
            await clients.close()
        assert len(ended) == 1
        assert await clients.connect().get("key") is None
        await clients.close()

    with run_redis_server() as server:
        asyncio.run(run(server.url))


def test_lost_connection_is_opened_again_once() -> None:
    with run_redis_server() as server, server.connect() as direct:
        direct.set("key", "value")

        async def run() -> list[Any]:
            clients = OwnClients(server.url, 60)
            values = [await clients.connect().get("key")]
            direct.client_kill_filter(_type="normal", skipme=True)
            values.append(await clients.connect().get("key"))
            await clients.close()
            return values

        assert asyncio.run(run()) == [b"value", b"value"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "p4ss",
        "http://:p4ss@localhost",
        "redis://:p4ss@localhost:port",
        "redis://:p4ss@localhost?socket_timeout=p4ss",
        "redis://localhost?p4ss=1",
    ],
)
def test_url_that_redis_does_not_accept_raises_an_error_without_it(url: str) -> None:
    with pytest.raises(
        ValueError,
        match=r"^the URL of Redis must be redis://, rediss:// or unix:// with a valid host, port and options$",
    ) as caught:
        OwnClients(url, 1)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("missing", ["redis.asyncio", "redis.asyncio.retry", "redis.backoff"])
def test_missing_redis_names_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"install `fastjose\[redis\]`$") as caught:
        OwnClients(URL, 1)
    assert caught.value.name == "redis"
    assert caught.value.__suppress_context__


def test_each_event_loop_has_a_client_until_it_is_closed() -> None:
    clients = OwnClients(URL, 1)

    async def run() -> Any:
        client = clients.connect()
        assert clients.connect() is client
        await clients.close()
        await clients.close()
        assert clients.connect() is not client
        return clients.connect()

    first, second = asyncio.run(run()), asyncio.run(run())
    assert first is not second


def test_clients_of_running_event_loops_are_kept_and_those_of_closed_ones_are_forgotten() -> None:
    clients = OwnClients(URL, 1)
    loops = [asyncio.new_event_loop() for _ in range(3)]

    async def connect() -> Any:
        return clients.connect()

    made = [loop.run_until_complete(connect()) for loop in loops]
    assert len({id(client) for client in made}) == 3
    loops[0].close()
    loops[1].close()
    asyncio.run(connect())
    assert loops[2] in clients._clients()
    assert not {loops[0], loops[1]} & clients._clients().keys()
    assert loops[2].run_until_complete(connect()) is made[2]
    loops[2].close()


def test_event_loop_that_another_thread_forgets_meanwhile_is_forgotten() -> None:
    clients: dict[Any, Any] = {}

    class Loop:
        def is_closed(self) -> bool:
            clients.pop(self)  # as the other thread does
            return True

    clients.update({Loop(): None, Loop(): None})
    _forget_closed_loops(clients)
    assert clients == {}


def test_client_that_is_closed_closes_its_connections() -> None:
    closed: list[dict[str, Any]] = []

    class Client(redis.asyncio.Redis):
        async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis-py's
            closed.append({"close_connection_pool": close_connection_pool})
            await super().aclose(close_connection_pool)

    clients = OwnClients(URL, 1)
    clients._create = lambda: Client(connection_pool=redis.asyncio.ConnectionPool.from_url(URL))

    async def run() -> None:
        clients.connect()
        await clients.close()

    asyncio.run(run())
    assert closed == [{"close_connection_pool": True}]


def test_child_of_fork_has_clients_of_its_own_and_closes_none_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        clients = OwnClients(URL, 1)
        of_parent = clients.connect()
        child = os.getpid() + 1
        with monkeypatch.context() as patch:
            patch.setattr("os.getpid", lambda: child)
            of_child = clients.connect()
            assert of_child is not of_parent
            assert clients.connect() is of_child
            await clients.close()
        assert clients.connect() is of_parent

    asyncio.run(run())


def test_look_ups_wait_for_one_of_fifty_connections() -> None:
    running, most = 0, 0

    class Client:
        async def get(self, name: str, /) -> str:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return name

    async def run() -> list[Any]:
        clients = OwnClients(URL, 1)
        clients._create = Client
        client = clients.connect()
        return await asyncio.gather(*(client.get(f"key-{number}") for number in range(120)))

    assert asyncio.run(run()) == [f"key-{number}" for number in range(120)]
    assert most == 50
