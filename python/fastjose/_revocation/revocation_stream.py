"""The Redis stream that holds the revocations. Each is one entry, so the position in the stream says what was read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastjose._revocation.entry import Entry, MalformedEntryError

if TYPE_CHECKING:
    from redis import Redis

START = "0-0"
"""The position before the first entry."""

PAGE_ENTRIES = 1_000
"""The number of entries that one command reads."""

KEEP_SECONDS = 300
"""The time after `until` at which an entry is removed, as in `RevocationList`."""

CHECKED_PER_ENTRY = 8
"""The number of entries that each addition checks for removal: entries leave faster than they come."""

_POSITION = re.compile(r"(\d+)-(\d+)")

_FIND_AND_REMOVE_EXPIRED = """
local now = tonumber(redis.call('TIME')[1])
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
for _, entry in ipairs(entries) do
  for i = 1, #entry[2], 2 do
    local until_ = entry[2][i] == 'until' and tonumber(entry[2][i + 1])
    if until_ and until_ + tonumber(ARGV[3]) <= now then redis.call('XDEL', KEYS[1], entry[1]) end
  end
end
local next_check = '-'
if #entries == tonumber(ARGV[2]) then next_check = '(' .. entries[#entries][1] end
"""
# Scripts, so that the readers of a new entry are woken once. Each returns the position of the next check. An entry is
# added last: a reader that waits for one gets an empty list if the script that has added it removes it again.
_REMOVE_EXPIRED = _FIND_AND_REMOVE_EXPIRED + "return next_check"
_ADD = _FIND_AND_REMOVE_EXPIRED + "redis.call('XADD', KEYS[1], '*', unpack(ARGV, 4))\nreturn next_check"

Row = tuple[str, Entry | MalformedEntryError]
"""The position of an entry of the stream, and the revocation, or the reason why it is not one."""


class RevocationStream:
    """The stream under one key of a Redis server."""

    def __init__(self, client: Redis, key: str) -> None:
        """Use the stream `key`, which need not exist."""
        self._client = client
        self._key = key
        self._add = client.register_script(_ADD)
        self._remove_expired = client.register_script(_REMOVE_EXPIRED)
        self._next_check = "-"

    def add(self, entry: Entry) -> None:
        """Add a revocation, and remove some that have expired."""
        fields = [text for field in entry.to_fields().items() for text in field]
        arguments: list[str | int] = [self._next_check, CHECKED_PER_ENTRY, KEEP_SECONDS, *fields]
        self._next_check = _text(self._add(keys=[self._key], args=arguments))

    def remove_expired(self) -> None:
        """Check a page of entries, and remove those that have expired."""
        arguments: list[str | int] = [self._next_check, PAGE_ENTRIES, KEEP_SECONDS]
        self._next_check = _text(self._remove_expired(keys=[self._key], args=arguments))

    def read(self, after: str, wait_seconds: float | None) -> tuple[str, list[Row], bool]:
        """Return the position reached, the entries after the position `after`, and whether these are all.

        Waits up to `wait_seconds` for the first entry; does not wait if it is None.

        Raises:
            MalformedEntryError: The answer is not a list of entries.
        """
        wait_milliseconds = None if wait_seconds is None else max(1, int(wait_seconds * 1_000))
        answer: Any = self._client.xread({self._key: after}, count=PAGE_ENTRIES, block=wait_milliseconds)
        if not answer:
            return after, [], True
        try:
            ((_, rows),) = answer.items() if isinstance(answer, dict) else answer
            rows = rows[0] if isinstance(answer, dict) and rows else rows
            found = [(_text(position), _read_entry(fields)) for position, fields in rows]
            return found[-1][0] if found else after, found, len(found) < PAGE_ENTRIES
        except (TypeError, ValueError, AttributeError):
            pass
        raise MalformedEntryError("the answer to XREAD must be a list of entries")

    def has_entry(self, position: str) -> bool:
        """Return whether the stream has the entry at `position`: it was not deleted."""
        return bool(self._client.xrange(self._key, position, position))

    def close_idle_connections(self) -> None:
        """Close the connections that no command uses. The next command opens one."""
        self._client.connection_pool.disconnect(inuse_connections=False)

    def has_position(self, position: str) -> bool:
        """Return whether the stream has reached `position`. It has not if it was deleted and created again."""
        from redis import ResponseError  # noqa: PLC0415 - redis-py is an extra

        try:
            info: Any = self._client.xinfo_stream(self._key)
        except ResponseError as error:
            if "no such key" not in str(error):
                raise
            return position == START
        return _parse_position(_text(info.get("last-generated-id"))) >= _parse_position(position)

    def may_be_evicted(self) -> bool:
        """Return whether Redis deletes keys without an expiry if its memory is full."""
        from redis import RedisError  # noqa: PLC0415 - redis-py is an extra

        try:
            info: Any = self._client.info("memory")
        except RedisError:  # not allowed to this account
            return False
        return str(info.get("maxmemory_policy", "")).startswith("allkeys") and bool(info.get("maxmemory"))


def _read_entry(fields: Any) -> Entry | MalformedEntryError:
    try:
        return Entry.from_fields(fields)
    except MalformedEntryError as error:
        return error


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    raise MalformedEntryError("the answer must be text")


def _parse_position(position: str) -> tuple[int, int]:
    found = _POSITION.fullmatch(position)
    if found is None:
        raise MalformedEntryError("the position must be two numbers")
    return int(found[1]), int(found[2])
