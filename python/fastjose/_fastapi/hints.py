"""Log hints for the operator: the known misconfigurations that cause valid users to be rejected.

Each known misconfiguration has a stable code and a hint. A line is built from constants. If the JWK Set cannot be
fetched, the line also has the error of the fetch. No line contains any part of a token, so an attacker cannot write
into the log. The HTTP response does not contain the hint.

Clients control how many tokens are rejected. Ordinary rejections are therefore not logged: the access log has the 401,
and the client has the reason. A hint is a WARNING, at most once a minute for each code.
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

_log = logging.getLogger("fastjose")

HINTS = {
    "session_token": "the client sent a session token of Better Auth's bearer(), which is not a JWT; enable jwt(), and "
    "let the front end fetch a token from GET /api/auth/token (an OAuth client must request a resource)",
    "opaque_access_token": "the client sent an opaque OAuth access token; to get a JWT, it must request a resource",
    "session_cookie": "the client sent a session_data cookie signed with BETTER_AUTH_SECRET; let the front end fetch a "
    "token from GET /api/auth/token",
    "session_cache_cookie": "the client sent a session_data cookie of jwt({ sessionCookieCache: true }); let the front "
    "end fetch a token from GET /api/auth/token",
    "email_verification_token": "the client sent a token from one of Better Auth's e-mails, signed with "
    "BETTER_AUTH_SECRET; it does not authenticate a user",
    "shared_secret_token": "the token is signed with a shared secret (HS*), but the configured keys are a JWK Set; let "
    "the front end fetch a token from GET /api/auth/token, or set JWT_MODE=secret",
    "asymmetric_token": "the token is signed with a private key, as Better Auth's jwt() does, but a shared secret is "
    "configured; set BETTER_AUTH_URL",
    "access_token_for_api": "the token is an OAuth access token (at+jwt), but API tokens are expected; to accept it, "
    "set JWT_PROFILE=oauth",
    "api_token_for_oauth": "the token is an API token or an id_token, but OAuth access tokens (at+jwt) are expected; "
    "to accept API tokens, set JWT_PROFILE=api",
    "id_token": "the client sent its id_token; it must send its access token",
    "issuer_has_path": f"the token's iss ends with {DEFAULT_PATH}, the configured issuer does not; check JWT_ISSUER",
    "issuer_lacks_path": f"the configured issuer ends with {DEFAULT_PATH}, the token's iss does not; check JWT_ISSUER",
    "numeric_expiration_time": "the token expired in 1970, because Better Auth reads a number in jwt.expirationTime as "
    'a date; write "1h" for one hour',
    "audience_not_configured": "the token has an audience, but none is configured; set JWT_AUDIENCE, for tokens of "
    "Better Auth to its origin",
    "no_matching_key": "the JWK Set has no key for the token; the token is from another server, or from before its "
    "database was reset",
    "keys_unavailable": "tokens signed with uncached keys are rejected with 503",
}
"""The hint of each known misconfiguration, by its code. The codes are stable across releases."""

_MAX_TOKEN_CHARS = 16_384
"""Maximum length of a token that is inspected. Better Auth's longest tokens have half of it."""
_MAX_INSPECTIONS_PER_SECOND = 20
"""Maximum number of rejected tokens that are inspected in a second.

Without it, rejecting a flood of tokens could cost more than accepting it."""
_LOG_INTERVAL_SECONDS = 60.0
"""Minimum time between two lines with the same code."""
_YEAR_SECONDS = 31_536_000

_SESSION_TOKEN = re.compile(r"[A-Za-z0-9]{32}(?:\.(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd]))?")


class RejectionHints:
    """A rate-limited logger of hints about the tokens that one verifier rejects."""

    def __init__(self, verifier: Verifier, clock: Callable[[], float] = time.monotonic) -> None:
        """Create the logger.

        Args:
            verifier: The verifier that rejects the tokens. Its configuration is compared with them.
            clock: Returns the time in seconds, from any start.
        """
        self._expectations = _Expectations(
            has_secrets=any(name in MIN_SECRET_BYTES for name in verifier.algorithms),
            has_access_tokens=verifier.typ == OAUTH.typ,
            issuers=frozenset(verifier.issuers),
            has_audience=bool(verifier.audiences),
        )
        self._clock = clock
        self._next_log_time: dict[str, float] = {}
        self._current_second = self._inspection_count = 0

    def log_hint(self, error: JOSEError, token: str) -> None:
        """Log the hint for a rejected token, if a known misconfiguration is the cause.

        Args:
            error: The error with which the verifier rejected the token.
            token: The token, which is not trusted. No value of it makes this method raise.
        """
        if isinstance(error, JWKSetUnavailableError):
            self._log_rate_limited("keys_unavailable", f"{error}; {HINTS['keys_unavailable']}")
        elif (code := self._detect(error, token)) is not None:
            self._log_rate_limited(code, HINTS[code])

    def _detect(self, error: JOSEError, token: str) -> str | None:
        """Return the code of the misconfiguration, or None if it is unknown or the token must not be inspected."""
        detect = _DETECTORS.get(error.code)
        if detect is None or not isinstance(token, str) or len(token) > _MAX_TOKEN_CHARS:
            return None
        return detect(token, self._expectations) if self._reserve_inspection() else None

    def _reserve_inspection(self) -> bool:
        """Count one inspection, and return whether the limit of the current second allows it."""
        second = int(self._clock())
        if second != self._current_second:
            self._current_second, self._inspection_count = second, 0
        self._inspection_count += 1
        return self._inspection_count <= _MAX_INSPECTIONS_PER_SECOND

    def _log_rate_limited(self, code: str, hint: str) -> None:
        """Log a line, unless one with the same code was logged within the interval."""
        now = self._clock()
        if now >= self._next_log_time.get(code, now):
            self._next_log_time[code] = now + _LOG_INTERVAL_SECONDS
            _log.warning("%s: %s", code, hint)


