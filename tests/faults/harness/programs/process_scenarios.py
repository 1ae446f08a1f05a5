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

from fastjose import JWKSetUnavailableError, RemoteKeySet
from faults.harness.counters import Counters
from faults.harness.programs.scenario_program import run_named_scenario
from faults.harness.rounds import OPTIONS, WAIT_SECONDS, KeySetRounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.harness.faulty_server import Exchange, FaultyServer
    from faults.harness.tokens import Issuer

PATIENT = {**OPTIONS, "timeout_seconds": WAIT_SECONDS}


@contextlib.contextmanager
def fetch_in_flight(rounds: KeySetRounds) -> Iterator[Callable[[], None]]:
    """Hold a fetch of the set in flight inside the block, or until the function that is yielded is called."""
    is_released = threading.Event()

    def hold(exchange: Exchange) -> None:
        is_released.wait(WAIT_SECONDS)
        exchange.send_response(*exchange.good_response())

    def fetch() -> None:
        with contextlib.suppress(JWKSetUnavailableError):
            rounds.keys.fetch()

    rounds.server.request_received.clear()
    with rounds.server.fault(hold):
        fetching = threading.Thread(target=fetch, daemon=True)
        fetching.start()
        assert rounds.server.request_received.wait(WAIT_SECONDS)
        try:
            yield is_released.set
        finally:
            is_released.set()
            fetching.join(WAIT_SECONDS)


def fork_in_flight(issuer: Issuer, server: FaultyServer) -> Counters:
    """Fork while the set is fetched, and verify rounds in parent and child."""
    rounds = KeySetRounds(issuer, server, RemoteKeySet(server.url, **PATIENT))
    reading, writing = os.pipe()
    with fetch_in_flight(rounds) as release:
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


def verify_in_child(rounds: KeySetRounds, writing: int) -> None:
    """Verify with a server of the child's own: the threads of the parent's are not in the child. Exit."""
    status = 1
    try:
        rounds.counters = Counters()
        samples = rounds.issuer.samples(rounds.issuer.keys[0], is_server_up=True, unknown=0)
        for sample in [sample for sample in samples if sample.text.count(".") == 2]:
            rounds.verify_sample(sample)
        with os.fdopen(writing, "w") as results:
            json.dump(asdict(rounds.counters), results)
        status = 0
    finally:
        os._exit(status)


def terminate_in_flight(issuer: Issuer, server: FaultyServer) -> Counters:
    """Send SIGTERM to itself while coroutines wait for a fetch, which ends when the handler has run. It returns."""
    handled: list[int] = []
    rounds = KeySetRounds(issuer, server, RemoteKeySet(server.url, **PATIENT))
    with fetch_in_flight(rounds) as release:

        def handle(number: int, _: object) -> None:
            handled.append(number)
            release()

        signal.signal(signal.SIGTERM, handle)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()  # the coroutines wait by then, or soon
        rounds.run(is_server_up=True)
    assert handled == [signal.SIGTERM]
    rounds.recover()
    return rounds.finish()


def terminate_event_loop(issuer: Issuer, server: FaultyServer) -> Counters:
    """Cancel what an event loop awaits when SIGTERM arrives during a fetch, as servers do, and run a second loop."""
    rounds = KeySetRounds(issuer, server, RemoteKeySet(server.url, **PATIENT))
    text = issuer.rotate().sign()

    async def main() -> None:
        task = asyncio.ensure_future(rounds.verifier.verify_async(text))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGTERM)
        try:
            await task
        except asyncio.CancelledError:
            return
        raise AssertionError("the task is not cancelled")

    with fetch_in_flight(rounds):
        asyncio.run(main())
    rounds.run(is_server_up=True)
    rounds.recover()
    return rounds.finish()


def logs_have_no_space(issuer: Issuer, server: FaultyServer) -> Counters:
    """Write logs to a full device and into a file that may not grow, and standard error to the full device, too."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = Path(tempfile.mkdtemp()) / "log"
    handlers = [logging.FileHandler("/dev/full"), logging.FileHandler(log)]
    logging.basicConfig(level=logging.DEBUG, handlers=handlers, force=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    with Path("/dev/full").open("w") as full:
        os.dup2(full.fileno(), sys.stderr.fileno())
        rounds = KeySetRounds(issuer, server, RemoteKeySet(server.url, **OPTIONS))
        for _ in range(50):
            logging.getLogger("fastjose").warning("a line of the application")
        with server.outage():
            rounds.run(is_server_up=False)
        rounds.recover()
    assert 0 < log.stat().st_size <= 100, "the file has not reached its limit"
    return rounds.finish()


if __name__ == "__main__":
    run_named_scenario(globals())
