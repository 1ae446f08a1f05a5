"""`SessionCookieIssuer` of `fastjose.testing`: what it mints, and that an application's readers accept it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import unquote

import pytest

from fastjose import Verifier
from fastjose._core import SessionCookieReader, SessionCookies, SessionTokenReader, encrypt_session_data
from fastjose.better_auth import SESSION_COOKIE_TYPE
from fastjose.testing import SessionCookieIssuer, TokenIssuer

SECRET = "a-secret-of-at-least-thirty-two-bytes"
STRATEGIES: list[Any] = ["compact", "jwt", "jwe"]


def read(cookies: dict[str, str], **arguments: Any) -> SessionCookies:
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return SessionCookieReader(secrets=[SECRET], **arguments).read([header.encode()])


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("prefix", ["better-auth", "myapp"])
def test_reader_accepts_minted_cookies(strategy: Any, prefix: str, *, secure: bool) -> None:
    user, session = (
        {"id": "user-7", "name": "Ada ☃ \"'\\\n", "role": None},
        {"token": "t" * 32, "activeTeamId": "team-1"},
    )
    cookies = SessionCookieIssuer(SECRET).cookies(
        user=user, session=session, strategy=strategy, secure=secure, prefix=prefix
    )
    assert list(cookies) == [f"{'__Secure-' * secure}{prefix}.session_{part}" for part in ("token", "data")]
    found = read(cookies, strategy=strategy, cookie_prefix=prefix)
    assert (found.failure, found.session_token) == (None, "t" * 32)
    assert found.payload is not None
    assert found.payload["user"].items() >= user.items()
    assert found.payload["session"].items() >= {**session, "userId": "user-7"}.items()
    assert dt.datetime.fromisoformat(found.payload["session"]["expiresAt"].replace("Z", "+00:00")) > dt.datetime.now(
        dt.timezone.utc
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_long_session_data_is_chunked(strategy: Any) -> None:
    for length in range(2_000, 12_000, 1_000):
        cookies = SessionCookieIssuer(SECRET).cookies(user={"bio": "x" * length}, strategy=strategy, secure=True)
        assert all(len(name) + len(value) < 4_050 for name, value in cookies.items())
        found = read(cookies, strategy=strategy)
        assert found.payload is not None
        assert found.payload["user"]["bio"] == "x" * length
    assert len(cookies) > 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_expired_and_versioned_session_data_can_be_minted(strategy: Any) -> None:
    issuer = SessionCookieIssuer(SECRET)
    expired = read(issuer.cookies(strategy=strategy, max_age_seconds=-60), strategy=strategy)
    assert (expired.failure, expired.payload) == ("session_data_expired", None)
    versioned = issuer.cookies(strategy=strategy, version="v2")
    assert read(versioned, strategy=strategy).failure == "session_data_other_version"
    assert read(versioned, strategy=strategy, version="v2").failure is None


def test_session_data_of_a_token_issuer_is_verified_by_its_key() -> None:
    keys = TokenIssuer("https://auth.example.com", typ="at+jwt")
    cookies = SessionCookieIssuer(SECRET, token_issuer=keys).cookies(user={"id": "user-7"}, strategy="jwks")
    found = read(cookies, strategy="jwks")
    assert (found.failure, found.payload) == (None, None)
    assert found.signed_data is not None
    verifier = Verifier(
        keys.jwk_set, issuer=keys.url, audience="better-auth:session-cache", typ=SESSION_COOKIE_TYPE, algorithms="EdDSA"
    )
    claims = verifier.verify(found.signed_data)
    assert (claims["sub"], claims["sid"], claims["user"]["id"]) == ("user-7", found.session_token, "user-7")
    assert claims.keys() == {"session", "user", "updatedAt", "version", "sid", "iat", "exp", "iss", "aud", "sub"}


def test_session_tokens_are_signed() -> None:
    issuer = SessionCookieIssuer(SECRET)
    expected = "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE.m8IWyZUrd8hte7WvE3hXDYThDxVo7Q6/lkcpSbZOOOk="  # by Better Auth 1.7.25
    assert issuer.session_token("kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE") == expected
    assert SessionTokenReader([SECRET]).read(expected) == "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE"
    assert issuer.session_token() != issuer.session_token()
    cookies = issuer.cookies(session={"token": "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE"})
    assert unquote(cookies["better-auth.session_token"]) == expected
    assert len(SessionTokenReader([SECRET]).read(issuer.session_token())) == 32


def test_issuers_have_secrets_of_their_own() -> None:
    first, second = SessionCookieIssuer(), SessionCookieIssuer()
    assert first.secret != second.secret
    assert len(first.secret) >= 32
    assert first.secret not in repr(first)


def test_arguments_of_the_wrong_form_are_named() -> None:
    with pytest.raises(ValueError, match=r"^secret must not be empty"):
        SessionCookieIssuer("")
    with pytest.raises(ValueError, match=r"^strategy must be"):
        SessionCookieIssuer().cookies(strategy="none")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r'^strategy must not be "jwks" without a key'):
        SessionCookieIssuer().cookies(strategy="jwks")
    with pytest.raises(TypeError):
        SessionCookieIssuer().cookies(user={"createdAt": dt.datetime.now(dt.timezone.utc)}, strategy="compact")


@pytest.mark.parametrize("surrogate", [0xD800, 0xDCFF])
def test_secret_that_is_not_unicode_is_refused_and_not_shown(surrogate: int) -> None:
    """Python's error for a lone surrogate contains the whole text."""
    secret = SECRET + chr(surrogate)
    for call in (lambda: SessionCookieIssuer(secret), lambda: encrypt_session_data(b"{}", secret)):
        with pytest.raises(ValueError, match=r"^secret must be valid Unicode") as raised:
            call()
        assert type(raised.value) is ValueError
        assert SECRET not in repr(raised.value)
        assert raised.value.__context__ is None
