"""A second interpreter in one process, such as that of a second site under mod_wsgi."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
try:
    import _interpreters as interpreters  # CPython 3.13 and newer
except ImportError:
    import _xxsubinterpreters as interpreters
import sys

IMPORT = '''
try:
    import fastjose
    fastjose.Verifier("a-secret-of-at-least-thirty-two-bytes", algorithms="HS256")
    print("imported", flush=True)
except ImportError as error:
    print(error, flush=True)
'''

def create():
    # One GIL for both, as under mod_wsgi.
    return interpreters.create("legacy") if sys.version_info >= (3, 13) else interpreters.create(isolated=False)

def run(where):
    if where == "main":
        return exec(IMPORT)
    if where not in others:
        others[where] = create()
    interpreters.run_string(others[where], IMPORT)

others = {}
for where in sys.argv[1:]:
    run(where)
"""

MESSAGE_START = "fastjose must be imported in only one interpreter of a process"


def import_in(*interpreters: str) -> list[str]:
    """Import the package in each interpreter, and return what each import printed."""
    command = [sys.executable, "-c", PROGRAM, *interpreters]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the program above
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="requires interpreters of CPython")
@pytest.mark.parametrize(
    "order", [("main", "second"), ("second", "main"), ("second", "third"), ("main", "second", "second")]
)
def test_import_in_second_interpreter_is_import_error_that_says_why(order: tuple[str, ...]) -> None:
    first, *others = import_in(*order)
    assert first == "imported"
    for message in others:
        assert message.startswith(MESSAGE_START)
        assert "WSGIDaemonProcess" in message


@pytest.mark.parametrize("where", ["main", "second"])
def test_repeated_import_in_one_interpreter_succeeds(where: str) -> None:
    assert import_in(where, where) == ["imported", "imported"]
