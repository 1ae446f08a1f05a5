"""Log hints for the operator: the known misconfigurations that cause valid users to be rejected.

Each known misconfiguration has a stable code and a hint. A line is built from constants, and from the configuration:
the name of a setting, and the accepted issuers and audiences. If the JWK Set cannot be fetched, the line also has the
error of the fetch. If members of the JWK Set cannot be used, the line also has their positions and reasons. No line
contains any part of a token, so an attacker cannot write into the log. No line contains a secret. The HTTP response
does not contain the hint.

Clients control how many tokens are rejected. Ordinary rejections are therefore not logged: the access log has the 401,
and the client has the reason. A hint is a WARNING, at most once a minute for each code.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from fastjose._config.setting_names import IN_CODE, SettingNames
from fastjose._core import (
    ASYMMETRIC_ALGORITHMS,
    MIN_SECRET_BYTES,
    jws_unverified_header,
    jwt_parse_claims,
)
from fastjose._fastapi.hints.hint_log import HintLog
from fastjose._fastapi.hints.url_differences import find_difference
from fastjose.better_auth import DEFAULT_PATH, OAUTH, SESSION_COOKIE_TYPE
from fastjose.exceptions import JOSEError, JWKSetUnavailableError
from fastjose.utils import base64url_decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HINTS = {
    "session_token": "the client sent a session token of Better Auth's bearer(), which is not a JWT; enable jwt(), and "
    "let the front end fetch a token from GET /api/auth/token (an OAuth client must request a resource), or accept "
    "session tokens with JWT_CREDENTIALS=session",
    "opaque_access_token": "the client sent an opaque OAuth access token; to get a JWT, it must request a resource, "
    "which some issuers call an audience",
    "session_cookie": "the client sent a session_data cookie signed with BETTER_AUTH_SECRET; let the front end fetch a "
    "token from GET /api/auth/token",
    "session_cache_cookie": "the client sent a session_data cookie of jwt({ sessionCookieCache: true }); let the front "
    "end fetch a token from GET /api/auth/token",
    "email_verification_token": "the client sent a token from one of Better Auth's e-mails, signed with "
    "BETTER_AUTH_SECRET; it does not authenticate a user",
    "shared_secret_token": "the token is signed with a shared secret (HS*), but the configured keys are public keys; "
    "$send_token, or $use_secret",
    "asymmetric_token": "the token is signed with a private key, but a shared secret is configured; $use_key_set",
    "unsigned_token": 'the token has no signature (alg "none") and is never accepted; let the client send a token that '
    "the issuer has signed",
    "other_algorithm": "the token's alg is not one of the accepted ones: $accepted_algorithms ($algorithms); if the "
    "token is from your issuer, change $algorithms",
    "access_token_for_api": "the token is an OAuth access token (at+jwt), but API tokens are expected; to accept it, "
    "$use_oauth",
    "api_token_for_oauth": "the token is an API token or an id_token, but OAuth access tokens (at+jwt) are expected; "
    "to accept API tokens, $use_api",
    "id_token": "the token's aud is not the accepted audience $accepted_audiences ($audience), and it seems to be an "
    "id_token; if this API expects access tokens, the client must send its access token, and if it expects ID tokens, "
    "$fix_audience",
    "microsoft_graph_token": "the header of the token has a nonce, as in tokens for Microsoft Graph, which only Graph "
    "can verify; let the client request a token with a scope of this API",
    "issuer_sts_windows": "the token's iss is https://sts.windows.net/…, which is version 1.0 of Microsoft's tokens, "
    "but the accepted issuer is $accepted_issuers ($issuer); set requestedAccessTokenVersion to 2 in the manifest of "
    "the API's app registration, or $fix_issuer",
    "issuer_microsoftonline": "the token's iss is https://login.microsoftonline.com/…, which is version 2.0 of "
    "Microsoft's tokens, but the accepted issuer is $accepted_issuers ($issuer); $fix_issuer",
    "issuer_has_path": f"the token's iss ends with {DEFAULT_PATH}, the accepted issuer $accepted_issuers ($issuer) "
    "does not; $fix_issuer",
    "issuer_lacks_path": f"the accepted issuer $accepted_issuers ($issuer) ends with {DEFAULT_PATH}, the token's iss "
    "does not; $fix_issuer",
    "issuer_slash": "the token's iss and the accepted issuer $accepted_issuers ($issuer) differ only by a slash at the "
    "end; $fix_issuer",
    "issuer_scheme": "the token's iss and the accepted issuer $accepted_issuers ($issuer) differ by http and https; "
    "$fix_issuer",
    "issuer_loopback_name": "the token's iss has another name of this machine than the accepted issuer "
    "$accepted_issuers ($issuer), as localhost and 127.0.0.1 are; $fix_issuer",
    "wrong_issuer": "the token's iss is not the accepted issuer $accepted_issuers ($issuer); if the token is from your "
    "issuer, $fix_issuer",
    "audience_slash": "the token's aud and the accepted audience $accepted_audiences ($audience) differ only by a "
    "slash at the end; $fix_audience",
    "audience_scheme": "the token's aud and the accepted audience $accepted_audiences ($audience) differ by http and "
    "https; $fix_audience",
    "audience_loopback_name": "the token's aud has another name of this machine than the accepted audience "
    "$accepted_audiences ($audience), as localhost and 127.0.0.1 are; $fix_audience",
    "wrong_audience": "the token's aud is not the accepted audience $accepted_audiences ($audience); if the token is "
    "for this API, $fix_audience",
    "no_subject": "the token has no sub, so it identifies no user: it may be a token for a machine, not for a user; "
    "let the client send the token of a user, or the issuer add sub",
    "missing_claim": "the token lacks the required claim $claim; let the issuer add it$required",
    "wrong_claim": "the token's claim $claim does not have an accepted value ($claims), so the token is for another "
    "application, or of another kind; if it is for this application, add the value",
    "wrong_header": "a parameter of the token's header is missing, or does not have an accepted value ($header), so "
    "the token is from another server; if it is from yours, add the value",
    "claims_not_accepted": "the function accept= does not accept the claims of the token: it $outcome; it must return "
    "True for those that it accepts",
    "wrong_secret": "the token is not signed with the configured secret ($secret); $check_secret",
    "wrong_key": "no configured key verifies the signature of the token, which has no kid; check that the keys are "
    "those of its issuer",
    "numeric_expiration_time": "the token expired in 1970, because Better Auth reads a number in jwt.expirationTime as "
    'a date; write "1h" for one hour',
    "audience_not_configured": "the token has an audience, but none is configured; $fix_audience$audience_of_issuer",
    "no_matching_key": "the JWK Set has no key for the token; the token is from another server, or from before its "
    "database was reset",
    "skipped_keys": "$skipped_keys; these members of the JWK Set cannot be used, and it has no other key for the token",
    "encrypted_token": "the client sent an encrypted token (JWE, five segments); let the issuer send a signed token",
    "missing_token": "the client sent the text of a missing value (null) in place of a token; the front end sends "
    "requests before it has a token, or reads it from the wrong place",
    "quoted_token": "the client sent the token in quotes; the front end must send the str without them, which "
    "JSON.parse returns",
    "repeated_scheme": "the client sent Bearer twice; the front end or a proxy adds it to a value that contains it",
    "keys_unavailable": "$error; check $key_set; tokens signed with uncached keys are rejected with 503",
}
"""The hint of each known misconfiguration, by its code. The codes are stable across releases.

