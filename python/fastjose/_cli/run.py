"""`run`: call the command that the arguments name, and turn each way in which it can end into an exit status."""

from __future__ import annotations

import io
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.main import get_command

from fastjose._cli.app import app
from fastjose._cli.errors import CommandError
from fastjose._cli.exit_codes import BROKEN_PIPE, INTERRUPTED, OK, USAGE
from fastjose._cli.inputs import refuse_token_arguments
from fastjose._cli.output import print_error

if TYPE_CHECKING:
    from collections.abc import Sequence

_UsageError: Any = typer.BadParameter.__mro__[1]
"""`UsageError` of click, or of the copy of click that newer versions of typer contain."""
_LONG_WORD = re.compile(r"\S{33,}")


def run(arguments: Sequence[str]) -> int:
    """Run the command line, and return the exit status. Every failure is one line on standard error.

    Args:
        arguments: The arguments after the name of the program. Without any, the help is printed.
    """
    try:
        status, message = _call(arguments), None
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - a traceback may contain a secret
        status, message = _find_end(error)
    if status == INTERRUPTED:
        message = "interrupted"
    if message is not None:
        print_error(message)
    return status


def _call(arguments: Sequence[str]) -> int:
    _prepare_standard_output()
    refuse_token_arguments(arguments)
    status = get_command(app).main([*arguments] or ["--help"], prog_name="fastjose", standalone_mode=False)
    sys.stdout.flush()
    return status if isinstance(status, int) else OK


def _find_end(error: BaseException) -> tuple[int, str | None]:
    """Return the exit status for an error that ended the command, and the line to print."""
    if isinstance(error, CommandError):
        return error.exit_code, str(error)
    if isinstance(error, _UsageError):
        return USAGE, _describe_usage_error(error)
    if isinstance(error, KeyboardInterrupt | typer.Abort):  # older versions of typer turn Ctrl-C into Abort
        return INTERRUPTED, None
    return _find_end_of_output(error)


def _find_end_of_output(error: BaseException) -> tuple[int, str | None]:
    if isinstance(error, BrokenPipeError | SystemExit):  # typer and rich exit if they cannot write
        _discard_output()
        return BROKEN_PIPE, None
    if isinstance(error, OSError):
        _discard_output()
        return USAGE, f"the output must be writable: {error.strerror}"
    return USAGE, _describe_unexpected_error(error)


def _prepare_standard_output() -> None:
    if sys.stdout is None:
        raise CommandError("standard output must be open")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # the terminal may not support every character


def _discard_output() -> None:
    """Let Python close standard output without an error, although it cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _describe_usage_error(error: Any) -> str:
    """Return what is wrong with the arguments, without a value that could be a secret."""
    message = str(error.format_message()).replace("\n", " ").rstrip(".")
    if "unexpected extra argument" in message:
        message = "unexpected argument"
    command = error.ctx.command_path if error.ctx else "fastjose"
    return f"{_LONG_WORD.sub('…', message)}; see {command} --help"


def _describe_unexpected_error(error: BaseException) -> str:
    """Return the type and the place of an error, without its text: it may contain a secret."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = f"{traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno}" if traceback else "unknown"
    return f"unexpected {type(error).__name__} at {place}; please report it"
