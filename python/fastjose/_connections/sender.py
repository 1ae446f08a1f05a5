"""`Sender`: who sent a request, for every framework; and the interface of what finds out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import HTTPConnection

    from fastjose._authorization.grants import Grants
    from fastjose._config.names.setting_names import SettingNames
    from fastjose._core import Verifier
    from fastjose._refusals.refusal import Refusal


@dataclass(frozen=True)
class Sender:
    """The authenticated sender of a request or a WebSocket handshake.

    Attributes:
        claims: The verified claims of a token, or the fields of the user.
        user_id: The id of the user. None: the application does not require one.
        user: The user, as the application's model has it.
    """

    claims: dict[str, Any] = field(repr=False)
    user_id: str | None
    user: Any = field(repr=False)


class RefusedError(Exception):
    """The credential of a connection is refused. The text contains nothing of it.

    Attributes:
        refusal: The response.
    """

    def __init__(self, refusal: Refusal) -> None:
        """Create the error."""
        super().__init__(refusal.detail)
        self.refusal = refusal


@runtime_checkable
class ConnectionAuthenticator(Protocol):
    """Authenticates requests and WebSocket handshakes."""

    @property
    def grants(self) -> Grants:
        """The readers of roles, scopes and permissions."""

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """The verifiers that are known when the application starts."""

    @property
    def names(self) -> SettingNames:
        """The settings from which the configuration is."""

    async def authenticate(self, connection: HTTPConnection) -> Sender | None:
        """Return the sender of a request, or None if the request has no credential.

        Raises:
            RefusedError: The credential is rejected, or cannot be verified now.
        """

    async def fetch_missing_keys(self) -> None:
        """Fetch the key sets that have no usable keys. A failure is logged, and raises nothing."""


@runtime_checkable
class HasConnections(Protocol):
    """Dependencies of FastAPI that also authenticate connections by themselves: `BearerAuth`, `CredentialAuth`."""

    @property
    def connections(self) -> ConnectionAuthenticator:
        """The authentication of connections under the rules of the dependencies."""
