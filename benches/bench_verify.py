"""One verification, signature and exp and aud and iss checked, here and in the peers that are installed.

The token is one as Better Auth issues it: twelve claims, a kid in the header, some 560 bytes. Quote ratios of one run.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jose import jwt as python_jose

from fastjose import Verifier, jwk, jwt, sign_token, verify_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

ORIGIN = "https://app.example.com"
SECRET = "a-secret-that-is-longer-than-thirty-two-bytes"
NOW = int(time.time())
CLAIMS = {
    "iat": NOW,
    "id": "a" * 32,
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "emailVerified": False,
    "createdAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-01T00:00:00.000Z",
    "image": None,
    "sub": "a" * 32,
    "exp": NOW + 86_400,
    "iss": ORIGIN,
    "aud": ORIGIN,
}
PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65_537, 2_048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
ALGORITHMS = ("HS256", *PRIVATE)


def keys(algorithm: str) -> tuple[str, str]:
    """Return what signs and what verifies, as text."""
    if algorithm not in PRIVATE:
        return SECRET, SECRET
    private = PRIVATE[algorithm]
    signing = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    verifying = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return signing.decode(), verifying.decode()


def fastjose_verifier(token: str, key: str, algorithm: str) -> Callable[[], Any]:
    """Return a verification with everything prepared."""
    verifier = Verifier(key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)
    return lambda: verifier.verify(token)


def fastjose_verify_token(token: str, key: str, algorithm: str) -> Callable[[], Any]:
    """Return a verification from text."""
    return lambda: verify_token(token, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def fastjose_jwt_decode(token: str, key: str, algorithm: str) -> Callable[[], Any]:
    """Return a verification from text, under python-jose's contract."""
    return lambda: jwt.decode(token, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def fastjose_jwt_decode_key(token: str, key: str, algorithm: str) -> Callable[[], Any]:
    """Return the same with a key object: text is parsed once too, and costs no more."""
    prepared = jwk.construct(key, algorithm)
    return lambda: jwt.decode(token, prepared, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def python_jose_decode(token: str, key: str, algorithm: str) -> Callable[[], Any]:
    """Return a verification from text."""
    return lambda: python_jose.decode(token, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def pyjwt_decode(token: str, key: str, algorithm: str) -> Callable[[], Any]:
    """Return a verification from text."""
    return lambda: pyjwt.decode(token, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


WAYS = [
    fastjose_verifier,
    fastjose_verify_token,
    fastjose_jwt_decode,
    fastjose_jwt_decode_key,
    python_jose_decode,
    pyjwt_decode,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_verify(benchmark: BenchmarkFixture, algorithm: str, way: Callable[[str, str, str], Callable[[], Any]]) -> None:
    """Measure one verification; the groups are the algorithms."""
    if (way, algorithm) == (python_jose_decode, "EdDSA"):
        pytest.skip("python-jose has no EdDSA")
    signing, verifying = keys(algorithm)
    token = sign_token(CLAIMS, signing, algorithm=algorithm, header={"kid": "k" * 32})
    benchmark.group = algorithm
    assert benchmark(way(token, verifying, algorithm)) == CLAIMS
