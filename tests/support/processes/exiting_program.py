"""A program that exits while threads of the native module, or its own daemon threads, return to Python.

Its arguments are the name of a function in this file, the URL of a key set, and a token. The interpreter finalizes
slowly, and `call_soon_threadsafe` returns late. So each such thread returns while the interpreter finalizes, unless the
native module prevents it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from fastjose import RemoteKeySet, Verifier
from fastjose.sessions import RemoteSessions, SessionToken

if TYPE_CHECKING:
    from collections.abc import Callable

RETURN_SECONDS = 0.3
FINALIZATION_SECONDS = 0.6
SESSION_TOKEN = SessionToken("a", raw="a")


class SlowEnd:
    """An object that the interpreter deletes while it finalizes."""

    def __del__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Keep the interpreter busy, with the GIL released."""
        sleep(FINALIZATION_SECONDS)


def delay_return(event_loop: Any) -> None:
    """Let `call_soon_threadsafe` return late, as it does on a loaded machine."""
    call = event_loop.call_soon_threadsafe

    def call_and_wait(*args: Any, **options: Any) -> Any:
        handle = call(*args, **options)
        time.sleep(RETURN_SECONDS)
        return handle

    event_loop.call_soon_threadsafe = call_and_wait


async def fetch_delayed(url: str) -> None:
    """Fetch a key set with an event loop that returns late."""
    delay_return(asyncio.get_running_loop())
    await RemoteKeySet(url).fetch_async()


def fetch(url: str, _: str) -> None:
    """Exit after an awaited fetch."""
    asyncio.run(fetch_delayed(url))


def verify(url: str, token: str) -> None:
    """Exit after a verification that fetched."""

    async def main() -> None:
        delay_return(asyncio.get_running_loop())
        assert (await Verifier(RemoteKeySet(url)).verify_async(token))["sub"] == "u"

    asyncio.run(main())


def fetch_fails(_: str, __: str) -> None:
    """Exit after a fetch that failed."""

    async def main() -> None:
        delay_return(asyncio.get_running_loop())
        await asyncio.gather(RemoteKeySet("http://127.0.0.1:1/").fetch_async(), return_exceptions=True)

    asyncio.run(main())


def fetch_in_uvloop(url: str, _: str) -> None:
    """Exit after a fetch in uvloop, whose methods cannot be replaced."""
    import uvloop  # noqa: PLC0415 - only here

    async def main() -> None:
        await RemoteKeySet(url).fetch_async()

    uvloop.run(main())


def fetch_in_trio(url: str, _: str) -> None:
    """Exit after a fetch in trio."""
    import trio  # noqa: PLC0415 - only here

    async def main() -> None:
        token = trio.lowlevel.current_trio_token()
        run_sync_soon = token.run_sync_soon

        def call_and_wait(*args: Any, **options: Any) -> None:
            run_sync_soon(*args, **options)
            time.sleep(RETURN_SECONDS)

        type(token).run_sync_soon = lambda _, *args, **options: call_and_wait(*args, **options)  # type: ignore[method-assign]
        await RemoteKeySet(url).fetch_async()

    trio.run(main)


def look_up(url: str, _: str) -> None:
    """Exit after a look-up of a session, whose connection stays open."""

    async def main() -> None:
        delay_return(asyncio.get_running_loop())
        await asyncio.gather(RemoteSessions(url)(SESSION_TOKEN), return_exceptions=True)

    asyncio.run(main())


def look_up_in_flight(url: str, _: str) -> None:
    """Exit while a look-up of a session is in flight."""

    async def main() -> None:
        delay_return(asyncio.get_running_loop())
        task = asyncio.ensure_future(RemoteSessions(url)(SESSION_TOKEN))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def look_up_in_threads(url: str, _: str) -> None:
    """Exit while event loops in daemon threads wait for one look-up of a session."""
    sessions = RemoteSessions(url)

    async def main() -> None:
        delay_return(asyncio.get_running_loop())
        await sessions(SESSION_TOKEN)

    run_in_daemons(lambda: asyncio.run(main()))


def leave_in_flight(url: str, _: str) -> None:
    """Exit while a fetch is in flight."""
    event_loop = asyncio.new_event_loop()

    async def main() -> None:
        delay_return(event_loop)
        waiting.append(event_loop.create_task(RemoteKeySet(url).fetch_async()))
        await asyncio.sleep(0.01)

    waiting: list[Any] = []
    event_loop.run_until_complete(main())
    waiting[0]._log_destroy_pending = False  # asyncio's warning is not the subject


def cancel(url: str, _: str) -> None:
    """Exit after a cancelled fetch."""

    async def main() -> None:
        delay_return(asyncio.get_running_loop())
        task = asyncio.ensure_future(RemoteKeySet(url).fetch_async())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def exit_in_loop(url: str, _: str) -> None:
    """Call `sys.exit` in a coroutine after a fetch."""

    async def main() -> None:
        await fetch_delayed(url)
        sys.exit()

    asyncio.run(main())


def exit_in_loop_in_flight(url: str, _: str) -> None:
    """Call `sys.exit` in a coroutine while a fetch is in flight."""

    async def main() -> None:
        task = asyncio.ensure_future(RemoteKeySet(url).fetch_async())
        await asyncio.sleep(0)
        sys.exit(task.done())

    asyncio.run(main())


def fetch_in_threads(url: str, _: str) -> None:
    """Exit while event loops in daemon threads wait for fetches."""
    run_in_daemons(lambda: asyncio.run(fetch_delayed(url)))


def block_in_threads(url: str, _: str) -> None:
    """Exit while daemon threads wait for blocking fetches."""
    run_in_daemons(RemoteKeySet(url).fetch)


def verify_in_threads(url: str, token: str) -> None:
    """Exit while daemon threads wait for the key of a token."""
    run_in_daemons(lambda: Verifier(RemoteKeySet(url)).verify(token))


def verify_cached_in_threads(url: str, token: str) -> None:
    """Exit while daemon threads verify signatures with a cached key, with the GIL released."""
    verifier = Verifier(RemoteKeySet(url))
    verifier.verify(token)

    def verify_for_ever() -> None:
        while True:
            verifier.verify(token)

    run_in_daemons(verify_for_ever)


def run_in_daemons(work: Callable[[], object]) -> None:
    """Start four daemon threads, and let each begin `work`."""
    started = threading.Barrier(5)

    def run() -> None:
        started.wait()
        work()

    for _ in range(4):
        threading.Thread(target=run, daemon=True).start()
    started.wait()
    time.sleep(0.05)


def fetch_in_later_hook(url: str, _: str) -> None:
    """Fetch in an `atexit` hook that runs before the hook of the native module."""
    import atexit  # noqa: PLC0415 - only here

    atexit.register(lambda: asyncio.run(fetch_delayed(url)))


def fail_in_lifespan(url: str, _: str) -> None:
    """Run an application whose lifespan fails after a fetch."""
    import uvicorn  # noqa: PLC0415 - only here

    async def application(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        await fetch_delayed(url)
        raise RuntimeError("the lifespan fails")

    uvicorn.run(application, lifespan="on", loop="asyncio", port=0, log_level="critical")


def main() -> None:
    """Run the function that the arguments name."""
    sys.modules["slow_end"] = SlowEnd()  # type: ignore[assignment]
    name, url, token = sys.argv[1:]
    globals()[name](url, token)


if __name__ == "__main__":
    main()
