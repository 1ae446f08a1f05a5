"""The database: one engine for the process, one session for each request."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated

from fastapi import Depends
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, SQLModel, create_engine

from backend.core.config import get_settings


def build_engine(database_url: str) -> Engine:
    """Return an engine for `database_url`, which connects on first use.

    Raises:
        ValueError: `database_url` is not a database URL. The message omits it, because it may contain a password.
    """
    try:
        # FastAPI may run one request in several threads of its pool, one after the other. SQLAlchemy opens SQLite files
        # accordingly. `pool_pre_ping` replaces connections that the server has closed, before a request fails.
        return create_engine(with_installed_driver(make_url(database_url)), pool_pre_ping=True)
    except (ArgumentError, ValueError):
        raise ValueError(
            "DATABASE_URL must be a URL such as sqlite:///./todo.db or postgresql://user:password@host/database"
        ) from None


def with_installed_driver(url: URL) -> URL:
    """Return `url` with psycopg 3 as its driver if it is a PostgreSQL URL without a driver."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


@lru_cache
def get_engine() -> Engine:
    """Return the engine for `DATABASE_URL`."""
    return build_engine(get_settings().database_url)


def create_tables() -> None:
    """Create the tables that do not exist yet."""
    SQLModel.metadata.create_all(get_engine())


def open_session(engine: Engine) -> Session:
    """Return a session whose objects do not expire after a commit, so that a response needs no further query."""
    return Session(engine, expire_on_commit=False)


def get_session() -> Iterator[Session]:
    """Yield a session for one request. Uncommitted changes are rolled back."""
    with open_session(get_engine()) as session:
        yield session


DatabaseSession = Annotated[Session, Depends(get_session)]
