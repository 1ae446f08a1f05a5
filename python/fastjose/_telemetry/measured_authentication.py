"""`MeasuredAuthentication`: records the authentication of each request by its JWT, once, and changes nothing else."""

from __future__ import annotations

from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fastjose._core import PendingVerification, Verifier
from fastjose._telemetry.names import code_of
from fastjose._telemetry.switch import find_telemetry
from fastjose._verifiers.display_names import name_verifier
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from fastjose._telemetry.telemetry import Telemetry
    from fastjose._verifiers.request_authentication import RequestAuthentication

    Scope = MutableMapping[str, Any]

UserT = TypeVar("UserT")
ResultT = TypeVar("ResultT")


class MeasuredAuthentication(Generic[UserT]):
    """Authenticates requests as another `RequestAuthentication` does, and records how.

    A request is recorded once, however many dependencies it has: its scope keeps a mark.
    """

    _count = count()

    def __init__(
        self,
        measured: RequestAuthentication[UserT],
        telemetry: Telemetry,
        *,
        issuer: str | None,
        user_id_claim: str | None,
    ) -> None:
        """Measure `measured`. `issuer` is the configured issuer, if there is one alone."""
        self._measured, self._telemetry, self._issuer = measured, telemetry, issuer
        self._user_id_claim = user_id_claim if telemetry.has_user_id else None
        self._scope_key = f"fastjose.telemetry.{next(self._count)}"
        self.get_user, self.get_claims = measured.get_user, measured.get_claims
        self.get_user_of_claims = measured.get_user_of_claims

    def authenticate_user_of_request(self, scope: Scope) -> UserT | None:
        """Return the user of the bearer token in `scope`, or None if something must be awaited first."""
        return self._measure_now(self._measured.authenticate_user_of_request, scope)

    def authenticate_claims_of_request(self, scope: Scope) -> dict[str, Any] | None:
        """Return the claims of the bearer token in `scope`, or None if something must be awaited first."""
        return self._measure_now(self._measured.authenticate_claims_of_request, scope)

    async def verify_user(self, token: str) -> UserT:
        """Verify a token, and return its user."""
        return await self._measure(self._measured.verify_user, token)

    async def verify_claims(self, token: str) -> dict[str, Any]:
        """Verify a token, and return its claims."""
        return await self._measure(self._measured.verify_claims, token)

    def _measure_now(
        self, authenticate: Callable[[Scope], ResultT | PendingVerification | None], scope: Scope
    ) -> ResultT | None:
        """Return what `authenticate` returns, or None for a pending verification, which `_measure` then awaits."""
        if self._scope_key in scope:
            result = authenticate(scope)
            return None if isinstance(result, PendingVerification) else result
        start = perf_counter()
        try:
            result = authenticate(scope)
        except JOSEError as error:
            self._record(perf_counter() - start, scope, code=code_of(error))
            raise
        if result is None or isinstance(result, PendingVerification):
            return None
        seconds = perf_counter() - start
        self._record(seconds, scope, user_id=self._find_user_id_of_request(scope))
        return result

    async def _measure(self, verify: Callable[[str], Awaitable[ResultT]], token: str) -> ResultT:
        scope: Scope | None = getattr(token, "scope", None)
        if scope is not None and self._scope_key in scope:
            return await verify(token)
        start = perf_counter()
        try:
            result = await verify(token)
        except JOSEError as error:
            self._record(perf_counter() - start, scope, code=code_of(error))
            raise
        seconds = perf_counter() - start
        self._record(seconds, scope, user_id=None if scope is None else await self._find_user_id(token))
        return result

    def _record(
        self, seconds: float, scope: Scope | None, *, code: str | None = None, user_id: str | None = None
    ) -> None:
        if scope is not None:
            scope[self._scope_key] = True
        self._telemetry.record("jwt", seconds, code=code, issuer=self._issuer, user_id=user_id)

    def _find_user_id_of_request(self, scope: Scope) -> str | None:
        """Return the user's id in the claims of the bearer token in `scope`, which is accepted."""
        if self._user_id_claim is None:
            return None
        try:
            return self._read_user_id(self._measured.authenticate_claims_of_request(scope))
        except JOSEError:  # the request is accepted, and stays so
            return None

    async def _find_user_id(self, token: str) -> str | None:
        """Return the user's id in the claims of `token`, which is accepted, wherever the request has it."""
        if self._user_id_claim is None:
            return None
        try:
            return self._read_user_id(await self._measured.verify_claims(token))
        except JOSEError:  # as above
            return None

    def _read_user_id(self, claims: object) -> str | None:
        user_id = claims.get(self._user_id_claim) if isinstance(claims, dict) else None
        return None if user_id is None else str(user_id)


def measure_authentication(
    authentication: RequestAuthentication[UserT], verifier: object, user_id_claim: str | None
) -> RequestAuthentication[UserT]:
    """Return `authentication` itself, or its measured form if the application has telemetry.

    Raises:
        ValueError: A variable of telemetry is neither `on` nor `off`.
    """
    telemetry = find_telemetry()
    if telemetry is None:
        return authentication
    issuer = name_verifier(verifier) if isinstance(verifier, Verifier) else ""
    return MeasuredAuthentication(authentication, telemetry, issuer=issuer or None, user_id_claim=user_id_claim)
