"""Prints the interpreter that `make bench` uses: the newest CPython on this machine that is 3.12 or newer.

`find_bench_python.py ORDINARY_PYTHON`. Candidates are `python3.14`, `python3.13` and `python3.12` on PATH, and the
versions that pyenv has installed. `BENCH_PYTHON` names another interpreter, which is then used without a comparison.
Builds without the GIL are left out, because they cannot load the abi3 module. Without a candidate, the ordinary
interpreter is printed. The reason for the choice goes to standard error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 12)
NAMES = ("python3.14", "python3.13", "python3.12")
DESCRIBE = (
    "import platform, sys, sysconfig; print(platform.python_implementation(), "
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED')), *sys.version_info[:3])"
)


def list_candidates() -> list[str]:
    """Return the interpreters that may be used: those on PATH, then those of pyenv."""
    on_path = [path for name in NAMES if (path := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*on_path, *map(str, sorted(pyenv.glob("versions/*/bin/python3")))]


def read_version(python: str) -> tuple[int, int, int] | None:
    """Return the version of a CPython with the GIL, or None for another interpreter or one that does not start."""
    command = [python, "-I", "-c", DESCRIBE]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - found on this machine
    implementation, is_without_gil, *numbers = result.stdout.split() or ["", ""]
    if result.returncode != 0 or (implementation, is_without_gil) != ("CPython", "False"):
        return None
    major, minor, micro = map(int, numbers)
    return major, minor, micro


def find_newest(candidates: list[str]) -> tuple[tuple[int, int, int], str] | None:
    """Return the newest version and its interpreter, or None if there is none from `OLDEST` on."""
    versions = [(version, python) for python in candidates if (version := read_version(python))]
    return max((found for found in versions if found[0] >= OLDEST), key=lambda found: found[0], default=None)


def main(ordinary: str) -> None:
    """Print the interpreter, and the reason to standard error."""
    if chosen := os.environ.get("BENCH_PYTHON"):
        python, reason = chosen, f"BENCH_PYTHON is {chosen}"
    elif newest := find_newest(list_candidates()):
        python, reason = newest[1], "CPython {}.{}.{}, the newest here".format(*newest[0])
    else:
        python, reason = ordinary, f"no CPython from 3.12 on was found: {ordinary} is used, and ryjwt is left out"
    sys.stderr.write(f"benchmarks: {reason}\n")
    sys.stdout.write(f"{python}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
