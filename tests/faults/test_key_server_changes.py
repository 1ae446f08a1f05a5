"""Key servers that stop, rotate under a fetch, redirect to an attacker, or have too many keys."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING

import pytest

from faults.harness.counters import record
from faults.harness.faulty_server import Exchange, FaultyServer, serve
from faults.harness.http_faults import hang, reset, with_status
from faults.harness.key_sources import JWK_SET, KEY_SOURCES, PER_KID, KeySource, serve_keys
from faults.harness.rounds import OPTIONS, WAIT_SECONDS, KeySetRounds
from faults.harness.tokens import Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faults.harness.http_faults import Fault

MAX_BODY_BYTES = 1_048_576
"""The default limit of a response."""


@contextlib.contextmanager
def serve_rounds(source: KeySource = JWK_SET, **options: object) -> Iterator[tuple[KeySetRounds, FaultyServer]]:
    """Serve the keys of an issuer, and create its verifier."""
    issuer = Issuer()
    with serve_keys(issuer, source) as server:
        keys = source.create(server.url, **{**OPTIONS, **options})
        yield KeySetRounds(issuer, server, keys, unknown=source.unknown), server


@pytest.mark.parametrize("name", KEY_SOURCES)
def test_key_server_that_is_not_listening_causes_no_wrong_verdict(name: str) -> None:
    with serve_rounds(KEY_SOURCES[name]) as (rounds, server):
        with server.outage():
            rounds.run(is_server_up=False)
        rounds.recover()
        record(f"key server is not listening ({name})", rounds.finish())


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


@pytest.mark.parametrize("name", KEY_SOURCES)
def test_redirect_to_a_server_with_forged_keys_is_not_followed(name: str) -> None:
    source = KEY_SOURCES[name]
    with (
        serve_rounds(source) as (rounds, server),
        serve(lambda _: source.forge(rounds.issuer)) as attacker,
    ):
        for status in ("301 Moved Permanently", "303 See Other", "308 Permanent Redirect"):
            redirect = f"Location: {attacker.url}"

            def send_redirect(exchange: Exchange, status: str = status, redirect: str = redirect) -> None:
                exchange.send_response(b"", status, redirect)

            with server.fault(send_redirect):
                rounds.run(is_server_up=False)
            rounds.recover()
        assert attacker.requests == []
        record(f"key server redirects to forged keys ({name})", rounds.finish())


@pytest.mark.parametrize("name", KEY_SOURCES)
def test_key_published_while_a_fetch_is_in_flight_is_accepted(name: str) -> None:
    """The response of the fetch in flight has the old keys: its end must not decide about tokens of the new key."""
    with serve_rounds(KEY_SOURCES[name], timeout_seconds=WAIT_SECONDS) as (rounds, server):
        is_first, is_rotated = threading.Event(), threading.Event()

        def send_old_keys_late(exchange: Exchange) -> None:
            response, is_held = exchange.good_response(), not is_first.is_set()
            is_first.set()
            if is_held:
                assert is_rotated.wait(WAIT_SECONDS)
            exchange.send_response(*response)

        with server.fault(send_old_keys_late):
            fetching = threading.Thread(target=rounds.keys.fetch)
            fetching.start()
            assert is_first.wait(WAIT_SECONDS)
            threading.Timer(0.1, is_rotated.set).start()  # the tokens wait by then, or need no wait
            rounds.run(is_server_up=True)
            fetching.join()
        rounds.recover()
        record(f"key server rotates in flight ({name})", rounds.finish())


FAULTS_OF_OTHER_KEYS: dict[str, Fault] = {
    "hangs": hang,
    "resets": reset,
    "fails": with_status("500 Internal Server Error"),
    "forbids": with_status("403 Forbidden"),
}


@pytest.mark.parametrize("name", FAULTS_OF_OTHER_KEYS)
def test_fault_of_other_keys_does_not_affect_a_new_key(name: str) -> None:
    """The server is faulty for each `kid` that is made up, and good for the others."""
    with serve_rounds(PER_KID) as (rounds, server):

        def misbehave_for_unknown_keys(exchange: Exchange) -> None:
            response = exchange.good_response()
            if response.body:
                exchange.send_response(*response)
            else:
                FAULTS_OF_OTHER_KEYS[name](exchange, rounds.issuer.attacker.to_pem())

        with server.fault(misbehave_for_unknown_keys):
            rounds.run(is_server_up=False)
            rounds.recover()
        rounds.recover()
        record(f"key server {name} for other keys", rounds.finish())
