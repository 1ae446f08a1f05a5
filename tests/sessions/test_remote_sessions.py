"""`RemoteSessions`: what it sends, what an answer means, and servers that are broken or hostile."""

from __future__ import annotations

import asyncio
import copy
import gzip
import itertools
import pickle
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import RemoteKeySet
from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import RemoteSessions, SessionToken
from support.ed25519_key_set import make_key_set
from support.jwks_proxy import serve_jwks
from support.lookup_server import SESSION, CloseConnection, Request, reply, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Iterator

UNSIGNED = "a" * 32
RAW = f"{UNSIGNED}.c2lnbmF0dXJl+/="
TOKEN = SessionToken(UNSIGNED, raw=RAW)
COOKIE = SessionToken(UNSIGNED, raw="a.b%2B%3D", carrier="cookie", cookie_name="__Secure-better-auth.session_token")
GET_SESSION = "/api/auth/get-session?disableCookieCache=true&disableRefresh=true"


def look_up(sessions: RemoteSessions, token: SessionToken = TOKEN) -> Any:
    async def main() -> Any:
        return await sessions(token)

    return asyncio.run(main())


def fail(sessions: RemoteSessions, token: SessionToken = TOKEN) -> StoreUnavailableError:
    """Return the error of a look-up, after a check that nothing of the token is in it."""
    with pytest.raises(StoreUnavailableError) as raised:
        look_up(sessions, token)
    text = "".join(traceback.format_exception(raised.value))
    assert UNSIGNED not in text
    assert "s3cret" not in text
    assert raised.value.code == "store_unavailable"
    assert raised.value.__context__ is None
    return raised.value


class TestRequest:
    @pytest.mark.parametrize(
        ("token", "name", "value"),
        [
            (TOKEN, "authorization", f"Bearer {RAW}"),
            (SessionToken(UNSIGNED, raw=UNSIGNED), "authorization", f"Bearer {UNSIGNED}"),
            (COOKIE, "cookie", "__Secure-better-auth.session_token=a.b%2B%3D"),
        ],
    )
    def test_request_has_the_credential_and_nothing_else(self, token: SessionToken, name: str, value: str) -> None:
        with serve_lookups() as server:
            assert look_up(RemoteSessions(server.url), token) == SESSION
        (request,) = server.requests
        assert request.target == GET_SESSION
        assert request.headers.pop(name) == value
        assert request.headers.keys() == {"host", "accept", "accept-encoding", "user-agent"}

    @pytest.mark.parametrize("path", ["", "/", "/api/auth", "/api/auth/"])
    def test_base_url_may_have_the_default_path(self, path: str) -> None:
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
    def test_value_that_could_be_more_than_a_credential_is_not_sent(self, token: SessionToken) -> None:
        with serve_lookups() as server:
            assert look_up(RemoteSessions(server.url), token) is None
        assert server.requests == []

    def test_connections_are_kept_open(self) -> None:
        async def main(url: str) -> None:
            sessions = RemoteSessions(url)
            for _ in range(5):
                await sessions(TOKEN)

        with serve_lookups() as server:
            asyncio.run(main(server.url))
        assert [request.connection for request in server.requests] == [1] * 5


class TestAnswer:
    def test_answer_is_the_whole_object(self) -> None:
        answer = {**SESSION, "needsRefresh": True, "roles": ["a", {"n": [1, 2.5, None]}], "ü": "\u2028"}
        with serve_lookups(lambda _: reply_json(answer)) as server:
            assert look_up(RemoteSessions(server.url)) == answer

    @pytest.mark.parametrize("response", [reply(200, "null"), reply(200, " null\n"), reply(401, "{}"), reply(401)])
    def test_null_and_401_are_an_ended_session(self, response: list[bytes]) -> None:
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
    def test_anything_else_is_an_error_that_says_what_to_check(self, response: list[bytes], text: str) -> None:
        with serve_lookups(lambda _: response) as server:
            error = fail(RemoteSessions(server.url, timeout_seconds=0.3 if text == "timed out" else 5))
            assert text in str(error)
            assert server.url in str(error)
            assert error.retry_after_seconds == 1.0

    @pytest.mark.parametrize("headers", [{"retry_after": "7"}, {"x_retry_after": "7"}])
    @pytest.mark.parametrize("status", [429, 503])
    def test_error_has_the_time_that_the_server_names(self, headers: dict[str, str], status: int) -> None:
        with serve_lookups(lambda _: reply(status, **headers)) as server:
            assert fail(RemoteSessions(server.url)).retry_after_seconds == 7

    def test_body_is_bounded_after_decompression(self) -> None:
        body = gzip.compress(b'{"session":{},"user":{"s3cret":"' + b"x" * 10_000_000 + b'"}}')
        with serve_lookups(lambda _: reply(200, body, content_encoding="gzip")) as server:
            assert "at most 262144 bytes" in str(fail(RemoteSessions(server.url)))
            assert "at most 10 bytes" in str(fail(RemoteSessions(server.url, max_body_bytes=10)))

    def test_redirect_is_not_followed(self) -> None:
        with serve_lookups() as other, serve_lookups(lambda _: reply(307, location=other.url)) as server:
            assert "a redirect, which is not followed" in str(fail(RemoteSessions(server.url)))
        assert other.requests == []

    def test_cookies_of_a_response_are_not_kept(self) -> None:
        with serve_lookups(lambda _: reply_json(SESSION, set_cookie="a=b; Path=/")) as server:
            sessions = RemoteSessions(server.url)
            look_up(sessions)
            look_up(sessions)
        assert all("cookie" not in request.headers for request in server.requests)

    def test_proxy_of_the_environment_is_not_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with serve_lookups() as proxy, serve_lookups() as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("ALL_PROXY", proxy.url)
            assert look_up(RemoteSessions(server.url)) == SESSION
        assert proxy.requests == []


