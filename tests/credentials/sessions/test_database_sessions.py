"""`DatabaseSessions`: sessions in SQL tables, with the names and types of each adapter of Better Auth."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
import threading
import traceback
import warnings
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import AsyncAdaptedQueuePool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from fastjose._database.engines import POOL_SIZE
from fastjose.exceptions import ConfigurationWarning, StoreUnavailableError
from fastjose.sessions import DatabaseNames, DatabaseSessions, SessionToken
from support.better_auth.tables import ADAPTERS, MEMBER, SESSION, TOKEN, USER, Tables, to_json
from support.servers.postgresql import run_postgresql_server

if TYPE_CHECKING:
    from pathlib import Path

SESSION_TOKEN = SessionToken(TOKEN, raw=TOKEN)
FOUND = {"session": to_json(SESSION), "user": to_json(USER)}
SHORT_SECONDS = 0.3  # a limit that the test reaches
LONG_SECONDS = 60.0  # a limit that no test reaches, however busy the machine is
UNKNOWN_TOKEN = "A" * 32


@pytest.fixture
def sqlite(tmp_path: Path) -> Tables:
    """Return tables of the built-in adapter with a session, on SQLite."""
    tables = Tables(f"sqlite+aiosqlite:///{tmp_path}/auth.db")
    tables.create("user", USER)
    tables.create("session", SESSION)
    return tables


@pytest.fixture
def tables(async_database_url: str) -> Tables:
    """Return tables of the built-in adapter with a session, on each driver."""
    tables = Tables(async_database_url)
    tables.create("user", USER)
    tables.create("session", SESSION)
    return tables


def open_sessions(engine_or_url: Any, **options: Any) -> DatabaseSessions:
    """Return a store whose time limit no busy machine reaches."""
    return DatabaseSessions(engine_or_url, **{"timeout_seconds": LONG_SECONDS, **options})


def look_up(url: str, token: str = SESSION_TOKEN, **options: Any) -> dict[str, Any] | None:
    """Return what a new store finds."""

    async def run() -> dict[str, Any] | None:
        sessions = open_sessions(url, **options)
        try:
            return await sessions(token)
        finally:
            await sessions.close()

    return asyncio.run(run())


def find_roles(url: str, user_id: str, organization_id: str, **options: Any) -> list[str]:
    """Return the roles that a new store finds."""

    async def run() -> list[str]:
        sessions = open_sessions(url, **options)
        try:
            return await sessions.find_organization_roles(SESSION_TOKEN, user_id, organization_id)
        finally:
            await sessions.close()

    return asyncio.run(run())


def create_small_engine(url: str, **options: Any) -> AsyncEngine:
    """Return an engine with a single connection."""
    return create_async_engine(url, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0, **options)


async def wait_until_no_task_runs() -> None:
    """Return when the caller is the only task; fail if this takes too long."""
    for _ in range(1000):
        if len(asyncio.all_tasks()) == 1:
            return
        await asyncio.sleep(0.01)
    pytest.fail("a task does not end")


def assert_names_no_values(error: BaseException) -> None:
    """Check that neither the error, its chain nor the variables of our functions contain the token."""
    assert error.__cause__ is None
    assert error.__context__ is None
    assert TOKEN not in repr(error)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if "/fastjose/" in frame.f_code.co_filename]
    assert frames
    assert not any(TOKEN in repr(value) for frame in frames for value in frame.f_locals.values())


# --- Names and types ---


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_sessions_tables_of_adapter_are_found_without_names(async_database_url: str, adapter: str) -> None:
    tables = Tables(async_database_url, ADAPTERS[adapter])
    tables.create("user", USER)
    tables.create("session", SESSION)
    digits = ADAPTERS[adapter].date_digits
    expected = {"session": to_json(SESSION, digits), "user": to_json(USER, digits)}
    assert look_up(async_database_url) == expected


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_sessions_given_names_find_same_tables(async_database_url: str, adapter: str) -> None:
    tables = Tables(async_database_url, ADAPTERS[adapter])
    tables.create("user", USER)
    tables.create("session", SESSION)
    names: Any = tables.adapter.style
    found = look_up(async_database_url, names=names, plural_tables=tables.adapter.plural)
    assert found == look_up(async_database_url)


def test_sessions_own_names_are_mapped(tables: Tables) -> None:
    tables.execute('ALTER TABLE "user" RENAME TO people')
    tables.execute('ALTER TABLE people RENAME COLUMN "emailVerified" TO "mail ok"')
    tables.execute('ALTER TABLE "session" RENAME COLUMN "expiresAt" TO "until"')
    names = DatabaseNames(
        tables={"user": "people"}, fields={"user": {"emailVerified": "mail ok"}, "session": {"expiresAt": "until"}}
    )
    assert look_up(tables.url, names=names) == FOUND


def test_sessions_mixed_styles_are_detected_for_each_table(async_database_url: str) -> None:
    Tables(async_database_url, ADAPTERS["plural-camel-case"]).create("user", USER)
    tables = Tables(async_database_url, ADAPTERS["drizzle"])
    tables.create("session", SESSION)
    assert look_up(async_database_url) == FOUND


def test_sessions_app_has_own_users_table_uses_table_named_like_sessions(tables: Tables) -> None:
    Tables(tables.url, ADAPTERS["drizzle-plural"]).create("user", {**USER, "name": "of the application"})
    assert look_up(tables.url) == FOUND


def test_sessions_two_session_tables_raise_error_that_names_both(tables: Tables) -> None:
    Tables(tables.url, ADAPTERS["drizzle-plural"]).create("session", SESSION)
    with pytest.raises(StoreUnavailableError, match=r'"session" and "sessions" both match: pass plural_tables='):
        look_up(tables.url)
    assert look_up(tables.url, plural_tables=False) == FOUND


def test_sessions_tables_missing_raises_error_that_lists_tables(async_database_url: str) -> None:
    Tables(async_database_url).create("organization", {"id": "1"})
    with pytest.raises(StoreUnavailableError, match=r'"session" or "sessions", and .* has "organization": pass names='):
        look_up(async_database_url)


def test_sessions_column_missing_raises_error_that_lists_columns(sqlite: Tables) -> None:
    sqlite.execute('ALTER TABLE session RENAME COLUMN "expiresAt" TO until')
    with pytest.raises(StoreUnavailableError, match=r'expiresAt or .*expires_at, and has "id", "until", "token"'):
        look_up(sqlite.url)


def test_sessions_schema_and_schema_of_prisma_url_are_used(postgresql_url: str) -> None:
    tables = Tables(postgresql_url)
    tables.create("user", USER)
    tables.create("session", SESSION)
    tables.execute('CREATE SCHEMA "Auth"')
    tables.execute('ALTER TABLE "user" SET SCHEMA "Auth"')
    tables.execute('ALTER TABLE "session" SET SCHEMA "Auth"')
    assert look_up(postgresql_url, schema="Auth") == FOUND
    assert look_up(f"{postgresql_url}&schema=Auth&connection_limit=5") == FOUND
    with pytest.raises(StoreUnavailableError, match="the default schema has none"):
        look_up(postgresql_url)


@pytest.mark.parametrize(
    ("id_type", "user_id"), [("uuid", "7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01"), ("integer", "17"), ("bigint", "17")]
)
def test_sessions_ids_of_other_types_become_text(async_database_url: str, id_type: str, user_id: str) -> None:
    tables = Tables(async_database_url, id_type=id_type)
    ids = {"id": user_id, "userId": user_id, "activeOrganizationId": user_id, "organizationId": user_id}
    tables.create("user", {**USER, "id": user_id})
    tables.create("session", {**SESSION, **{name: value for name, value in ids.items() if name in SESSION}})
    tables.create("member", {**MEMBER, **{name: value for name, value in ids.items() if name in MEMBER}})
    found = look_up(async_database_url)
    assert found is not None
    assert (found["user"]["id"], found["session"]["userId"], found["session"]["id"]) == (user_id,) * 3
    assert found["session"]["activeOrganizationId"] == user_id
    assert find_roles(async_database_url, user_id, user_id) == ["admin", "billing"]
    assert find_roles(async_database_url, user_id, "1_7") == []
    assert find_roles(async_database_url, user_id, "9" * 30) == []


def test_sessions_user_id_is_text_beside_uuids_is_joined(postgresql_url: str) -> None:
    user_id = "7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01"
    Tables(postgresql_url, id_type="uuid").create("user", {**USER, "id": user_id})
    tables = Tables(postgresql_url)
    tables.create("session", {**SESSION, "userId": user_id})
    tables.insert("session", {**SESSION, "token": UNKNOWN_TOKEN, "userId": "not a UUID"})
    found = look_up(postgresql_url)
    assert found is not None
    assert found["user"]["id"] == user_id
    assert look_up(postgresql_url, UNKNOWN_TOKEN) is None


def test_sessions_json_column_is_parsed_on_each_driver(tables: Tables) -> None:
    tables.execute(f'ALTER TABLE "user" ADD COLUMN preferences {"json" if tables.is_sqlite else "jsonb"}')
    tables.execute("""UPDATE "user" SET preferences = '{"theme": ["dark"]}'""")
    found = look_up(tables.url)
    assert found is not None
    assert found["user"]["preferences"] == {"theme": ["dark"]}


def test_sessions_user_columns_limits_what_is_read(tables: Tables) -> None:
    found = look_up(tables.url, user_columns=["email", "id"])
    assert found is not None
    validated = {"banned": False, "banExpires": None, "isAnonymous": False}
    assert found["user"] == {"id": "user-1", **validated, "email": "ada@example.com"}


def test_sessions_user_columns_names_missing_column_raises_error(sqlite: Tables) -> None:
    with pytest.raises(StoreUnavailableError, match="'phone': change user_columns"):
        look_up(sqlite.url, user_columns=["phone"])


@pytest.mark.parametrize(
    ("column", "value"),
    [("expiresAt", "tomorrow"), ("expiresAt", 10**18), ("expiresAt", "nan"), ("expiresAt", None), ("createdAt", "x")],
)
def test_sessions_date_is_unreadable_raises_error_without_value(sqlite: Tables, column: str, value: object) -> None:
    sqlite.execute(f'UPDATE session SET "{column}" = ?', value)  # noqa: S608 - ours
    with pytest.raises(StoreUnavailableError, match=column) as caught:
        look_up(sqlite.url)
    assert_names_no_values(caught.value)
    assert "tomorrow" not in str(caught.value)


@pytest.mark.parametrize(("value", "expected"), [(1, True), (0, False), ("false", False), ("true", True), (None, None)])
def test_sessions_boolean_of_sqlite_is_boolean(sqlite: Tables, value: object, expected: object) -> None:
    sqlite.execute("UPDATE user SET banned = ?", value)
    found = look_up(sqlite.url)
    assert found is not None
    assert found["user"]["banned"] is expected


def test_sessions_boolean_is_unreadable_raises_error(sqlite: Tables) -> None:
    sqlite.execute("UPDATE user SET banned = 'perhaps'")
    with pytest.raises(StoreUnavailableError, match="\"user\" must have a date or a boolean as 'banned'"):
        look_up(sqlite.url)


# --- Tokens ---


def test_sessions_unknown_token_returns_none(tables: Tables) -> None:
    assert look_up(tables.url, UNKNOWN_TOKEN) is None
    assert look_up(tables.url, TOKEN.lower()) is None


def test_sessions_column_ignores_case_token_does_not(sqlite: Tables) -> None:
    sqlite.execute("DROP TABLE session")
    columns = ", ".join(f'"{field}" text COLLATE NOCASE' for field in SESSION)
    sqlite.execute(f"CREATE TABLE session ({columns})")
    sqlite.insert("session", SESSION)
    assert look_up(sqlite.url) == FOUND
    assert look_up(sqlite.url, TOKEN.swapcase()) is None


def test_sessions_user_does_not_exist_returns_none(tables: Tables) -> None:
    tables.execute('DELETE FROM "user"')
    assert look_up(tables.url) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        '\'; DROP TABLE "session"; --',
        "' OR '1'='1",
        f"{TOKEN}\0",
        f"{TOKEN}\n",
        "\ud800",
        "é" * 32,
        "%",
        "A" * 1_000_000,
    ],
)
def test_sessions_hostile_token_returns_none(tables: Tables, token: str) -> None:
    assert look_up(tables.url, token) is None
    assert look_up(tables.url) == FOUND


# --- Failures ---


def test_sessions_sqlite_is_locked_raises_error_until_unlocked(sqlite: Tables) -> None:
    threads = threading.active_count()

    async def run() -> None:
        sessions = DatabaseSessions(sqlite.url, timeout_seconds=SHORT_SECONDS)
        with closing(sqlite3.connect(sqlite.url.split("///")[1], isolation_level=None)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreUnavailableError, match="database must answer") as caught:
                await sessions(SESSION_TOKEN)
            holder.execute("ROLLBACK")
        assert_names_no_values(caught.value)
        await sessions.close()
        # A query that was given up ends in a thread without an event, and needs this loop.
        while threading.active_count() > threads:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)

    asyncio.run(run())
    assert look_up(sqlite.url) == FOUND


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_sessions_table_is_locked_raises_error_until_unlocked(postgresql_url: str, driver: str) -> None:
    tables = Tables(postgresql_url.replace("postgresql://test@/", f"postgresql+{driver}://test@localhost/"))
    tables.create("user", USER)
    tables.create("session", SESSION)

    async def run() -> None:
        engine = create_async_engine(tables.url)
        sessions = open_sessions(engine)
        impatient = DatabaseSessions(engine, timeout_seconds=SHORT_SECONDS)
        assert await sessions(SESSION_TOKEN) == FOUND
        with tables.connect() as holder:
            holder.execute('LOCK TABLE "session" IN ACCESS EXCLUSIVE MODE')
            with pytest.raises(StoreUnavailableError, match=r"within 0\.3 seconds") as caught:
                await impatient(SESSION_TOKEN)
            assert_names_no_values(caught.value)
        assert await sessions(SESSION_TOKEN) == FOUND
        await engine.dispose()

    asyncio.run(run())


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_sessions_server_stops_raises_error_until_it_runs_again(driver: str) -> None:
    with run_postgresql_server() as server:
        tables = Tables(server.url.replace("postgresql://test@/", f"postgresql+{driver}://test@localhost/"))
        tables.create("user", USER)
        tables.create("session", SESSION)

        async def run() -> None:
            sessions = open_sessions(tables.url)
            assert await sessions(SESSION_TOKEN) == FOUND
            server.stop()
            for _ in range(3):
                with pytest.raises(StoreUnavailableError) as caught:
                    await sessions(SESSION_TOKEN)
                assert_names_no_values(caught.value)
            server.start()
            assert await sessions(SESSION_TOKEN) == FOUND
            server.stop()  # and started again before the next look-up, which finds its connection closed
            server.start()
            assert await sessions(SESSION_TOKEN) == FOUND
            await sessions.close()

        asyncio.run(run())


def test_sessions_wrong_database_or_port_raises_error_without_url(postgresql_url: str) -> None:
    for url in (
        postgresql_url.replace("/postgres?", "/missing-database?"),
        "postgresql+asyncpg://app:p4ssword@127.0.0.1:1/auth",
        "postgresql+psycopg://app:p4ssword@127.0.0.1:1/auth",
    ):
        with pytest.raises(StoreUnavailableError, match="database must answer") as caught:
            look_up(url)
        assert_names_no_values(caught.value)
        assert "p4ssword" not in str(caught.value)


def test_sessions_sqlite_file_is_missing_raises_error_and_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="SQLite file of the URL must exist"):
        look_up(f"sqlite:///{tmp_path}/auth.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
@pytest.mark.parametrize("own_engine", [True, False])
def test_sessions_type_changes_after_all_connections_prepared_statement_is_found(
    postgresql_url: str, driver: str, *, own_engine: bool
) -> None:
    tables = Tables(postgresql_url.replace("postgresql://test@/", f"postgresql+{driver}://test@localhost/"))
    tables.create("user", USER)
    tables.create("session", SESSION)

    async def run() -> list[dict[str, Any] | None]:
        engine = create_async_engine(tables.url, pool_size=POOL_SIZE)
        sessions = open_sessions(tables.url if own_engine else engine)
        for _ in range(8):  # psycopg prepares a statement after five executions on a connection
            await asyncio.gather(*[sessions(SESSION_TOKEN) for _ in range(2 * POOL_SIZE)])
        tables.execute("""ALTER TABLE "user" ALTER "createdAt" TYPE timestamp USING "createdAt" AT TIME ZONE 'UTC'""")
        try:
            return [await sessions(SESSION_TOKEN) for _ in range(2 * POOL_SIZE)]
        finally:
            await sessions.close()
            await engine.dispose()

    assert asyncio.run(run()) == [FOUND] * (2 * POOL_SIZE)


def test_sessions_column_is_renamed_while_running_is_found_again(tables: Tables) -> None:
    async def run() -> None:
        sessions = open_sessions(tables.url)
        assert await sessions(SESSION_TOKEN) == FOUND
        tables.execute('ALTER TABLE "session" RENAME COLUMN "userAgent" TO "agent"')
        found = await sessions(SESSION_TOKEN)
        assert found is not None
        assert found["session"]["agent"] == "pytest"
        tables.execute('DROP TABLE "session"')
        with pytest.raises(StoreUnavailableError, match="must have Better Auth's table"):
            await sessions(SESSION_TOKEN)
        tables.create("session", SESSION)
        assert await sessions(SESSION_TOKEN) == FOUND
        await sessions.close()

    asyncio.run(run())


def test_sessions_pool_is_exhausted_raises_error(tables: Tables) -> None:
    async def run() -> None:
        engine = create_small_engine(tables.url, pool_timeout=SHORT_SECONDS)
        sessions = DatabaseSessions(engine, timeout_seconds=30)
        impatient = DatabaseSessions(engine, timeout_seconds=SHORT_SECONDS / 2)
        async with engine.connect():
            with pytest.raises(StoreUnavailableError, match="use a larger pool_size") as caught:
                await sessions(SESSION_TOKEN)
            assert_names_no_values(caught.value)
            with pytest.raises(StoreUnavailableError, match="must answer within") as caught:
                await impatient(SESSION_TOKEN)
            assert_names_no_values(caught.value)
        assert await sessions(SESSION_TOKEN) == FOUND
        await engine.dispose()

    asyncio.run(run())


def test_sessions_caller_is_cancelled_passes_cancellation_on(tables: Tables) -> None:
    async def run() -> None:
        engine = create_small_engine(tables.url)
        sessions = open_sessions(engine)
        async with engine.connect():
            waiting = asyncio.create_task(sessions(SESSION_TOKEN))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await wait_until_no_task_runs()  # although the connection is still in use
        assert await sessions(SESSION_TOKEN) == FOUND
        await engine.dispose()

    asyncio.run(run())


def test_sessions_logs_contain_no_token(tables: Tables, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        engine = create_async_engine(tables.url, echo="debug")
        sessions = open_sessions(engine, user_columns=["email"])
        assert await sessions(SESSION_TOKEN) is not None
        assert await sessions(UNKNOWN_TOKEN) is None
        tables.execute('DROP TABLE "session"')
        with pytest.raises(StoreUnavailableError):
            await sessions(SESSION_TOKEN)
        await engine.dispose()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(run())
    logged = [record.getMessage() for record in caplog.records]
    assert any("SELECT" in message for message in logged)
    assert any("Row (" in message for message in logged)
    assert not any(UNKNOWN_TOKEN in message or TOKEN in message for message in logged)


# --- Engines ---


def test_sessions_given_engine_is_not_disposed(tables: Tables) -> None:
    async def run() -> None:
        engine = create_async_engine(tables.url)
        sessions = open_sessions(engine)
        assert await sessions(SESSION_TOKEN) == FOUND
        pool = engine.pool
        await sessions.close()
        assert engine.pool is pool
        assert await sessions(SESSION_TOKEN) == FOUND
        async with engine.begin() as connection:  # the engine of the application still has transactions
            await connection.execute(text('DELETE FROM "session"'))
            await connection.rollback()
        assert await sessions(SESSION_TOKEN) == FOUND
        await engine.dispose()

    asyncio.run(run())


def test_sessions_url_is_used_in_each_event_loop_and_after_close(tables: Tables) -> None:
    sessions = open_sessions(tables.url)

    async def run() -> None:
        assert await sessions(SESSION_TOKEN) == FOUND
        await sessions.close()
        assert await asyncio.gather(*(sessions(SESSION_TOKEN) for _ in range(20))) == [FOUND] * 20
        await sessions.close()
        await sessions.close()

    asyncio.run(run())
    asyncio.run(run())


def test_sessions_many_look_ups_at_once_share_ten_connections(tables: Tables) -> None:
    async def run() -> None:
        sessions = DatabaseSessions(tables.url, timeout_seconds=60)
        assert await asyncio.gather(*(sessions(SESSION_TOKEN) for _ in range(100))) == [FOUND] * 100
        pool: Any = sessions._reader._source.connect().pool
        assert 1 < pool.checkedin() <= 10
        assert pool.checkedout() == 0
        await sessions.close()

    asyncio.run(run())


FORKING_PROGRAM = """
import asyncio, os, sys
from fastjose.sessions import DatabaseSessions
sessions = DatabaseSessions(sys.argv[1])
async def look_up():
    return (await sessions(sys.argv[2]))["user"]["name"]
