"""The scripts of `make check-wheel` and `make test-wheel` find a wrong tag and a missing interpreter."""

from __future__ import annotations

import platform
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import fastjose._core

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
MINOR = sys.version_info.minor


@pytest.fixture
def run_script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a script of `scripts/` where PATH has only the interpreters in `tmp_path`."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "scripts" / script), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script

    return run


@pytest.fixture
def write_wheel(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a wheel with the native module of the tree and the given tag."""
    if sys.platform != "linux":
        pytest.skip("auditwheel reads the symbols of Linux modules")

    def write(tag: str) -> Path:
        wheel = tmp_path / f"fastjose-0.1.0-{tag}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.write(str(fastjose._core.__file__), "fastjose/_core.so")
            archive.writestr("fastjose-0.1.0.dist-info/RECORD", "fastjose/_core.so,,\n")
        return wheel

    return write


@pytest.mark.parametrize(("libc", "is_accepted"), [("manylinux_2_999", True), ("manylinux1", False), ("linux", False)])
def test_check_wheel_compares_platform_with_symbols(
    run_script: Callable[..., subprocess.CompletedProcess[str]],
    write_wheel: Callable[[str], Path],
    libc: str,
    is_accepted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    wheel = write_wheel(f"cp310-cp310-{libc}_{platform.machine()}")
    result = run_script("check_wheel.py", wheel)
    assert result.returncode == (0 if is_accepted else 1), result.stderr
    assert "needs manylinux_2_" in result.stdout
    assert ("tag must be manylinux_2_" in result.stdout) is not is_accepted


@pytest.mark.parametrize("script", ["check_wheel.py", "test_wheel.py"])
@pytest.mark.parametrize("arguments", [[], ["dist/*.whl"], [ROOT]])
def test_script_without_file_names_the_verb(
    run_script: Callable[..., subprocess.CompletedProcess[str]], script: str, arguments: list[object]
) -> None:
    result = run_script(script, *arguments)
    assert result.returncode == 2
    assert "`make build`" in result.stdout
    assert result.stderr == ""


def write_interpreter(path: Path, description: str, status: int = 0) -> None:
    path.write_text(f"#!/bin/sh\necho {description}\nexit {status}\n", encoding="utf-8")
    path.chmod(0o755)


def test_wheel_of_one_version_takes_no_other_interpreter(
    run_script: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    write_interpreter(tmp_path / "python3.14t", "CPython False 3 14 0")
    wheel = tmp_path / "fastjose-0.1.0-cp314-cp314t-linux_x86_64.whl"
    wheel.touch()
    result = run_script("test_wheel.py", wheel)
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "CPython 3.14t: not tested, python3.14t is not on PATH, or is another interpreter",
        "0 passed, 0 failed, 1 skipped",
    ]


def test_wheel_that_does_not_install_fails(
    run_script: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    write_interpreter(tmp_path / "python3.11", "CPython False 3 11 9", status=127)
    wheel = tmp_path / f"fastjose-0.1.0-cp3{MINOR}-abi3-linux_x86_64.whl"
    wheel.touch()
    result = run_script("test_wheel.py", wheel)
    assert result.returncode == 1
    assert f"0 passed, 1 failed, {14 - MINOR} skipped" in result.stdout


def test_wheel_of_unknown_tag_fails(
    run_script: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    wheel = tmp_path / "fastjose-0.1.0-pp310-pypy310_pp73-linux_x86_64.whl"
    wheel.touch()
    result = run_script("test_wheel.py", wheel)
    assert result.returncode == 1
    assert "tag must be cp3<minor>-abi3" in result.stderr
