"""The behaviour of the to-do application that is specific to PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import make_url

from backend.core.database import with_installed_driver
from support.applications.todo_app import create_task, load_todo_app, sign_in
from support.clients.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.http


@pytest.fixture
def todo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgresql_url: str) -> Iterator[HttpClient]:
    """Yield a client of the application on PostgreSQL."""
    with HttpClient(load_todo_app(monkeypatch, tmp_path, {"DATABASE_URL": postgresql_url})) as client:
        yield client


def test_created_task_is_stored_on_server(todo: HttpClient, ada: str, postgresql_url: str) -> None:
    task = create_task(todo, ada, title="A row")
    with psycopg.connect(postgresql_url) as connection:
        rows = connection.execute("SELECT id, title, owner_id, is_public, done FROM task").fetchall()
    assert rows == [(task["id"], "A row", "ada", False, False)]


def test_timestamp_is_stored_with_zone_and_returned_in_utc(todo: HttpClient, ada: str, postgresql_url: str) -> None:
    create_task(todo, ada)
    with psycopg.connect(postgresql_url) as connection:
        (stored,) = connection.execute("SELECT created_at FROM task").fetchone() or (None,)
    assert isinstance(stored, datetime)
    # The test server runs in another time zone, so that a missing conversion is visible.
    assert stored.utcoffset() == timedelta(hours=5, minutes=30)
    (task,) = todo.get("/api/tasks", ada).json()
    assert task["created_at"] == stored.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def test_owner_column_has_index(todo: HttpClient, postgresql_url: str) -> None:
    assert todo.get("/hello").is_success
    with psycopg.connect(postgresql_url) as connection:
        indexes = connection.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'task'").fetchall()
    assert any("(owner_id)" in definition for (definition,) in indexes)


def test_tables_persist_after_restart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgresql_url: str) -> None:
    environment = {"DATABASE_URL": postgresql_url}
    with HttpClient(load_todo_app(monkeypatch, tmp_path, environment)) as first:
        task = create_task(first, sign_in(first, "ada"))
    with HttpClient(load_todo_app(monkeypatch, tmp_path, environment)) as second:
        assert second.get("/api/tasks", sign_in(second, "ada")).json() == [task]


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("postgresql://u:p@h:5432/d?sslmode=require", "postgresql+psycopg"),
        ("postgres://u:p@h:5432/d?sslmode=require", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@h:5432/d?sslmode=require", "postgresql+asyncpg"),
        ("sqlite:///./todo.db", "sqlite"),
    ],
)
def test_database_url_without_driver_uses_psycopg(given: str, driver: str) -> None:
    before, after = make_url(given), with_installed_driver(make_url(given))
    assert after.drivername == driver
    assert after.set(drivername=before.drivername) == before
