"""The coroutines and the trio loop through which results of the native module are awaited."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest
import trio

from fastjose._coroutines import await_future, return_value
from fastjose._trio import TrioFuture, TrioLoop


def test_value_that_is_known_is_returned_without_waiting() -> None:
    value = object()
    with pytest.raises(StopIteration) as caught:
        return_value(value).send(None)
    assert caught.value.value is value


def test_future_is_started_when_it_is_awaited_and_its_result_is_returned() -> None:
    started: list[asyncio.Future[str]] = []

    def start() -> asyncio.Future[str]:
        started.append(asyncio.get_running_loop().create_future())
        return started[0]

    async def run() -> str:
        waiting = asyncio.create_task(await_future(start))
        assert not started
        await asyncio.sleep(0)
        started[0].set_result("result")
        return await waiting

    assert asyncio.run(run()) == "result"
    assert not started[0].cancelled()


def test_error_of_a_future_is_raised() -> None:
    async def run() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(ZeroDivisionError("of the future"))
        await await_future(lambda: future)

    with pytest.raises(ZeroDivisionError, match="of the future"):
        asyncio.run(run())


@pytest.mark.parametrize("is_closed", [True, False])
def test_coroutine_that_ends_early_cancels_its_future(*, is_closed: bool) -> None:
    async def run() -> bool:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if is_closed:
            coroutine = await_future(lambda: future)
            coroutine.send(None)
            coroutine.close()
            return future.cancelled()
        waiting = asyncio.create_task(await_future(lambda: future))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return future.cancelled()

    assert asyncio.run(run())


# --- trio ---


def test_trio_task_gets_the_result_that_another_thread_sets() -> None:
    async def run() -> tuple[Any, threading.Thread]:
        loop = TrioLoop()
        future = loop.create_future()
        assert isinstance(future, TrioFuture)
        threads: list[threading.Thread] = []

        def set_result(value: object) -> None:
            threads.append(threading.current_thread())
            future.set_result(value)

        worker = threading.Thread(target=loop.call_soon_threadsafe, args=(set_result, "result"))
        worker.start()
        result = await future
        worker.join()
        return result, threads[0]

    result, thread = trio.run(run)
    assert result == "result"
    assert thread is threading.current_thread(), "callbacks run in the thread of the run"


def test_trio_loop_passes_all_arguments_on_and_ignores_the_context() -> None:
    called: list[tuple[object, ...]] = []

    async def run() -> None:
        loop = TrioLoop()
        done = trio.Event()
        loop.call_soon_threadsafe(lambda *args: called.append(args), 1, "two", context=contextvars.Context())
        loop.call_soon_threadsafe(lambda *args: called.append(args))
        loop.call_soon_threadsafe(done.set)
        await done.wait()

    trio.run(run)
    assert sorted(called, key=len) == [(), (1, "two")]


def test_trio_task_gets_a_result_that_is_there_before_it_waits() -> None:
    async def run() -> list[object]:
        loop = TrioLoop()
        good, bad = loop.create_future(), loop.create_future()
        good.set_result(17)
        bad.set_exception(ZeroDivisionError("of the future"))
        with pytest.raises(ZeroDivisionError, match="of the future"):
            await bad
        return [await good, good.cancelled(), good.done()]

    assert trio.run(run) == [17, False, True]


def test_trio_task_that_is_cancelled_cancels_its_future() -> None:
    async def run() -> TrioFuture[None]:
        future: TrioFuture[None] = TrioLoop().create_future()
        with trio.CancelScope() as scope:
            scope.cancel()
            await future
        assert scope.cancelled_caught
        return future

    assert trio.run(run).cancelled()


def test_trio_run_that_has_ended_calls_nothing_and_raises_nothing() -> None:
    async def create() -> TrioLoop:
        return TrioLoop()

    called: list[str] = []
    trio.run(create).call_soon_threadsafe(called.append, "called")
    assert called == []
