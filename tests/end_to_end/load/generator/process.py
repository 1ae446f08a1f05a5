"""A process that sends the requests of an order, and reports what happened."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import multiprocessing
import os
from typing import TYPE_CHECKING

from end_to_end.load.generator.orders import Order, Tally
from end_to_end.load.generator.sender import Sender

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from multiprocessing.connection import Connection as Pipe

STOP_SECONDS = 10


class GeneratorProcess:
    """A running generator."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def prepare(self, origin: str, order: Order) -> None:
        """Give it an order, of requests to `origin`, and wait until it has opened connections."""
        self._pipe.send((origin, order))
        self._pipe.recv()

    def start(self, at: float) -> None:
        """Let it send the first request at this time."""
        self._pipe.send(at)

    def wait(self) -> Tally:
        """Wait for the end of its order, and return what happened.

        Raises:
            EOFError: The process has ended.
        """
        tally = self._pipe.recv()
        assert isinstance(tally, Tally)
        return tally


@contextlib.contextmanager
def run_generator(core: int | None) -> Iterator[GeneratorProcess]:
    """Run a generator while the block lasts, on one core if one is given."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, core), daemon=True)
    process.start()
    theirs.close()
    try:
        yield GeneratorProcess(ours)
    finally:
        ours.close()
        process.join(STOP_SECONDS)
        process.kill()


def _serve(pipe: Pipe, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    with contextlib.suppress(EOFError, KeyboardInterrupt):  # the other end is closed
        while True:
            origin, order = pipe.recv()
            pipe.send(_run(_prepare_and_send(pipe, Sender(origin, order))))


async def _prepare_and_send(pipe: Pipe, sender: Sender) -> Tally:
    await sender.open_connections()
    pipe.send(None)
    starts_at: float = await asyncio.to_thread(pipe.recv)
    return await sender.send_all(starts_at)


def _run(sending: Coroutine[None, None, Tally]) -> Tally:
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.run(sending)
    import uvloop  # noqa: PLC0415 - it may be missing

    tally = uvloop.run(sending)
    assert isinstance(tally, Tally)
    return tally
