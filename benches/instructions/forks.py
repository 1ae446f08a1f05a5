"""Instructions of one call of each workload of a Python program, which starts only once.

`run_in_forks` is the part inside the program: it warms each workload up, then runs it in two forked processes, with few
and with many calls. `count_per_call` is the part outside: it runs the program under callgrind. The difference of the
two processes is the cost of the additional calls, and of what the parent did between the two forks. The workload
`NOTHING` has only the latter, which is subtracted.

The hash seed is fixed and the garbage collector is off, so that the counts of a request differ by less than
0.1 % between runs.
"""

from __future__ import annotations

import gc
import os
import sys
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from benches.instructions.callgrind import run_counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
NOTHING = "nothing"
WARM_UP_CALLS, FEW_CALLS, MANY_CALLS = 100, 50, 250


def run_in_forks(workloads: Mapping[str, Callable[[int], object]]) -> None:
    """Run the workloads in forked processes and print a line for each: process id, calls, name of the workload."""
    gc.disable()
    every = {NOTHING: lambda _: None, **workloads}
    for run in every.values():
        run(WARM_UP_CALLS)
    for name, run in every.items():
        for calls in (FEW_CALLS, MANY_CALLS):
            print(_run_in_fork(run, calls), calls, name, flush=True)


def call_repeatedly(function: Callable[[], object], count: int) -> None:
    """Call `function` `count` times."""
    for _ in repeat(None, count):
        function()


def _run_in_fork(run: Callable[[int], object], calls: int) -> int:
    process = os.fork()
    if process == 0:
        status = 1
        try:
            run(calls)
            status = 0
        finally:
            os._exit(status)  # without the exit handlers of the parent
    _, status = os.waitpid(process, 0)
    if status != 0:
        sys.exit("a workload failed in its forked process")
    return process


def count_per_call(python: str, module: str, arguments: Sequence[str] = ()) -> dict[str, float]:
    """Return the instructions of one call of each workload of `module`, run by the interpreter `python`.

    Raises:
        RuntimeError: The program failed.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests"))),
    }
    output, counts = run_counted([python, "-m", module, *arguments], environment)
    totals: dict[str, list[int]] = {}
    for process, _, name in (line.split(maxsplit=2) for line in output.splitlines()):
        totals.setdefault(name, []).append(counts[int(process)])
    differences = {name: many - few for name, (few, many) in totals.items()}
    between_forks = differences.pop(NOTHING)
    return {name: (difference - between_forks) / (MANY_CALLS - FEW_CALLS) for name, difference in differences.items()}
