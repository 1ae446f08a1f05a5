"""`RemoteApiKeys`: what it sends, and what the answers of a server mean."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import pickle
import threading
import traceback
from typing import Any

import pytest

from fastjose.api_keys import RemoteApiKeys
from fastjose.exceptions import StoreUnavailableError
from support.processes.polling import MAX_WAIT_SECONDS
from support.servers.lookup_server import Request, reply, reply_json, serve_lookups

KEY = "sk_" + "K" * 64
USER = {"id": "u1", "name": "Ada", "email": "ada@example.com"}
ANSWER = {"session": {"id": "k1", "token": KEY, "userId": "u1", "expiresAt": "2099-01-01T00:00:00.000Z"}, "user": USER}
API_KEY = {"id": "k1", "referenceId": "u1", "enabled": True, "expiresAt": None, "permissions": None}


def look_up(keys: RemoteApiKeys, key: str = KEY) -> Any:
    async def main() -> Any:
        return await keys(key)

    return asyncio.run(main())


def fail(keys: RemoteApiKeys) -> StoreUnavailableError:
    """Return the error of a look-up, after a check that nothing of the key is in it."""
    with pytest.raises(StoreUnavailableError) as raised:
        look_up(keys)
    assert KEY not in "".join(traceback.format_exception(raised.value))
    return raised.value


@pytest.mark.parametrize("header", ["x-api-key", "X-Service-Key"])
def test_request_has_the_key_and_nothing_else(header: str) -> None:
    with serve_lookups(lambda _: reply_json(ANSWER)) as server:
        look_up(RemoteApiKeys(server.url, header=header))
    (request,) = server.requests
    assert request.target == "/api/auth/get-session?disableCookieCache=true&disableRefresh=true"
    assert request.headers.pop(header.lower()) == KEY
    assert request.headers.keys() == {"host", "accept", "accept-encoding", "user-agent"}


def test_answer_has_the_owner_and_not_the_key() -> None:
    with serve_lookups(lambda _: reply_json(ANSWER)) as server:
        answer = look_up(RemoteApiKeys(server.url))
    assert answer == {"apiKey": API_KEY, "user": USER}
    assert KEY not in json.dumps(answer)


def test_serial_ids_are_text() -> None:
    answer = {"session": {"id": 7, "userId": 1}, "user": {"id": 1}}
    with serve_lookups(lambda _: reply_json(answer)) as server:
        api_key = look_up(RemoteApiKeys(server.url))["apiKey"]
    assert (api_key["id"], api_key["referenceId"]) == ("7", "1")


def test_every_call_is_a_request() -> None:
    are_all_here = threading.Barrier(3, timeout=60)

    def respond(_: Request) -> list[bytes]:
        are_all_here.wait()
        return reply_json(ANSWER)

    async def main(url: str) -> None:
        keys = RemoteApiKeys(url)
        answers = await asyncio.gather(*(keys(KEY) for _ in range(3)))
        assert [answer["apiKey"] for answer in answers if answer] == [API_KEY] * 3

    with serve_lookups(respond) as server:
        asyncio.run(main(server.url))
    assert len(server.requests) == 3


@pytest.mark.parametrize("key", ["", "a b", "a\r\nx: y", "é", "\ud800", "a" * 4_097])
def test_value_that_cannot_be_a_key_is_not_sent(key: str) -> None:
    with serve_lookups() as server:
        assert look_up(RemoteApiKeys(server.url), key) is None
    assert server.requests == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_key_is_none(status: int) -> None:
    with serve_lookups(lambda _: reply_json({"message": "Invalid", "code": "INVALID_API_KEY"}, status)) as server:
        assert look_up(RemoteApiKeys(server.url)) is None


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (reply(200, "null"), "enableSessionForAPIKeys"),
        (reply(200, "<html>"), "an HTML page"),
        (reply(200, "[]"), "not a JSON object"),
        (reply_json({"user": USER}), "session and user"),
        (reply_json({**ANSWER, "user": {**USER, "id": "u2"}}), "do not belong together"),
        (reply(401), "status 401"),
        (reply(403, "<html>"), "refuses the requests of this machine"),
        (reply_json({"code": "INVALID_API_KEY"}, 500), "look into its log"),
        (reply(404), "path of base_url"),
    ],
    ids=itertools.count(),
)
def test_unclear_answer_is_an_error(response: list[bytes], text: str) -> None:
    with serve_lookups(lambda _: response) as server:
        assert text in str(fail(RemoteApiKeys(server.url)))


@pytest.mark.parametrize("status", [429, 401])  # 401: Better Auth 1.4
def test_limit_of_a_key_names_the_time_and_pauses_no_other_key(status: int) -> None:
    limited = {"message": "Rate limit exceeded.", "code": "RATE_LIMITED", "details": {"tryAgainIn": 43_200_000}}
    responses = iter([reply_json(limited, status), reply_json({"code": "USAGE_EXCEEDED"}, 429), reply_json(ANSWER)])
    with serve_lookups(lambda _: next(responses)) as server:
        keys = RemoteApiKeys(server.url)
        error = fail(keys)
        assert error.retry_after_seconds == 43_200
        assert "10 a day by default" in str(error)
        assert "remaining requests" in str(fail(keys))
        assert look_up(keys) is not None


def test_limiter_of_the_server_pauses_every_key() -> None:
    with serve_lookups(lambda _: reply(429, '{"message":"Too many requests"}', x_retry_after="9")) as server:
        keys = RemoteApiKeys(server.url)
        assert fail(keys).retry_after_seconds == 9
        assert 0 < fail(keys).retry_after_seconds <= 9
    assert len(server.requests) == 1


def test_look_ups_are_bounded_and_end_with_the_caller() -> None:
    is_released = threading.Event()

    def respond(_: Request) -> list[bytes]:
        is_released.wait(60)
        return reply_json(ANSWER)

    async def main(url: str) -> None:
        keys = RemoteApiKeys(url, max_lookups_in_flight=1)
        first = asyncio.ensure_future(keys(KEY))
        await asyncio.to_thread(server.wait_for_request)
        with pytest.raises(StoreUnavailableError, match="too many look-ups"):
            await keys(KEY)
        first.cancel()
        is_released.set()
        outcome = await asyncio.wait_for(look_up_when_free(keys), MAX_WAIT_SECONDS)
        assert outcome == await keys(KEY)

    with serve_lookups(respond) as server:
        asyncio.run(main(server.url))


async def look_up_when_free(keys: RemoteApiKeys) -> Any:
    """Look the key up as soon as the place of a cancelled look-up is free."""
    while True:
        outcomes = await asyncio.gather(keys(KEY), return_exceptions=True)
        if not isinstance(outcomes[0], StoreUnavailableError):
            return outcomes[0]
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("header", ["", "a b", "a:b", "é", "Authorization", "cookie", "Host"])
def test_header_that_cannot_have_a_key_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="header must be the name of a header"):
        RemoteApiKeys("https://auth.example.com", header=header)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="base_url must use https"):
        RemoteApiKeys("http://auth.example.com")
    keys = RemoteApiKeys("https://auth.example.com/auth/")
    with pytest.raises(RuntimeError, match="RemoteApiKeys must be called and awaited in a coroutine"):
        _ = keys(KEY)

    async def call_with_bytes() -> None:
        _ = keys(b"key")  # type: ignore[arg-type]

    with pytest.raises(TypeError):
        asyncio.run(call_with_bytes())


def test_object_is_shared_when_copied_and_not_pickled() -> None:
    keys = RemoteApiKeys("https://auth.example.com")
    assert copy.copy(keys) is copy.deepcopy(keys) is keys
    with pytest.raises(TypeError, match="RemoteApiKeys cannot be pickled"):
        pickle.dumps(keys)
    assert repr(keys) == '<fastjose.api_keys.RemoteApiKeys "https://auth.example.com/api/auth">'
