"""The exit of a process: it never aborts, whatever the threads of the native module do at that time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.ed25519_key_set import make_key_set, make_token

if TYPE_CHECKING:
    from typing import Any

RESPONSE_SECONDS = 0.3
"""The time after which the server responds to a fetch that is in flight: while the interpreter finalizes."""


def run_and_exit(scenario: str, response_seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a function of `exiting_program` against a key set, whose server responds after `response_seconds`."""

    def read_key_set() -> dict[str, Any]:
        time.sleep(response_seconds)
        return make_key_set()

    with serve_jwks(read_key_set) as proxy:
        return run_python("-m", "support.processes.exiting_program", scenario, proxy.url, make_token())


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an interpreter that can import the helpers of the tests."""
    path = os.pathsep.join(filter(None, sys.path))  # the package of this test run
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - ours


AFTER_A_FETCH = [
    "fetch",
    "verify",
    "fetch_fails",
    "fetch_in_uvloop",
    "fetch_in_trio",
    "exit_in_loop",
    "fetch_in_later_hook",
    "verify_cached_in_threads",
    "look_up",
]
DURING_A_FETCH = [
    "leave_in_flight",
    "cancel",
    "exit_in_loop_in_flight",
    "fetch_in_threads",
    "block_in_threads",
    "verify_in_threads",
    "look_up_in_flight",
    "look_up_in_threads",
]


@pytest.mark.parametrize("scenario", AFTER_A_FETCH)
def test_exit_after_a_fetch_is_silent(scenario: str) -> None:
    ended = run_and_exit(scenario, response_seconds=0)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("scenario", DURING_A_FETCH)
def test_exit_during_a_fetch_is_silent(scenario: str) -> None:
    ended = run_and_exit(scenario, response_seconds=RESPONSE_SECONDS)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_failed_lifespan_of_uvicorn_exits_with_its_own_code() -> None:
    ended = run_and_exit("fail_in_lifespan", response_seconds=0)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "", "")


EARLIER_HOOK = """
import asyncio, atexit, sys

def hook():
    keys = fastjose.RemoteKeySet(sys.argv[1])
    async def fetch():
        try:
            await keys.fetch_async()
        except fastjose.JWKSetUnavailableError as error:
            print(error)
    asyncio.run(fetch())
    keys.fetch()
    print(keys.age_seconds is not None)

atexit.register(hook)
import fastjose
"""


def test_fetch_in_an_earlier_hook_fails_async_and_succeeds_blocking() -> None:
    with serve_jwks(make_key_set) as proxy:
        ended = run_python("-c", EARLIER_HOOK, proxy.url)
    assert (ended.returncode, ended.stderr) == (0, "")
    message, has_fetched = ended.stdout.splitlines()
    assert "the interpreter exits" in message
    assert has_fetched == "True"


FORK_AND_EXIT = """
import asyncio, os, sys
from fastjose import RemoteKeySet
from support.processes.exiting_program import fetch

fetch(sys.argv[1], "")
child = os.fork()
fetch(sys.argv[1], "")
if child:
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
def test_exit_after_fork_during_a_delivery_is_silent() -> None:
    with serve_jwks(make_key_set) as proxy:
        ended = run_python("-W", "ignore::DeprecationWarning", "-c", FORK_AND_EXIT, proxy.url)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
