"""A process that forks or is terminated during a fetch, and one whose logs cannot be written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fastjose import JWTError
from fastjose.exceptions import StoreUnavailableError
from faults.harness.counters import Counters, record
from faults.harness.faulty_server import Exchange, serve
from faults.harness.programs.announcing_app import BEGINNING
from faults.harness.programs.libc_faults import run_program
from faults.harness.tokens import Issuer
from support.processes.polling import wait_until
from support.servers.uvicorn_server import run_uvicorn_with

if TYPE_CHECKING:
    from faults.harness.programs.subjects import Subjects
    from support.servers.uvicorn_server import ServedApp

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="requires fork() and signals")

WAIT_SECONDS = 60
PROGRAM = "faults.harness.programs.process_scenarios"
SCENARIOS = {
    "process forks in flight": "fork_in_flight",
    "process forks in its event loop": "fork_in_event_loop",
    "process handles SIGTERM in flight": "terminate_in_flight",
    "event loop is cancelled by SIGTERM": "terminate_event_loop",
}


@pytest.mark.parametrize("fault", SCENARIOS)
def test_fault_of_the_process_causes_no_wrong_verdict(fault: str, subjects: Subjects) -> None:
    subjects.record(fault, run_program(PROGRAM, SCENARIOS[fault], *subjects.names, **subjects.variables))


def test_logs_without_space_cause_no_wrong_verdict() -> None:
    (counters,) = run_program(PROGRAM, "logs_have_no_space", "a set")
    record("logs have no space", counters)


FETCH_FOR_EVER = """
import sys
from fastjose import RemoteKeySet
RemoteKeySet(sys.argv[1], timeout_seconds=3600).fetch()
"""


def test_process_without_a_handler_ends_at_sigterm() -> None:
    with (
        serve(lambda _: b"") as server,
        server.fault(Exchange.wait_until_left),
        subprocess.Popen([sys.executable, "-c", FETCH_FOR_EVER, server.url]) as process,  # noqa: S603 - ours
    ):
        assert server.request_received.wait(WAIT_SECONDS)
        process.terminate()
        assert process.wait(WAIT_SECONDS) == -signal.SIGTERM


def test_uvicorn_that_is_terminated_during_a_fetch_answers_its_requests(tmp_path: Path) -> None:
    """SIGTERM arrives while requests wait for a key: the good token is accepted, the bad ones are refused."""
    issuer, counters = Issuer(), Counters()
    key = issuer.keys[0]
    tokens = {key.sign(): True, issuer.attacker.sign(key.kid): False, "garbage": False}
    is_terminated = threading.Event()

    def respond_after_sigterm(exchange: Exchange) -> None:
        assert is_terminated.wait(WAIT_SECONDS)
        exchange.send_response(*exchange.good_response())

    def send(token: str) -> int:
        return app.get("/me", token).status_code

    with (
        serve(lambda _: json.dumps(issuer.key_set()).encode()) as server,
        server.fault(respond_after_sigterm),
        ThreadPoolExecutor(len(tokens)) as pool,
        run_uvicorn_with(
            Path(sys.executable), tmp_path, APPLICATION, {"TEST_JWKS_URL": server.url}, PATIENT_SHUTDOWN
        ) as app,
    ):
        statuses = pool.map(send, tokens)
        assert server.request_received.wait(WAIT_SECONDS)
        wait_for_log(app, BEGINNING, times=len(tokens))
        wait_for_log(app, "401 Unauthorized")  # of the garbage; the others wait
        app.process.terminate()
        wait_for_log(app, "Shutting down")
        is_terminated.set()
        for status, is_good in zip(statuses, tokens.values(), strict=True):
            error = ERRORS[status]
            counters.count(error, is_good=is_good, must_have_verdict=True)
        assert app.process.wait(WAIT_SECONDS) in {0, -signal.SIGTERM}
        assert "Traceback" not in app.read_log()
        counters.requests = len(server.requests)
    record("uvicorn is terminated in flight", counters)


APPLICATION = "faults.harness.programs.announcing_app:app"
PATIENT_SHUTDOWN = ["--timeout-graceful-shutdown", str(WAIT_SECONDS)]
ERRORS = {200: None, 401: JWTError("401"), 503: StoreUnavailableError("503")}


def wait_for_log(app: ServedApp, text: str, *, times: int = 1) -> None:
    """Wait until uvicorn has written `text` into its log so often."""
    wait_until(lambda: app.read_log().count(text) >= times, app.read_log)
