"""`SecondaryStorageSessions` on a real Redis: entries, times of revocation, and every way in which Redis can fail."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio

import fastjose
from fastjose._secondary_storage.clients import OwnClients
from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import SecondaryStorageSessions, SessionToken
from support.processes.child_process import STOP_SECONDS
from support.servers.ports import find_free_port
from support.servers.redis_server import RedisServer, run_redis_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PACKAGE = str(Path(fastjose.__file__).parent)
PREFIX = "better-auth:"
TOKEN = "a" * 32
SESSION = {
    "id": "s1",
    "userId": "u1",
    "token": TOKEN,
    "expiresAt": "2099-01-08T00:00:00.000Z",
    "createdAt": "2026-01-01T00:00:00.500Z",
}
CREATED_MILLISECONDS = 1_767_225_600_500
USER = {"id": "u1", "email": "ada@example.com", "name": "Ada"}
ENTRY = {"session": SESSION, "user": USER}
REVOKED_BEFORE = f"{PREFIX}revoked-sessions-before-u1"


@pytest.fixture(scope="module")
def running_server() -> Iterator[RedisServer]:
    with run_redis_server() as server:
        yield server


@pytest.fixture
def server(running_server: RedisServer) -> RedisServer:
    with running_server.connect() as client:
        client.flushall()
    return running_server


def write(server: RedisServer, **values: str | bytes) -> None:
    with server.connect() as client:
        for name, value in values.items():
            client.set(name, value)


def write_entry(server: RedisServer, entry: object = ENTRY, prefix: str = PREFIX) -> None:
    write(server, **{prefix + TOKEN: json.dumps(entry)})


@asynccontextmanager
async def open_sessions(server: RedisServer, **options: Any) -> AsyncIterator[SecondaryStorageSessions]:
    sessions = SecondaryStorageSessions(server.url, **options)
    try:
        yield sessions
    finally:
        await sessions.close()


async def look_up_in_time(sessions: SecondaryStorageSessions) -> dict[str, Any] | None:
    """Look up `TOKEN` under a short time limit: again if the machine is too busy for it."""
    for _ in range(100):
        with suppress(StoreUnavailableError):
            return await sessions(TOKEN)
    return await sessions(TOKEN)


def look_up(server: RedisServer, token: str = SessionToken(TOKEN, raw=TOKEN), **options: Any) -> dict[str, Any] | None:
    async def run() -> dict[str, Any] | None:
        async with open_sessions(server, **options) as sessions:
            return await sessions(token)

    return asyncio.run(run())


def assert_unavailable(server: RedisServer, *secrets: str, **options: Any) -> StoreUnavailableError:
    """Look up `TOKEN` and return the error, which must not lead to any of `secrets` or the token."""
    with pytest.raises(StoreUnavailableError) as caught:
        look_up(server, **options)
    error = caught.value
    assert (error.code, error.retry_after_seconds) == ("store_unavailable", 1.0)
    assert (error.__cause__, error.__context__) == (None, None)
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    variables = [frame.locals for frame in report.stack if PACKAGE in frame.filename]
    assert variables
    printed = f"{error!r} {error} {variables}"
    assert not [secret for secret in (TOKEN, *secrets) if secret in printed]
    return error


# --- Entries ---


@pytest.mark.parametrize("prefix", ["better-auth:", "", "app:auth:"])
def test_look_up_of_stored_session_returns_it(server: RedisServer, prefix: str) -> None:
    write_entry(server, prefix=prefix)
    assert look_up(server, SessionToken(TOKEN, raw=TOKEN), prefix=prefix) == ENTRY


def test_look_up_with_default_prefix_does_not_find_session_without_prefix(server: RedisServer) -> None:
    write_entry(server, prefix="")
    assert look_up(server) is None


def test_look_up_of_unknown_token_returns_none(server: RedisServer) -> None:
    write_entry(server)
    assert look_up(server, "b" * 32) is None


def test_look_up_of_double_encoded_entry_returns_session(server: RedisServer) -> None:
    write_entry(server, json.dumps(ENTRY))
    assert look_up(server) == ENTRY


def test_look_up_of_integer_ids_returns_strings(server: RedisServer) -> None:
    write_entry(server, {"session": {**SESSION, "userId": 1}, "user": {**USER, "id": 1}})
    found = look_up(server)
    assert found is not None
    assert (found["session"]["userId"], found["user"]["id"]) == ("1", "1")


def test_look_up_of_session_whose_user_is_null_returns_none(server: RedisServer) -> None:
    write_entry(server, {"session": SESSION, "user": None})
    assert look_up(server) is None


UNREADABLE_ENTRIES: dict[str, str | bytes] = {
    "empty": "",
    "no JSON": "nonsense",
    "truncated": json.dumps(ENTRY)[:-1],
    "array": json.dumps([{"token": TOKEN, "expiresAt": 4_070_908_800_000}]),
    "number": "1",
    "null": "null",
    "NaN": json.dumps({"session": {**SESSION, "x": float("nan")}, "user": USER}),
    "thrice encoded": json.dumps(json.dumps(json.dumps(ENTRY))),
    "too deep": '{"session":' * 50_000,
    "too long": json.dumps({**ENTRY, "x": "x" * (1 << 20)}),
    "huge number": '{"session":' + "1" * 5000 + "}",
    "not UTF-8": b"\xff\xfe" + json.dumps(ENTRY).encode(),
    "half a surrogate pair": json.dumps({"session": SESSION, "user": {**USER, "name": "\ud800"}}),
    "no session": json.dumps({"user": USER}),
    "session is text": json.dumps({"session": json.dumps(SESSION), "user": USER}),
    "no user": json.dumps({"session": SESSION}),
    "user is text": json.dumps({"session": SESSION, "user": "u1"}),
    "user without id": json.dumps({"session": SESSION, "user": {"email": "ada@example.com"}}),
    "no user id": json.dumps({"session": {**SESSION, "userId": None}, "user": USER}),
    "empty user id": json.dumps({"session": {**SESSION, "userId": ""}, "user": USER}),
    "no expiry": json.dumps({"session": {**SESSION, "expiresAt": None}, "user": USER}),
    "another token": json.dumps({"session": {**SESSION, "token": "b" * 32}, "user": USER}),
    "no token": json.dumps({"session": {**SESSION, "token": None}, "user": USER}),
}


@pytest.mark.parametrize("value", UNREADABLE_ENTRIES.values(), ids=UNREADABLE_ENTRIES)
def test_look_up_of_unreadable_entry_is_unavailable(server: RedisServer, value: str | bytes) -> None:
    write(server, **{PREFIX + TOKEN: value})
    text = str(assert_unavailable(server, "ada@example.com"))
    assert "the entry of the session" in text
    assert "prefix" in text


def test_look_up_of_entry_of_another_type_is_unavailable(server: RedisServer) -> None:
    with server.connect() as client:
        client.hset(PREFIX + TOKEN, mapping={"session": "1"})
    assert_unavailable(server)


@pytest.mark.parametrize("decode_responses", [True, False])
def test_look_up_of_invalid_text_by_given_client_is_unavailable(server: RedisServer, *, decode_responses: bool) -> None:
    write(server, **{PREFIX + TOKEN: b"\xff"})

    async def run() -> None:
        async with redis.asyncio.Redis.from_url(server.url, decode_responses=decode_responses) as client:
            sessions = SecondaryStorageSessions(client)
            with pytest.raises(StoreUnavailableError) as caught:
                await sessions(TOKEN)
            assert caught.value.__context__ is None
            write_entry(server)
            assert await sessions(TOKEN) == ENTRY

    asyncio.run(run())


# --- Tokens that name other keys ---


@pytest.mark.parametrize(
    "token",
    [
        "",
        "active-sessions-u1",
        "revoked-sessions-before-u1",
        "api-key:by-id:1",
        "verification:x",
        "127.0.0.1|/sign-in",
        "*",
        "a" * 129,
        "é" * 32,
        "٣" * 32,
        f"{TOKEN}\n",
        f"{TOKEN}\0",
        f"{TOKEN}.signature",
        f"{TOKEN} ",
        f"../{TOKEN}",
        "\ud800",
    ],
)
def test_look_up_of_other_key_asks_nothing_and_returns_none(server: RedisServer, token: str) -> None:
    if token.isprintable():  # an entry that would be accepted, if Redis were asked
        write(server, **{PREFIX + token: json.dumps({"session": {**SESSION, "token": token}, "user": USER})})
    assert look_up(server, token) is None


@pytest.mark.parametrize("value", ["[]", "not JSON", json.dumps(ENTRY)])
@pytest.mark.parametrize("name", ["celery-task-meta-1", "b" * 31, "b" * 33])
def test_look_up_of_key_of_another_application_returns_none(server: RedisServer, name: str, value: str) -> None:
    write(server, **{name: value})
    assert look_up(server, name, prefix="") is None


def test_look_up_of_list_of_another_application_returns_none(server: RedisServer) -> None:
    with server.connect() as client:
        client.rpush("celery", "job")
    assert look_up(server, "celery", prefix="") is None


# --- Revocation of all sessions of a user ---


@pytest.mark.parametrize(("milliseconds", "is_alive"), [(-1, True), (0, True), (1, False), (1000, False)])
def test_session_created_before_revocation_is_dead(server: RedisServer, milliseconds: int, *, is_alive: bool) -> None:
    write_entry(server)
    write(server, **{REVOKED_BEFORE: str(CREATED_MILLISECONDS + milliseconds)})
    assert look_up(server) == (ENTRY if is_alive else None)


@pytest.mark.parametrize(
    ("created", "milliseconds"),
    [
        ("2026-01-01T00:00:00.501Z", CREATED_MILLISECONDS + 1),
        ("2026-01-01T00:00:00.509Z", CREATED_MILLISECONDS + 9),
        ("2026-01-01T00:00:00.501+00:00", CREATED_MILLISECONDS + 1),
        ("2026-01-01T02:00:00.501+02:00", CREATED_MILLISECONDS + 1),
    ],
)
def test_creation_is_read_to_the_millisecond_in_its_time_zone(
    server: RedisServer, created: str, milliseconds: int
) -> None:
    write_entry(server, entry := {"session": {**SESSION, "createdAt": created}, "user": USER})
    write(server, **{REVOKED_BEFORE: str(milliseconds)})
    assert look_up(server) == entry
    write(server, **{REVOKED_BEFORE: str(milliseconds + 1)})
    assert look_up(server) is None


def test_revocation_of_another_user_has_no_effect(server: RedisServer) -> None:
    write_entry(server)
    write(server, **{f"{PREFIX}revoked-sessions-before-u2": str(CREATED_MILLISECONDS + 1)})
    assert look_up(server) == ENTRY


def test_double_encoded_time_of_revocation_is_read(server: RedisServer) -> None:
    write_entry(server)
    write(server, **{REVOKED_BEFORE: f'"{CREATED_MILLISECONDS + 1}"'})
    assert look_up(server) is None


@pytest.mark.parametrize("value", ["", "nonsense", "NaN", "-1", "1e99", "٣", "{}", "1" * 17, b"\xff"])
def test_unreadable_time_of_revocation_is_unavailable(server: RedisServer, value: str | bytes) -> None:
    write_entry(server)
    write(server, **{REVOKED_BEFORE: value})
    assert "the time of revocation" in str(assert_unavailable(server))


@pytest.mark.parametrize("created", [None, "", "yesterday", 1_767_225_600_500, "2026-01-01T00:00:00", "9999-99-99Z"])
def test_unreadable_creation_is_unavailable_if_sessions_were_revoked(server: RedisServer, created: object) -> None:
    write_entry(server, {"session": {**SESSION, "createdAt": created}, "user": USER})
    write(server, **{REVOKED_BEFORE: "1"})
    assert_unavailable(server)


# --- Redis fails ---


def test_look_up_while_redis_is_stopped_is_unavailable_and_works_after_restart(server: RedisServer) -> None:
    async def run() -> None:
        async with open_sessions(server) as sessions:
            write_entry(server)
            await asyncio.gather(*(sessions(TOKEN) for _ in range(5)))  # opens several connections
            server.stop()
            with pytest.raises(StoreUnavailableError):
                await sessions(TOKEN)
            server.start()
            write_entry(server)
            found = await asyncio.gather(*(sessions(TOKEN) for _ in range(10)))
            assert found == [ENTRY] * 10

    asyncio.run(run())


def test_look_up_after_restart_uses_new_connection_without_failure(server: RedisServer) -> None:
    async def run() -> None:
        async with open_sessions(server) as sessions:
            write_entry(server)
            await asyncio.gather(*(sessions(TOKEN) for _ in range(5)))
            server.restart()
            write_entry(server)
            assert await asyncio.gather(*(sessions(TOKEN) for _ in range(5))) == [ENTRY] * 5

    asyncio.run(run())


def test_look_up_while_redis_is_frozen_is_unavailable_and_works_afterwards(server: RedisServer) -> None:
    async def run() -> None:
        async with open_sessions(server, timeout_seconds=0.2) as sessions:
            write_entry(server)
            assert await look_up_in_time(sessions) == ENTRY
            server.freeze()
            try:
                results = await asyncio.gather(*(sessions(TOKEN) for _ in range(20)), return_exceptions=True)
            finally:
                server.thaw()
            assert {type(result) for result in results} == {StoreUnavailableError}
        async with open_sessions(server) as sessions:
            assert await sessions(TOKEN) == ENTRY

    asyncio.run(run())


def test_look_up_by_given_client_without_time_limit_is_unavailable_while_redis_is_frozen(server: RedisServer) -> None:
    async def run() -> None:
        async with redis.asyncio.Redis.from_url(server.url, socket_timeout=None) as client:
            sessions = SecondaryStorageSessions(client, timeout_seconds=0.2)
            server.freeze()
            try:
                with pytest.raises(StoreUnavailableError, match="TimeoutError"):
                    await asyncio.wait_for(sessions(TOKEN), STOP_SECONDS)
            finally:
                server.thaw()

    asyncio.run(run())


def test_cancelled_look_up_leaves_client_usable(server: RedisServer) -> None:
    async def run() -> None:
        async with redis.asyncio.Redis.from_url(server.url, single_connection_client=True) as client:
            sessions = SecondaryStorageSessions(client, timeout_seconds=60)
            write_entry(server)
            assert await sessions(TOKEN) == ENTRY
            server.freeze()
            waiting = asyncio.create_task(sessions(TOKEN))
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            server.thaw()
            assert (
                await sessions("b" * 32) is None
            )  # the late answer to the cancelled look-up is not taken for this one
            assert await sessions(TOKEN) == ENTRY

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"$-1\r\n$99999999999999999999\r\n",
        b":abc\r\n" * 20,
        b"*3\r\n" * 50,
        b"-LOADING Redis is loading the dataset in memory\r\n" * 20,
        b"-ERR " + TOKEN.encode() + b"\r\n" * 20,
        b"\x00\xff" * 100,
    ],
)
def test_look_up_on_server_that_answers_nonsense_is_unavailable(answer: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1024)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        server = RedisServer(port=listener.getsockname()[1], folder=Path())
        assert_unavailable(server, timeout_seconds=0.5)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_look_up_with_wrong_password_is_unavailable_and_leaks_no_password() -> None:
    with run_redis_server(password="correct-password") as server:
        write_entry(server)
        assert look_up(server) == ENTRY
        server.password = "wrong-password"
        assert "AuthenticationError" in str(assert_unavailable(server, "wrong-password", "correct-password"))


def test_look_up_as_user_that_may_only_get_works(server: RedisServer) -> None:
    with server.connect() as client:
        client.acl_setuser("reader", enabled=True, passwords=["+secret"], keys=["better-auth:*"], commands=["+get"])
    write_entry(server)

    async def run() -> tuple[Any, BaseException]:
        sessions = SecondaryStorageSessions(server.url.replace("redis://", "redis://reader:secret@"))
        other = SecondaryStorageSessions(server.url.replace("redis://", "redis://reader:secret@"), prefix="x:")
        with pytest.raises(StoreUnavailableError) as caught:
            await other(TOKEN)
        found = await sessions(TOKEN)
        await asyncio.gather(sessions.close(), other.close())
        return found, caught.value

    found, error = asyncio.run(run())
    assert found == ENTRY
    assert "NoPermissionError" in str(error)


def test_more_look_ups_than_connections_wait_for_a_free_one(server: RedisServer) -> None:
    write_entry(server)

    async def run() -> list[Any]:
        async with open_sessions(server, timeout_seconds=60) as sessions:
            return list(await asyncio.gather(*(sessions(TOKEN) for _ in range(300))))

    assert asyncio.run(run()) == [ENTRY] * 300


def test_failed_look_up_logs_nothing_of_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    nowhere = RedisServer(port=find_free_port(), folder=Path(), password="a-password")
    assert_unavailable(nowhere, "a-password")
    assert TOKEN not in caplog.text
    assert "a-password" not in caplog.text


# --- Event loops, threads and processes ---


def test_concurrent_look_ups_return_their_own_sessions(server: RedisServer) -> None:
    entries = {f"{index:032}": {"session": {**SESSION, "token": f"{index:032}"}, "user": USER} for index in range(20)}
    write(server, **{PREFIX + token: json.dumps(entry) for token, entry in entries.items()})

    async def run() -> list[Any]:
        async with open_sessions(server) as sessions:
            return list(await asyncio.gather(*(sessions(token) for token in entries)))

    assert asyncio.run(run()) == list(entries.values())


def test_one_store_serves_two_event_loops_at_the_same_time(server: RedisServer) -> None:
    write_entry(server)
    sessions = SecondaryStorageSessions(server.url)
    both_run = threading.Barrier(2)
    results: list[Any] = []

    async def look_up_twice() -> None:
        results.append(await sessions(TOKEN))
        both_run.wait()
        results.append(await sessions(TOKEN))
        await sessions.close()

    threads = [threading.Thread(target=lambda: asyncio.run(look_up_twice())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [ENTRY] * 4


def test_one_store_serves_event_loops_one_after_the_other(server: RedisServer) -> None:
    write_entry(server)
    sessions = SecondaryStorageSessions(server.url)

    async def run() -> Any:
        found = await sessions(TOKEN)
        await sessions.close()
        await sessions.close()
        return found

    assert [asyncio.run(run()) for _ in range(3)] == [ENTRY] * 3


def test_clients_of_closed_event_loops_are_forgotten() -> None:
    clients = OwnClients("redis://127.0.0.1:1", timeout_seconds=1)

    async def connect() -> None:
        clients.connect()

    for _ in range(3):
        asyncio.run(connect())
    assert len(clients._clients()) == 1


USE_FORK_AND_USE = """
import asyncio, os, sys
from fastjose.sessions import SecondaryStorageSessions