A hint is a `string.Template`. `$` begins a field of `SettingNames`, an accepted value, or a property of the error."""

_MAX_TOKEN_CHARS = 16_384
"""Maximum length of a token that is inspected. Better Auth's longest tokens have half of it."""
_MAX_INSPECTIONS_PER_SECOND = 20
"""Maximum number of rejected tokens that are inspected in a second.

Without it, rejecting a flood of tokens could cost more than accepting it."""
_YEAR_SECONDS = 31_536_000
_MAX_LOGGED_NAMES = 5
"""Maximum number of accepted issuers or audiences in a line."""
_NOT_FOR_LOGS = re.compile(r"(?<=://)[^/?#]*@|[?#].*", re.DOTALL)
"""The parts of a configured URL that may contain a secret: the user information, the query, the fragment."""
_CLAIMS_OF_USER_TOKENS = frozenset({"sub", "id", "name", "iss", "aud"})
"""Claims that Better Auth does not put into the tokens of its e-mails."""
_CLAIMS_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash"})
"""Claims that tell an ID token (OpenID Connect Core 1.0 §3.3.2.11) from an access token, which may have `auth_time`."""
_MICROSOFT_V1 = re.compile(r"https://sts\.windows\.net/")
_MICROSOFT_V2 = re.compile(r"https://login\.microsoftonline\.com/")

