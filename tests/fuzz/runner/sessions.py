"""Runs targets, two at a time, and minimises their corpora."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fuzz.runner import corpora
from fuzz.runner.targets import WORK, Target, build, environment

PROCESSES = 2
INPUT_TIMEOUT_SECONDS = 25
MEMORY_MEBIBYTES = 2048
STATISTIC = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


@dataclass(frozen=True)
class Session:
    """The result of a run."""

    target: Target
    executions: int
    clock_seconds: float
    is_failed: bool


def run(targets: list[Target], seconds: float) -> None:
    """Build the targets, then run each for its share of `seconds` on two processes. Exit with 1 after a finding.

    Prints the time of the build, the executions, and the processor time of all.
    """
    begun = time.monotonic()
    build(targets)
    print(f"built in {time.monotonic() - begun:.0f} s")
    share = max(1, int(seconds * PROCESSES / len(targets)))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with ThreadPoolExecutor(PROCESSES) as pool:
        sessions = list(pool.map(lambda target: run_target(target, share), targets))
    for session in sessions:
        verdict = "FAILED" if session.is_failed else "no finding"
        print(
            f"{session.target.name:<10} {session.executions:>12,} executions {session.clock_seconds:>7.0f} s  {verdict}"
        )
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print(f"processor time: {used:.0f} s")
    if any(session.is_failed for session in sessions):
        raise SystemExit(f"a target has failed: its output is in {WORK / 'logs'}, its input in {WORK / 'artifacts'}")


def options_of(target: Target) -> list[str]:
    """Return the options of libFuzzer that every run of a target has."""
    return [
        f"-max_len={target.max_bytes}",
        f"-timeout={INPUT_TIMEOUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MEBIBYTES}",
        f"-artifact_prefix={artifact_prefix(target)}",
        "-print_final_stats=1",
    ]


def artifact_prefix(target: Target) -> str:
    """Return the beginning of the paths of inputs that failed."""
    folder = WORK / "artifacts" / target.name
    folder.mkdir(parents=True, exist_ok=True)
    return f"{folder}/"


def run_target(target: Target, seconds: int) -> Session:
    """Run one target from its seeds and corpus; its output goes into a file."""
    folder = corpora.unpack(target.name)
    log = WORK / "logs" / f"{target.name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        command = [
            "nice",
            "-n",
            "19",
            *target.program(),
            *options_of(target),
            f"-max_total_time={seconds}",
            str(folder),
        ]
        result = subprocess.run(command, stdout=output, stderr=output, env=environment(), check=False)  # noqa: S603
    statistic = STATISTIC.search(log.read_text(encoding="utf-8", errors="replace"))
    executions = int(statistic[1]) if statistic else 0
    return Session(target, executions, time.monotonic() - begun, is_failed=result.returncode != 0)


def minimize(targets: list[Target]) -> None:
    """Keep of each corpus what reaches other code, and write it into the tree."""
    build(targets)
    for target in targets:
        folder = corpora.unpack(target.name)
        smaller = WORK / "minimized" / target.name
        shutil.rmtree(smaller, ignore_errors=True)
        smaller.mkdir(parents=True)
        command = [*target.program(), *options_of(target), "-merge=1", str(smaller), str(folder)]
        subprocess.run(command, check=True, env=environment(), stderr=subprocess.DEVNULL)  # noqa: S603
        corpora.replace(target.name, smaller)
        corpora.pack(target.name)
        print(f"{target.name}: {len(list(corpora.corpus_folder(target.name).iterdir()))} inputs")
