"""`DatabaseReader`: the time limit of a query, when it runs once more, and what its errors tell."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import AsyncAdaptedQueuePool, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import create_async_engine

from fastjose._database.reader import (
    DatabaseReader,
    PreparedQuery,
    has_table_changed,
    is_broken,
    is_connection_lost,
    is_initialized,
    replace_failure,
    stop_preparing,
)
from fastjose.exceptions import StoreUnavailableError
from support.processes.child_process import STOP_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    Query = Callable[[AsyncConnection], Awaitable[Any]]

LONG_SECONDS = 60.0  # a limit that no test reaches
SHORT_SECONDS = 0.02  # a limit that the test reaches


def fail(kind: type[DBAPIError] = OperationalError, message: str = "a-secret", *, is_lost: bool = False) -> DBAPIError:
    """Return an error of the database."""
    return kind("SELECT ?", {"token": "a-secret"}, Exception(message), connection_invalidated=is_lost)


@asynccontextmanager
async def open_reader(
    folder: Path, timeout_seconds: float = LONG_SECONDS, *, is_warm: bool = True
) -> AsyncIterator[DatabaseReader]:
    """Yield a reader of an empty file with a single connection, whose engine is initialized if `is_warm`."""
    url = f"sqlite+aiosqlite:///{folder}/auth.db"
    engine = create_async_engine(url, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0)
    if is_warm:
        async with engine.connect():
            pass
    try:
        yield DatabaseReader(engine, timeout_seconds)
    finally:
        await engine.dispose()


async def find_driver_connection(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


def finish(running: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of a coroutine, which fails rather than wait for ever."""
    return asyncio.run(asyncio.wait_for(running, STOP_SECONDS))


