"""Refusals as exceptions of FastAPI: the one that sends the response, or the one that closes a WebSocket instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import starlette
from fastapi import HTTPException, WebSocketException
from starlette.exceptions import HTTPException as AnyHTTPException

from fastjose._refusals.refusal import can_answer_handshake, close_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose._refusals.refusal import Refusal


def supports_denial_response(starlette_version: str) -> bool:
    """Return whether Starlette sends an `HTTPException` raised before `accept()`. Before 0.41 it sends a 500."""
    return tuple(map(int, starlette_version.split(".")[:2])) >= (0, 41)


_SUPPORTS_DENIAL_RESPONSE = supports_denial_response(starlette.__version__)


def to_http_exception(refusal: Refusal) -> HTTPException:
    """Return the exception with which FastAPI sends the response."""
    return HTTPException(*refusal)


def to_connection_error(
    refusal: Refusal | AnyHTTPException, scope: Mapping[str, Any] | None
) -> AnyHTTPException | WebSocketException:
    """Return the exception with which FastAPI sends the response, or closes the WebSocket of `scope` if it cannot.

    The server then answers the handshake with 403, whatever the close code is (RFC 6455 §7.4.1).
    """
    if scope is not None and _must_close_websocket(scope):
        return WebSocketException(close_code(refusal.status_code), refusal.detail)
    return refusal if isinstance(refusal, AnyHTTPException) else to_http_exception(refusal)


def _must_close_websocket(scope: Mapping[str, Any]) -> bool:
    """Return whether `scope` is of a WebSocket whose handshake cannot be answered with an HTTP response."""
    return scope["type"] == "websocket" and not (_SUPPORTS_DENIAL_RESPONSE and can_answer_handshake(scope))
