"""`RemoteSessions`: its connections, which look-ups are shared, and which answers are cached."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import RemoteKeySet
from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import RemoteSessions
from support.better_auth.session_lookups import COOKIE, TOKEN, fail, look_up
from support.servers.lookup_server import SESSION, CloseConnection, Request, reply, reply_json, serve_lookups
from support.servers.proxies.jwks_proxy import serve_jwks
from support.servers.tls_server import CertificateAuthority, serve_response
from support.tokens.ed25519_key_set import make_key_set

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_https_needs_a_certificate_of_a_known_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, other = CertificateAuthority(), CertificateAuthority("Another CA")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.write_certificate(tmp_path / "ca.pem")))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    body = json.dumps(SESSION).encode()
    for signer in (authority, other):
        with serve_response(body, certificate=signer.sign_server_certificate(tmp_path / "server.pem")) as port:
            sessions = RemoteSessions(f"https://localhost:{port}", timeout_seconds=60)
            if signer is authority:
                assert look_up(sessions) == SESSION
            else:
                assert "unknown authority" in str(fail(sessions))


def test_refused_connection_is_an_error() -> None:
    with serve_lookups() as server:
        pass
    assert "the connection was refused" in str(fail(RemoteSessions(server.url)))


def test_closed_connection_is_replaced_once() -> None:
    def respond(request: Request) -> list[bytes]:
        if request.number == 2:  # on the open connection
            raise CloseConnection
        return reply_json(SESSION)

    with serve_lookups(respond) as server:
        sessions = RemoteSessions(server.url)
        assert look_up(sessions) == SESSION
        assert look_up(sessions) == SESSION
    assert [request.connection for request in server.requests] == [1, 1, 2]


def test_server_that_closes_every_connection_is_asked_twice() -> None:
    def respond(_: Request) -> list[bytes]:
        raise CloseConnection

    with serve_lookups(respond) as server:
        assert "closed the connection" in str(fail(RemoteSessions(server.url)))
    assert len(server.requests) == 2


def test_response_that_is_cut_is_not_repeated() -> None:
    def respond(_: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"
        raise CloseConnection

    with serve_lookups(respond) as server:
        assert "ended early" in str(fail(RemoteSessions(server.url)))
    assert len(server.requests) == 1


def test_response_that_drips_times_out() -> None:
    def respond(_: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"
        while True:
            yield b" "
            time.sleep(0.02)

    with serve_lookups(respond) as server:
        assert "timed out after 0.3 s" in str(fail(RemoteSessions(server.url, timeout_seconds=0.3)))


def test_interim_responses_without_end_delay_no_other_server() -> None:
    is_flooding = threading.Event()
    is_flooding.set()

    def respond(_: Request) -> Iterator[bytes]:
        while is_flooding.is_set():
            yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000
        yield from reply_json(SESSION)

    async def main(url: str, other_url: str, keys_url: str) -> None:
        sessions, others = RemoteSessions(url, timeout_seconds=3), RemoteSessions(other_url)
        flooded = asyncio.ensure_future(sessions(TOKEN))
        await asyncio.to_thread(server.wait_for_request)
        await RemoteKeySet(keys_url).fetch_async()
        assert await others(TOKEN) == SESSION
        assert not flooded.done()
        with pytest.raises(StoreUnavailableError, match="timed out"):
            await flooded
        is_flooding.clear()
        assert await sessions(TOKEN) == SESSION

    with serve_lookups(respond) as server, serve_lookups() as other, serve_jwks(make_key_set) as keys:
        asyncio.run(main(server.url, other.url, keys.url))


def test_request_during_a_look_up_gets_the_answer_of_the_next_one() -> None:
    is_released = threading.Event()

    def respond(request: Request) -> list[bytes]:
        if request.number == 1:  # the session lives when the server reads it, and ends before the response arrives
            is_released.wait(60)
            return reply_json(SESSION)
        return reply(200, "null")

    async def main(url: str) -> None:
        sessions = RemoteSessions(url)
        first = asyncio.ensure_future(sessions(TOKEN))
        await asyncio.to_thread(server.wait_for_request)
        later = [asyncio.ensure_future(sessions(TOKEN)) for _ in range(20)]
        await asyncio.sleep(0.1)
        is_released.set()
        assert await first == SESSION
        assert await asyncio.gather(*later) == [None] * 20

    with serve_lookups(respond) as server:
        asyncio.run(main(server.url))
        assert len(server.requests) == 2


def test_no_request_that_begins_after_the_end_of_a_session_finds_it() -> None:
    has_ended = threading.Event()
    generator = random.Random(13)  # noqa: S311 - delays

    def respond(request: Request) -> Iterator[bytes]:
        response = reply(200, "null") if has_ended.is_set() else reply_json(SESSION)
        if request.number == 20:  # read before the end, and sent after it
            has_ended.set()
            time.sleep(0.05)
        time.sleep(generator.random() / 200)
        yield from response

    async def arrive_until_the_end(sessions: RemoteSessions) -> list[tuple[bool, bool]]:
        outcomes = []
        while not has_ended.is_set():
            await asyncio.sleep(generator.random() / 100)
            began_after_the_end = has_ended.is_set()
            outcomes.append((began_after_the_end, await sessions(TOKEN) is not None))
        return [*outcomes, (True, await sessions(TOKEN) is not None)]

    async def main(url: str) -> list[tuple[bool, bool]]:
        sessions = RemoteSessions(url)
        lists = await asyncio.gather(*(arrive_until_the_end(sessions) for _ in range(50)))
        return [outcome for outcomes in lists for outcome in outcomes]

    with serve_lookups(respond) as server:
        outcomes = asyncio.run(main(server.url))
        assert len(server.requests) < len(outcomes) / 2
    assert (False, True) in outcomes
    assert (True, False) in outcomes
    assert (True, True) not in outcomes


def test_tokens_are_looked_up_beside_each_other() -> None:
    are_both_here = threading.Barrier(2, timeout=60)

    def respond(_: Request) -> list[bytes]:
        are_both_here.wait()
        return reply_json(SESSION)

    async def main(url: str) -> None:
        sessions = RemoteSessions(url)
        assert [*await asyncio.gather(sessions(TOKEN), sessions(COOKIE))] == [SESSION, SESSION]

    with serve_lookups(respond) as server:
        asyncio.run(main(server.url))


def test_request_that_leaves_does_not_cancel_the_look_up_of_others() -> None:
    is_released = threading.Event()

    def respond(request: Request) -> list[bytes]:
        if request.number == 1:
            is_released.wait(60)
        return reply_json(SESSION)

    async def main(url: str) -> None:
        sessions = RemoteSessions(url)
        first, second = (asyncio.ensure_future(sessions(TOKEN)) for _ in range(2))
        await asyncio.to_thread(server.wait_for_request)
        await asyncio.sleep(0.05)
        first.cancel()
        is_released.set()
        assert await second == SESSION
        assert first.cancelled()
        assert await sessions(TOKEN) == SESSION

    with serve_lookups(respond) as server:
        asyncio.run(main(server.url))
        assert len(server.requests) == 3


def test_failure_is_shared_by_those_who_wait() -> None:
    is_released = threading.Event()

    def respond(_: Request) -> list[bytes]:
        is_released.wait(60)
        return reply(500)

    async def main(url: str) -> None:
        sessions = RemoteSessions(url)
        first = asyncio.ensure_future(sessions(TOKEN))
        await asyncio.to_thread(server.wait_for_request)
        second = asyncio.ensure_future(sessions(TOKEN))
        await asyncio.sleep(0.05)
        is_released.set()
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailableError] * 2

    with serve_lookups(respond) as server:
        asyncio.run(main(server.url))
        assert len(server.requests) == 1


def test_tokens_and_waiters_are_bounded() -> None:
    is_released = threading.Event()

    def respond(_: Request) -> list[bytes]:
        is_released.wait(60)
        return reply_json(SESSION)

    async def main(url: str) -> None:
        sessions = RemoteSessions(url, max_lookups_in_flight=1)
        waiting = [asyncio.ensure_future(sessions(TOKEN)) for _ in range(8)]
        await asyncio.to_thread(server.wait_for_request)
        with pytest.raises(StoreUnavailableError, match="too many look-ups are in flight"):
            await sessions(TOKEN)
        waiting.pop().cancel()
        await asyncio.sleep(0.1)
        with pytest.raises(StoreUnavailableError, match="raise max_lookups_in_flight"):
            await sessions(COOKIE)
        is_released.set()
        assert await asyncio.gather(*waiting) == [SESSION] * 7
        assert await sessions(COOKIE) == SESSION

    with serve_lookups(respond) as server:
        asyncio.run(main(server.url))


def test_answer_is_used_again_up_to_its_age() -> None:
    with serve_lookups() as server:
        sessions = RemoteSessions(server.url, cache_seconds=600)
        first = look_up(sessions)
        first["user"].clear()
        assert look_up(sessions) == SESSION
        assert len(server.requests) == 1
        assert look_up(sessions, COOKIE) == SESSION
        assert len(server.requests) == 2


@pytest.mark.parametrize("settings", [{}, {"cache_seconds": 0}, {"cache_seconds": 60, "max_cached_sessions": 0}])
def test_every_call_is_looked_up_without_a_cache(settings: dict[str, Any]) -> None:
    with serve_lookups() as server:
        sessions = RemoteSessions(server.url, **settings)
        look_up(sessions)
        look_up(sessions)
    assert len(server.requests) == 2


def test_old_answer_is_not_used() -> None:
    responses = iter([reply_json(SESSION), reply(200, "null")])
    with serve_lookups(lambda _: next(responses)) as server:
        sessions = RemoteSessions(server.url, cache_seconds=0.2)
        assert look_up(sessions) == SESSION
        time.sleep(0.3)
        assert look_up(sessions) is None


def test_negative_answers_and_failures_are_not_cached() -> None:
    responses = iter([reply(200, "null"), reply(500), reply_json(SESSION)])
    with serve_lookups(lambda _: next(responses)) as server:
        sessions = RemoteSessions(server.url, cache_seconds=600)
        assert look_up(sessions) is None
        fail(sessions)
        assert look_up(sessions) == SESSION


def test_requests_during_a_look_up_share_an_answer_that_is_cached() -> None:
    async def main(url: str) -> None:
        sessions = RemoteSessions(url, cache_seconds=600)
        assert await asyncio.gather(*(sessions(TOKEN) for _ in range(20))) == [SESSION] * 20

    with serve_lookups() as server:
        asyncio.run(main(server.url))
    assert len(server.requests) == 1
