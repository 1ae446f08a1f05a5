"""What the commands print: results on standard output, and hints, errors and progress on standard error.

Nothing of an input reaches a terminal as it is: characters that are not printable are escaped, so that a claim can
neither move the cursor nor reverse the direction of the text. rich's markup is never interpreted.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON, whose form is stable.")]
"""The option `--json` of a command."""

_PROGRESS_AFTER_SECONDS = 1.0
_DEL = "\x7f"


def escape(text: str) -> str:
    r"""Return `text` with each character that is not printable as an escape sequence, such as `\x1b`."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def format_json(value: Any) -> str:
    """Return `value` as JSON in one line, with escape sequences for what is not printable."""
    return re.sub(r"[^ -~]+", _escape_in_json, json.dumps(value, ensure_ascii=False))


def _escape_in_json(found: re.Match[str]) -> str:
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in found[0])


def print_text(*lines: str | Text) -> None:
    """Print lines on standard output, in colour on a terminal. A `str` is not markup."""
    _print(sys.stdout, *lines)


def print_json(value: Mapping[str, Any]) -> None:
    """Print the result of `--json`: indented JSON in ASCII."""
    sys.stdout.write(json.dumps(value, indent=2).replace(_DEL, r"\u007f") + "\n")


def print_raw(text: str) -> None:
    """Print `text`, which the command has made itself: a token or a key."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def print_hint(text: str) -> None:
    """Print one line on standard error, which is not a result."""
    _print_to_standard_error(Text(escape(text), "dim"))


def print_error(text: str) -> None:
    """Print the one line with which a command fails."""
    _print_to_standard_error(Text.assemble(("fastjose: ", "bold red"), escape(text)))


def _print_to_standard_error(line: Text) -> None:
    with contextlib.suppress(OSError, ValueError):  # it is closed
        if sys.stderr is not None:
            _print(sys.stderr, line)
            sys.stderr.flush()


def _print(stream: TextIO, *lines: str | Text) -> None:
    """Write lines to `stream`. rich renders them in memory, because it exits the process if a pipe is closed."""
    has_colour = is_coloured(stream)
    rendered = io.StringIO()
    console = Console(
        file=rendered, force_terminal=has_colour, color_system="standard" if has_colour else None, highlight=False
    )
    for line in lines:
        console.print(line, markup=False, emoji=False, soft_wrap=True)
    stream.write(rendered.getvalue())


def is_coloured(stream: TextIO) -> bool:
    """Return whether `stream` is a terminal with colours, and `NO_COLOR` is not set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def show_progress(text: str) -> Iterator[None]:
    """Show `text` on standard error while the block lasts, from its first second on, if it is a terminal."""
    console = Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")))
    status = console.status(Text(escape(text)))
    timer = threading.Timer(_PROGRESS_AFTER_SECONDS, status.start)
    timer.daemon = True
    if sys.stderr is not None and sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()
        status.stop()
