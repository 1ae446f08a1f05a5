"""The functions that FastAPI calls: it reads their signatures, so each is made around the one that it depends on."""

# FastAPI reads the annotations here, which name local variables: so no `annotations` import.

import inspect
from collections.abc import Callable, Coroutine
from operator import attrgetter
from typing import Annotated, Any, Generic

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from fastjose._fastapi.bearer import BearerScheme, as_told, must_close
from fastjose._fastapi.user_models import UserT

__all__ = [
    "AuthorizedUser",
    "Claims",
    "OffThePool",
    "authorized_user",
    "current_claims",
    "current_user",
    "current_user_optional",
    "get_user_id",
]

Claims = dict[str, Any]
_CurrentUser = Callable[[str], Coroutine[Any, Any, UserT]]
_CurrentUserOptional = Callable[[str | None], Coroutine[Any, Any, UserT | None]]
_CurrentClaims = Callable[[str], Coroutine[Any, Any, Claims]]
AuthorizedUser = Callable[[Claims, HTTPConnection], Coroutine[Any, Any, UserT]]


def current_user(identify: Callable[[str], Coroutine[Any, Any, UserT]], scheme: BearerScheme) -> _CurrentUser[UserT]:
    """Return the dependency that is the user of the token that `scheme` finds."""

    async def get_current_user(token: Annotated[str, Depends(scheme)]) -> UserT:
        """Return the user whose token came with the request, or raise a 401 (503 while no key can be had)."""
        return await identify(token)

    return get_current_user


def current_user_optional(
    identify: Callable[[str], Coroutine[Any, Any, UserT | None]], scheme: BearerScheme
) -> _CurrentUserOptional[UserT]:
    """Return the dependency that is the user of the token that `scheme` finds, if it does."""

    async def get_current_user_optional(token: Annotated[str | None, Depends(scheme)]) -> UserT | None:
        """Return the user whose token came with the request, or None without a good one (503 as ever)."""
        return None if token is None else await identify(token)

    return get_current_user_optional


def current_claims(verify: _CurrentClaims, scheme: BearerScheme) -> _CurrentClaims:
    """Return the dependency that is the verified claims of the token that `scheme` finds."""

    async def get_current_claims(token: Annotated[str, Depends(scheme)]) -> Claims:
        """Return the verified claims of the token that came with the request, or raise as for the user."""
        return await verify(token)

    return get_current_claims


def authorized_user(judge: Callable[[Claims], UserT], current_claims: _CurrentClaims) -> AuthorizedUser[UserT]:
    """Return the dependency that is the user, if `judge` does not raise an HTTPException."""

    async def get_authorized_user(
        claims: Annotated[Claims, Depends(current_claims)], connection: HTTPConnection
    ) -> UserT:
        """Return the user whose token came with the request, or raise a 403 if it does not grant enough."""
        try:
            return judge(claims)
        except HTTPException as refused:
            raise as_told(refused, closing=must_close(connection)) from None

    return get_authorized_user


def get_user_id(current_user: _CurrentUser[UserT], attribute: str) -> Callable[[UserT], str]:
    """Return the function that is the id of the user whom `current_user` finds."""
    read: Callable[[UserT], str] = attrgetter(attribute)

    def get_user_id(current_user: Annotated[UserT, Depends(current_user)]) -> str:
        """Return the user's id."""
        return read(current_user)

    return get_user_id


class OffThePool(Generic[UserT]):
    """`function` as a coroutine: FastAPI runs a plain function in its thread pool, a hop of some 95 µs.

    It compares and hashes like `function`, which is how `app.dependency_overrides` finds what overrides it.
    """

    def __init__(self, function: Callable[[UserT], str]) -> None:
        """Stand in for `function`."""
        self._function = function
        self.__signature__ = inspect.signature(function)

    async def __call__(self, current_user: UserT) -> str:
        """Call it."""
        return self._function(current_user)

    def __eq__(self, other: object) -> bool:
        """Tell whether the other is it, or stands in for it."""
        return self._function == (other._function if isinstance(other, OffThePool) else other)

    def __hash__(self) -> int:
        """Return its hash."""
        return hash(self._function)
