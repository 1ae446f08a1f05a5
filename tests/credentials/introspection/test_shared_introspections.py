"""Introspections of one token at the same time: one request in flight, and no answer from before a revocation."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from fastjose.exceptions import JOSEError
from support.servers.introspection_server import ACTIVE, TOKEN, introspect_at
from support.servers.lookup_server import TIMEOUT_SECONDS, Request, reply, reply_json, serve_lookups

if TYPE_CHECKING:
    from fastjose.introspection import RemoteIntrospection
    from support.servers.lookup_server import LookupServer


async def code_of(introspection: RemoteIntrospection, token: str = TOKEN) -> str:
    """Return the code of the error, or `accepted`."""
    try:
        await introspection.introspect(token)
    except JOSEError as error:
        return error.code
    return "accepted"


async def start_two(introspection: RemoteIntrospection, server: LookupServer, count: int) -> list[asyncio.Task[str]]:
    """Start an introspection, and `count` more of the same token once the server has the request."""
    first = asyncio.ensure_future(code_of(introspection))
    await asyncio.to_thread(server.wait_for_request)
    others = [asyncio.ensure_future(code_of(introspection)) for _ in range(count)]
    await asyncio.sleep(0)
    return [first, *others]


def test_request_during_a_look_up_sees_the_revocation() -> None:
    is_released = threading.Event()

    def respond(request: Request) -> list[bytes]:
        if request.number == 1:  # active when the server reads it, and revoked before the response arrives
            assert is_released.wait(TIMEOUT_SECONDS)
            return reply_json(ACTIVE)
        return reply_json({"active": False})

    async def main(server: LookupServer) -> list[str]:
        tasks = await start_two(introspect_at(server), server, 20)
        is_released.set()
        return await asyncio.gather(*tasks)

    with serve_lookups(respond) as server:
        assert asyncio.run(main(server)) == ["accepted"] + ["inactive_token"] * 20
    assert len(server.requests) == 2


@pytest.mark.parametrize(("status", "expected"), [(200, "accepted"), (500, "store_unavailable")])
def test_request_during_a_look_up_shares_a_cached_answer_and_a_failure(status: int, expected: str) -> None:
    is_released = threading.Event()

    def respond(_: Request) -> list[bytes]:
        assert is_released.wait(TIMEOUT_SECONDS)
        return reply_json(ACTIVE, status)

    async def main(server: LookupServer) -> list[str]:
        tasks = await start_two(introspect_at(server, cache_seconds=600), server, 20)
        is_released.set()
        return await asyncio.gather(*tasks)

    with serve_lookups(respond) as server:
        assert asyncio.run(main(server)) == [expected] * 21
    assert len(server.requests) == 1


def test_too_many_tokens_in_flight_are_refused_at_once() -> None:
    is_released = threading.Event()

    def respond(_: Request) -> list[bytes]:
        assert is_released.wait(TIMEOUT_SECONDS)
        return reply_json(ACTIVE)

    async def main(server: LookupServer) -> tuple[str, str]:
        introspection = introspect_at(server, max_lookups_in_flight=1)
        first = asyncio.ensure_future(code_of(introspection))
        await asyncio.to_thread(server.wait_for_request)
        refused = await code_of(introspection, "another-token")
        is_released.set()
        return await first, refused

    with serve_lookups(respond) as server:
        assert asyncio.run(main(server)) == ("accepted", "store_unavailable")


def test_limited_rate_pauses_every_token() -> None:
    async def main(server: LookupServer) -> list[Any]:
        introspection, errors = introspect_at(server), []
        for token in ("one", "two"):
            with pytest.raises(JOSEError) as raised:
                await introspection.introspect(token)
            errors.append(raised.value)
        return errors

    with serve_lookups(lambda _: reply(429, retry_after="30")) as server:
        first, second = asyncio.run(main(server))
    assert len(server.requests) == 1
    assert first.retry_after_seconds == 30
    assert 0 < second.retry_after_seconds <= 30


def test_cancelled_caller_does_not_cancel_the_others() -> None:
    is_released = threading.Event()

    def respond(_: Request) -> list[bytes]:
        assert is_released.wait(TIMEOUT_SECONDS)
        return reply_json(ACTIVE)

    async def main(server: LookupServer) -> str:
        first, second = await start_two(introspect_at(server), server, 1)
        first.cancel()
        is_released.set()
        return await second

    with serve_lookups(respond) as server:
        assert asyncio.run(main(server)) == "accepted"
