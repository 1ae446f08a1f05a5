"""What the commands read: a token from standard input or a file, never from the arguments.

Other users of a machine can read the arguments of a process, and a shell keeps them in its history.
"""

from __future__ import annotations

import getpass
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastjose._cli.errors import CommandError
from fastjose._hints.credential_hints import API_KEY
from fastjose._hints.detectors import SESSION_TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

MAX_INPUT_BYTES = 1_048_576
"""The length of the longest input that is read, in bytes. The longest token that is parsed has a quarter of it."""

TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--file", "-f", metavar="PATH", readable=False, help="Read the token from this file, not from standard input."
    ),
]
"""The option `--file` of a command that reads a token. With `readable=False`, `read_file` checks it: it says why."""

_MAX_TERMINAL_CHARACTERS = 4_095
"""The longest line that a terminal of Linux passes on; it drops what follows."""
_JOSE_TOKEN = re.compile(r"(?:^-\w|^|[\s=:\"'])e[yw][\w-]{10,}\.[\w-]*\.")
"""A JWT or JWE in an argument: base64url of a JSON object begins with `ey`, or `ew` before white space."""
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def refuse_token_arguments(arguments: Sequence[str]) -> None:
    """Refuse arguments that contain a credential.

    Raises:
        CommandError: An argument looks like a token.
    """
    if any(_is_credential(argument) for argument in arguments):
        raise CommandError(
            "a token must not be an argument: the shell keeps it in its history, and other users see it in the list "
            "of processes; pass it on standard input, or with --file"
        )


def _is_credential(argument: str) -> bool:
    value = argument.rpartition("=")[2] if argument.startswith("-") else argument
    is_credential = any((_JOSE_TOKEN.search(argument), SESSION_TOKEN.fullmatch(value), API_KEY.fullmatch(value)))
    return is_credential and not _exists(value)


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def read_text(file: Path | None, noun: str = "token") -> str:
    """Return the text of `file`, or of standard input if it is None or `-`, without white space around it.

    Args:
        file: The path of the file.
        noun: What the text is, for messages.

    Raises:
        CommandError: The file cannot be read, is a folder, or longer than `MAX_INPUT_BYTES`. Or the text is empty, or
            neither UTF-8 nor UTF-16.
    """
    text = _decode(_read_bytes(file, noun), noun).strip()
    if not text:
        raise CommandError(_describe_empty_input(file, noun))
    return text


def _describe_empty_input(file: Path | None, noun: str) -> str:
    if file is not None and str(file) != "-":
        return f"{file} must contain the {noun}: it is empty"
    return f"the {noun} must not be empty: pass it on standard input, or with --file"


def _read_bytes(file: Path | None, noun: str) -> bytes:
    if file is not None and str(file) != "-":
        return read_file(file, noun)
    if sys.stdin is None:
        raise CommandError(f"standard input must be open: pass the {noun} there, or with --file")
    if sys.stdin.isatty():
        return _read_terminal(noun)
    try:
        return _read_bounded(sys.stdin.buffer, noun)
    except OSError as error:
        raise CommandError(f"standard input must be readable: {error.strerror}") from None


def read_file(file: Path, noun: str) -> bytes:
    """Return the content of a file.

    Raises:
        CommandError: The file cannot be read, is a folder, or longer than `MAX_INPUT_BYTES`.
    """
    try:
        with file.open("rb") as stream:
            return _read_bounded(stream, noun)
    except IsADirectoryError:
        raise CommandError(f"{file} must be a file with the {noun}, not a folder") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not the name of a file"
        raise CommandError(f"{file} must be a readable file with the {noun}: {reason}") from None


def _read_bounded(stream: BinaryIO, noun: str) -> bytes:
    content = stream.read(MAX_INPUT_BYTES + 1)
    if len(content) > MAX_INPUT_BYTES:
        raise CommandError(f"the {noun} must be at most {MAX_INPUT_BYTES:,} bytes long")
    return content


def _read_terminal(noun: str) -> bytes:
    """Read one line of a terminal, which does not show it."""
    hint = f"Paste the {noun} and press Enter. It is not shown. A pipe or --file works too.\n"
    try:
        line = getpass.getpass(hint, sys.stderr)
    except EOFError:
        return b""
    if len(line) >= _MAX_TERMINAL_CHARACTERS:
        raise CommandError(
            f"the {noun} must be shorter than {_MAX_TERMINAL_CHARACTERS:,} characters on a terminal: use --file"
        )
    return line.encode(errors="surrogateescape")


def _decode(content: bytes, noun: str) -> str:
    """Return the text: UTF-8, or UTF-16 with a byte order mark, as PowerShell's `>` writes it."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeError:
        raise CommandError(f"the {noun} must be text in UTF-8, not binary data") from None