url, token = sys.argv[1:]
sessions = SecondaryStorageSessions(url)
loop = asyncio.new_event_loop()  # its connection stays open across the fork

async def look_up_and_close():
    found = await sessions(token)
    await sessions.close()
    return found

async def connect():
    return sessions._storage._clients.connect()

assert loop.run_until_complete(sessions(token))
of_parent = loop.run_until_complete(connect())
child = os.fork()
if child == 0:
    assert loop.run_until_complete(connect()) is not of_parent
    assert asyncio.run(look_up_and_close())
    os._exit(7)  # without collecting the parent's event loop, which would warn
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert loop.run_until_complete(look_up_and_close())
loop.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
def test_store_used_before_fork_works_in_child_and_parent(server: RedisServer) -> None:
    write_entry(server)
    command = [sys.executable, "-W", "error", "-c", USE_FORK_AND_USE, server.url, TOKEN]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_look_up_in_cluster_reads_entry_and_time_of_revocation() -> None:
    with run_redis_server(cluster=True) as server, server.connect() as client:
        execute: Any = client.execute_command
        execute("CLUSTER ADDSLOTSRANGE", 0, 16_383)
        while execute("CLUSTER INFO")["cluster_state"] != "ok":
            time.sleep(0.05)

        async def run() -> tuple[Any, Any]:
            async with redis.asyncio.RedisCluster.from_url(server.url) as cluster:
                sessions = SecondaryStorageSessions(cluster)
                write_entry(server)
                before = await sessions(TOKEN)
                write(server, **{REVOKED_BEFORE: str(CREATED_MILLISECONDS + 1)})
                return before, await sessions(TOKEN)

        assert asyncio.run(run()) == (ENTRY, None)


