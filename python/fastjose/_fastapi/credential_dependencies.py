"""Functions whose parameters are dependencies, for applications that accept other credentials than JWTs."""

# FastAPI reads the annotations here, which name local variables: so no `annotations` import.

from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeVar

from fastapi import Depends, WebSocketException, status
from fastapi.security import SecurityScopes
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from fastjose._api_keys.api_key import ApiKey
from fastjose._authorization.requirements import Requirement, build_scope_requirement
from fastjose._connections.credential_connections import CredentialConnections, Outcome
from fastjose._credentials.principal import Principal
from fastjose._fastapi.bearer import ScopeCheck
from fastjose._fastapi.places.place_schemes import describe
from fastjose._fastapi.places.sign_in_forms import SECURITY_SCOPES
from fastjose._fastapi.requires_depends import CoroutineDependency
from fastjose._fastapi.responses import to_connection_error
from fastjose._hints.credential_hints import CredentialHints
from fastjose._refusals.credential_rejections import CredentialRejections
from fastjose._refusals.refusal import forbidden, refuse, unauthorized
from fastjose._sessions.session import Session
from fastjose.exceptions import JOSEError

UserT = TypeVar("UserT")
ClaimsDict = dict[str, Any]


def scope_check(connections: CredentialConnections) -> ScopeCheck:
    """Return the function that raises what `require_scope` raises, for the scopes of FastAPI's `Security`."""

    @cache
    def build_requirement(*scopes: str) -> Requirement:
        return build_scope_requirement(*scopes, read=connections.grants.read_scopes)

    async def check_scopes(connection: HTTPConnection, scopes: Sequence[str]) -> None:
        principal = _principal_of(await connections.find_kept_outcome(connection), connections.rejections, connection)
        requirement = build_requirement(*scopes)
        if not requirement.is_satisfied_by(principal.claims):
            refusal = connections.rejections.complete(requirement.refuse())
            raise to_connection_error(refusal, connection.scope)

    return check_scopes


def outcome_dependency(
    connections: CredentialConnections, check_scopes: ScopeCheck
) -> Callable[..., Coroutine[Any, Any, Outcome]]:
    """Return the dependency that authenticates a request, once, however many dependencies use the result.

    The scopes of FastAPI's `Security` reach it from each dependency that depends on it.
    """

    async def authenticate_request(connection: HTTPConnection, security_scopes: SecurityScopes, **_: None) -> Outcome:
        if security_scopes.scopes:
            await check_scopes(connection, security_scopes.scopes)
        return await connections.find_kept_outcome(connection)

    credentials = connections.authenticator.credentials
    sources: dict[type, Any] = {type(credential.source): credential.source for credential in credentials}
    schemes = [
        Parameter(f"scheme_{position}", Parameter.KEYWORD_ONLY, annotation=Annotated[None, Depends(describe(source))])
        for position, source in enumerate(sources.values())
    ]
    connection = Parameter("connection", Parameter.POSITIONAL_OR_KEYWORD, annotation=HTTPConnection)
    authenticate_request.__signature__ = Signature([connection, *schemes, SECURITY_SCOPES])  # type: ignore[attr-defined]  # FastAPI reads it
    return authenticate_request


def principal_dependency(
    get_outcome: Callable[..., Coroutine[Any, Any, Outcome]], rejections: CredentialRejections
) -> Callable[..., Coroutine[Any, Any, Principal]]:
    """Return the dependency on the sender of a request."""

    async def get_principal(outcome: Annotated[Outcome, Depends(get_outcome)], connection: HTTPConnection) -> Principal:
        """Return the sender of the request, or raise a 401 (403 for a page of another origin, 503 without a store)."""
        return _principal_of(outcome, rejections, connection)

    return get_principal


def _principal_of(outcome: Outcome, rejections: CredentialRejections, connection: HTTPConnection) -> Principal:
    if outcome.principal is None:
        refusal = outcome.refusal or rejections.complete(unauthorized())
        raise to_connection_error(refusal, connection.scope)
    return outcome.principal


