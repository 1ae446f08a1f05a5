"""Discovery documents of a hostile or broken server: the reason names them, and nothing of their content."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JWKSetUnavailableError, RemoteKeySet, Verifier
from support.servers.endless_server import ENDLESS_RESPONSES, WAIT_SECONDS, serve_endless_response
from support.servers.issuer_server import OIDC_PATH, Answer, IssuerServer, serve_issuer
from support.tokens.ed25519_key_set import make_key_set, make_token

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        server.publish(server.url, make_key_set())
        yield server


def failure_of(keys: RemoteKeySet) -> str:
    with pytest.raises(JWKSetUnavailableError) as raised:
        keys.fetch()
    assert "secret" not in str(raised.value)
    assert keys.last_failure is not None
    return keys.last_failure


def with_members(server: IssuerServer, **members: Any) -> bytes:
    return json.dumps({"issuer": server.url, "jwks_uri": f"{server.url}/jwks", **members}).encode()


HOSTILE_BODIES: dict[str, tuple[bytes, str]] = {
    "html": (b"<!doctype html><title>secret</title>", "HTML or XML"),
    "empty": (b"", "not JSON"),
    "text": (b"secret", "not JSON"),
    "nul": (b"\0" * 100, "not JSON"),
    "utf-16": ('{"issuer":"secret"}'.encode("utf-16"), "not JSON"),
    "byte order mark": (b'\xef\xbb\xbf{"issuer":"secret"}', "not JSON"),
    "list": (b'["secret"]', "another JSON value"),
    "null": (b"null", "another JSON value"),
    "no members": (b"{}", "a text called issuer"),
    "issuer of another type": (b'{"issuer":["secret"]}', "a text called issuer"),
    "another issuer": (b'{"issuer":"https://secret.example","jwks_uri":"https://secret.example/"}', "is another one"),
    "huge": (b'{"issuer":"' + b"secret" * 2_000_000 + b'"}', "max_body_bytes"),
    "nested": (b'{"issuer":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
    "key set": (json.dumps(make_key_set()).encode(), "a text called issuer"),
}
HOSTILE_MEMBERS: dict[str, tuple[dict[str, Any], str]] = {
    "file": ({"jwks_uri": "file:///etc/secret"}, "must use https"),
    "http to another host": ({"jwks_uri": "http://secret.example/jwks"}, "must use https"),
    "http to a private address": ({"jwks_uri": "http://10.0.0.1/secret"}, "must use https"),
    "data": ({"jwks_uri": "data:,secret"}, "must use https"),
    "credentials": ({"jwks_uri": "https://user:secret@id.example/jwks"}, "user name or password"),
    "relative": ({"jwks_uri": "/secret"}, "must be a URL"),
    "line feed": ({"jwks_uri": "https://id.example/\nsecret"}, "control characters"),
    "nul": ({"jwks_uri": "https://id.example/\0secret"}, "control characters"),
    "long": ({"jwks_uri": "https://id.example/" + "secret" * 1_000}, "at most 2048 bytes"),
    "list": ({"jwks_uri": ["https://id.example/secret"]}, "must be a text"),
    "number": ({"jwks_uri": 1}, "must be a text"),
    "absent": ({"jwks_uri": None}, "must have a jwks_uri"),
}


@pytest.mark.parametrize("name", HOSTILE_BODIES)
def test_body_that_is_not_the_document_is_named(server: IssuerServer, name: str) -> None:
    body, expected = HOSTILE_BODIES[name]
    server.answers[OIDC_PATH] = Answer(body)
    reason = failure_of(RemoteKeySet.of_issuer(server.url))
    assert "the discovery document" in reason
    assert expected in reason
    assert server.paths == [OIDC_PATH]


@pytest.mark.parametrize("name", HOSTILE_MEMBERS)
def test_jwks_uri_that_may_not_be_requested_is_named(server: IssuerServer, name: str) -> None:
    members, expected = HOSTILE_MEMBERS[name]
    server.answers[OIDC_PATH] = Answer(with_members(server, **members))
    reason = failure_of(RemoteKeySet.of_issuer(server.url))
    assert reason.startswith("the discovery document must have a")
    assert expected in reason
    assert server.paths == [OIDC_PATH]


@pytest.mark.parametrize("name", [name for name in (*HOSTILE_BODIES, *HOSTILE_MEMBERS) if name != "huge"])
def test_hostile_document_after_a_good_one_keeps_the_cached_keys(server: IssuerServer, name: str) -> None:
    keys = RemoteKeySet.of_issuer(server.url)
    verifier = Verifier(keys, cache_size=0)
    verifier.verify(make_token())
    hostile = HOSTILE_BODIES[name][0] if name in HOSTILE_BODIES else with_members(server, **HOSTILE_MEMBERS[name][0])
    server.answers[OIDC_PATH] = Answer(hostile)
    failure_of(keys)
    assert verifier.verify(make_token())["sub"] == "u"


def test_huge_document_after_a_good_one_is_an_outage_of_the_document(server: IssuerServer) -> None:
    keys = RemoteKeySet.of_issuer(server.url)
    keys.fetch()
    server.answers[OIDC_PATH] = Answer(HOSTILE_BODIES["huge"][0])
    server.answers["/jwks"] = Answer(make_key_set("b"))
    assert Verifier(keys).verify(make_token("b"))["sub"] == "u"


def test_two_issuers_in_one_document_are_refused(server: IssuerServer) -> None:
    for text in (
        f'{{"issuer":"{server.url}","issuer":"secret","jwks_uri":"{server.url}/jwks"}}',
        f'{{"issuer":"secret","\\u0069ssuer":"{server.url}","jwks_uri":"{server.url}/jwks"}}',
        f'{{"issuer":"{server.url}","jwks_uri":"{server.url}/jwks","jwks_uri":"{server.url}/secret"}}',
    ):
        server.answers[OIDC_PATH] = Answer(text.encode())
        assert "occurs twice" in failure_of(RemoteKeySet.of_issuer(server.url))


@pytest.mark.parametrize(
    ("configured", "found", "expected"),
    [
        ("", "/", "with that slash"),
        ("/", "", "without it"),
        ("/A", "/a", "upper and lower case"),
        ("/a", "/{tenantid}/v2.0", "placeholder"),
        ("/a", "/b", "is another one"),
    ],
)
def test_issuer_that_differs_says_how(server: IssuerServer, configured: str, found: str, expected: str) -> None:
    issuer = server.url + configured
    server.publish(server.url + found, make_key_set(), path=configured.rstrip("/") + OIDC_PATH)
    reason = failure_of(RemoteKeySet.of_issuer(issuer))
    assert f"must name the configured issuer {issuer}, to the letter" in reason
    assert expected in reason


def test_redirect_of_the_document_is_not_followed(server: IssuerServer) -> None:
    with serve_issuer() as other:
        other.publish(server.url, make_key_set())
        server.answers[OIDC_PATH] = Answer(b"secret", status=302, headers={"Location": f"{other.url}{OIDC_PATH}"})
        assert "a redirect, which is not followed" in failure_of(RemoteKeySet.of_issuer(server.url))
        assert other.paths == []


def test_compressed_document_counts_decompressed(server: IssuerServer) -> None:
    body = gzip.compress(with_members(server, x="a" * 20_000_000))
    assert len(body) < 100_000
    server.answers[OIDC_PATH] = Answer(body, headers={"Content-Encoding": "gzip"})
    assert "max_body_bytes" in failure_of(RemoteKeySet.of_issuer(server.url))


@pytest.mark.parametrize("name", ENDLESS_RESPONSES)
def test_endless_document_fails_and_its_connection_is_closed(name: str) -> None:
    with serve_endless_response(name) as endless:
        failure_of(RemoteKeySet.of_issuer(endless.url.removesuffix("/jwks"), timeout_seconds=0.5))
        assert endless.is_left.wait(WAIT_SECONDS)


def test_document_and_key_set_share_the_time_of_a_fetch(server: IssuerServer) -> None:
    with server.hold("/jwks"):
        reason = failure_of(RemoteKeySet.of_issuer(server.url, timeout_seconds=0.5))
    assert reason.startswith("the key set at the document's jwks_uri: the fetch timed out after 0.5 s")
