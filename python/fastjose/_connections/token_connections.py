"""`TokenConnections`: authenticates connections by the one token that they have, as `BearerAuth` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException, WebSocketException

from fastjose._connections.sender import RefusedError, Sender
from fastjose._core import PendingVerification, bearer_token, require_subject
from fastjose._credentials.credential import CrossOriginError
from fastjose._hints.credential_hints import CredentialHints
from fastjose._places.bearer_token import BearerToken
from fastjose._refusals.refusal import Refusal, cross_origin, forbidden, unauthorized
from fastjose._tracebacks import clear_frames
from fastjose._verifiers.key_fetches import fetch_missing_keys
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import HTTPConnection

    from fastjose._authorization.grants import Grants
    from fastjose._core import Verifier
    from fastjose._places.token_places import TokenPlaces
    from fastjose._refusals.rejection_handler import RejectionHandler
    from fastjose._verifiers.request_authentication import RequestAuthentication

_HINTS = CredentialHints()


class TokenConnections:
    """Authenticates connections by their token. Immutable.

    Attributes:
        grants: The readers of roles, scopes and permissions.
        verifiers: The verifiers that are known when the application starts.
        names: The settings from which the verifiers have their configuration.
    """

    def __init__(  # noqa: PLR0913 - what an application configures
        self,
        places: TokenPlaces,
        authentication: RequestAuthentication[Any],
        rejections: RejectionHandler,
        grants: Grants,
        *,
        user_id_claim: str | None,
        verifiers: Sequence[Verifier],
    ) -> None:
        """Accept the tokens in `places` that `authentication` verifies; `user_id_claim` has the user's id."""
        self.grants, self.verifiers = grants, tuple(verifiers)
        self._places, self._authentication, self._rejections = places, authentication, rejections
        self._user_id_claim, self.names = user_id_claim, rejections.names

    async def authenticate(self, connection: HTTPConnection) -> Sender | None:
        """Return the sender of a request, or None if no place has a credential. Awaits only if a key must be fetched.

        Raises:
            RefusedError: The token is rejected, is not the only one in its place, or cannot be verified now.
        """
        token: str | None = None
        try:
            try:
                claims = self._verify_with_cached_key(connection)
                if not isinstance(claims, dict):
                    token = await self._find_token(connection)
                    if token is None:
                        return None
                    claims = await self._fetch_key(claims, token)
                return self._identify(claims, connection)
            except JOSEError as error:
                token = token or bearer_token(connection.headers.getlist("authorization")) or ""
                raise RefusedError(self._rejections.reject(error, token)) from None
        except BaseException as error:
            del token, connection  # an error report has the local variables of each frame
            clear_frames(error)
            raise

    async def fetch_missing_keys(self) -> None:
        """Fetch the key sets that have no usable keys. A failure is logged, and raises nothing."""
        await fetch_missing_keys(self.verifiers, self._rejections.log_unavailable)

    def _verify_with_cached_key(self, connection: HTTPConnection) -> dict[str, Any] | PendingVerification | None:
        if not self._places.begins_with_authorization:
            return None
        return self._authentication.authenticate_claims_of_request(connection.scope)

    async def _fetch_key(self, pending: PendingVerification | None, token: str) -> dict[str, Any]:
        if pending is None:
            return await self._authentication.verify_claims(token)
        return self._authentication.get_claims(await pending.authenticate_bearer(), token)

    def _identify(self, claims: dict[str, Any], connection: HTTPConnection) -> Sender:
        user = self._authentication.get_user_of_claims(claims, connection.scope)
        claim = self._user_id_claim
        return Sender(claims, None if claim is None else require_subject(claims, claim), user)

    async def _find_token(self, connection: HTTPConnection) -> BearerToken | None:
        try:
            text = await self._places.read(connection)
        except CrossOriginError:
            _HINTS.log_code("cross_origin_request")
            raise RefusedError(cross_origin()) from None
        except HTTPException as refusal:  # of a scheme of the application
            headers = None if refusal.headers is None else dict(refusal.headers)
            raise RefusedError(Refusal(refusal.status_code, refusal.detail, headers)) from None
        except WebSocketException:
            raise RefusedError(forbidden()) from None
        if text:
            return BearerToken.of_request(text, connection.scope)
        _HINTS.log_missing(connection, is_bearer_expected=self._places.begins_with_authorization)
        if text is None:
            return None
        raise RefusedError(self._rejections.complete(unauthorized()))
