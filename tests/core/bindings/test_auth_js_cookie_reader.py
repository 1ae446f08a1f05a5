"""`AuthJsCookieReader`, with cookies that are encrypted as Auth.js and NextAuth.js do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fastjose import ExpiredSignatureError, JWTError, jwe
from fastjose._core import AuthJsCookieReader

SECRET = "a-secret-of-at-least-thirty-two-bytes"
CLAIMS = {"sub": "user-1", "email": "ann@example.com", "exp": 4_000_000_000}
FORMS = {
    "authjs.session-token": ("A256CBC-HS512", 64, "Auth.js Generated Encryption Key (authjs.session-token)"),
    "next-auth.session-token": ("A256GCM", 32, "NextAuth.js Generated Encryption Key"),
}


def write_cookie(name: str, claims: dict[str, Any], secret: str = SECRET) -> bytes:
    """Return the Cookie header of a session."""
    encryption, size, info = FORMS[name]
    salt = name.encode() if encryption == "A256CBC-HS512" else b""
    key = HKDF(SHA256(), size, salt, info.encode()).derive(secret.encode())
    return f"{name}={jwe.encrypt(json.dumps(claims), key, encryption, 'dir').decode()}".encode()


@pytest.mark.parametrize("name", FORMS)
def test_claims_of_the_cookie_are_returned(name: str) -> None:
    assert AuthJsCookieReader([SECRET]).read([b"theme=dark", write_cookie(name, CLAIMS)]) == CLAIMS


@pytest.mark.parametrize("name", FORMS)
def test_cookie_of_another_secret_is_rejected(name: str) -> None:
    with pytest.raises(JWTError):
        AuthJsCookieReader([SECRET]).read([write_cookie(name, CLAIMS, "another-secret-of-thirty-two-bytes")])


@pytest.mark.parametrize("name", FORMS)
def test_expired_cookie_is_rejected(name: str) -> None:
    with pytest.raises(ExpiredSignatureError):
        AuthJsCookieReader([SECRET]).read([write_cookie(name, {**CLAIMS, "exp": 1})])
