"""Cancels a coroutine at each of its awaits, one after the other, on asyncio and trio."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import trio

from fastjose import JOSEError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    Start = Callable[[], Awaitable[object]]
    Interrupt = Callable[[Generator[Any, Any, object]], None]

MAX_STEPS = 200
"""More awaits than any coroutine here has."""


class InterruptedAt:
    """An awaitable that runs another one by hand, and interrupts it at its await of a number, counted from 1."""

    def __init__(self, awaitable: Awaitable[object], step: int, interrupt: Interrupt) -> None:
        """Interrupt `awaitable` at its await number `step`."""
        self._awaitable, self._step, self._interrupt = awaitable, step, interrupt
        self.has_interrupted = False

    def __await__(self) -> Generator[Any, Any, object]:
        """Pass on what the awaitable waits for, until it is interrupted."""
        steps = self._awaitable.__await__()
        send: Callable[[], Any] = lambda: next(steps)  # noqa: E731 - replaced in the loop
        for step in range(1, MAX_STEPS):
            try:
                awaited = send()
            except StopIteration as end:
                return end.value
            if step == self._step:
                self.has_interrupted = True
                self._interrupt(steps)
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001 - as `yield from` passes it on
                send = _bind(steps.throw, error)
            else:
                send = _bind(steps.send, value)
        raise AssertionError("the coroutine does not end")


def _bind(function: Callable[[Any], Any], value: Any) -> Callable[[], Any]:
    return lambda: function(value)


def cancel_task(_: Generator[Any, Any, object]) -> None:
    """Cancel the task of asyncio, which then cancels what it waits for."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


def throw(steps: Generator[Any, Any, object]) -> None:
    """Throw into the coroutine at once, which does not cancel what it waits for: it is abandoned."""
    steps.throw(asyncio.CancelledError())


def close(steps: Generator[Any, Any, object]) -> None:
    """Close the coroutine, as the end of an event loop does."""
    steps.close()
    raise asyncio.CancelledError


INTERRUPTS: dict[str, Interrupt] = {"cancelled": cancel_task, "thrown into": throw, "closed": close}


async def interrupt_at_each_step(start: Start, interrupt: Interrupt, *, max_steps: int = MAX_STEPS) -> int:
    """Run what `start` returns again and again, and interrupt it one await later each time, until it ends before.

    Returns the number of interruptions.
    """
    for step in range(1, max_steps):
        stepped = InterruptedAt(start(), step, interrupt)
        try:
            await asyncio.ensure_future(_run(stepped))
        except asyncio.CancelledError:
            assert stepped.has_interrupted
        except JOSEError:  # the verdict of a bad token
            assert not stepped.has_interrupted
        if not stepped.has_interrupted:
            return step - 1
    raise AssertionError("the coroutine has too many awaits")


async def _run(stepped: InterruptedAt) -> object:
    return await stepped


async def cancel_at_each_step_in_trio(start: Start) -> int:
    """Do the same in trio, by a cancel scope."""
    for step in range(1, MAX_STEPS):
        with trio.CancelScope() as scope:
            stepped = InterruptedAt(start(), step, lambda _, scope=scope: scope.cancel())  # type: ignore[misc]
            with contextlib.suppress(JOSEError):  # the verdict of a bad token
                await stepped
        if not stepped.has_interrupted:
            return step - 1
    raise AssertionError("the coroutine has too many awaits")


async def cancel_at_each_step_of_tasks(start: Start, *, prepare: Start, check: Start) -> int:
    """Cancel what `start` returns at its first await, its second, and so on, or at those of tasks that it has started.

    `prepare` is awaited before each, and `check` after it. Returns the number of interruptions.
    """
    for step in range(1, MAX_STEPS):
        await prepare()
        has_interrupted = await _cancel_at_step_of_tasks(start, step)
        await check()
        if not has_interrupted:
            return step - 1
    raise AssertionError("the tasks have too many awaits")


async def _cancel_at_step_of_tasks(start: Start, step: int) -> bool:
    loop, stepped = asyncio.get_running_loop(), list[InterruptedAt]()

    def create_task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[object]:
        stepped.append(InterruptedAt(work, step, lambda _: cancel()))
        return asyncio.Task(_run(stepped[-1]), loop=loop, **options)

    def cancel() -> None:
        caller.cancel()

    loop.set_task_factory(create_task)  # type: ignore[arg-type]  # typeshed names the options
    caller = asyncio.ensure_future(_await(start))
    try:
        await caller
    except asyncio.CancelledError:
        assert any(each.has_interrupted for each in stepped)
    finally:
        loop.set_task_factory(None)
    return any(each.has_interrupted for each in stepped)


async def _await(start: Start) -> None:
    await start()
