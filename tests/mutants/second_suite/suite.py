"""Runs the package's tests on mutants, each mutant by the tests that reach it, in one process that forks."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mutants.second_suite.coverage_map import package_tests
from mutants.second_suite.plugin import PIPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mutants.mutant import Mutant
    from mutants.switched.tree import Tree

# A function that takes longer with all its parameters is left out: each survivor that it reaches would wait for it.
_SURVEY_SECONDS = 40.0
_BUILT_SECONDS = 900.0
_REPORT_EVERY = 100
_LEAST_SECONDS = 30.0
_TIMES_AS_LONG = 10
_OPTIONS = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "mutants.second_suite.plugin")


@dataclass(frozen=True)
class PackageTest:
    """One test function: which mutants it reaches, by their keys, and how long it takes with all its parameters."""

    name: str
    reaches: frozenset[str]
    seconds: float


@dataclass
class SecondSuite:
    """The copy of the repository, the interpreter that has the package's requirements, and where surveys are kept.

    A mutant that most tests reach is tried by the shortest of them: as many as take `most_seconds` together.
    """

    tree: Tree
    python: Path
    kept: Path
    most_seconds: float

    def try_each(self, mutants: Sequence[Mutant], record: Callable[[Mutant, str], None]) -> None:
        """Try mutants that the built module holds, and record the state of each."""
        folders = sorted({folder for mutant in mutants for folder in package_tests(mutant.file)})
        with self._start(folders) as suite:
            tests = self._survey(suite, mutants)
            reached = sum(any(mutant.key in test.reaches for test in tests) for mutant in mutants)
            print(f"{len(tests)} tests of the package reach {reached} of {len(mutants)} mutants", flush=True)
            for mutant in mutants:
                state, seconds = self._try(suite, mutant, tests)
                record(mutant, state)
                print(f"{state} in {seconds:.1f} s: {mutant.file} {mutant.change}", flush=True)

    def try_built(self, mutant: Mutant) -> str:
        """Return the state of a mutant that the module is built with, without a switch."""
        with self._start(package_tests(mutant.file)) as suite:
            answer = suite.ask(suite.tests, {}, _BUILT_SECONDS)
        return str(answer["state"])

    @contextmanager
    def _start(self, folders: Sequence[str]) -> Iterator[_Process]:
        request_end, requests = os.pipe()
        answers, answer_end = os.pipe()
        root = self.tree.root
        with (
            tempfile.TemporaryDirectory(prefix="fastjose-mutants-") as temporary,
            subprocess.Popen(
                [self.python, "-m", "pytest", *_OPTIONS, "--basetemp", f"{temporary}/tests", *folders],
                cwd=root,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{root / 'python'}:{root / 'tests'}",
                    "CARGO_MANIFEST_DIR": str(root),
                    PIPES: f"{request_end},{answer_end}",
                },
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(request_end, answer_end),
                start_new_session=True,
            ),
        ):
            os.close(request_end)
            os.close(answer_end)
            with os.fdopen(requests, "w") as outgoing, os.fdopen(answers) as incoming:
                yield _Process(outgoing, incoming, self.python)

    def _survey(self, suite: _Process, mutants: Sequence[Mutant]) -> list[PackageTest]:
        keys = {mutant.number: mutant.key for mutant in mutants}
        kept = self._read_kept(keys.values())
        tests, failing = [], []
        for position, name in enumerate(suite.tests):
            identity = f"{name} {_digest(self.tree.root / name.split('::', 1)[0])}"
            if identity not in kept:
                kept[identity] = self._measure(suite, name, keys)
            if kept[identity] is None:
                failing.append(name)
            else:
                tests.append(PackageTest(name, frozenset(kept[identity]["reaches"]), kept[identity]["seconds"]))
            if position % _REPORT_EVERY == 0:
                self.kept.write_text(json.dumps({"mutants": sorted(keys.values()), "tests": kept}))
                print(f"{position} of {len(suite.tests)} tests of the package are measured", flush=True)
        self.kept.write_text(json.dumps({"mutants": sorted(keys.values()), "tests": kept}))
        if failing:
            print(
                f"left out, as they fail without a mutant or take {_SURVEY_SECONDS:.0f} s:",
                *failing,
                sep="\n",
                flush=True,
            )
        return [test for test in tests if test.reaches]

    def _read_kept(self, keys: Sequence[str] | Any) -> dict[str, Any]:
        """Return the tests of an earlier survey, if it was of these mutants."""
        survey = json.loads(self.kept.read_text()) if self.kept.exists() else {"mutants": [], "tests": {}}
        return dict(survey["tests"]) if set(keys) <= set(survey["mutants"]) else {}

    def _measure(self, suite: _Process, name: str, keys: Mapping[int, str]) -> dict[str, Any] | None:
        with tempfile.TemporaryDirectory() as folder:
            reached = Path(folder, "reached")
            answer = suite.ask([name], {"FASTJOSE_MUTANTS_REACHED": str(reached)}, _SURVEY_SECONDS)
            if answer["state"] != "survived":
                return None
            numbers = {int(line) for line in reached.read_text().split()} if reached.exists() else set()
            reaches = sorted(keys[number] for number in numbers & keys.keys())  # the build holds others too
            return {"reaches": reaches, "seconds": answer["seconds"]}

    def _try(self, suite: _Process, mutant: Mutant, tests: Sequence[PackageTest]) -> tuple[str, float]:
        reaching = sorted((test for test in tests if mutant.key in test.reaches), key=lambda test: test.seconds)
        totals = accumulate(test.seconds for test in reaching)
        reaching = [test for test, total in zip(reaching, totals, strict=True) if total <= self.most_seconds]
        usual = sum(test.seconds for test in reaching)
        answer = suite.ask(
            [test.name for test in reaching],
            {"FASTJOSE_MUTANT": str(mutant.number)},
            _LEAST_SECONDS + _TIMES_AS_LONG * usual,
        )
        return answer["state"], answer["seconds"]


class _Process:
    def __init__(self, requests: IO[str], answers: IO[str], python: Path) -> None:
        self._requests, self._answers = requests, answers
        first = answers.readline()
        if not first:
            raise SystemExit(f"the tests of the package must be collected by {python}: run make test-python")
        self.tests: list[str] = json.loads(first)["tests"]

    def ask(self, tests: Sequence[str], variables: Mapping[str, str], seconds: float) -> dict[str, Any]:
        """Run tests in a process that is forked, with variables in its environment."""
        self._requests.write(json.dumps({"tests": list(tests), "variables": variables, "seconds": seconds}) + "\n")
        self._requests.flush()
        return dict(json.loads(self._answers.readline()))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]
