"""`RemoteSessions` in event loops, threads and the children of a `fork()`."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trio
import uvloop

from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import RemoteSessions
from support.better_auth.session_lookups import COOKIE, TOKEN, look_up
from support.servers.lookup_server import SESSION, Request, reply, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

WAIT_SECONDS = 20


def run_in_trio(coroutine: Coroutine[Any, Any, Any]) -> Any:
    async def main() -> Any:
        return await coroutine

    return trio.run(main)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run, run_in_trio])
def test_look_up_runs_in_the_event_loop(run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
    async def main(url: str) -> None:
        sessions = RemoteSessions(url)
        assert await sessions(TOKEN) == SESSION
        assert await sessions.find_organization_roles(TOKEN, "u1", "o1") == ["owner"]
        server.respond = lambda _: reply(500)
        with pytest.raises(StoreUnavailableError):
            await sessions(TOKEN)

    with serve_lookups(lambda _: reply_json({**SESSION, "role": "owner"})) as server:
        server.respond = lambda request: reply_json({"role": "owner"} if "role" in request.target else SESSION)
        run(main(server.url))


def test_cancelled_task_of_trio_stops_waiting() -> None:
    is_released = threading.Event()

    def respond(_: Request) -> list[bytes]:
        is_released.wait(60)
        return reply_json(SESSION)

    async def main(url: str) -> None:
        sessions = RemoteSessions(url)
        with trio.move_on_after(0.2) as scope:
            await sessions(TOKEN)
        assert scope.cancelled_caught
        is_released.set()
        assert await sessions(TOKEN) == SESSION

    with serve_lookups(respond) as server:
        trio.run(main, server.url)


def test_event_loops_in_threads_share_the_connections() -> None:
    answers: list[Any] = []
    with serve_lookups() as server:
        sessions = RemoteSessions(server.url)
        for _ in range(4):
            thread = threading.Thread(target=lambda: answers.append(look_up(sessions)))
            thread.start()
            thread.join(WAIT_SECONDS)
        assert server.connection_count == 1
    assert answers == [SESSION] * 4


def look_up_in_child(sessions: RemoteSessions) -> None:
    """Look up two tokens in a child process, which ends with code 0 if the answers are right."""
    assert look_up(sessions) == SESSION
    assert look_up(sessions, COOKIE) == SESSION


def run_in_child(sessions: RemoteSessions) -> int | None:
    child = multiprocessing.get_context("fork").Process(target=look_up_in_child, args=(sessions,))
    child.start()
    child.join(WAIT_SECONDS)
    if child.is_alive():
        child.kill()
        child.join()
    return child.exitcode


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
@pytest.mark.parametrize("cache_seconds", [0, 600])
def test_forked_child_opens_its_own_connection(cache_seconds: float) -> None:
    with serve_lookups() as server:
        sessions = RemoteSessions(server.url, cache_seconds=cache_seconds)
        assert look_up(sessions) == SESSION
        assert run_in_child(sessions) == 0
        assert look_up(sessions, COOKIE) == SESSION
        assert [request.connection for request in server.requests] == [1, 2, 2, 1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
def test_child_forked_during_a_look_up_asks_itself() -> None:
    is_released = threading.Event()

    def respond(request: Request) -> list[bytes]:
        if request.number == 1:
            is_released.wait(60)
        return reply_json(SESSION)

    answers: list[Any] = []
    with serve_lookups(respond) as server:
        sessions = RemoteSessions(server.url, timeout_seconds=30)
        waiting = threading.Thread(target=lambda: answers.append(look_up(sessions)))
        waiting.start()
        server.wait_for_request()
        exit_code = run_in_child(sessions)
        is_released.set()
        waiting.join(WAIT_SECONDS)
        assert (exit_code, answers) == (0, [SESSION])
        assert len(server.requests) == 3
