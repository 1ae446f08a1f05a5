"""The look-up of a session: one call of a store, and the validation of what it returns."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from fastjose._sessions.session_token import SessionToken
from fastjose._sessions.validation import validate_session
from fastjose.exceptions import JOSEError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from fastjose._sessions.session import Session

SessionLookup: TypeAlias = Callable[[SessionToken], Awaitable[Mapping[str, Any] | None]]
"""An async function from a session token to `{"session": {…}, "user": {…}}`, or to None if there is no such session."""

_log = logging.getLogger("fastjose")


async def look_up_session(
    lookup: SessionLookup, token: SessionToken, named_fields: AbstractSet[str]
) -> tuple[Session, dict[str, Any]]:
    """Return the session of `token`, and the fields of its user that an application may see.

    Raises:
        SessionError: The session is unknown or has ended, or its user is banned.
        StoreUnavailableError: The store cannot answer, or `lookup` raised an exception.
    """
    return validate_session(await call_store(lookup, token), token, named_fields)


async def call_store(lookup: Callable[[Any], Awaitable[Any]], credential: str) -> Any:
    """Return what a store returns for a credential.

    Raises:
        StoreUnavailableError: The store cannot answer. An exception of an application's own function counts as that:
            its class is logged, but not its text, which may contain the credential.
    """
    try:
        return await lookup(credential)
    except JOSEError:
        raise
    except Exception as error:  # noqa: BLE001 - a function of the application: whatever fails in it must not admit anyone
        _log.error("store_failed: the look-up of a credential raised %s", type(error).__qualname__)
    # Outside the handler: the caught error may contain the credential, and must not be the context of this one.
    raise StoreUnavailableError("the look-up of the credential failed")
