"""npm packages for tests that run Node: installed on first use, as pinned by the lock file of the folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from typing import TYPE_CHECKING

from support.environment.requirements import require_program, skip_or_fail
from support.processes.child_process import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INSTALL_SECONDS = 300
MIN_NODE_VERSION = (20, 19)


def require_node_with_packages(folder: Path, what: str) -> str:
    """Return the path of Node and install the packages of `folder`; skip (CI: fail) if `what` cannot have them."""
    how_to_install = f"{what} needs Node.js 20.19 or newer, with npm"
    node, npm = require_program("node", how_to_install), require_program("npm", how_to_install)
    if read_node_version(node) < MIN_NODE_VERSION:
        skip_or_fail(how_to_install)
    with lock_folder(folder):
        if not has_current_packages(folder):
            install_packages(npm, folder)
    return node


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Let one process at a time into the block: `npm ci` begins with the removal of the packages."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def has_current_packages(folder: Path) -> bool:
    """Return whether `npm ci` has succeeded since the lock file was last written."""
    last_written = folder / "node_modules" / ".package-lock.json"
    return last_written.exists() and last_written.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def install_packages(npm: str, folder: Path) -> None:
    """Install the packages of the lock file, without running their scripts."""
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    completed = subprocess.run(  # noqa: S603 - npm, on the lock file of the project
        command, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS, check=False
    )
    if completed.returncode != 0:  # its output may name a private registry
        skip_or_fail(f"packages cannot be installed: run `npm ci` in {folder} to see the error")


def read_node_version(node: str) -> tuple[int, ...]:
    """Return the version of `node` as integers: `(20, 19, 0)` for `v20.19.0`."""
    command = [node, "--version"]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=True)  # noqa: S603
    return tuple(int(part) for part in completed.stdout.strip().lstrip("v").split("-")[0].split("."))