_MAX_SKIPPED_KEYS = 5
"""Maximum number of members of a JWK Set in a line."""
_MISSING_VALUES = frozenset({"null", "undefined", "none", "nil", "nan", "[object object]", "[object promise]"})
"""The texts that a front end without a token sends, in lower case."""
_JWE_DOTS = 4

_SESSION_TOKEN = re.compile(r"[A-Za-z0-9]{32}(?:\.(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd]))?")


class ExpectedTokens(Protocol):
    """The configuration with which rejected tokens are compared: that of a `Verifier`."""

    @property
    def algorithms(self) -> Sequence[str]:
        """The accepted algorithms."""

    @property
    def issuers(self) -> Sequence[str]:
        """The accepted issuers."""

    @property
    def audiences(self) -> Sequence[str]:
        """The accepted audiences."""

    @property
    def types(self) -> Sequence[str]:
        """The accepted `typ`."""

    @property
    def skipped_keys(self) -> Sequence[str]:
        """The members of JWK Sets that cannot be used."""


class RejectionHints:
    """A rate-limited logger of hints about the tokens that one verifier rejects."""

    def __init__(
        self,
        verifier: ExpectedTokens,
        clock: Callable[[], float] = time.monotonic,
        names: SettingNames = IN_CODE,
    ) -> None:
        """Create the logger.

        Args:
            verifier: The verifier that rejects the tokens. Its configuration is compared with them.
            clock: Returns the time in seconds, from any start.
            names: The settings from which the verifier has its configuration.
        """
        algorithms = verifier.algorithms
        self._expectations = _Expectations(
            has_secrets=any(name in MIN_SECRET_BYTES for name in algorithms),
            has_public_keys=any(name not in MIN_SECRET_BYTES for name in algorithms),
            has_access_tokens=OAUTH.typ in verifier.types,
            issuers=tuple(verifier.issuers),
            audiences=tuple(verifier.audiences),
            is_better_auth=names.is_better_auth,
        )
        self._fields = {
            **asdict(names),
            "accepted_algorithms": ", ".join(algorithms),
            "accepted_issuers": _format_names(verifier.issuers),
            "accepted_audiences": _format_names(verifier.audiences),
        }
        self._verifier = verifier
        self._clock = clock
        self._log = HintLog(HINTS, clock)
        self._current_second = self._inspection_count = 0

    def log_hint(self, error: JOSEError, token: str) -> None:
        """Log the hints for a rejected token, if known misconfigurations are the cause.

        Args:
            error: The error with which the verifier rejected the token.
            token: The token, which is not trusted. No value of it makes this method raise.
        """
        if isinstance(error, JWKSetUnavailableError):
            self._log_hint("keys_unavailable", error)
            return
        for code in self._detect(error, token):
            self._log_hint(code, error)

    def _detect(self, error: JOSEError, token: str) -> list[str]:
        """Return the codes of the misconfigurations: none if they are unknown or the token must not be inspected."""
        detect = _DETECTORS.get(error.code)
        if detect is None or not isinstance(token, str) or len(token) > _MAX_TOKEN_CHARS:
            return []
        if not self._reserve_inspection():
            return []
        code = detect(token, self._expectations)
        if code == "no_matching_key" and self._verifier.skipped_keys:
            code = "skipped_keys"
        if code == "missing_claim" and error.claim == "sub":
            code = "no_subject"
        # A wrong base URL is the cause of a wrong audience and of a wrong issuer. The verifier reports the first one.
        is_audience = error.code == "wrong_audience" and code not in {"id_token", "microsoft_graph_token"}
        codes = (code, _detect_issuer_mismatch(token, self._expectations) if is_audience else None)
        return [code for code in codes if code is not None]

    def _reserve_inspection(self) -> bool:
        """Count one inspection, and return whether the limit of the current second allows it."""
        second = int(self._clock())
        if second != self._current_second:
            self._current_second, self._inspection_count = second, 0
        self._inspection_count += 1
        return self._inspection_count <= _MAX_INSPECTIONS_PER_SECOND

    def _log_hint(self, code: str, error: JOSEError) -> None:
        self._log.warn(
            code,
            lambda: {
                **self._fields,
                "error": error,
                "claim": json.dumps(error.claim),
                "outcome": getattr(error, "outcome", "rejected them"),
                "skipped_keys": _format_skipped_keys(self._verifier.skipped_keys),
            },
        )


