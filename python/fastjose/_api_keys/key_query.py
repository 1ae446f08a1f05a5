"""The query of `DatabaseApiKeys`, for the tables as they were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, literal, select

from fastjose._database.json_form import read_json
from fastjose._database.layout import Layout, Table, match_ids
from fastjose._database.rows import Selection
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, FromClause
    from sqlalchemy.ext.asyncio import AsyncConnection

    from fastjose._database.names import DatabaseNames

DEFAULT_CONFIG_ID = "default"
OWNER_FIELDS = ("referenceId", "userId")
"""The field with the id of the owner: the first one that the table has. Better Auth 1.4 has `userId`."""


class ApiKeyQuery:
    """One query for an API key, its user, and its organization."""

    def __init__(
        self,
        connection: Connection,
        names: DatabaseNames,
        schema: str | None,
        organization_config_ids: Collection[str] | None,
    ) -> None:
        """Find the tables.

        Raises:
            StoreUnavailableError: A table or a column is missing, or several tables match.
        """
        layout = Layout(connection, names, schema)
        api_key = layout.require_table("apikey")
        user = layout.require_table("user", beside=api_key)
        self._organization_config_ids = organization_config_ids
        self._owner_field = find_owner_field(api_key)
        self._organization = find_organization(layout, api_key) if self._owner_field == "referenceId" else None
        self._api_key = Selection(api_key, [name for name in api_key.fields if name != "key"])
        self._user = Selection(user, user.fields)
        self._statement = (
            select(*self._api_key.label_columns(), *self._user.label_columns(), self._label_organization())
            .select_from(self._join_owners(api_key, user, connection.dialect.name))
            .where(api_key.column("key") == bindparam("key", type_=String()))
        )

    async def run(self, connection: AsyncConnection, stored: str) -> dict[str, Any] | None:
        """Return the key and its user, or None."""
        row = (await connection.execute(self._statement, {"key": stored})).first()
        if row is None:
            return None
        api_key = self._api_key.convert(row[: len(self._api_key)])
        user = self._user.convert(row[len(self._api_key) : -1])
        api_key["permissions"] = read_permissions(api_key.get("permissions"))
        api_key["metadata"] = read_metadata(api_key.get("metadata"))
        return self._add_owner(api_key, user, has_organization=row[-1] is not None)

    def _label_organization(self) -> Any:
        found = literal(None) if self._organization is None else self._organization.column("id")
        return found.label("organization_id")

    def _join_owners(self, api_key: Table, user: Table, dialect: str) -> FromClause:
        reference = api_key.fields[self._owner_field]
        joined = api_key.clause.outerjoin(user.clause, match_ids(user.fields["id"], reference, dialect))
        if self._organization is None:
            return joined
        is_owner = match_ids(self._organization.fields["id"], reference, dialect)
        return joined.outerjoin(self._organization.clause, is_owner)

    def _add_owner(
        self, api_key: dict[str, Any], user: dict[str, Any], *, has_organization: bool
    ) -> dict[str, Any] | None:
        has_user = user["id"] is not None
        if self._is_owned_by_organization(api_key, has_user=has_user, has_organization=has_organization):
            is_known = has_organization or self._organization is None
            return {"apiKey": api_key, "user": None} if is_known else None
        return {"apiKey": api_key, "user": user} if has_user else None

    def _is_owned_by_organization(self, api_key: dict[str, Any], *, has_user: bool, has_organization: bool) -> bool:
        if self._organization_config_ids is not None:
            return (api_key.get("configId") or DEFAULT_CONFIG_ID) in self._organization_config_ids
        if has_user and has_organization:
            raise StoreUnavailableError(
                "the owner of an API key must be clear, and a user and an organization have its id: pass "
                "organization_config_ids="
            )
        return has_organization


def find_owner_field(api_key: Table) -> str:
    """Return the name of the field with the id of the owner.

    Raises:
        StoreUnavailableError: The table has none.
    """
    found = [name for name in OWNER_FIELDS if name in api_key.fields]
    if not found:
        raise StoreUnavailableError(
            f"the table \"{api_key.name}\" must have a column for 'referenceId' or 'userId': "
            "pass names=DatabaseNames(fields={'apikey': …})"
        )
    return found[0]


def find_organization(layout: Layout, api_key: Table) -> Table | None:
    """Return the table of organizations, or None without the organization plugin."""
    return layout.require_table("organization", beside=api_key) if layout.find_tables("organization") else None


def read_permissions(value: object) -> dict[str, list[str]] | None:
    """Return the permissions, and None if they are not lists of actions by resource, which grants nothing."""
    parsed = read_json(value)
    if not isinstance(parsed, dict):
        return None
    are_lists = all(isinstance(actions, list) for actions in parsed.values())
    are_texts = are_lists and all(isinstance(action, str) for actions in parsed.values() for action in actions)
    return parsed if are_texts else None


def read_metadata(value: object) -> Any:
    """Return the metadata, which older releases have stored as JSON in JSON."""
    return read_json(read_json(value))
