"""Every benchmark runs once without timing, in the virtual environment of `make bench`."""

from __future__ import annotations

import importlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

from support.requirements import skip_or_fail

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bench" / "bin" / "python"


def run(*arguments: str) -> str:
    """Run Python in the virtual environment of the benchmarks and return its output."""
    if not PYTHON.exists():
        skip_or_fail(".venv-bench does not exist: make .venv-bench/ready")
    result = subprocess.run(  # noqa: S603 - programs of this project
        [str(PYTHON), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_every_benchmark_runs() -> None:
    benches = [str(path) for path in sorted((ROOT / "benches" / "python").glob("bench_*.py"))]
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", *benches)


def test_every_http_application_responds_correctly() -> None:
    assert "fastjose: responses are correct" in run("-m", "benches.http_load", "--check")


def test_every_candidate_runs() -> None:
    assert "HS256: 6 candidates" in run("-m", "benches.comparisons.check_targets", "--check")


def test_every_workload_against_a_commit_runs() -> None:
    code = "from benches.comparisons.against_commit import *; print(*measure_packages({THIS_TREE: ROOT / 'python'}, 2))"
    output = run("-c", code)
    for workload in (
        "AuthenticatedUser",
        "AuthenticatedUser in an app with roles",
        "AuthenticatedUser and require_role",
    ):
        assert f"this tree: {workload}" in output
        assert f"stub: {workload}" in output


def test_a_missed_target_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    targets = importlib.import_module("benches.targets")
    target_results, measurements = (
        importlib.import_module(f"benches.comparisons.{name}") for name in ("target_results", "measurements")
    )
    slow, fast = measurements.Measurement((10.0, 11.0, 10.0)), measurements.Measurement((4.0, 4.0, 5.0))
    for measure, limit, value in (
        (targets.Measure.TIMES_AS_FAST, 2.5, 2.5),
        (targets.Measure.ABOVE_US, -6, -6),
        (targets.Measure.ABOVE_PERCENT, -60, -60),
        (targets.Measure.APART_PERCENT, 60, -60),
        (targets.Measure.TIMES_AS_LONG, 0.4, 0.4),
    ):
        target = targets.Target("comparison", "fast", "slow", limit, measure)
        result = target_results.evaluate_target(target, {"fast": fast, "slow": slow})
        assert (result.value, result.is_reached) == (value, True)
        swapped = target_results.evaluate_target(target, {"fast": slow, "slow": fast})
        assert not swapped.is_reached
        assert swapped.format_line().endswith("MISSED")
