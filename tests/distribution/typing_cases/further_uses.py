"""Uses that `types-python-jose` rejects: those that python-jose accepts, and the additions of fastjose.

Nothing here is run; mypy and pyright read it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import fastjose
from fastjose import (
    ExpiredSignatureError,
    JOSEError,
    JWEError,
    JWKError,
    JWKSetUnavailableError,
    JWSError,
    JWTClaimsError,
    JWTError,
    RemoteKeySet,
    Verifier,
    jwk,
    jws,
    jwt,
    sign_token,
    verify_token,
)
from fastjose.backends import AESKey, DIRKey, ECKey, HMACKey, Key, OKPKey, RSAKey
from fastjose.backends.cryptography_backend import CryptographyECKey, CryptographyRSAKey
from fastjose.constants import ALGORITHMS
from fastjose.jwt import JWTError as ErrorOfJwt

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = os.environ["SECRET"]


def catch_errors_from_attributes(token: str) -> str:
    try:
        jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.ExpiredSignatureError:
        return "expired"
    except jwt.JWTClaimsError:
        return "claims"
    except (jwt.JWTError, ErrorOfJwt):
        return "token"
    except (jwt.JWSError, jws.JWSError, jws.JWSSignatureError, jwk.JWKError):
        return "signature or key"
    return ""


def read_code_and_claim(error: JOSEError) -> tuple[str, str | None]:
    return error.code, error.claim


def use_package_names() -> list[type[JOSEError]]:
    return [
        *(ExpiredSignatureError, JWTClaimsError, JWTError, JWSError, JWKError, JWEError, JWKSetUnavailableError),
        *(fastjose.JWTError, fastjose.JOSEError),
    ]


def decode_with_several_keys(
    token: str, jwks: list[dict[str, Any]], certificates: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        jwt.decode(token, jwks, algorithms=["RS256"]),
        jwt.decode(token, certificates, algorithms=["RS256"]),
        jwt.decode(token, [jwk.construct(key) for key in jwks], algorithms=["EdDSA", ALGORITHMS.PS256]),
        jwt.decode(token, None, options={"verify_signature": False}),
    ]


def decode_any_issuer(token: str, issuers: Iterable[str]) -> dict[str, Any]:
    return jwt.decode(token, SECRET, "HS256", issuer=issuers)


def construct_from_key(key: jwk.Key) -> Key:
    return key


def construct_key_classes(pem: str, secret: bytes) -> list[Key]:
    rsa: RSAKey = RSAKey(pem, "RS256").public_key()
    ec: ECKey = ECKey(pem, "ES256").public_key()
    okp: OKPKey = OKPKey(pem, "EdDSA").public_key()
    octets: bytes = rsa.to_pem("PKCS1") + ec.to_pem() + okp.to_pem() + rsa.sign(b"message")
    good: bool = rsa.verify(b"message", octets) or rsa.is_public()
    return [rsa, ec, okp, HMACKey(secret, "HS256"), AESKey(secret, "A128KW"), DIRKey(secret, "dir")] if good else []


def construct_backend_classes(pem: str) -> bytes:
    rsa = CryptographyRSAKey(pem, ALGORITHMS.RS256)
    ec = CryptographyECKey(pem, ALGORITHMS.ES256)
    if rsa.is_public() or ec.is_public():
        return b""
    written: bytes = rsa.public_key().to_pem() + ec.to_pem() + rsa.to_pem("PKCS1") + rsa.to_pem(pem_format="PKCS8")
    return written


def use_verifiers(token: str, pem: bytes, jwks: dict[str, Any]) -> list[dict[str, Any]]:
    verifier = Verifier(
        [pem, jwks, fastjose.Key(pem, algorithm="RS256"), RSAKey(pem, "RS256")],
        algorithms=["RS256"],
        issuer=["https://auth.example.com"],
        audience="api",
        required=("exp", "sub"),
        leeway_seconds=10,
    )
    return [verifier.verify(token), verify_token(token, SECRET, algorithms=["HS256"], audience="api")]


async def verify_with_remote_keys(token: str) -> dict[str, Any]:
    keys = RemoteKeySet("https://auth.example.com/.well-known/jwks.json")
    return await Verifier(keys, issuer="https://auth.example.com", audience="api").verify_async(token)


def issue_token() -> str:
    return sign_token({"sub": "user-1"}, SECRET, algorithm="HS256")
