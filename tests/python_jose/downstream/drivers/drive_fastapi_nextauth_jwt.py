"""fastapi-nextauth-jwt: `jwe.decrypt` with a bytes key, `dir` with A256CBC-HS512 and with A256GCM; `JWEError`."""

# FastAPI evaluates the route's annotations, which name local variables. Do not import `annotations` here.

import json
import os
from collections.abc import Callable
from typing import Annotated, Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from fastapi_nextauth_jwt import NextAuthJWT, NextAuthJWTv4
from fastapi_nextauth_jwt.exceptions import NextAuthJWTException
from harness import Answers, describe_response
from loopback_issuer import Issuer, encode_base64url

SECRET = "a-secret-that-is-made-for-this-test"


def answers(issuer: Issuer) -> Answers:
    """Decrypt the session cookies of Auth.js and of NextAuth 4."""
    os.environ["AUTH_URL"] = "http://127.0.0.1"
    return {
        **{f"Auth.js, {case}": answer for case, answer in try_cookies(NextAuthJWT, encrypt_cbc, issuer).items()},
        **{f"NextAuth 4, {case}": answer for case, answer in try_cookies(NextAuthJWTv4, encrypt_gcm, issuer).items()},
    }


def try_cookies(library: Callable[..., Any], encrypt: Callable[[bytes, bytes], str], issuer: Issuer) -> Answers:
    """Send each session to a route that decrypts it."""
    auth = library(secret=SECRET)
    stranger = library(secret=f"not {SECRET}")
    good = encrypt(auth.key, session_claims(issuer))
    cookies = {
        "good": good,
        "expired": encrypt(auth.key, session_claims(issuer, exp=1)),
        "wrong key": encrypt(stranger.key, session_claims(issuer)),
        "changed ciphertext": change_segment(good, 3),
        "changed tag": change_segment(good, 4),
        "no JWE": "opaque",
    }
    client = TestClient(create_app(auth))
    return {
        case: describe_response(client.get("/me", cookies={auth.cookie_name: cookie}))
        for case, cookie in cookies.items()
    }


def create_app(auth: Callable[..., Any]) -> FastAPI:
    """Return an application with one route, which returns the session's claims."""
    app = FastAPI()

    @app.exception_handler(NextAuthJWTException)
    def reject(_: Request, error: NextAuthJWTException) -> JSONResponse:
        return JSONResponse({"detail": error.message}, error.status_code)

    @app.get("/me")
    def me(session: Annotated[Any, Depends(auth)]) -> Any:
        return session

    return app


def session_claims(issuer: Issuer, **changes: Any) -> bytes:
    """Return the claims of the session."""
    return json.dumps(issuer.claims(**changes)).encode()


def encrypt_cbc(key: bytes, plaintext: bytes) -> str:
    """Encrypt with A256CBC-HS512 (RFC 7518 §5.2.5)."""
    header, nonce = encode_protected_header("A256CBC-HS512"), os.urandom(16)
    padder = block_padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[32:]), modes.CBC(nonce)).encryptor()
    ciphertext = encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    mac = hmac.HMAC(key[:32], hashes.SHA512())
    mac.update(header.encode() + nonce + ciphertext + (8 * len(header)).to_bytes(8, "big"))
    return join_compact(header, nonce, ciphertext, mac.finalize()[:32])


def encrypt_gcm(key: bytes, plaintext: bytes) -> str:
    """Encrypt with A256GCM (RFC 7518 §5.3)."""
    header, nonce = encode_protected_header("A256GCM"), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, plaintext, header.encode())
    return join_compact(header, nonce, sealed[:-16], sealed[-16:])


def encode_protected_header(encryption: str) -> str:
    """Return the protected header for a key that is used directly."""
    return encode_base64url(json.dumps({"alg": "dir", "enc": encryption}).encode())


def join_compact(header: str, nonce: bytes, ciphertext: bytes, tag: bytes) -> str:
    """Return a compact JWE (RFC 7516 §7.1) without an encrypted key."""
    return ".".join([header, "", encode_base64url(nonce), encode_base64url(ciphertext), encode_base64url(tag)])


def change_segment(token: str, part: int) -> str:
    """Return `token` with the first character of one segment changed."""
    parts = token.split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    return ".".join(parts)
