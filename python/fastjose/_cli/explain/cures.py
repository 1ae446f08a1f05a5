"""What to change when a step rejects a credential: the log hints, or a general cure for the code of the error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._cli.explain.stages import CLIENT_CLAIMS
from fastjose._cli.explain.unverified import is_writable, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastjose._hints.hint_log import Hint
    from fastjose.exceptions import JOSEError

_SEND_AGAIN = "let the client sign in again"
_SIGNED_ELSEWHERE = (
    "check that the keys are those of the issuer of the token; a token that was changed in any way, also by copying, "
    "does not verify"
)
CURES: Mapping[str, str] = {
    "not_authenticated": "send exactly one credential, not empty, in the place that the application expects",
    "credential_not_accepted": "send a credential of an accepted kind, or add its kind to JWT_CREDENTIALS",
    "malformed": "send the whole token and nothing else: three parts with two dots between them, without Bearer, "
    "quotes or line feeds",
    "too_large": "let the issuer put fewer claims into the token",
    "unsupported_header": "let the issuer sign tokens without crit and b64",
    "algorithm_not_allowed": "let the issuer sign with an accepted algorithm, or change JWT_ALGORITHM",
    "unknown_key": "check that the token and the keys are from the same issuer",
    "keys_unavailable": "run fastjose doctor, which examines the fetch of the keys",
    "bad_signature": _SIGNED_ELSEWHERE,
    "wrong_type": "send a token of the accepted kind, such as an access token in place of an ID token",
    "wrong_header": "send a token of the expected server",
    "missing_claim": "let the issuer add the claim",
    "invalid_claim": "let the issuer send the claim in the form that its specification requires",
    "expired": "let the client fetch a new token; if it is new, compare the clocks of the issuer and of this machine",
    "not_yet_valid": "compare the clocks of the issuer and of this machine; JWT_LEEWAY_SECONDS tolerates a small "
    "difference",
    "wrong_issuer": "set JWT_ISSUER to the exact iss of the issuer",
    "wrong_audience": "set JWT_AUDIENCE to the exact aud of the tokens for this application",
    "wrong_claim": "send a token for this application, or add the value to JWT_CLAIMS or JWT_CLIENT_ID",
    "claims_not_accepted": "the function accept= of the application decides; change it, or send another token",
    "revoked": _SEND_AGAIN,
    "inactive_token": "let the client request a new token; the authorization server calls this one inactive",
    "store_unavailable": "run fastjose doctor, which examines the store",
    "unknown_session": _SEND_AGAIN + "; if this happens to everybody, BETTER_AUTH_SESSION_STORE names another store "
    "than the one that Better Auth uses; or the token is forged, which the store alone decides without "
    "BETTER_AUTH_SECRET",
    "session_expired": _SEND_AGAIN,
    "session_revoked": _SEND_AGAIN,
    "banned_user": "the user is banned; an administrator can lift the ban",
    "unknown_api_key": "check that the key is of this Better Auth, and that it was not deleted",
    "api_key_disabled": "let its owner enable the key, or create another one",
    "api_key_expired": "let its owner create another key",
    "api_key_used_up": "let its owner create another key, or refill this one",
    "cross_origin": "add the origin of the page to JWT_TRUSTED_ORIGINS",
}
"""A general cure, by the code of an error (docs/reference/errors.md)."""
_DEFAULT_CURE = "look the code up in docs/reference/errors.md"
_CURE_OF_SIGNED_CREDENTIAL = "send a credential that Better Auth has issued with the secret in BETTER_AUTH_SECRET"


def find_cures(code: str, error: JOSEError | None, hints: Sequence[Hint]) -> tuple[str, ...]:
    """Return what to change after the error `code`: its hints, or a general cure."""
    if hints:
        return tuple(hint.text for hint in hints)
    if code in CURES:
        return (CURES[code],)
    is_of_better_auth = error is not None and ("session" in code or "api_key" in code)
    return (_CURE_OF_SIGNED_CREDENTIAL if is_of_better_auth else _DEFAULT_CURE,)


def find_cure_of_claims(code: str, error: JOSEError | None, claims: Mapping[str, Any]) -> str | None:
    """Return the variable for the claim of an active opaque token that is not accepted, with its line, or None.

    The authorization server says these claims, so they can be trusted as far as the server.
    """
    claim = {"wrong_issuer": "iss", "wrong_audience": "aud"}.get(code) or (error.claim if error is not None else None)
    if claim is None or not claims:
        return None
    if code == "missing_claim":
        return _CURES_OF_MISSING_CLAIMS.get(claim)
    value = claims.get(claim)
    value = value[0] if isinstance(value, list) and value else value
    if code == "wrong_claim" and claim not in CLIENT_CLAIMS:
        return f"send a token with an accepted {show(claim)}, or add {show(value)} to its values in JWT_CLAIMS"
    if not is_writable(value):
        return None
    if code == "wrong_claim":
        return f"if the client {value} is yours, add it to JWT_CLIENT_ID: JWT_CLIENT_ID={value} accepts it alone"
    variable = _VARIABLES.get(claim)
    return None if variable is None else f"if the token is for this application, set {variable}={value}"


_VARIABLES = {"iss": "JWT_ISSUER", "aud": "JWT_AUDIENCE"}
_CURES_OF_MISSING_CLAIMS = {
    "iss": "the authorization server says no iss: let it say one, or remove JWT_ISSUER",
    "aud": "the authorization server says no aud: let it say one, or set JWT_CLIENT_ID to the clients whose tokens are "
    "accepted, and remove JWT_AUDIENCE",
    "client_id": "the authorization server names no client: let it say client_id, or remove JWT_CLIENT_ID and set "
    "JWT_AUDIENCE",
}
