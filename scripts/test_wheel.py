"""Installs a wheel or a source distribution into new environments, and runs the smoke test in each.

`test_wheel.py FILE…`. The tag of a wheel says which CPythons it is for: each of them that is found is tested. The
candidates are the running interpreter and `python3.10`, `python3.11`, … on PATH. A missing one is reported, and fails
only if none is left. A source distribution is built and tested on the running interpreter.

The script needs the standard library alone, so that it runs in a container of another system.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from interpreters import Interpreter, describe_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator

SMOKE_TEST = Path(__file__).parents[1] / "tests" / "distribution" / "smoke.py"
NEWEST_MINOR = 14
"""The newest CPython 3 that is supported."""


def list_versions(wheel: Path) -> Iterator[tuple[int, bool]]:
    """Yield the minor versions that the tag of `wheel` is for, and whether they are without the GIL."""
    python_tag, abi_tag = wheel.stem.split("-")[-3:-1]
    found = re.fullmatch(r"cp3(\d+)", python_tag)
    if found is None or abi_tag not in {"abi3", python_tag, f"{python_tag}t"}:
        raise SystemExit(f"{wheel.name}: tag must be cp3<minor>-abi3, or cp3<minor>-cp3<minor> with or without t")
    newest = NEWEST_MINOR if abi_tag == "abi3" else int(found[1])
    for minor in range(int(found[1]), newest + 1):
        yield minor, abi_tag.endswith("t")


def find_interpreter(minor: int, *, is_free_threaded: bool) -> Interpreter | None:
    """Return a CPython of that version, or None: the running one, or one on PATH."""
    names = (sys.executable, f"python3.{minor}{'t' if is_free_threaded else ''}")
    for path in filter(None, map(shutil.which, names)):
        found = describe_interpreter(path)
        if found and found.version[:2] == (3, minor) and found.is_free_threaded == is_free_threaded:
            return found
    return None


def run_smoke_test(file: Path, interpreter: Interpreter) -> bool:
    """Install `file` with its extra `fastapi` into a new environment; return whether the smoke test passes there."""
    print(f"{interpreter}: {file.name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fastjose-") as folder:
        python = str(Path(folder, "Scripts" if os.name == "nt" else "bin", "python"))
        commands = [
            [interpreter.path, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{file}[fastapi]"],
            # Isolated: the package must not come from a folder that PYTHONPATH names.
            [python, "-I", str(SMOKE_TEST)],
        ]
        return all(subprocess.run(command, cwd=folder, check=False).returncode == 0 for command in commands)  # noqa: S603


def find_interpreters(file: Path) -> list[Interpreter | None]:
    """Return an interpreter for each version that `file` is for; None is a missing one, which is reported."""
    if file.suffix != ".whl":
        return [describe_interpreter(sys.executable)]
    versions = list(list_versions(file))
    found = [find_interpreter(minor, is_free_threaded=is_free_threaded) for minor, is_free_threaded in versions]
    for (minor, is_free_threaded), interpreter in zip(versions, found, strict=True):
        if interpreter is None:
            name = f"3.{minor}{'t' if is_free_threaded else ''}"
            print(f"CPython {name}: not tested, python{name} is not on PATH, or is another interpreter")
    return found


def main(names: list[str]) -> int:
    """Test each file; return the exit status."""
    files = [Path(name).resolve() for name in names]
    if not files or not all(file.is_file() for file in files):
        print(
            f"file must be a distribution, is {' '.join(names) or 'not given'}: run `make build` or `make sdist` first"
        )
        return 2
    pairs = [(file, interpreter) for file in files for interpreter in find_interpreters(file)]
    results = [run_smoke_test(file, interpreter) for file, interpreter in pairs if interpreter]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed, {len(pairs) - len(results)} skipped")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
