"""What the commands print: escaped text, and progress that appears after a second on a terminal alone."""

from __future__ import annotations

import io
import sys
import threading

import pytest

from fastjose._cli import output


class Terminal(io.StringIO):
    """Standard error that is a terminal, and knows when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.is_written = threading.Event()

    def isatty(self) -> bool:
        """Return that it is a terminal."""
        return True

    def write(self, text: str) -> int:
        """Write, and report it."""
        written = super().write(text)
        if "Working" in self.getvalue():
            self.is_written.set()
        return written


def replace_standard_error(patch: pytest.MonkeyPatch) -> Terminal:
    """Let standard error be a terminal. A fixture cannot: pytest replaces the stream before the test begins."""
    terminal = Terminal()
    patch.setenv("TERM", "xterm")
    patch.setattr(sys, "stderr", terminal)
    return terminal


def test_progress_is_shown_while_the_block_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = replace_standard_error(monkeypatch)
    monkeypatch.setattr(output, "_PROGRESS_AFTER_SECONDS", 0)
    with output.show_progress("Working [red]\x1b"):
        assert terminal.is_written.wait(30)
    assert r"Working [red]\x1b" in terminal.getvalue()


def test_progress_of_a_short_block_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = replace_standard_error(monkeypatch)
    monkeypatch.setattr(output, "_PROGRESS_AFTER_SECONDS", 3_600)
    with output.show_progress("Working"):
        pass
    assert "Working" not in terminal.getvalue()


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_PROGRESS_AFTER_SECONDS", 0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    with output.show_progress("Working"):
        pass
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("a b", "a b"), ("\x1b[0m", r"\x1b[0m"), ("\n", r"\n"), ("\u202e", r"\u202e"), ("\udcff", r"\udcff")],
)
def test_escape_changes_what_is_not_printable(text: str, escaped: str) -> None:
    assert output.escape(text) == escaped
