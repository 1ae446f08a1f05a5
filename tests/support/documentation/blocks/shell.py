"""Blocks of shell: run by a real `sh` in the folder of the reader. `console` blocks also show the output."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

from support.documentation.blocks.markdown import ROOT
from support.environment.requirements import require_program

if TYPE_CHECKING:
    from pathlib import Path

    from support.documentation.blocks.markdown import Block
    from support.documentation.blocks.page_run import PageRun

PROGRAMS = ("pip", "make", "uvicorn", "python", "fastjose", "npm")
"""Programs that the module `programs` stands in for: it checks their arguments, or lets servers run on."""

CURL_SETTINGS = "silent\nshow-error\n"
"""curl has no progress bar on a terminal, where the reader is."""

TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

SECONDS = 120
SEPARATOR = "----- the next command -----"


def run_shell(block: Block, run: PageRun) -> None:
    """Run the block, of which each command must succeed. A response of 400 or more is a failure of curl."""
    status, output = _run(block.code, run, "fail-with-body\n", "-eu")
    assert status == 0, f"exit status {status}:\n{output}"
    if "pytest" in block.code:
        run.unrun_tests.clear()


def run_console(block: Block, run: PageRun) -> None:
    """Run the commands behind `$ `, and compare their output. `…` stands for any text."""
    commands = split_console(block.code)
    assert commands, "a console block must have a command behind `$ `; for output alone use `text`"
    script = "\n".join(f"{command}\necho '{SEPARATOR}'" for command, _ in commands)
    _, output = _run(script, run, "", "-u")
    outputs = output.split(f"{SEPARATOR}\n")
    for (command, expected), actual in zip(commands, outputs, strict=False):
        assert matches(expected, actual), f"$ {command}\nexpected:\n{expected}\nactual:\n{actual}"


def split_console(code: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with its output. A line that ends with a backslash continues."""
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n?", code, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block must begin with `$ `"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def matches(expected: str, actual: str) -> bool:
    """Return whether `actual` is the documented output. Any time is as good as another."""
    pattern = ".*".join(map(re.escape, re.split(r"\n?…", TIME.sub("TIME", _strip_lines(expected)))))
    return re.fullmatch(pattern, TIME.sub("TIME", _strip_lines(actual)), re.DOTALL) is not None


def stop_servers(run: PageRun) -> None:
    """End the servers that the page has started."""
    for file in run.folder.glob(".programs/*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(file.read_text()), signal.SIGTERM)
        file.unlink()


def _strip_lines(text: str) -> str:
    """Return the lines without what follows their content. One that is indented deeply continues the line before."""
    return re.sub(r"\n {8,}", " ", "\n".join(line.rstrip() for line in text.strip("\n").splitlines()))


def _run(script: str, run: PageRun, curl_settings: str, options: str) -> tuple[int, str]:
    """Return the exit status and the output, with the ports of the page."""
    _install_programs(run.folder / ".programs")
    (run.folder / ".curlrc").write_text(CURL_SETTINGS + curl_settings, encoding="utf-8")
    completed = subprocess.run(  # noqa: S603 - the project's own page
        [require_program("sh", "a POSIX shell"), options, "-c", run.localize(script)],
        cwd=run.folder,
        env=run.process_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    return completed.returncode, run.generalize(completed.stdout)


def _install_programs(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in PROGRAMS:
        program = folder / name
        command = f'exec "{sys.executable}" "{ROOT}/tests/support/documentation/blocks/programs.py" {name} "$@"'
        program.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
