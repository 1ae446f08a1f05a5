"""The two parts of an asyncio event loop that a result of the native module needs, for trio. Needs trio."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import trio

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_T = TypeVar("_T")


class TrioFuture(Future[_T]):
    """A future that a trio task can await once. Cancelling the task cancels the future."""

    def __await__(self) -> Generator[Any, Any, _T]:
        """Wait for the result."""
        return self._wait().__await__()

    async def _wait(self) -> _T:
        finished = trio.Event()
        self.add_done_callback(lambda _: finished.set())
        try:
            await finished.wait()
            return self.result()
        finally:
            self.cancel()  # changes nothing if the future is done
            del self  # its exception has this frame, as in await_future


class TrioLoop:
    """The trio run of the calling task."""

    def __init__(self) -> None:
        """Remember the run, so that another thread can call functions in it."""
        self._token = trio.lowlevel.current_trio_token()

    def create_future(self) -> TrioFuture[Any]:
        """Return a future without a result."""
        return TrioFuture()

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any, context: Any = None) -> None:  # noqa: ARG002 - as in asyncio
        """Call `callback` in the run, unless it has ended: then no task waits for the result."""
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(callback, *args)
