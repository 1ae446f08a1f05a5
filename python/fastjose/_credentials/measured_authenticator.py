"""`MeasuredAuthenticator`: records the authentication of each request by any credential, and changes nothing else."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from fastjose._credentials.authenticator import CredentialAuthenticator
from fastjose._credentials.credential import CrossOriginError
from fastjose._telemetry.names import OTHER, code_of
from fastjose._telemetry.switch import find_telemetry
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from collections.abc import Set as AbstractSet

    from starlette.requests import HTTPConnection

    from fastjose._credentials.credential import Credential, OtherCredential
    from fastjose._credentials.principal import Principal
    from fastjose._telemetry.telemetry import Telemetry


PrincipalT = TypeVar("PrincipalT", bound="Principal | None")


class MeasuredAuthenticator(CredentialAuthenticator):
    """Authenticates requests as a `CredentialAuthenticator` does, and records how."""

    def __init__(self, credentials: Sequence[Credential], named_fields: AbstractSet[str], telemetry: Telemetry) -> None:
        """Accept `credentials`.

        Raises:
            ValueError: As `CredentialAuthenticator`.
        """
        super().__init__(credentials, named_fields)
        self._telemetry = telemetry

    async def _authenticate_bearer(self, token: str) -> Principal:
        credential = self.find_bearer(token)
        name = OTHER if credential is None else credential.name
        return await self._measure(name, super()._authenticate_bearer(token))

    async def _authenticate_other(self, credential: OtherCredential, connection: HTTPConnection) -> Principal | None:
        return await self._measure(credential.name, super()._authenticate_other(credential, connection))

    async def _measure(self, credential: str, authentication: Awaitable[PrincipalT]) -> PrincipalT:
        start = perf_counter()
        try:
            principal = await authentication
        except JOSEError as error:
            self._telemetry.record(credential, perf_counter() - start, code=code_of(error))
            raise
        except CrossOriginError:
            self._telemetry.record(credential, perf_counter() - start, code="cross_origin_request")
            raise
        if principal is not None:
            self._telemetry.record(credential, perf_counter() - start, user_id=_user_id_of(principal))
        return principal


def create_authenticator(credentials: Sequence[Credential], named_fields: AbstractSet[str]) -> CredentialAuthenticator:
    """Return the authenticator, in its measured form if the application has telemetry.

    Raises:
        ValueError: As `CredentialAuthenticator`; or a variable of telemetry is neither `on` nor `off`.
    """
    telemetry = find_telemetry()
    if telemetry is None:
        return CredentialAuthenticator(credentials, named_fields)
    return MeasuredAuthenticator(credentials, named_fields, telemetry)


def _user_id_of(principal: Principal) -> str | None:
    user_id = principal.claims.get("sub")
    return user_id if isinstance(user_id, str) else None
