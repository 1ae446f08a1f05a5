"""fastapi-nextauth-jwt: `jwe.decrypt` with a bytes key, `dir` with A256CBC-HS512 and with A256GCM; `JWEError`."""

# FastAPI reads the annotations of the route here, which name local variables: so no `annotations` import.

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
from harness import Answers, note
from loopback_issuer import Issuer, base64url

SECRET = "a-secret-that-is-made-for-this-test"


def answers(issuer: Issuer) -> Answers:
    """Open the session cookies of Auth.js, and of NextAuth 4."""
    os.environ["AUTH_URL"] = "http://127.0.0.1"
    return {
        **{f"Auth.js, {case}": answer for case, answer in try_cookies(NextAuthJWT, cbc, issuer).items()},
        **{f"NextAuth 4, {case}": answer for case, answer in try_cookies(NextAuthJWTv4, gcm, issuer).items()},
    }


def try_cookies(library: Callable[..., Any], encrypt: Callable[[bytes, bytes], str], issuer: Issuer) -> Answers:
    """Send each session to a route that opens it."""
    auth = library(secret=SECRET)
    stranger = library(secret=f"not {SECRET}")
    good = encrypt(auth.key, session(issuer))
    cookies = {
        "good": good,
        "expired": encrypt(auth.key, session(issuer, exp=1)),
        "wrong key": encrypt(stranger.key, session(issuer)),
        "changed ciphertext": changed(good, 3),
        "changed tag": changed(good, 4),
        "no JWE": "opaque",
    }
    client = TestClient(app_around(auth))
    return {case: note(client.get("/me", cookies={auth.cookie_name: cookie})) for case, cookie in cookies.items()}


def app_around(auth: Callable[..., Any]) -> FastAPI:
    """Return an application with one route, which answers with what is in the session."""
    app = FastAPI()

    @app.exception_handler(NextAuthJWTException)
    def refuse(_: Request, error: NextAuthJWTException) -> JSONResponse:
        return JSONResponse({"detail": error.message}, error.status_code)

    @app.get("/me")
    def me(session: Annotated[Any, Depends(auth)]) -> Any:
        return session

    return app


def session(issuer: Issuer, **changes: Any) -> bytes:
    """Return what is encrypted."""
    return json.dumps(issuer.claims(**changes)).encode()


def cbc(key: bytes, plaintext: bytes) -> str:
    """Encrypt with A256CBC-HS512 (RFC 7518 §5.2.5)."""
    header, nonce = protected("A256CBC-HS512"), os.urandom(16)
    padder = block_padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[32:]), modes.CBC(nonce)).encryptor()
    ciphertext = encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    mac = hmac.HMAC(key[:32], hashes.SHA512())
    mac.update(header.encode() + nonce + ciphertext + (8 * len(header)).to_bytes(8, "big"))
    return compact(header, nonce, ciphertext, mac.finalize()[:32])


def gcm(key: bytes, plaintext: bytes) -> str:
    """Encrypt with A256GCM (RFC 7518 §5.3)."""
    header, nonce = protected("A256GCM"), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, plaintext, header.encode())
    return compact(header, nonce, sealed[:-16], sealed[-16:])


def protected(encryption: str) -> str:
    """Return the protected header for a key that is used directly."""
    return base64url(json.dumps({"alg": "dir", "enc": encryption}).encode())


def compact(header: str, nonce: bytes, ciphertext: bytes, tag: bytes) -> str:
    """Return a compact JWE (RFC 7516 §7.1); there is no encrypted key."""
    return ".".join([header, "", base64url(nonce), base64url(ciphertext), base64url(tag)])


def changed(token: str, part: int) -> str:
    """Return `token` with another first character in one of its parts."""
    parts = token.split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    return ".".join(parts)
