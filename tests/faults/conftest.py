"""The table of counters at the end of a run, and the databases with credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.harness.counters import format_table
from faults.harness.programs.subjects import POSTGRESQL, PROGRAMS, SUBJECTS, Subjects
from faults.harness.stores.postgresql import Cluster
from faults.harness.stores.sqlite import create_file
from support.environment.requirements import find_program

if TYPE_CHECKING:
    from pathlib import Path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counters of each fault."""
    for line in format_table():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def postgresql_cluster(postgresql: str) -> Cluster:
    """Return a PostgreSQL with credentials."""
    cluster = Cluster(postgresql)
    cluster.prepare()
    return cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with credentials."""
    path = tmp_path_factory.mktemp("sqlite") / "auth.db"
    create_file(path)
    return path


@pytest.fixture(scope="session")
def subjects(request: pytest.FixtureRequest) -> Subjects:
    """Return what a program verifies with: all for which this machine has a server."""
    missing = [name for name, program in PROGRAMS.items() if find_program(program) is None]
    has_postgresql = not any("PostgreSQL" in name for name in missing)
    url = request.getfixturevalue("postgresql_cluster").url if has_postgresql else ""
    return Subjects([name for name in SUBJECTS if name not in missing], missing, {POSTGRESQL: url})
