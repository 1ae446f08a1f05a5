"""Functions whose parameters are dependencies. FastAPI reads their signatures, so closures bind what they depend on."""

# FastAPI reads the annotations here, which name local variables: so no `annotations` import.

from collections.abc import Callable, Coroutine
from operator import attrgetter
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from fastjose._authorization.requirements import Requirement
from fastjose._authorization.session_requirements import HAS_SESSION, SessionRequirement
from fastjose._fastapi.bearer import TokenScheme
from fastjose._fastapi.requires_depends import CoroutineDependency, FunctionDependency
from fastjose._fastapi.responses import to_connection_error
from fastjose._fastapi.user_models import UserT
from fastjose._places.bearer_token import Scope
from fastjose._refusals.refusal import refuse
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose._sessions.session import Session, session_from_claims
from fastjose._verifiers.request_authentication import RequestAuthentication
from fastjose.exceptions import JOSEError

ClaimsDict = dict[str, Any]
CurrentUserDependency = Callable[[str], Coroutine[Any, Any, UserT]]
OptionalUserDependency = Callable[[str | None], Coroutine[Any, Any, UserT | None]]
ClaimsDependency = Callable[[str], Coroutine[Any, Any, ClaimsDict]]
AuthorizedUserDependency = Callable[[ClaimsDict, HTTPConnection], Coroutine[Any, Any, UserT]]


def current_user_dependency(
    authentication: RequestAuthentication[UserT], rejections: RejectionHandler, scheme: TokenScheme
) -> CurrentUserDependency[UserT]:
    """Return the dependency on the user of the token that `scheme` finds."""

    async def get_current_user(token: Annotated[str, Depends(scheme)]) -> UserT:
        """Return the user of the request's token, or raise a 401 (503 if keys are unavailable)."""
        try:
            return await authentication.verify_user(token)
        except JOSEError as error:
            raise to_connection_error(rejections.reject(error, token), getattr(token, "scope", None)) from None

    return CoroutineDependency(get_current_user)


def optional_user_dependency(
    authentication: RequestAuthentication[UserT], rejections: RejectionHandler, scheme: TokenScheme
) -> OptionalUserDependency[UserT]:
    """Return the dependency on the user of the token that `scheme` finds, or on None."""

    async def get_current_user_optional(token: Annotated[str | None, Depends(scheme)]) -> UserT | None:
        """Return the user of the request's token, or None without a valid token (503 if keys are unavailable)."""
        if token is None:
            return None
        try:
            return await authentication.verify_user(token)
        except JOSEError as error:
            refusal = rejections.reject_optional(error, token)
            if refusal is not None:
                raise to_connection_error(refusal, getattr(token, "scope", None)) from None
            return None

    return CoroutineDependency(get_current_user_optional)


def claims_dependency(
    authentication: RequestAuthentication[UserT], rejections: RejectionHandler, scheme: TokenScheme
) -> ClaimsDependency:
    """Return the dependency on the verified claims of the token that `scheme` finds."""

    async def get_current_claims(token: Annotated[str, Depends(scheme)]) -> ClaimsDict:
        """Return the verified claims of the request's token, or raise a 401 (503 if keys are unavailable)."""
        try:
            return await authentication.verify_claims(token)
        except JOSEError as error:
            raise to_connection_error(rejections.reject(error, token), getattr(token, "scope", None)) from None

    return CoroutineDependency(get_current_claims)


def user_authorization(
    authentication: RequestAuthentication[UserT],
    requirement: Requirement | SessionRequirement,
    rejections: RejectionHandler,
) -> Callable[[ClaimsDict, Scope], UserT]:
    """Return the function that returns the user of claims. It raises a 403 if they do not satisfy `requirement`."""

    def authorize_user(claims: ClaimsDict, scope: Scope) -> UserT:
        user = authentication.get_user_of_claims(claims, scope)
        if not requirement.is_satisfied_by(claims):
            raise to_connection_error(rejections.complete(requirement.refuse()), scope)
        return user

    return authorize_user


def authorized_user_dependency(
    authorize_user: Callable[[ClaimsDict, Scope], UserT],
    current_claims: ClaimsDependency,
    rejections: RejectionHandler,
) -> AuthorizedUserDependency[UserT]:
    """Return the dependency on the user whose claims satisfy `requirement`."""

    async def get_authorized_user(
        claims: Annotated[ClaimsDict, Depends(current_claims)], connection: HTTPConnection
    ) -> UserT:
        """Return the user of the request's token, or raise a 403 if its claims do not grant enough."""
        try:
            return authorize_user(claims, connection.scope)
        except JOSEError as error:
            raise to_connection_error(rejections.complete(refuse(error)), connection.scope) from None

    return CoroutineDependency(get_authorized_user)


def user_id_function(current_user: CurrentUserDependency[UserT], attribute: str) -> Callable[[UserT], str]:
    """Return the function that returns the id of the user on whom `current_user` depends."""
    get_id: Callable[[UserT], str] = attrgetter(attribute)

    def get_user_id(current_user: Annotated[UserT, Depends(current_user)]) -> str:
        """Return the user's id."""
        return get_id(current_user)

    return FunctionDependency(get_user_id)


def session_of_claims(claims: ClaimsDict, scope: Scope) -> Session:
    """Return the session that verified claims describe. Raises a 403 if they have no `sid`."""
    session = session_from_claims(claims)
    if session is None:
        HAS_SESSION.is_satisfied_by(claims)  # logs the hint
        raise to_connection_error(HAS_SESSION.refuse(), scope)
    return session


def session_dependency(current_claims: ClaimsDependency) -> Callable[..., Coroutine[Any, Any, Session]]:
    """Return the dependency on the session of a request."""

    async def get_current_session(
        claims: Annotated[ClaimsDict, Depends(current_claims)], connection: HTTPConnection
    ) -> Session:
        """Return the session that the request's token describes, or raise a 403 if it describes none."""
        return session_of_claims(claims, connection.scope)

    return CoroutineDependency(get_current_session)
