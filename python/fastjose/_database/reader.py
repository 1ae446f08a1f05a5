"""`DatabaseReader`: one query within a time limit. Each failure is a `StoreUnavailableError` that holds no values."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from fastjose._arguments import check_number
from fastjose._database.engines import open_source
from fastjose._tracebacks import drop_tracebacks
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Result = TypeVar("Result")
Prepared = TypeVar("Prepared")
Query = Callable[["AsyncConnection"], Awaitable[Result]]


class PreparedQuery(Generic[Prepared]):
    """A query whose statement depends on the tables, which are inspected when the query first runs."""

    def __init__(self, reader: DatabaseReader, prepare: Callable[[Connection], Prepared]) -> None:
        """Keep how to inspect the tables. `prepare` may raise a `StoreUnavailableError`; it then runs again."""
        self._reader = reader
        self._prepare = prepare
        self._prepared: Prepared | None = None

    async def run(self, execute: Callable[[AsyncConnection, Prepared], Awaitable[Result]]) -> Result:
        """Return what `execute` returns for a connection and the prepared query.

        Raises:
            StoreUnavailableError: The database cannot answer, or not in time.
        """

        async def query(connection: AsyncConnection) -> Result:
            prepared = self._prepared  # another thread may forget it
            if prepared is None:
                self._prepared = prepared = await connection.run_sync(self._prepare)
            return await execute(connection, prepared)

        return await self._reader.read(query, before_retry=self._forget_tables)

    def _forget_tables(self) -> None:
        self._prepared = None


class DatabaseReader:
    """Runs queries that only read."""

    def __init__(self, engine_or_url: AsyncEngine | URL | str, timeout_seconds: float) -> None:
        """Check the arguments. No connection is opened before the first query.

        Raises:
            ImportError: The driver of the URL is not installed.
            TypeError: The engine is neither an asynchronous engine nor a URL.
            ValueError: The URL or the time limit is not valid.
        """
        if not 0 < check_number("timeout_seconds", timeout_seconds) < float("inf"):
            raise ValueError("timeout_seconds must be a positive number")
        self._source = open_source(engine_or_url, timeout_seconds)
        self._timeout_seconds = timeout_seconds
        self._running: set[asyncio.Task[object]] = set()
        self._uncancellable: set[asyncio.Task[object]] = set()

    async def read(self, query: Query[Result], *, before_retry: Callable[[], None]) -> Result:
        """Return the result of `query`, which runs once more if a connection was lost or a table has changed.

        The query runs in a task of its own. If the time limit is reached, it is cancelled, but not awaited: to close a
        connection to a server that does not answer can take seconds. On SQLite, a query that has a connection ends by
        itself.

        Raises:
            StoreUnavailableError: The database cannot answer, or not in time.
        """
        task = self._start(self._run(query, before_retry))
        try:
            await asyncio.wait({task}, timeout=self._timeout_seconds)
        finally:
            if not task.done() and task not in self._uncancellable:
                task.cancel()
        if not task.done():
            raise StoreUnavailableError(
                f"the database must answer within {self._timeout_seconds} seconds: check its locks, and its load"
            )
        failure = task.exception()
        if failure is None:
            return task.result()
        try:
            raise failure if isinstance(failure, StoreUnavailableError) else replace_failure(failure)
        finally:
            del task, failure  # the error has this frame: no cycle may keep its variables

    async def close(self) -> None:
        """Close the connections of the running event loop, unless the application has given its engine.

        Queries that were given up and could not be cancelled end first: the pool would not close their connections.
        """
        loop = asyncio.get_running_loop()
        running = [task for task in self._uncancellable.copy() if task.get_loop() is loop]
        if running:
            await asyncio.wait(running, timeout=self._timeout_seconds)
        await self._source.close()

    def _start(self, run: Coroutine[None, None, Result]) -> asyncio.Task[Result]:
        try:
            task = asyncio.get_running_loop().create_task(run)
        except RuntimeError:
            run.close()
            raise RuntimeError("the database must be read on asyncio: SQLAlchemy does not run on trio") from None
        self._running.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[object]) -> None:
        """Drop a task that has ended, and its exception, which the event loop would log otherwise."""
        self._running.discard(task)
        self._uncancellable.discard(task)
        if not task.cancelled():
            task.exception()

    async def _run(self, query: Query[Result], before_retry: Callable[[], None]) -> Result:
        try:
            return await self._run_on_connection(query, before_retry)
        except DBAPIError as error:
            if not is_connection_lost(error):
                raise
        return await self._run_on_connection(query, before_retry)

    async def _run_on_connection(self, query: Query[Result], before_retry: Callable[[], None]) -> Result:
        engine = self._source.connect()
        if not is_initialized(engine):
            self._prevent_cancellation()
        async with engine.connect() as connection:
            self._prevent_cancellation()
            try:
                return await run_on(connection, query, before_retry)
            except DBAPIError as error:
                if is_broken(error):
                    await connection.invalidate()  # the pool must not give it to another query
                raise

    def _prevent_cancellation(self) -> None:
        """Let the running task end by itself, if its cursor would outlive it."""
        task = asyncio.current_task()
        if task in self._running and not self._source.is_cancellable:
            self._uncancellable.add(task)


def is_initialized(engine: AsyncEngine) -> bool:
    """Return whether the first connection of an engine has been inspected, which takes queries."""
    return getattr(engine.dialect, "default_isolation_level", None) is not None


async def run_on(connection: AsyncConnection, query: Query[Result], before_retry: Callable[[], None]) -> Result:
    """Return the result of `query`, which runs once more on the same connection if a table has changed.

    Another connection of the pool would have prepared statements that are as old.
    """
    try:
        return await query(connection)
    except DBAPIError as error:
        if is_connection_lost(error) or not has_table_changed(error):
            raise
    await connection.rollback()
    await stop_preparing(connection)
    before_retry()
    return await query(connection)


async def stop_preparing(connection: AsyncConnection) -> None:
    """Let psycopg prepare no statement on a connection: it executes one that PostgreSQL rejects again and again.

    asyncpg prepares a statement again.
    """
    driver_connection: Any = (await connection.get_raw_connection()).driver_connection
    if hasattr(driver_connection, "prepare_threshold"):
        driver_connection.prepare_threshold = None


def is_connection_lost(error: DBAPIError) -> bool:
    """Return whether a second attempt can succeed on another connection."""
    return error.connection_invalidated or is_broken(error)


def has_table_changed(error: DBAPIError) -> bool:
    """Return whether a second attempt can succeed after another look at the tables."""
    if isinstance(error, (ProgrammingError, NotSupportedError)):
        return True
    return isinstance(error, OperationalError) and "no such" in str(error.orig)  # SQLite: table or column


def is_broken(error: DBAPIError) -> bool:
    """Return whether the connection cannot be used again: SQLite keeps pages of a file that it could not read."""
    return type(error) is DatabaseError  # none of its subclasses, which the database itself reports


def replace_failure(error: BaseException) -> StoreUnavailableError:
    """Return the error that names the class and the code of `error`, which can contain parameters."""
    drop_tracebacks(error)
    if isinstance(error, PoolTimeoutError):
        return StoreUnavailableError("the connection pool must have a free connection: use a larger pool_size")
    original = getattr(error, "orig", None) or error
    codes = [getattr(original, name, None) for name in ("sqlstate", "sqlite_errorname")]
    code = next((f", {code}" for code in codes if isinstance(code, str)), "")
    name = type(error if isinstance(error, SQLAlchemyError) else original).__name__
    return StoreUnavailableError(f"the database must answer ({name}{code}): check the server, its URL and its tables")
