"""An application of the tests under a real uvicorn in a child process, called over HTTP."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from support.processes.child_process import START_SECONDS, run_process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence

TESTS = Path(__file__).parents[2]
LISTENING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class ServedApp:
    """A running application: the origin at which it listens, its log file, and its process."""

    origin: str
    log_file: Path
    process: subprocess.Popen[str]

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        """Request `path`, with `token` as the bearer token if it is given."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return httpx.get(self.origin + path, headers=headers, timeout=START_SECONDS, trust_env=False)

    def read_log(self) -> str:
        """Return the log of the server so far. It is complete once the server has ended."""
        return self.log_file.read_text(encoding="utf-8")


@contextlib.contextmanager
def run_uvicorn(
    directory: Path, application: str = "support.applications.whoami_app:app", **environment: str
) -> Iterator[ServedApp]:
    """Run `application` with only `environment`, in an empty folder under `directory`, so that it finds no `.env`."""
    with run_uvicorn_with(Path(sys.executable), directory, application, environment) as app:
        yield app


@contextlib.contextmanager
def run_uvicorn_with(
    python: Path, directory: Path, application: str, environment: Mapping[str, str], options: Sequence[str] = ()
) -> Iterator[ServedApp]:
    """Run `application` with the uvicorn of the interpreter `python`, with only `environment`, and with `options`."""
    log, cwd = directory / "uvicorn.log", directory / "cwd"
    cwd.mkdir()
    # Port 0: the system picks a free port and uvicorn reports it, so that no other process can take it in between.
    command = [str(python), "-m", "uvicorn", application, "--app-dir", str(TESTS), "--host", "127.0.0.1", "--port", "0"]
    command += ["--no-use-colors", "--timeout-graceful-shutdown", "5", *options]  # the last one of equal options counts
    with run_process(
        command, environment={"PATH": os.environ.get("PATH", os.defpath), **environment}, cwd=cwd, log=log
    ) as process:
        yield ServedApp(origin=wait_until_listening(process, log), log_file=log, process=process)


def wait_until_listening(process: subprocess.Popen[str], log: Path) -> str:
    """Return the origin that uvicorn reports once it accepts connections; raise its log if it never does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := LISTENING.search(log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"uvicorn did not start:\n{log.read_text(encoding='utf-8')}")
