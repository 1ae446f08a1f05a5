"""Rejected tokens: the response to each, and a hint in the log at a known misconfiguration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._fastapi.bearer import BearerToken
from fastjose._fastapi.hints import RejectionHints
from fastjose._fastapi.responses import error_response, to_connection_error

if TYPE_CHECKING:
    from fastapi import HTTPException, WebSocketException

    from fastjose._core import Verifier
    from fastjose.exceptions import JOSEError


class RejectionHandler:
    """Turns the rejections of one verifier into responses. Immutable."""

    def __init__(self, verifier: Verifier) -> None:
        """Prepare hints for the configuration of `verifier`."""
        self._hints = RejectionHints(verifier)

    def reject(self, error: JOSEError, token: str) -> HTTPException:
        """Return the response to a token that was rejected with `error`; log a hint at a known misconfiguration."""
        self._hints.log_hint(error, token)
        return error_response(error)

    def reject_connection(self, error: JOSEError, token: str) -> HTTPException | WebSocketException:
        """Return the exception that sends the response to a rejected token, or closes its WebSocket."""
        scope = token.scope if isinstance(token, BearerToken) else None
        return to_connection_error(self.reject(error, token), scope)
