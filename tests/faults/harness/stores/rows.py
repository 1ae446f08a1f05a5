"""The rows of good and bad credentials, as Better Auth writes them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from fastjose._api_keys.key_hash import hash_api_key
from faults.harness.credentials import BAD, GOOD, owner_of
from support.better_auth.tables import EXPIRES_AT, NOW, SESSION, USER, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, Any]

TOKEN_COUNT = 64
"""The number of good credentials, and of bad ones. They are used again, as no store here has a cache."""

UNKNOWN, EXPIRED, BANNED, REVOKED = range(4)
"""The kinds of bad credentials, in turn."""


class TokenSequence:
    """The credentials of a test, one after the other."""

    def __init__(self) -> None:
        """Begin with the first one."""
        self._numbers = itertools.cycle(range(TOKEN_COUNT))

    def __call__(self, kind: str) -> str:
        """Return the next one, which is good or bad."""
        return name_token(kind, next(self._numbers))


def name_token(kind: str, number: int) -> str:
    """Return a credential of 32 characters."""
    return f"{kind}{number:028d}"


def known_tokens() -> Iterator[tuple[str, int | None]]:
    """Return each credential that is stored, with the kind of a bad one."""
    for number in range(TOKEN_COUNT):
        yield name_token(GOOD, number), None
        if number % 4 != UNKNOWN:
            yield name_token(BAD, number), number % 4


def create_user(token: str, bad: int | None) -> Row:
    """Return the user of a credential."""
    return {**USER, "id": owner_of(token), "banned": bad == BANNED}


def create_session(token: str, bad: int | None) -> Row:
    """Return a session."""
    expires_at = NOW if bad == EXPIRED else EXPIRES_AT
    return {**SESSION, "id": f"s-{token}", "token": token, "userId": owner_of(token), "expiresAt": expires_at}


def create_api_key(token: str, bad: int | None) -> Row:
    """Return an API key. One whose user would be banned is used up: in Redis, a key has no user."""
    return {
        "id": f"k-{token}",
        "configId": "default",
        "key": hash_api_key(token),
        "referenceId": owner_of(token),
        "enabled": bad != REVOKED,
        "remaining": 0 if bad == BANNED else None,
        "expiresAt": NOW if bad == EXPIRED else EXPIRES_AT,
        "createdAt": NOW,
        "permissions": None,
        "metadata": None,
    }


def table_rows() -> dict[str, list[Row]]:
    """Return the rows of each table. The user of a session that would be revoked does not exist."""
    tokens = list(known_tokens())
    return {
        "user": [create_user(token, bad) for token, bad in tokens if bad != REVOKED],
        "session": [create_session(token, bad) for token, bad in tokens],
        "apikey": [create_api_key(token, bad) for token, bad in tokens],
    }


def session_entry(token: str, bad: int | None) -> Row:
    """Return the entry of a session in Redis."""
    return {"session": to_json(create_session(token, bad)), "user": to_json(create_user(token, bad))}


def api_key_entry(token: str, bad: int | None) -> Row:
    """Return the entry of an API key in Redis."""
    return to_json(create_api_key(token, bad))
