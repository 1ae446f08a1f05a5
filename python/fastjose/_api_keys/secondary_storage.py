"""`SecondaryStorageApiKeys`: API keys that Better Auth keeps in Redis or Valkey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._api_keys.key_hash import hash_api_key
from fastjose._secondary_storage.reader import SecondaryStorage, UnreadableValueError, parse_json, unreadable_value
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from fastjose._secondary_storage.clients import RedisClient

_MAX_KEY_LENGTH = 1024


class SecondaryStorageApiKeys:
    """The API keys of `@better-auth/api-key` with `storage: "secondary-storage"`, if this is Redis or Valkey.

    A look-up is one `GET` of `api-key:<hash>`. It counts nothing: `remaining` and `requestCount` stay as Better Auth
    left them. Keys that are stored unhashed (`disableKeyHashing`) are not found.

    The entry names the owner of the key, but does not contain the user. The result therefore has no `"user"`, and the
    application gets a user with the id alone: `referenceId` of the key, or `userId` in Better Auth 1.4. Whether the
    user is banned is not known here. Whether `referenceId` is a user or an organization depends on the configuration
    `configId`: `ApiKeys` requires its `organization_config_ids` for this store.

    With `fallbackToDatabase`, Redis is only a cache of Better Auth's: a key that it has not used yet is not found here.

    Example::

        api_keys = SecondaryStorageApiKeys("redis://redis:6379/0")
        found = await api_keys(key)  # {"apiKey": {…}} or None
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
                `@better-auth/redis-storage`. Use `""` for a storage written by hand that adds nothing.
            timeout_seconds: Time that a look-up may take, in seconds. Defaults to 2.0.

        Raises:
            ImportError: A URL is given and redis-py is not installed.
            TypeError: The client is not asynchronous, or the prefix is not a `str`.
            ValueError: The URL, the prefix or the time limit is not valid.
        """
        self._storage = SecondaryStorage(client_or_url, prefix=prefix, timeout_seconds=timeout_seconds)

    async def __call__(self, key: str) -> dict[str, Any] | None:
        """Return `{"apiKey": {…}}` as stored, without the hash, or None if the key is unknown.

        The caller must validate `enabled`, `expiresAt` and `remaining`.

        Args:
            key: The key as the client sends it, including its prefix. Text that is empty or longer than 1024 characters
                is unknown, without a look-up.

        Raises:
            StoreUnavailableError: Redis does not answer in time, refuses, or has a value that Better Auth does not
                write. The error does not contain the key, the value or the URL.
        """
        hashed = _hash_or_none(key)
        del key  # error reports include local variables
        if hashed is None:
            return None
        try:
            entry = await self._storage.read(f"api-key:{hashed}", self._storage.start_clock())
            return None if entry is None else {"apiKey": _parse_entry(entry, hashed)}
        except UnreadableValueError:
            pass
        raise unreadable_value("the entry of the API key")

    async def close(self) -> None:
        """Close the connections of the running event loop. A client given by the application stays open."""
        await self._storage.close()

    def __repr__(self) -> str:
        return f"SecondaryStorageApiKeys(prefix={self._storage.prefix!r})"


def _hash_or_none(key: str) -> str | None:
    """Return the hash, or None for text that cannot be a key."""
    if not 0 < len(key) <= _MAX_KEY_LENGTH:
        return None
    try:
        return hash_api_key(key)
    except UnicodeEncodeError:
        return None


def _parse_entry(text: str, hashed: str) -> dict[str, Any]:
    """Return the fields of the key, without its hash."""
    entry = parse_json(text)
    if not isinstance(entry, dict) or entry.pop("key", None) != hashed:
        raise UnreadableValueError("the entry must be the API key of this hash")
    if not isinstance(entry.get("id"), str):
        raise UnreadableValueError("the API key must have an id")
    permissions = entry.get("permissions")  # absent, or JSON within the JSON, as in the table
    return {**entry, "permissions": parse_json(permissions) if isinstance(permissions, str) else permissions}
