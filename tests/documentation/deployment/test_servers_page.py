"""The page on servers is correct: preloaded workers have the keys of before, and a process becomes ready by itself."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import fastjose
from fastjose import RemoteKeySet
from fastjose.testing import TokenIssuer, serve_jwks
from support.processes.child_process import START_SECONDS, STOP_SECONDS, run_process
from support.servers.ports import find_free_port

if TYPE_CHECKING:
    from fastjose.testing import JwksServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn requires fork")

PAGE = (Path(__file__).parents[3] / "docs" / "deployment" / "servers.md").read_text(encoding="utf-8")
GUNICORN = shlex.split(next(line for line in PAGE.splitlines() if line.startswith("gunicorn main:app")))
MAIN = next(code for code in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL) if '"/ready"' in code)
FETCH = "\nimport asyncio\nasyncio.run(warm_up())  # before the workers are forked\n"
LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")
RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
DIED = re.compile(r"Child process \[\d+\] died")
BOOTED = re.compile(r"Application startup complete")
WORKERS = 4


def test_preloaded_workers_verify_with_keys_that_were_fetched_before_the_fork(tmp_path: Path) -> None:
    issuer = TokenIssuer()
    with serve_jwks(issuer) as server:
        (tmp_path / "main.py").write_text(MAIN + FETCH, encoding="utf-8")
        command = [sys.executable, "-m", *GUNICORN]
        command[command.index("--bind") + 1] = "127.0.0.1:0"
        log = tmp_path / "gunicorn.log"
        environment = environment_of(server.issuer_url)
        with run_process(command, environment=environment, cwd=tmp_path, log=log) as process:
            origin = wait_until_booted(process, log, LISTENING, WORKERS)
            fetched = server.request_count
            assert probe(origin) == 200
            answers = [call(origin, mint(server, "user-1")) for _ in range(20)]
            issuer.rotate_key()
            rotated = [call(origin, mint(server, "user-2")) for _ in range(20)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_SECONDS) == 0, log.read_text(encoding="utf-8")
    assert (fetched, set(answers), set(rotated)) == (1, {(200, "user-1")}, {(200, "user-2")})


def test_process_becomes_ready_when_an_issuer_that_was_down_at_start_is_up(tmp_path: Path) -> None:
    issuer, port = TokenIssuer(), find_free_port()
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "main.py").write_text(MAIN, encoding="utf-8")
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", "0"]
    log = tmp_path / "uvicorn.log"
    with run_process(command, environment=environment_of(url), cwd=tmp_path, log=log) as process:
        origin = wait_until_booted(process, log, RUNNING, 1)
        assert [probe(origin) for _ in range(3)] == [503] * 3
        assert log.read_text(encoding="utf-8").count("keys_unavailable: ") == 1
        with serve_jwks(issuer, port=port) as server:
            answers = [probe(origin)]
            while answers[-1] == 503 and len(answers) < 100:  # each waits until a fetch is permitted, at most 2 s
                answers.append(probe(origin))
            assert answers[-1] == 200
            assert server.request_count == 1, "no token and no other fetch was necessary"
            assert call(origin, mint(server, "user-1")) == (200, "user-1")


def test_times_of_the_probe_follow_from_the_defaults() -> None:
    defaults = {name: each.default for name, each in inspect.signature(RemoteKeySet).parameters.items()}
    wait, timeout = int(defaults["max_wait_seconds"]), int(defaults["timeout_seconds"])
    assert f"`max_wait_seconds` ({wait}) and `timeout_seconds` ({timeout})" in PAGE
    refused, hanging = re.findall(
        r"^\| .* \| (?:up to )?(\d) seconds; up to (\d) if the call before", PAGE, re.MULTILINE
    )
    assert [int(each) for each in refused] == [wait, 2 * wait]
    assert [int(each) for each in hanging] == [timeout, timeout + wait]
    assert [int(each) for each in re.findall(r"timeoutSeconds: (\d+)", PAGE)] == [timeout + wait + 1]
    assert f"to {timeout + wait + 1} seconds, above the {timeout + wait}." in PAGE


def test_workers_of_uvicorn_without_a_variable_are_restarted_as_documented(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN, encoding="utf-8")
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", "0", "--workers", "2"]
    environment, log = environment_of(None), tmp_path / "uvicorn.log"
    with run_process(command, environment=environment, cwd=tmp_path, log=log) as process:
        deadline = time.monotonic() + START_SECONDS
        while (died := len(DIED.findall(log.read_text(encoding="utf-8")))) < 4 and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.02)
    assert died >= 4, "each of two workers was started again"
    assert "Child process [...] died" in PAGE
    (command,) = re.findall(r"`python (-c \"import main\")`", PAGE)
    checked = subprocess.run(  # noqa: S603 - a command of the page
        [sys.executable, *shlex.split(command)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, "fastjose.exceptions.ConfigurationError: " in checked.stderr) == (1, True)


def environment_of(better_auth_url: str | None) -> dict[str, str]:
    """Return the environment of a server whose Better Auth is at `better_auth_url`."""
    known = {} if better_auth_url is None else {"BETTER_AUTH_URL": better_auth_url}
    path = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(Path(fastjose.__file__).parents[1])}
    return {**path, **known}


def mint(server: JwksServer, user_id: str) -> str:
    """Return a token of the Better Auth that `server` stands for."""
    return server.issuer.mint_token(user_id, iss=server.issuer_url, aud=server.issuer_url)


def probe(origin: str) -> int:
    """Return the status of `/ready`."""
    return httpx.get(f"{origin}/ready", timeout=30, trust_env=False).status_code


def call(origin: str, token: str) -> tuple[int, str]:
    """Call the application over a new connection, which any worker may accept."""
    response = httpx.get(f"{origin}/me", headers={"authorization": f"Bearer {token}"}, timeout=30, trust_env=False)
    return response.status_code, response.json().get("user_id", response.text)


def wait_until_booted(process: subprocess.Popen[str], log: Path, listening: re.Pattern[str], workers: int) -> str:
    """Return the origin of a server once all workers have started; raise its log if they never do."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        if len(BOOTED.findall(text)) == workers and (found := listening.search(text)):
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8')}")
