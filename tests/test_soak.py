"""Memory stays flat: `make soak` in short, and that it would notice if it did not."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the resident set is read from /proc, which is Linux's")


def test_memory_is_flat() -> None:
    command = [sys.executable, "-m", "benches.soak", "--verifications", "200000", "--tokens", "2000"]
    soak = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert soak.returncode == 0, soak.stdout + soak.stderr
    assert "flat (±5 MiB)" in soak.stdout


def test_a_leak_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(ROOT)
    soak = importlib.import_module("benches.soak")
    leaked = []
    assert soak.watch({"leak": lambda _: leaked.append(b"x" * soak.MIB)}, [], passes=20) == 1
    assert "NOT FLAT" in capsys.readouterr().out
