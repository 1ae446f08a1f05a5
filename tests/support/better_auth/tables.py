"""Tables as each adapter of Better Auth creates them, on SQLite and PostgreSQL, and rows in them.

The types are those that Better Auth's command line generates for the adapter. Dates are written as the adapter writes
them.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TOKEN = "Qm3vX8rT1kLpZ7wYc5NbH2sJdF9gUaE0"
NOW = datetime(2025, 3, 4, 5, 6, 7, 89_000, tzinfo=timezone.utc)
EXPIRES_AT = datetime(2031, 3, 4, 5, 6, 7, 89_000, tzinfo=timezone.utc)
DATES = {"createdAt", "updatedAt", "expiresAt", "banExpires", "lastRefillAt", "lastRequest"}
BOOLEANS = {"emailVerified", "banned", "isAnonymous", "enabled", "rateLimitEnabled"}
INTEGERS = {"refillInterval", "refillAmount", "rateLimitTimeWindow", "rateLimitMax", "requestCount", "remaining"}

USER = {
    "id": "user-1",
    "name": "Ada",
    "email": "ada@example.com",
    "emailVerified": True,
    "image": None,
    "createdAt": NOW,
    "updatedAt": NOW,
    "role": "user",
    "banned": False,
    "banReason": None,
    "banExpires": None,
    "isAnonymous": False,
    "tenant": "acme",
}
SESSION = {
    "id": "session-1",
    "expiresAt": EXPIRES_AT,
    "token": TOKEN,
    "createdAt": NOW,
    "updatedAt": NOW,
    "ipAddress": "127.0.0.1",
    "userAgent": "pytest",
    "userId": "user-1",
    "activeOrganizationId": "organization-1",
    "impersonatedBy": None,
}
MEMBER = {"id": "member-1", "organizationId": "organization-1", "userId": "user-1", "role": "admin, billing"}
ORGANIZATION = {"id": "organization-1", "name": "Org", "slug": "org", "createdAt": NOW}


@dataclass(frozen=True)
class Adapter:
    """Names and date columns of an adapter. `write_date` gives what SQLite stores; PostgreSQL takes the date."""

    style: str = "camelCase"
    plural: bool = False
    sqlite_date: str = "date"
    postgresql_date: str = "timestamptz"
    write_date: Callable[[datetime], Any] = lambda date: date.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    date_digits: int = 3
    """The digits of a second that the column keeps."""

    def name_table(self, model: str) -> str:
        """Return the name of a table."""
        return f"{model}s" if self.plural else model

    def name_column(self, field: str) -> str:
        """Return the name of a column."""
        return field if self.style == "camelCase" else re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", field)


ADAPTERS = {
    "kysely": Adapter(),
    "prisma": Adapter(
        sqlite_date="datetime", postgresql_date="timestamp(3)", write_date=lambda date: int(date.timestamp() * 1000)
    ),
    "drizzle": Adapter(
        style="snake_case",
        sqlite_date="integer",
        postgresql_date="timestamp",
        write_date=lambda date: round(date.timestamp() * 1000),
    ),
    "drizzle-seconds": Adapter(
        style="snake_case",
        sqlite_date="integer",
        postgresql_date="timestamp(0)",
        write_date=lambda date: int(date.timestamp()),
        date_digits=0,
    ),
    "drizzle-plural": Adapter(
        style="snake_case",
        plural=True,
        sqlite_date="text",
        postgresql_date="timestamp",
        write_date=lambda date: date.strftime("%Y-%m-%d %H:%M:%S.%f"),
    ),
    "plural-camel-case": Adapter(plural=True),
}


class Tables:
    """The tables of one adapter in a database that a test fills."""

    def __init__(self, url: str, adapter: Adapter = ADAPTERS["kysely"], id_type: str = "text") -> None:
        """Use the database at `url`, whose driver is one of SQLAlchemy's. `id_type` is that of all ids."""
        self.url, self.adapter, self.id_type = url, adapter, id_type
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"

    def create(self, model: str, row: Mapping[str, Any], **names: str) -> None:
        """Create the table of `model` with the columns of `row`, and insert it. `names` replaces names of columns."""
        table = self.adapter.name_table(model)
        columns = {field: names.get(field, self.adapter.name_column(field)) for field in row}
        types = ", ".join(f'"{column}" {self._type_of(field)}' for field, column in columns.items())
        self.execute(f'CREATE TABLE "{table}" ({types})')
        self.insert(model, row, **names)

    def insert(self, model: str, row: Mapping[str, Any], **names: str) -> None:
        """Insert a row."""
        self.insert_all(model, [row], **names)

    def insert_all(self, model: str, rows: Sequence[Mapping[str, Any]], **names: str) -> None:
        """Insert rows with the same fields."""
        columns = ", ".join(f'"{names.get(field, self.adapter.name_column(field))}"' for field in rows[0])
        values = ", ".join(["?" if self.is_sqlite else "%s"] * len(rows[0]))
        written = [[self._write(value) for value in row.values()] for row in rows]
        table = self.adapter.name_table(model)
        with self.connect() as connection:
            connection.cursor().executemany(
                f'INSERT INTO "{table}" ({columns}) VALUES ({values})',  # noqa: S608 - ours
                written,
            )

    def execute(self, statement: str, *values: Any) -> None:
        """Execute a statement and commit it."""
        with self.connect() as connection:
            connection.execute(statement, values)

    @contextlib.contextmanager
    def connect(self) -> Iterator[Any]:
        """Yield a connection of the plain driver, and commit at the end."""
        if self.is_sqlite:
            with contextlib.closing(sqlite3.connect(make_url(self.url).database or "")) as connection, connection:
                yield connection
        else:
            with psycopg.connect(without_driver(self.url)) as server:
                yield server

    def _type_of(self, field: str) -> str:
        if field in DATES:
            return self.adapter.sqlite_date if self.is_sqlite else self.adapter.postgresql_date
        if field in BOOLEANS:
            return "integer" if self.is_sqlite else "boolean"
        if field == "id" or (field.endswith("Id") and field not in {"configId", "referenceId"}):
            return self.id_type
        return "integer" if field in INTEGERS else "text"

    def _write(self, value: Any) -> Any:
        if isinstance(value, datetime):
            if self.is_sqlite:
                return self.adapter.write_date(value)
            return value if self.adapter.postgresql_date == "timestamptz" else value.replace(tzinfo=None)
        return int(value) if self.is_sqlite and isinstance(value, bool) else value


def without_driver(url: str) -> str:
    """Return the URL of PostgreSQL for psycopg itself."""
    return re.sub(r"^postgresql\+\w+", "postgresql", url).replace("test@localhost/", "test@/")


def to_json(row: Mapping[str, Any], date_digits: int = 3) -> dict[str, Any]:
    """Return a row in the JSON form of Better Auth."""
    cut = slice(None, -3) if date_digits else slice(None, -6)
    return {
        field: value.strftime("%Y-%m-%dT%H:%M:%S.%f")[cut].ljust(23, "0") + "Z"
        if isinstance(value, datetime)
        else value
        for field, value in row.items()
    }
