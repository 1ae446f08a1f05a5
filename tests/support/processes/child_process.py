"""Child processes of a test: each has a time limit to start and to stop, and ends with the test."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

START_SECONDS = 60  # generous: reached only by a server that never starts
STOP_SECONDS = 10


@contextlib.contextmanager
def run_process(
    command: Sequence[str], *, environment: Mapping[str, str], cwd: Path, log: Path, **pipes: Any
) -> Iterator[subprocess.Popen[str]]:
    """Run `command` with only `environment` while the block lasts, and write its output to `log`.

    Its standard input is a pipe that closes with this process. The child exits when the pipe closes, even if the test
    run is killed.
    """
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603 - a program of the tests
            command,
            cwd=cwd,
            env=dict(environment),
            text=True,
            stdin=subprocess.PIPE,
            **{"stdout": output, "stderr": output, **pipes},
        )
    with process:
        try:
            yield process
        finally:
            stop_process(process)


def stop_process(process: subprocess.Popen[str]) -> None:
    """Terminate `process`, and kill it if it does not end in time."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
