"""What the targets share: starting atheris, the echo of input in error texts, and the table of intended differences."""

from __future__ import annotations

import functools
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import atheris

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "a secret of the fuzz targets: 32+"
DIFFERENCES = Path(__file__).with_name("differences.json")
WINDOW = 8
"""The length from which on equal characters are not chance."""


@functools.cache
def own_words() -> str:
    """Return the source of the package and of its core, where error texts have their words from."""
    root = Path(__file__).resolve().parents[3]
    files = [*root.glob("python/fastjose/**/*.py"), *root.glob("src/**/*.rs")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def check_error(error: BaseException, text: str) -> None:
    """Raise an AssertionError if the text of an error repeats a part of `text` that is not a word of the package."""
    message = str(error)
    for start in range(len(message) - WINDOW + 1):
        window = message[start : start + WINDOW]
        if window in text and window not in own_words():
            raise AssertionError("an error text repeats its input")


def is_intended(peer: str, error: BaseException) -> bool:
    """Return True if the table says that `peer` may reject what fastjose accepts, with this error."""
    message = f"{type(error).__name__}: {error}"
    entries: list[dict[str, str]] = json.loads(DIFFERENCES.read_text(encoding="utf-8"))
    return any(entry["peer"] == peer and re.search(entry["error"], message) for entry in entries)


def catch(function: Callable[[Any], Any], argument: Any) -> Exception | None:
    """Return the exception of a call of a peer: they raise whatever their parsers do."""
    try:
        function(argument)
    except Exception as error:  # noqa: BLE001
        return error
    return None


def equal(one: Any, other: Any) -> bool:
    """Return True for equal JSON values of equal types."""
    return repr(one) == repr(other)


def start(check: Callable[[bytes], None]) -> None:
    """Run the target. To minimize a corpus, libFuzzer starts it again, with the shell and this first argument."""
    atheris.Setup([f"{sys.executable} {sys.argv[0]}", *sys.argv[1:]], check)
    atheris.Fuzz()
