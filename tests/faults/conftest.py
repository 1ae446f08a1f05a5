"""The table of counters at the end of a run, and the databases with credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.harness.counters import format_table
from faults.harness.stores.postgresql import Cluster
from faults.harness.stores.sqlite import create_file

if TYPE_CHECKING:
    from pathlib import Path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counters of each fault."""
    for line in format_table():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def postgresql_cluster(postgresql: str) -> Cluster:
    """Return a PostgreSQL with credentials."""
    return Cluster(postgresql)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with credentials."""
    path = tmp_path_factory.mktemp("sqlite") / "auth.db"
    create_file(path)
    return path
