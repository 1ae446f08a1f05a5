"""Runs mutants of the core: by the core's own tests, then by the package's tests that cover the file."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutants.core_tests import find_state, run, survey
from mutants.package_tests import package_tests
from mutants.results import Result
from mutants.switched.tree import Tree, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mutants.core_tests import CoreTest
    from mutants.mutant import Mutant

_CORE_SECONDS = 20.0
_PACKAGE_SECONDS = 60.0


@dataclass
class CoreRun:
    """One run: the repository, where its copies are, what takes each result."""

    repository: Path
    work: Path
    target: Path
    jobs: int
    record: Callable[[Result], None]
    python: Path
    tree: Tree = field(init=False)

    def __post_init__(self) -> None:
        self.tree = Tree(self.work / "switched", self.target)

    def run(self, mutants: Sequence[Mutant]) -> None:
        """Try each mutant, first those that one build holds, then the others with a build each."""
        self.tree.copy(self.repository)
        switched = switch(self.tree, self.repository, mutants)
        by_number = {mutant.number: mutant for mutant in mutants}
        for number in switched.unviable:
            self._record(by_number[number], "unviable", "rust")
        if not self.tree.build_tests():
            raise SystemExit("the tests of the core must compile with the mutants: run cargo test in the copy")
        tests = survey(self.tree, self.jobs)
        print(f"{len(tests)} tests of the core, {len(switched.held)} mutants in one build", flush=True)
        held = sorted(switched.held - switched.unviable - switched.alone)
        with ThreadPoolExecutor(self.jobs) as pool:
            states = pool.map(lambda number: self._first(by_number[number], tests), held)
            survivors = [number for number, state in zip(held, states, strict=True) if state == "survived"]
        if survivors:
            self._second_suite([by_number[number] for number in survivors])
        for number in sorted(switched.alone):
            self._run_alone(by_number[number])

    def _first(self, mutant: Mutant, tests: Sequence[CoreTest]) -> str:
        state = find_state(self.tree, mutant.number, tests)
        self._record(mutant, state, "rust")
        return state

    def _second_suite(self, survivors: Sequence[Mutant]) -> None:
        self.tree.build_module()
        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(self._second, survivors))

    def _second(self, mutant: Mutant) -> None:
        state = self._run_package(self.tree, mutant, {"FASTJOSE_MUTANT": str(mutant.number)})
        self._record(mutant, state, "python")

    def _run_package(self, tree: Tree, mutant: Mutant, variables: dict[str, str]) -> str:
        command: list[str | Path] = [
            self.python,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
        ]
        paths = f"{tree.root / 'python'}:{tree.root / 'tests'}"
        return run(tree, [*command, *package_tests(mutant.file)], {"PYTHONPATH": paths, **variables}, _PACKAGE_SECONDS)

    def _run_alone(self, mutant: Mutant) -> None:
        tree = Tree(self.work / "alone", self.target)
        tree.copy(self.repository)
        tree.write(mutant.file, mutant.apply((self.repository / mutant.file).read_bytes()))
        if not tree.build_tests():
            self._record(mutant, "unviable", "rust")
            return
        for binary in tree.binaries:
            state = run(tree, [binary], {}, _CORE_SECONDS)
            if state != "survived":
                self._record(mutant, state, "rust")
                return
        tree.build_module()
        self._record(mutant, self._run_package(tree, mutant, {}), "python")

    def _record(self, mutant: Mutant, state: str, suite: str) -> None:
        self.record(Result(mutant.key, state, suite, f"{mutant.file} {mutant.change}"))


def changed_lines(repository: Path, base: str) -> str:
    """Return what the tree changed in the core since `base`, as a diff."""
    return subprocess.run(
        ["git", "diff", base, "--", "src"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout
