"""The first of two suites: the tests of the core, each mutant by the tests that reach it."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutants.switched.tree import Tree

_FEW = 12
# A mutant that loops is ended by the processor time that it takes, one that allocates without end by 4 GiB of address
# space, one that waits by the clock.
_LIMITED = 'ulimit -t 90; ulimit -v 4194304; exec "$@"'
_LEAST_SECONDS = 120
_TIMES_AS_LONG = 40
_UNKNOWN_SECONDS = 30.0
_ATTEMPTS = 2


@dataclass(frozen=True)
class CoreTest:
    """One test: its program, its name, which mutants it reaches, how long it takes."""

    binary: Path
    name: str
    reaches: frozenset[int]
    seconds: float


def survey(tree: Tree, jobs: int) -> list[CoreTest]:
    """Run each test alone, without a mutant, and note which mutants it reaches."""
    listed = [
        (binary, line.removesuffix(": test"))
        for binary in tree.binaries
        for line in _output(tree, binary, "--list", "--format=terse").splitlines()
        if line.endswith(": test")
    ]
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda test: _measure(tree, *test), listed))


def find_state(tree: Tree, number: int, tests: Iterable[CoreTest]) -> str:
    """Return `caught`, `timeout`, or `survived` if no test that reaches the mutant fails."""
    reaching = sorted((test for test in tests if number in test.reaches), key=lambda test: test.seconds)
    for part in (reaching[:_FEW], reaching[_FEW:]):
        for binary in dict.fromkeys(test.binary for test in part):
            names = [test.name for test in part if test.binary == binary]
            seconds = sum(test.seconds for test in part)
            state = run(tree, [binary, "--exact", *names], {"FASTJOSE_MUTANT": str(number)}, seconds)
            if state != "survived":
                return state
    return "survived"


def run(tree: Tree, command: Sequence[str | Path], variables: dict[str, str], usual_seconds: float) -> str:
    """Run a command of tests and say what it means for the mutant."""
    with subprocess.Popen(
        ["/bin/sh", "-c", _LIMITED, "sh", *command],
        cwd=tree.root,
        env=_environment(tree, variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            code = process.wait(_LEAST_SECONDS + _TIMES_AS_LONG * usual_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "timeout"
    if code == 0:
        return "survived"
    return "timeout" if code in {-signal.SIGXCPU, -signal.SIGKILL} else "caught"


def _measure(tree: Tree, binary: Path, name: str) -> CoreTest:
    with tempfile.TemporaryDirectory() as folder:
        reached = Path(folder, "reached")
        for _ in range(_ATTEMPTS):
            started = time.monotonic()
            state = run(tree, [binary, "--exact", name], {"FASTJOSE_MUTANTS_REACHED": str(reached)}, _UNKNOWN_SECONDS)
            if state == "survived":
                break
        else:
            raise SystemExit(f"the test {name} of {binary.name} must pass without a mutant: run make test-rust")
        numbers = frozenset(map(int, reached.read_text().split())) if reached.exists() else frozenset[int]()
        return CoreTest(binary, name, numbers, time.monotonic() - started)


def _output(tree: Tree, *command: str | Path) -> str:
    return subprocess.run(
        command, cwd=tree.root, env=_environment(tree, {}), check=True, capture_output=True, text=True
    ).stdout


def _environment(tree: Tree, variables: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "CARGO_MANIFEST_DIR": str(tree.root), **variables}