class TestRateLimit:
    def test_after_a_429_no_request_is_sent_before_the_time_it_names(self) -> None:
        with serve_lookups(lambda _: reply(429, "{}", x_retry_after="30")) as server:
            sessions = RemoteSessions(server.url)
            assert '{ customRules: { "/get-session": false } }' in str(fail(sessions))
            second = fail(sessions, COOKIE)
            assert 0 < second.retry_after_seconds <= 30
            assert "limits the rate" in str(second)
        assert len(server.requests) == 1

    def test_pause_ends(self) -> None:
        responses = iter([reply(429, retry_after="1"), reply_json(SESSION)])
        with serve_lookups(lambda _: next(responses)) as server:
            sessions = RemoteSessions(server.url)
            assert fail(sessions).retry_after_seconds == 1
            time.sleep(1.1)
            assert look_up(sessions) == SESSION

    def test_pause_is_bounded(self) -> None:
        with serve_lookups(lambda _: reply(429, retry_after="86400")) as server:
            sessions = RemoteSessions(server.url)
            assert fail(sessions).retry_after_seconds == 86_400
            assert fail(sessions).retry_after_seconds <= 60


class TestConnection:
    def test_refused_connection_is_an_error(self) -> None:
        with serve_lookups() as server:
            pass
        assert "the connection was refused" in str(fail(RemoteSessions(server.url)))

    def test_closed_connection_is_replaced_once(self) -> None:
        def respond(request: Request) -> list[bytes]:
            if request.number == 2:  # on the open connection
                raise CloseConnection
            return reply_json(SESSION)

        with serve_lookups(respond) as server:
            sessions = RemoteSessions(server.url)
            assert look_up(sessions) == SESSION
            assert look_up(sessions) == SESSION
        assert [request.connection for request in server.requests] == [1, 1, 2]

    def test_server_that_closes_every_connection_is_asked_twice(self) -> None:
        def respond(_: Request) -> list[bytes]:
            raise CloseConnection

        with serve_lookups(respond) as server:
            assert "closed the connection" in str(fail(RemoteSessions(server.url)))
        assert len(server.requests) == 2

    def test_response_that_is_cut_is_not_repeated(self) -> None:
        def respond(_: Request) -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"
            raise CloseConnection

        with serve_lookups(respond) as server:
            assert "ended early" in str(fail(RemoteSessions(server.url)))
        assert len(server.requests) == 1

    def test_response_that_drips_times_out(self) -> None:
        def respond(_: Request) -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"
            while True:
                yield b" "
                time.sleep(0.02)

        with serve_lookups(respond) as server:
            assert "timed out after 0.3 s" in str(fail(RemoteSessions(server.url, timeout_seconds=0.3)))

    def test_interim_responses_without_end_delay_no_other_server(self) -> None:
        is_flooding = threading.Event()
        is_flooding.set()

        def respond(_: Request) -> Iterator[bytes]:
            while is_flooding.is_set():
                yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000
            yield from reply_json(SESSION)

        async def main(url: str, other_url: str, keys_url: str) -> None:
            sessions, others = RemoteSessions(url, timeout_seconds=1), RemoteSessions(other_url)
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


class TestOneInFlight:
    def test_request_during_a_look_up_gets_the_answer_of_the_next_one(self) -> None:
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

    def test_tokens_are_looked_up_beside_each_other(self) -> None:
        are_both_here = threading.Barrier(2, timeout=60)

        def respond(_: Request) -> list[bytes]:
            are_both_here.wait()
            return reply_json(SESSION)

        async def main(url: str) -> None:
            sessions = RemoteSessions(url)
            assert await asyncio.gather(sessions(TOKEN), sessions(COOKIE)) == [SESSION, SESSION]

        with serve_lookups(respond) as server:
            asyncio.run(main(server.url))

    def test_request_that_leaves_does_not_cancel_the_look_up_of_others(self) -> None:
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

    def test_failure_is_shared_by_those_who_wait(self) -> None:
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

    def test_tokens_and_waiters_are_bounded(self) -> None:
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


