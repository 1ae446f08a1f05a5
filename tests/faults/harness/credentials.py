"""Credentials of look-ups, good and bad ones, and the checks that a store has returned their own sessions and keys."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from fastjose._api_keys.validation import validate_api_key
from fastjose._sessions.validation import validate_session
from fastjose.sessions import SessionToken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

GOOD, BAD = "good", "evil"
"""The beginnings of credentials: a store knows the good ones."""

_numbers = itertools.count()


def new_token(kind: str) -> str:
    """Return a credential of 32 characters that no look-up has had."""
    return f"{kind}{next(_numbers):028d}"


def owner_of(token: str) -> str:
    """Return the id of the user whose credential this is."""
    return f"user-{token}"


def check_owner(user_id: object, token: str) -> None:
    """Check that the answer to a credential is not that of another one."""
    assert user_id == owner_of(token), "the store has returned the user of another credential"


async def check_session(sessions: Callable[[SessionToken], Awaitable[Any]], token: str) -> None:
    """Look up a session, and validate what the store returned."""
    session, _ = validate_session(await sessions(SessionToken(token, raw=token)), token, frozenset())
    check_owner(session.user_id, token)


async def check_api_key(
    api_keys: Callable[[str], Awaitable[Any]], token: str, organization_config_ids: Collection[str] | None = ()
) -> None:
    """Look up an API key, and validate what the store returned."""
    api_key, _ = validate_api_key(await api_keys(token), organization_config_ids)
    check_owner(api_key.user_id, token)