def _format_names(names: Sequence[str]) -> str:
    """Return accepted issuers or audiences for a log line: at most five, quoted, without what a URL can hide."""
    shown = [json.dumps(_NOT_FOR_LOGS.sub("...", name), ensure_ascii=True) for name in names[:_MAX_LOGGED_NAMES]]
    return " or ".join([*shown, "others"] if len(names) > _MAX_LOGGED_NAMES else shown)


def _format_skipped_keys(skipped: Sequence[str]) -> str:
    """Return members of JWK Sets that cannot be used, with the reasons, for a log line: at most five."""
    more = [f"and {len(skipped) - _MAX_SKIPPED_KEYS} more"] if len(skipped) > _MAX_SKIPPED_KEYS else []
    return " ".join([*skipped[:_MAX_SKIPPED_KEYS], *more])


@dataclass(frozen=True)
class _Expectations:
    """The tokens that a verifier expects.

    Attributes:
        has_secrets: Whether tokens are signed with a shared secret.
        has_public_keys: Whether tokens are signed with a private key.
        has_access_tokens: Whether tokens are OAuth access tokens.
        issuers: The accepted issuers.
        audiences: The accepted audiences.
        is_better_auth: Whether the issuer may be Better Auth.
    """

    has_secrets: bool
    has_public_keys: bool
    has_access_tokens: bool
    issuers: tuple[str, ...]
    audiences: tuple[str, ...]
    is_better_auth: bool


# --- One detector for each code of an error. Each reads an unverified token, and returns the code of a hint or None.


def _detect_other_text(token: str, expectations: _Expectations) -> str | None:
    """Detect a text that is not a signed token: a missing value, a token in quotes, or another kind of token."""
    if token.strip("\"' ").lower().removeprefix("bearer ").strip("\"' ") in _MISSING_VALUES:
        return "missing_token"
    if token.lower().startswith("bearer "):
        return "repeated_scheme"
    if token.startswith(("'", '"')):
        return "quoted_token"
    if token.count(".") == _JWE_DOTS:
        return "encrypted_token"
    return _detect_opaque_token(token, expectations)


def _detect_opaque_token(token: str, expectations: _Expectations) -> str | None:
    """Detect a session token or an opaque access token, which are not JWTs."""
    if not _SESSION_TOKEN.fullmatch(token):
        return None
    if not expectations.is_better_auth:
        return None if "." in token else "opaque_access_token"
    return "opaque_access_token" if expectations.has_access_tokens and "." not in token else "session_token"


