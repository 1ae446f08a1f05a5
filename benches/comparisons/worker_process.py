"""Candidates that run in another process and take their turn over a pipe.

For each line on its standard input, a worker does the work that the line names. It answers with a line on its standard
output: the CPU time of the work in nanoseconds. The time for the pipe is not part of the measurement.
"""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]


class WorkerProcess:
    """A worker that is started at its first request, because cargo may have to build it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Store the command, and the environment if it differs from that of this process."""
        self._command, self._environment = command, environment
        self._exit_stack = contextlib.ExitStack()

    def request_seconds(self, line: str) -> float:
        """Send `line` to the worker and return the time that it reports, in seconds."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker must answer {line!r}, but it has ended; see its error output above")
        return int(answer) * 1e-9

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(  # noqa: S603 - a program of this project
            self._command, cwd=ROOT, env=self._environment, text=True, stdin=pipe, stdout=pipe
        )
        return self._exit_stack.enter_context(process)

    def stop(self) -> None:
        """Close the input of the worker, which ends it, and wait for it."""
        self._exit_stack.close()


@contextlib.contextmanager
def worker_process(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[WorkerProcess]:
    """Provide a worker and stop it at the end."""
    worker = WorkerProcess(command, environment)
    try:
        yield worker
    finally:
        worker.stop()


@dataclass(frozen=True)
class WorkerCandidate:
    """Work of a worker process. Each request line is `prefix` followed by the number of calls."""

    worker: WorkerProcess
    prefix: str = ""
    operations_per_call: int = 1

    def time_calls(self, count: int) -> float:
        """Have the worker do the work `count` times and return the elapsed seconds."""
        return self.worker.request_seconds(f"{self.prefix}{count}")
