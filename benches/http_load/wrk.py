"""Load, by `wrk`: so many connections that send the next request when the last one is answered, for so many seconds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPT = Path(__file__).with_suffix(".lua")
GRACE_SECONDS = 30


@dataclass(frozen=True)
class Load:
    """What to send where."""

    url: str
    tokens: Path
    """One a line, sent in turn."""
    connections: int
    seconds: int


@dataclass(frozen=True)
class Answers:
    """What came back."""

    answers: int
    duration_us: int
    refused: int
    """Answers of 400 and above."""
    failed: int
    """Requests without an answer."""
    p50_us: int
    p99_us: int

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.answers / self.duration_us * 1e6


def require_wrk() -> str:
    """Return where wrk is, or end with a word on how to get it."""
    found = shutil.which("wrk")
    if found is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    return found


def on_core(number: int) -> list[str]:
    """Return what, before a command, keeps it on one of the cores: nothing where there is one core, or no taskset."""
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    taskset = shutil.which("taskset")
    return [taskset, "--cpu-list", str(cores[number % len(cores)])] if taskset and len(cores) > 1 else []


def run(loads: Sequence[Load]) -> list[Answers]:
    """Run the loads at once, on the last core; every request must be answered."""
    processes = [subprocess.Popen(_command(load), stdout=subprocess.PIPE, text=True) for load in loads]  # noqa: S603
    try:
        said = [
            process.communicate(timeout=load.seconds + GRACE_SECONDS)[0]
            for process, load in zip(processes, loads, strict=True)
        ]
    finally:
        for process in processes:
            process.kill()
    answers = [Answers(**json.loads(output.splitlines()[-1])) for output in said]
    if any(one.failed or not one.answers for one in answers):
        raise RuntimeError(f"requests were not answered: {answers}")
    return answers


def _command(load: Load) -> list[str]:
    size = ["--threads", "1", "--connections", str(load.connections), "--duration", f"{load.seconds}s"]
    return [*on_core(-1), require_wrk(), *size, "--script", str(SCRIPT), load.url, "--", str(load.tokens)]
