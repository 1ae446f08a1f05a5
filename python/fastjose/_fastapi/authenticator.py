"""Authentication of a request: one verification for each token, however many dependencies use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from fastjose._core import PendingVerification, VerifiedToken, authenticate_bearer
from fastjose._fastapi.bearer import BearerToken, Results, results_of_request
from fastjose._fastapi.hints import RejectionHints
from fastjose._fastapi.responses import error_response, to_connection_error
from fastjose._fastapi.user_models import UserT, user_factory
from fastjose._fastapi.users import CurrentUser

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from fastapi import HTTPException, WebSocketException

    from fastjose._core import Verifier
    from fastjose.exceptions import JOSEError


class RequestAuthenticator(Generic[UserT]):
    """Verifies bearer tokens, and builds users of one model from the results. Immutable.

    A request keeps the results for its token in its ASGI scope, under keys of the authenticator: another authenticator
    has other keys and another policy.
    """

    def __init__(self, verifier: Verifier, user_model: type[UserT]) -> None:
        """Prepare for `user_model`.

        Raises:
            TypeError: `user_model` is not a Pydantic model.
        """
        self._verifier = verifier
        self._hints = RejectionHints(verifier)
        self._build_user, self._build_user_from_claims = user_factory(user_model)
        # One immutable `CurrentUser` serves all dependencies of a request. Models of applications can be mutable.
        self._shares_user = user_model is CurrentUser
        self._result_key, self._user_key, self._claims_key = (
            f"{name} {id(self):x}" for name in ("result", "user", "claims")
        )

    def authenticate(self, token: str, results: Results) -> VerifiedToken | PendingVerification:
        """Return the result for `token`: of this request, or of a verification with the cached keys.

        A pending verification needs a key to be fetched: await `complete`. Two steps, because a coroutine for the first
        one, which almost every request ends with, takes as long as building the user.

        Raises:
            JOSEError: The token is rejected.
        """
        result: VerifiedToken | PendingVerification | None = results.get(self._result_key)
        if result is None:
            result = authenticate_bearer(self._verifier, token)
            if isinstance(result, VerifiedToken):
                results[self._result_key] = result
        return result

    def authenticate_user(self, token: str, results: Results) -> UserT | PendingVerification:
        """Return the user of `token`, or a pending verification if a key must be fetched: two steps in one call.

        Raises:
            JOSEError: The token is rejected, a claim is missing, or the model rejects it.
        """
        if self._result_key in results:
            return self.user(results[self._result_key], results)
        result = authenticate_bearer(self._verifier, token)
        if isinstance(result, PendingVerification):
            return result
        results[self._result_key] = result
        user = self._build_user(result)
        if self._shares_user:
            results[self._user_key] = user
        return user

    async def complete(self, pending: PendingVerification, results: Results) -> VerifiedToken:
        """Fetch the key of a token, and return the result of its verification.

        Raises:
            JOSEError: The token is rejected, or keys are unavailable.
        """
        result = results[self._result_key] = await pending.authenticate_bearer()
        return result

    def user(self, result: VerifiedToken, results: Results) -> UserT:
        """Return the user of a verified token.

        Raises:
            JOSEError: A claim is missing, or the model rejects it.
        """
        if not self._shares_user:
            return self._build_user(result)
        user: UserT | None = results.get(self._user_key)
        if user is None:
            user = results[self._user_key] = self._build_user(result)
        return user

    def claims(self, result: VerifiedToken, results: Results) -> dict[str, Any]:
        """Return the claims of a verified token."""
        claims = results[self._claims_key] = result.claims
        return claims

    def user_of_claims(self, claims: dict[str, Any], scope: MutableMapping[str, Any]) -> UserT:
        """Return the user of the claims of a request: those of its token, or of an override of the dependency.

        Raises:
            JOSEError: A claim is missing, or the model rejects it.
        """
        results = results_of_request(scope)
        if results is None or results.get(self._claims_key) is not claims:
            return self._build_user_from_claims(claims)
        return self.user(results[self._result_key], results)

    def reject(self, error: JOSEError, token: str) -> HTTPException:
        """Return the response to a token that was rejected with `error`; log a hint at a known misconfiguration."""
        self._hints.log_hint(error, token)
        return error_response(error)

    def connection_error(self, error: JOSEError, token: str) -> HTTPException | WebSocketException:
        """Return the exception that sends the response to a rejected token, or closes its WebSocket."""
        scope = token.websocket_scope if isinstance(token, BearerToken) else None
        return to_connection_error(self.reject(error, token), scope)
