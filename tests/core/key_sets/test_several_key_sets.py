"""Several remote key sets in one `Verifier`, and the token cache behind a key set that fails."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fastjose import JOSEError, JWKSetUnavailableError, RemoteKeySet, Verifier
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks, wait_for_rejection
from support.tokens.jose_builder import create_token, ed_key, jwk, public_key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ONE, OTHER = ed_key(), ed_key(other=True)


def key_set_of(**keys: Any) -> dict[str, Any]:
    return {"keys": [jwk(public_key_of(key), alg="EdDSA", kid=kid) for kid, key in keys.items()]}


def token_of(kid: str, key: Any = ONE) -> str:
    return create_token("EdDSA", {"sub": "u", "exp": int(time.time()) + 600}, key, kid=kid)


class Issuers:
    """Two servers of key sets, and what each responds: a key set, or None for an invalid response."""

    def __init__(self, proxies: list[JwksProxy], bodies: list[Any]) -> None:
        self.proxies, self.bodies = proxies, bodies

    def create_verifier(self, *, cache_size: int = 0, **options: Any) -> Verifier:
        sets = [RemoteKeySet(proxy.url, max_wait_seconds=0, **options) for proxy in self.proxies]
        return Verifier(sets, cache_size=cache_size)


@pytest.fixture
def issuers() -> Iterator[Issuers]:
    bodies: list[Any] = [key_set_of(a=ONE), key_set_of(b=OTHER)]

    def reader(index: int) -> Callable[[], Any]:
        return lambda: bodies[index]

    with ExitStack() as stack:
        yield Issuers([stack.enter_context(serve_jwks(reader(index))) for index in range(2)], bodies)


def error_code(verifier: Verifier, token: str) -> str | None:
    with pytest.raises(JOSEError) as caught:
        verifier.verify(token)
    return caught.value.code


TOKENS: Sequence[Callable[[], str]] = (lambda: token_of("a"), lambda: token_of("b", OTHER))
"""A valid token of each set."""


@pytest.mark.parametrize("index", [0, 1])
def test_first_token_is_verified_with_the_fetched_keys_of_its_set(issuers: Issuers, index: int) -> None:
    assert issuers.create_verifier().verify(TOKENS[index]())


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("cache_size", [0, 10])
def test_key_withdrawn_from_one_set_is_rejected(issuers: Issuers, cache_size: int, index: int) -> None:
    verifier = issuers.create_verifier(cache_size=cache_size)
    tokens = [create() for create in TOKENS]
    for token in tokens * 2:
        assert verifier.verify(token)
    key = (ONE, OTHER)[index]
    issuers.bodies[index] = key_set_of(c=key)
    assert verifier.verify(token_of("c", key))
    assert error_code(verifier, tokens[index]) in {"unknown_key", "keys_unavailable"}
    assert verifier.verify(tokens[1 - index])


@pytest.mark.parametrize("index", [0, 1])
def test_set_that_is_down_affects_only_its_own_tokens(issuers: Issuers, index: int) -> None:
    issuers.bodies[index] = None
    verifier, good, other = issuers.create_verifier(), TOKENS[1 - index](), TOKENS[index]()
    assert verifier.verify(good)
    with pytest.raises(JWKSetUnavailableError):
        verifier.verify(other)
    assert verifier.verify(good)


def test_kid_that_both_sets_have_selects_either_key(issuers: Issuers) -> None:
    issuers.bodies[:] = [key_set_of(same=ONE), key_set_of(same=OTHER)]
    for verifier in (issuers.create_verifier(), issuers.create_verifier(recheck_interval_seconds=3_600)):
        assert verifier.verify(token_of("same"))
        assert verifier.verify(token_of("same", OTHER))
        assert error_code(verifier, token_of("same", Ed25519PrivateKey.generate())) == "bad_signature"


def test_error_of_several_sets_is_the_most_specific(issuers: Issuers) -> None:
    verifier = issuers.create_verifier(recheck_interval_seconds=3_600)
    assert verifier.verify(token_of("a"))
    assert verifier.verify(token_of("b", OTHER))
    assert error_code(verifier, token_of("a", OTHER)) == "bad_signature", "not the unknown_key of the other set"
    assert error_code(verifier, token_of("unknown")) == "unknown_key"
    issuers.bodies[1] = None
    verifier = issuers.create_verifier()
    assert verifier.verify(token_of("a"))
    assert error_code(verifier, token_of("a", OTHER)) == "keys_unavailable", "the set that is down could verify it"


@pytest.mark.parametrize("max_stale_seconds", [0, 0.5])
def test_cached_token_is_rejected_once_its_key_set_has_expired(issuers: Issuers, max_stale_seconds: float) -> None:
    ages = {"max_age_seconds": 1, "min_age_seconds": 0, "max_stale_seconds": max_stale_seconds}
    verifier, token = issuers.create_verifier(cache_size=10, **ages), token_of("a")
    assert verifier.verify(token)
    issuers.bodies[:] = [None, None]
    assert isinstance(wait_for_rejection(verifier, token), JWKSetUnavailableError)
    with pytest.raises(JWKSetUnavailableError):
        verifier.verify(token)
