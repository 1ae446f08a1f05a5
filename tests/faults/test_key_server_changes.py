"""Key servers that stop, rotate under a fetch, redirect to an attacker, or have too many keys."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING

from fastjose import RemoteKeySet
from faults.harness.counters import record
from faults.harness.faulty_server import Exchange, FaultyServer, serve
from faults.harness.rounds import OPTIONS, WAIT_SECONDS, KeySetRounds
from faults.harness.tokens import Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BODY_BYTES = 1_048_576
"""The default limit of a response."""


@contextlib.contextmanager
def serve_rounds(**options: object) -> Iterator[tuple[KeySetRounds, FaultyServer]]:
    """Serve the JWK Set of an issuer, and create its verifier."""
    issuer = Issuer()
    with serve(lambda _: json.dumps(issuer.key_set()).encode()) as server:
        yield KeySetRounds(issuer, server, RemoteKeySet(server.url, **{**OPTIONS, **options})), server


def test_key_server_that_is_not_listening_causes_no_wrong_verdict() -> None:
    with serve_rounds() as (rounds, server):
        with server.outage():
            rounds.run(is_server_up=False)
        rounds.recover()
        record("key server is not listening", rounds.finish())


def test_key_set_of_10_000_keys_replaces_nothing() -> None:
    bodies: list[bytes] = []
    with serve_rounds() as (rounds, server):

        def send_many_keys(exchange: Exchange) -> None:
            forged, attacker = rounds.issuer.forged_key_set()["keys"], rounds.issuer.attacker
            keys = [*forged, *(attacker.to_jwk(str(i)) for i in range(10_000 - len(forged)))]
            for key in keys:
                del key["alg"]  # a name that the limit of the body has no space for
            bodies.append(json.dumps({"keys": keys}, separators=(",", ":")).encode())
            exchange.send_response(bodies[-1])

        with server.fault(send_many_keys):
            rounds.run(is_server_up=False)
        assert max(map(len, bodies)) <= MAX_BODY_BYTES, "the number of keys is what must be refused"
        rounds.recover()
        record("key server sends 10,000 keys", rounds.finish())


def test_redirect_to_a_server_with_forged_keys_is_not_followed() -> None:
    with (
        serve_rounds() as (rounds, server),
        serve(lambda _: json.dumps(rounds.issuer.forged_key_set()).encode()) as attacker,
    ):
        for status in ("301 Moved Permanently", "303 See Other", "308 Permanent Redirect"):
            redirect = f"Location: {attacker.url}"

            def send_redirect(exchange: Exchange, status: str = status, redirect: str = redirect) -> None:
                exchange.send_response(b"", status, redirect)

            with server.fault(send_redirect):
                rounds.run(is_server_up=False)
            rounds.recover()
        assert attacker.requests == []
        record("key server redirects to forged keys", rounds.finish())


def test_key_published_while_a_fetch_is_in_flight_is_accepted() -> None:
    """The response of the fetch in flight has the old keys: its end must not decide about tokens of the new key."""
    with serve_rounds(timeout_seconds=WAIT_SECONDS) as (rounds, server):
        is_first, is_rotated = threading.Event(), threading.Event()

        def send_old_keys_late(exchange: Exchange) -> None:
            body, is_held = exchange.good_body(), not is_first.is_set()
            is_first.set()
            if is_held:
                assert is_rotated.wait(WAIT_SECONDS)
            exchange.send_response(body)

        with server.fault(send_old_keys_late):
            fetching = threading.Thread(target=rounds.keys.fetch)
            fetching.start()
            assert is_first.wait(WAIT_SECONDS)
            threading.Timer(0.1, is_rotated.set).start()  # the tokens wait by then, or need no wait
            rounds.run(is_server_up=True)
            fetching.join()
        rounds.recover()
        record("key server rotates in flight", rounds.finish())
