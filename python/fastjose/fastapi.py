"""`BearerAuth`: FastAPI's dependencies around a verifier, for an app that is configured in code.

Written once::

    auth = BearerAuth(verifier=Verifier(RemoteKeySet("https://auth.example.com/api/auth/jwks"), issuer=…, audience=…))

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
        return user
"""

# Annotations here are read by FastAPI and name local variables: they must not be strings, so no `annotations` import.

import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

try:
    from fastapi import Depends, HTTPException, status
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this needs FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from fastjose._core import Verifier
from fastjose.exceptions import JOSEError, JWKSetUnavailableError
from fastjose.models import CurrentUser, TokenPayload
from fastjose.ownership import OwnershipChecker, require_ownership
from fastjose.transport import BearerScheme, refusal, unauthorized

__all__ = ["BearerAuth", "CurrentUser", "OwnershipChecker", "TokenPayload", "require_ownership"]

_log = logging.getLogger("fastjose")


class BearerAuth:
    """The dependencies of routes that want a user, all around one verifier.

    Attributes:
        oauth2_scheme: The bearer token of a request, or a 401 `Not authenticated`.
        oauth2_scheme_optional: The bearer token of a request, or None.
        current_user: Dependency: the user, or a 401; a 503 while no key can be had.
        current_user_optional: Dependency: the user, or None where `current_user` has a 401; a 503 stays one.
        get_user_id: The id of a user, as a plain function.
        user_id: Dependency: the same for routes, off the thread pool; equal to `get_user_id`, so that overriding one
            in `app.dependency_overrides` overrides both.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        token_url: str = "/api/auth/token",  # noqa: S107 - a path
        scheme_name: str = "OAuth2PasswordBearer",
    ) -> None:
        """Build the dependencies.

        Args:
            verifier: What accepts tokens. A token without a `sub` is refused in any case.
            token_url: Where the Authorize button of the OpenAPI page signs in.
            scheme_name: The scheme's name in the OpenAPI document; two with one name would be taken for one.

        Raises:
            TypeError: `verifier` is no `Verifier`.
        """
        if not isinstance(verifier, Verifier):
            raise TypeError("verifier must be a fastjose.Verifier")
        self._verifier = verifier
        self.oauth2_scheme = BearerScheme(token_url=token_url, scheme_name=scheme_name, auto_error=True)
        self.oauth2_scheme_optional = BearerScheme(token_url=token_url, scheme_name=scheme_name, auto_error=False)
        self.current_user = _current_user(self._identify, self.oauth2_scheme)
        self.current_user_optional = _current_user_optional(self._identify, self.oauth2_scheme_optional)
        self.get_user_id = _get_user_id(self.current_user)
        self.user_id = _OffThePool(self.get_user_id)

    def verify_token(self, token: str) -> TokenPayload:
        """Verify a token; blocks while keys must be fetched, so in a coroutine use a dependency.

        Args:
            token: The token, without `Bearer `.

        Raises:
            HTTPException: 401 for a token that is refused, with `WWW-Authenticate: Bearer`; 503 while no key can be
                had, with `Retry-After`.
        """
        try:
            return _payload(self._verifier.verify(token))
        except JOSEError as error:
            raise _refused(error) from None

    async def _identify(self, token: str) -> CurrentUser:
        try:
            return CurrentUser.from_payload(_payload(await self._verifier.verify_async(token)))
        except JOSEError as error:
            raise _refused(error) from None


def _refused(error: JOSEError) -> HTTPException:
    """Return the answer; where the key server is at fault, nobody else would learn that sign-in fails, and why."""
    if isinstance(error, JWKSetUnavailableError):
        _log.warning("%s", error)
    return refusal(error)


def _payload(claims: dict[str, Any]) -> TokenPayload:
    """Take the payload from verified claims; a token that names nobody identifies nobody.

    Neither does one whose subject is blank, or holds the U+0000 that no PostgreSQL text can.
    """
    subject: str = claims.get("sub", "")
    if not subject.strip() or "\0" in subject:
        raise unauthorized("Could not validate credentials")
    return TokenPayload.from_claims(claims)


_Identify = Callable[[str], Awaitable[CurrentUser]]
_CurrentUser = Callable[[str], Coroutine[Any, Any, CurrentUser]]
_CurrentUserOptional = Callable[[str | None], Coroutine[Any, Any, CurrentUser | None]]


def _current_user(identify: _Identify, scheme: BearerScheme) -> _CurrentUser:
    async def get_current_user(token: Annotated[str, Depends(scheme)]) -> CurrentUser:
        """Return the user whose token came with the request, or raise a 401 (503 while no key can be had)."""
        return await identify(token)

    return get_current_user


def _current_user_optional(identify: _Identify, scheme: BearerScheme) -> _CurrentUserOptional:
    async def get_current_user_optional(token: Annotated[str | None, Depends(scheme)]) -> CurrentUser | None:
        """Return the user whose token came with the request, or None without a good one (503 as ever)."""
        if token is None:
            return None
        try:
            return await identify(token)
        except HTTPException as refused:
            if refused.status_code == status.HTTP_401_UNAUTHORIZED:
                return None
            raise

    return get_current_user_optional


def _get_user_id(current_user: _CurrentUser) -> Callable[[CurrentUser], str]:
    def get_user_id(current_user: Annotated[CurrentUser, Depends(current_user)]) -> str:
        """Return the user's id."""
        return current_user.user_id

    return get_user_id


class _OffThePool:
    """`function` as a coroutine: FastAPI runs a plain function in its thread pool, a hop of some 95 µs.

    It compares and hashes like `function`, which is how `app.dependency_overrides` finds what overrides it.
    """

    def __init__(self, function: Callable[[CurrentUser], str]) -> None:
        self._function = function
        self.__signature__ = inspect.signature(function)

    async def __call__(self, current_user: CurrentUser) -> str:
        return self._function(current_user)

    def __eq__(self, other: object) -> bool:
        return self._function == (other._function if isinstance(other, _OffThePool) else other)

    def __hash__(self) -> int:
        return hash(self._function)
