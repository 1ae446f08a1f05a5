"""The page of the to-do list and its Better Auth, run by Node beside the application."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FRONTEND = Path(__file__).parent / "todo" / "frontend"
MIN_NODE_VERSION = (20, 19)
INSTALL_SECONDS = 300
STOP_SECONDS = 10
LISTENING = re.compile(r"To-do page: (http://127\.0\.0\.1:\d+)")


class PageUnavailableError(Exception):
    """The page cannot be served; the message contains the reason."""


@contextlib.contextmanager
def run_page(backend: str, port: int, secret: str, accounts: Path) -> Iterator[str]:
    """Run the page while the block lasts, and yield its origin. It calls the application at `backend`.

    `port` is the port of the page; 0 selects a free one. `accounts` is the file in which Better Auth keeps accounts.

    Raises:
        PageUnavailableError: Node or npm is missing, the packages cannot be installed, or the port is in use.
    """
    node = find_node()
    install_packages()
    command = [node, "server.mjs", "--port", str(port), "--backend", backend, "--accounts", str(accounts.resolve())]
    with subprocess.Popen(  # noqa: S603 - our own server
        [*command, "--stop-with-stdin"],
        cwd=FRONTEND,
        env={**os.environ, "BETTER_AUTH_SECRET": secret},
        stdin=subprocess.PIPE,  # closes with this process, so that the server ends too
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield read_origin(process)
        finally:
            stop(process)


def find_node() -> str:
    """Return the path of Node.

    Raises:
        PageUnavailableError: Node or npm is missing, or too old.
    """
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None or read_node_version(node) < MIN_NODE_VERSION:
        raise PageUnavailableError("it needs Node.js 20.19 or newer, with npm")
    return node


def read_node_version(node: str) -> tuple[int, ...]:
    """Return the version of `node` as integers: `(20, 19)` for `v20.19.0`."""
    completed = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - Node
    return tuple(map(int, re.findall(r"\d+", completed.stdout)[:2]))


def install_packages() -> None:
    """Install the packages of the lock file, without running their scripts, unless they are installed.

    Raises:
        PageUnavailableError: npm fails. Its output may name a private registry, so the message omits it.
    """
    installed, locked = FRONTEND / "node_modules" / ".package-lock.json", FRONTEND / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= locked.stat().st_mtime:
        return
    npm = shutil.which("npm") or "npm"
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    print("Installing the packages of the page", flush=True)
    with contextlib.suppress(subprocess.TimeoutExpired):
        completed = subprocess.run(  # noqa: S603 - npm, on the lock file of the page
            command, cwd=FRONTEND, capture_output=True, timeout=INSTALL_SECONDS, check=False
        )
        if completed.returncode == 0:
            return
    raise PageUnavailableError(f"its packages cannot be installed; run `npm ci --ignore-scripts` in {FRONTEND}")


def read_origin(process: subprocess.Popen[str]) -> str:
    """Return the origin that the server prints when it listens.

    Raises:
        PageUnavailableError: The server ended before; its error output has the reason.
    """
    line = process.stdout.readline() if process.stdout else ""
    found = LISTENING.match(line)
    if found is None:
        raise PageUnavailableError("its server did not start, for the reason above; PAGE_PORT selects another port")
    return found[1]


def stop(process: subprocess.Popen[str]) -> None:
    """Terminate `process`; kill it if it does not exit in time."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
