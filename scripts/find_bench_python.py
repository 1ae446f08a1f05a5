"""Prints the interpreter that `make bench` uses: the newest CPython on this machine that is 3.12 or newer.

`find_bench_python.py ORDINARY_PYTHON`. Candidates are `python3.14`, `python3.13` and `python3.12` on PATH, and the
versions that pyenv has installed. `BENCH_PYTHON` names another interpreter, which is then used without a comparison.
Builds without the GIL are left out, because they cannot load the abi3 module. Without a candidate, the ordinary
interpreter is printed. The reason for the choice goes to standard error.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from interpreters import Interpreter, describe_interpreter

OLDEST = (3, 12)
NAMES = ("python3.14", "python3.13", "python3.12")


def list_candidates() -> list[str]:
    """Return the interpreters that may be used: those on PATH, then those of pyenv."""
    on_path = [path for name in NAMES if (path := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*on_path, *map(str, sorted(pyenv.glob("versions/*/bin/python3")))]


def find_newest(candidates: list[str]) -> Interpreter | None:
    """Return the newest interpreter with a GIL, or None if there is none from `OLDEST` on."""
    described = [found for python in candidates if (found := describe_interpreter(python))]
    usable = [found for found in described if found.version >= OLDEST and not found.is_free_threaded]
    return max(usable, key=lambda found: found.version, default=None)


def main(ordinary: str) -> None:
    """Print the interpreter, and the reason to standard error."""
    if chosen := os.environ.get("BENCH_PYTHON"):
        python, reason = chosen, f"BENCH_PYTHON is {chosen}"
    elif newest := find_newest(list_candidates()):
        python, reason = newest.path, f"{newest}, the newest here"
    else:
        python, reason = ordinary, f"no CPython from 3.12 on was found: {ordinary} is used, and ryjwt is left out"
    sys.stderr.write(f"benchmarks: {reason}\n")
    sys.stdout.write(f"{python}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
