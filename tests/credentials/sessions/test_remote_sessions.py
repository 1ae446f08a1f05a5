"""`RemoteSessions`: what it sends, what an answer means, and servers that are broken or hostile."""

from __future__ import annotations

import asyncio
import copy
import gzip
import itertools
import pickle
import time
from typing import Any
from urllib.parse import quote

import pytest

from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import RemoteSessions, SessionToken
from support.better_auth.session_lookups import COOKIE, RAW, TOKEN, UNSIGNED, fail, look_up
from support.servers.lookup_server import SESSION, reply, reply_json, serve_lookups

GET_SESSION = "/api/auth/get-session?disableCookieCache=true&disableRefresh=true"


@pytest.mark.parametrize(
    ("token", "name", "value"),
    [
        (TOKEN, "authorization", f"Bearer {quote(RAW, safe='')}"),
        (SessionToken(UNSIGNED, raw=UNSIGNED), "authorization", f"Bearer {UNSIGNED}"),
        (COOKIE, "cookie", "__Secure-better-auth.session_token=a.b%2B%3D"),
    ],
)
def test_request_has_the_credential_and_nothing_else(token: SessionToken, name: str, value: str) -> None:
    with serve_lookups() as server:
        assert look_up(RemoteSessions(server.url), token) == SESSION
    (request,) = server.requests
    assert request.target == GET_SESSION
    assert request.headers.pop(name) == value
    assert request.headers.keys() == {"host", "accept", "accept-encoding", "user-agent"}


@pytest.mark.parametrize("path", ["", "/", "/api/auth", "/api/auth/"])
def test_base_url_may_have_the_default_path(path: str) -> None:
    with serve_lookups() as server:
        look_up(RemoteSessions(server.url + path))
    assert server.requests[0].target == GET_SESSION


@pytest.mark.parametrize(
    "token",
    [
        *(SessionToken("t", raw=raw) for raw in ["", "a b", "a\r\nx: y", "a\0", "é", "\ud800", "a" * 4_097]),
        *(
            SessionToken("t", raw=raw, carrier="cookie", cookie_name="name")
            for raw in ["", "a;b=c", "a b", "a\nb", 'a"', "\ud800"]
        ),
        SessionToken("t", raw="a", carrier="cookie", cookie_name="a=b; name"),
        SessionToken("t", raw="a", carrier="cookie", cookie_name="\ud800"),
    ],
    ids=repr,
)
def test_value_that_could_be_more_than_a_credential_is_not_sent(token: SessionToken) -> None:
    with serve_lookups() as server:
        assert look_up(RemoteSessions(server.url), token) is None
    assert server.requests == []


def test_connections_are_kept_open() -> None:
    async def main(url: str) -> None:
        sessions = RemoteSessions(url)
        for _ in range(5):
            await sessions(TOKEN)

    with serve_lookups() as server:
        asyncio.run(main(server.url))
    assert [request.connection for request in server.requests] == [1] * 5


def test_answer_is_the_whole_object() -> None:
    answer = {**SESSION, "needsRefresh": True, "roles": ["a", {"n": [1, 2.5, None]}], "ü": "\u2028"}
    with serve_lookups(lambda _: reply_json(answer)) as server:
        assert look_up(RemoteSessions(server.url)) == answer


