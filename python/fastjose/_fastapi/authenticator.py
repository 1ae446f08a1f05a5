"""Authentication of a request: one verification for each token, however many dependencies use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from fastjose._core import BearerAuthenticator, PendingVerification
from fastjose._fastapi.bearer import BearerToken
from fastjose._fastapi.hints import RejectionHints
from fastjose._fastapi.responses import error_response, to_connection_error
from fastjose._fastapi.user_models import UserT, build_current_user, user_builder
from fastjose._fastapi.users import CurrentUser

if TYPE_CHECKING:
    from fastapi import HTTPException, WebSocketException

    from fastjose._core import Verifier
    from fastjose._fastapi.bearer import Scope
    from fastjose.exceptions import JOSEError


class RequestAuthenticator(Generic[UserT]):
    """Authenticates bearer tokens, and turns their rejections into responses. Immutable.

    A `BearerAuthenticator` keeps the result for a token in the ASGI scope of its request, under a key of its own:
    another one has another verifier.
    """

    def __init__(self, verifier: Verifier, user_model: type[UserT]) -> None:
        """Prepare for `user_model`.

        Raises:
            TypeError: `user_model` is not a Pydantic model.
        """
        self._build_user = user_builder(user_model)
        self._bearer: BearerAuthenticator[UserT] = (
            BearerAuthenticator(verifier, build_current_user, uses_fields=True)
            if user_model is CurrentUser
            else BearerAuthenticator(verifier, self._build_user, uses_fields=False)
        )
        self._hints = RejectionHints(verifier)
        # Two steps, because a coroutine for the first one, which almost every request ends with, takes as long as
        # building the user. If a key must be fetched, they return a pending verification: await the second step.
        self.authenticate_user = self._bearer.authenticate_user
        self.authenticate_claims = self._bearer.authenticate_claims

    async def complete_user(self, pending: PendingVerification, token: str) -> UserT:
        """Fetch the key of `token`, and return the user.

        Raises:
            JOSEError: The token is rejected, keys are unavailable, or the model rejects a claim.
        """
        return self._bearer.get_user(await pending.authenticate_bearer(), token)

    async def complete_claims(self, pending: PendingVerification, token: str) -> dict[str, Any]:
        """Fetch the key of `token`, and return the claims.

        Raises:
            JOSEError: The token is rejected, or keys are unavailable.
        """
        return self._bearer.get_claims(await pending.authenticate_bearer(), token)

    def get_user_of_claims(self, claims: dict[str, Any], scope: Scope) -> UserT:
        """Return the user of the claims of a request: those of its token, or of an override of the dependency.

        Raises:
            JOSEError: A claim is missing, or the model rejects it.
        """
        user = self._bearer.find_user(claims, scope)
        return self._build_user(claims) if user is None else user

    def reject(self, error: JOSEError, token: str) -> HTTPException:
        """Return the response to a token that was rejected with `error`; log a hint at a known misconfiguration."""
        self._hints.log_hint(error, token)
        return error_response(error)

    def connection_error(self, error: JOSEError, token: str) -> HTTPException | WebSocketException:
        """Return the exception that sends the response to a rejected token, or closes its WebSocket."""
        scope = token.scope if isinstance(token, BearerToken) else None
        return to_connection_error(self.reject(error, token), scope)
