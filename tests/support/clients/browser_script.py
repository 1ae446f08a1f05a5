"""Runs a script of `support/clients/browser`, which opens pages in a real browser and prints a report."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from support.processes.child_process import run_process

if TYPE_CHECKING:
    from collections.abc import Sequence

BROWSER = Path(__file__).parent / "browser"
"""The folder of the scripts."""

MAX_VISIT_SECONDS = 600
"""How long a script may take. Generous: reached only by a browser that hangs."""


def run_browser_script(command: Sequence[str], directory: Path) -> str:
    """Run `command` with an empty browser profile in `directory`, and return its output."""
    log = directory / "browser.log"
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(directory)}
    with run_process(
        [*command, "--profile", str(directory / "profile")],
        environment=environment,
        cwd=BROWSER,
        log=log,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        status = process.wait(MAX_VISIT_SECONDS)  # the output is short enough for the pipe
        assert status == 0, log.read_text(encoding="utf-8")
        return process.stdout.read()