@pytest.mark.parametrize("response", [reply(200, "null"), reply(200, " null\n"), reply(401, "{}"), reply(401)])
def test_null_and_401_are_an_ended_session(response: list[bytes]) -> None:
    with serve_lookups(lambda _: response) as server:
        assert look_up(RemoteSessions(server.url)) is None


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (reply(200, "<!doctype html>s3cret", content_type="text/html; charset=utf-8"), "an HTML page"),
        (reply(200, "  <html>s3cret"), "an HTML page"),
        (reply(200, "s3cret"), "not a JSON object"),
        (reply(200, '"s3cret"'), "not a JSON object"),
        (reply(200, "[null]"), "not a JSON object"),
        (reply(200, b'{"session":{},"user":{"name":"\xff"}}'), "not a JSON object"),
        (reply(200, '{"session":{},"user":{},"session":{}}'), "ambiguous"),
        (reply(200, '{"session":{},"user":{"id":1,"id":2}}'), "ambiguous"),
        (reply(200, '{"session":{},"user":{"n":1e999}}'), "not a JSON object"),
        (reply(200, '{"a":' + "[" * 5_000 + "]" * 5_000 + "}"), "not a JSON object"),
        (reply(200, '{"session":null,"user":null}'), "session and user"),
        (reply(200, '{"user":{}}'), "customSession"),
        (reply(200, ""), "not a JSON object"),
        (reply(204), "status 204"),
        (reply_json(SESSION, status=201), "status 201"),
        (reply(403, "null"), "status 403"),
        (reply(404, "null"), "check the path of base_url"),
        (reply(500, "s3cret"), "look into its log"),
        (reply(200, b"x", content_encoding="gzip"), "content encoding is invalid"),
        ([b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{", b""], "timed out"),
    ],
    ids=itertools.count(),
)
def test_anything_else_is_an_error_that_says_what_to_check(response: list[bytes], text: str) -> None:
    with serve_lookups(lambda _: response) as server:
        error = fail(RemoteSessions(server.url, timeout_seconds=0.3 if text == "timed out" else 5))
        assert text in str(error)
        assert server.url in str(error)
        assert error.retry_after_seconds == 1.0


@pytest.mark.parametrize("headers", [{"retry_after": "7"}, {"x_retry_after": "7"}])
@pytest.mark.parametrize("status", [429, 503])
def test_error_has_the_time_that_the_server_names(headers: dict[str, str], status: int) -> None:
    with serve_lookups(lambda _: reply(status, **headers)) as server:
        assert fail(RemoteSessions(server.url)).retry_after_seconds == 7


def test_body_is_bounded_after_decompression() -> None:
    body = gzip.compress(b'{"session":{},"user":{"s3cret":"' + b"x" * 10_000_000 + b'"}}')
    with serve_lookups(lambda _: reply(200, body, content_encoding="gzip")) as server:
        assert "at most 262144 bytes" in str(fail(RemoteSessions(server.url)))
        assert "at most 10 bytes" in str(fail(RemoteSessions(server.url, max_body_bytes=10)))


def test_redirect_is_not_followed() -> None:
    with serve_lookups() as other, serve_lookups(lambda _: reply(307, location=other.url)) as server:
        assert "a redirect, which is not followed" in str(fail(RemoteSessions(server.url)))
    assert other.requests == []


def test_cookies_of_a_response_are_not_kept() -> None:
    with serve_lookups(lambda _: reply_json(SESSION, set_cookie="a=b; Path=/")) as server:
        sessions = RemoteSessions(server.url)
        look_up(sessions)
        look_up(sessions)
    assert all("cookie" not in request.headers for request in server.requests)


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_lookups() as proxy, serve_lookups() as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert look_up(RemoteSessions(server.url)) == SESSION
    assert proxy.requests == []


def test_after_a_429_no_request_is_sent_before_the_time_it_names() -> None:
    with serve_lookups(lambda _: reply(429, "{}", x_retry_after="30")) as server:
        sessions = RemoteSessions(server.url)
        assert '{ customRules: { "/get-session": false } }' in str(fail(sessions))
        second = fail(sessions, COOKIE)
        assert 0 < second.retry_after_seconds <= 30
        assert "limits the rate" in str(second)
    assert len(server.requests) == 1


def test_pause_ends() -> None:
    responses = iter([reply(429, retry_after="1"), reply_json(SESSION)])
    with serve_lookups(lambda _: next(responses)) as server:
        sessions = RemoteSessions(server.url)
        assert fail(sessions).retry_after_seconds == 1
        time.sleep(1.1)
        assert look_up(sessions) == SESSION


def test_pause_is_bounded() -> None:
    with serve_lookups(lambda _: reply(429, retry_after="86400")) as server:
        sessions = RemoteSessions(server.url)
        assert fail(sessions).retry_after_seconds == 86_400
        assert fail(sessions).retry_after_seconds <= 60


def find_roles(url: str, token: SessionToken = TOKEN) -> list[str]:
    async def main() -> list[str]:
        return await RemoteSessions(url).find_organization_roles(token, "u&1", "o 1")

    return asyncio.run(main())


def test_request_names_user_and_organization() -> None:
    with serve_lookups(lambda _: reply_json({"role": "owner, admin"})) as server:
        assert find_roles(server.url, COOKIE) == ["owner", "admin"]
    (request,) = server.requests
    assert request.target == "/api/auth/organization/get-active-member-role?organizationId=o+1&userId=u%261"
    assert "cookie" in request.headers


@pytest.mark.parametrize("status", [400, 401, 403])
def test_user_who_is_not_a_member_has_no_role(status: int) -> None:
    with serve_lookups(lambda _: reply(status, "{}")) as server:
        assert find_roles(server.url) == []


def test_value_that_cannot_be_sent_has_no_role() -> None:
    with serve_lookups() as server:
        assert find_roles(server.url, SessionToken("t", raw="a b")) == []
    assert server.requests == []


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (reply(404), "organization()"),
        (reply(500), "look into its log"),
        (reply(302), "a redirect"),
        (reply(200, "<html>"), "an HTML page"),
        (reply(200, "null"), "with role"),
        (reply_json({"role": ["owner"]}), "with role"),
    ],
    ids=itertools.count(),
)
def test_unclear_answer_is_an_error(response: list[bytes], text: str) -> None:
    with serve_lookups(lambda _: response) as server, pytest.raises(StoreUnavailableError) as raised:
        find_roles(server.url)
    assert text in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"base_url": "http://auth.example.com"}, ValueError, "base_url must use https"),
        ({"base_url": "https://u:p@auth.example.com"}, ValueError, "base_url must not contain a user name"),
        ({"base_url": "auth"}, ValueError, "base_url must be a URL"),
        ({"base_url": "https://{host}"}, ValueError, "placeholder"),
        ({"base_url": 1}, TypeError, "url must be a str"),
        ({"cache_seconds": -1}, ValueError, "cache_seconds"),
        ({"cache_seconds": float("nan")}, ValueError, "cache_seconds"),
        ({"cache_seconds": "1"}, TypeError, "cache_seconds"),
        ({"max_cached_sessions": 1_000_001}, ValueError, "max_cached_sessions"),
        ({"timeout_seconds": 0}, ValueError, "timeout_seconds must be more than 0"),
        ({"max_lookups_in_flight": 0}, ValueError, "max_lookups_in_flight must be at least 1"),
        ({"max_body_bytes": -1}, ValueError, "max_body_bytes"),
    ],
)
def test_invalid_argument_is_named(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        RemoteSessions(**{"base_url": "https://auth.example.com", **arguments})


def test_plain_http_needs_allow_http() -> None:
    assert RemoteSessions("http://auth:3000", allow_http=True).base_url == "http://auth:3000/api/auth"


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("plain", TypeError),
        (None, TypeError),
        (SessionToken("t", raw="t", carrier="cookie"), ValueError),
        (SessionToken("t", raw="t", carrier="other"), ValueError),  # type: ignore[arg-type]
        (SessionToken("t", raw=b"t"), TypeError),  # type: ignore[arg-type]
    ],
)
def test_argument_that_is_not_a_session_token_is_refused(token: Any, error: type[Exception]) -> None:
    async def main() -> None:
        sessions = RemoteSessions("https://auth.example.com")
        with pytest.raises(error, match="token"):
            _ = sessions(token)
        with pytest.raises(error, match="token"):
            _ = sessions.find_organization_roles(token, "u", "o")

    asyncio.run(main())


def test_call_without_an_event_loop_is_refused() -> None:
    sessions = RemoteSessions("https://auth.example.com")
    with pytest.raises(RuntimeError, match="RemoteSessions must be called and awaited in a coroutine"):
        _ = sessions(TOKEN)
    with pytest.raises(RuntimeError, match="find_organization_roles"):
        _ = sessions.find_organization_roles(TOKEN, "u", "o")


def test_object_is_shared_when_copied_and_not_pickled() -> None:
    sessions = RemoteSessions("https://auth.example.com?secret=1")
    assert copy.copy(sessions) is sessions
    assert copy.deepcopy(sessions) is sessions
    with pytest.raises(TypeError, match="RemoteSessions cannot be pickled"):
        pickle.dumps(sessions)
    assert repr(sessions) == '<fastjose.sessions.RemoteSessions "https://auth.example.com/api/auth">'
