"""Stores in Redis, and the faults that its administrator can cause."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fastjose._api_keys.key_hash import hash_api_key
from fastjose.api_keys import SecondaryStorageApiKeys
from fastjose.sessions import SecondaryStorageSessions
from faults.harness.credentials import check_api_key, check_session, owner_of
from faults.harness.stores.cases import StoreCase, create_store
from faults.harness.stores.relay import relay_to
from faults.harness.stores.rows import REVOKED, api_key_entry, known_tokens, session_entry
from support.servers.redis_server import RedisServer, run_redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.harness.stores.cases import Fault

PREFIX = "better-auth:"
LATER_MILLISECONDS = 4_000_000_000_000
PAUSE_MILLISECONDS = 1_000
LARGE = 2_000_000
"""Characters, more than a value may have."""


@dataclass(frozen=True)
class RedisBackend:
    """The Redis of one test."""

    server: RedisServer
    entries: dict[str, str]

    def fill(self, change: Callable[[str], str] = lambda text: text) -> None:
        """Write the entries, each after `change`."""
        with self.server.connect() as client:
            client.mset({name: change(text) for name, text in self.entries.items()})

    def call(self, *command: str) -> None:
        """Execute a command."""
        with self.server.connect() as client:
            client.execute_command(*command)  # type: ignore[no-untyped-call]  # of redis-py

    def open_socket(self) -> socket.socket:
        """Connect to the server."""
        return socket.create_connection(("127.0.0.1", self.server.port))


def session_entries() -> dict[str, str]:
    """Return the sessions, and the times of revocation."""
    tokens = list(known_tokens())
    sessions = {PREFIX + token: json.dumps(session_entry(token, bad)) for token, bad in tokens}
    revoked = [owner_of(token) for token, bad in tokens if bad == REVOKED]
    return {**sessions, **{f"{PREFIX}revoked-sessions-before-{user}": str(LATER_MILLISECONDS) for user in revoked}}


def api_key_entries() -> dict[str, str]:
    """Return the API keys."""
    tokens = known_tokens()
    return {f"{PREFIX}api-key:{hash_api_key(token)}": json.dumps(api_key_entry(token, bad)) for token, bad in tokens}


@contextlib.contextmanager
def open_case(kind: str, host: str = "127.0.0.1") -> Iterator[StoreCase]:
    """Open a store of `STORES` with a Redis of its own, through a relay."""
    entries, create, check = STORES[kind]
    with run_redis_server() as server:
        backend = RedisBackend(server, entries())
        backend.fill()
        with relay_to(backend.open_socket) as relay:
            url = f"redis://{host}:{relay.port}/0"
            # Two commands, each repeated once: four.
            yield StoreCase(create_store(partial(create, url), check, relay, max_requests=4), backend)


STORES: dict[str, tuple[Callable[[], dict[str, str]], Callable[..., Any], Callable[..., Any]]] = {
    "sessions in Redis": (session_entries, SecondaryStorageSessions, check_session),
    "API keys in Redis": (api_key_entries, SecondaryStorageApiKeys, check_api_key),
}


@contextlib.contextmanager
def stop(case: StoreCase) -> Iterator[None]:
    """Stop Redis, which forgets everything, and fill it again."""
    case.backend.server.stop()
    yield
    case.backend.server.start()
    case.backend.fill()


@contextlib.contextmanager
def freeze(case: StoreCase) -> Iterator[None]:
    """Suspend Redis: its connections stay open."""
    case.backend.server.freeze()
    yield
    case.backend.server.thaw()


@contextlib.contextmanager
def end_connections(case: StoreCase) -> Iterator[None]:
    """End the connections at the beginning, and those of the pool at the end."""
    kill = ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    case.backend.call(*kill)
    yield
    case.backend.call(*kill)


@contextlib.contextmanager
def refuse_connections(case: StoreCase) -> Iterator[None]:
    """Permit no further connection than that of the administrator."""
    with case.backend.server.connect() as client:
        client.execute_command("CONFIG", "SET", "maxclients", "1")
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        yield
        client.execute_command("CONFIG", "SET", "maxclients", "1000")


@contextlib.contextmanager
def pause(case: StoreCase) -> Iterator[None]:
    """Let Redis answer no command for longer than a look-up may take."""
    case.backend.call("CLIENT", "PAUSE", str(PAUSE_MILLISECONDS), "ALL")
    yield
    case.backend.call("PING")


@contextlib.contextmanager
def permit_no_command(case: StoreCase) -> Iterator[None]:
    """Forbid to read values."""
    case.backend.call("ACL", "SETUSER", "default", "-get")
    yield
    case.backend.call("ACL", "SETUSER", "default", "+get")


def by_values(change: Callable[[str], str]) -> Fault:
    """Return the fault that all values are wrong."""

    @contextlib.contextmanager
    def fault(case: StoreCase) -> Iterator[None]:
        case.backend.fill(change)
        yield
        case.backend.fill()

    return fault


@contextlib.contextmanager
def store_lists(case: StoreCase) -> Iterator[None]:
    """Replace the texts with lists."""
    with case.backend.server.connect() as client:
        for name in case.backend.entries:
            client.delete(name)
            client.rpush(name, "a", "b")
    yield
    case.backend.fill()


@contextlib.contextmanager
def exchange_entries(case: StoreCase) -> Iterator[None]:
    """Give each key the entry of another one."""
    entries = case.backend.entries
    names = [name for name in entries if "before" not in name]
    others = RedisBackend(
        case.backend.server, dict(zip(names, map(entries.__getitem__, names[1:] + names[:1]), strict=True))
    )
    others.fill()
    yield
    case.backend.fill()


ADMINISTRATOR_FAULTS: dict[str, Fault] = {
    "stops": stop,
    "freezes": freeze,
    "pauses": pause,
    "ends its connections": end_connections,
    "has no free connection": refuse_connections,
    "permits no command": permit_no_command,
    "has lists as values": store_lists,
    "has nonsense as values": by_values(lambda _: "nonsense"),
    "has half of the values": by_values(lambda text: text[: len(text) // 2] if text.startswith("{") else "later"),
    "has large values": by_values(lambda text: " " * LARGE + text),
    "has other entries as values": exchange_entries,
}
"""The faults by name; the subject is Redis."""