def _detect_algorithm_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect an unsigned token, one signed with a shared secret in place of a private key, or the reverse."""
    algorithm = _unverified_header(token).get("alg")
    if not isinstance(algorithm, str):
        return None
    if algorithm.lower() == "none":
        return "unsigned_token"
    if algorithm in MIN_SECRET_BYTES and not expectations.has_secrets:
        return _detect_secret_signed_token(token, expectations) or "shared_secret_token"
    if algorithm in ASYMMETRIC_ALGORITHMS and not expectations.has_public_keys:
        return "asymmetric_token"
    return "other_algorithm"


def _detect_secret_signed_token(token: str, expectations: _Expectations) -> str | None:
    """Detect the cookies and e-mail tokens that Better Auth signs with its secret."""
    if not expectations.is_better_auth or not _has_symmetric_algorithm(_unverified_header(token)):
        return None
    claims = _unverified_claims(token)
    if "session" in claims and "user" in claims:
        return "session_cookie"
    is_email_token = "email" in claims and _CLAIMS_OF_USER_TOKENS.isdisjoint(claims)
    return "email_verification_token" if is_email_token else None


def _detect_missing_claim(token: str, expectations: _Expectations) -> str:
    """Detect a token of Better Auth that does not authenticate a user, or any token without a required claim."""
    return _detect_secret_signed_token(token, expectations) or "missing_claim"


def _detect_typ_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect a cookie, or a token of the other profile, by the header's `typ`."""
    typ = str(_unverified_header(token).get("typ", "JWT")).lower().removeprefix("application/")
    if typ == SESSION_COOKIE_TYPE and expectations.is_better_auth:
        return "session_cache_cookie"
    if expectations.has_access_tokens:
        return "api_token_for_oauth" if typ == "jwt" else None
    return "access_token_for_api" if typ == OAUTH.typ else None


