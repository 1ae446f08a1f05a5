"""Runs targets, some at a time, and minimises their corpora."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from fuzz.runner import corpora
from fuzz.runner.processor_time import add_run, read_totals, run_measured
from fuzz.runner.targets import WORK, Target, build, environment

INPUT_TIMEOUT_SECONDS = 25
MEMORY_MEBIBYTES = 2048
STATISTIC = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


@dataclass(frozen=True)
class Session:
    """The result of a run. `seconds` is processor time, user and system."""

    target: Target
    executions: int
    seconds: float
    is_failed: bool


def run(targets: list[Target], seconds: float, processes: int, *, is_recorded: bool) -> None:
    """Build the targets, then run each for its share of `seconds` on some processes. Exit with 1 after a finding.

    Prints the executions and the processor time of each target. Adds them to the totals if `is_recorded`.
    """
    begun = time.monotonic()
    build(targets)
    print(f"built in {time.monotonic() - begun:.0f} s")
    share = max(1, int(seconds * processes / len(targets)))
    sessions = []
    with ThreadPoolExecutor(processes) as pool:
        for done in as_completed([pool.submit(run_target, target, share) for target in targets]):
            session = done.result()
            sessions.append(session)
            print_session(session)
            if is_recorded:
                add_run(session.target.name, session.executions, session.seconds)
    print(f"processor time: {sum(session.seconds for session in sessions):.0f} s")
    if is_recorded:
        total = sum(total.seconds for total in read_totals().values())
        print(f"processor time of all recorded runs: {total / 3600:.2f} h")
    if any(session.is_failed for session in sessions):
        raise SystemExit(f"a target has failed: its output is in {WORK / 'logs'}, its input in {WORK / 'artifacts'}")


def print_session(session: Session) -> None:
    """Print the result of a run on one line."""
    name, verdict = session.target.name, "FAILED" if session.is_failed else "no finding"
    print(f"{name:<10} {session.executions:>12,} executions {session.seconds:>8.1f} s  {verdict}", flush=True)


def options_of(target: Target, prefix: str | None = None) -> list[str]:
    """Return the options of libFuzzer that every run of a target has. `prefix` begins the paths of inputs that fail."""
    return [
        f"-max_len={target.max_bytes}",
        f"-timeout={INPUT_TIMEOUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MEBIBYTES}",
        f"-artifact_prefix={prefix or artifact_prefix(target)}",
        "-print_final_stats=1",
    ]


def artifact_prefix(target: Target) -> str:
    """Return the beginning of the paths of inputs that failed."""
    folder = WORK / "artifacts" / target.name
    folder.mkdir(parents=True, exist_ok=True)
    return f"{folder}/"


def run_target(target: Target, seconds: int) -> Session:
    """Run one target from its seeds and corpus for `seconds` of the clock; its output goes into a file."""
    folder = corpora.unpack(target.name)
    log = WORK / "logs" / f"{target.name}.txt"
    command = [*target.program(), *options_of(target), f"-max_total_time={seconds}", str(folder)]
    usage = run_measured(command, log, environment())
    statistic = STATISTIC.search(log.read_text(encoding="utf-8", errors="replace"))
    executions = int(statistic[1]) if statistic else 0
    return Session(target, executions, usage.seconds, is_failed=usage.exit_code != 0)


def minimize(targets: list[Target]) -> None:
    """Write the inputs of each corpus that reach other code into the tree. How often they reach it does not count.

    Exit with 1 if none is left: libFuzzer ends well, too, if the target did not start.
    """
    build(targets)
    for target in targets:
        folder = corpora.unpack(target.name)
        smaller = WORK / "minimized" / target.name
        shutil.rmtree(smaller, ignore_errors=True)
        smaller.mkdir(parents=True)
        options = [*options_of(target), "-use_counters=0", "-set_cover_merge=1"]
        command = [*target.program(), *options, str(smaller), str(folder)]
        subprocess.run(command, check=True, env=environment(), stderr=subprocess.DEVNULL)  # noqa: S603
        if not any(smaller.iterdir()):
            raise SystemExit(f"{target.name} must run to minimize its corpus: start it by hand, and read its error")
        count = corpora.pack(target.name, smaller)
        print(f"{target.name}: {count} of {len(list(smaller.iterdir()))} inputs", flush=True)
