"""Diagnostics: why tokens are refused, for the log of whoever runs the application. Clients learn no more than ever.

Each known mistake has a stable code and a hint. The line is built from constants, and for a key server from our own
configuration: no part of a token is in it, not even its claims, so that nobody can write into the log by sending one.

Whoever sends tokens decides how often one is refused, so an ordinary refusal is not logged at all: the access log has
its 401, and the client the reason. A known mistake is one of configuration, of this application, the front end or
Better Auth, which only its operator can mend: WARNING, once a minute for each code, however many tokens are refused.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._core import MIN_SECRET_BYTES, jws_unverified_header, jws_unverified_payload, jwt_parse_claims
from fastjose.better_auth import DEFAULT_PATH, OAUTH, SESSION_COOKIE_TYPE
from fastjose.exceptions import JOSEError, JWKSetUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastjose._core import Verifier

__all__ = ["HINTS", "Diagnostics"]

_log = logging.getLogger("fastjose")

HINTS = {
    "session_token": "a session token of Better Auth's bearer(), no JWT: the front end has to fetch one from /token, "
    "which jwt() has (an OAuth client: ask for a resource)",
    "opaque_access_token": "an opaque OAuth access token: the client gets a JWT if it asks for a resource",
    "session_cookie": "a session_data cookie under BETTER_AUTH_SECRET: the front end has to fetch a JWT from /token",
    "session_cache_cookie": "a session_data cookie of sessionCookieCache: the front end has to fetch a JWT from /token",
    "email_verification_token": "a token of Better Auth's e-mails, under BETTER_AUTH_SECRET: it is no login",
    "shared_secret_token": "signed with a shared secret (HS*), where keys come from a JWK Set",
    "asymmetric_token": "signed with a private key, as Better Auth's jwt() does, where a shared secret is configured: "
    "set BETTER_AUTH_URL",
    "access_token_for_api": "an OAuth access token (at+jwt), where API tokens are expected: JWT_PROFILE=oauth takes it",
    "api_token_for_oauth": "an API token or an id_token, where OAuth access tokens (at+jwt) are expected: "
    "JWT_PROFILE=api takes the first, nothing takes the other",
    "id_token": "an id_token, which is for the client itself: it has to send its access token",
    "issuer_has_path": f"its iss ends with {DEFAULT_PATH}, and the configured one does not (JWT_ISSUER)",
    "issuer_lacks_path": f"its iss lacks {DEFAULT_PATH}, which the configured one has (JWT_ISSUER)",
    "numeric_expiration_time": 'its exp is in 1970: a number in expirationTime is a date to Better Auth; say "1h"',
    "audience_not_configured": "it names an audience and none is configured: set JWT_AUDIENCE, for tokens of Better "
    "Auth to its origin",
    "no_matching_key": "no key of the set is its: it is from another server, or from before its database was reset",
    "keys_unavailable": "nobody can sign in whose key is not at hand",
}
"""What is known to go wrong, by its code. The codes are stable across releases."""

_LONGEST_READ = 16_384
"""Beyond so many characters a token is not looked into; Better Auth's have half of that at the most."""
_LOOKS_A_SECOND = 20
"""How many refused tokens are looked into: refusing a flood must not cost more than accepting it."""
_QUIET_SECONDS = 60.0
"""How long a code keeps silent once it was said."""
_YEAR_SECONDS = 31_536_000

_SESSION_TOKEN = re.compile(r"[A-Za-z0-9]{32}(?:\.(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd]))?")


