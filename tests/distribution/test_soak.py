"""Memory stays flat in a short `make soak`, and the soak test detects a leak."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the test reads /proc, which only Linux has")


def test_memory_is_flat() -> None:
    command = [sys.executable, "-m", "benches.python.soak", "--verifications", "200000", "--tokens", "2000"]
    soak = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - a program of this project
    assert soak.returncode == 0, soak.stdout + soak.stderr
    assert "flat (±5 MiB)" in soak.stdout


LEAKING_PROGRAM = """
from benches.python import soak
leaked = []
raise SystemExit(soak.check_memory({"leak": lambda _: leaked.append(b"x" * soak.MIB)}, [], pass_count=20))
"""


def test_a_leak_is_detected() -> None:
    # In a process of its own: here a leak could fit into memory that other tests have released.
    command = [sys.executable, "-c", LEAKING_PROGRAM]
    soak = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - a program of this project
    assert (soak.returncode, soak.stderr) == (1, "")
    assert "NOT FLAT" in soak.stdout
