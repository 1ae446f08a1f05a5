"""Servers that a test starts as processes of its own: bounded in time, and ended by their own handle."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

START_SECONDS = 60  # generous: only a server that will never start takes so long
STOP_SECONDS = 10


@contextlib.contextmanager
def running(
    command: Sequence[str], *, environment: Mapping[str, str], cwd: Path, log: Path, **pipes: Any
) -> Iterator[subprocess.Popen[str]]:
    """Run `command` while the block lasts, with nothing but `environment`; what it says goes to `log`.

    Its standard input is a pipe that closes with this process, which tells the server to end even if the test run is
    killed.
    """
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603 - the tests' own programs
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
            stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """End `process`, by force if it does not end when asked."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
