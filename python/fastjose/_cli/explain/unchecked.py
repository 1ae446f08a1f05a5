"""The steps that let a credential through without a check, because nothing is configured, or nothing was sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastjose._credentials.session_cookies import SessionCookies
from fastjose._credentials.session_tokens import SessionTokens
from fastjose._sessions.session_token import SessionToken
from fastjose._sessions.validation import validate_session
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose._cli.explain.application import Application
    from fastjose._cli.explain.unverified import UnverifiedToken
    from fastjose._core import SessionCookies as ReadCookies

_NO_SECRET = "BETTER_AUTH_SECRET is not set, the store decides"  # noqa: S105 - not a secret
_NO_SIGNATURE = "it has none: BETTER_AUTH_ALLOW_UNSIGNED_TOKENS is set, the store decides"
_NOT_ASKED = "not asked: session_data has the session"


def find_unchecked(
    application: Application, kind: str, credential: str, unverified: UnverifiedToken
) -> Mapping[str, str]:
    """Return why a step of a credential of `kind` checks nothing, by the name of the step."""
    if kind == "jwt":
        return _of_jwt(application, unverified)
    if kind == "opaque":
        return _of_opaque(application, unverified)
    found = application.find_credential(kind)
    if isinstance(found, SessionTokens):
        return _of_session_token(found, credential)
    return _of_cookies(found, credential) if isinstance(found, SessionCookies) else {}


def _of_opaque(application: Application, unverified: UnverifiedToken) -> dict[str, str]:
    """Return the claims that the server does not name, and those that nothing is compared with."""
    options = application.options_of_opaque
    unchecked = _name_absent(unverified) if unverified.claims else {}
    if not options.get("issuer"):
        unchecked["iss"] = "it is not compared"
    if not options.get("audience") and not options.get("check_audience", True):
        unchecked["aud"] = "it is not compared"
    return unchecked


def _name_absent(unverified: UnverifiedToken) -> dict[str, str]:
    names = ("iat", "nbf", "exp", "sub", "jti")
    return {name: f"{name} is absent" for name in names if name not in unverified.claims}


def _of_jwt(application: Application, unverified: UnverifiedToken) -> dict[str, str]:
    """Return the claims that are absent, and those that nothing is compared with."""
    verifier = application.verifier
    if verifier is None or not unverified.header:
        return {}
    unchecked = _name_absent(unverified)
    if not verifier.issuers:
        unchecked["iss"] = ""
    if not verifier.audiences and not application.options.get("check_audience", True):
        unchecked["aud"] = ""
    if not verifier.types:
        unchecked["type"] = ""
    return unchecked


def _of_session_token(credential: SessionTokens, token: str) -> dict[str, str]:
    if not credential._has_secrets:  # noqa: SLF001 - as `Application` does
        return {"signature": _NO_SECRET}
    return {} if credential.matches_signed(token) else {"signature": _NO_SIGNATURE}


def _of_cookies(credential: SessionCookies, header: str) -> dict[str, str]:
    """Return what the cookies do not have, and the store, if `session_data` makes it superfluous."""
    reader = credential._reader  # noqa: SLF001 - as above
    cookies = reader.read([header.encode("utf-8", "replace")])
    unchecked = {} if credential._has_secrets else {"signature": _NO_SECRET}  # noqa: SLF001 - as above
    if asyncio.run(_has_usable_data(credential, cookies)):
        return {**unchecked, "store": _NOT_ASKED}
    if reader.strategy is None:
        reason = "not read: BETTER_AUTH_COOKIE_CACHE is not set, the store decides"
    elif cookies.failure is not None or cookies.signed_data is not None:
        reason = f"it cannot be used ({cookies.failure or 'session_data_bad_signature'}), the store decides"
    else:
        reason = "none was sent, the store decides"
    return {**unchecked, "session_data": reason}


async def _has_usable_data(credential: SessionCookies, cookies: ReadCookies) -> bool:
    """Return whether the session is that of `session_data`. Keys were fetched for the verdict."""
    if cookies.session_token is None or cookies.session_token_raw is None:
        return False
    token = SessionToken(cookies.session_token, raw=cookies.session_token_raw, carrier="cookie")
    payload, verifier = cookies.payload, credential._verifier  # noqa: SLF001 - as above
    try:
        if cookies.signed_data is not None and verifier is not None:
            payload = await credential._verify_signed_data(verifier, cookies.signed_data, token)  # noqa: SLF001 - as above
        if payload is not None:
            validate_session(payload, token, frozenset())
    except JOSEError:
        return False
    return payload is not None