class Attempts:
    """A query that raises some errors first, and notes its connections and what happens between its attempts."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.seen: list[Any] = []

    async def __call__(self, connection: AsyncConnection) -> int:
        self.seen.append(await find_driver_connection(connection))
        if self.errors:
            raise self.errors.pop(0)
        found: int = await connection.scalar(text("SELECT 17"))
        return found

    def note_retry(self) -> None:
        self.seen.append("retry")


async def refuse(reader: DatabaseReader, query: Query, before_retry: Callable[[], None] = lambda: None) -> str:
    """Return the text of the error with which a query ends, which tells nothing secret."""
    with pytest.raises(StoreUnavailableError) as caught:
        await reader.read(query, before_retry=before_retry)
    assert "a-secret" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return str(caught.value)


# --- The time limit ---


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_time_limit_must_be_positive(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"^timeout_seconds must be a positive number"):
        DatabaseReader("sqlite://", seconds)


def test_engines_of_a_url_have_the_time_limit() -> None:
    async def run() -> float:
        reader = DatabaseReader("sqlite://", 3.5)
        seconds: float = reader._source.connect().pool._timeout  # type: ignore[attr-defined]
        return seconds

    assert finish(run()) == 3.5
    assert DatabaseReader("sqlite://", 1e-9)


def test_result_of_the_query_is_returned(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_reader(tmp_path) as reader:
            attempts = Attempts()
            assert await reader.read(attempts, before_retry=attempts.note_retry) == 17
            assert len(attempts.seen) == 1
            assert not reader._running

    finish(run())


@pytest.mark.parametrize("is_cancellable", [True, False])
def test_query_that_reaches_the_time_limit_is_cancelled_unless_its_cursor_would_stay(
    tmp_path: Path, *, is_cancellable: bool
) -> None:
    async def run() -> None:
        ended, may_end = [], asyncio.Event()

        async def wait(_: AsyncConnection) -> None:
            try:
                await may_end.wait()
                ended.append("by itself")
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        async with open_reader(tmp_path, SHORT_SECONDS) as reader:
            reader._source.is_cancellable = is_cancellable
            message = await refuse(reader, wait)
            assert message == "the database must answer within 0.02 seconds: check its locks, and its load"
            (task,) = reader._running
            assert reader._uncancellable == (set() if is_cancellable else {task})
            may_end.set()
            await asyncio.wait({task})
            assert ended == ["cancelled" if is_cancellable else "by itself"]
            await asyncio.sleep(0)
            assert (reader._running, reader._uncancellable) == (set(), set())

    finish(run())


@pytest.mark.parametrize("is_warm", [True, False])
def test_query_that_waits_for_a_connection_is_cancelled_unless_it_is_the_first(
    tmp_path: Path, *, is_warm: bool
) -> None:
    async def run() -> None:
        async with open_reader(tmp_path, SHORT_SECONDS, is_warm=is_warm) as reader:
            engine = reader._source.connect()
            assert is_initialized(engine) is is_warm
            may_end, held = asyncio.Event(), asyncio.Event()
            connect = engine.sync_engine.pool.connect

            async def hold() -> None:
                async with engine.connect():
                    held.set()
                    await may_end.wait()

            if is_warm:
                holder = asyncio.create_task(hold())
                await held.wait()
                await refuse(reader, Attempts())
                (task,) = reader._running
                assert not reader._uncancellable
                await asyncio.wait({task})
                assert task.cancelled()
                may_end.set()
                await holder
            else:
                waiting = asyncio.create_task(reader.read(Attempts(), before_retry=lambda: None))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert len(reader._uncancellable) == 1
                waiting.cancel()
                (task,) = reader._running
                await asyncio.wait({task, waiting})
                assert task.result() == 17
            assert engine.sync_engine.pool.connect == connect

    finish(run())


def test_caller_that_is_cancelled_cancels_its_query(tmp_path: Path) -> None:
    async def run() -> None:
        started = asyncio.Event()

        async def wait(_: AsyncConnection) -> None:
            started.set()
            await asyncio.Event().wait()

        async with open_reader(tmp_path) as reader:
            reader._source.is_cancellable = True
            waiting = asyncio.create_task(reader.read(wait, before_retry=lambda: None))
            await started.wait()
            (task,) = reader._running
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await asyncio.wait({task})
            assert task.cancelled()

    finish(run())


def test_failure_of_a_query_that_was_given_up_is_not_logged(tmp_path: Path) -> None:
    async def run() -> list[dict[str, Any]]:
        logged: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: logged.append(context))
        may_end = asyncio.Event()

        async def fail_late(_: AsyncConnection) -> None:
            await may_end.wait()
            raise ArgumentError("a-secret")

        async with open_reader(tmp_path, SHORT_SECONDS) as reader:
            await refuse(reader, fail_late)
            may_end.set()
            await asyncio.wait(set(reader._running))
            await asyncio.sleep(0)
            gc.collect()
        return logged

    assert finish(run()) == []


def test_close_awaits_the_queries_that_were_given_up(tmp_path: Path) -> None:
    async def run() -> None:
        may_end, ended = asyncio.Event(), []

        async def wait(_: AsyncConnection) -> None:
            await may_end.wait()
            ended.append("by itself")

        async with open_reader(tmp_path, SHORT_SECONDS) as reader:
            await refuse(reader, wait)
            reader._timeout_seconds = LONG_SECONDS
            closing = asyncio.create_task(reader.close())
            await asyncio.sleep(0)
            assert not closing.done()
            may_end.set()
            await closing
            assert ended == ["by itself"]
            await reader.close()

    finish(run())


def test_close_awaits_a_query_no_longer_than_the_time_limit_and_closes_the_engine(tmp_path: Path) -> None:
    (tmp_path / "auth.db").touch()

    async def run() -> None:
        may_end = asyncio.Event()
        reader = DatabaseReader(f"sqlite:///{tmp_path}/auth.db", LONG_SECONDS)
        await reader.read(Attempts(), before_retry=lambda: None)
        reader._timeout_seconds = SHORT_SECONDS

        held: list[Any] = []

        async def wait(connection: AsyncConnection) -> None:
            held.append(await find_driver_connection(connection))
            await may_end.wait()

        await refuse(reader, wait)
        engine = reader._source.connect()
        (task,) = reader._uncancellable
        await reader.close()
        assert not task.done()
        assert reader._source.connect() is not engine
        may_end.set()
        await asyncio.wait({task})
        await held[0].close()  # its pool is gone

    finish(run())


def test_close_awaits_no_query_of_another_event_loop(tmp_path: Path) -> None:
    (tmp_path / "auth.db").touch()
    reader = DatabaseReader(f"sqlite:///{tmp_path}/auth.db", LONG_SECONDS)
    other = asyncio.new_event_loop()
    task: Any = other.create_task(asyncio.sleep(0))
    reader._uncancellable.add(task)
    finish(reader.close())
    other.run_until_complete(task)
    other.close()


def test_reader_outside_asyncio_raises_an_error() -> None:
    reading = DatabaseReader("sqlite://", 1).read(Attempts(), before_retry=lambda: None)
    with pytest.raises(RuntimeError, match=r"^the database must be read on asyncio: SQLAlchemy does not run on trio$"):
        reading.send(None)


# --- The second attempt ---


def test_query_runs_once_more_on_another_connection_if_its_own_was_lost(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_reader(tmp_path) as reader:
            for kind, is_lost in ((DatabaseError, False), (OperationalError, True), (ProgrammingError, True)):
                attempts = Attempts(fail(kind, is_lost=is_lost))
                assert await reader.read(attempts, before_retry=attempts.note_retry) == 17
                first, second = attempts.seen
                assert (first is second) is (kind is not DatabaseError), "a broken connection is closed"

    finish(run())


@pytest.mark.parametrize("kind", [ProgrammingError, NotSupportedError, OperationalError])
def test_query_runs_once_more_on_its_connection_if_a_table_has_changed(tmp_path: Path, kind: type[DBAPIError]) -> None:
    async def run() -> None:
        async with open_reader(tmp_path) as reader:
            attempts = Attempts(fail(kind, "no such column: a-secret"))
            assert await reader.read(attempts, before_retry=attempts.note_retry) == 17
            first, between, second = attempts.seen
            assert (first is second, between) == (True, "retry")

    finish(run())


def test_query_whose_connection_was_lost_runs_once_more_if_a_table_has_changed(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_reader(tmp_path) as reader:
            attempts = Attempts(fail(DatabaseError), fail(ProgrammingError))
            assert await reader.read(attempts, before_retry=attempts.note_retry) == 17
            first, second, between, third = attempts.seen
            assert (first is not second, between, second is third) == (True, "retry", True)

    finish(run())


def test_transaction_is_rolled_back_before_the_second_attempt(tmp_path: Path) -> None:
    async def run() -> None:
        states = []

        async def query(connection: AsyncConnection) -> None:
            states.append(connection.in_transaction())
            await connection.execute(text("SELECT 1"))
            if len(states) == 1:
                raise fail(ProgrammingError)

        async with open_reader(tmp_path) as reader:
            await reader.read(query, before_retry=lambda: None)
        assert states == [False, False]

    finish(run())


@pytest.mark.parametrize(
    "kinds",
    [
        [IntegrityError],
        [OperationalError],
        [InternalError],
        [ProgrammingError, ProgrammingError],
        [DatabaseError, DatabaseError],
        [DatabaseError, OperationalError],
        [ProgrammingError, OperationalError],
    ],
)
def test_query_that_fails_again_or_otherwise_is_unavailable(tmp_path: Path, kinds: list[type[DBAPIError]]) -> None:
    async def run() -> None:
        async with open_reader(tmp_path) as reader:
            attempts = Attempts(*(fail(kind) for kind in kinds))
            message = await refuse(reader, attempts, attempts.note_retry)
            assert f"({kinds[-1].__name__})" in message
            assert len([each for each in attempts.seen if each != "retry"]) == len(kinds)
            assert await reader.read(Attempts(), before_retry=lambda: None) == 17

    finish(run())


def test_error_of_the_store_itself_is_raised_as_it_is(tmp_path: Path) -> None:
    async def run() -> None:
        error = StoreUnavailableError("the table must exist")
        async with open_reader(tmp_path) as reader:
            assert await refuse(reader, Attempts(error)) == "the table must exist"
            assert "(ZeroDivisionError)" in await refuse(reader, Attempts(ZeroDivisionError("a-secret")))

    finish(run())


def test_prepared_query_is_prepared_once_and_again_if_a_table_has_changed(tmp_path: Path) -> None:
    async def run() -> None:
        prepared: list[int] = []
        errors: list[DBAPIError] = []

        def prepare(connection: Connection) -> int:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
            prepared.append(len(prepared))
            return prepared[-1]

        async def execute(connection: AsyncConnection, number: int) -> tuple[int, int | None]:
            if errors:
                raise errors.pop()
            return number, await connection.scalar(text("SELECT 17"))

        async with open_reader(tmp_path) as reader:
            query = PreparedQuery(reader, prepare)
            assert [await query.run(execute) for _ in range(2)] == [(0, 17)] * 2
            errors.append(fail(ProgrammingError))
            assert [await query.run(execute) for _ in range(2)] == [(1, 17)] * 2
            errors.append(fail(DatabaseError))
            assert await query.run(execute) == (1, 17)
            assert prepared == [0, 1]

    finish(run())


def test_prepared_query_is_prepared_again_after_a_failure(tmp_path: Path) -> None:
    async def run() -> None:
        failures = [StoreUnavailableError("the table must exist")]

        def prepare(_: Connection) -> str:
            if failures:
                raise failures.pop()
            return "prepared"

        async def execute(_: AsyncConnection, prepared: str) -> str:
            return prepared

        async with open_reader(tmp_path) as reader:
            query = PreparedQuery(reader, prepare)
            with pytest.raises(StoreUnavailableError, match="the table must exist"):
                await query.run(execute)
            assert await query.run(execute) == "prepared"

    finish(run())


@pytest.mark.parametrize(
    ("error", "is_changed", "is_lost", "is_unusable"),
    [
        (fail(ProgrammingError), True, False, False),
        (fail(NotSupportedError), True, False, False),
        (fail(OperationalError, "no such table: session"), True, False, False),
        (fail(OperationalError, "no such column: token"), True, False, False),
        (fail(OperationalError, "database is locked"), False, False, False),
        (fail(IntegrityError, "no such table"), False, False, False),
        (fail(InterfaceError), False, False, False),
        (fail(DatabaseError, "no such table"), False, True, True),
        (fail(OperationalError, is_lost=True), False, True, False),
        (fail(InterfaceError, is_lost=True), False, True, False),
    ],
    ids=str,
)
def test_error_says_whether_a_second_attempt_can_succeed(
    error: DBAPIError, *, is_changed: bool, is_lost: bool, is_unusable: bool
) -> None:
    assert (has_table_changed(error), is_connection_lost(error), is_broken(error)) == (is_changed, is_lost, is_unusable)


def test_psycopg_prepares_no_statement_any_more() -> None:
    async def stop(driver_connection: Any) -> Any:
        async def get_raw_connection() -> Any:
            return SimpleNamespace(driver_connection=driver_connection)

        connection: Any = SimpleNamespace(get_raw_connection=get_raw_connection)
        await stop_preparing(connection)
        return driver_connection

    assert vars(finish(stop(SimpleNamespace(prepare_threshold=5)))) == {"prepare_threshold": None}
    assert vars(finish(stop(SimpleNamespace()))) == {}


# --- Errors ---


class WithCode(Exception):  # noqa: N818 - an error of a driver
    """An error of a driver, with codes."""

    def __init__(self, **codes: object) -> None:
        """Keep the codes."""
        super().__init__("a-secret")
        vars(self).update(codes)


@pytest.mark.parametrize(
    ("error", "described"),
    [
        (OSError("a-secret"), "OSError"),
        (ArgumentError("a-secret"), "ArgumentError"),
        (fail(OperationalError), "OperationalError"),
        (OperationalError("", {}, WithCode(sqlstate="57P01")), "OperationalError, 57P01"),
        (OperationalError("", {}, WithCode(sqlite_errorname="SQLITE_BUSY")), "OperationalError, SQLITE_BUSY"),
        (OperationalError("", {}, WithCode(sqlstate=None, sqlite_errorname="X")), "OperationalError, X"),
        (OperationalError("", {}, WithCode(sqlstate="1", sqlite_errorname="2")), "OperationalError, 1"),
        (OperationalError("", {}, WithCode(sqlstate=17)), "OperationalError"),
        (WithCode(sqlstate="57P01"), "WithCode, 57P01"),
        (WithCode(orig=WithCode(sqlstate="57P01")), "WithCode, 57P01"),
        (WithCode(orig=ZeroDivisionError()), "ZeroDivisionError"),
    ],
)
def test_failure_is_described_by_its_class_and_code(error: Exception, described: str) -> None:
    assert str(replace_failure(error)) == (
        f"the database must answer ({described}): check the server, its URL and its tables"
    )


def test_failure_of_the_pool_says_what_to_change() -> None:
    assert str(replace_failure(PoolTimeoutError("a-secret"))) == (
        "the connection pool must have a free connection: use a larger pool_size"
    )
