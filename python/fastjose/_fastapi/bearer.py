"""The token of a request or a WebSocket handshake, in the place where the application expects it."""

# FastAPI reads the annotations of `TokenScheme.__call__`. Up to 0.115 it cannot evaluate strings there: so no
# `annotations` import.

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import status
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from fastjose._core import bearer_token
from fastjose._credentials.credential import CrossOriginError
from fastjose._fastapi.places.sign_in_forms import SignInForm, signature_with
from fastjose._fastapi.requires_depends import RequiresDepends
from fastjose._fastapi.responses import to_connection_error
from fastjose._hints.credential_hints import CredentialHints
from fastjose._places.bearer_token import BearerToken
from fastjose._places.token_places import TokenPlaces
from fastjose._refusals.refusal import cross_origin, unauthorized
from fastjose._tracebacks import clear_frames

_HINTS = CredentialHints()

ScopeCheck = Callable[[HTTPConnection, Sequence[str]], Coroutine[Any, Any, object]]
"""Raises what `require_scope` raises, for the scopes of FastAPI's `Security`."""


class TokenScheme(RequiresDepends, SecurityBase):
    """A dependency on the token of a request: a security scheme that requires exactly one, also in WebSockets.

    Attributes:
        forms: What the OpenAPI page offers, the first of them as this scheme.
        places: Where the token is.
        begins_with_authorization: Whether a bearer token of the Authorization header decides before any other place.
        check_scopes: Verifies the token of a request, and requires scopes of it.
    """

    def __init__(
        self,
        places: TokenPlaces,
        forms: Sequence[SignInForm],
        *,
        auto_error: bool,
        resource_metadata: str | None,
        check_scopes: ScopeCheck,
    ) -> None:
        """Create the scheme. `resource_metadata` is the URL that its 401 names."""
        self.auto_error, self.forms = auto_error, forms
        self.begins_with_authorization = places.begins_with_authorization
        self.places, self._resource_metadata = places, resource_metadata
        self.check_scopes = check_scopes
        self.__signature__ = signature_with("request", forms[1:])

    @property
    def model(self) -> Any:  # type: ignore[override]  # known when the document is generated
        """The model of the first form."""
        return self.forms[0].get_model()

    @property
    def scheme_name(self) -> str:  # type: ignore[override]  # as above
        """The name of the first form."""
        return self.forms[0].shown_name

    async def __call__(
        self,
        request: HTTPConnection,
        further_forms: None = None,  # noqa: ARG002 - for FastAPI
        security_scopes: SecurityScopes | None = None,
    ) -> BearerToken | None:
        """Return the request's token. Without a token return None, or with `auto_error` raise a 401.

        If FastAPI's `Security` requires scopes, the token is verified, and a request without one is a 401 in any case.

        Raises:
            HTTPException, WebSocketException: 401; 403 for a cookie that the page of another origin sends, and for a
                token without a scope that `Security` requires; 503 if that token cannot be verified now.
        """
        scope, text = request.scope, None
        try:
            if security_scopes is not None and security_scopes.scopes:
                await self.check_scopes(request, security_scopes.scopes)
            if self.begins_with_authorization and scope["type"] == "http":  # no call: specified functions come here
                text = bearer_token(request.headers.getlist("authorization"))
            if text is None:
                text = await self._find(request)
            if text is None:
                _HINTS.log_missing(request, is_bearer_expected=self.begins_with_authorization)
                if self.auto_error:
                    refusal = unauthorized().with_resource_metadata(self._resource_metadata)
                    raise to_connection_error(refusal, scope)  # noqa: TRY301 - the handler hides the token
                return None
            return BearerToken.of_request(text, scope)
        except BaseException as error:
            del request, scope, text  # an error report has the local variables of each frame
            clear_frames(error)
            raise

    def find_authorization(self, connection: HTTPConnection) -> str | None:
        """Return the bearer token of the Authorization header, if it decides."""
        return bearer_token(connection.headers.getlist("authorization")) if self.begins_with_authorization else None

    async def _find(self, request: HTTPConnection) -> str | None:
        try:
            return await self.places.find(request)
        except HTTPException as refusal:
            if refusal.status_code == status.HTTP_401_UNAUTHORIZED and not self.auto_error:
                return None
            raise to_connection_error(refusal, request.scope) from None
        except CrossOriginError:
            _HINTS.log_code("cross_origin_request")
            raise to_connection_error(cross_origin(), request.scope) from None


class PasswordTokenScheme(TokenScheme, OAuth2PasswordBearer):
    """A `TokenScheme` whose first form is the password flow: also an `OAuth2PasswordBearer`, as specified."""
