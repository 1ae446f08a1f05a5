"""Fixtures and markers that several test modules share."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest
import time_machine

from support.applications.todo_app import load_todo_app, sign_in
from support.clients.http_client import HttpClient
from support.environment.hint_logs import forget_logged_hints
from support.servers.postgresql import drop_all_tables, run_postgresql

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers. Most users have no telemetry: only its own tests switch it on."""
    os.environ.setdefault("FASTJOSE_TELEMETRY", "off")
    config.addinivalue_line(
        "markers", "http: uses FastAPI, so `make test-min-versions` runs it on the oldest supported version too"
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import the test modules an hour ago, so that a test whose module keeps the time fails on every machine.

    On a busy one, a test may run many minutes after its module was imported.
    """
    with time_machine.travel(time.time() - 3600):
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report how many calls were compared with python-jose, if the comparison ran."""
    if budget := sys.modules.get("support.python_jose.differential.budget"):
        for line in budget.report_lines():
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _hints_are_logged_again() -> None:
    """Let no test decide what another one finds in the log."""
    forget_logged_hints()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Yield the URL of a PostgreSQL that lasts as long as the test run."""
    with run_postgresql() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql: str) -> str:
    """Return the URL of a PostgreSQL without tables."""
    drop_all_tables(postgresql)
    return postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database; a test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/todo.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(params=["aiosqlite", "psycopg", "asyncpg"])
def async_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database for an asynchronous driver; a test that uses it runs on each driver."""
    if request.param == "aiosqlite":
        return f"sqlite+aiosqlite:///{create_sqlite_file(tmp_path)}"
    url: str = request.getfixturevalue("postgresql_url")
    return url.replace("postgresql://test@/", f"postgresql+{request.param}://test@localhost/")


def create_sqlite_file(folder: Path) -> Path:
    """Create an empty database file."""
    path = folder / "auth.db"
    path.touch()
    return path


@pytest.fixture
def todo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Iterator[HttpClient]:
    """Yield a client of the to-do application, on SQLite and on PostgreSQL."""
    with HttpClient(load_todo_app(monkeypatch, tmp_path, {"DATABASE_URL": database_url})) as client:
        yield client


@pytest.fixture
def ada(todo: HttpClient) -> str:
    """Return a token for the user ada."""
    return sign_in(todo, "ada")


@pytest.fixture
def grace(todo: HttpClient) -> str:
    """Return a token for the user grace."""
    return sign_in(todo, "grace")
