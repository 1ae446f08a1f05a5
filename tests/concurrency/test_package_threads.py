"""State of the package that threads share: what another thread does between two steps of a thread changes no result."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url

from concurrency.many_threads import THREADS, run_in_threads
from fastjose._database.engines import OwnEngines
from fastjose._database.reader import DatabaseReader, PreparedQuery
from fastjose._hints.hint_log import HintLog
from fastjose._secondary_storage.clients import OwnClients
from fastjose._sessions import empty_table
from fastjose.testing import JwksServer, TokenIssuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "a" * 32


@pytest.fixture
def _frequent_switches() -> Iterator[None]:
    """Let threads with the GIL take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class ForgottenQuery(PreparedQuery[str]):
    """A query that another thread forgets each time after it was read."""

    _value: str | None = None

    @property
    def _prepared(self) -> str | None:
        found, self._value = self._value, None
        return found

    @_prepared.setter
    def _prepared(self, value: str | None) -> None:
        self._value = value


def test_a_query_that_another_thread_forgets_is_executed() -> None:
    reader = DatabaseReader("sqlite+aiosqlite://", 10)
    query = ForgottenQuery(reader, lambda _: "prepared again")

    async def execute(_: object, prepared: str) -> str:
        return prepared

    async def run() -> list[str]:
        query._prepared = "prepared"
        try:
            return [await query.run(execute), await query.run(execute)]
        finally:
            await reader.close()

    assert asyncio.run(run()) == ["prepared", "prepared again"]


def test_unknown_tokens_are_not_counted_once_another_thread_has_found_a_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = empty_table.UnansweredTokens()

    class FindsSession:
        @staticmethod
        def fullmatch(_: str) -> bool:
            tokens.should_count_rows(TOKEN, is_found=True)
            return True

    monkeypatch.setattr(empty_table, "_ISSUED_TOKEN", FindsSession)
    assert not tokens.should_count_rows(TOKEN, is_found=False)
    tokens.warn_once()  # a warning would be an error


@pytest.mark.usefixtures("_frequent_switches")
def test_one_of_many_threads_is_told_to_count_the_rows() -> None:
    stores = [empty_table.UnansweredTokens() for _ in range(2_000)]
    numbers: list[int] = []

    def look_up(_: int) -> None:
        for number, tokens in enumerate(stores):
            numbers.extend(number for _ in range(2) if tokens.should_count_rows(TOKEN, is_found=False))

    run_in_threads(look_up)
    assert sorted(numbers) == list(range(len(stores)))


@pytest.mark.parametrize(
    "create",
    [lambda: OwnEngines(make_url("sqlite+aiosqlite://"), 1), lambda: OwnClients("redis://127.0.0.1:1", 1)],
    ids=["engines", "clients"],
)
def test_what_another_thread_connected_after_a_fork_is_kept(
    create: Callable[[], OwnEngines | OwnClients], monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Any = create()
    loops = [asyncio.new_event_loop() for _ in range(2)]

    def connect(loop: asyncio.AbstractEventLoop) -> object:
        async def run() -> object:
            return source.connect()

        return loop.run_until_complete(run())

    connect(loops[0])
    of_other_thread: list[object] = []

    def get_process_id() -> int:
        if not of_other_thread:
            of_other_thread.append(None)
            thread = threading.Thread(target=lambda: of_other_thread.append(connect(loops[1])))
            thread.start()
            thread.join()
        return os.getppid()

    monkeypatch.setattr(os, "getpid", get_process_id)
    connect(loops[0])
    assert connect(loops[1]) is of_other_thread[1]
    for loop in loops:
        loop.run_until_complete(source.close())
        loop.close()


@pytest.mark.usefixtures("_frequent_switches")
def test_threads_log_a_hint_once(caplog: pytest.LogCaptureFixture) -> None:
    codes = [f"code-{number}" for number in range(200)]
    hints = HintLog(dict.fromkeys(codes, "hint"))

    def warn(_: int) -> None:
        for code in codes:
            hints.warn(code)

    with caplog.at_level(logging.WARNING, logger="fastjose"):
        run_in_threads(warn)
    assert sorted(record.message for record in caplog.records) == sorted(f"{code}: hint" for code in codes)


@pytest.mark.usefixtures("_frequent_switches")
def test_a_key_server_counts_each_request_of_many_threads() -> None:
    server = JwksServer(TokenIssuer(algorithm="EdDSA"))

    def request(_: int) -> None:
        for _ in range(2_000):
            server._count_and_respond("/jwks", Message())

    run_in_threads(request)
    server.stop()
    assert server.request_count == THREADS * 2_000
