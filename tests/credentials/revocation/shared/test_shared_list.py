"""`RedisRevocations` without a server: what it writes, starts and stops, and what a fork keeps."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
import trio

from fastjose._revocation import redis_revocations
from fastjose._revocation.entry import Entry
from fastjose.exceptions import StoreUnavailableError
from fastjose.revocation import RedisRevocations, RevocationList

URL = "redis://localhost:1"
LIFETIME = 7_200


class Server:
    """The streams and threads that a list creates."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clients, self.streams, self.threads = list[Any](), list[Any](), list[Any]()
        self.written, self.calls, self.error = list[Entry](), list[str](), None
        monkeypatch.setattr(redis_revocations, "create_client", self.create_client)
        monkeypatch.setattr(redis_revocations, "RevocationStream", self.open_stream)
        monkeypatch.setattr(redis_revocations, "Synchronizer", self.create_thread)

    def create_client(self, redis: Any, *, timeout_seconds: float) -> str:
        self.clients.append((redis, timeout_seconds))
        return f"client {len(self.clients)}"

    def open_stream(self, client: str, key: str) -> Any:
        self.streams.append((client, key))
        return SimpleNamespace(add=self.add, close_idle_connections=lambda: self.calls.append("close"))

    def add(self, entry: Entry) -> None:
        self.written.append(entry)
        self.calls.append("add")
        if self.error is not None:
            raise self.error

    def create_thread(self, *args: Any) -> Any:
        self.threads.append(args)
        number = len(self.threads)
        return SimpleNamespace(
            start=lambda: self.calls.append(f"start {number}"), stop=lambda: self.calls.append(f"stop {number}")
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> float:
    """Return the time, which stands still for the list."""
    now = float(int(time.time()))
    monkeypatch.setattr(redis_revocations, "time", SimpleNamespace(time=lambda: now))
    return now


def create(**options: Any) -> RedisRevocations:
    return RedisRevocations(URL, **{"policy": "open", "max_token_lifetime_seconds": LIFETIME, **options})


# --- What is written ---


def test_revocation_is_written_with_its_times(server: Server, now: float) -> None:
    revocations = create()
    asyncio.run(revocations.revoke_token("jti"))
    asyncio.run(revocations.revoke_session("sid", now + 5))
    asyncio.run(revocations.revoke_user("sub"))
    asyncio.run(revocations.revoke_user("sub", 1_000, int(now) + 7))
    assert server.written == [
        Entry("token", "jti", now + LIFETIME),
        Entry("session", "sid", now + 5),
        Entry("user", "sub", now + LIFETIME, now),
        Entry("user", "sub", now + 7, 1_000),
    ]
    assert {type(value) for entry in server.written for value in (entry.until, entry.at)} == {float, type(None)}


def test_each_revocation_is_written_with_its_own_end(server: Server, now: float) -> None:
    revocations = create()
    asyncio.run(revocations.revoke_token("jti", now + 6))
    asyncio.run(revocations.revoke_session("sid"))
    assert server.written == [Entry("token", "jti", now + 6), Entry("session", "sid", now + LIFETIME)]


@pytest.mark.parametrize("ended", [False, True])
def test_revocation_is_in_effect_here_before_it_is_written(server: Server, now: float, *, ended: bool) -> None:
    revocations, until = create(), now - 3_600 if ended else None
    coroutines = [
        revocations.revoke_token("jti", until),
        revocations.revoke_session("sid", until),
        revocations.revoke_user("sub", 1_000, until),
    ]
    assert server.written == []
    assert revocations.is_revoked(jti="jti") is not ended
    assert revocations.is_revoked(sid="sid") is not ended
    assert revocations.is_revoked(sub="sub", iat=1_000) is not ended
    assert not revocations.is_revoked(sub="sub", iat=1_001)
    assert not revocations.is_revoked(jti="sid", sid="jti")
    assert len(revocations) == (0 if ended else 3)
    for coroutine in coroutines:
        coroutine.close()


def test_user_is_revoked_up_to_now_by_default(server: Server, now: float) -> None:
    revocations = create()
    asyncio.run(revocations.revoke_user("sub"))
    assert revocations.is_revoked(sub="sub", iat=now)
    assert not revocations.is_revoked(sub="sub", iat=now + 1)
    assert len(server.written) == 1


def test_connection_is_opened_once_to_write(server: Server) -> None:
    revocations = create(key="other", max_staleness_seconds=3)
    assert server.clients == []
    for _ in range(3):
        asyncio.run(revocations.revoke_token("jti"))
    assert server.clients == [(URL, 3)]
    assert server.streams == [("client 1", "other")]


def test_key_is_one_of_this_package_by_default(server: Server) -> None:
    asyncio.run(RedisRevocations(URL).revoke_token("jti"))
    assert (server.clients, server.streams) == ([(URL, 5)], [("client 1", "fastjose:revocations")])


def test_revocation_that_redis_does_not_confirm_is_an_error(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    revocations, server.error = create(), ConnectionError("jti-1")  # type: ignore[assignment] # for this test
    with pytest.raises(StoreUnavailableError, match=r"^Store unavailable: Redis did not confirm") as raised:
        asyncio.run(revocations.revoke_token("jti-1"))
    assert revocations.is_revoked(jti="jti-1")
    assert raised.value.__context__ is None
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, "a revocation was not written to Redis: ConnectionError")
    ]


