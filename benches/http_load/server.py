"""A uvicorn server on the first core, in a child process, and the processor time that it uses."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benches.http_load import wrk
from support.processes.child_process import run_process
from support.servers.uvicorn_server import wait_until_listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
_OPTIONS = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-use-colors", "--port", "0")


@dataclass(frozen=True)
class Server:
    """A running server: the URL of its route `/me`, and its process id."""

    url: str
    process_id: int

    def read_cpu_seconds(self) -> float:
        """Return the processor time that all threads of the server have used, in seconds."""
        clock_id = ctypes.c_int()
        if ctypes.CDLL(None).clock_getcpuclockid(self.process_id, ctypes.byref(clock_id)):
            raise ProcessLookupError(self.process_id)
        return time.clock_gettime(clock_id.value)


@contextlib.contextmanager
def run_server(application: str, directory: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Run `application` with only `environment`, in a new folder below `directory`, while the block lasts."""
    cwd = directory / application.partition(":")[0]
    cwd.mkdir()
    command = [*wrk.pin_command_to_core(0), sys.executable, "-m", "uvicorn", application, *_OPTIONS]
    base = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "examples" / "todo"))),
    }
    log = cwd / "uvicorn.log"
    with run_process(command, environment={**base, **environment}, cwd=cwd, log=log) as process:
        yield Server(f"{wait_until_listening(process, log)}/me", process.pid)
