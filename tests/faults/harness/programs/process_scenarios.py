"""Scenarios of a process that forks, is terminated, or cannot write its logs. The argument names a function."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from faults.harness.counters import Counters
from faults.harness.programs.scenario_program import run_named_scenario
from faults.harness.rounds import WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.harness.programs.scenario_program import Open
    from faults.harness.programs.subjects import Rounds


@contextlib.contextmanager
def hold_in_flight(rounds: Rounds) -> Iterator[Callable[[], None]]:
    """Hold a fetch or a look-up in flight inside the block, or until the function that is yielded is called."""
    is_released = threading.Event()
    rounds.server.answer_held.clear()
    with rounds.server.hold(is_released):
        waiting = threading.Thread(target=rounds.start_and_wait, daemon=True)
        waiting.start()
        # By now, its thread waits: one that forks must not copy the locks of another thread.
        assert rounds.server.answer_held.wait(WAIT_SECONDS)
        try:
            yield is_released.set
        finally:
            is_released.set()
            waiting.join(WAIT_SECONDS)


def fork_in_flight(open_rounds: Open) -> Counters:
    """Fork while a thread waits, and verify rounds in parent and child."""
    with open_rounds() as rounds:
        reading, writing = os.pipe()
        with hold_in_flight(rounds) as release:
            child = os.fork()
            if child == 0:
                verify_in_child(rounds, writing)
            os.close(writing)
            release()
            rounds.run(is_server_up=True)
        with os.fdopen(reading) as results:
            rounds.counters.add(Counters(**json.load(results)))
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        rounds.recover()
        return rounds.finish()


def fork_in_event_loop(open_rounds: Open) -> Counters:
    """Fork in an event loop while its look-up waits on an open connection, and look up credentials in both."""

    async def main(rounds: Rounds, writing: int) -> None:
        await rounds.start()  # opens the connection
        is_released = threading.Event()
        rounds.server.answer_held.clear()
        with rounds.server.hold(is_released):
            waiting = asyncio.ensure_future(rounds.start())
            assert await asyncio.to_thread(rounds.server.answer_held.wait, WAIT_SECONDS)
            child = os.fork()
            if child == 0:
                verify_in_child(rounds, writing)
            os.close(writing)
            is_released.set()
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
            assert status == 0, status
            await waiting

    with open_rounds() as rounds:
        reading, writing = os.pipe()
        asyncio.run(main(rounds, writing))
        with os.fdopen(reading) as results:
            rounds.counters.add(Counters(**json.load(results)))
        rounds.run(is_server_up=True)
        rounds.recover()
        return rounds.finish()


def verify_in_child(rounds: Rounds, writing: int) -> None:
    """Verify with the servers of the parent: their threads are not in the child. Exit."""
    status = 1
    try:
        counters = rounds.run_in_child()
        with os.fdopen(writing, "w") as results:
            json.dump(asdict(counters), results)
        status = 0
    finally:
        os._exit(status)


def terminate_in_flight(open_rounds: Open) -> Counters:
    """Send SIGTERM to itself while coroutines wait for an answer, which comes when the handler has run. It returns."""
    handled: list[int] = []
    with open_rounds() as rounds:
        with hold_in_flight(rounds) as release:

            def handle(number: int, _: object) -> None:
                handled.append(number)
                release()

            signal.signal(signal.SIGTERM, handle)
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()  # the coroutines wait by then, or soon
            rounds.run(is_server_up=True)
        assert handled == [signal.SIGTERM]
        rounds.recover()
        return rounds.finish()


def terminate_event_loop(open_rounds: Open) -> Counters:
    """Cancel what an event loop awaits when SIGTERM arrives, as servers do, and run a second loop."""

    async def main(rounds: Rounds) -> None:
        task = asyncio.ensure_future(rounds.start())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGTERM)
        try:
            await task
        except asyncio.CancelledError:
            return
        raise AssertionError("the task is not cancelled")

    with open_rounds() as rounds:
        with hold_in_flight(rounds):
            asyncio.run(main(rounds))
        rounds.run(is_server_up=True)
        rounds.recover()
        return rounds.finish()


def logs_have_no_space(open_rounds: Open) -> Counters:
    """Write logs to a full device and into a file that may not grow, and standard error to the full device, too."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        handlers = [logging.FileHandler("/dev/full"), logging.FileHandler(log)]
        logging.basicConfig(level=logging.DEBUG, handlers=handlers, force=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        with Path("/dev/full").open("w") as full, open_rounds(is_patient=False) as rounds:
            os.dup2(full.fileno(), sys.stderr.fileno())
            for _ in range(50):
                logging.getLogger("fastjose").warning("a line of the application")
            with rounds.server.outage():
                rounds.run(is_server_up=False)
            rounds.recover()
            assert 0 < log.stat().st_size <= 100, "the file has not reached its limit"
            return rounds.finish()


if __name__ == "__main__":
    run_named_scenario(globals())
