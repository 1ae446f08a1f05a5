"""Dependencies without verification: the baseline of the request comparisons."""

# FastAPI reads the annotations here, which name local variables: so this module must not import `annotations`.

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends

from fastjose.fastapi import CurrentUser


class StubAuth:
    """Dependencies with the names of `BearerAuth` that accept every token and return `user`."""

    def __init__(self, user: CurrentUser, scheme: Callable[..., Any], optional_scheme: Callable[..., Any]) -> None:
        """Create the dependencies around the two security schemes that read the bearer token."""

        async def find_user(_: str) -> CurrentUser:
            return user

        async def get_current_user(token: Annotated[str, Depends(scheme)]) -> CurrentUser:
            return await find_user(token)

        async def get_current_user_optional(
            token: Annotated[str | None, Depends(optional_scheme)],
        ) -> CurrentUser | None:
            return None if token is None else await find_user(token)

        async def get_user_id(current_user: Annotated[CurrentUser, Depends(get_current_user)]) -> str:
            return current_user.user_id

        async def get_authorized_user(current_user: Annotated[CurrentUser, Depends(get_current_user)]) -> CurrentUser:
            return current_user

        async def get_current_claims(_: Annotated[str, Depends(scheme)]) -> dict[str, Any]:
            return {}

        self.current_user = get_current_user
        self.current_user_optional = get_current_user_optional
        self.current_claims = get_current_claims
        self.user_id = get_user_id
        self._authorized_user = get_authorized_user

    def require_role(self, *_: str) -> Callable[..., Any]:
        """Return a dependency that depends on `current_user` and returns it."""
        return self._authorized_user
