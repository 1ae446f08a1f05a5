"""`Credential`: a kind of credential that an application accepts, under its own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from starlette.requests import HTTPConnection

    from fastjose._credentials.principal import CredentialName, Principal
    from fastjose._places.sources import Place


class Credential(Protocol):
    """A kind of credential. An instance is immutable."""

    @property
    def name(self) -> CredentialName:
        """The name of the kind."""

    @property
    def source(self) -> Place:
        """The place of a request that has it."""


class BearerCredential(Credential, Protocol):
    """A credential in the Authorization header. Its text decides which one it is."""

    def matches(self, token: str) -> bool:
        """Return whether a bearer token has the shape of this credential."""

    async def authenticate_token(self, token: str, named_fields: AbstractSet[str]) -> Principal:
        """Return the sender that `token` authenticates.

        Raises:
            JOSEError: The token is rejected, or cannot be verified now.
        """


class OtherCredential(Credential, Protocol):
    """A credential in another place than the Authorization header."""

    async def authenticate_connection(
        self, connection: HTTPConnection, named_fields: AbstractSet[str]
    ) -> Principal | None:
        """Return the sender that the credential of a request authenticates, or None if the request does not have it.

        Raises:
            JOSEError: The credential is rejected, or cannot be verified now.
            CrossOriginError: The credential is a cookie, and the page of another origin sends it.
        """


class CrossOriginError(Exception):
    """A page of another origin sends a request with cookies (cross-site request forgery)."""