class TestCache:
    def test_answer_is_used_again_up_to_its_age(self) -> None:
        with serve_lookups() as server:
            sessions = RemoteSessions(server.url, cache_seconds=600)
            first = look_up(sessions)
            first["user"].clear()
            assert look_up(sessions) == SESSION
            assert len(server.requests) == 1
            assert look_up(sessions, COOKIE) == SESSION
            assert len(server.requests) == 2

    @pytest.mark.parametrize("settings", [{}, {"cache_seconds": 0}, {"cache_seconds": 60, "max_cached_sessions": 0}])
    def test_every_call_is_looked_up_without_a_cache(self, settings: dict[str, Any]) -> None:
        with serve_lookups() as server:
            sessions = RemoteSessions(server.url, **settings)
            look_up(sessions)
            look_up(sessions)
        assert len(server.requests) == 2

    def test_old_answer_is_not_used(self) -> None:
        responses = iter([reply_json(SESSION), reply(200, "null")])
        with serve_lookups(lambda _: next(responses)) as server:
            sessions = RemoteSessions(server.url, cache_seconds=0.2)
            assert look_up(sessions) == SESSION
            time.sleep(0.3)
            assert look_up(sessions) is None

    def test_negative_answers_and_failures_are_not_cached(self) -> None:
        responses = iter([reply(200, "null"), reply(500), reply_json(SESSION)])
        with serve_lookups(lambda _: next(responses)) as server:
            sessions = RemoteSessions(server.url, cache_seconds=600)
            assert look_up(sessions) is None
            fail(sessions)
            assert look_up(sessions) == SESSION

    def test_requests_during_a_look_up_share_an_answer_that_is_cached(self) -> None:
        async def main(url: str) -> None:
            sessions = RemoteSessions(url, cache_seconds=600)
            assert await asyncio.gather(*(sessions(TOKEN) for _ in range(20))) == [SESSION] * 20

        with serve_lookups() as server:
            asyncio.run(main(server.url))
        assert len(server.requests) == 1


class TestOrganizationRoles:
    @staticmethod
    def find(url: str, token: SessionToken = TOKEN) -> list[str]:
        async def main() -> list[str]:
            return await RemoteSessions(url).find_organization_roles(token, "u&1", "o 1")

        return asyncio.run(main())

    def test_request_names_user_and_organization(self) -> None:
        with serve_lookups(lambda _: reply_json({"role": "owner, admin"})) as server:
            assert self.find(server.url, COOKIE) == ["owner", "admin"]
        (request,) = server.requests
        assert request.target == "/api/auth/organization/get-active-member-role?organizationId=o+1&userId=u%261"
        assert "cookie" in request.headers

    @pytest.mark.parametrize("status", [400, 401, 403])
    def test_user_who_is_not_a_member_has_no_role(self, status: int) -> None:
        with serve_lookups(lambda _: reply(status, "{}")) as server:
            assert self.find(server.url) == []

    def test_value_that_cannot_be_sent_has_no_role(self) -> None:
        with serve_lookups() as server:
            assert self.find(server.url, SessionToken("t", raw="a b")) == []
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
    def test_unclear_answer_is_an_error(self, response: list[bytes], text: str) -> None:
        with serve_lookups(lambda _: response) as server, pytest.raises(StoreUnavailableError) as raised:
            self.find(server.url)
        assert text in str(raised.value)


class TestArguments:
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
    def test_invalid_argument_is_named(self, arguments: dict[str, Any], error: type[Exception], text: str) -> None:
        with pytest.raises(error, match=text):
            RemoteSessions(**{"base_url": "https://auth.example.com", **arguments})

    def test_plain_http_needs_allow_http(self) -> None:
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
    def test_argument_that_is_not_a_session_token_is_refused(self, token: Any, error: type[Exception]) -> None:
        async def main() -> None:
            sessions = RemoteSessions("https://auth.example.com")
            with pytest.raises(error, match="token"):
                sessions(token)
            with pytest.raises(error, match="token"):
                sessions.find_organization_roles(token, "u", "o")

        asyncio.run(main())

    def test_call_without_an_event_loop_is_refused(self) -> None:
        sessions = RemoteSessions("https://auth.example.com")
        with pytest.raises(RuntimeError, match="RemoteSessions must be called and awaited in a coroutine"):
            sessions(TOKEN)
        with pytest.raises(RuntimeError, match="find_organization_roles"):
            sessions.find_organization_roles(TOKEN, "u", "o")

    def test_object_is_shared_when_copied_and_not_pickled(self) -> None:
        sessions = RemoteSessions("https://auth.example.com?secret=1")
        assert copy.copy(sessions) is sessions
        assert copy.deepcopy(sessions) is sessions
        with pytest.raises(TypeError, match="RemoteSessions cannot be pickled"):
            pickle.dumps(sessions)
        assert repr(sessions) == '<fastjose.sessions.RemoteSessions "https://auth.example.com/api/auth">'
