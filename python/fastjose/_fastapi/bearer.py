"""The token of a request or a WebSocket handshake, in the place where the application expects it."""

# FastAPI reads the annotations of `TokenScheme.__call__`. Up to 0.115 it cannot evaluate strings there: so no
# `annotations` import.

from collections.abc import Sequence
from typing import Any

from fastapi import status
from fastapi.security import OAuth2PasswordBearer
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

_HINTS = CredentialHints()


class TokenScheme(RequiresDepends, SecurityBase):
    """A dependency on the token of a request: a security scheme that requires exactly one, also in WebSockets.

    Attributes:
        forms: What the OpenAPI page offers, the first of them as this scheme.
        places: Where the token is.
        begins_with_authorization: Whether a bearer token of the Authorization header decides before any other place.
    """

    def __init__(
        self, places: TokenPlaces, forms: Sequence[SignInForm], *, auto_error: bool, resource_metadata: str | None
    ) -> None:
        """Create the scheme. `resource_metadata` is the URL that its 401 names."""
        self.auto_error, self.forms = auto_error, forms
        self.begins_with_authorization = places.begins_with_authorization
        self.places, self._resource_metadata = places, resource_metadata
        self.__signature__ = signature_with("request", forms[1:])

    @property
    def model(self) -> Any:  # type: ignore[override]  # known when the document is generated
        """The model of the first form."""
        return self.forms[0].get_model()

    @property
    def scheme_name(self) -> str:  # type: ignore[override]  # as above
        """The name of the first form."""
        return self.forms[0].shown_name

    async def __call__(self, request: HTTPConnection, further_forms: None = None) -> BearerToken | None:  # noqa: ARG002 - for FastAPI
        """Return the request's token. Without a token return None, or with `auto_error` raise a 401.

        Raises:
            HTTPException, WebSocketException: 401; 403 for a cookie that the page of another origin sends.
        """
        scope, text = request.scope, None
        if self.begins_with_authorization and scope["type"] == "http":  # without a call: specified functions come here
            text = bearer_token(request.headers.getlist("authorization"))
        if text is None:
            text = await self._find(request)
        if text is None:
            _HINTS.log_missing(request, is_bearer_expected=self.begins_with_authorization)
            if self.auto_error:
                raise to_connection_error(unauthorized().with_resource_metadata(self._resource_metadata), scope)
            return None
        return BearerToken.of_request(text, scope)

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
