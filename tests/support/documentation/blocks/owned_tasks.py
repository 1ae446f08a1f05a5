"""The model, the sessions and the repository of the examples on rows that have an owner."""

from __future__ import annotations

import importlib
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, registry
from sqlalchemy.pool import NullPool
from sqlmodel import Field, SQLModel

from fastjose.sqlmodel import OwnedRepository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Base(SQLModel, registry=registry()):
    """Models of these examples alone, apart from those of other tests."""


class Task(_Base, table=True):
    """A row with an owner."""

    id: int | None = Field(default=None, primary_key=True)
    user_id: str
    done: bool = False
    due: date
    created_at: date


class TaskRepository(OwnedRepository[Task]):
    """The tasks of a user."""


def create_names(folder: Path, *, is_async: bool) -> dict[str, Any]:
    """Return the names of the examples, with the tables in a new database."""
    file = folder / "tasks.db"
    engine = create_engine(f"sqlite:///{file}")
    _Base.metadata.create_all(engine)

    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    async_engine = create_async_engine(f"sqlite+aiosqlite:///{file}", poolclass=NullPool)
    session = AsyncSession(async_engine) if is_async else Session(engine)
    names = {"Task": Task, "TaskRepository": TaskRepository, "date": date, "get_session": get_session, "select": select}
    names["UserId"] = importlib.import_module("fastjose.auth").UserId  # it reads the environment of the test
    tasks = None if is_async else TaskRepository(Session(engine), "user-1")
    return {**names, "session": session, "task_id": 1, "tasks": tasks}
