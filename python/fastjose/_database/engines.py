"""The engines with which tables are read: one that the application gives, or one for each event loop."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import URL, AsyncAdaptedQueuePool, event, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

POSTGRESQL_DRIVERS = {"psycopg": "postgresql+psycopg", "asyncpg": "postgresql+asyncpg"}
"""The asynchronous drivers of PostgreSQL: module and name in a URL, in the order of preference."""
SQLITE_DRIVER = "sqlite+aiosqlite"
PRISMA_OPTIONS = ("schema", "connection_limit", "pool_timeout", "socket_timeout")
"""Options in a PostgreSQL URL for Prisma, which a server or a driver refuses. `find_prisma_schema` reads the first."""
POOL_SIZE = 10
"""Connections of one event loop. More would be opened and closed at each burst of requests, which takes longer."""
BUSY_SHARE = 0.8
"""The part of the time limit that SQLite waits for a lock, so that it reports the lock before the limit is reached."""
PROCESS_KEY = "fastjose_process"
CONNECTIONS_OF_PARENT: list[object] = []
"""Keeps connections, because the end of an object may close them."""

URL_EXAMPLES = "postgresql://user:password@host/database, or sqlite:////absolute/path.db"


class EngineSource(Protocol):
    """Where a store gets its engine.

    Attributes:
        is_cancellable: Whether a query may be cancelled. On SQLite, it would go on in its thread, and its open cursor
            would keep the file locked for writers until the garbage collector finds it.
    """

    is_cancellable: bool

    def connect(self) -> AsyncEngine:
        """Return the engine for the running event loop. It opens a connection when it is used."""

    async def close(self) -> None:
        """Close the connections that belong to the store."""


class GivenEngine:
    """An engine that the application has created, and disposes of itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare an engine that shares the pool of `engine`."""
        keep_connections_in_their_process(engine)
        self._engine = hide_parameters(engine)
        self.is_cancellable = engine.dialect.name != "sqlite"

    def connect(self) -> AsyncEngine:
        """Return the engine."""
        return self._engine

    async def close(self) -> None:
        """Leave the connections to the application."""


class OwnEngines:
    """Engines made from a URL: one for each event loop, as a connection cannot change its loop.

    A process made by `fork` begins without engines. It keeps those of its parent unused, because to close them would
    end the connections of the parent.
    """

    def __init__(self, url: URL, timeout_seconds: float) -> None:
        """Keep the arguments. No engine is created before it is used."""
        self._url = url
        self._file = find_file(url)
        self.is_cancellable = url.get_backend_name() != "sqlite"
        self._timeout_seconds = timeout_seconds
        self._engines_by_process: dict[int, WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncEngine]] = {}

    def connect(self) -> AsyncEngine:
        """Return the engine of the running event loop.

        Raises:
            StoreUnavailableError: The SQLite file does not exist. SQLite would create an empty database.
        """
        if self._file is not None and not self._file.exists():
            raise StoreUnavailableError("the SQLite file of the URL must exist: check its path, and run the migrations")
        engines, loop = self._engines(), asyncio.get_running_loop()
        engine = engines.get(loop)
        if engine is None:
            engine = engines[loop] = create_engine(self._url, self._timeout_seconds)
        return engine

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        if engine := self._engines().pop(asyncio.get_running_loop(), None):
            await engine.dispose()

    def _engines(self) -> WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncEngine]:
        """Return the engines of this process, the same to every thread."""
        process_id = os.getpid()
        engines = self._engines_by_process.get(process_id)
        return self._engines_by_process.setdefault(process_id, WeakKeyDictionary()) if engines is None else engines


def open_source(engine_or_url: AsyncEngine | URL | str, timeout_seconds: float) -> EngineSource:
    """Return the source of engines for the argument of a store.

    Raises:
        ImportError: The driver of the URL is not installed.
        TypeError: The argument is neither an asynchronous engine nor a URL.
        ValueError: The URL is not valid. The message does not contain it.
    """
    if isinstance(engine_or_url, AsyncEngine):
        return GivenEngine(engine_or_url)
    if not isinstance(engine_or_url, (str, URL)):
        raise TypeError("the engine must be an AsyncEngine (sqlalchemy.ext.asyncio.create_async_engine) or a URL")
    url = read_url(engine_or_url)
    if "pgbouncer" in url.query:
        raise ValueError(
            "the URL must not have Prisma's option pgbouncer: pass an engine without prepared statements, such as "
            'create_async_engine("postgresql+psycopg://…", connect_args={"prepare_threshold": None})'
        )
    return OwnEngines(url, timeout_seconds)


def hide_parameters(engine: AsyncEngine) -> AsyncEngine:
    """Return an engine with the pool of `engine` that never logs parameters, as one of them is the credential.

    On PostgreSQL, it has no transactions: a look-up is one statement, and takes one round trip.
    """
    options = {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    hidden = engine.execution_options(**options)
    hidden.sync_engine.hide_parameters = True
    return hidden


def keep_connections_in_their_process(engine: AsyncEngine) -> None:
    """Let the pool of `engine` open new connections in a child of `fork`, where those of the parent stay unused.

    Two processes on one connection could get each other's answers.
    """
    for name, listener in (("connect", note_process), ("checkout", refuse_connection_of_parent)):
        if not event.contains(engine.sync_engine, name, listener):
            event.listen(engine.sync_engine, name, listener)


def note_process(_: object, record: ConnectionPoolEntry) -> None:
    """Note which process has opened a connection."""
    record.info[PROCESS_KEY] = os.getpid()


def refuse_connection_of_parent(_: object, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """Let the pool replace a connection of another process, and not close it: that would end it for both.

    Raises:
        DisconnectionError: The connection is that of another process. The pool opens a new one.
    """
    if record.info.get(PROCESS_KEY, os.getpid()) != os.getpid():
        CONNECTIONS_OF_PARENT.append(record.dbapi_connection)
        record.dbapi_connection = proxy.dbapi_connection = None  # type: ignore[misc]  # as SQLAlchemy's guide has it
        raise DisconnectionError("the connection belongs to the parent process")


def create_engine(url: URL, timeout_seconds: float) -> AsyncEngine:
    """Return a new engine. If all its connections are in use, a query waits for one.

    On PostgreSQL, each connection has no transactions from its beginning. If each query set that, as `hide_parameters`
    does, one that is cancelled meanwhile would leave its connection to the garbage collector.
    """
    backend = url.get_backend_name()
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if backend == "postgresql" else {}
    if backend == "sqlite":
        options["connect_args"] = {"timeout": timeout_seconds * BUSY_SHARE}
    return create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=timeout_seconds,
        hide_parameters=True,
        **options,
    )


def find_file(url: URL) -> Path | None:
    """Return the file of a SQLite URL, or None if it does not name one by its path."""
    path = url.database if url.get_backend_name() == "sqlite" else None
    return None if not path or path == ":memory:" or path.startswith("file:") else Path(path)


def read_url(text: str | URL) -> URL:
    """Return the URL with an asynchronous driver.

    Raises:
        ImportError: The driver is not installed.
        ValueError: The text is not the URL of a database. The message does not contain it.
    """
    try:
        url = choose_driver(make_url(text))
        create_async_engine(url)  # connects only when it is used
    except (SQLAlchemyError, ValueError, TypeError):  # may quote the URL, which has a password
        pass
    else:
        return url
    raise ValueError(f"the URL must be that of a database, with an asynchronous driver if any: {URL_EXAMPLES}")


def choose_driver(url: URL) -> URL:
    """Return `url` without Prisma's options. If it does not name a driver, an installed asynchronous one is chosen."""
    if url.drivername == "sqlite":
        return url.set(drivername=SQLITE_DRIVER)
    if url.drivername in {"postgresql", "postgres"}:
        installed = [module for module in POSTGRESQL_DRIVERS if importlib.util.find_spec(module) is not None]
        url = url.set(drivername=POSTGRESQL_DRIVERS[installed[0] if installed else "psycopg"])
    return url.difference_update_query(PRISMA_OPTIONS) if url.drivername.startswith("postgresql") else url


def find_prisma_schema(url: object) -> str | None:
    """Return the parameter `schema` that Prisma adds to the URL of PostgreSQL, or None."""
    try:
        schema = make_url(url).query.get("schema") if isinstance(url, (str, URL)) else None
    except (SQLAlchemyError, ValueError):
        return None  # `read_url` reports it
    return schema if isinstance(schema, str) else None
