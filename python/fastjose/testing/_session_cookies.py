"""`SessionCookieIssuer`: session tokens and session cookies like those of Better Auth, signed with its secret."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import math
import secrets
import string
import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import quote

from fastjose._core import encrypt_session_data, jws_sign
from fastjose.better_auth import SESSION_COOKIE_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose.testing._issuer import TokenIssuer

Strategy: TypeAlias = Literal["compact", "jwt", "jwe", "jwks"]

SESSION_COOKIE_AUDIENCE = "better-auth:session-cache"
"""The `aud` of a `session_data` that a key of the JWK Set has signed."""

_SESSION_LIFETIME = dt.timedelta(days=7)
_TOKEN_CHARACTERS = string.ascii_letters + string.digits
_TOKEN_LENGTH = 32
_MAX_COOKIE_BYTES = 4_050
"""The length at which Better Auth splits a cookie, with its name and attributes."""


class SessionCookieIssuer:
    """Mints the session tokens and session cookies of Better Auth for tests.

    A store that your application asks must know the session: give its token to the store and to the issuer.

    Example:
        issuer = SessionCookieIssuer("a-secret-of-at-least-thirty-two-bytes")
        client = TestClient(app, cookies=issuer.cookies(user={"id": "user-1"}, strategy="compact"))
    """

    def __init__(self, secret: str | None = None, *, token_issuer: TokenIssuer | None = None) -> None:
        """Create an issuer.

        Args:
            secret: The secret of Better Auth, with which the application verifies. Defaults to a new one.
            token_issuer: The issuer whose key signs the `session_data` of the strategy `jwks`.

        Raises:
            ValueError: The secret is empty, or is not valid Unicode.
        """
        if secret is not None and not secret:
            raise ValueError("secret must not be empty: pass the BETTER_AUTH_SECRET of the application")
        if secret is not None and any("\ud800" <= character <= "\udfff" for character in secret):
            raise ValueError("secret must be valid Unicode")
        self.secret = secrets.token_urlsafe(32) if secret is None else secret
        self._token_issuer = token_issuer

    def session_token(self, token: str | None = None) -> str:
        """Return a signed session token, for the Authorization header: `Bearer {issuer.session_token(token)}`.

        Args:
            token: The token without a signature, as the store has it. Defaults to a new one.

        Returns:
            `TOKEN.SIGNATURE`, as in the response header `set-auth-token` of Better Auth. Up to version 1.4, Better Auth
            percent-encodes it, and accepts no other form.
        """
        token = create_token() if token is None else token
        return f"{token}.{base64.b64encode(self._sign(token)).decode()}"

    def cookies(  # noqa: PLR0913 - keyword arguments, each of them optional
        self,
        *,
        user: Mapping[str, Any] | None = None,
        session: Mapping[str, Any] | None = None,
        strategy: Strategy | None = None,
        secure: bool = False,
        prefix: str = "better-auth",
        max_age_seconds: float = 300,
        version: str = "1",
    ) -> dict[str, str]:
        """Return the cookies of a signed-in user by name, for the argument `cookies` of a client.

        Args:
            user: Fields of the user, such as `{"id": "user-1", "role": "admin"}`. The others have defaults.
            session: Fields of the session, such as `{"token": token, "activeOrganizationId": "org-1"}`. The others have
                defaults: a new token, the user's id, and an end in 7 days.
            strategy: The form of `session_data`. None: `session_token` alone, for an application that asks a store.
            secure: Whether the names begin with `__Secure-`, as in production.
            prefix: Better Auth's option `advanced.cookiePrefix`.
            max_age_seconds: The time until `session_data` expires. A negative number mints an expired one.
            version: The `version` of `session_data`.

        Returns:
            The names and values, percent-encoded. A long `session_data` is split into chunks, as Better Auth splits it.

        Raises:
            ValueError: The strategy is not known, or it is `jwks` and the issuer has no `token_issuer`.
            TypeError: A field is not JSON.
        """
        user_fields = {**default_user(), **(user or {})}
        session_fields = {**default_session(str(user_fields["id"])), **(session or {})}
        stem = f"{'__Secure-' if secure else ''}{prefix}"
        cookies = {f"{stem}.session_token": quote(self.session_token(session_fields["token"]), safe="")}
        if strategy is not None:
            payload = {"session": session_fields, "user": user_fields, "updatedAt": _now_ms(), "version": version}
            value = self._create_session_data(payload, strategy, max_age_seconds)
            cookies.update(_split(f"{stem}.session_data", value, max_age_seconds, secure=secure))
        return cookies

    def _create_session_data(self, payload: dict[str, Any], strategy: Strategy, max_age_seconds: float) -> str:
        if strategy == "compact":
            return self._create_compact(payload, _now_ms() + int(max_age_seconds * 1_000))
        if strategy == "jwks":
            return self._create_signed_with_key(payload, max_age_seconds)
        now = int(time.time())
        claims = {**payload, "iat": now, "exp": int(now + max_age_seconds)}
        if strategy == "jwt":
            return jws_sign(b'{"alg":"HS256"}', _to_json(claims), self.secret, "HS256")
        if strategy == "jwe":
            return encrypt_session_data(_to_json({**claims, "jti": secrets.token_hex(16)}), self.secret)
        raise ValueError('strategy must be "compact", "jwt", "jwe", "jwks" or None')

    def _create_compact(self, payload: dict[str, Any], expires_at_ms: int) -> str:
        mac = self._sign(_to_json({**payload, "expiresAt": expires_at_ms}))
        content = {"session": payload, "expiresAt": expires_at_ms, "signature": _base64url(mac)}
        return _base64url(_to_json(content))

    def _create_signed_with_key(self, payload: dict[str, Any], max_age_seconds: float) -> str:
        if self._token_issuer is None:
            raise ValueError(
                'strategy must not be "jwks" without a key: pass token_issuer=TokenIssuer(…) to the issuer'
            )
        return self._token_issuer.mint_token(
            str(payload["user"]["id"]),
            expires_in_seconds=max_age_seconds,
            omit=("id", "name", "email", "emailVerified", "client_id", "azp", "scope", "jti"),
            header={"typ": SESSION_COOKIE_TYPE},
            **payload,
            sid=payload["session"]["token"],
            aud=SESSION_COOKIE_AUDIENCE,
        )

    def _sign(self, message: str | bytes) -> bytes:
        message = message.encode() if isinstance(message, str) else message
        return hmac.digest(self.secret.encode(), message, hashlib.sha256)

    def __repr__(self) -> str:
        """Return the name of the class alone."""
        return "SessionCookieIssuer(…)"


def create_token() -> str:
    """Return a new token without a signature, or an id."""
    return "".join(secrets.choice(_TOKEN_CHARACTERS) for _ in range(_TOKEN_LENGTH))


def default_user() -> dict[str, Any]:
    """Return a user as Better Auth returns one."""
    now = to_iso(dt.timedelta(0))
    email = {"email": "user-1@example.com", "emailVerified": True}
    return {"name": "Test User", **email, "createdAt": now, "updatedAt": now, "id": "user-1"}


def default_session(user_id: str) -> dict[str, Any]:
    """Return a new session of a user, as Better Auth returns one."""
    now = to_iso(dt.timedelta(0))
    return {
        "expiresAt": to_iso(_SESSION_LIFETIME),
        "token": create_token(),
        "createdAt": now,
        "updatedAt": now,
        "ipAddress": "",
        "userAgent": "",
        "userId": user_id,
        "id": create_token(),
    }


def _split(name: str, value: str, max_age_seconds: float, *, secure: bool) -> dict[str, str]:
    """Return the cookie, or its chunks if it is longer than a browser keeps (`chunkCookie` of Better Auth)."""
    attributes = (
        f"; Max-Age={max(0, int(max_age_seconds))}; Path=/; HttpOnly{'; Secure' if secure else ''}; SameSite=Lax"
    )
    size = _MAX_COOKIE_BYTES - len(f"{name}.99={attributes}")
    count = math.ceil(len(value) / size)
    if count <= 1:
        return {name: value}
    return {f"{name}.{index}": value[index * size : (index + 1) * size] for index in range(count)}


def _to_json(content: Mapping[str, Any]) -> bytes:
    """Write JSON as JavaScript's `JSON.stringify` does."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _now_ms() -> int:
    return int(time.time() * 1_000)


def to_iso(from_now: dt.timedelta) -> str:
    """Return a time as JavaScript's `toISOString` does."""
    moment = dt.datetime.fromtimestamp(time.time(), dt.timezone.utc) + from_now
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
