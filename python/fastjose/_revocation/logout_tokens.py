"""Logout tokens of OpenID Connect Back-Channel Logout 1.0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._core import Verifier
from fastjose._tracebacks import hide_arguments
from fastjose.exceptions import JWTClaimsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastjose.better_auth import KeysInput

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
"""The member of `events` that makes a token a logout token (section 2.4)."""

LOGOUT_TYPE = "logout+jwt"
"""The `typ` of logout tokens. No other verifier of this package that requires a `typ` accepts it."""


@hide_arguments
def logout_verifier(
    keys: KeysInput,
    *,
    issuer: str | Iterable[str],
    client_id: str | Iterable[str],
    algorithms: str | Iterable[str] | None = None,
    leeway_seconds: float = 10,
) -> Verifier:
    """Return the verifier of an OpenID provider's logout tokens, for `logout_route`.

    Example:
        keys = RemoteKeySet("https://app.example.com/api/auth/jwks")
        verifier = logout_verifier(keys, issuer="https://app.example.com/api/auth", client_id="backend")

    Args:
        keys: The keys of the provider, as for `Verifier`.
        issuer: The accepted `iss`, or several.
        client_id: The id under which the application is registered at the provider, or several: the accepted `aud`.
        algorithms: The allow-list, as for `Verifier`.
        leeway_seconds: Clock skew to tolerate when `exp` and `nbf` are validated, in seconds.

    Raises:
        ValueError, TypeError, JWKError: As `Verifier`.
    """
    return Verifier(
        keys,
        algorithms=algorithms,
        issuer=issuer,
        audience=client_id,
        typ=LOGOUT_TYPE,
        required=("iss", "aud", "iat", "exp", "jti", "events"),
        leeway_seconds=leeway_seconds,
    )


_MAX_SECONDS = 1e11
"""A later time is one in milliseconds."""


@dataclass(frozen=True)
class Logout:
    """A logout that a provider has declared.

    Attributes:
        sub: The user, or None.
        sid: The session of the provider, or None. One of the two is present.
        issued_at: The time of the logout, in seconds since the epoch.
    """

    sub: str | None
    sid: str | None
    issued_at: float


def read_logout(claims: Mapping[str, Any]) -> Logout:
    """Return the logout of verified claims (section 2.6).

    Raises:
        JWTClaimsError: They are not those of a logout token. The text does not contain a value.
    """
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise _claims_error("events", f"events must be an object whose member {LOGOUT_EVENT} is an object")
    if "nonce" in claims:
        raise _claims_error("nonce", "nonce must be absent: it belongs to an ID token")
    sub, sid = (_identifier(claims, name) for name in ("sub", "sid"))
    if sub is None and sid is None:
        raise _claims_error("sub", "sub or sid must be present")
    issued_at = claims.get("iat", -1)
    if not 0 <= issued_at < _MAX_SECONDS:
        raise _claims_error("iat", "iat must be a time in seconds since the epoch")
    return Logout(sub, sid, float(issued_at))


def _identifier(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise _claims_error(name, f"{name} must be a string that is not empty")
    return value


def _claims_error(claim: str, text: str) -> JWTClaimsError:
    error = JWTClaimsError(text)
    error.code, error.claim = "invalid_claim", claim
    return error