# --- The thread ---


def test_thread_is_started_once_and_stopped_once(server: Server) -> None:
    revocations = create(key="other", max_staleness_seconds=3)
    for _ in range(2):
        revocations.start()
    assert server.threads == [(URL, "other", revocations.local, 3)]
    for _ in range(2):
        revocations.stop()
    revocations.start()
    revocations.stop()
    assert server.calls == ["start 1", "stop 1", "start 2", "stop 2"]


def test_threads_of_every_list_are_stopped_at_the_end_of_the_process(server: Server) -> None:
    lists = [create(), create()]
    for revocations in lists:
        revocations.start()
    redis_revocations._stop_all()
    redis_revocations._stop_all()
    assert sorted(server.calls) == ["start 1", "start 2", "stop 1", "stop 2"]


@pytest.mark.parametrize("run", [asyncio.run, trio.run])
def test_lifespan_starts_and_stops_the_thread_without_blocking_the_loop(run: Any, server: Server) -> None:
    revocations, threads = create(), list[int]()
    start, stop = revocations.start, revocations.stop

    def note(function: Any) -> None:
        threads.append(threading.get_ident())
        function()

    revocations.start = lambda: note(start)  # type: ignore[method-assign] # to note its thread
    revocations.stop = lambda: note(stop)  # type: ignore[method-assign] # as above

    async def use() -> None:
        async with revocations as entered:
            assert entered is revocations
            assert server.calls == ["start 1"]
            await revocations.revoke_token("jti")

    run(use) if run is trio.run else run(use())
    assert server.calls == ["start 1", "add", "stop 1", "close"]
    assert threading.get_ident() not in threads
    assert len(threads) == 2


def test_child_of_a_fork_has_neither_the_thread_nor_the_connection_nor_the_trust(server: Server) -> None:
    revocations = create(policy="closed")
    revocations.start()
    asyncio.run(revocations.revoke_token("jti"))
    revocations.local.trust_for(60)
    assert revocations.is_synchronised
    with revocations._lock:  # as a thread of the parent may hold it
        redis_revocations._forget_in_child()
    assert not revocations.is_synchronised
    assert revocations.is_revoked(jti="jti")
    revocations.stop()
    revocations.start()
    asyncio.run(revocations.revoke_token("jti"))
    assert server.calls == ["start 1", "add", "start 2", "add"]
    assert len(server.clients) == 2


# --- The list ---


def test_list_that_is_not_synchronised_is_closed_by_default() -> None:
    revocations = RedisRevocations(URL)
    with pytest.raises(StoreUnavailableError):
        revocations.is_revoked(jti="jti")
    assert not revocations.is_synchronised
    revocations.local.trust_for(60)
    assert revocations.is_synchronised
    assert not revocations.is_revoked(jti="jti")
    assert revocations.local.max_token_lifetime_seconds == 86_400


def test_empty_list_is_true_and_describes_itself_without_its_url() -> None:
    revocations = RedisRevocations("redis://:hunter2@localhost", key="other")
    assert bool(revocations) is True
    assert len(revocations) == 0
    assert repr(revocations) == "<RedisRevocations key='other', not synchronised>"
    revocations.local.trust_for(60)
    assert repr(revocations) == "<RedisRevocations key='other'>"


@pytest.mark.parametrize("seconds", [0.1, 1, 3_600])
def test_first_and_last_staleness_are_accepted(seconds: float) -> None:
    assert isinstance(create(max_staleness_seconds=seconds).local, RevocationList)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"key": ""}, "key must be a str that is not empty"),
        ({"key": b"other"}, "key must be a str that is not empty"),
        ({"key": None}, "key must be a str that is not empty"),
        ({"policy": "Closed"}, 'policy must be "closed" or "open"'),
        ({"max_staleness_seconds": 0.099}, "max_staleness_seconds must be a number of seconds, from 0.1 to 3600"),
        ({"max_staleness_seconds": 3_600.5}, "max_staleness_seconds must be a number of seconds, from 0.1 to 3600"),
        ({"max_staleness_seconds": float("nan")}, "max_staleness_seconds must be a number of seconds"),
        ({"max_token_lifetime_seconds": 0}, "max_token_lifetime_seconds must be"),
    ],
)
def test_wrong_argument_is_named(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}"):
        create(**options)


def test_object_that_is_no_redis_raises_type_error() -> None:
    with pytest.raises(TypeError, match="redis must be a URL"):
        RedisRevocations(5)  # type: ignore[arg-type] # the mistake under test
