"""The benches still work: each does its work once, in the environment of `make bench`, and nothing is timed."""

from __future__ import annotations

import importlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from support.requirements import skip_or_fail

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bench" / "bin" / "python"


def run(*arguments: str) -> str:
    """Run Python in the environment of the benches, and return what it says."""
    if not PYTHON.exists():
        skip_or_fail("the environment of the benches is not there: make .venv-bench/ready")
    ran = subprocess.run(  # noqa: S603 - our own programs
        [str(PYTHON), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_bench_does_its_work() -> None:
    benches = [str(path) for path in sorted((ROOT / "benches").glob("bench_*.py"))]
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", *benches)


def test_every_application_answers() -> None:
    assert "fastjose answers" in run("benches/end_to_end.py", "--check")


def test_every_contestant_does_its_work() -> None:
    assert "HS256: 6 contestants" in run("benches/gates.py", "--check")


def test_a_target_that_is_missed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benches")
    targets, outcomes, figures = (importlib.import_module(name) for name in ("targets", "outcomes", "figures"))
    slow, fast = figures.Figures((10.0, 11.0, 10.0)), figures.Figures((4.0, 4.0, 5.0))
    for measure, limit, seen in (
        (targets.Measure.TIMES, 2.5, 2.5),
        (targets.Measure.ABOVE_US, -6, -6),
        (targets.Measure.ABOVE_PERCENT, -60, -60),
    ):
        target = targets.Target("contest", "fast", "slow", limit, measure)
        outcome = outcomes.outcome(target, {"fast": fast, "slow": slow})
        assert (outcome.seen, outcome.reached) == (seen, True)
        turned = outcomes.outcome(target, {"fast": slow, "slow": fast})
        assert not turned.reached
        assert turned.sentence().endswith("FALLS SHORT")
