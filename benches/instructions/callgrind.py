"""Runs a program under valgrind's callgrind and reads how many instructions each of its processes executed.

valgrind emulates the same processor everywhere: with AVX2, without AVX-512 and without SHA extensions. So counts are
equal on x86-64 machines, but the code paths for newer processors are not counted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MISSING = "valgrind is not installed: apt-get install valgrind"
_COMMAND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
_COLLECTED = re.compile(r"^==(\d+)== Collected : (\d+)", re.MULTILINE)


def is_valgrind_installed() -> bool:
    """Return whether valgrind is on PATH."""
    return shutil.which("valgrind") is not None


def run_counted(
    command: Sequence[str], environment: Mapping[str, str] | None = None, text: str = ""
) -> tuple[str, dict[int, int]]:
    """Run `command` with `text` as its input. Return its output, and the instructions of each process by its id.

    The count of a forked process includes the instructions of its parent before the fork.

    Raises:
        RuntimeError: The command failed. The message contains its standard error.
    """
    whole = [*_COMMAND, *command]
    result = subprocess.run(whole, env=environment, input=text, capture_output=True, text=True, check=False)  # noqa: S603 - a program of this project
    counts = {int(process): int(count) for process, count in _COLLECTED.findall(result.stderr)}
    if result.returncode != 0 or not counts:
        raise RuntimeError(result.stderr)
    return result.stdout, counts


def count_instructions(command: Sequence[str], text: str = "") -> int:
    """Return the instructions of a program that does not fork, with `text` as its input."""
    _, counts = run_counted(command, text=text)
    (count,) = counts.values()
    return count
