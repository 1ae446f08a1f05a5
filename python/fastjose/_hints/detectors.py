"""The detectors of misconfigurations: one for each code of an error.

Each reads a rejected token, which is not verified, and returns the code of a hint or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES, jws_unverified_header, jwt_parse_claims
from fastjose._hints.url_differences import find_difference
from fastjose.better_auth import DEFAULT_PATH, OAUTH, SESSION_COOKIE_TYPE
from fastjose.exceptions import JOSEError
from fastjose.utils import base64url_decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_YEAR_SECONDS = 31_536_000
CLAIMS_OF_USER_TOKENS = frozenset({"sub", "id", "name", "iss", "aud"})
"""Claims that Better Auth does not put into the tokens of its e-mails."""
CLAIMS_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash"})
"""Claims that tell an ID token (OpenID Connect Core 1.0 §3.3.2.11) from an access token, which may have `auth_time`."""
_MICROSOFT_V1 = re.compile(r"https://sts\.windows\.net/")
_MICROSOFT_V2 = re.compile(r"https://login\.microsoftonline\.com/")
_MISSING_VALUES = frozenset({"", "null", "undefined", "none", "nil", "nan", "[object object]", "[object promise]"})
"""The texts that a front end without a token sends, in lower case."""
_JWE_DOTS = 4

SESSION_TOKEN = re.compile(r"[A-Za-z0-9]{32}(?:\.(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd]))?")


@dataclass(frozen=True)
class Expectations:
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


def _detect_other_text(token: str, expectations: Expectations) -> str | None:
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


def _detect_opaque_token(token: str, expectations: Expectations) -> str | None:
    """Detect a session token or an opaque access token, which are not JWTs."""
    if not SESSION_TOKEN.fullmatch(token):
        return None
    if not expectations.is_better_auth:
        return None if "." in token else "opaque_access_token"
    return "opaque_access_token" if expectations.has_access_tokens and "." not in token else "session_token"


def _detect_algorithm_mismatch(token: str, expectations: Expectations) -> str | None:
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


def _detect_secret_signed_token(token: str, expectations: Expectations) -> str | None:
    """Detect the cookies and e-mail tokens that Better Auth signs with its secret."""
    if not expectations.is_better_auth or not _has_symmetric_algorithm(_unverified_header(token)):
        return None
    claims = _unverified_claims(token)
    if "session" in claims and "user" in claims:
        return "session_cookie"
    is_email_token = "email" in claims and CLAIMS_OF_USER_TOKENS.isdisjoint(claims)
    return "email_verification_token" if is_email_token else None


def _detect_missing_claim(token: str, expectations: Expectations) -> str:
    """Detect a token of Better Auth that does not authenticate a user, or any token without a required claim."""
    return _detect_secret_signed_token(token, expectations) or "missing_claim"


def _detect_typ_mismatch(token: str, expectations: Expectations) -> str | None:
    """Detect a cookie, or a token of the other profile, by the header's `typ`."""
    typ = str(_unverified_header(token).get("typ", "JWT")).lower().removeprefix("application/")
    if typ == SESSION_COOKIE_TYPE and expectations.is_better_auth:
        return "session_cache_cookie"
    if expectations.has_access_tokens:
        return "api_token_for_oauth" if typ == "jwt" else None
    return "access_token_for_api" if typ == OAUTH.typ else None


def _detect_audience_mismatch(token: str, expectations: Expectations) -> str | None:
    """Detect a missing or wrong audience, an id_token, or a token for Microsoft Graph."""
    if not expectations.audiences:
        return "audience_not_configured"
    if _is_for_microsoft_graph(token):
        return "microsoft_graph_token"
    claims = _unverified_claims(token)
    if difference := find_difference(_strings(claims.get("aud")), expectations.audiences):
        return f"audience_{difference}"
    return "wrong_audience" if CLAIMS_OF_ID_TOKENS.isdisjoint(claims) else "id_token"


def detect_issuer_mismatch(token: str, expectations: Expectations) -> str | None:
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


def _detect_issuer_path(issuer: str, expectations: Expectations) -> str | None:
    """Detect an issuer that differs from the configured one only by `/api/auth`."""
    issuer = issuer.rstrip("/")
    if issuer + DEFAULT_PATH in expectations.issuers:
        return "issuer_lacks_path"
    has_path = issuer.endswith(DEFAULT_PATH) and issuer.removesuffix(DEFAULT_PATH) in expectations.issuers
    return "issuer_has_path" if has_path else None


def _detect_microsoft_version(issuer: str, expectations: Expectations) -> str | None:
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


def _detect_numeric_expiration(token: str, expectations: Expectations) -> str | None:
    """Detect an `exp` in 1970, the result of a number in `jwt.expirationTime`."""
    if not expectations.is_better_auth:
        return None
    expiration = _unverified_claims(token).get("exp")
    return "numeric_expiration_time" if isinstance(expiration, int | float) and expiration < _YEAR_SECONDS else None


def _detect_unknown_key(token: str, expectations: Expectations) -> str | None:
    """Detect a token whose key is not in the JWK Set."""
    if not expectations.has_public_keys or _has_symmetric_algorithm(_unverified_header(token)):
        return None
    return "microsoft_graph_token" if _is_for_microsoft_graph(token) else "no_matching_key"


def _detect_wrong_key(token: str, _: Expectations) -> str | None:
    """Detect a wrong shared secret, a wrong key for tokens without `kid`, or a token for Microsoft Graph.

    A token with a `kid` has a wrong signature only if it was changed: this is not a misconfiguration.
    """
    header = _unverified_header(token)
    if _has_symmetric_algorithm(header):
        return "wrong_secret"
    if "nonce" in header:
        return "microsoft_graph_token"
    return None if "kid" in header else "wrong_key"


def _detect_wrong_claim(_token: str, _: Expectations) -> str:
    """Detect a token of another application."""
    return "wrong_claim"


def _detect_unaccepted_claims(_token: str, _: Expectations) -> str:
    """Detect claims that the function of the application rejects, or at which it fails."""
    return "claims_not_accepted"


def _detect_wrong_header(_token: str, _: Expectations) -> str:
    """Detect a token of another server."""
    return "wrong_header"


DETECTORS: dict[str, Callable[[str, Expectations], str | None]] = {
    "malformed": _detect_other_text,
    "algorithm_not_allowed": _detect_algorithm_mismatch,
    "wrong_type": _detect_typ_mismatch,
    "wrong_header": _detect_wrong_header,
    "wrong_claim": _detect_wrong_claim,
    "claims_not_accepted": _detect_unaccepted_claims,
    "missing_claim": _detect_missing_claim,
    "wrong_audience": _detect_audience_mismatch,
    "wrong_issuer": detect_issuer_mismatch,
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
