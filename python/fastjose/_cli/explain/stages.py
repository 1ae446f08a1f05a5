"""The checks of each kind of credential, in their order, and the check that raises an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose.exceptions import JOSEError


class Stage(NamedTuple):
    """A check: its name, what it checks, and the codes of its errors that belong to no other check."""

    name: str
    title: str
    codes: frozenset[str] = frozenset()


def _stage(name: str, title: str, *codes: str) -> Stage:
    return Stage(name, title, frozenset(codes))


_TRANSPORT = _stage("transport", "The request has one credential in the expected place", "not_authenticated")
_SHAPE = _stage("shape", "The bearer token has the form of an accepted credential", "credential_not_accepted")
_USER = _stage("user", "The claims identify a user, and fit the user model")

SIGNED_CLAIMS: tuple[Stage, ...] = (
    _stage("iat", "iat is a time, and has passed if that is checked"),
    _stage("nbf", "nbf has passed"),
    _stage("exp", "exp has not passed", "expired"),
    _stage("aud", "aud is for this application", "wrong_audience"),
    _stage("iss", "iss is an accepted issuer", "wrong_issuer"),
    _stage("sub", "sub is a text", "wrong_subject"),
    _stage("jti", "jti is a text"),
    _stage("claims", "Further claims have accepted values"),
    _stage("client", "The client is an accepted one"),
)
"""The checks of single claims, which need a verified signature to count."""

_JWT = (
    _TRANSPORT,
    _SHAPE,
    _stage("form", "Three segments of base64url, the first a JSON object", "malformed", "too_large"),
    _stage("header", "The header requires no unknown extension", "unsupported_header"),
    _stage("algorithm", "alg is an accepted algorithm", "algorithm_not_allowed"),
    _stage("key", "A key fits the token", "unknown_key", "keys_unavailable", "invalid_key", "weak_key"),
    _stage("signature", "A key verifies the signature", "bad_signature"),
    _stage("payload", "The payload is a JSON object"),
    _stage("type", "The header describes an accepted kind of token", "wrong_type", "wrong_header"),
    _stage("required", "The required claims are there"),
    *SIGNED_CLAIMS,
    _stage("revocation", "The token is not revoked", "revoked"),
    _USER,
    _stage("accept", "The application accepts the claims", "claims_not_accepted"),
)
_STORE = _stage("store", "The store answers and knows it", "store_unavailable", "unknown_session", "unknown_api_key")
_SESSION = _stage("session", "The session may be used now", "session_expired", "banned_user", "invalid_session")
_REVOKED = _stage("revocation", "The session is not revoked", "session_revoked")
_OPAQUE = (
    _TRANSPORT,
    _SHAPE,
    _stage("form", "It can be an access token", "malformed", "too_large"),
    _stage("server", "The authorization server answers", "store_unavailable"),
    _stage("active", "The authorization server says that it is active", "inactive_token"),
    _stage("required", "The required claims are there"),
    *SIGNED_CLAIMS,
    _USER,
    _stage("accept", "The application accepts the claims", "claims_not_accepted"),
)
_SESSION_TOKEN = (
    _TRANSPORT,
    _SHAPE,
    _stage("form", "It is a session token", "malformed_session_token", "unsigned_session_token"),
    _stage("signature", "The secret of Better Auth verifies the signature", "bad_session_signature"),
    _STORE,
    _SESSION,
    _REVOKED,
    _USER,
)
_COOKIE = (
    _stage("transport", "A cookie is there, and the page may send it", "not_authenticated", "cross_origin"),
    _stage("form", "The cookies can be read", "cookies_too_large", "malformed_session_token", "session_data_malformed"),
    _stage(
        "signature",
        "The secret of Better Auth verifies the signatures",
        "bad_session_signature",
        "session_data_bad_signature",
        "unknown_session_data_key",
        "session_data_old_secret",
        "unsigned_session_token",
    ),
    _stage(
        "session_data",
        "session_data is in the configured format, and current",
        "session_data_expired",
        "session_data_unbound",
        "session_data_other_version",
        "session_data_other_strategy",
    ),
    _STORE,
    _SESSION,
    _REVOKED,
    _USER,
)
_API_KEY = (
    _TRANSPORT,
    _stage("form", "It has the form of an API key", "malformed_api_key"),
    _STORE,
    _stage(
        "key",
        "The key may be used now",
        "api_key_disabled",
        "api_key_expired",
        "api_key_used_up",
        "banned_user",
        "invalid_api_key",
    ),
    _USER,
)
_AUTH_JS = (
    _stage("transport", "A cookie is there, and the page may send it", "not_authenticated", "cross_origin"),
    _stage("form", "It is an encrypted session cookie", "malformed", "too_large", "jwe_malformed"),
    _stage("decryption", "AUTH_SECRET decrypts it"),
    *(stage for stage in SIGNED_CLAIMS if stage.name in {"nbf", "exp", "iat"}),
    _USER,
)
_NO_CREDENTIAL = (_TRANSPORT, _SHAPE)

STAGES: Mapping[str, tuple[Stage, ...]] = {
    "jwt": _JWT,
    "opaque": _OPAQUE,
    "session": _SESSION_TOKEN,
    "cookie": _COOKIE,
    "api_key": _API_KEY,
    "auth_js": _AUTH_JS,
    "unknown": _NO_CREDENTIAL,
}
"""The checks, by the kind of credential. `unknown`: a bearer token in the form of no accepted kind."""

CLIENT_CLAIMS = frozenset({"azp", "client_id", "cid", "appid"})
_COMPARED = {"iss": "issuer", "aud": "audience", "sub": "subject"}


def find_stage(kind: str, error: JOSEError, options: Mapping[str, object]) -> str:
    """Return the name of the check of a credential of `kind` that raised `error`.

    Args:
        kind: A key of `STAGES`.
        error: The error.
        options: The arguments of the `Verifier`. Empty if they are unknown.
    """
    names = {stage.name for stage in STAGES[kind]}
    if error.code == "malformed" and "payload" in names and str(error).startswith("Invalid payload string"):
        return "payload"
    by_code = next((stage.name for stage in STAGES[kind] if error.code in stage.codes), None)
    name = by_code or _find_claim_stage(error, options)
    if name in names:
        return name
    return "decryption" if kind == "auth_js" and error.claim is None else "user" if "user" in names else "shape"


def _find_claim_stage(error: JOSEError, options: Mapping[str, object]) -> str:
    claim = error.claim or ""
    expected = options.get("claims") or {}
    is_expected = isinstance(expected, dict) and claim in expected
    if error.code == "missing_claim":
        if claim in required_claims(options):
            return "required"
        if is_expected:
            return "claims"
        return "client" if claim == "client_id" and options.get("client_id") else "user"
    if error.code == "wrong_claim":
        return "client" if claim in CLIENT_CLAIMS and not is_expected else "claims"
    return claim if claim in {stage.name for stage in SIGNED_CLAIMS} else "user"


def required_claims(options: Mapping[str, object]) -> list[str]:
    """Return the claims that a `Verifier` with `options` requires, in its order."""
    required = options.get("required", ("exp",))
    names = [required] if isinstance(required, str) else [str(name) for name in required]  # type: ignore[attr-defined]
    compared = [claim for claim, argument in _COMPARED.items() if options.get(argument) is not None]
    return list(dict.fromkeys([*names, *compared]))


def missing_claims(options: Mapping[str, object], claims: Mapping[str, object]) -> list[str]:
    """Return the required claims that `claims` does not have. An empty `aud` is missing, unless it is compared."""
    names_no_audience = claims.get("aud") == [] and options.get("audience") is None
    present = claims.keys() - ({"aud"} if names_no_audience else set())
    return [name for name in required_claims(options) if name not in present]
