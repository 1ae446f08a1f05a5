"""The table of counters at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.harness.counters import format_table

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counters of each fault."""
    for line in format_table():
        terminalreporter.write_line(line)