def user_dependencies(
    get_outcome: Callable[..., Coroutine[Any, Any, Outcome]],
    get_principal: Callable[..., Coroutine[Any, Any, Principal]],
    build_user: Callable[[ClaimsDict], UserT],
    rejections: CredentialRejections,
) -> tuple[Callable[..., Coroutine[Any, Any, UserT]], Callable[..., Coroutine[Any, Any, UserT | None]]]:
    """Return the dependencies on the user, and on the user or None."""

    async def get_current_user(
        principal: Annotated[Principal, Depends(get_principal)], connection: HTTPConnection
    ) -> UserT:
        """Return the user of the request, or raise a 401 (403 for a page of another origin, 503 without a store)."""
        try:
            return build_user(principal.claims)
        except JOSEError as error:
            raise to_connection_error(rejections.reject(error, connection), connection.scope) from None

    async def get_current_user_optional(
        outcome: Annotated[Outcome, Depends(get_outcome)], connection: HTTPConnection
    ) -> UserT | None:
        """Return the user of the request, or None where `get_current_user` raises a 401."""
        if outcome.principal is not None:
            try:
                return build_user(outcome.principal.claims)
            except JOSEError as error:
                rejections.reject(error, connection)
                return None
        if outcome.refusal is not None and outcome.refusal.status_code != status.HTTP_401_UNAUTHORIZED:
            raise to_connection_error(outcome.refusal, connection.scope)
        return None

    return CoroutineDependency(get_current_user), CoroutineDependency(get_current_user_optional)


def claims_dependency(
    get_principal: Callable[..., Coroutine[Any, Any, Principal]],
) -> Callable[..., Coroutine[Any, Any, ClaimsDict]]:
    """Return the dependency on the verified claims of a JWT, or the fields of the user."""

    async def get_current_claims(principal: Annotated[Principal, Depends(get_principal)]) -> ClaimsDict:
        """Return the claims of the request's JWT, or the fields of its user with the user's id as `sub`."""
        return dict(principal.claims)

    return CoroutineDependency(get_current_claims)


def session_dependency(
    get_principal: Callable[..., Coroutine[Any, Any, Principal]], hints: CredentialHints
) -> Callable[..., Coroutine[Any, Any, Session]]:
    """Return the dependency on the session."""

    async def get_current_session(
        principal: Annotated[Principal, Depends(get_principal)], connection: HTTPConnection
    ) -> Session:
        """Return the session of the request, or raise a 403 if its credential has none."""
        if principal.session is None:
            raise _forbid(principal, hints, connection)
        return principal.session

    return CoroutineDependency(get_current_session)


def api_key_dependency(
    get_principal: Callable[..., Coroutine[Any, Any, Principal]],
) -> Callable[..., Coroutine[Any, Any, ApiKey]]:
    """Return the dependency on the API key."""

    async def get_current_api_key(
        principal: Annotated[Principal, Depends(get_principal)], connection: HTTPConnection
    ) -> ApiKey:
        """Return the API key of the request, or raise a 403 if it has another credential."""
        if principal.api_key is None:
            raise to_connection_error(forbidden(), connection.scope)
        return principal.api_key

    return CoroutineDependency(get_current_api_key)


def authorized_user_dependency(
    get_claims: Callable[..., Coroutine[Any, Any, ClaimsDict]],
    build_user: Callable[[ClaimsDict], UserT],
    requirement: Requirement,
    rejections: CredentialRejections,
) -> Callable[..., Coroutine[Any, Any, UserT]]:
    """Return the dependency on the user whose claims satisfy `requirement`."""

    async def get_authorized_user(
        claims: Annotated[ClaimsDict, Depends(get_claims)], connection: HTTPConnection
    ) -> UserT:
        """Return the user of the request, or raise a 403 if its claims do not grant enough."""
        if not requirement.is_satisfied_by(claims):
            raise to_connection_error(rejections.complete(requirement.refuse()), connection.scope)
        try:
            return build_user(claims)
        except JOSEError as error:
            raise to_connection_error(rejections.complete(refuse(error)), connection.scope) from None

    return CoroutineDependency(get_authorized_user)


def permitted_user_dependency(
    get_principal: Callable[..., Coroutine[Any, Any, Principal]],
    get_user: Callable[..., Coroutine[Any, Any, UserT]],
    is_permitted: Callable[[Principal], Coroutine[Any, Any, bool]],
    rejections: CredentialRejections,
    *,
    needs_session: bool,
) -> Callable[..., Coroutine[Any, Any, UserT]]:
    """Return the dependency on the user whom `is_permitted` lets pass. A hint names a session that it needs."""

    async def get_permitted_user(
        principal: Annotated[Principal, Depends(get_principal)],
        user: Annotated[UserT, Depends(get_user)],
        connection: HTTPConnection,
    ) -> UserT:
        """Return the user of the request, or raise a 403."""
        try:
            permitted = await is_permitted(principal)
        except JOSEError as error:
            raise to_connection_error(rejections.reject(error, connection), connection.scope) from None
        if not permitted:
            raise _forbid(principal, rejections.hints if needs_session else None, connection)
        return user

    return CoroutineDependency(get_permitted_user)


def _forbid(
    principal: Principal, hints: CredentialHints | None, connection: HTTPConnection
) -> HTTPException | WebSocketException:
    if hints is not None and principal.credential == "jwt" and principal.session is None:
        hints.log_code("session_claims_missing")
    return to_connection_error(forbidden(), connection.scope)
