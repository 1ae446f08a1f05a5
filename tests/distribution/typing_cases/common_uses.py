"""Typical uses of python-jose's API, which `types-python-jose` accepts with `jose` instead of `fastjose`.

Nothing here is run; mypy and pyright read it.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from typing import Any

import fastjose.backends.base
import fastjose.jwt
from fastjose import ExpiredSignatureError, JOSEError, JWSError, JWTError, jwe, jwk, jws, jwt
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS, ZIPS
from fastjose.exceptions import (
    JWEError,
    JWEInvalidAuth,
    JWEParseError,
    JWKError,
    JWSAlgorithmError,
    JWSSignatureError,
    JWTClaimsError,
)
from fastjose.utils import base64url_decode, base64url_encode, calculate_at_hash

SECRET = os.environ["SECRET"]
ALGORITHM = "HS256"


class Unauthorized(Exception):  # noqa: N818 - a name that applications use
    """The error that applications answer with 401."""


def current_user(token: str) -> str:
    try:
        payload = jwt.decode(token, SECRET, algorithms=[ALGORITHM])
    except ExpiredSignatureError as expired:
        raise Unauthorized("expired") from expired
    except JWTError as error:
        raise Unauthorized(str(error)) from error
    username: str | None = payload.get("sub")
    if username is None:
        raise Unauthorized
    return username


def create_access_token(data: dict[str, Any], lifetime: timedelta | None = None) -> str:
    to_encode = data.copy()
    expire = datetime.now(timezone.utc) + (lifetime or timedelta(minutes=15))
    to_encode.update({"exp": expire})
    encoded: str = jwt.encode(to_encode, SECRET, algorithm=ALGORITHM)
    return encoded


def find_key_of_token(token: str, jwks: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return next(key for key in jwks["keys"] if key["kid"] == kid)


def decode_with_issuer_keys(token: str, jwks: dict[str, list[dict[str, str]]], access_token: str) -> dict[str, Any]:
    one = jwt.decode(
        token, find_key_of_token(token, jwks), algorithms=["RS256"], audience="api", issuer="https://auth.example.com/"
    )
    return one | jwt.decode(
        token,
        jwks,
        algorithms=["RS256"],
        audience="api",
        issuer=["https://auth.example.com/", "https://auth.example.org/"],
        subject="user-1",
        access_token=access_token,
    )


def decode_with_options(token: str | bytes, pem: bytes, keys: list[str]) -> list[dict[str, Any]]:
    return [
        jwt.decode(token, pem, "RS256", options={"verify_aud": False, "verify_at_hash": False}),
        jwt.decode(token, pem, {"RS256"}, options={"leeway": timedelta(seconds=10), "require_exp": True}),
        jwt.decode(token, pem.decode(), ("RS256", "RS384"), {"verify_exp": False}, "api", "issuer", "user-1"),
        jwt.decode(token, "", options={"verify_signature": False}),
        jwt.decode(token, keys, ALGORITHMS.RSA_DS),
        jwt.decode(token, jwk.construct(pem, "RS256"), algorithms=None),
    ]


def get_unverified_parts(token: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any], bytes]:
    return (
        jwt.get_unverified_claims(token),
        jwt.get_unverified_headers(token),
        jws.get_unverified_header(token),
        jws.get_unverified_headers(token),
        jws.get_unverified_claims(token),
    )


def encode_tokens(private_pem: str, jwk_dict: dict[str, Any], access_token: str) -> list[str]:
    return [
        jwt.encode({"sub": "user-1"}, private_pem, ALGORITHMS.RS256, headers={"kid": "1"}, access_token=access_token),
        jwt.encode({"sub": "user-1"}, jwk_dict, algorithm="ES256"),
        jwt.encode({"sub": "user-1"}, jwk.construct(jwk_dict), algorithm="ES256"),
        fastjose.jwt.encode({"sub": "user-1"}, b"secret"),
    ]


def sign_and_verify(payload: bytes, claims: dict[str, Any]) -> bytes:
    token: str = jws.sign(claims, SECRET, algorithm=ALGORITHMS.HS256)
    octets: bytes = jws.verify(jws.sign(payload, SECRET, headers={"kid": "1"}), SECRET, ["HS256"])
    return octets + jws.verify(token, SECRET, algorithms="HS256", verify=False)


def is_signed_by(token: str, key_data: dict[str, Any]) -> bool:
    message, _, signature = token.rpartition(".")
    key: Key = jwk.construct(key_data, algorithm="RS256")
    return key.verify(message.encode(), base64url_decode(signature.encode()))


def export_pem_and_jwk(key_data: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
    key = jwk.construct(key_data)
    public = key.public_key()
    return public.to_pem().decode("utf-8"), public.to_dict(), base64url_encode(key.sign(b"message")).decode()


def get_key_class(algorithm: str) -> Key | None:
    key_class: type[Key] | None = jwk.get_key(algorithm)
    return key_class(SECRET, algorithm) if key_class else None


class RemoteKey(Key):
    """A custom key for a key management service."""

    def __init__(self, key: str, algorithm: str) -> None:
        self.name = key
        self.algorithm = algorithm

    def sign(self, msg: bytes) -> bytes:
        return msg + self.name.encode()

    def verify(self, msg: bytes, sig: bytes) -> bool:
        return sig == self.sign(msg)

    def to_dict(self) -> dict[str, Any]:
        return {"kty": "remote", "name": self.name}


def register_remote_key() -> bool:
    key_class: type[fastjose.backends.base.Key] = RemoteKey
    return jwk.register_key("REMOTE", key_class)


def encrypt_and_decrypt(key: bytes) -> tuple[bytes | None, dict[str, Any]]:
    token: bytes = jwe.encrypt("text", key, encryption=ALGORITHMS.A256GCM, algorithm=ALGORITHMS.DIR, zip=ZIPS.DEF)
    token = jwe.encrypt(b"octets", key, algorithm=ALGORITHMS.A256KW, cty="text/plain", kid="1")
    try:
        return jwe.decrypt(token, key), jwe.get_unverified_header(token)
    except (JWEParseError, JWEInvalidAuth):
        return None, {}
    except JWEError as error:
        raise Unauthorized(str(error)) from error


def describe_error(token: str) -> str:
    try:
        jwt.decode(token, SECRET, algorithms=list(ALGORITHMS.HMAC), audience="api")
    except JWTClaimsError as error:
        return f"claims: {error}"
    except (JWKError, JWSAlgorithmError, JWSSignatureError, JWSError) as error:
        return f"key or signature: {error}"
    except JOSEError as error:
        return "expired" if str(error) == "Signature has expired." else repr(error.args[0])
    return ""


def compute_at_hash(access_token: str, algorithm: str) -> str:
    return calculate_at_hash(access_token, ALGORITHMS.HASHES[algorithm])
