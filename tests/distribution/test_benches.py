"""Every benchmark runs once without timing, in the virtual environment of `make bench`."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

from support.environment.requirements import skip_or_fail

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
    assert "HS256: 10 candidates" in run("-m", "benches.comparisons.check_targets", "--check")


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


def test_checks_table_equals_results_page() -> None:
    code = "from benches.report.checks_table import format_checks_table; print(format_checks_table())"
    table = run("-c", code)
    page = (ROOT / "benches" / "results" / "README.md").read_text(encoding="utf-8")
    assert "| a repeated name in the payload | rejected |" in table
    if "ryjwt" in table:  # it is left out below CPython 3.12
        assert table in page


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


def test_an_unavailable_candidate_misses_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    targets = importlib.import_module("benches.targets")
    target_results, measurements = (
        importlib.import_module(f"benches.comparisons.{name}") for name in ("target_results", "measurements")
    )
    by_candidate = {
        "here": measurements.Measurement((1.0,), unit="instructions"),
        **measurements.all_unavailable(["elsewhere"], "valgrind is not installed"),
    }
    target = targets.Target("comparison", "here", "elsewhere", 1)
    result = target_results.evaluate_target(target, by_candidate)
    assert not result.is_reached
    assert result.format_line().endswith("valgrind is not installed (≥ 1×) MISSED")


def test_a_difference_is_the_median_of_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    targets = importlib.import_module("benches.targets")
    target_results, measurements = (
        importlib.import_module(f"benches.comparisons.{name}") for name in ("target_results", "measurements")
    )
    drifting = {
        "verifier": measurements.Measurement((11.0, 21.0, 31.0)),
        "primitive": measurements.Measurement((10.0, 20.0, 40.0)),
    }
    target = targets.Target("comparison", "verifier", "primitive", 1, targets.Measure.ABOVE_US)
    assert target_results.evaluate_target(target, drifting).value == 1


@pytest.mark.parametrize(
    ("flags", "limits"),
    [
        ("avx2 avx512vl avx512ifma", [1.6, 1.7, 1.8, 7]),
        ("avx2 avx512ifma", [1.1, 1.1, 1.15, 4.5]),
        ("avx2", [1.1, 1.1, 1.15, 4.5]),
        ("sse4_2", [1, 1]),
    ],
)
def test_eddsa_targets_depend_on_the_processor(
    monkeypatch: pytest.MonkeyPatch, flags: str, limits: list[float]
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    targets, processor = (importlib.import_module(f"benches.{name}") for name in ("targets", "machine.processor"))
    found = targets.list_eddsa_targets(processor.classify_processor(frozenset(flags.split())))
    assert [target.limit for target in found] == limits


def test_instructions_between_forks_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    forks = importlib.import_module("benches.instructions.forks")
    few, many = forks.FEW_CALLS, forks.MANY_CALLS
    between = 500
    totals = [1_000, 1_000 + between, 2_000 + 30 * few, 2_000 + 30 * many + between]
    output = f"1 {few} nothing\n2 {many} nothing\n3 {few} a request\n4 {many} a request\n"
    monkeypatch.setattr(forks, "run_counted", lambda *_: (output, dict(enumerate(totals, start=1))))
    assert forks.count_per_call("python3", "module") == {"a request": 30}


@pytest.fixture
def find_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], tuple[str, str]]:
    """Return a function that runs `find_bench_python.py` where only the interpreters in `tmp_path` exist."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("BENCH_PYTHON", raising=False)

    def find() -> tuple[str, str]:
        command = [sys.executable, str(ROOT / "scripts" / "find_bench_python.py"), "ordinary"]
        result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own script
        return result.stdout.strip(), result.stderr

    return find


def write_interpreter(path: Path, description: str, status: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {description}\nexit {status}\n", encoding="utf-8")
    path.chmod(0o755)


def test_find_bench_python_takes_newest_cpython_with_gil(
    find_python: Callable[[], tuple[str, str]], tmp_path: Path
) -> None:
    newest = tmp_path / "pyenv" / "versions" / "3.13.9" / "bin" / "python3"
    write_interpreter(tmp_path / "python3.12", "CPython False 3 12 11")
    write_interpreter(newest, "CPython False 3 13 9")
    write_interpreter(newest.parents[2] / "3.14.0t" / "bin" / "python3", "CPython True 3 14 0")
    write_interpreter(newest.parents[2] / "pypy" / "bin" / "python3", "PyPy False 3 14 0")
    write_interpreter(tmp_path / "python3.14", "CPython False 3 14 0", status=127)
    assert find_python() == (str(newest), "benchmarks: CPython 3.13.9, the newest here\n")


def test_find_bench_python_without_cpython_3_12_leaves_ryjwt_out(
    find_python: Callable[[], tuple[str, str]], tmp_path: Path
) -> None:
    write_interpreter(tmp_path / "pyenv" / "versions" / "3.11.9" / "bin" / "python3", "CPython False 3 11 9")
    python, reason = find_python()
    assert python == "ordinary"
    assert "ryjwt is left out" in reason


def test_find_bench_python_takes_named_interpreter(
    find_python: Callable[[], tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_PYTHON", "/opt/python3")
    assert find_python()[0] == "/opt/python3"
