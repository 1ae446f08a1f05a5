"""`DatabaseApiKeys`: API keys in the table of Better Auth, read through SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._api_keys.key_hash import hash_api_key
from fastjose._arguments import check_flag, check_names
from fastjose._database.hidden_text import HiddenText, hide_token
from fastjose._database.names import ColumnStyle, DatabaseNames, read_names
from fastjose._database.requirement import require_sqlalchemy
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

_MAX_KEY_LENGTH = 1024


class DatabaseApiKeys:
    """The API keys in the table `apikey` of `@better-auth/api-key`, on SQLite or PostgreSQL. Requires asyncio.

    A look-up is one query by the hash of the key. It writes and counts nothing: `remaining`, `requestCount` and
    `lastRequest` stay as Better Auth left them, and its limit of requests does not hold for these look-ups.

    The result has the user who owns the key. `"user"` is None if an organization owns it: a configuration with
    `references: "organization"`. A key whose owner does not exist is unknown, as in Better Auth.

    Names of tables and columns are detected as in `DatabaseSessions`.

    Example::

        api_keys = DatabaseApiKeys("postgresql://app:password@database/app")
        found = await api_keys(key)  # {"apiKey": {…}, "user": {…} or None} or None
    """

    @hide_arguments
    def __init__(  # noqa: PLR0913 - keyword arguments, each with a default
        self,
        engine_or_url: AsyncEngine | URL | str,
        *,
        names: ColumnStyle | DatabaseNames | None = None,
        plural_tables: bool | None = None,
        schema: str | None = None,
        hash_keys: bool = True,
        organization_config_ids: Collection[str] | None = None,
        timeout_seconds: float = 5.0,
    ) -> None:
        """Check the arguments. No connection is opened before the first look-up.

        Args:
            engine_or_url: An asynchronous engine of SQLAlchemy, which the application disposes, or the URL of the
                database, as in `DatabaseSessions`.
            names: `"camelCase"`, `"snake_case"`, or own names as `DatabaseNames`. Defaults to None: detect the style.
            plural_tables: Whether the tables are `apikeys` and `users`. Defaults to None: detect it.
            schema: The schema of the tables. Defaults to None: the first schema of the search path.
            hash_keys: Whether the table has the hashes of keys. False if Better Auth has `disableKeyHashing`. Defaults
                to True.
            organization_config_ids: The `configId` of each configuration with `references: "organization"`. All other
                keys then belong to users. Defaults to None: the owner is the user or organization with the id in
                `referenceId`. This is ambiguous, and an error, if both exist: ids from a sequence can be equal.
            timeout_seconds: Time that a look-up may take, in seconds. Defaults to 5.0.

        Raises:
            ImportError: SQLAlchemy or the driver of the URL is not installed: `pip install "fastjose[database]"`.
            TypeError: The engine is not asynchronous, or an argument has a wrong type.
            ValueError: The URL, a name or the time limit is not valid. The message does not contain the URL.
        """
        require_sqlalchemy("DatabaseApiKeys")
        from fastjose._api_keys.key_query import ApiKeyQuery  # noqa: PLC0415 - SQLAlchemy is optional
        from fastjose._database.engines import find_prisma_schema  # noqa: PLC0415 - SQLAlchemy is optional
        from fastjose._database.reader import DatabaseReader, PreparedQuery  # noqa: PLC0415 - SQLAlchemy is optional

        self._names = read_names(names, plural_tables=plural_tables)
        self._hash_keys = check_flag("hash_keys", hash_keys)
        schema = schema or find_prisma_schema(engine_or_url)
        config_ids = None
        if organization_config_ids is not None:
            config_ids = frozenset(check_names("organization_config_ids", organization_config_ids, "organization"))
        self._reader = DatabaseReader(engine_or_url, timeout_seconds)
        self._api_keys = PreparedQuery(
            self._reader, lambda connection: ApiKeyQuery(connection, self._names, schema, config_ids)
        )

    async def __call__(self, key: str) -> dict[str, Any] | None:
        """Return `{"apiKey": {…}, "user": {…} or None}`, or None if the key is unknown or its owner does not exist.

        `apiKey` has all columns but `key`, under Better Auth's names, in JSON form. `permissions` and `metadata` are
        parsed. The caller must validate `enabled`, `expiresAt` and `remaining`, and the ban of the user.

        Args:
            key: The key as the client sends it, including its prefix. Text that is empty or longer than 1024 characters
                is unknown, without a query.

        Raises:
            StoreUnavailableError: The database does not answer in time, is locked, or does not have the tables. The
                error does not contain values.
            RuntimeError: No event loop of asyncio is running.
        """
        stored = find_stored_form(key, is_hashed=self._hash_keys)
        del key  # error reports include local variables
        if stored is None:
            return None
        return await self._api_keys.run(lambda connection, query: query.run(connection, stored))

    async def close(self) -> None:
        """Close the connections of the running event loop. An engine given by the application stays open."""
        await self._reader.close()

    def __repr__(self) -> str:
        return f"DatabaseApiKeys(names={self._names!r})"


def find_stored_form(key: str, *, is_hashed: bool) -> HiddenText | None:
    """Return what the table has in the column `key`, or None for text that cannot be a key."""
    if not 0 < len(key) <= _MAX_KEY_LENGTH:
        return None
    if not is_hashed:
        return hide_token(key)
    try:
        return HiddenText(hash_api_key(key))
    except UnicodeEncodeError:
        return None
