"""`fastjose.testing`: tokens of every algorithm, and keys behind a URL."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from fastjose import ExpiredSignatureError, JOSEError, JWTError, RemoteKeySet, Verifier
from fastjose.testing import TokenIssuer, serve_jwks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.testing import JwksServer

ALGORITHMS = [
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519"),
]


def create_verifier(issuer: TokenIssuer, keys: Any = None) -> Verifier:
    return Verifier(
        issuer.key if keys is None else keys,
        algorithms=issuer.algorithm,
        issuer=issuer.url,
        audience=issuer.audience,
        typ=issuer.typ,
    )


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with serve_jwks(TokenIssuer()) as server:
        yield server


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_token_of_each_algorithm_is_verified_by_the_key_of_its_issuer_alone(algorithm: str) -> None:
    issuer, other = TokenIssuer(algorithm=algorithm), TokenIssuer(algorithm=algorithm)
    claims = create_verifier(issuer).verify(issuer.mint_token("user-7", role="admin"))
    assert (claims["sub"], claims["role"], claims["iss"], claims["aud"]) == ("user-7", "admin", issuer.url, issuer.url)
    assert 0 <= claims["exp"] - time.time() <= 900
    with pytest.raises(JWTError):
        create_verifier(issuer).verify(other.mint_token())


def test_claims_can_be_replaced_and_omitted() -> None:
    issuer = TokenIssuer(audience="api")
    verifier = Verifier(issuer.jwk_set, required=())
    token = issuer.mint_token(omit=["exp", "aud", "email"], name=None, sub="other")
    claims = verifier.verify(token)
    assert {"exp", "aud", "email"}.isdisjoint(claims)
    assert (claims["name"], claims["sub"], claims["id"]) == (None, "other", "user-1")
    with pytest.raises(ExpiredSignatureError):
        create_verifier(issuer).verify(issuer.mint_token(expires_in_seconds=-1))
    with pytest.raises(JOSEError, match="aud"):
        create_verifier(issuer).verify(issuer.mint_token(aud="other"))


def test_issuer_without_url_and_audience_mints_tokens_without_them() -> None:
    issuer = TokenIssuer(None, audience=None, algorithm="HS256", secret="s" * 32)
    claims = Verifier("s" * 32, algorithms="HS256").verify(issuer.mint_token())
    assert {"iss", "aud"}.isdisjoint(claims)
    assert Verifier("s" * 32, algorithms="HS256", audience="api").verify(issuer.mint_token(aud="api"))


def test_access_token_has_the_claims_of_rfc_9068() -> None:
    issuer = TokenIssuer(typ="at+jwt", audience="api")
    claims = create_verifier(issuer).verify(issuer.mint_token())
    assert claims.keys() >= {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}
    assert claims["jti"] != create_verifier(issuer).verify(issuer.mint_token())["jti"]


def test_repr_shows_no_key() -> None:
    issuer = TokenIssuer(algorithm="HS256", secret="not-to-be-shown" * 3)
    assert "not-to-be-shown" not in repr(issuer) + repr(vars(issuer))


def test_given_secret_needs_its_algorithm_and_is_not_rotated() -> None:
    for algorithm in ("EdDSA", "RS256"):
        with pytest.raises(ValueError, match=r"^algorithm must be one of HS256, HS384, HS512 if a secret is given"):
            TokenIssuer(algorithm=algorithm, secret="s" * 64)
    given, own = TokenIssuer(algorithm="HS256", secret="s" * 32), TokenIssuer(algorithm="HS256")
    with pytest.raises(ValueError, match=r"^algorithm must not be HS\* to rotate the key"):
        given.rotate_key()
    assert given.key == "s" * 32
    before = own.key
    own.rotate_key()
    assert own.key != before
    with pytest.raises(ValueError, match=r"^issuer must have an asymmetric key to be served"), serve_jwks(own):
        pytest.fail("not reached")


def test_unknown_algorithm_is_a_value_error_that_names_others() -> None:
    for algorithm in ("none", "HS255", "Ed448", ""):
        with pytest.raises(ValueError, match=r"^algorithm must be one that fastjose supports, such as EdDSA"):
            TokenIssuer(algorithm=algorithm)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_missing_cryptography_is_named(monkeypatch: pytest.MonkeyPatch, algorithm: str) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(ModuleNotFoundError, match="requires the library cryptography: pip install cryptography"):
        TokenIssuer(algorithm=algorithm)
    assert TokenIssuer(algorithm="EdDSA").mint_token()


def test_server_serves_the_current_keys(server: JwksServer) -> None:
    verifier = create_verifier(server.issuer, RemoteKeySet(server.url))
    assert verifier.verify(server.issuer.mint_token())
    assert server.request_count == 1
    server.issuer.rotate_key()
    assert verifier.verify(server.issuer.mint_token())
    assert server.request_count == 2
    assert len(server.issuer.jwk_set["keys"]) == 2
    server.issuer.rotate_key(keep_old=False)
    assert len(server.issuer.jwk_set["keys"]) == 1


def test_server_can_be_down(server: JwksServer) -> None:
    server.status = 503
    with pytest.raises(JOSEError) as raised:
        create_verifier(server.issuer, RemoteKeySet(server.url)).verify(server.issuer.mint_token())
    assert raised.value.code == "keys_unavailable"
    server.status = 200
    assert create_verifier(server.issuer, RemoteKeySet(server.url)).verify(server.issuer.mint_token())


def test_stopped_server_closes_its_port() -> None:
    with httpx.Client(trust_env=False) as client:  # which would keep its connection
        with serve_jwks(TokenIssuer()) as server:
            assert client.get(server.url).json() == server.issuer.jwk_set
        with pytest.raises(httpx.ConnectError):
            client.get(server.url)
    assert server.request_count == 1
