"""Runs mutants of the core: by the core's own tests, then by the package's tests that cover the file."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutants.core_tests import find_state, run, survey
from mutants.results import Result
from mutants.second_suite.suite import SecondSuite
from mutants.switched.tree import Tree, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from mutants.core_tests import CoreTest
    from mutants.mutant import Mutant

_CORE_SECONDS = 20.0
# The core's own tests are built without the bindings.
_BINDINGS = "src/python/"


@dataclass
class CoreRun:
    """One run: the repository, its copies, what takes each result, and which mutants wait for the second suite.

    `most_seconds` is that of the second suite.
    """

    repository: Path
    work: Path
    target: Path
    jobs: int
    record: Callable[[Result], None]
    python: Path
    most_seconds: float
    waiting: Collection[str]
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
        held = [by_number[number] for number in sorted(switched.held - switched.unviable - switched.alone)]
        untested = {mutant.key for mutant in held if mutant.file.startswith(_BINDINGS)} | set(self.waiting)
        survivors = [mutant for mutant in held if mutant.key in untested]
        survivors += self._first_suite([mutant for mutant in held if mutant.key not in untested])
        if survivors:
            self._second_suite(survivors)
        for number in sorted(switched.alone):
            self._run_alone(by_number[number])

    def _first_suite(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        if not mutants:
            return []
        if not self.tree.build_tests():
            raise SystemExit("the tests of the core must compile with the mutants: run cargo test in the copy")
        tests = survey(self.tree, self.jobs)
        print(f"{len(tests)} tests of the core, {len(mutants)} mutants in one build", flush=True)
        with ThreadPoolExecutor(self.jobs) as pool:
            states = pool.map(lambda mutant: self._first(mutant, tests), mutants)
            return [mutant for mutant, state in zip(mutants, states, strict=True) if state == "survived"]

    def _first(self, mutant: Mutant, tests: Sequence[CoreTest]) -> str:
        state = find_state(self.tree, mutant.number, tests)
        self._record(mutant, state, "rust")
        return state

    def _second_suite(self, survivors: Sequence[Mutant]) -> None:
        if not self.tree.build_module():
            raise SystemExit("the native module with the mutants must compile: run cargo build in its copy")
        suite = SecondSuite(self.tree, self.python, self.work / "package-survey.json", self.most_seconds)
        suite.try_each(survivors, lambda mutant, state: self._record(mutant, state, "python"))

    def _run_alone(self, mutant: Mutant) -> None:
        tree = Tree(self.work / "alone", self.target)
        tree.copy(self.repository)
        tree.write(mutant.file, mutant.apply((self.repository / mutant.file).read_bytes()))
        state = _test_core(tree)
        if state == "survived" and tree.build_module():
            suite = SecondSuite(tree, self.python, self.work / "unused.json", self.most_seconds)
            self._record(mutant, suite.try_built(mutant), "python")
        else:
            self._record(mutant, "unviable" if state == "survived" else state, "rust")

    def _record(self, mutant: Mutant, state: str, suite: str) -> None:
        self.record(Result(mutant.key, state, suite, f"{mutant.file} {mutant.change}"))


def _test_core(tree: Tree) -> str:
    """Return the state of a mutant by the core's own tests, in a copy that has this mutant alone."""
    for kind in ("--lib", "--tests"):
        if not tree.build_tests(kind):
            return "unviable"
        for binary in tree.binaries:
            state = run(tree, [binary], {}, _CORE_SECONDS)
            if state != "survived":
                return state
    return "survived"


def changed_lines(repository: Path, base: str) -> str:
    """Return what the tree changed in the core since it left `base`, as a diff."""
    command = ["git", "diff", "--merge-base", base, "--", "src"]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout
