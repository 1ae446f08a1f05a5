"""Error responses: 401, 403 and 503, and what closes a WebSocket instead (RFC 6750 §3)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import starlette
from fastapi import HTTPException, WebSocketException, status

from fastjose._config.setting_names import IN_CODE, SettingNames
from fastjose._hints.issuer_hints import create_hints
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

    from fastjose._core import Verifier
    from fastjose._verifiers.issuers import Issuers


def supports_denial_response(starlette_version: str) -> bool:
    """Return whether Starlette sends an `HTTPException` raised before `accept()`. Before 0.41 it sends a 500."""
    return tuple(map(int, starlette_version.split(".")[:2])) >= (0, 41)


_SUPPORTS_DENIAL_RESPONSE = supports_denial_response(starlette.__version__)


UNAVAILABLE_ERRORS = (JWKSetUnavailableError, StoreUnavailableError)
"""The errors after which the same credential may be accepted later."""


def unauthorized_response(detail: str) -> HTTPException:
    """Return the 401 with `detail` (RFC 6750 §3)."""
    return HTTPException(status.HTTP_401_UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


def name_resource_metadata(response: HTTPException, url: str | None) -> HTTPException:
    """Return `response`, whose challenge, if it has one, names the URL `url` (RFC 9728 §5.1)."""
    challenge = (response.headers or {}).get("WWW-Authenticate")
    if url is not None and challenge is not None:
        challenge += f'{" " if challenge == "Bearer" else ", "}resource_metadata="{url}"'
        response.headers = {**(response.headers or {}), "WWW-Authenticate": challenge}
    return response


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


def cross_origin_response() -> HTTPException:
    """Return the 403 for a request that the page of another origin sends with cookies."""
    return HTTPException(status.HTTP_403_FORBIDDEN, "Cross-origin request rejected")


def forbidden_response(resource_name: str = "resource", *, challenge: str | None = None) -> HTTPException:
    """Return the 403; `challenge` is its WWW-Authenticate header (RFC 6750 §3.1)."""
    headers = None if challenge is None else {"WWW-Authenticate": challenge}
    return HTTPException(status.HTTP_403_FORBIDDEN, f"Not authorized to access this {resource_name}", headers)


def error_response(error: JOSEError) -> HTTPException:
    """Return the response to a credential that was rejected with `error`.

    It is a 503 if keys or a store are unavailable, otherwise a 401. It does not say why a session or an API key is
    rejected.
    """
    if isinstance(error, UNAVAILABLE_ERRORS):
        headers = {"Retry-After": str(_round_up(error.retry_after_seconds))}
        return HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "Authentication service unavailable", headers)
    return unauthorized_response(_describe_rejection(error))


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


def to_connection_error(response: HTTPException, scope: Mapping[str, Any] | None) -> HTTPException | WebSocketException:
    """Return `response`, or the exception that closes the WebSocket of `scope` if no response can be sent.

    The server then answers the handshake with 403, whatever the close code is (RFC 6455 §7.4.1).
    """
    if scope is None or not _must_close_websocket(scope):
        return response
    is_temporary = response.status_code == status.HTTP_503_SERVICE_UNAVAILABLE
    code = status.WS_1013_TRY_AGAIN_LATER if is_temporary else status.WS_1008_POLICY_VIOLATION
    return WebSocketException(code, response.detail)


def _must_close_websocket(scope: Mapping[str, Any]) -> bool:
    """Return whether `scope` is of a WebSocket whose handshake cannot be answered with an HTTP response.

    A response needs Starlette 0.41, and a server with the ASGI extension `websocket.http.response`.
    """
    if scope["type"] != "websocket":
        return False
    return not (_SUPPORTS_DENIAL_RESPONSE and "websocket.http.response" in (scope.get("extensions") or {}))


class RejectionHandler:
    """Turns the rejections of one verifier, or of several, into responses, and logs hints. Immutable."""

    def __init__(
        self, verifier: Verifier | Issuers[Any], names: SettingNames = IN_CODE, *, resource_metadata: str | None = None
    ) -> None:
        """Prepare hints for the configuration of `verifier`, which has its values from the settings `names`.

        Challenges name the URL `resource_metadata`.
        """
        self._hints, self._resource_metadata = create_hints(verifier, names), resource_metadata

    def reject(self, error: JOSEError, token: str) -> HTTPException:
        """Return the response to a token that was rejected with `error`; log a hint at a known misconfiguration."""
        self._hints.log_hint(error, token)
        return self.complete(error_response(error))

    def complete(self, response: HTTPException) -> HTTPException:
        """Return `response`, whose challenge names the application's resource metadata."""
        return name_resource_metadata(response, self._resource_metadata)

    def reject_optional(self, error: JOSEError, token: str, scope: Mapping[str, Any] | None) -> None:
        """Treat a rejected token as missing: log a hint at a known misconfiguration.

        Creates no response, because a route for several issuers rejects the tokens of the others at every request.

        Raises:
            HTTPException, WebSocketException: The token is not rejected for good: keys are unavailable.
        """
        if isinstance(error, UNAVAILABLE_ERRORS):
            raise self.reject_connection(error, token, scope) from None
        self._hints.log_hint(error, token)

    def reject_connection(
        self, error: JOSEError, token: str, scope: Mapping[str, Any] | None
    ) -> HTTPException | WebSocketException:
        """Return the exception that sends the response to a rejected token, or closes the WebSocket of `scope`."""
        return to_connection_error(self.reject(error, token), scope)
