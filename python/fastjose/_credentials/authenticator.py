"""`CredentialAuthenticator`: chooses the one credential of a request, and authenticates with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastjose._credentials.bearer_shapes import order_shapes
from fastjose._places.sources import BearerHeader, Place
from fastjose.exceptions import JWTError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from starlette.requests import HTTPConnection

    from fastjose._credentials.credential import BearerCredential, Credential, OtherCredential
    from fastjose._credentials.principal import Principal

_BEARER = BearerHeader("")
_NOT_CREDENTIALS = (
    "credentials must be JwtCredentials, OpaqueTokens, SessionTokens, SessionCookies, ApiKeys or AuthJsCookies, each "
    "an argument of its own: CredentialAuth(JwtCredentials(verifier))"
)


class CredentialAuthenticator:
    """Authenticates requests by the credentials that an application accepts. Immutable.

    One credential of a request counts, and no other is tried behind it: a bearer token, else an API key, else cookies.
    """

    def __init__(self, credentials: Sequence[Credential], named_fields: AbstractSet[str]) -> None:
        """Accept `credentials`. `named_fields` are those that the application's user model names.

        Raises:
            TypeError: An argument is not a credential.
            ValueError: No credential is given, two of one kind, or two whose tokens have the same shape.
        """
        if not all(isinstance(getattr(credential, "source", None), Place) for credential in credentials):
            raise TypeError(_NOT_CREDENTIALS)
        names = [credential.name for credential in credentials]
        if not names or len(set(names)) != len(names):
            raise ValueError("credentials must be one or more, each of another kind")
        self.credentials = tuple(credentials)
        self._named_fields = named_fields
        bearers = [
            cast("BearerCredential", credential)
            for credential in credentials
            if isinstance(credential.source, BearerHeader)
        ]
        self._shapes = order_shapes(bearers)
        others = [
            cast("OtherCredential", credential)
            for credential in credentials
            if not isinstance(credential.source, BearerHeader)
        ]
        self._others = sorted(others, key=lambda credential: credential.name)  # api_key before cookie

    async def authenticate(self, connection: HTTPConnection) -> Principal | None:
        """Return the sender of a request, or None without a credential.

        Raises:
            JOSEError: The credential is rejected, or cannot be verified now.
            CrossOriginError: The credential is a cookie, and the page of another origin sends it.
        """
        if self.has_bearer(connection):
            token = _BEARER.find(connection)
            return None if token is None else await self._authenticate_bearer(token)
        for credential in self._others:
            principal = await self._authenticate_other(credential, connection)
            if principal is not None:
                return principal
        return None

    def has_bearer(self, connection: HTTPConnection) -> bool:
        """Return whether a request has a bearer token, even one that is empty, or one of several."""
        return _BEARER.is_present(connection)

    def find_bearer(self, token: str) -> BearerCredential | None:
        """Return the credential that has the shape of a bearer token, or None if no credential has it."""
        return next((credential for matches, credential in self._shapes if matches(token)), None)

    async def _authenticate_bearer(self, token: str) -> Principal:
        credential = self.find_bearer(token)
        if credential is not None:
            return await credential.authenticate_token(token, self._named_fields)
        error = JWTError("This kind of credential is not accepted.")
        error.code = "credential_not_accepted"
        raise error

    async def _authenticate_other(self, credential: OtherCredential, connection: HTTPConnection) -> Principal | None:
        return await credential.authenticate_connection(connection, self._named_fields)
