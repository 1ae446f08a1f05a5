"""The engines with which tables are read: their URLs, their options, and whose connections they use."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import AsyncAdaptedQueuePool, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from fastjose._database import engines
from fastjose._database.engines import (
    CONNECTIONS_OF_PARENT,
    GivenEngine,
    OwnEngines,
    choose_driver,
    create_engine,
    find_file,
    find_prisma_schema,
    hide_parameters,
    open_source,
    read_url,
)
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

MEMORY = "sqlite+aiosqlite://"
POSTGRESQL = "postgresql+psycopg://app:p4ss@localhost/auth"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of an empty file."""
    (tmp_path / "auth.db").touch()
    return f"sqlite:///{tmp_path}/auth.db"


def become_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process have another id, as after `fork`."""
    child = os.getpid() + 1
    monkeypatch.setattr("os.getpid", lambda: child)


# --- URLs ---


def install(monkeypatch: pytest.MonkeyPatch, modules: Collection[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in modules else None)


@pytest.mark.parametrize(
    ("installed", "driver"),
    [
        (("psycopg", "asyncpg"), "postgresql+psycopg"),
        (("psycopg",), "postgresql+psycopg"),
        (("asyncpg",), "postgresql+asyncpg"),
        ((), "postgresql+psycopg"),
    ],
)
@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_driver_of_postgresql_is_an_installed_one(
    scheme: str, installed: tuple[str, ...], driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, installed)
    chosen = choose_driver(make_url(f"{scheme}://app@host/auth?schema=x&connection_limit=5&sslmode=require"))
    assert chosen.render_as_string() == f"{driver}://app@host/auth?sslmode=require"


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ("sqlite:///auth.db?timeout=3", "sqlite+aiosqlite:///auth.db?timeout=3"),
        ("sqlite+aiosqlite:///auth.db?schema=x", "sqlite+aiosqlite:///auth.db?schema=x"),
        (
            "postgresql+asyncpg://h/d?schema=x&connection_limit=1&pool_timeout=2&socket_timeout=3&ssl=require",
            "postgresql+asyncpg://h/d?ssl=require",
        ),
        ("mysql+aiomysql://h/d?schema=x", "mysql+aiomysql://h/d?schema=x"),
    ],
)
def test_driver_that_is_named_is_used(given: str, chosen: str) -> None:
    assert choose_driver(make_url(given)).render_as_string() == chosen


def test_url_is_read_with_its_driver_and_password() -> None:
    assert read_url("sqlite:///auth.db") == make_url("sqlite+aiosqlite:///auth.db")
    assert read_url(make_url(f"{POSTGRESQL}?schema=x")).render_as_string(hide_password=False) == POSTGRESQL


@pytest.mark.parametrize(
    "url", ["", "p4ss", "nothing://app:p4ss@host/x", "http://[p4ss", "sqlite+pysqlite:///p4ss", f"{POSTGRESQL}:p4ss:1"]
)
def test_url_that_is_none_of_a_database_raises_an_error_without_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^the URL must be that of a database, .* postgresql://user") as caught:
        read_url(url.replace("localhost", "localhost:port"))
    assert "p4ss" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "schema"),
    [
        ("postgresql://h/d?schema=auth", "auth"),
        (make_url("postgresql://h/d?schema=auth"), "auth"),
        ("postgresql://h/d?schema=", None),
        ("postgresql://h/d", None),
        ("postgresql://h/d?schema=one&schema=two", None),
        ("not a URL", None),
        ("postgresql://h:port/d?schema=auth", None),
        (None, None),
        (17, None),
    ],
)
def test_schema_of_a_prisma_url_is_found(url: object, schema: str | None) -> None:
    assert find_prisma_schema(url) == schema


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite+aiosqlite:///auth.db", Path("auth.db")),
        ("sqlite:////srv/auth.db", Path("/srv/auth.db")),
        ("sqlite+aiosqlite://", None),
        ("sqlite+aiosqlite:///:memory:", None),
        ("sqlite+aiosqlite:///file:auth.db?uri=true", None),
        ("postgresql+psycopg://h/auth.db", None),
    ],
)
def test_file_is_that_of_a_sqlite_url(url: str, file: Path | None) -> None:
    assert find_file(make_url(url)) == file


# --- Engines of a URL ---


@pytest.mark.parametrize(("url", "is_postgresql"), [(POSTGRESQL, True), (MEMORY, False)])
def test_engine_waits_for_one_of_ten_connections_and_hides_parameters(url: str, *, is_postgresql: bool) -> None:
    engine = create_engine(make_url(url), 3.5)
    pool: Any = engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    assert (pool.size(), pool._max_overflow, pool._timeout) == (10, 0, 3.5)
    assert engine.sync_engine.hide_parameters
    assert engine.url == make_url(url)
    isolation_level = engine.dialect._on_connect_isolation_level
    assert isolation_level == ("AUTOCOMMIT" if is_postgresql else None)


def test_engine_of_sqlite_waits_shorter_for_a_lock_than_the_time_limit(url: str) -> None:
    async def run() -> int:
        engine = create_engine(read_url(url), 2.5)
        async with engine.connect() as connection:
            waits: int = await connection.scalar(text("PRAGMA busy_timeout"))
        await engine.dispose()
        return waits

    assert asyncio.run(run()) == 2000


def test_each_event_loop_has_an_engine_until_it_is_closed(url: str) -> None:
    source = open_source(url, 1)

    async def run() -> AsyncEngine:
        engine = source.connect()
        assert source.connect() is engine
        async with engine.connect():
            pass
        assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]
        pool = engine.pool
        await source.close()
        assert engine.pool is not pool, "it is disposed of"
        await source.close()
        assert source.connect() is not engine
        return source.connect()

    assert asyncio.run(run()) is not asyncio.run(run())


def test_engine_of_a_source_has_its_url_and_time_limit(url: str) -> None:
    async def run() -> tuple[Any, Any]:
        engine = OwnEngines(read_url(url), 4.5).connect()
        return engine.url, engine.pool._timeout  # type: ignore[attr-defined]

    assert asyncio.run(run()) == (read_url(url), 4.5)


def test_child_of_fork_begins_without_engines_and_leaves_those_of_its_parent(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        source = OwnEngines(read_url(url), 1)
        engine = source.connect()
        with monkeypatch.context() as patch:
            become_child(patch)
            assert source.connect() is not engine
            assert source.connect() is source.connect()
            pool = engine.pool
            await source.close()
            assert engine.pool is pool
        assert source.connect() is engine

    asyncio.run(run())


def test_file_must_exist_whenever_an_engine_is_used(tmp_path: Path) -> None:
    async def run() -> None:
        source = OwnEngines(read_url(f"sqlite:///{tmp_path}/auth.db"), 1)
        with pytest.raises(StoreUnavailableError, match=r"^the SQLite file of the URL must exist"):
            source.connect()
        (tmp_path / "auth.db").touch()
        assert isinstance(source.connect(), AsyncEngine)
        (tmp_path / "auth.db").unlink()
        with pytest.raises(StoreUnavailableError):
            source.connect()
        assert isinstance(OwnEngines(make_url(MEMORY), 1).connect(), AsyncEngine)

    asyncio.run(run())


@pytest.mark.parametrize(("url", "is_cancellable"), [(POSTGRESQL, True), (MEMORY, False)])
def test_query_on_sqlite_may_not_be_cancelled(url: str, *, is_cancellable: bool) -> None:
    assert open_source(url, 1).is_cancellable is is_cancellable
    assert open_source(create_async_engine(url), 1).is_cancellable is is_cancellable


def test_source_is_that_of_the_argument() -> None:
    assert isinstance(open_source(create_async_engine(MEMORY), 1), GivenEngine)
    assert isinstance(open_source(MEMORY, 1), OwnEngines)
    assert isinstance(open_source(make_url(MEMORY), 1), OwnEngines)
    wrong: Any = create_async_engine(MEMORY).sync_engine
    with pytest.raises(TypeError, match=r"^the engine must be an AsyncEngine"):
        open_source(wrong, 1)
    with pytest.raises(ValueError, match=r"^the URL must not have Prisma's option pgbouncer: pass an engine") as caught:
        open_source(f"{POSTGRESQL}?pgbouncer=true", 1)
    example = 'create_async_engine("postgresql+psycopg://…", connect_args={"prepare_threshold": None})'
    assert str(caught.value).endswith(f" such as {example}")


# --- Engines of the application ---


@pytest.mark.parametrize(("url", "level"), [(POSTGRESQL, "AUTOCOMMIT"), (MEMORY, None)])
def test_given_engine_hides_parameters_in_a_copy_with_the_same_pool(url: str, level: str | None) -> None:
    engine = create_async_engine(url, execution_options={"mine": 1})
    hidden = hide_parameters(engine)
    assert hidden.pool is engine.pool
    assert (hidden.sync_engine.hide_parameters, engine.sync_engine.hide_parameters) == (True, False)
    options = hidden.sync_engine.get_execution_options()
    assert (options.get("isolation_level"), options["mine"]) == (level, 1)
    assert "isolation_level" not in engine.sync_engine.get_execution_options()


def test_given_engine_is_left_to_the_application() -> None:
    async def run() -> None:
        engine = create_async_engine(MEMORY)
        source = open_source(engine, 1)
        pool = engine.pool
        assert source.connect() is source.connect()
        assert source.connect().pool is pool
        assert source.connect().sync_engine.hide_parameters
        await source.close()
        assert engine.pool is pool

    asyncio.run(run())


def test_given_engine_is_listened_to_once() -> None:
    engine = create_async_engine(MEMORY)
    counts = []
    for _ in range(2):
        GivenEngine(engine)
        dispatch: Any = engine.pool.dispatch
        counts.append([len(list(listeners)) for listeners in (dispatch.connect, dispatch.checkout)])
    assert counts[0] == counts[1]
    assert event.contains(engine.sync_engine, "connect", engines.note_process)
    assert event.contains(engine.sync_engine, "checkout", engines.refuse_connection_of_parent)


@pytest.mark.parametrize("is_listened_to_before", [True, False])
def test_child_of_fork_opens_a_connection_and_does_not_close_that_of_its_parent(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, is_listened_to_before: bool
) -> None:
    async def run() -> None:
        engine = create_async_engine(read_url(url), poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0)
        if is_listened_to_before:
            GivenEngine(engine)
        source = GivenEngine(engine)

        async def find_connection() -> Any:
            async with source.connect().connect() as connection:
                await connection.execute(text("SELECT 1"))
                return (await connection.get_raw_connection()).driver_connection

        of_parent = await find_connection()
        assert await find_connection() is of_parent
        kept = len(CONNECTIONS_OF_PARENT)
        become_child(monkeypatch)
        of_child = await find_connection()
        assert of_child is not of_parent
        assert await find_connection() is of_child
        (connection,) = CONNECTIONS_OF_PARENT[kept:]
        assert connection.driver_connection is of_parent  # type: ignore[attr-defined]
        async with of_parent.execute("SELECT 17") as cursor:
            assert await cursor.fetchone() == (17,), "it is still open"
        CONNECTIONS_OF_PARENT.remove(connection)
        await of_parent.close()
        await engine.dispose()

    asyncio.run(run())
    assert caplog.records == []


def test_connection_from_before_the_store_is_used(url: str) -> None:
    async def run() -> None:
        engine = create_async_engine(read_url(url), poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0)
        async with engine.connect() as connection:
            before = (await connection.get_raw_connection()).driver_connection
        async with GivenEngine(engine).connect().connect() as connection:
            assert (await connection.get_raw_connection()).driver_connection is before
        await engine.dispose()

    asyncio.run(run())
