"""Runs mutmut on a copy of the repository, whose package is in `src`, as mutmut expects it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mutants.package.deciding import SOURCES
from mutants.package.plugin import MUTANTS
from mutants.package.selection import changes_a_text
from mutants.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COPIED = ("tests", "examples", "docs", "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml")
# The data of a process, not its address space, of which Node reserves more than a machine has.
_LIMITED = 'ulimit -d 4194304; exec "$@"'
_SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {files}
also_copy = ["examples", "docs", "README.md", "CHANGELOG.md", "Makefile"]
use_git_change_detection = false
"""


def try_files(
    repository: Path, work: Path, files: Sequence[Path], tests: Sequence[str], caught: Mapping[str, Result]
) -> list[Result]:
    """Try the mutants of some modules by the tests that cover them, and return the results with those of `caught`.

    If the run is stopped, these are fewer.
    """
    _copy(repository, work)
    _configure(work, [_in_copy(file) for file in files])
    _run(work, ["-m", "mutants.package.generate"], work / "tests")
    listed = {name: result for file in files for name, result in _list(work, file)}
    known = [caught[result.key] for result in listed.values() if result.key in caught]
    job = work / "mutants" / "job.json"
    job.write_text(json.dumps([name for name, result in listed.items() if result.key not in caught]))
    states = job.with_suffix(".states")
    options = [
        "-q",
        "--tb=native",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "-p",
        "mutants.package.plugin",
        *tests,
    ]
    try:
        _run(job.parent, ["-m", "pytest", *options], job.parent / "tests", {MUTANTS: str(job)})
    except (KeyboardInterrupt, subprocess.CalledProcessError) as error:
        print(f"the run ended with {type(error).__name__}", flush=True)
    answers = map(json.loads, states.read_text().splitlines() if states.exists() else ())
    return known + [replace(listed[answer["name"]], state=answer["state"]) for answer in answers]


def _run(
    folder: Path, arguments: Sequence[str], path: Path, variables: Mapping[str, str] = MappingProxyType({})
) -> None:
    environment = {**os.environ, **variables, "PYTHONPATH": str(path)}
    command = ["/bin/sh", "-c", _LIMITED, "sh", sys.executable, *arguments]
    subprocess.run(command, cwd=folder, env=environment, check=True)


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


def _configure(work: Path, files: Sequence[Path]) -> None:
    settings = (work / "pyproject.toml").read_text()
    settings = settings.replace('pythonpath = ["tests"', 'pythonpath = ["src", "tests"')
    settings += _SETTINGS.format(files=json.dumps([str(file) for file in files]))
    (work / "pyproject.toml").write_text(settings)


def _list(work: Path, file: Path) -> Iterator[tuple[str, Result]]:
    """Yield the mutants of a module. A key is a hash of the module and of the changed lines."""
    meta = work / "mutants" / f"{_in_copy(file)}.meta"
    for name in json.loads(meta.read_text())["exit_code_by_key"] if meta.exists() else ():
        lines = [line for line in _difference(work, name, file) if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        if changes_a_text(lines):
            continue
        function = name.rsplit(".", 1)[1].split("__mutmut_")[0].removeprefix("x_")
        change = " → ".join(" ".join(line[1:].split()) for line in lines)
        key = hashlib.sha256("\n".join((str(file), name, *lines)).encode()).hexdigest()[:10]
        yield name, Result(key, "survived", "python", f"{file} {function}: {change}")


def _difference(work: Path, name: str, file: Path) -> list[str]:
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415 - only the run needs mutmut

    before = Path.cwd()
    os.chdir(work)
    try:
        return str(get_diff_for_mutant(name, path=_in_copy(file))).splitlines()
    finally:
        os.chdir(before)
