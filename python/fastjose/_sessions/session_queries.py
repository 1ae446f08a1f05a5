"""The queries of `DatabaseSessions`, for the tables as they were found."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, Uuid, bindparam, select

from fastjose._database.layout import Field, Layout, Table, match_ids
from fastjose._database.rows import Selection
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from fastjose._database.names import DatabaseNames

_INTEGER_ID = re.compile(r"[0-9]{1,9}", re.ASCII)
ALWAYS_READ = ("id", "banned", "banExpires", "isAnonymous")
"""Fields of `user` that are read if the table has them, whatever the application asks for."""


class SessionQuery:
    """One query for a session and its user, by the token."""

    def __init__(
        self, connection: Connection, names: DatabaseNames, schema: str | None, user_columns: Collection[str] | None
    ) -> None:
        """Find the tables.

        Raises:
            StoreUnavailableError: A table or a column is missing, or several tables match.
        """
        layout = Layout(connection, names, schema)
        session = layout.require_table("session")
        user = layout.require_table("user", beside=session)
        self._session = Selection(session, session.fields)
        self._user = Selection(user, choose_user_fields(user, user_columns))
        is_owner = match_ids(user.fields["id"], session.fields["userId"], connection.dialect.name)
        self._statement = (
            select(*self._session.label_columns(), *self._user.label_columns())
            .select_from(session.clause.join(user.clause, is_owner))
            .where(session.column("token") == bindparam("token", type_=String()))
        )
        self._any_session = select(session.column("id")).limit(1)

    async def run(self, connection: AsyncConnection, token: str) -> dict[str, Any] | None:
        """Return the session and its user, or None.

        No local variable shows the token, because error reports include the variables of each function.
        """
        row = (await connection.execute(self._statement, {"token": token})).first()
        if row is None:
            return None
        session = self._session.convert(row[: len(self._session)])
        if not hmac.compare_digest(str(session["token"]).encode(), token.encode()):
            return None  # a collation of the database that ignores case
        if session["expiresAt"] is None:
            raise StoreUnavailableError("each session must have a date as 'expiresAt'")
        user = self._user.convert(row[len(self._session) :])
        return {"session": {**session, "token": str(session["token"])}, "user": user}

    async def is_table_empty(self, connection: AsyncConnection) -> bool:
        """Return whether the table has no rows."""
        return (await connection.execute(self._any_session)).first() is None


class MemberQuery:
    """One query for the roles of a user in an organization."""

    def __init__(self, connection: Connection, names: DatabaseNames, schema: str | None) -> None:
        """Find the table.

        Raises:
            StoreUnavailableError: The table or a column is missing, or several tables match.
        """
        layout = Layout(connection, names, schema)
        self._member = layout.require_table("member", beside=next(iter(layout.find_tables("session")), None))
        self._statement = select(self._member.column("role")).where(
            self._compare("userId", "user_id"), self._compare("organizationId", "organization_id")
        )

    async def run(self, connection: AsyncConnection, user_id: str, organization_id: str) -> list[str]:
        """Return the roles, which Better Auth joins with commas."""
        given = {"user_id": ("userId", user_id), "organization_id": ("organizationId", organization_id)}
        parameters = {name: read_id(self._member.fields[field], text) for name, (field, text) in given.items()}
        if None in parameters.values():
            return []
        rows = await connection.execute(self._statement, parameters)
        roles = [role.strip() for (joined,) in rows for role in str(joined or "").split(",")]
        return [role for role in dict.fromkeys(roles) if role]

    def _compare(self, field_name: str, parameter: str) -> ColumnElement[bool]:
        field = self._member.fields[field_name]
        kind = field.type if isinstance(field.type, (Integer, Uuid)) else String()
        return field.column == bindparam(parameter, type_=kind)


def choose_user_fields(user: Table, user_columns: Collection[str] | None) -> list[str]:
    """Return the names of the fields to read."""
    if user_columns is None:
        return list(user.fields)
    return [*(name for name in ALWAYS_READ if name in user.fields), *user_columns]


def read_id(field: Field, text: str) -> str | int | UUID | None:
    """Return an id as a value for the column, or None if the column cannot hold it."""
    if isinstance(field.type, Integer):
        return int(text) if _INTEGER_ID.fullmatch(text) else None
    if not isinstance(field.type, Uuid):
        return text
    try:
        return UUID(text)
    except ValueError:
        return None
