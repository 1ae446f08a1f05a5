"""`RedisRevocations` with a real Redis: the copies of several lists, cut connections, lost data, and nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
import trio

from fastjose import Verifier
from fastjose.exceptions import JWTError, StoreUnavailableError
from fastjose.revocation import RedisRevocations
from fastjose.testing import TokenIssuer
from support.processes.child_process import START_SECONDS
from support.processes.polling import wait_until
from support.servers.redis_server import RedisServer, run_redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ISSUER = TokenIssuer()
KEY = "fastjose:revocations"


@pytest.fixture(scope="module")
def shared_server() -> Iterator[RedisServer]:
    """Run one server for the tests that neither stop nor freeze it."""
    with run_redis_server() as server:
        yield server


@pytest.fixture
def server(shared_server: RedisServer) -> RedisServer:
    """Return the server, empty."""
    with shared_server.connect() as client:
        client.flushall()
    return shared_server


@contextlib.contextmanager
def run(*all_revocations: RedisRevocations) -> Iterator[None]:
    """Start the lists for the block."""
    with contextlib.ExitStack() as stack:
        for revocations in all_revocations:
            revocations.start()
            stack.callback(revocations.stop)
        yield


def create(server: RedisServer, **options: Any) -> RedisRevocations:
    """Return a copy that is not stale because the machine is busy."""
    return RedisRevocations(server.url, **{"max_staleness_seconds": 30, **options})


def count_waiting(client: redis.Redis) -> int:
    """Return how many clients wait for an answer of Redis."""
    return _read_count(client, "blocked_clients")


def count_clients(client: redis.Redis) -> int:
    """Return how many connections Redis has."""
    return _read_count(client, "connected_clients")


def _read_count(client: redis.Redis, name: str) -> int:
    information: Any = client.info("clients")
    return int(information[name])


def is_refused(revocations: RedisRevocations, **identifier: Any) -> bool:
    """Return whether the identifier is revoked, once the copy is synchronised."""
    with contextlib.suppress(StoreUnavailableError):
        return revocations.is_revoked(**identifier)
    return False


def test_revocation_is_in_effect_before_it_is_awaited(server: RedisServer) -> None:
    revocations = create(server, policy="open")
    coroutines = [revocations.revoke_token("t"), revocations.revoke_session("s"), revocations.revoke_user("u")]
    assert revocations.is_revoked(jti="t")
    assert revocations.is_revoked(sid="s")
    assert revocations.is_revoked(sub="u")
    for coroutine in coroutines:
        coroutine.close()


def test_revocation_reaches_the_other_copies(server: RedisServer) -> None:
    first, second = create(server), create(server)
    with run(first, second):
        asyncio.run(first.revoke_session("session-1"))
        assert first.is_revoked(sid="session-1")
        asyncio.run(second.revoke_token("token-1"))
        asyncio.run(second.revoke_user("user-1", at=1_000))
        wait_until(lambda: (len(first), len(second)) == (3, 3))
        for revocations in (first, second):
            assert revocations.is_revoked(sid="session-1")
            assert revocations.is_revoked(jti="token-1")
            assert revocations.is_revoked(sub="user-1", iat=1_000)
            assert not revocations.is_revoked(sub="user-1", iat=1_001)
            assert not revocations.is_revoked(sid="token-1", jti="session-1")


def test_stop_closes_every_connection_and_a_later_revocation_opens_one() -> None:
    with run_redis_server() as server, server.connect() as client:
        revocations, other = create(server), create(server)
        with run(revocations):
            asyncio.run(revocations.revoke_session("session-1"))
            assert count_clients(client) == 3
        wait_until(lambda: count_clients(client) == 1)
        asyncio.run(revocations.revoke_session("session-2"))
        assert count_clients(client) == 2
        revocations.stop()
        wait_until(lambda: count_clients(client) == 1)
        with run(other):
            assert other.is_revoked(sid="session-2")


def test_copy_has_what_was_revoked_before_it_started(server: RedisServer) -> None:
    first, second, third = create(server), create(server), create(server)
    with run(first):
        for number in range(2_500):  # several pages
            first._write(_entry(f"session-{number}"))
    with run(second):
        assert len(second) == 2_500
        assert second.is_revoked(sid="session-2499")
    asyncio.run(third.revoke_session("session-2500"))  # without a copy of its own
    with run(second):
        assert second.is_revoked(sid="session-2500")


def read_identifiers(client: redis.Redis) -> list[str]:
    rows: Any = client.xrange(KEY)
    return [fields["id"] for _, fields in rows]


def _entry(sid: str, until: float | None = None) -> Any:
    from fastjose._revocation.entry import Entry  # noqa: PLC0415 - for this alone

    return Entry("session", sid, time.time() + 1_000 if until is None else until)


def test_verifier_asks_the_copy(server: RedisServer) -> None:
    revocations, other = create(server), create(server)
    verifier = Verifier(
        ISSUER.jwk_set, issuer=ISSUER.url, audience=ISSUER.audience, cache_size=10, revocations=revocations
    )
    token = ISSUER.mint_token("user-1", sid="session-1")
    with pytest.raises(StoreUnavailableError):
        verifier.verify(token)
    with run(revocations):
        assert verifier.verify(token)
        asyncio.run(other.revoke_session("session-1"))
        wait_until(lambda: revocations.is_revoked(sid="session-1"))
        with pytest.raises(JWTError, match="Token has been revoked"):
            verifier.verify(token)
    with pytest.raises(JWTError, match="Token has been revoked"):
        verifier.verify(token)
    with pytest.raises(StoreUnavailableError):
        verifier.verify(ISSUER.mint_token("user-1", sid="session-2"))


def test_cut_connection_closes_the_copy_until_it_is_rebuilt(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    revocations = create(server, max_staleness_seconds=60)  # so that only the cut can be the reason
    was_distrusted = threading.Event()
    with run(revocations), server.connect() as client:
        revocations._synchronizer._local = _Watched(revocations.local, was_distrusted)  # type: ignore[union-attr]
        wait_until(lambda: count_waiting(client) == 1)  # a connection that is cut while it is idle is opened again
        client.client_kill_filter(_type="normal", skipme=True)
        assert was_distrusted.wait(START_SECONDS)
        client.xadd(KEY, {"kind": "session", "id": "made-meanwhile", "until": str(time.time() + 60)})
        wait_until(lambda: revocations.is_synchronised)
        assert revocations.is_revoked(sid="made-meanwhile")
    messages = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in messages] == [logging.ERROR, logging.WARNING]
    assert messages[0][1].startswith("the list of revocations is not synchronised with Redis: ConnectionError")
    assert messages[1][1] == "the list of revocations is synchronised with Redis again"


class _Watched:
    """A list that tells when it is distrusted."""

    def __init__(self, local: Any, was_distrusted: threading.Event) -> None:
        self._local, self._was_distrusted = local, was_distrusted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._local, name)

    def distrust(self) -> None:
        self._local.distrust()
        self._was_distrusted.set()


@pytest.mark.parametrize("policy", ["closed", "open"])
def test_stopped_server_closes_the_copy_until_it_is_back(policy: str) -> None:
    with run_redis_server("--appendonly", "yes", "--appendfsync", "always") as server:
        first, second = create(server, policy=policy), create(server, policy=policy)
        with run(first):
            asyncio.run(first.revoke_session("before"))
            server.stop()
            wait_until(lambda: not first.is_synchronised)
            assert first.is_revoked(sid="before")
            if policy == "open":
                assert not first.is_revoked(sid="other")
            else:
                with pytest.raises(StoreUnavailableError):
                    first.is_revoked(sid="other")
            with pytest.raises(StoreUnavailableError, match="Redis did not confirm") as raised:
                asyncio.run(first.revoke_session("during"))
            assert raised.value.__context__ is None
            assert first.is_revoked(sid="during")
            server.start()
            asyncio.run(second.revoke_session("while-first-was-away"))
            wait_until(lambda: first.is_synchronised and first.is_revoked(sid="while-first-was-away"))
            identifiers = ("before", "during", "while-first-was-away", "other")
            assert [sid for sid in identifiers if not first.is_revoked(sid=sid)] == ["other"]


@pytest.mark.parametrize("policy", ["closed", "open"])
def test_frozen_server_closes_the_copy_though_the_connection_stays_open(policy: str) -> None:
    with run_redis_server() as server:
        revocations = create(server, policy=policy, max_staleness_seconds=3)
        with run(revocations):
            assert not revocations.is_revoked(sid="other")
            server.freeze()
            wait_until(lambda: not revocations.is_synchronised)
            if policy == "open":
                assert not revocations.is_revoked(sid="other")
            else:
                with pytest.raises(StoreUnavailableError):
                    revocations.is_revoked(sid="other")
            server.thaw()
            wait_until(lambda: revocations.is_synchronised)
            assert not revocations.is_revoked(sid="other")


def test_start_does_not_fail_without_a_server(caplog: pytest.LogCaptureFixture) -> None:
    with run_redis_server() as server:
        server.stop()
        revocations = create(server, max_staleness_seconds=3)
        with run(revocations):
            assert not revocations.is_synchronised
            server.start()
            wait_until(lambda: revocations.is_synchronised)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


def test_deleted_revocations_stay_in_the_copy(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    revocations = create(server, max_staleness_seconds=3)
    with run(revocations), server.connect() as client:
        asyncio.run(revocations.revoke_session("session-1"))
        wait_until(lambda: client.xlen(KEY) == 1)
        wait_until(lambda: count_waiting(client) == 1)  # the position of the entry is known
        client.flushall()
        wait_until(lambda: any("were deleted" in record.getMessage() for record in caplog.records))
        assert revocations.is_revoked(sid="session-1")
        # A server with an earlier clock gives positions that lie before those that were read.
        client.xadd(KEY, {"kind": "session", "id": "session-2", "until": str(time.time() + 60)}, id="5-1")
        wait_until(lambda: is_refused(revocations, sid="session-2"))
        assert revocations.is_synchronised


NONSENSE: dict[str, Callable[[redis.Redis], object]] = {
    "text": lambda client: client.set(KEY, "nonsense"),
    "hash": lambda client: client.hset(KEY, "kind", "session"),
    "list": lambda client: client.rpush(KEY, "session"),
    "no fields that we know": lambda client: client.xadd(KEY, {"sid": "session-1"}),
    "unknown kind": lambda client: client.xadd(KEY, {"kind": "device", "id": "x", "until": "1"}),
    "empty id": lambda client: client.xadd(KEY, {"kind": "session", "id": "", "until": "1"}),
    "time in milliseconds": lambda client: client.xadd(KEY, {"kind": "session", "id": "x", "until": "1790000000000"}),
    "time that is not a number": lambda client: client.xadd(KEY, {"kind": "session", "id": "x", "until": "tomorrow"}),
    "user without a time": lambda client: client.xadd(KEY, {"kind": "user", "id": "x", "until": "1790000000"}),
}


@pytest.mark.parametrize("write", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_redis_closes_the_copy(
    server: RedisServer, write: Callable[[redis.Redis], object], caplog: pytest.LogCaptureFixture
) -> None:
    revocations = create(server, max_staleness_seconds=3)
    with run(revocations), server.connect() as client:
        assert revocations.is_synchronised
        client.delete(KEY)
        write(client)
        wait_until(lambda: not revocations.is_synchronised)
        wait_until(lambda: bool(caplog.records))
        with pytest.raises(StoreUnavailableError):
            revocations.is_revoked(sid="other")
        client.delete(KEY)
        wait_until(lambda: revocations.is_synchronised)
    assert "tomorrow" not in caplog.text


def test_revocation_that_has_expired_closes_no_copy(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    first, second = create(server), create(server)
    with run(first, second), server.connect() as client:
        for number, until in enumerate((time.time() - 1_000, 0, time.time() + 60)):
            wait_until(lambda: count_waiting(client) == 2)
            asyncio.run(first.revoke_session(f"session-{number}", until=until))
        wait_until(lambda: is_refused(second, sid="session-2"))
        assert (first.is_synchronised, second.is_synchronised) == (True, True)
    assert caplog.records == []


@pytest.mark.parametrize("nonsense", ["no fields that we know", "time in milliseconds"])  # which do not expire
def test_nonsense_hides_no_other_revocation(
    server: RedisServer, nonsense: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, late = (create(server, policy="open", max_staleness_seconds=1) for _ in range(3))
    with run(first, second), server.connect() as client:
        client.delete(KEY)
        asyncio.run(first.revoke_session("before"))
        NONSENSE[nonsense](client)
        wait_until(lambda: not second.is_synchronised)
        asyncio.run(first.revoke_session("after"))
        with run(late):
            for revocations in (second, late):
                wait_until(lambda: is_refused(revocations, sid="before") and is_refused(revocations, sid="after"))  # noqa: B023 - called at once
                assert not revocations.is_synchronised
    assert "must be deleted" in caplog.text


def test_entry_with_further_fields_is_read(server: RedisServer) -> None:
    revocations = create(server)
    with run(revocations), server.connect() as client:
        until = str(int(time.time()) + 60)
        client.xadd(KEY, {"kind": "session", "id": "session-1", "until": until, "by": "admin"})
        wait_until(lambda: is_refused(revocations, sid="session-1"))


def test_expired_entries_leave_redis(server: RedisServer) -> None:
    revocations, now = create(server), time.time()
    with run(revocations), server.connect() as client:
        for number in range(100):
            revocations._write(_entry(f"old-{number}", now - 301))
            revocations._write(_entry(f"new-{number}", now - 290))
        for _ in range(30):  # each checks several, and after the last the first again
            revocations._write(_entry("another", now + 60))
        identifiers = set(read_identifiers(client))
    assert identifiers == {*(f"new-{number}" for number in range(100)), "another"}


def test_thread_removes_expired_entries_without_writes(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastjose._revocation.synchronizer.REMOVAL_INTERVAL_SECONDS", 0)
    with server.connect() as client:
        client.xadd(KEY, {"kind": "session", "id": "old", "until": str(time.time() - 400)})
        client.xadd(KEY, {"kind": "session", "id": "new", "until": str(time.time())})
        with run(create(server, max_staleness_seconds=0.5)):
            wait_until(lambda: client.xlen(KEY) == 1)
        assert read_identifiers(client) == ["new"]


def test_server_that_may_evict_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    settings = ("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
    with run_redis_server(*settings) as server, run(create(server)):
        pass
    assert [record.getMessage() for record in caplog.records] == [
        "Redis may delete the revocations: its maxmemory-policy must not be one of allkeys-*"
    ]


def test_context_manager_starts_and_stops_in_asyncio_and_trio(server: RedisServer) -> None:
    async def use() -> bool:
        async with create(server) as revocations:
            await revocations.revoke_session("session-1")
            assert revocations.is_synchronised
            assert revocations.is_revoked(sid="session-1")
        return revocations.is_synchronised

    before = threading.active_count()
    assert not asyncio.run(use())
    assert not trio.run(use)
    assert [thread for thread in threading.enumerate() if thread.name == "fastjose.revocation"] == []
    assert threading.active_count() <= before + 2  # threads that asyncio or trio keep


def test_client_of_redis_py_is_copied(server: RedisServer) -> None:
    with server.connect() as client:  # decodes, and has a timeout of its own
        revocations = RedisRevocations(client, max_staleness_seconds=30)
        with run(revocations):
            asyncio.run(revocations.revoke_session("session-1"))
            assert revocations.is_revoked(sid="session-1")
            assert revocations.is_synchronised
        assert client.ping()


def test_password_is_in_no_message(caplog: pytest.LogCaptureFixture) -> None:
    with run_redis_server(password="hunter2") as server:
        revocations = create(server)
        with run(revocations):
            assert revocations.is_synchronised
        wrong = RedisRevocations(server.url.replace("hunter2", "swordfish"), max_staleness_seconds=0.2)
        with run(wrong):
            assert not wrong.is_synchronised
            with pytest.raises(StoreUnavailableError) as raised:
                asyncio.run(wrong.revoke_session("session-secret"))
    texts = [caplog.text, str(raised.value), repr(wrong), repr(revocations)]
    for secret in ("hunter2", "swordfish", "session-secret"):
        assert not any(secret in text for text in texts)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_child_of_a_fork_starts_its_own_thread(server: RedisServer) -> None:
    revocations = create(server, max_staleness_seconds=60)
    with run(revocations):
        asyncio.run(revocations.revoke_session("before"))
        child = os.fork()
        if child == 0:
            os._exit(_check_in_child(revocations))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        wait_until(lambda: is_refused(revocations, sid="in-the-child"))
        assert revocations.is_synchronised


def _check_in_child(revocations: RedisRevocations) -> int:
    try:
        assert not revocations.is_synchronised  # its parent's thread is not here
        assert revocations.is_revoked(sid="before")
        revocations.start()
        assert revocations.is_synchronised
        asyncio.run(revocations.revoke_session("in-the-child"))
        revocations.stop()
    except BaseException:  # noqa: BLE001 - the exit code tells
        return 1
    return 0


def test_process_ends_while_the_thread_runs(server: RedisServer) -> None:
    code = (
        "import sys; from fastjose.revocation import RedisRevocations\n"
        "revocations = RedisRevocations(sys.argv[1], max_staleness_seconds=60)\n"
        "revocations.start(); print(revocations.is_synchronised)"
    )
    ended = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code, server.url], capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


@pytest.mark.parametrize("target", ["http://localhost", "localhost:6379", "redis://user:pass@host:port/0"])
def test_invalid_url_is_not_repeated(target: str) -> None:
    with pytest.raises(ValueError, match="the URL of Redis must begin with") as raised:
        RedisRevocations(target)
    assert "pass" not in str(raised.value)
    assert raised.value.__context__ is None


def test_invalid_arguments_are_named(server: RedisServer) -> None:
    for client in (redis.asyncio.Redis(), 5, None, b"redis://localhost"):
        with pytest.raises(TypeError, match="redis must be a URL"):
            RedisRevocations(client)  # type: ignore[arg-type]
    invalid: list[tuple[dict[str, Any], str]] = [
        ({"key": ""}, "key must be a str"),
        ({"policy": "ajar"}, "policy must be"),
        ({"policy": None}, "policy must be"),
        ({"max_staleness_seconds": 0}, "max_staleness_seconds must be"),
        ({"max_token_lifetime_seconds": 0}, "max_token_lifetime_seconds must be"),
    ]
    for options, text in invalid:
        with pytest.raises(ValueError, match=text):
            RedisRevocations(server.url, **options)
    revocations = create(server)
    with pytest.raises(ValueError, match="must be"):
        revocations.revoke_session("")  # type: ignore[unused-coroutine]
    with pytest.raises(ValueError, match="must be"):
        revocations.revoke_user("u", until=1e12)  # type: ignore[unused-coroutine]


def test_missing_redis_py_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "fastjose\[redis\]"'):
        RedisRevocations("redis://localhost")
