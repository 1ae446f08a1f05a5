"""`RemoteIntrospection`: the request, the verdict, the requirements, and the client's secret."""

from __future__ import annotations

import base64
import copy
import pickle
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from fastjose.introspection import RemoteIntrospection
from support.servers.introspection_server import (
    ACTIVE,
    SECRET,
    TOKEN,
    fail,
    introspect,
    introspect_at,
    read_form,
    reject,
    respond_with,
)
from support.servers.lookup_server import LookupServer, Request, reply, reply_json, serve_lookups

URL = "https://auth.example.com/introspect"
CLIENT: dict[str, Any] = {"client_id": "api", "client_secret": SECRET}


def decode_basic(request: Request) -> tuple[str, str]:
    """Return the id and the secret of Basic credentials (RFC 6749 §2.3.1)."""
    scheme, _, encoded = request.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def test_request_with_basic_credentials_is_that_of_rfc_7662() -> None:
    with serve_lookups(respond_with(ACTIVE)) as server:
        assert introspect(introspect_at(server, client_id="my:api é")) == ACTIVE
    (request,) = server.requests
    assert request.target == "/introspect"
    assert read_form(request) == {"token": TOKEN, "token_type_hint": "access_token"}
    assert decode_basic(request) == ("my:api é", SECRET)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["accept"] == "application/json"
    assert set(request.headers) - {"user-agent", "accept-encoding"} == {
        *("accept", "authorization", "content-length", "content-type", "host"),
    }


def test_request_with_posted_credentials_has_no_authorization_header() -> None:
    with serve_lookups(respond_with(ACTIVE)) as server:
        introspect(introspect_at(server, auth_method="client_secret_post"))
    (request,) = server.requests
    assert "authorization" not in request.headers
    assert read_form(request) == {
        "token": TOKEN,
        "token_type_hint": "access_token",
        "client_id": "api",
        "client_secret": SECRET,
    }


def test_query_of_the_url_is_sent_and_never_shown() -> None:
    with serve_lookups(lambda _: reply(500)) as server:
        introspection = RemoteIntrospection(
            f"{server.url}/introspect?tenant=hidden#x", check_audience=False, timeout_seconds=60, **CLIENT
        )
        assert "hidden" not in str(fail(introspection)) + repr(introspection) + introspection.url
    assert server.requests[0].target == "/introspect?tenant=hidden"


def test_token_is_accepted_only_if_active_is_true() -> None:
    for active in (False, None, 1, 1.0, "true", "True", [True], {"active": True}):
        with serve_lookups(respond_with({**ACTIVE, "active": active})) as server:
            error = reject(introspect_at(server))
        assert (error.code, str(error)) == ("inactive_token", "The token is not active")
    with serve_lookups(respond_with({**ACTIVE, "active": True})) as server:
        assert introspect(introspect_at(server)) == ACTIVE


@pytest.mark.parametrize("token", ["", " ", "a b", "a\r\nx: y", "a\n", "é", "a\0", "\ud800", "a" * 16_385])
def test_text_that_cannot_be_a_token_causes_no_request(token: str) -> None:
    with serve_lookups() as server:
        error = reject(introspect_at(server), token)
    assert error.code == "malformed"
    assert not server.requests


