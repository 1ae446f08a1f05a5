"""The page on servers is correct: gunicorn preloads the application, and its workers verify with the keys of before."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import fastjose
from fastjose.testing import TokenIssuer, serve_jwks
from support.child_process import START_SECONDS, STOP_SECONDS, run_process

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn requires fork")

PAGE = (Path(__file__).parents[3] / "docs" / "deployment" / "servers.md").read_text(encoding="utf-8")
GUNICORN = shlex.split(next(line for line in PAGE.splitlines() if line.startswith("gunicorn main:app")))
MAIN = next(code for code in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL) if '"/ready"' in code)
FETCH = "\nkeys.fetch()  # before the workers are forked\n"
LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")
BOOTED = re.compile(r"Application startup complete")
WORKERS = 4


def test_preloaded_workers_verify_with_keys_that_were_fetched_before_the_fork(tmp_path: Path) -> None:
    issuer = TokenIssuer("https://app.example.com", audience="https://app.example.com")
    with serve_jwks(issuer) as server:
        code = MAIN.replace("https://app.example.com/api/auth/jwks", server.url).replace(
            "await keys.fetch_async()", "pass"
        )
        (tmp_path / "main.py").write_text(code + FETCH, encoding="utf-8")
        command = [sys.executable, "-m", *GUNICORN]
        command[command.index("--bind") + 1] = "127.0.0.1:0"
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(Path(fastjose.__file__).parents[1]),
        }
        log = tmp_path / "gunicorn.log"
        with run_process(command, environment=environment, cwd=tmp_path, log=log) as process:
            origin = wait_until_booted(process, log)
            fetched = server.request_count
            assert httpx.get(f"{origin}/ready", trust_env=False).status_code == 200
            answers = [call(origin, issuer.mint_token("user-1")) for _ in range(20)]
            issuer.rotate_key()
            rotated = [call(origin, issuer.mint_token("user-2")) for _ in range(20)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_SECONDS) == 0, log.read_text(encoding="utf-8")
    assert (fetched, set(answers), set(rotated)) == (1, {(200, "user-1")}, {(200, "user-2")})


def call(origin: str, token: str) -> tuple[int, str]:
    """Call the application over a new connection, which any worker may accept."""
    response = httpx.get(f"{origin}/me", headers={"authorization": f"Bearer {token}"}, timeout=30, trust_env=False)
    return response.status_code, response.json().get("user_id", response.text)


def wait_until_booted(process: subprocess.Popen[str], log: Path) -> str:
    """Return the origin of gunicorn once all workers have started; raise its log if they never do."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        if len(BOOTED.findall(text)) == WORKERS and (found := LISTENING.search(text)):
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"gunicorn did not start:\n{log.read_text(encoding='utf-8')}")
