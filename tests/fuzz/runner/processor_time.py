"""Measures the processor time of programs, limits it, and keeps its total over all runs in `processor_time.json`."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from fuzz.runner.targets import FUZZ

if TYPE_CHECKING:
    from pathlib import Path

TOTALS = FUZZ / "processor_time.json"


@dataclass(frozen=True)
class Usage:
    """The result of a program. `seconds` is its processor time, user and system."""

    exit_code: int
    seconds: float


@dataclass
class Total:
    """What a target has used since the file of totals exists. `seconds` is processor time, user and system."""

    runs: int = 0
    executions: int = 0
    seconds: float = 0.0


def run_measured(command: list[str], log: Path, variables: dict[str, str], max_seconds: int | None = None) -> Usage:
    """Run a command at the lowest priority, its output in `log`; at most `max_seconds` of processor time."""
    limit = [] if max_seconds is None else ["sh", "-c", 'ulimit -t "$0" && exec "$@"', str(max_seconds)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        program = subprocess.Popen(  # noqa: S603
            ["nice", "-n", "19", *limit, *command],  # noqa: S607
            stdout=output,
            stderr=output,
            env=variables,
        )
        _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    return Usage(program.returncode, usage.ru_utime + usage.ru_stime)


def read_totals() -> dict[str, Total]:
    """Return the total of each target."""
    text = TOTALS.read_text(encoding="utf-8") if TOTALS.exists() else "{}"
    return {name: Total(**total) for name, total in json.loads(text).items()}


def add_run(name: str, executions: int, seconds: float) -> None:
    """Add a run of a target to its total."""
    totals = read_totals()
    total = totals.setdefault(name, Total())
    total.runs += 1
    total.executions += executions
    total.seconds = round(total.seconds + seconds, 1)
    texts = {name: asdict(total) for name, total in sorted(totals.items())}
    TOTALS.write_text(json.dumps(texts, indent=2) + "\n", encoding="utf-8")
