"""Packages from npm, for what tests run with Node: installed on first use, as the folder's lock file names them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from support.child_process import START_SECONDS
from support.requirements import missing, require

if TYPE_CHECKING:
    from pathlib import Path

INSTALL_SECONDS = 300
OLDEST_NODE = (20, 19)


def node_with_packages(folder: Path, what: str) -> str:
    """Return the path of Node once the packages of `folder` are there; else skip, saying that `what` needs them."""
    how_to_install = f"{what} needs Node.js 20.19 or newer, with npm"
    node, npm = require("node", how_to_install), require("npm", how_to_install)
    if node_version(node) < OLDEST_NODE:
        missing(how_to_install)
    if not is_installed(folder):
        install(npm, folder)
    return node


def is_installed(folder: Path) -> bool:
    """Tell whether `npm ci` ran to its end since the lock file was written."""
    written_last = folder / "node_modules" / ".package-lock.json"
    return written_last.exists() and written_last.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def install(npm: str, folder: Path) -> None:
    """Install what the lock file names, running no script of any package."""
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(  # noqa: S603 - npm, on the project's own lock file
        command, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode != 0:  # its output may name a private registry
        missing(f"packages cannot be installed: `npm ci` in tests/{folder.name} says why")


def node_version(node: str) -> tuple[int, ...]:
    """Return `(20, 19, 0)` for `v20.19.0`."""
    command = [node, "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=True)  # noqa: S603
    return tuple(int(part) for part in answer.stdout.strip().lstrip("v").split("-")[0].split("."))
