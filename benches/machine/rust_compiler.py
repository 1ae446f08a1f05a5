"""Version of the Rust compiler that builds the native module."""

from __future__ import annotations

import subprocess


def get_rustc_version() -> str:
    """Return the output of `rustc --version`."""
    command = ["rustc", "--version"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - as cargo
