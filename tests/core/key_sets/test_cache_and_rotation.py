"""Cached tokens while the key set changes: accepted from the cache as long as the set has their own key."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from fastjose import JWKSetUnavailableError, JWTError, RemoteKeySet, Verifier, sign_token
from support.servers.proxies.jwks_proxy import serve_jwks

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE: dict[str, list[Any]] = {
    "EdDSA": [ed25519.Ed25519PrivateKey.generate() for _ in range(2)],
    "ES256": [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)],
    "RS256": [rsa.generate_private_key(65_537, 2_048) for _ in range(2)],
}
TO_JWK: dict[str, Callable[[Any], Any]] = {
    "EdDSA": OKPAlgorithm.to_jwk,
    "ES256": ECAlgorithm.to_jwk,
    "RS256": RSAAlgorithm.to_jwk,
}


def make_jwk(algorithm: str, kid: str, number: int = 0, **members: object) -> dict[str, Any]:
    """Return the public key of this number under a `kid`."""
    public = TO_JWK[algorithm](PRIVATE[algorithm][number].public_key())
    return {**json.loads(public), "kid": kid, "alg": algorithm, **members}


def make_token(algorithm: str, kid: str, number: int = 0) -> str:
    pem = PRIVATE[algorithm][number].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    claims = {"sub": "u", "exp": int(time.time()) + 600}
    return sign_token(claims, pem, algorithm=algorithm, header={"kid": kid})


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_rotation_keeps_the_cached_tokens_of_a_key_that_stays(algorithm: str) -> None:
    members = [make_jwk(algorithm, "old")]
    with serve_jwks(lambda: {"keys": members}) as server:
        keys = RemoteKeySet(server.url)
        verifier, token = Verifier(keys, cache_size=10), make_token(algorithm, "old")
        verifier.verify(token)
        members.insert(0, make_jwk(algorithm, "new", 1))
        verifier.verify(make_token(algorithm, "new", 1))  # fetches the set
        misses = verifier.cache_miss_count
        verifier.verify(token)

    assert (verifier.cache_hit_count, verifier.cache_miss_count) == (1, misses)


@pytest.mark.parametrize("algorithm", PRIVATE)
@pytest.mark.parametrize("change", ["removed", "replaced under its kid", "renamed", "for encryption"])
def test_cached_token_is_rejected_once_its_key_is_withdrawn(algorithm: str, change: str) -> None:
    old = make_jwk(algorithm, "old")
    members = [old, make_jwk(algorithm, "other", 1)]
    with serve_jwks(lambda: {"keys": members}) as server:
        keys = RemoteKeySet(server.url, fetch_burst=10)
        verifier, token = Verifier(keys, cache_size=10), make_token(algorithm, "old")
        assert verifier.verify(token) == verifier.verify(token)
        members[0:1] = {
            "removed": [],
            "replaced under its kid": [make_jwk(algorithm, "old", 1)],
            "renamed": [{**old, "kid": "renamed"}],
            "for encryption": [{**old, "use": "enc"}],
        }[change]
        keys.fetch()
        for _ in range(2):
            with pytest.raises(JWTError):
                verifier.verify(token)
        members[:] = [old]
        keys.fetch()
        hits = verifier.cache_hit_count
        assert verifier.verify(token)["sub"] == "u"

    assert verifier.cache_hit_count == hits, "the key that returns verifies the token again"


@pytest.mark.parametrize("algorithm", PRIVATE)
@pytest.mark.parametrize("change", ["replaced by an unknown type", "for encryption", "for another algorithm", "weak"])
def test_token_is_rejected_once_no_member_of_the_set_is_usable(algorithm: str, change: str) -> None:
    old = make_jwk(algorithm, "old")
    members = [old]
    with serve_jwks(lambda: {"keys": members}) as server:
        keys = RemoteKeySet(server.url, fetch_burst=10, max_wait_seconds=0.1)
        verifier, token = Verifier(keys, cache_size=10), make_token(algorithm, "old")
        assert verifier.verify(token) == verifier.verify(token)
        members[:] = {
            "replaced by an unknown type": [{"kty": "OKP", "crv": "Ed448", "kid": "new", "x": "AA"}],
            "for encryption": [{**old, "use": "enc"}],
            "for another algorithm": [{**old, "alg": "ES384"}],
            "weak": [{"kty": "RSA", "kid": "old", "n": "AQ", "e": "AQAB"}],
        }[change]
        with pytest.raises(JWKSetUnavailableError, match="no usable key"):
            keys.fetch()
        assert not keys.has_usable_keys
        for _ in range(2):
            with pytest.raises(JWKSetUnavailableError, match="no usable key"):
                verifier.verify(token)
        members[:] = [old]
        keys.fetch()
        assert verifier.verify(token)["sub"] == "u"