def _detect_audience_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect a missing or wrong audience, an id_token, or a token for Microsoft Graph."""
    if not expectations.audiences:
        return "audience_not_configured"
    if _is_for_microsoft_graph(token):
        return "microsoft_graph_token"
    claims = _unverified_claims(token)
    if difference := find_difference(_strings(claims.get("aud")), expectations.audiences):
        return f"audience_{difference}"
    return "wrong_audience" if _CLAIMS_OF_ID_TOKENS.isdisjoint(claims) else "id_token"


def _detect_issuer_mismatch(token: str, expectations: _Expectations) -> str | None:
    """Detect an issuer that is not accepted, and how it differs from the accepted ones."""
    issuer = _unverified_claims(token).get("iss")
    if not isinstance(issuer, str) or not expectations.issuers or issuer in expectations.issuers:
        return None
    if _is_for_microsoft_graph(token):
        return "microsoft_graph_token"
    if difference := find_difference([issuer], expectations.issuers):
        return f"issuer_{difference}"
    return (
        _detect_issuer_path(issuer, expectations) or _detect_microsoft_version(issuer, expectations) or "wrong_issuer"
    )


def _detect_issuer_path(issuer: str, expectations: _Expectations) -> str | None:
    """Detect an issuer that differs from the configured one only by `/api/auth`."""
    issuer = issuer.rstrip("/")
    if issuer + DEFAULT_PATH in expectations.issuers:
        return "issuer_lacks_path"
    has_path = issuer.endswith(DEFAULT_PATH) and issuer.removesuffix(DEFAULT_PATH) in expectations.issuers
    return "issuer_has_path" if has_path else None


def _detect_microsoft_version(issuer: str, expectations: _Expectations) -> str | None:
    """Detect a token of Microsoft Entra ID in another version than the configured issuer has."""
    if _MICROSOFT_V1.match(issuer) and any(map(_MICROSOFT_V2.match, expectations.issuers)):
        return "issuer_sts_windows"
    is_version_2 = _MICROSOFT_V2.match(issuer) and any(map(_MICROSOFT_V1.match, expectations.issuers))
    return "issuer_microsoftonline" if is_version_2 else None


def _is_for_microsoft_graph(token: str) -> bool:
    """Return whether the header has a `nonce`, with which only Microsoft Graph can verify the signature."""
    header = _unverified_header(token)
    return "nonce" in header and not _has_symmetric_algorithm(header)


def _has_symmetric_algorithm(header: Mapping[str, Any]) -> bool:
    """Return whether the header names a shared-secret algorithm. Its `alg` can be any JSON value."""
    return header.get("alg") in [*MIN_SECRET_BYTES]


def _strings(value: object) -> Iterator[str]:
    """Yield the strings of an `aud`: a string, or the strings in a list."""
    yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))


def _detect_numeric_expiration(token: str, expectations: _Expectations) -> str | None:
    """Detect an `exp` in 1970, the result of a number in `jwt.expirationTime`."""
    if not expectations.is_better_auth:
        return None
    expiration = _unverified_claims(token).get("exp")
    return "numeric_expiration_time" if isinstance(expiration, int | float) and expiration < _YEAR_SECONDS else None


def _detect_unknown_key(token: str, expectations: _Expectations) -> str | None:
    """Detect a token whose key is not in the JWK Set."""
    if not expectations.has_public_keys or _has_symmetric_algorithm(_unverified_header(token)):
        return None
    return "microsoft_graph_token" if _is_for_microsoft_graph(token) else "no_matching_key"


def _detect_wrong_key(token: str, _: _Expectations) -> str | None:
    """Detect a wrong shared secret, a wrong key for tokens without `kid`, or a token for Microsoft Graph.

    A token with a `kid` has a wrong signature only if it was changed: this is not a misconfiguration.
    """
    header = _unverified_header(token)
    if _has_symmetric_algorithm(header):
        return "wrong_secret"
    if "nonce" in header:
        return "microsoft_graph_token"
    return None if "kid" in header else "wrong_key"


def _detect_wrong_claim(_token: str, _: _Expectations) -> str:
    """Detect a token of another application."""
    return "wrong_claim"


def _detect_unaccepted_claims(_token: str, _: _Expectations) -> str:
    """Detect claims that the function of the application rejects, or at which it fails."""
    return "claims_not_accepted"


def _detect_wrong_header(_token: str, _: _Expectations) -> str:
    """Detect a token of another server."""
    return "wrong_header"


_DETECTORS: dict[str, Callable[[str, _Expectations], str | None]] = {
    "malformed": _detect_other_text,
    "algorithm_not_allowed": _detect_algorithm_mismatch,
    "wrong_type": _detect_typ_mismatch,
    "wrong_header": _detect_wrong_header,
    "wrong_claim": _detect_wrong_claim,
    "claims_not_accepted": _detect_unaccepted_claims,
    "missing_claim": _detect_missing_claim,
    "wrong_audience": _detect_audience_mismatch,
    "wrong_issuer": _detect_issuer_mismatch,
    "expired": _detect_numeric_expiration,
    "unknown_key": _detect_unknown_key,
    "bad_signature": _detect_wrong_key,
}
"""The detector for each `JOSEError.code` that a misconfiguration can cause."""


def _unverified_header(token: str) -> Mapping[str, Any]:
    """Return the header of a token, or an empty mapping if it is malformed."""
    try:
        return jws_unverified_header(token)
    except JOSEError:
        return {}


def _unverified_claims(token: str) -> Mapping[str, Any]:
    """Return the claims of a token, or an empty mapping if they are malformed. The header is not parsed again."""
    try:
        return jwt_parse_claims(base64url_decode(token.split(".")[1].encode()))
    except (JOSEError, ValueError, IndexError):
        return {}
