"""The state of each mutant, as text that git keeps, and the survivors that change nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mutants.mutant import Mutant

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
EQUIVALENTS = FOLDER / "equivalents.txt"
DONE = FOLDER / "done.txt"
PACKAGE_RESULTS = RESULTS / "package.txt"
STATES = ("caught", "timeout", "unviable", "survived")


@dataclass(frozen=True)
class Result:
    """What the tests said of a mutant: its state, and which suite decided it."""

    key: str
    state: str
    suite: str
    name: str

    @property
    def file(self) -> str:
        """The file that the mutant changes."""
        return self.name.split(" ", 1)[0]

    def line(self) -> str:
        """Return the line of this result."""
        return f"{self.key} {self.state} {self.suite} {self.name}\n"


def read_results() -> dict[str, Result]:
    """Return all results by their keys."""
    return {result.key: result for path in sorted(RESULTS.glob("*.txt")) for result in _read(path)}


def read_package_results() -> list[Result]:
    """Return the results of the package's mutants."""
    return _read(PACKAGE_RESULTS) if PACKAGE_RESULTS.exists() else []


def _read(path: Path) -> list[Result]:
    return [Result(*line.split(" ", 3)) for line in path.read_text().splitlines()]


def write_package_results(files: Iterable[str], results: Iterable[Result]) -> None:
    """Replace the results of some modules of the package."""
    tried = set(files)
    kept = [result for result in read_package_results() if result.file not in tried]
    lines = sorted([*kept, *results], key=lambda result: result.file)
    _replace(PACKAGE_RESULTS, [result.line() for result in lines])


def write_results(results: Mapping[str, Result], mutants: Iterable[Mutant]) -> None:
    """Write the results of the mutants that the core has, one file for each of its folders."""
    areas: dict[str, list[str]] = defaultdict(list)
    for mutant in mutants:
        result = results.get(mutant.key)
        areas[area(mutant.file)] += [result.line()] if result else []
    RESULTS.mkdir(exist_ok=True)
    for name, lines in areas.items():
        if lines:
            _replace(RESULTS / f"{name}.txt", lines)


def _replace(path: Path, lines: Iterable[str]) -> None:
    """Write a file so that a reader, or a run that is stopped, finds it whole."""
    whole = path.with_suffix(".new")
    whole.write_text("".join(lines))
    whole.replace(path)


def area(file: str) -> str:
    """Return the folder of the core that a file is in."""
    folders = file.split("/")[1:-1]
    return folders[0] if folders else "crate"


def read_equivalents() -> dict[str, str]:
    """Return the reasons why survivors change nothing, by the keys of the mutants.

    A reason is a line that begins with `#`; the lines below it are mutants, each with its key first.
    """
    reason, reasons = "", {}
    for line in EQUIVALENTS.read_text().splitlines():
        if line.startswith("# "):
            reason = line.removeprefix("# ")
        elif line:
            reasons[line.split(" ", 1)[0]] = reason
    return reasons


def read_done() -> set[str]:
    """Return the files whose survivors all have a reason, and must keep one."""
    return set(DONE.read_text().split())