def test_closing_the_store_leaves_given_client_open(server: RedisServer) -> None:
    write_entry(server)

    async def run() -> None:
        async with redis.asyncio.Redis.from_url(server.url) as client:
            sessions = SecondaryStorageSessions(client)
            assert await sessions(TOKEN) == ENTRY
            await sessions.close()
            assert len(client.connection_pool._available_connections) == 1
            assert await client.ping()

    asyncio.run(run())


def test_look_up_outside_asyncio_names_the_reason() -> None:
    sessions = SecondaryStorageSessions("redis://127.0.0.1:1")
    with pytest.raises(RuntimeError, match="must be used on asyncio"):
        sessions(TOKEN).send(None)


# --- Arguments ---


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://localhost",
        "redis://user:a-password@localhost:port",
        "redis://localhost?socket_timeout=a-password",
        "redis://localhost?no_such_option=a-password",
    ],
)
def test_invalid_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match="the URL of Redis must be") as caught:
        SecondaryStorageSessions(url)
    assert caught.value.__context__ is None
    assert "a-password" not in str(caught.value)


@pytest.mark.parametrize("client", [None, 1, object(), redis.Redis()], ids=repr)
def test_client_that_is_not_asynchronous_is_refused(client: Any) -> None:
    with pytest.raises(TypeError, match="must be asynchronous"):
        SecondaryStorageSessions(client)


def test_client_whose_get_returns_a_value_is_refused() -> None:
    class Client:
        def get(self, _: str) -> str:
            return json.dumps(ENTRY)

    with pytest.raises(TypeError, match="must return an awaitable"):
        asyncio.run(SecondaryStorageSessions(Client())(TOKEN))


@pytest.mark.parametrize(
    "options",
    [
        {"prefix": None},
        {"prefix": "x" * 257},
        {"timeout_seconds": 0},
        {"timeout_seconds": -1},
        {"timeout_seconds": float("nan")},
        {"timeout_seconds": float("inf")},
        {"timeout_seconds": "2"},
    ],
)
def test_invalid_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        SecondaryStorageSessions("redis://localhost", **options)


def test_repr_shows_no_password() -> None:
    assert repr(SecondaryStorageSessions("redis://:a-password@localhost")) == (
        "SecondaryStorageSessions(prefix='better-auth:')"
    )


def test_missing_redis_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ImportError, match=r"fastjose\[redis\]") as caught:
        SecondaryStorageSessions("redis://localhost")
    assert caught.value.name == "redis"
