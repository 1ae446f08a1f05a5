"""The figure of `make coverage`: which lines count, and what is printed where LLVM is missing."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
RUST = """fn half(n: u32) -> u32 {
    if n > 9 { panic!() }
    n / 2
}

#[cfg(test)]
mod tests {
    fn test() {}
}
"""


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("coverage_report")


@pytest.fixture
def write_tree(tmp_path: Path) -> Callable[[], list[Path]]:
    """Return a function that writes a project and the lcov files of its two languages."""
    lcov = {
        "rust.info": f"SF:{tmp_path}/src/jws/half.rs\nDA:1,4\nDA:2,0\nDA:3,4\nDA:3,0\nDA:8,1\nend_of_record\n"
        "SF:/elsewhere/core.rs\nDA:1,1\nend_of_record\n",
        "python.info": "SF:python/fastjose/_cli/app.py\nDA:1,1,checksum\nDA:2,1\nend_of_record\n"
        "SF:python/fastjose/auth.py\nDA:5,0\nend_of_record\n",
    }

    def write() -> list[Path]:
        (tmp_path / "src" / "jws").mkdir(parents=True)
        (tmp_path / "src" / "jws" / "half.rs").write_text(RUST, encoding="utf-8")
        for name, text in lcov.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return [tmp_path / name for name in lcov]

    return write


def test_report_counts_lines_of_both_languages_without_unit_tests(
    report: Any, write_tree: Callable[[], list[Path]], tmp_path: Path
) -> None:
    files = report.read_coverage(write_tree(), tmp_path)
    assert report.format_report(files).splitlines() == [
        "Lines covered: 66.6 % (4 of 6; Rust 66.6 %, Python 66.6 %)",
        "",
        "| folder | lines | covered | share |",
        "|---|--:|--:|--:|",
        "| `python/fastjose` | 1 | 0 | 0.0 % |",
        "| `python/fastjose/_cli` | 2 | 2 | 100.0 % |",
        "| `src/jws` | 3 | 2 | 66.6 % |",
    ]


def test_written_lcov_file_is_read_as_it_was(report: Any, write_tree: Callable[[], list[Path]], tmp_path: Path) -> None:
    files = report.read_coverage(write_tree(), tmp_path)
    text = report.write_lcov(files)
    assert report.read_lcov(text, tmp_path) == files
    assert "SF:src/jws/half.rs\nDA:1,4\nDA:2,0\nDA:3,4\nLF:3\nLH:2\nend_of_record\n" in text


@pytest.mark.parametrize(
    ("covered", "total", "share"), [(9999, 10_000, "99.9 %"), (1, 1, "100.0 %"), (0, 3, "0.0 %"), (0, 0, "–")]
)
def test_share_is_rounded_down(report: Any, covered: int, total: int, share: str) -> None:
    assert report.format_percent(covered, total) == share


def test_missing_llvm_is_named_before_the_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rustc = tmp_path / "rustc"
    rustc.write_text('#!/bin/sh\necho "LLVM version: 99.1.0"\n', encoding="utf-8")
    rustc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    command = [sys.executable, str(ROOT / "scripts" / "measure_coverage.py"), "tests"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "llvm-cov must be of LLVM 99, as rustc is: run `rustup component add llvm-tools`, or install llvm-99\n"
    )
