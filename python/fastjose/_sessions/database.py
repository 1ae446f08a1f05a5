"""`DatabaseSessions`: sessions in the tables of Better Auth, read through SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._arguments import check_names
from fastjose._database.hidden_text import hide_token
from fastjose._database.names import ColumnStyle, DatabaseNames, read_names
from fastjose._database.requirement import require_sqlalchemy
from fastjose._sessions.empty_table import UnansweredTokens
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from fastjose._sessions.session_queries import SessionQuery


class DatabaseSessions:
    """The sessions in the tables `session` and `user` of Better Auth, on SQLite or PostgreSQL. Requires asyncio.

    A look-up is one query by the token. It writes nothing: a session that only a FastAPI application sees is not
    extended, and ends after Better Auth's `expiresIn`, 7 days by default.

    The first look-up inspects the tables, and finds the names that Better Auth's built-in adapter, Prisma or Drizzle
    (also with `usePlural`) give to tables and columns. It also inspects them if a query fails because a column or a
    table is missing. A column that is added later is not read before the next start.

    With Better Auth's `secondaryStorage`, use `SecondaryStorageSessions`. The table is then empty, or can contain
    sessions of users who have signed out: `preserveSessionInDatabase` keeps their rows, in Better Auth before 1.7 with
    an expiry in the future. An empty table causes a `ConfigurationWarning`. Kept rows cannot be detected.

    A look-up reads what the server that answers it has. A replica can still have a session that has ended.

    Example::

        sessions = DatabaseSessions("postgresql://app:password@database/app")
        found = await sessions(token)  # {"session": {…}, "user": {…}} or None
    """

    @hide_arguments
    def __init__(  # noqa: PLR0913 - keyword arguments, each with a default
        self,
        engine_or_url: AsyncEngine | URL | str,
        *,
        names: ColumnStyle | DatabaseNames | None = None,
        plural_tables: bool | None = None,
        schema: str | None = None,
        user_columns: Collection[str] | None = None,
        timeout_seconds: float = 5.0,
    ) -> None:
        """Check the arguments. No connection is opened before the first look-up.

        Args:
            engine_or_url: An asynchronous engine of SQLAlchemy, which the application disposes. Or the URL of the
                database: each event loop then gets an engine with up to 10 connections, also in a process made by
                `fork`, until `close()`. A URL without a driver uses psycopg, asyncpg or aiosqlite, if installed.
            names: `"camelCase"` (`expiresAt`: the built-in adapter, Prisma), `"snake_case"` (`expires_at`: Drizzle), or
                own names as `DatabaseNames`. Defaults to None: detect the style.
            plural_tables: Whether the tables are `sessions` and `users`. Defaults to None: detect it.
            schema: The schema of the tables. Defaults to None: the first schema of PostgreSQL's search path, or the
                `schema` that Prisma adds to the URL.
            user_columns: Better Auth's names of the fields of `user` to read, beside `id`, `banned`, `banExpires` and
                `isAnonymous`.
                Defaults to None: all fields, including those that Better Auth does not return.
            timeout_seconds: Time that a look-up may take, in seconds. Defaults to 5.0.

        Raises:
            ImportError: SQLAlchemy or the driver of the URL is not installed: `pip install "fastjose[database]"`.
            TypeError: The engine is not asynchronous, or `names` has a wrong type.
            ValueError: The URL, a name or the time limit is not valid. The message does not contain the URL.
        """
        require_sqlalchemy("DatabaseSessions")
        from fastjose._database.engines import find_prisma_schema  # noqa: PLC0415 - SQLAlchemy is optional
        from fastjose._database.reader import DatabaseReader, PreparedQuery  # noqa: PLC0415 - SQLAlchemy is optional
        from fastjose._sessions.session_queries import MemberQuery, SessionQuery  # noqa: PLC0415 - as above

        self._names = read_names(names, plural_tables=plural_tables)
        schema = schema or find_prisma_schema(engine_or_url)
        fields = None if user_columns is None else check_names("user_columns", user_columns, "email")
        self._reader = DatabaseReader(engine_or_url, timeout_seconds)
        self._sessions = PreparedQuery(
            self._reader, lambda connection: SessionQuery(connection, self._names, schema, fields)
        )
        self._members = PreparedQuery(self._reader, lambda connection: MemberQuery(connection, self._names, schema))
        self._unanswered = UnansweredTokens()

    async def __call__(self, token: str) -> dict[str, Any] | None:
        """Return `{"session": {…}, "user": {…}}`, or None if the token is unknown or its user does not exist.

        All columns are included, under Better Auth's names, in JSON form. The caller must validate `expiresAt` and the
        ban of the user.

        Args:
            token: The token without its signature. Text that cannot be a token is unknown, without a query.

        Raises:
            StoreUnavailableError: The database does not answer in time, is locked, or does not have the tables. The
                error does not contain values.
            RuntimeError: No event loop of asyncio is running.
        """
        hidden = hide_token(token)
        del token  # error reports include local variables
        if hidden is None:
            return None

        async def find(connection: AsyncConnection, query: SessionQuery) -> dict[str, Any] | None:
            found = await query.run(connection, hidden)
            if self._unanswered.should_count_rows(hidden, is_found=found is not None):
                self._unanswered.is_table_empty = await query.is_table_empty(connection)
            return found

        found = await self._sessions.run(find)
        self._unanswered.warn_once()
        return found

    async def find_organization_roles(self, token: str, user_id: str, organization_id: str) -> list[str]:
        """Return the roles of a user in an organization, and an empty list if the user is not a member.

        Args:
            token: Not used. Other stores ask Better Auth with it.
            user_id: The id of the user.
            organization_id: The id of the organization.

        Raises:
            StoreUnavailableError: The database does not answer in time, is locked, or does not have the table.
            RuntimeError: No event loop of asyncio is running.
        """
        del token
        if hide_token(user_id) is None or hide_token(organization_id) is None:
            return []
        return await self._members.run(lambda connection, query: query.run(connection, user_id, organization_id))

    async def close(self) -> None:
        """Close the connections of the running event loop. An engine given by the application stays open."""
        await self._reader.close()

    def __repr__(self) -> str:
        return f"DatabaseSessions(names={self._names!r})"
