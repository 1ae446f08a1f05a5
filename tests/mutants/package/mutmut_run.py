"""Runs mutmut on a copy of the repository, whose package is in `src`, as mutmut expects it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mutants.package.deciding import SOURCES
from mutants.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COPIED = ("tests", "examples", "docs", "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml")
_STATES = {0: "survived", 5: "survived", 33: "survived", 36: "timeout", -24: "timeout", -9: "timeout"}
# The data of a process, not its address space, of which Node reserves more than a machine has.
_LIMITED = 'ulimit -d 4194304; exec "$@"'
_SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {files}
also_copy = ["examples", "docs", "README.md", "CHANGELOG.md", "Makefile"]
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
"""


def try_files(repository: Path, work: Path, files: Sequence[Path], tests: Sequence[str]) -> list[Result]:
    """Try the mutants of some modules by the tests that cover them, and return the results."""
    _copy(repository, work)
    _configure(work, [_in_copy(file) for file in files], tests)
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1"]
    subprocess.run(["/bin/sh", "-c", _LIMITED, "sh", *command], cwd=work, env=_environment(), check=True)
    return [result for file in files for result in _read(work, file)]


def _copy(repository: Path, work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *_COPIED, str(SOURCES)],
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in [*listed.splitlines(), str(SOURCES / "_core.abi3.so")]:
        if (repository / name).is_file():
            target = work / _in_copy(Path(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, target)
    vectors = repository.parent / "shared"
    if vectors.exists() and not (work.parent / "shared").exists():
        (work.parent / "shared").symlink_to(vectors.resolve())


def _in_copy(file: Path) -> Path:
    return Path("src", "fastjose", file.relative_to(SOURCES)) if file.is_relative_to(SOURCES) else file


def _configure(work: Path, files: Sequence[Path], tests: Sequence[str]) -> None:
    settings = (work / "pyproject.toml").read_text()
    settings = settings.replace('pythonpath = ["tests"', 'pythonpath = ["src", "tests"')
    settings += _SETTINGS.format(files=json.dumps([str(file) for file in files]), tests=json.dumps(list(tests)))
    (work / "pyproject.toml").write_text(settings)


def _environment() -> dict[str, str]:
    """Return an environment without a path to the package: pytest's settings have that of the changed one.

    A process that a test starts imports the package of the repository, without mutants.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _read(work: Path, file: Path) -> Iterator[Result]:
    """Yield the results of a module. A key is a hash of the module and of the changed lines."""
    meta = work / "mutants" / f"{_in_copy(file)}.meta"
    codes = json.loads(meta.read_text())["exit_code_by_key"] if meta.exists() else {}
    for name, code in codes.items():
        if code is None:  # It was not tried: the run was stopped.
            continue
        lines = [line for line in _difference(work, name, file) if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        function = name.rsplit(".", 1)[1].split("__mutmut_")[0].removeprefix("x_")
        change = " → ".join(" ".join(line[1:].split()) for line in lines)
        key = hashlib.sha256("\n".join((str(file), name, *lines)).encode()).hexdigest()[:10]
        yield Result(key, _STATES.get(code, "caught"), "python", f"{file} {function}: {change}")


def _difference(work: Path, name: str, file: Path) -> list[str]:
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415 - only the run needs mutmut

    before = Path.cwd()
    os.chdir(work)
    try:
        return str(get_diff_for_mutant(name, path=_in_copy(file))).splitlines()
    finally:
        os.chdir(before)
