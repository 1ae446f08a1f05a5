"""Stores in SQLite, and the faults of its file."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastjose.api_keys import DatabaseApiKeys
from fastjose.sessions import DatabaseSessions
from faults.harness.credentials import check_api_key, check_session
from faults.harness.lookup_rounds import WAIT_SECONDS
from faults.harness.stores.cases import StoreCase, create_store
from faults.harness.stores.rows import table_rows
from support.better_auth.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.harness.stores.cases import Fault


def create_file(path: Path) -> None:
    """Create the file that is copied for each test."""
    path.touch()
    tables = Tables(f"sqlite:///{path}")
    for model, rows in table_rows().items():
        tables.create(model, rows[0])
        tables.insert_all(model, rows[1:])


@contextlib.contextmanager
def open_case(template: Path, kind: str) -> Iterator[StoreCase]:
    """Open a store of `STORES` with a file of its own."""
    create, check = STORES[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(template, folder))
        yield StoreCase(create_store(partial(create, f"sqlite:///{path}"), check), path)


STORES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sessions in SQLite": (DatabaseSessions, check_session),
    "API keys in SQLite": (DatabaseApiKeys, check_api_key),
}


def execute(path: Path, statement: str) -> None:
    """Execute a statement and commit it."""
    with contextlib.closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as connection, connection:
        connection.execute(statement)


def by_statements(statement: str, undo: str) -> Fault:
    """Return the fault that a statement causes, and another one ends."""

    @contextlib.contextmanager
    def fault(case: StoreCase) -> Iterator[None]:
        execute(case.backend, statement)
        yield
        execute(case.backend, undo)

    return fault


@contextlib.contextmanager
def lock(case: StoreCase) -> Iterator[None]:
    """Lock the file, as a long transaction of a writer does."""
    connection = sqlite3.connect(case.backend, isolation_level=None, timeout=WAIT_SECONDS, check_same_thread=False)
    with contextlib.closing(connection):
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def move_away(case: StoreCase) -> Iterator[None]:
    """Move the file."""
    elsewhere = case.backend.with_suffix(".moved")
    case.backend.rename(elsewhere)
    yield
    elsewhere.rename(case.backend)


def overwrite(begin: int, end: int | None) -> Fault:
    """Return the fault that bytes of the file are overwritten."""

    @contextlib.contextmanager
    def fault(case: StoreCase) -> Iterator[None]:
        content = case.backend.read_bytes()
        part = content[begin:end]
        write(case.backend, begin, b"\xff" * len(part))
        yield
        write(case.backend, begin, part)

    return fault


def write(path: Path, position: int, data: bytes) -> None:
    """Write into a file."""
    with path.open("r+b") as file:
        file.seek(position)
        file.write(data)


@contextlib.contextmanager
def truncate(case: StoreCase) -> Iterator[None]:
    """Cut the file in half."""
    content = case.backend.read_bytes()
    with case.backend.open("r+b") as file:
        file.truncate(len(content) // 2)
    yield
    write(case.backend, 0, content)


FILE_FAULTS: dict[str, Fault] = {
    "is locked": lock,
    "is moved": move_away,
    "is overwritten": overwrite(0, None),
    "has a broken header": overwrite(0, 100),
    "has broken pages": overwrite(4_096, None),
    "is truncated": truncate,
    "has no table": by_statements('ALTER TABLE "user" RENAME TO gone', 'ALTER TABLE gone RENAME TO "user"'),
    "has texts as booleans": by_statements(
        """UPDATE "user" SET "banned" = 'perhaps' || "banned\"""",
        """UPDATE "user" SET "banned" = CAST(replace("banned", 'perhaps', '') AS integer)""",
    ),
    "has texts as dates": by_statements(
        """UPDATE "user" SET "createdAt" = 'soon'""", """UPDATE "user" SET "createdAt" = '2025-03-04T05:06:07.089Z'"""
    ),
    "has bytes as ids": by_statements(
        """UPDATE "user" SET "createdAt" = x'ff00'""", """UPDATE "user" SET "createdAt" = '2025-03-04T05:06:07.089Z'"""
    ),
}
"""The faults by name; the subject is the file."""
