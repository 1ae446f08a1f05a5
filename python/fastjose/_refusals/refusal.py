"""`Refusal`: 401, 403 and 503, and what closes a WebSocket instead (RFC 6750 §3), for every framework."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fastjose.exceptions import (
    APIKeyError,
    ExpiredSignatureError,
    JOSEError,
    JWKSetUnavailableError,
    JWTClaimsError,
    SessionError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

UNAVAILABLE_ERRORS = (JWKSetUnavailableError, StoreUnavailableError)
"""The errors after which the same credential may be accepted later."""

_UNAUTHORIZED, _FORBIDDEN, _UNAVAILABLE = 401, 403, 503
_WS_POLICY_VIOLATION, _WS_TRY_AGAIN_LATER = 1008, 1013
"""Close codes of WebSockets (RFC 6455 §7.4.1, and the registry of IANA)."""


class Refusal(NamedTuple):
    """The response to a request that is refused. Immutable.

    Attributes:
        status_code: 401, 403 or 503.
        detail: The text for the client. It contains nothing of a credential.
        headers: `WWW-Authenticate` of a 401, and `Retry-After` of a 503, in seconds.
    """

    status_code: int
    detail: str
    headers: dict[str, str] | None = None

    @property
    def close_code(self) -> int:
        """The code that closes a WebSocket whose handshake cannot be answered with the response."""
        return close_code(self.status_code)

    def with_resource_metadata(self, url: str | None) -> Refusal:
        """Return the refusal whose challenge, if it has one, names the URL `url` (RFC 9728 §5.1)."""
        challenge = (self.headers or {}).get("WWW-Authenticate")
        if url is None or challenge is None:
            return self
        challenge += f'{" " if challenge == "Bearer" else ", "}resource_metadata="{url}"'
        return self._replace(headers={**(self.headers or {}), "WWW-Authenticate": challenge})


def close_code(status_code: int) -> int:
    """Return the code that closes a WebSocket in place of a response."""
    return _WS_TRY_AGAIN_LATER if status_code == _UNAVAILABLE else _WS_POLICY_VIOLATION


def can_answer_handshake(scope: Mapping[str, Any]) -> bool:
    """Return whether the server sends an HTTP response to a WebSocket handshake (`websocket.http.response`)."""
    return "websocket.http.response" in (scope.get("extensions") or {})


def unauthorized(detail: str = "Not authenticated") -> Refusal:
    """Return the 401 with `detail` (RFC 6750 §3)."""
    return Refusal(_UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})


def forbidden(resource_name: str = "resource", *, challenge: str | None = None) -> Refusal:
    """Return the 403; `challenge` is its WWW-Authenticate header (RFC 6750 §3.1)."""
    headers = None if challenge is None else {"WWW-Authenticate": challenge}
    return Refusal(_FORBIDDEN, f"Not authorized to access this {resource_name}", headers)


def cross_origin() -> Refusal:
    """Return the 403 for a request that the page of another origin sends with cookies."""
    return Refusal(_FORBIDDEN, "Cross-origin request rejected")


def refuse(error: JOSEError) -> Refusal:
    """Return the refusal of a credential that was rejected with `error`.

    It is a 503 if keys or a store are unavailable, otherwise a 401. It does not say why a session or an API key is
    rejected.
    """
    if isinstance(error, UNAVAILABLE_ERRORS):
        headers = {"Retry-After": str(_round_up(error.retry_after_seconds))}
        return Refusal(_UNAVAILABLE, "Authentication service unavailable", headers)
    return unauthorized(_describe_rejection(error))


def check_resource_metadata(url: str | None) -> str | None:
    """Return the URL of an application's resource metadata, which its 401s name.

    Raises:
        ValueError: It is not an absolute URL, or has a character that a quoted string of a header must not have.
    """
    if url is not None and not (isinstance(url, str) and _URL.fullmatch(url)):
        raise ValueError(
            "resource_metadata must be a URL such as https://api.example.com/.well-known/oauth-protected-resource"
        )
    return url


_URL = re.compile(r"https?://[!#-\[\]-~]+")
"""A URL in printable ASCII, without a space, a quotation mark or a backslash (RFC 9110 §5.6.4)."""


def _round_up(seconds: float) -> int:
    """Return whole seconds, at least 1. The store of an application may have set another value: 1 then."""
    try:
        return max(1, math.ceil(seconds))
    except (TypeError, ValueError, OverflowError):
        return 1


def _describe_rejection(error: JOSEError) -> str:
    """Return the detail of the 401."""
    fixed = next((detail for kind, detail in _FIXED_DETAILS.items() if isinstance(error, kind)), None)
    if fixed is not None:
        return fixed
    if error.code == "missing_claim" and error.claim == "sub":  # without `sub` the token identifies no user
        return "Could not validate credentials"
    return f"Invalid token claims: {error}" if isinstance(error, JWTClaimsError) else f"Invalid token: {error}"


_FIXED_DETAILS = {
    SessionError: "Invalid session",
    APIKeyError: "Invalid API key",
    ExpiredSignatureError: "Token has expired",
}
