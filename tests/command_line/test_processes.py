"""The command as a real process: Ctrl-C, closed pipes, full disks, terminals, and a missing extra."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.processes.command_line import (
    TIMEOUT_SECONDS,
    command_environment,
    finish_command,
    run_command,
    start_command,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and pipes of POSIX")

TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def finish(process: subprocess.Popen[bytes], standard_input: bytes = b"") -> tuple[int, str, str]:
    return astuple(finish_command(process, standard_input))


READERS = [("inspect", "--file"), ("jwks",), ("mint", "--key"), ("migrate",)]


@pytest.mark.parametrize("arguments", READERS, ids=lambda arguments: arguments[0])
def test_interrupt_while_reading_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    fifo = tmp_path / "slow.py"
    os.mkfifo(fifo)
    process = start_command(*arguments, str(fifo), cwd=tmp_path, **PIPES)
    with fifo.open("wb"):  # it waits until the command has opened the file too
        process.send_signal(signal.SIGINT)
        assert finish(process) == (130, "", "fastjose: interrupted\n")


WORKERS = {
    "keygen": ("fastjose._cli.commands.keygen.create_private_pem", ("keygen",)),
    "init": ("fastjose._cli.commands.init.plan_files", ("init",)),
    "inspect": ("fastjose._cli.commands.inspect.inspect_text", ("inspect",)),
    "mint": ("fastjose._cli.commands.mint.load_development_settings", ("mint",)),
}


@pytest.mark.parametrize("command", WORKERS)
def test_interrupt_at_work_is_one_line(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    name, arguments = WORKERS[command]
    monkeypatch.setattr(name, interrupt)
    result = run_command(*arguments, standard_input=TOKEN)
    assert (result.exit_code, result.output, result.errors) == (130, "", "fastjose: interrupted\n")


WRITERS = [
    ("inspect",),
    ("inspect", "--json"),
    ("keygen",),
    ("mint", "--key", "key.pem"),
    ("jwks", "key.pem"),
    ("migrate", "--dry-run", "old.py"),
    ("init", "--dry-run"),
    ("--help",),
    ("--version",),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run_command("keygen", "-o", str(tmp_path / "key.pem"))
    (tmp_path / "old.py").write_text("import jose\n")
    return tmp_path


@pytest.mark.parametrize("arguments", WRITERS, ids=" ".join)
def test_closed_pipe_ends_the_command_silently(folder: Path, arguments: Sequence[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start_command(*arguments, cwd=folder, **{**PIPES, "stdout": writing})
    os.close(writing)
    assert finish(process, TOKEN.encode()) == (141, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", WRITERS, ids=" ".join)
def test_full_disk_is_one_line(folder: Path, arguments: Sequence[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start_command(*arguments, cwd=folder, **{**PIPES, "stdout": full})
    message = "fastjose: the output must be writable: No space left on device\n"
    assert finish(process, TOKEN.encode()) == (2, "", message)


@pytest.mark.parametrize(
    ("closed", "message"), [("<&-", "standard input must be open"), (">&-", "standard output must")]
)
def test_closed_stream_is_one_line(closed: str, message: str) -> None:
    command = ["/bin/sh", "-c", f'exec "$0" -m fastjose inspect {closed}', sys.executable]
    completed = subprocess.run(  # noqa: S603 - ours
        command, env=command_environment(), capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert (completed.returncode, completed.stdout) == (2, "")
    assert completed.stderr.startswith(f"fastjose: {message}")
    assert completed.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read at its beginning")
@pytest.mark.parametrize("arguments", [("inspect",), ("inspect", "--file", "/proc/self/mem"), ("jwks",)])
def test_input_that_fails_is_one_line(arguments: tuple[str, ...]) -> None:
    with Path("/proc/self/mem").open("rb") as memory:
        result = finish_command(start_command(*arguments, **{**PIPES, "stdin": memory}))
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert "must be " in result.errors
    assert "Input/output error" in result.errors


@pytest.mark.parametrize("typed", [b"\n", b"\x04"], ids=["Enter", "Ctrl-D"])
def test_terminal_without_input_has_a_hint(typed: bytes) -> None:
    exit_code, shown, errors = type_into_terminal(typed)
    assert (exit_code, shown) == (2, "")
    assert errors.splitlines() == [
        "Paste the token and press Enter. It is not shown. A pipe or --file works too.",
        "fastjose: the token must not be empty: pass it on standard input, or with --file",
    ]


def test_terminal_does_not_show_the_token() -> None:
    exit_code, shown, errors = type_into_terminal(f"{TOKEN}\n".encode())
    assert (exit_code, TOKEN in shown + errors) == (0, False)


def type_into_terminal(typed: bytes) -> tuple[int, str, str]:
    """Run `inspect` with a terminal as standard input; return the status, what the terminal shows, and the errors."""
    import pty  # noqa: PLC0415 - POSIX alone has it

    terminal, device = pty.openpty()
    process = start_command("inspect", **{**PIPES, "stdin": device, "start_new_session": True})
    assert process.stderr is not None
    hint = process.stderr.readline().decode()
    os.write(terminal, typed)
    exit_code, _, errors = finish(process)
    os.set_blocking(terminal, False)
    os.close(device)
    try:
        shown = os.read(terminal, 100_000).decode()
    except OSError:
        shown = ""
    os.close(terminal)
    return exit_code, shown.strip(), hint + errors.lstrip("\n")  # getpass breaks the line in place of Enter


@pytest.mark.parametrize("missing", ["typer", "rich", "click"])
def test_missing_extra_is_one_line(tmp_path: Path, missing: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nsys.modules[{missing!r}] = None\nsys.modules['typer._click'] = None\n"
    )
    path = os.pathsep.join((str(tmp_path), command_environment()["PYTHONPATH"]))
    process = start_command("inspect", environment={"PYTHONPATH": path}, **PIPES)
    message = 'fastjose: the command line must be installed: pip install "fastjose[cli]"\n'
    assert finish(process) == (2, "", message)


def test_migrate_works_without_the_extra(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("import jose\n")
    code = (
        "import runpy, sys; sys.modules.update(typer=None, rich=None, click=None); "
        "runpy.run_module('fastjose.migrate', run_name='__main__')"
    )
    command = [sys.executable, "-c", code, "old.py"]
    completed = subprocess.run(  # noqa: S603 - ours
        command, cwd=tmp_path, env=command_environment(), capture_output=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert (completed.returncode, completed.stderr) == (0, b"")
    assert (tmp_path / "old.py").read_text() == "import fastjose as jose\n"


def test_output_that_the_locale_cannot_encode_is_escaped() -> None:
    process = start_command("--help", environment={"PYTHONIOENCODING": "ascii"}, **PIPES)
    exit_code, output, errors = finish(process)
    assert (exit_code, errors, "inspect" in output) == (0, "", True)


def test_import_of_fastjose_loads_no_command_line() -> None:
    code = "import sys, fastjose; print({'typer', 'rich', 'click', 'fastjose._cli'} & set(sys.modules))"
    completed = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", code], env=command_environment(), capture_output=True, text=True, check=True
    )
    assert completed.stdout == "set()\n"


def test_unexpected_error_is_one_line_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise LookupError("a secret value")

    monkeypatch.setattr("fastjose._cli.commands.inspect.inspect_text", fail)
    result = run_command("inspect", standard_input=TOKEN)
    assert (result.exit_code, result.output) == (2, "")
    assert result.errors.startswith("fastjose: unexpected LookupError at command_line.test_processes:") or (
        result.errors.startswith("fastjose: unexpected LookupError at test_processes:")
    )
    assert "a secret value" not in result.errors