@dataclass(frozen=True)
class _Expectations:
    """The tokens that a verifier expects.

    Attributes:
        has_secrets: Whether tokens are signed with a shared secret.
        has_access_tokens: Whether tokens are OAuth access tokens.
        issuers: The accepted issuers.
        has_audience: Whether an audience is configured.
    """

    has_secrets: bool
    has_access_tokens: bool
    issuers: frozenset[str]
    has_audience: bool


# --- One detector for each code of an error. Each reads an unverified token, and returns the code of a hint or None.


def _detect_opaque_token(token: str, expectations: _Expectations) -> str | None:
    """Detect a session token or an opaque access token, which are not JWTs."""
    if not _SESSION_TOKEN.fullmatch(token):
        return None
    return "opaque_access_token" if expectations.has_access_tokens and "." not in token else "session_token"


def _detect_algorithm_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect a token signed with a shared secret in place of a private key, or the reverse."""
    is_symmetric = _unverified_header(token).get("alg") in [*MIN_SECRET_BYTES]
    if is_symmetric == expectations.has_secrets:
        return None
    if not is_symmetric:
        return "asymmetric_token"
    return _detect_secret_signed_token(token, expectations) or "shared_secret_token"


def _detect_secret_signed_token(token: str, _: _Expectations) -> str | None:
    """Detect the cookies and e-mail tokens that Better Auth signs with its secret."""
    claims = _unverified_claims(token)
    if "session" in claims and "user" in claims:
        return "session_cookie"
    return "email_verification_token" if "email" in claims and "sub" not in claims else None


def _detect_typ_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect a cookie, or a token of the other profile, by the header's `typ`."""
    typ = str(_unverified_header(token).get("typ", "JWT")).lower().removeprefix("application/")
    if typ == SESSION_COOKIE_TYPE:
        return "session_cache_cookie"
    if expectations.has_access_tokens:
        return "api_token_for_oauth" if typ == "jwt" else None
    return "access_token_for_api" if typ == OAUTH.typ else None


def _detect_audience_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect a missing `JWT_AUDIENCE`, or an id_token."""
    if not expectations.has_audience:
        return "audience_not_configured"
    return "id_token" if not {"nonce", "at_hash", "auth_time"}.isdisjoint(_unverified_claims(token)) else None


def _detect_issuer_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect an issuer that differs from the configured one only by `/api/auth`."""
    issuer = str(_unverified_claims(token).get("iss")).rstrip("/")
    if issuer + DEFAULT_PATH in expectations.issuers:
        return "issuer_lacks_path"
    has_path = issuer.endswith(DEFAULT_PATH) and issuer.removesuffix(DEFAULT_PATH) in expectations.issuers
    return "issuer_has_path" if has_path else None


def _detect_numeric_expiration(token: str, _: _Expectations) -> str | None:
    """Detect an `exp` in 1970, the result of a number in `jwt.expirationTime`."""
    expiration = _unverified_claims(token).get("exp")
    return "numeric_expiration_time" if isinstance(expiration, int | float) and expiration < _YEAR_SECONDS else None


def _detect_unknown_key(_: str, expectations: _Expectations) -> str | None:
    """Detect a token whose key is not in the JWK Set."""
    return None if expectations.has_secrets else "no_matching_key"


_DETECTORS: dict[str, Callable[[str, _Expectations], str | None]] = {
    "malformed": _detect_opaque_token,
    "algorithm_not_allowed": _detect_algorithm_mismatch,
    "wrong_type": _detect_typ_mismatch,
    "missing_claim": _detect_secret_signed_token,
    "wrong_audience": _detect_audience_mismatch,
    "wrong_issuer": _detect_issuer_mismatch,
    "expired": _detect_numeric_expiration,
    "unknown_key": _detect_unknown_key,
}
"""The detector for each `JOSEError.code` that a misconfiguration can cause."""


def _unverified_header(token: str) -> Mapping[str, Any]:
    """Return the header of a token, or an empty mapping if it is malformed."""
    try:
        return jws_unverified_header(token)
    except JOSEError:
        return {}


def _unverified_claims(token: str) -> Mapping[str, Any]:
    """Return the claims of a token, or an empty mapping if it is malformed."""
    try:
        return jwt_parse_claims(jws_unverified_payload(token))
    except JOSEError:
        return {}