async def main():
    print(await look_up(), flush=True)
    child = os.fork()
    if child == 0:
        import threading
        def run():
            print(asyncio.run(look_up()), flush=True)
            os._exit(0)
        asyncio.events._set_running_loop(None)
        run()
    assert os.waitpid(child, 0)[1] == 0
    print(await look_up(), flush=True)
    await sessions.close()
asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires fork")
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_sessions_forked_process_has_connections_of_its_own(postgresql_url: str, driver: str) -> None:
    tables = Tables(postgresql_url.replace("postgresql://test@/", f"postgresql+{driver}://test@localhost/"))
    tables.create("user", USER)
    tables.create("session", SESSION)
    command = [sys.executable, "-c", FORKING_PROGRAM, tables.url, TOKEN]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout  # noqa: S603 - ours
    assert printed.split() == ["Ada", "Ada", "Ada"]


GIVEN_ENGINE_PROGRAM = """
import asyncio, os, sys
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from fastjose.sessions import DatabaseSessions
engine = create_async_engine(sys.argv[1], pool_size=1, max_overflow=0)
sessions = DatabaseSessions(engine, timeout_seconds=60)
DatabaseSessions(engine)
async def look_up():
    name = (await sessions(sys.argv[2]))["user"]["name"]
    async with engine.connect() as connection:
        print(name, await connection.scalar(text("SELECT pg_backend_pid()")), flush=True)
async def main():
    await look_up()
    child = os.fork()
    if child == 0:
        asyncio.run(look_up())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    await look_up()
    await engine.dispose()
asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires fork")
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_sessions_forked_process_with_given_engine_leaves_connection_to_parent(
    postgresql_url: str, driver: str
) -> None:
    tables = Tables(postgresql_url.replace("postgresql://test@/", f"postgresql+{driver}://test@localhost/"))
    tables.create("user", USER)
    tables.create("session", SESSION)
    command = [sys.executable, "-c", GIVEN_ENGINE_PROGRAM, tables.url, TOKEN]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout  # noqa: S603 - ours
    before, in_child, after = printed.splitlines()
    assert before == after
    assert in_child.startswith("Ada ")
    assert in_child != before


# --- Organizations ---


def test_find_organization_roles_splits_comma_list(tables: Tables) -> None:
    tables.create("member", MEMBER)
    assert find_roles(tables.url, "user-1", "organization-1") == ["admin", "billing"]


@pytest.mark.parametrize(
    ("user_id", "organization_id"),
    [("user-2", "organization-1"), ("user-1", "organization-2"), ("", "organization-1"), ("user-1", "\0")],
)
def test_find_organization_roles_no_member_returns_empty_list(
    tables: Tables, user_id: str, organization_id: str
) -> None:
    tables.create("member", MEMBER)
    assert find_roles(tables.url, user_id, organization_id) == []


def test_find_organization_roles_table_is_missing_raises_error(sqlite: Tables) -> None:
    with pytest.raises(StoreUnavailableError, match='"member" or "members"'):
        find_roles(sqlite.url, "user-1", "organization-1")


# --- Warnings ---


def look_up_unknown_tokens(url: str, count: int, *, first: str = UNKNOWN_TOKEN) -> list[str]:
    """Return the texts of the warnings while `count` unknown tokens are looked up."""

    async def run() -> None:
        sessions = open_sessions(url)
        await sessions(first)
        for _ in range(count):
            await sessions(UNKNOWN_TOKEN)
        await sessions.close()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(run())
    return [str(each.message) for each in caught if each.category is ConfigurationWarning]


def test_sessions_table_is_empty_warns_once(tables: Tables) -> None:
    tables.execute('DELETE FROM "session"')
    (warning,) = look_up_unknown_tokens(tables.url, 150)
    assert "the session table is empty" in warning
    assert "SecondaryStorageSessions" in warning


def test_sessions_all_tokens_are_unknown_warns_once(sqlite: Tables) -> None:
    assert look_up_unknown_tokens(sqlite.url, 98) == []
    (warning,) = look_up_unknown_tokens(sqlite.url, 150)
    assert "none of the first 100 tokens" in warning


def test_sessions_one_token_is_known_does_not_warn(sqlite: Tables) -> None:
    assert look_up_unknown_tokens(sqlite.url, 150, first=TOKEN) == []


# --- Arguments ---


@pytest.mark.parametrize(
    "url",
    ["not a URL", "", "file:./dev.db", "nothing://app:p4ssword@host/x", "http://[p4ss"],
)
def test_sessions_url_is_not_of_database_raises_value_error_without_it(url: str) -> None:
    with pytest.raises(ValueError, match="the URL must be that of a database") as caught:
        DatabaseSessions(url)
    assert "p4ss" not in str(caught.value)
    assert caught.value.__context__ is None


def test_sessions_driver_is_synchronous_raises_value_error() -> None:
    with pytest.raises(ValueError, match="with an asynchronous driver"):
        DatabaseSessions("sqlite+pysqlite:///auth.db")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"engine_or_url": object()}, TypeError, "the engine must be an AsyncEngine"),
        ({"engine_or_url": "postgresql+psycopg://h/d?pgbouncer=true"}, ValueError, "prepare_threshold"),
        ({"timeout_seconds": 0}, ValueError, "timeout_seconds must be a positive number"),
        ({"timeout_seconds": float("nan")}, ValueError, "timeout_seconds must be a positive number"),
        ({"names": "PascalCase"}, ValueError, "columns must be one of 'camelCase', 'snake_case'"),
        ({"names": {"user": "people"}}, TypeError, "DatabaseNames or None"),
        ({"user_columns": "email"}, TypeError, r'^user_columns must be a list of names, such as \["email"\]$'),
    ],
)
def test_sessions_wrong_argument_raises_error(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        DatabaseSessions(**{"engine_or_url": "sqlite:///auth.db", **arguments})


@pytest.mark.parametrize(
    "arguments", [{"tables": {"account": "x"}}, {"fields": {"users": {}}}, {"tables": {"user": ""}}]
)
def test_database_names_wrong_argument_raises_value_error(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        DatabaseNames(**arguments)


def test_sessions_without_sqlalchemy_raises_import_error_that_names_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r'pip install "fastjose\[database\]"'):
        DatabaseSessions("sqlite:///auth.db")


def test_sessions_import_does_not_import_sqlalchemy() -> None:
    code = "import sys, fastjose.sessions, fastjose.api_keys; print('sqlalchemy' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert printed == "False\n"


def test_sessions_without_asyncio_raises_runtime_error() -> None:
    coroutine = DatabaseSessions("sqlite:///auth.db")(SESSION_TOKEN)
    with pytest.raises(RuntimeError, match="must be read on asyncio"):
        coroutine.send(None)


def test_sessions_repr_contains_no_url() -> None:
    assert "p4ss" not in repr(DatabaseSessions("postgresql+asyncpg://app:p4ss@host/auth"))
