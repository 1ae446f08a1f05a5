"""The look-up of a session: one call of a store, and the validation of what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from fastjose._hints.function_failures import log_failure
from fastjose._sessions.session_token import SessionToken
from fastjose._sessions.validation import validate_session
from fastjose.exceptions import JOSEError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from fastjose._sessions.session import Session

SessionLookup: TypeAlias = Callable[[SessionToken], Awaitable[Mapping[str, Any] | None]]
"""An async function from a session token to `{"session": {…}, "user": {…}}`, or to None for an unknown session."""

_Validated = TypeVar("_Validated")


async def look_up_session(
    lookup: SessionLookup, token: SessionToken, named_fields: AbstractSet[str]
) -> tuple[Session, dict[str, Any]]:
    """Return the session of `token`, and the fields of its user that an application may see.

    Raises:
        SessionError: The session is unknown or has ended, or its user is banned.
        StoreUnavailableError: The store cannot answer, or `lookup` raised an exception.
    """
    record = await call_store(lookup, token)
    return validate_answer(lambda: validate_session(record, token, named_fields))


async def ask_for_roles(find_roles: Callable[..., Awaitable[Any]], *arguments: Any) -> list[str]:
    """Return the roles that the method `find_organization_roles` of a store returns.

    Raises:
        StoreUnavailableError: The store cannot answer, returned something else, or raised an exception.
    """
    roles = await call_store(find_roles, *arguments)
    if not isinstance(roles, list | tuple | set | frozenset):
        raise StoreUnavailableError("find_organization_roles must return a list of roles")
    return [role for role in roles if isinstance(role, str)]


def validate_answer(validate: Callable[[], _Validated]) -> _Validated:
    """Return the result of `validate`.

    Raises:
        JOSEError: `validate` raised it.
        StoreUnavailableError: It failed in another way: the store returned a value of a kind that none has.
    """
    try:
        return validate()
    except JOSEError:
        raise
    except Exception as error:  # noqa: BLE001 - an object of the application may raise anything, and admits no one
        log_failure("store_failed", f"the validation of what a store returned raised {type(error).__qualname__}")
    # Outside the handler, as below.
    raise StoreUnavailableError("the store returned values that cannot be validated")


async def call_store(lookup: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """Return what a store returns for a credential.

    Raises:
        StoreUnavailableError: The store cannot answer. An exception of an application's own function counts as that:
            its class is logged, at most once a minute, but not its text, which may contain the credential.
    """
    try:
        return await lookup(*arguments)
    except JOSEError:
        raise
    except Exception as error:  # noqa: BLE001 - a function of the application: whatever fails in it must not admit anyone
        log_failure("store_failed", f"the look-up of a credential raised {type(error).__qualname__}")
    # Outside the handler: the caught error may contain the credential, and must not be the context of this one.
    raise StoreUnavailableError("the look-up of the credential failed")
