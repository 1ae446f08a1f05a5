"""Memory does not grow: a short `make soak`, and proof that it reports a leak."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

BENCHES = Path(__file__).parents[2] / "benches"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the resident set is read from /proc, which is Linux's")


def test_soak_memory_does_not_grow() -> None:
    command = [sys.executable, str(BENCHES / "soak.py"), "--verifications", "200000", "--tokens", "2000"]
    soak = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert soak.returncode == 0, soak.stdout + soak.stderr
    assert "flat (±5 MiB)" in soak.stdout


def test_soak_leak_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(BENCHES)
    soak = importlib.import_module("soak")
    leaked = []
    assert soak.watch({"leak": lambda _: leaked.append(b"x" * soak.MIB)}, [], passes=20) == 1
    assert "NOT FLAT" in capsys.readouterr().out
