"""Stores in PostgreSQL, and the faults that its administrator can cause."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import make_url

from fastjose.api_keys import DatabaseApiKeys
from fastjose.sessions import DatabaseSessions
from faults.harness.credentials import check_api_key, check_session
from faults.harness.stores.cases import StoreCase, create_store
from faults.harness.stores.relay import relay_to
from faults.harness.stores.rows import table_rows
from support.better_auth.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.harness.stores.cases import Fault

TEMPLATE = "faults_template"
ROLE = "faults_app"
END_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = 'faults_app'
"""


class Cluster:
    """A running PostgreSQL, with a database of credentials that is copied for each test."""

    def __init__(self, url: str) -> None:
        """Use the server at a URL, which has been prepared."""
        self.url = url
        self._url = make_url(url)
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Create the role of the application, and the database that is copied."""
        with self.connect("postgres") as server:
            server.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
            server.execute(f"DROP ROLE IF EXISTS {ROLE}")
            server.execute(f"CREATE ROLE {ROLE} LOGIN")
            server.execute(f"CREATE DATABASE {TEMPLATE}")
        create_tables(self._url.set(database=TEMPLATE).render_as_string())
        with self.connect(TEMPLATE) as server:
            server.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")

    @contextlib.contextmanager
    def connect(self, database: str) -> Iterator[psycopg.Connection[Any]]:
        """Connect as the administrator, without transactions."""
        url = self._url.set(database=database).render_as_string()
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def open_socket(self) -> socket.socket:
        """Connect to the socket of the server."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(f"{self._url.query['host']}/.s.PGSQL.5432")
        return connection

    @contextlib.contextmanager
    def create_database(self) -> Iterator[Database]:
        """Copy the database for the block."""
        name = f"faults_{os.getpid()}_{next(self._numbers)}"
        with self._lock, self.connect("postgres") as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        try:
            yield Database(self, name)
        finally:
            with self._lock, self.connect("postgres") as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def create_tables(url: str) -> None:
    """Create and fill the tables."""
    tables = Tables(url)
    for model, rows in table_rows().items():
        tables.create(model, rows[0])
        tables.insert_all(model, rows[1:])


@dataclass(frozen=True)
class Database:
    """The database of one test."""

    cluster: Cluster
    name: str

    def execute(self, *statements: str) -> None:
        """Execute statements as the administrator."""
        with self.cluster.connect(self.name) as connection:
            for statement in statements:
                connection.execute(statement)

    def end_connections(self) -> None:
        """End the connections of the application."""
        self.execute(END_CONNECTIONS)


@contextlib.contextmanager
def open_case(cluster: Cluster, kind: str, host: str = "127.0.0.1") -> Iterator[StoreCase]:
    """Open a store of `STORES` with a database of its own, through a relay."""
    with cluster.create_database() as database, relay_to(cluster.open_socket) as relay:
        # psycopg cancels a query over a connection of its own: three.
        driver, create, check = STORES[kind]
        url = f"postgresql+{driver}://{ROLE}@{host}:{relay.port}/{database.name}"
        yield StoreCase(create_store(partial(create, url), check, relay, max_requests=3), database)


STORES: dict[str, tuple[str, Callable[..., Any], Callable[..., Any]]] = {
    "sessions in PostgreSQL": ("psycopg", DatabaseSessions, check_session),
    "API keys in PostgreSQL": ("asyncpg", DatabaseApiKeys, check_api_key),
}


def by_statements(statement: str, undo: str) -> Fault:
    """Return the fault that a statement causes, and another one ends."""

    @contextlib.contextmanager
    def fault(case: StoreCase) -> Iterator[None]:
        case.backend.execute(statement.format(case.backend.name))
        yield
        case.backend.execute(undo.format(case.backend.name))

    return fault


@contextlib.contextmanager
def end_connections(case: StoreCase) -> Iterator[None]:
    """End the connections at the beginning, and those of the pool at the end."""
    case.backend.end_connections()
    yield
    case.backend.end_connections()


@contextlib.contextmanager
def refuse_connections(case: StoreCase) -> Iterator[None]:
    """Permit no connection."""
    case.backend.execute(f"ALTER DATABASE {case.backend.name} CONNECTION LIMIT 0")
    case.backend.end_connections()
    yield
    case.backend.execute(f"ALTER DATABASE {case.backend.name} CONNECTION LIMIT -1")


@contextlib.contextmanager
def lock_table(case: StoreCase) -> Iterator[None]:
    """Lock the users."""
    with case.backend.cluster.connect(case.backend.name) as connection, connection.transaction():
        connection.execute('LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE')
        yield


def change_column(column: str, kind: str, wrong: str, old: str, right: str) -> Fault:
    """Return the fault that a column of the users has another type, and a wrong value."""
    change = f'ALTER TABLE "user" ALTER COLUMN "{column}" TYPE '
    return by_statements(f"{change}{kind} USING {wrong}", f"{change}{old} USING {right}")


ADMINISTRATOR_FAULTS: dict[str, Fault] = {
    "ends its connections": end_connections,
    "has no free connection": refuse_connections,
    "is locked": lock_table,
    "permits no query": by_statements(f'REVOKE ALL ON "user" FROM {ROLE}', f'GRANT SELECT ON "user" TO {ROLE}'),
    "has no table": by_statements('ALTER TABLE "user" RENAME TO nothing', 'ALTER TABLE nothing RENAME TO "user"'),
    "has no column": by_statements(
        'ALTER TABLE "user" RENAME COLUMN "id" TO nothing', 'ALTER TABLE "user" RENAME COLUMN nothing TO "id"'
    ),
    "has texts as booleans": by_statements(
        """ALTER TABLE "user" ALTER COLUMN "banned" TYPE text USING 'perhaps' || "banned\"""",
        """ALTER TABLE "user" ALTER COLUMN "banned" TYPE boolean USING replace("banned", 'perhaps', '')::boolean""",
    ),
    "has texts as dates": by_statements(
        """ALTER TABLE "user" ALTER COLUMN "createdAt" TYPE text USING 'soon'""",
        """ALTER TABLE "user" ALTER COLUMN "createdAt" TYPE timestamptz USING now()""",
    ),
}
"""The faults by name; the subject is PostgreSQL."""
