"""What objects of the native module show of themselves."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from fastjose import JWKError, JWTError, RemoteKeySet, Verifier, jwk, sign_token
from fastjose._core import (
    KeyMaterial,
    OriginPolicy,
    RemoteApiKeys,
    RemoteIntrospection,
    RevocationList,
    SessionCookieReader,
    SessionTokenReader,
    reject_sender_constrained,
)
from support.servers.issuer_server import serve_issuer
from support.tokens.ed25519_key_set import make_key_set
from support.tokens.jose_builder import SECRET, public_key_of, rsa_key

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
URL = "https://id.example.com/jwks"


def test_urls_are_those_of_the_arguments() -> None:
    assert RemoteApiKeys("https://auth.example.com/api/auth").base_url == "https://auth.example.com/api/auth"
    introspection = RemoteIntrospection(
        "https://id.example.com/introspect", client_id="api", client_secret="s", check_audience=False
    )
    assert introspection.url == "https://id.example.com/introspect"


def test_endpoints_are_those_of_the_document() -> None:
    names = ("authorization", "token", "introspection", "revocation", "userinfo", "end_session")
    urls = {f"{name}_endpoint": f"https://id.example.com/{name}" for name in names}
    with serve_issuer() as issuer:
        issuer.publish(issuer.url, make_key_set(), **urls)
        keys = RemoteKeySet.of_issuer(issuer.url)
        keys.fetch()
    assert {name: getattr(keys.discovery, name) for name in urls} == urls


def test_key_sets_are_equal_if_they_are_the_same() -> None:
    keys, other = RemoteKeySet(URL), RemoteKeySet(URL)
    (same,) = Verifier(keys, algorithms=["RS256"]).remote_key_sets
    assert same == keys
    assert hash(same) == hash(keys)
    assert keys != other
    assert len({keys, same, other}) == 2


def test_key_set_says_whether_it_fetches_each_key() -> None:
    assert RemoteKeySet(URL).is_per_kid is False
    assert RemoteKeySet.per_kid("https://id.example.com/keys").is_per_kid is True


def test_new_key_set_has_fetched_nothing() -> None:
    keys = RemoteKeySet(URL)
    assert (keys.fetch_count, keys.failed_fetch_count, keys.key_count, keys.has_usable_keys) == (0, 0, 0, False)


def test_cookies_cannot_be_pickled() -> None:
    cookies = SessionCookieReader(secrets=["s" * 32]).read([b"theme=dark"])
    with pytest.raises(TypeError, match=r"^A SessionCookies cannot be pickled"):
        pickle.dumps(cookies)


@pytest.mark.parametrize("events", [{"https://events.example.com/sign-in": {}}, {}, None, [LOGOUT_EVENT], 5])
def test_claims_with_another_event_are_those_of_a_user(events: Any) -> None:
    reject_sender_constrained({"sub": "user-1", "events": events})


def test_claims_of_a_logout_token_are_rejected() -> None:
    with pytest.raises(JWTError, match="Invalid token type"):
        reject_sender_constrained({"sub": "user-1", "events": {"https://events.example.com/a": {}, LOGOUT_EVENT: {}}})


def test_reader_says_whether_it_accepts_unsigned_tokens() -> None:
    strict, other = SessionTokenReader(["s" * 32]), SessionTokenReader(["s" * 32], allow_unsigned=True)
    assert (strict.allow_unsigned, other.allow_unsigned) == (False, True)
    assert repr(strict) == "<fastjose.SessionTokenReader allow_unsigned=False>"
    assert repr(other) == "<fastjose.SessionTokenReader allow_unsigned=True>"


def test_key_material_shows_its_kind_alone() -> None:
    assert repr(KeyMaterial(SECRET, "oct")) == "<fastjose._core.KeyMaterial Secret>"


@pytest.mark.parametrize("seconds", [1.0, 900.0, 86_400.0])
def test_list_shows_the_longest_lifetime_of_tokens(seconds: float) -> None:
    assert RevocationList(max_token_lifetime_seconds=seconds).max_token_lifetime_seconds == seconds


@pytest.mark.parametrize("kind", ["lifespan", "webtransport", ""])
def test_policy_allows_no_scope_of_another_kind(kind: str) -> None:
    scope = {"type": kind, "method": "GET", "headers": []}
    assert not OriginPolicy([]).allows(scope)
    assert OriginPolicy([]).allows({**scope, "type": "http"})


def test_longest_token_is_read_from_the_cache() -> None:
    token = sign_token({"exp": 4_000_000_000}, SECRET, algorithm="HS256")
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=2, max_token_bytes=len(token))
    for _ in range(2):
        verifier.verify(token)
    assert (verifier.cache_miss_count, verifier.cache_hit_count, verifier.cached_token_count) == (1, 1, 1)


def test_token_that_is_too_long_is_not_looked_up_in_the_cache() -> None:
    token = sign_token({"exp": 4_000_000_000}, SECRET, algorithm="HS256")
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=2, max_token_bytes=len(token) - 1)
    for _ in range(2):
        with pytest.raises(JWTError, match="longer"):
            verifier.verify(token)
    assert (verifier.cache_miss_count, verifier.cache_hit_count, verifier.cached_token_count) == (0, 0, 0)


def test_key_of_another_library_is_not_a_secret() -> None:
    with pytest.raises(JWKError, match="Expecting a string- or bytes-formatted key"):
        jwk.construct(public_key_of(rsa_key()), "HS256")
