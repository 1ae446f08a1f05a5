"""Authentication of a request: one verification for each token, however many dependencies use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from fastjose._core import PendingVerification, VerifiedToken, authenticate_bearer
from fastjose._fastapi.bearer import BearerToken
from fastjose._fastapi.hints import RejectionHints
from fastjose._fastapi.responses import error_response, to_connection_error
from fastjose._fastapi.user_models import UserT, user_factory

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from fastapi import HTTPException, WebSocketException

    from fastjose._core import Verifier
    from fastjose.exceptions import JOSEError

_SCOPE_KEY = "fastjose.verified_tokens"
"""The key of the ASGI scope under which a request keeps its verified tokens: by authenticator, the token and result."""


class RequestAuthenticator(Generic[UserT]):
    """Verifies bearer tokens, and builds users of one model from the results. Immutable."""

    def __init__(self, verifier: Verifier, user_model: type[UserT]) -> None:
        """Prepare for `user_model`.

        Raises:
            TypeError: `user_model` is not a Pydantic model.
        """
        self._verifier = verifier
        self._hints = RejectionHints(verifier)
        self.build_user, self.build_user_from_claims = user_factory(user_model)

    async def verify(self, token: str) -> VerifiedToken:
        """Return the result of the verification of `token`, from this request if it is verified already.

        Raises:
            JOSEError: The token is rejected, or keys are unavailable.
        """
        scope = token.scope if isinstance(token, BearerToken) else None
        if scope is not None:
            stored = self._stored_result(scope, token)
            if stored is not None:
                return stored
        result = authenticate_bearer(self._verifier, token)
        if isinstance(result, PendingVerification):
            result = await result.authenticate_bearer()
        if scope is not None:
            # A copy of the token: the token itself refers to the scope.
            scope.setdefault(_SCOPE_KEY, {})[self] = str(token), result
        return result

    def _stored_result(self, scope: MutableMapping[str, Any], token: str) -> VerifiedToken | None:
        results = scope.get(_SCOPE_KEY)
        stored: tuple[str, VerifiedToken] | None = None if results is None else results.get(self)
        return stored[1] if stored is not None and stored[0] == token else None

    def reject(self, error: JOSEError, token: str) -> HTTPException:
        """Return the response to a token that was rejected with `error`; log a hint at a known misconfiguration."""
        self._hints.log_hint(error, token)
        return error_response(error)

    def connection_error(self, error: JOSEError, token: str) -> HTTPException | WebSocketException:
        """Return the exception that sends the response to a rejected token, or closes its WebSocket."""
        scope = token.scope if isinstance(token, BearerToken) else None
        return to_connection_error(self.reject(error, token), scope)