REQUIREMENTS = [
    ({}, {}, "accepted"),
    ({"exp": None}, {}, "invalid_claim"),
    ({"exp": 1}, {}, "expired"),
    ({"exp": "4000000000"}, {}, "invalid_claim"),
    ({"nbf": 3_999_999_999}, {}, "not_yet_valid"),
    ({"sub": 5}, {}, "invalid_claim"),
    ({"client_id": "other"}, {}, "wrong_claim"),
    ({"azp": "other"}, {}, "wrong_claim"),
    ({"client_id": None}, {}, "wrong_claim"),
    ({"aud": "api"}, {}, "wrong_audience"),
    ({"aud": []}, {}, "accepted"),
    ({"aud": []}, {"required": "aud"}, "missing_claim"),
    ({"aud": "api"}, {"audience": "api"}, "accepted"),
    ({"aud": ["x", "api"]}, {"audience": "api"}, "accepted"),
    ({"aud": ["x", "api"]}, {"audience": "api", "audience_exact": True}, "wrong_audience"),
    ({"aud": "x"}, {"check_audience": False}, "accepted"),
    ({}, {"audience": "api"}, "missing_claim"),
    ({}, {"issuer": "https://auth.example.com"}, "missing_claim"),
    ({"iss": "https://auth.example.com/"}, {"issuer": "https://auth.example.com"}, "wrong_issuer"),
    ({"iss": "https://auth.example.com"}, {"issuer": "https://auth.example.com"}, "accepted"),
    ({}, {"required": ["jti"]}, "missing_claim"),
    ({"token_use": "access_token"}, {"claims": {"scope": "tasks:read"}}, "accepted"),
    ({"scope": "tasks:write"}, {"claims": {"scope": "tasks:read"}}, "wrong_claim"),
    ({"cnf": {"jkt": "x"}, "token_type": "Bearer"}, {}, "invalid_claim"),
    ({"cnf": {"x5t#S256": "x"}}, {}, "invalid_claim"),
    ({"token_type": "DPoP"}, {}, "wrong_type"),
    ({"token_type": "Bearer"}, {}, "accepted"),
]


@pytest.mark.parametrize(("members", "options", "expected"), REQUIREMENTS)
def test_members_of_the_response_are_validated_like_claims(
    members: dict[str, Any], options: dict[str, Any], expected: str
) -> None:
    response = {**ACTIVE, **members}
    with serve_lookups(respond_with(response)) as server:
        introspection = introspect_at(server, **options)
        if expected == "accepted":
            assert introspect(introspection) == response
        else:
            assert reject(introspection).code == expected


def test_leeway_is_for_exp_and_nbf() -> None:
    now = int(time.time())
    with serve_lookups(respond_with({**ACTIVE, "exp": now - 100, "nbf": now + 100})) as server:
        assert reject(introspect_at(server)).code == "not_yet_valid"
        introspect(introspect_at(server, leeway_seconds=1_000))


def test_required_members_are_none_by_default() -> None:
    with serve_lookups(respond_with({"active": True, "client_id": "web"})) as server:
        assert introspect(introspect_at(server)) == {"active": True, "client_id": "web"}


def test_secret_in_place_of_the_path_of_its_file_is_in_no_error() -> None:
    with serve_lookups(respond_with(ACTIVE)) as server:
        error = str(fail(introspect_at(server, client_secret=Path(SECRET))))
        assert "the file of client_secret must exist" in error
        assert SECRET.split("/")[0] not in error
        assert server.requests == []


def test_secret_in_a_file_is_read_at_each_request(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with serve_lookups(respond_with(ACTIVE)) as server:
        introspection = introspect_at(server, client_secret=file)
        assert "must exist" in str(fail(introspection))
        for content, secret in [("one", "one"), (" two\r\n", "two"), (f"{SECRET}\n", SECRET)]:
            file.write_text(content, encoding="utf-8")
            introspect(introspection)
            assert decode_basic(server.requests[-1]) == ("api", secret)
        count = len(server.requests)
        for unusable in (b"", b"\n", b"\xff\xfe", b"a" * 5_000):
            file.write_bytes(unusable)
            assert "client_secret" in str(fail(introspection))
        assert len(server.requests) == count


def test_directory_is_not_a_secret(tmp_path: Path) -> None:
    with serve_lookups() as server:
        assert "regular file" in str(fail(introspect_at(server, client_secret=tmp_path)))


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({}, ValueError, "audience, accepted_client_id or claims must say which tokens are for this application"),
        ({"audience": []}, ValueError, "audience"),
        ({"audience": "a", "check_audience": False}, ValueError, "audience must be None"),
        ({"audience": "a", "client_id": ""}, ValueError, "client_id and client_secret"),
        ({"audience": "a", "client_secret": ""}, ValueError, "client_id and client_secret"),
        ({"audience": "a", "client_secret": b"x"}, TypeError, "client_secret must be a str, or the path"),
        ({"audience": "a", "client_secret": None}, TypeError, "client_secret must be a str, or the path"),
        ({"audience": "a", "client_secret": "\ud800"}, ValueError, "client_secret must be valid Unicode"),
        ({"audience": "a", "client_id": 5}, TypeError, "client_id must be a str"),
        ({"audience": "a", "auth_method": "private_key_jwt"}, ValueError, "auth_method must be"),
        ({"audience": "a", "timeout_seconds": 0}, ValueError, "timeout_seconds"),
        ({"audience": "a", "cache_seconds": -1}, ValueError, "cache_seconds"),
        ({"audience": "a", "max_cached_tokens": 1_000_001}, ValueError, "max_cached_tokens must be at most 1000000"),
        ({"audience": "a", "leeway_seconds": -1}, ValueError, "leeway_seconds"),
        ({"audience": "a", "leeway_seconds": float("nan")}, ValueError, "leeway_seconds"),
        ({"claims": {"aud": "x"}}, ValueError, "claims must not contain"),
    ],
)
def test_wrong_argument_is_named(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text) as raised:
        RemoteIntrospection(URL, **{**CLIENT, **options})
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    ["http://auth.example.com/introspect", "file:///etc/passwd", "https://u:p@a.example/", "x", "https://{tenant}/"],
)
def test_url_must_be_https(url: str) -> None:
    with pytest.raises(ValueError, match="url must"):
        RemoteIntrospection(url, check_audience=False, **CLIENT)
    RemoteIntrospection(URL, check_audience=False, **CLIENT)
    RemoteIntrospection("http://auth:3000/introspect", allow_http=True, check_audience=False, **CLIENT)