class Diagnostics:
    """Says in the log why tokens are refused by one verifier."""

    def __init__(self, verifier: Verifier, clock: Callable[[], float] = time.monotonic) -> None:
        """Explain the refusals of `verifier`; `clock` is in seconds, from any start."""
        self._expected = _Expected(
            secrets=any(name in MIN_SECRET_BYTES for name in verifier.algorithms),
            access_tokens=verifier.typ == OAUTH.typ,
            issuers=frozenset(verifier.issuers),
            audience=bool(verifier.audiences),
        )
        self._clock = clock
        self._silent_until: dict[str, float] = {}
        self._second = self._looks = 0

    def explain(self, error: JOSEError, token: str) -> None:
        """Log why `token` was refused with `error`; whatever the token is, this raises nothing."""
        if isinstance(error, JWKSetUnavailableError):
            self._say("keys_unavailable", f"{error}; {HINTS['keys_unavailable']}")
        elif (code := self._mistake(error, token)) is not None:
            self._say(code, HINTS[code])

    def _mistake(self, error: JOSEError, token: str) -> str | None:
        find = _FINDERS.get(error.code)
        if find is None or not isinstance(token, str) or len(token) > _LONGEST_READ or not self._may_look():
            return None
        return find(token, self._expected)

    def _may_look(self) -> bool:
        second = int(self._clock())
        if second != self._second:
            self._second, self._looks = second, 0
        self._looks += 1
        return self._looks <= _LOOKS_A_SECOND

    def _say(self, code: str, hint: str) -> None:
        now = self._clock()
        if now >= self._silent_until.get(code, now):
            self._silent_until[code] = now + _QUIET_SECONDS
            _log.warning("%s: %s", code, hint)


@dataclass(frozen=True)
class _Expected:
    """What a verifier was told to expect."""

    secrets: bool
    access_tokens: bool
    issuers: frozenset[str]
    audience: bool


# --- One function for each kind of refusal: which known mistake it is, if any. Nobody vouches for what is read here.


def _no_jwt(token: str, expected: _Expected) -> str | None:
    if not _SESSION_TOKEN.fullmatch(token):
        return None
    return "opaque_access_token" if expected.access_tokens and "." not in token else "session_token"


def _other_algorithm(token: str, expected: _Expected) -> str | None:
    is_symmetric = _header(token).get("alg") in [*MIN_SECRET_BYTES]
    if is_symmetric == expected.secrets:
        return None
    if not is_symmetric:
        return "asymmetric_token"
    return _under_the_secret(token, expected) or "shared_secret_token"


def _under_the_secret(token: str, _: _Expected) -> str | None:
    claims = _claims(token)
    if "session" in claims and "user" in claims:
        return "session_cookie"
    return "email_verification_token" if "email" in claims and "sub" not in claims else None


def _other_type(token: str, expected: _Expected) -> str | None:
    typ = str(_header(token).get("typ", "JWT")).lower().removeprefix("application/")
    if typ == SESSION_COOKIE_TYPE:
        return "session_cache_cookie"
    if expected.access_tokens:
        return "api_token_for_oauth" if typ == "jwt" else None
    return "access_token_for_api" if typ == OAUTH.typ else None


def _other_audience(token: str, expected: _Expected) -> str | None:
    if not expected.audience:
        return "audience_not_configured"
    return "id_token" if not {"nonce", "at_hash", "auth_time"}.isdisjoint(_claims(token)) else None


def _other_issuer(token: str, expected: _Expected) -> str | None:
    issuer = str(_claims(token).get("iss")).rstrip("/")
    if issuer + DEFAULT_PATH in expected.issuers:
        return "issuer_lacks_path"
    has_path = issuer.endswith(DEFAULT_PATH) and issuer.removesuffix(DEFAULT_PATH) in expected.issuers
    return "issuer_has_path" if has_path else None


def _too_old(token: str, _: _Expected) -> str | None:
    expiry = _claims(token).get("exp")
    return "numeric_expiration_time" if isinstance(expiry, int | float) and expiry < _YEAR_SECONDS else None


def _no_key(_: str, expected: _Expected) -> str | None:
    return None if expected.secrets else "no_matching_key"


_FINDERS: dict[str, Callable[[str, _Expected], str | None]] = {
    "malformed": _no_jwt,
    "algorithm_not_allowed": _other_algorithm,
    "wrong_type": _other_type,
    "missing_claim": _under_the_secret,
    "wrong_audience": _other_audience,
    "wrong_issuer": _other_issuer,
    "expired": _too_old,
    "unknown_key": _no_key,
}
"""By the refusal's code, what finds the mistake behind it."""


def _header(token: str) -> Mapping[str, Any]:
    try:
        return jws_unverified_header(token)
    except JOSEError:
        return {}


def _claims(token: str) -> Mapping[str, Any]:
    try:
        return jwt_parse_claims(jws_unverified_payload(token))
    except JOSEError:
        return {}
