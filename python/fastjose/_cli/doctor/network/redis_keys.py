"""Whether Redis has sessions where the application looks for them: in its database, under its prefix.

Keys are looked at on their server by pattern, and a sample of them by their beginning. A session token can be a part of
a key, so a beginning is shown only if it has the form of a prefix. No value is read.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from fastjose._cli.doctor.findings import NOT_CHECKED, Fact, Finding, find
from fastjose._secondary_storage.clients import close_client

DEFAULT_PREFIX = "better-auth:"
_INDEX = "active-sessions-"
"""Better Auth writes the list of each user's sessions to such a key."""
_ROUNDS, _KEYS_OF_ROUND = 10, 1_000
_MAX_DATABASES, _MAX_PREFIXES = 16, 5
_MIN_KEYS_OF_PREFIX = 2
_PREFIX = re.compile(r"(?:[A-Za-z][\w.:|/{}-]{0,62})?", re.ASCII)
_LIKE_TOKEN = re.compile(r"[A-Za-z0-9]{20}")
_TIMEOUT_SECONDS = 5
_NOT_PERMITTED = Fact(NOT_CHECKED, "the database and the prefix of keys of Redis, which does not permit SCAN")


@dataclass
class _Database:
    """What was seen of one database.

    Attributes:
        session_prefixes: The prefixes under which it has lists of sessions.
        prefixes: How many keys of the sample have a prefix.
        key_count: The number of keys of the sample.
        has_configured: Whether a key of the sample has the configured prefix.
        is_complete: Whether each key was looked at.
    """

    session_prefixes: set[str] = field(default_factory=set)
    prefixes: Counter[str] = field(default_factory=Counter)
    key_count: int = 0
    has_configured: bool = False
    is_complete: bool = False

    @property
    def shown_prefixes(self) -> str:
        """The most frequent prefixes that can be shown."""
        counted = [name for name, count in self.prefixes.most_common() if count >= _MIN_KEYS_OF_PREFIX]
        return ", ".join(repr(name) for name in counted[:_MAX_PREFIXES])


async def check_redis(url: str, prefix: str | None) -> list[Finding | Fact]:
    """Say that Redis has sessions in another database or under another prefix than the configured ones, or none."""
    configured = DEFAULT_PREFIX if prefix is None else prefix
    try:
        number = _open(url, None).connection_pool.connection_kwargs.get("db") or 0
        own = await _look(url, number, configured)
    except Exception:  # noqa: BLE001 - an ACL may forbid SCAN; the store itself has answered
        return [_NOT_PERMITTED]
    if configured in own.session_prefixes:
        return []
    if own.session_prefixes:
        return [_describe_prefix(own.session_prefixes, configured)]
    if not own.is_complete:
        return []
    counts = await _count_keys(url)
    others = {other: count for other, count in counts.items() if other != number}
    for other in list(others)[:_MAX_DATABASES]:
        seen = await _look_or_pass(url, other, configured)
        if seen.session_prefixes:
            return [_describe_database(number, other, seen.session_prefixes, configured)]
    return [_describe_none(own, number, others, configured)]


async def _look(url: str, number: int, configured: str) -> _Database:
    """Look at the keys of a database: at those of sessions among 10,000, and at the first 1,000 of any kind."""
    client, seen = _open(url, number), _Database()
    try:
        cursor = 0
        for _ in range(_ROUNDS):
            cursor, keys = await client.scan(cursor, match=f"*{_INDEX}*", count=_KEYS_OF_ROUND)
            seen.session_prefixes |= {_to_text(key).partition(_INDEX)[0] for key in keys}
            if not cursor or seen.session_prefixes:
                break
        seen.is_complete = not cursor
        if not seen.session_prefixes:
            _, keys = await client.scan(0, count=_KEYS_OF_ROUND)
            seen.key_count = len(keys)
            seen.has_configured = any(_to_text(key).startswith(configured) for key in keys)
            seen.prefixes.update(each for each in map(_beginning, keys) if each and _is_prefix(each))
    finally:
        await close_client(client)
    return seen


async def _look_or_pass(url: str, number: int, configured: str) -> _Database:
    try:
        return await _look(url, number, configured)
    except Exception:  # noqa: BLE001 - an ACL may forbid SELECT
        return _Database()


async def _count_keys(url: str) -> dict[int, int]:
    """Return the number of keys of each database that has some, or nothing if INFO is not permitted."""
    client = _open(url, None)
    try:
        keyspace = await client.info("keyspace")
        return {int(name.removeprefix("db")): int(entry["keys"]) for name, entry in keyspace.items()}
    except Exception:  # noqa: BLE001 - as above
        return {}
    finally:
        await close_client(client)


def _open(url: str, number: int | None) -> Any:
    """Return a client of a database, by default of that in the URL."""
    import redis.asyncio as redis  # noqa: PLC0415 - the store has imported it

    pool: Any = redis.ConnectionPool.from_url(
        url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )
    if number is not None:
        pool.connection_kwargs["db"] = number
    return redis.Redis.from_pool(pool)


def _describe_prefix(seen: set[str], configured: str) -> Finding:
    text = f"Redis has sessions under the prefix {_show(seen)}, not under {configured!r}"
    return find("redis_prefix", text, _cure_of_prefix(seen), line=_line_of_prefix(seen))


def _describe_database(number: int, other: int, seen: set[str], configured: str) -> Finding:
    text = f"Redis has sessions in database {other} under the prefix {_show(seen)}, but none in database {number}"
    cure = f"write /{other} at the end of BETTER_AUTH_SESSION_STORE, in place of /{number}"
    if configured in seen:
        return find("redis_database", text, cure)
    return find("redis_database", text, f"{cure}; {_cure_of_prefix(seen)}", line=_line_of_prefix(seen))


def _describe_none(own: _Database, number: int, others: dict[int, int], configured: str) -> Finding:
    text = f"database {number} of Redis has no sessions under {configured!r}"
    if own.has_configured or not (own.key_count or others):
        return find("redis_without_sessions", text)
    if own.key_count:
        text += f"; its keys have {own.shown_prefixes or 'no common prefix'}"
    if others:
        counted = [f"{other} ({count} {'key' if count == 1 else 'keys'})" for other, count in sorted(others.items())]
        text += f"; other databases with keys: {', '.join(counted[:_MAX_DATABASES])}"
    return find("redis_other_keys", text)


def _cure_of_prefix(seen: set[str]) -> str:
    """Return the cure that makes the application read the sessions under one of the prefixes `seen`."""
    if min(seen):
        return "set BETTER_AUTH_SESSION_STORE_PREFIX to the keyPrefix of Better Auth's storage"
    return (
        f"an empty variable counts as not set: let the storage of Better Auth write the prefix {DEFAULT_PREFIX}, or "
        'configure the application in code, with SecondaryStorageSessions(url, prefix="")'
    )


def _line_of_prefix(seen: set[str]) -> str | None:
    prefix = min(seen)
    return f"BETTER_AUTH_SESSION_STORE_PREFIX={prefix}" if prefix and _is_prefix(prefix) else None


def _show(seen: set[str]) -> str:
    """Return the first prefix in quotes, if it has the form of one."""
    prefix = min(seen)
    return repr(prefix) if _is_prefix(prefix) else "of another form"


def _beginning(key: object) -> str:
    """Return a key up to its first colon, or nothing: a key without a colon may be a session token."""
    head, colon, _ = _to_text(key).partition(":")
    return f"{head}:" if colon else ""


def _is_prefix(text: str) -> bool:
    return _PREFIX.fullmatch(text) is not None and _LIKE_TOKEN.search(text) is None


def _to_text(key: object) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