def test_object_is_immutable_and_shows_no_secret() -> None:
    introspection = RemoteIntrospection(URL, check_audience=False, **CLIENT)
    assert repr(introspection) == f'<fastjose.introspection.RemoteIntrospection "{URL}">'
    assert copy.copy(introspection) is copy.deepcopy(introspection) is introspection
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(introspection)
    with pytest.raises(RuntimeError, match="event loop"):
        introspection.introspect("token")  # type: ignore[unused-coroutine]
    assert not introspection.has_seen_active


def test_first_active_token_is_remembered() -> None:
    is_active = False

    def respond(_: Request) -> list[bytes]:
        return reply_json({**ACTIVE, "active": is_active})

    with serve_lookups(respond) as server:
        introspection = introspect_at(server)
        reject(introspection)
        assert not introspection.has_seen_active
        is_active = True
        introspect(introspection)
        assert introspection.has_seen_active


def ask_twice(server: LookupServer, introspection: RemoteIntrospection) -> int:
    """Return the number of requests for two introspections of one token."""
    before = len(server.requests)
    for _ in range(2):
        introspect(introspection)
    return len(server.requests) - before


def test_answer_is_used_again_only_with_cache_seconds() -> None:
    with serve_lookups(respond_with(ACTIVE)) as server:
        assert ask_twice(server, introspect_at(server)) == 2
        cached = introspect_at(server, cache_seconds=600)
        assert ask_twice(server, cached) == 1
        introspect(cached, "another-token")
        assert len(server.requests) == 4
        assert ask_twice(server, introspect_at(server, cache_seconds=600, max_cached_tokens=0)) == 2


def test_cached_answer_is_a_new_dict_each_time() -> None:
    with serve_lookups(respond_with(ACTIVE)) as server:
        introspection = introspect_at(server, cache_seconds=600)
        introspect(introspection)["sub"] = "admin"
        assert introspect(introspection) == ACTIVE


def test_cached_answer_does_not_outlive_its_exp(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_lookups(respond_with({**ACTIVE, "exp": 2_000_000_000})) as server:
        introspection = introspect_at(server, cache_seconds=600)
        monkeypatch.setattr(time, "time", lambda: 1_999_999_999.0)
        assert ask_twice(server, introspection) == 1
        monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
        assert reject(introspection).code == "expired"
        assert len(server.requests) == 2


def test_inactive_token_is_never_cached() -> None:
    is_active = True

    def respond(_: Request) -> list[bytes]:
        return reply_json({**ACTIVE, "active": is_active})

    with serve_lookups(respond) as server:
        introspection = introspect_at(server, cache_seconds=600)
        is_active = False
        for _ in range(2):
            assert reject(introspection).code == "inactive_token"
        is_active = True
        assert introspect(introspection) == ACTIVE
    assert len(server.requests) == 3
