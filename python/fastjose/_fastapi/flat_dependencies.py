"""Dependencies that FastAPI resolves in one level: from the request to the user in one call.

FastAPI takes longer to resolve the dependencies of a dependency than fastjose takes to verify a token.
"""

# FastAPI reads the annotations of `FlatDependency.__call__`: so no `annotations` import.

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from inspect import signature
from typing import Any, Generic, TypeVar, overload

from fastapi import Depends
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from fastjose._core import FunctionAlias, PendingVerification, VerifiedToken
from fastjose._fastapi.bearer import TokenScheme
from fastjose._fastapi.overrides import call_with_overrides, get_overrides
from fastjose._fastapi.places.sign_in_forms import signature_with
from fastjose._fastapi.requires_depends import RequiresDepends
from fastjose._fastapi.responses import to_connection_error, to_http_exception
from fastjose._places.bearer_token import Scope
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose._tracebacks import clear_frames
from fastjose.exceptions import JOSEError

VerifiedT = TypeVar("VerifiedT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class RequestVerification(Generic[VerifiedT]):
    """The two ways from a request to a user, or to claims.

    Attributes:
        with_cached_key: Verifies the token in the Authorization header of an HTTP request, of which it takes the ASGI
            scope. Returns None without that token, and a pending verification if a key must be fetched. Raises a
            JOSEError for a rejected token. Unused if another place than that header decides.
        with_fetched_key: Returns the user or the claims of a token that a pending verification has verified.
        with_token: Verifies a token, and fetches the key if needed. The response to a rejected token is raised.
        scheme: Finds that token, also in a WebSocket handshake.
        rejections: Creates the responses to rejected tokens.
    """

    with_cached_key: Callable[[Scope], VerifiedT | PendingVerification | None]
    with_fetched_key: Callable[[VerifiedToken, Any], VerifiedT]
    with_token: Callable[[Any], Coroutine[Any, Any, VerifiedT]]
    scheme: TokenScheme
    rejections: RejectionHandler


class FlatDependency(FunctionAlias, RequiresDepends, SecurityBase, Generic[ResultT]):
    """A dependency without dependencies of its own, which returns what `function` returns.

    It is an alias of `function`: in `app.dependency_overrides` and in a request, the two are one dependency.
    An override of what `function` depends on has its effect, too.

    It is a `SecurityBase`: from it FastAPI takes the security scheme of a route for the OpenAPI document. The scopes of
    FastAPI's `Security` are required as by `require_scope`.

    Attributes:
        function: The function whose parameters are dependencies.
    """

    def __init__(
        self,
        function: Callable[..., Any],  # noqa: ARG002 - `FunctionAlias.__new__` stores it
        verification: RequestVerification[Any],
        *,
        view: Callable[[Any, Scope], ResultT] | None = None,
    ) -> None:
        """Create the dependency.

        Args:
            function: The function that the dependency stands for.
            verification: Provides what `function` returns, or what `view` turns into that.
            view: Raises an HTTPException or a JOSEError if the request is not authorized.
        """
        self.verification, self._view = verification, view
        # Read once: every request calls it.
        self._verify_with_cached_key = (
            verification.with_cached_key if verification.scheme.begins_with_authorization else _find_nothing
        )
        self.__signature__ = signature_with("connection", verification.scheme.forms[1:])

    @property
    def model(self) -> Any:  # type: ignore[override]  # known when the document is generated
        """The security scheme of the OpenAPI document."""
        return self.verification.scheme.model

    @property
    def scheme_name(self) -> str:  # type: ignore[override]  # as above
        """The name of the security scheme."""
        return self.verification.scheme.scheme_name

    @overload
    async def __call__(
        self,
        connection: HTTPConnection,
        further_forms: None = None,
        security_scopes: SecurityScopes | None = None,
    ) -> ResultT: ...
    @overload
    async def __call__(self, connection: str) -> ResultT: ...
    async def __call__(  # type: ignore[misc]  # the parameters are those of a request
        self,
        connection: HTTPConnection,
        further_forms: None = None,  # noqa: ARG002 - for FastAPI
        security_scopes: SecurityScopes | None = None,
    ) -> ResultT:
        """Return the result for a request or a WebSocket. A program can also pass a token instead."""
        scope: Scope | None = None
        token: str | None = None
        try:
            if isinstance(connection, str):
                return await self._call_with_token(connection)
            if security_scopes is not None and security_scopes.scopes:
                await self.verification.scheme.check_scopes(connection, security_scopes.scopes)
            verification, scope = self.verification, connection.scope
            try:
                if get_overrides(scope):
                    verified = await call_with_overrides(verification.with_token, connection)
                else:
                    verified = self._verify_with_cached_key(scope)
                    if verified is None:
                        token = await verification.scheme(connection)
                        verified = await verification.with_token(token)
                    elif isinstance(verified, PendingVerification):
                        verified = await self._fetch_key(verified, connection)
                return verified if self._view is None else self._view(verified, scope)
            except JOSEError as error:
                if token is None:
                    token = verification.scheme.find_authorization(connection)
                return self._reject(error, token or "", scope)
        except BaseException as error:
            del connection, scope, token  # an error report has the local variables of each frame
            clear_frames(error)
            raise

    async def _fetch_key(self, pending: PendingVerification, connection: HTTPConnection) -> Any:
        """Finish a verification, so that the token is parsed once."""
        verified = await pending.authenticate_bearer()
        return self.verification.with_fetched_key(verified, await self.verification.scheme(connection))

    async def _call_with_token(self, token: str) -> ResultT:
        verified = await self.verification.with_token(token)
        try:
            return verified if self._view is None else self._view(verified, getattr(token, "scope", {"type": "http"}))
        except JOSEError as error:
            raise to_http_exception(self.verification.rejections.reject(error, token)) from None

    def _reject(self, error: JOSEError, token: str, scope: Scope) -> ResultT:
        raise to_connection_error(self.verification.rejections.reject(error, token), scope) from None


class OptionalFlatDependency(FlatDependency[ResultT | None]):
    """A flat dependency that returns None where a `FlatDependency` raises a 401."""

    def _reject(self, error: JOSEError, token: str, scope: Scope) -> ResultT | None:
        refusal = self.verification.rejections.reject_optional(error, token)
        if refusal is not None:
            raise to_connection_error(refusal, scope) from None
        return None


def _find_nothing(_: Scope) -> None:
    """Return None: the token is not in the Authorization header, or that header does not decide."""


def depend_on(dependency: Callable[..., Any]) -> Any:
    """Return what `fastapi.Depends` returns for the dependency: for a flat one, with a scope.

    FastAPI then need not compute the scope.

    FastAPI resolves a dependency with a scope and one without apart, also if they are equal. Both then have the result
    of the one verification that the request keeps; an override is called for each. FastAPI 0.115 has no scopes.
    """
    if isinstance(dependency, FlatDependency) and "scope" in signature(Depends).parameters:
        return Depends(dependency, scope="request")
    return Depends(dependency)
