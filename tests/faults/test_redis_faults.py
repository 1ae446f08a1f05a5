"""Faults of the Redis that holds revocations: a revoked token stays revoked, and no good one is refused."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from fastjose import JOSEError, Verifier
from fastjose.revocation import RedisRevocations
from faults.harness.counters import Counters, record
from faults.harness.tokens import AUDIENCE, Issuer
from support.processes.polling import wait_until
from support.servers.redis_server import RedisServer, run_redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""

KEY = "fastjose:revocations"


@contextlib.contextmanager
def stop(server: RedisServer) -> Iterator[None]:
    """Stop Redis, which forgets the revocations."""
    server.stop()
    yield
    server.start()


@contextlib.contextmanager
def freeze(server: RedisServer) -> Iterator[None]:
    """Suspend Redis: its connections stay open."""
    server.freeze()
    yield
    server.thaw()


@contextlib.contextmanager
def cut_connections(server: RedisServer) -> Iterator[None]:
    """Close the connections of every client."""
    with server.connect() as client:
        client.client_kill_filter(_type="normal", skipme=True)
    yield


@contextlib.contextmanager
def send_nonsense(server: RedisServer) -> Iterator[None]:
    """Put an entry into the stream that is not a revocation."""
    with server.connect() as client:
        entry = client.xadd(KEY, {"kind": "nonsense", "id": "x", "until": "never"})
        yield
        client.xdel(KEY, str(entry))


@contextlib.contextmanager
def delete_revocations(server: RedisServer) -> Iterator[None]:
    """Delete the stream."""
    with server.connect() as client:
        client.delete(KEY)
    yield


FAULTS: dict[str, Callable[[RedisServer], AbstractContextManager[None]]] = {
    "stops": stop,
    "freezes": freeze,
    "cuts its connections": cut_connections,
    "sends nonsense": send_nonsense,
    "loses the revocations": delete_revocations,
}


def verify_round(verifier: Verifier, issuer: Issuer, counters: Counters) -> None:
    """Verify good tokens, and bad ones: revoked, forged and expired."""
    key = issuer.keys[0]
    bad = [key.sign(jti="revoked"), issuer.attacker.sign(key.kid, jti="good"), key.sign(jti="good", exp=1)]
    for text, is_good in [(key.sign(jti="good"), True), *((text, False) for text in bad)]:
        error = None
        try:
            verifier.verify(text)
        except JOSEError as raised:
            error = raised
        counters.count(error, is_good=is_good, must_have_verdict=False)


def wait_for_synchronisation(revocations: RedisRevocations, *, ends: bool = False) -> None:
    """Wait until the copy is synchronised, or is not."""
    wait_until(lambda: revocations.is_synchronised is not ends)


@pytest.mark.parametrize("name", FAULTS)
def test_faulty_redis_causes_no_wrong_verdict(name: str) -> None:
    issuer, counters = Issuer(), Counters()
    with run_redis_server() as server:
        # The longest time for a round between faults: a busy machine must not end the trust meanwhile.
        revocations = RedisRevocations(server.url, max_staleness_seconds=2)
        verifier = Verifier(issuer.key_set(), audience=AUDIENCE, revocations=revocations)
        revocations.start()
        try:
            wait_for_synchronisation(revocations)
            asyncio.run(revocations.revoke_token("revoked"))
            with FAULTS[name](server):
                if name == "freezes":
                    wait_for_synchronisation(revocations, ends=True)
                for _ in range(20):
                    verify_round(verifier, issuer, counters)
                    time.sleep(0.01)
            accepted, deadline = counters.accepted, time.monotonic() + WAIT_SECONDS
            while counters.accepted == accepted and time.monotonic() < deadline:
                wait_for_synchronisation(revocations)
                verify_round(verifier, issuer, counters)
            assert counters.accepted > accepted, "a good token is accepted again"
            with server.connect() as client:
                counters.requests = int(client.info("stats")["total_connections_received"])
        finally:
            revocations.stop()
    record(f"Redis {name}", counters)
