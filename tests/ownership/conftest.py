"""Databases with rows of two owners, and sessions of `ada`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

from support.ownership.models import Base, TaskRepository
from support.ownership.rows import add_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "ownership"
"""A database of its own, as other tests drop every table of the default one."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Yield an engine with tables, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('ownership')}/rows.db")
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    else:
        engine = create_engine(create_database(request.getfixturevalue("postgresql")))
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)
    engine.dispose()


def create_database(url: str) -> str:
    """Create the database if the server does not have it, and return its URL for SQLAlchemy."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchall():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return url.replace("postgresql://test@/postgres", f"postgresql+psycopg://test@/{DATABASE}")


@pytest.fixture
def engine(tables: Engine) -> Engine:
    """Return an engine whose tables have the rows of two owners."""
    with Session(tables) as session:
        names = [table.name for table in reversed(Base.metadata.sorted_tables)]
        if tables.dialect.name == "postgresql":
            session.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
        else:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
        add_rows(session)
    return tables


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Yield a session that is restricted to `ada`."""
    with Session(engine) as session:
        TaskRepository(session, "ada")
        yield session


@pytest.fixture
def tasks(session: Session) -> TaskRepository:
    """Return the tasks of `ada`."""
    return TaskRepository(session, "ada")
