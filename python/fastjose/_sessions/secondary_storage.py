"""`SecondaryStorageSessions`: sessions that Better Auth keeps in Redis or Valkey."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from fastjose._database.hidden_text import HiddenText
from fastjose._secondary_storage.reader import SecondaryStorage, UnreadableValueError, parse_json, unreadable_value
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from fastjose._secondary_storage.clients import RedisClient

_ISSUED_TOKEN = re.compile(r"[A-Za-z0-9]{32}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_OTHER_KEYS = ("active-sessions-", "revoked-sessions-before-")
"""Beginnings of other keys of Better Auth that have the shape of a token. All further ones have a colon or a bar."""
_MILLISECONDS = re.compile(r"\"?(?P<digits>[0-9]{1,16})\"?")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, repr=False)
class _Entry:
    """A session and its user. The repr does not show the token in the session."""

    user_id: str
    session: dict[str, Any]
    user: dict[str, Any]


class SecondaryStorageSessions:
    """The sessions in Better Auth's `secondaryStorage`, if this is Redis or Valkey.

    A look-up reads the entry of the token, then the time before which all sessions of the user are revoked (written by
    Better Auth 1.7 if the user is banned, or all sessions are revoked). These are two `GET` commands: the second key
    depends on the first value. A script could read both at once, but an ACL may forbid scripts, and in Redis Cluster a
    script cannot read keys of two slots.

    The result holds all fields of the entry, also those that Better Auth does not return (`returned: false`). The user
    is a copy that Better Auth updates; a change made in the database alone does not reach it. Better Auth 1.4 gives no
    `id` to a session that is only in Redis.

    Without `storeSessionInDatabase`, Redis has all sessions. With it, Better Auth also accepts a session that Redis has
    evicted; a look-up here does not find it.

    Example::

        sessions = SecondaryStorageSessions("redis://redis:6379/0")
        found = await sessions(token)  # {"session": {…}, "user": {…}} or None
    """

    @hide_arguments
    def __init__(
        self, client_or_url: RedisClient | str, *, prefix: str = "better-auth:", timeout_seconds: float = 2.0
    ) -> None:
        """Check the arguments. No connection is opened before the first look-up.

        Args:
            client_or_url: An asynchronous client of redis-py or valkey-py, including `RedisCluster`, which the
                application closes. Or the URL of the server (`redis://`, `rediss://` or `unix://`), which needs
                `fastjose[redis]`: each event loop and process then gets its own connections, at most 50.
            prefix: The text before each key. Defaults to `"better-auth:"`, the `keyPrefix` of
                `@better-auth/redis-storage`. Use `""` for a storage written by hand that adds nothing. A client
                can then name keys of other applications in the database; their values are never accepted.
            timeout_seconds: Time that a look-up may take, in seconds. Defaults to 2.0.

        Raises:
            ImportError: A URL is given and redis-py is not installed.
            TypeError: The client is not asynchronous, or the prefix is not a `str`.
            ValueError: The URL, the prefix or the time limit is not valid.
        """
        self._storage = SecondaryStorage(client_or_url, prefix=prefix, timeout_seconds=timeout_seconds)

    async def __call__(self, token: str) -> dict[str, Any] | None:
        """Return `{"session": {…}, "user": {…}}` as stored, or None if the session is unknown or revoked.

        The caller must validate `expiresAt`, the ids and the ban of the user.

        Args:
            token: The token without its signature. Text that is not a session token of Better Auth, such as the name
                of another key, is unknown, without a look-up.

        Raises:
            StoreUnavailableError: Redis does not answer in time, refuses, or has a value that Better Auth does not
                write. The error does not contain the token, the value or the URL.
        """
        hidden = HiddenText(token) if _can_be_token(token) else None
        del token  # error reports include local variables
        if hidden is None:
            return None
        deadline = self._storage.start_clock()
        entry = await self._read_entry(hidden, deadline)
        if entry is None or await self._is_revoked(entry, deadline):
            return None
        return {"session": entry.session, "user": entry.user}

    async def close(self) -> None:
        """Close the connections of the running event loop. A client given by the application stays open."""
        await self._storage.close()

    def __repr__(self) -> str:
        return f"SecondaryStorageSessions(prefix={self._storage.prefix!r})"

    async def _read_entry(self, token: HiddenText, deadline: float) -> _Entry | None:
        try:
            text = await self._storage.read(token, deadline)
            return None if text is None else _parse_entry(text, token)
        except UnreadableValueError:
            pass
        if not _ISSUED_TOKEN.fullmatch(token):  # the client has named a key of another application
            return None
        raise unreadable_value("the entry of the session")

    async def _is_revoked(self, entry: _Entry, deadline: float) -> bool:
        """Return whether the session was created before the time of `revoked-sessions-before-<userId>`."""
        try:
            revoked_before = await self._storage.read(f"revoked-sessions-before-{entry.user_id}", deadline)
            if revoked_before is None:
                return False
            return _to_milliseconds(entry.session.get("createdAt")) < _parse_milliseconds(revoked_before)
        except UnreadableValueError:
            pass
        raise unreadable_value("the time of revocation, or `createdAt` of the session,")


def _can_be_token(token: str) -> bool:
    return _TOKEN.fullmatch(token) is not None and not token.startswith(_OTHER_KEYS)


def _parse_entry(text: str, token: str) -> _Entry | None:
    """Return session and user, or None if the user does not exist: Better Auth then writes `"user": null`."""
    entry = parse_json(text)
    if not isinstance(entry, dict):
        raise UnreadableValueError("the entry must be an object")
    session, user = entry.get("session"), entry.get("user", False)
    if not isinstance(session, dict) or session.get("token") != str(token):
        raise UnreadableValueError("the entry must be the session of the token")
    if not isinstance(session.get("expiresAt"), str):
        raise UnreadableValueError("the session must have `expiresAt`")
    session["userId"] = _to_id(session.get("userId"))
    if user is None:
        return None
    if not isinstance(user, dict):
        raise UnreadableValueError("the entry must have a user")
    user["id"] = _to_id(user.get("id"))
    return _Entry(session["userId"], session, user)


def _to_id(value: object) -> str:
    """Return the id as a `str`; ids of `generateId: "serial"` can be integers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise UnreadableValueError("the id must be a string")


def _parse_milliseconds(text: str) -> int:
    match = _MILLISECONDS.fullmatch(text)
    if match is None:
        raise UnreadableValueError("the time of revocation must be in milliseconds")
    return int(match["digits"])


def _to_milliseconds(date: object) -> int:
    """Return an ISO 8601 date of JavaScript as milliseconds since the epoch."""
    parsed = _parse_date(date) if isinstance(date, str) else None
    if parsed is None or parsed.tzinfo is None:
        raise UnreadableValueError("the date must be in ISO 8601, with a time zone")
    return (parsed - _EPOCH) // timedelta(milliseconds=1)


def _parse_date(date: str) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{date[:-1]}+00:00" if date.endswith("Z") else date)
    except ValueError:
        return None
