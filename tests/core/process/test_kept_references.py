"""Nothing keeps what a failed call had: no reference cycle, and no reference that waits for the next call."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import trio

from fastjose import JOSEError, RemoteKeySet, Verifier, jwe, jws, jwt
from fastjose._core import RemoteApiKeys, RemoteIntrospection, RemoteSessions
from fastjose.api_keys import DatabaseApiKeys, SecondaryStorageApiKeys
from fastjose.sessions import DatabaseSessions, SecondaryStorageSessions, SessionToken
from support.memory.garbage import find_frames_left
from support.servers.ports import hold_closed_port
from support.tokens.bearer_tokens import KEY_SET, make_api_token, sign_claims

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

SECRET = "a-secret-of-the-tests-" * 2
TOKEN = SessionToken("Jx8kPq2mVz7tLr4wNc9yBd3sFg6hKt5v", raw="Jx8kPq2mVz7tLr4wNc9yBd3sFg6hKt5v")


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    """Return a port at which no server listens."""
    with hold_closed_port() as port:
        yield port


def token_of_unknown_key() -> str:
    return sign_claims({"sub": "ada", "exp": 9_999_999_999}, kid="unknown")


CALLS: dict[str, Callable[[str], Any]] = {
    "verify": lambda _: Verifier(KEY_SET).verify(make_api_token(exp=1)),
    "verify, a server that does not answer": lambda url: remote_verifier(url).verify(token_of_unknown_key()),
    "jwt.decode": lambda _: jwt.decode(make_api_token(exp=1), KEY_SET, algorithms="EdDSA"),
    "jwt.decode, a claim is missing": lambda _: jwt.decode(
        jwt.encode({}, SECRET), SECRET, algorithms="HS256", options={"require_exp": True}
    ),
    "jws.verify": lambda _: jws.verify(make_api_token(), SECRET, algorithms="HS256"),
    "jwe.decrypt": lambda _: jwe.decrypt("a.b.c.d.e", b"k" * 32),
    "fetch": lambda url: RemoteKeySet(url).fetch(),
}
AWAITED: dict[str, Callable[[str], Awaitable[object]]] = {
    "verify_async": lambda _: Verifier(KEY_SET).verify_async(make_api_token(exp=1)),
    "verify_async, a server that does not answer": lambda url: remote_verifier(url).verify_async(
        token_of_unknown_key()
    ),
    "fetch_async": lambda url: RemoteKeySet(url).fetch_async(),
    "RemoteSessions": lambda url: RemoteSessions(url)(TOKEN),
    "RemoteSessions, roles": lambda url: RemoteSessions(url).find_organization_roles(TOKEN, "ada", "team"),
    "RemoteApiKeys": lambda url: RemoteApiKeys(url)("a-key-of-a-client"),
    "RemoteIntrospection": lambda url: introspection(url).introspect("an-opaque-token"),
}
OF_STORES: dict[str, Callable[[Path, int], Awaitable[object]]] = {
    "sessions, SQLite": lambda folder, _: DatabaseSessions(f"sqlite:///{folder}/missing.db")(TOKEN),
    "API keys, SQLite": lambda folder, _: DatabaseApiKeys(f"sqlite:///{folder}/missing.db")(TOKEN),
    "sessions, psycopg": lambda _, port: DatabaseSessions(f"postgresql+psycopg://u@127.0.0.1:{port}/a")(TOKEN),
    "sessions, asyncpg": lambda _, port: DatabaseSessions(f"postgresql+asyncpg://u@127.0.0.1:{port}/a")(TOKEN),
    "sessions, Redis": lambda _, port: SecondaryStorageSessions(f"redis://127.0.0.1:{port}/0")(TOKEN),
    "API keys, Redis": lambda _, port: SecondaryStorageApiKeys(f"redis://127.0.0.1:{port}/0")(TOKEN),
}


def remote_verifier(url: str) -> Verifier:
    return Verifier(RemoteKeySet(url, max_wait_seconds=0.001))


def introspection(url: str) -> RemoteIntrospection:
    return RemoteIntrospection(url, client_id="api", client_secret=SECRET, accepted_client_id="web")


async def fail_awaited(call: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(JOSEError):
        await call()


@pytest.mark.parametrize("name", CALLS)
def test_failed_call_leaves_no_cycle(name: str, closed_port: int) -> None:
    def fail() -> None:
        with pytest.raises(JOSEError):
            CALLS[name](f"http://127.0.0.1:{closed_port}/jwks")

    assert find_frames_left(fail) == []


@pytest.mark.parametrize("library", ["asyncio", "trio"])
@pytest.mark.parametrize("name", AWAITED)
def test_failed_coroutine_leaves_no_cycle(name: str, library: str, closed_port: int) -> None:
    def call() -> Awaitable[object]:
        return AWAITED[name](f"http://127.0.0.1:{closed_port}/api/auth")

    def fail() -> None:
        if library == "trio":
            trio.run(fail_awaited, call)
        else:
            asyncio.run(fail_awaited(call))

    assert find_frames_left(fail) == []


@pytest.mark.parametrize("name", OF_STORES)
def test_failed_store_leaves_no_cycle(name: str, closed_port: int, tmp_path: Path) -> None:
    def fail() -> None:
        asyncio.run(fail_awaited(lambda: OF_STORES[name](tmp_path, closed_port)))

    assert find_frames_left(fail) == []


def test_cycle_is_found() -> None:
    """The control: a frame that claims to be of the package, and keeps its own error."""
    namespace: dict[str, Any] = {"__name__": "fastjose.control"}
    exec("def fail():\n    error = LookupError()\n    raise error", namespace)  # noqa: S102 - the frame needs that name

    def fail() -> None:
        with pytest.raises(LookupError):
            namespace["fail"]()

    assert find_frames_left(fail) == ["fastjose.control.fail:3"]


LOOK_UPS = textwrap.dedent("""
    import asyncio, contextlib, os, sys, time, weakref
    from fastjose._core import RemoteIntrospection

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    async def fail(look_up):
        with contextlib.suppress(Exception):
            await look_up("an-opaque-token")

    def leaves_reference(url):
        introspection = RemoteIntrospection(url, client_id="api", client_secret="s", accepted_client_id="web")
        reference = weakref.ref(introspection)
        asyncio.run(fail(introspection.introspect))
        del introspection
        deadline = time.monotonic() + 15
        while reference() is not None and time.monotonic() < deadline:
            time.sleep(0.001)
        return reference() is not None

    assert not any(leaves_reference(sys.argv[1]) for _ in range(40))
""")


@pytest.mark.skipif(sys.platform != "linux", reason="os.sched_setaffinity() is of Linux")
def test_reference_ends_without_another_call(closed_port: int) -> None:
    """PyO3 keeps a reference that a thread drops without the GIL, until a thread calls the module again.

    On one processor, the thread that sets the result of a future often runs before the task of the future ends.
    """
    url = f"http://127.0.0.1:{closed_port}/introspect"
    ended = subprocess.run([sys.executable, "-c", LOOK_UPS, url], capture_output=True, text=True, check=False)  # noqa: S603 - the program above
    assert (ended.returncode, ended.stderr) == (0, "")
