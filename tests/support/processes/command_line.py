"""The command line in this process, with its own standard streams; and as a real process."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PACKAGE = Path(__file__).parents[3] / "python"
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class CommandResult:
    """What a command left: its exit status, and the texts that it printed."""

    exit_code: int
    output: str
    errors: str


def run_command(*arguments: str, standard_input: bytes | str = b"", is_terminal: bool = False) -> CommandResult:
    """Run `fastjose` in this process. With `is_terminal`, standard output and error are terminals."""
    from fastjose._cli.run import run  # noqa: PLC0415 - the extra is missing where the oldest FastAPI is tested

    content = standard_input.encode() if isinstance(standard_input, str) else standard_input
    stdout, stderr = _Stream(is_terminal=is_terminal), _Stream(is_terminal=is_terminal)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        patch.setattr(sys, "stdout", stdout)
        patch.setattr(sys, "stderr", stderr)
        exit_code = run(arguments)
    return CommandResult(exit_code, stdout.read_text(), stderr.read_text())


class _Stream(io.TextIOWrapper):
    """A stream in memory that may be a terminal."""

    def __init__(self, *, is_terminal: bool) -> None:
        self._bytes = io.BytesIO()
        self._is_terminal = is_terminal
        super().__init__(self._bytes, encoding="utf-8", newline="")

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._is_terminal

    def read_text(self) -> str:
        """Return what was written."""
        self.flush()
        return self._bytes.getvalue().decode()


def command_environment(**variables: str) -> dict[str, str]:
    """Return the environment of a process that runs `python -m fastjose` from this source tree."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(_PACKAGE), **variables}


def start_command(
    *arguments: str, environment: Mapping[str, str] | None = None, prefix: Sequence[str] = (), **options: Any
) -> subprocess.Popen[bytes]:
    """Start `python -m fastjose`, behind the words of `prefix`, as a process, which Ctrl-C interrupts."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # in the background job of a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [*prefix, sys.executable, "-m", "fastjose", *arguments]
    return subprocess.Popen(command, env={**command_environment(), **(environment or {})}, **options)  # noqa: S603 - ours


def finish_command(process: subprocess.Popen[bytes], standard_input: bytes = b"") -> CommandResult:
    """Wait for a process of `start_command`; kill it if it does not end."""
    with process:
        try:
            output, errors = process.communicate(standard_input, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return CommandResult(process.returncode, (output or b"").decode(), (errors or b"").decode())
