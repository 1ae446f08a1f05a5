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
    """Return an engine for `database_url`; it connects when it is first used.

    Raises:
        ValueError: It is no database URL; the text does not show it, since it may hold a password.
    """
    try:
        # FastAPI may run one request in several threads of its pool, one after the other; SQLAlchemy opens SQLite files
        # for that. A connection that the server has closed in the meantime is replaced before a request fails on it.
        return create_engine(with_installed_driver(make_url(database_url)), pool_pre_ping=True)
    except (ArgumentError, ValueError):
        raise ValueError(
            "DATABASE_URL must be a URL such as sqlite:///./todo.db or postgresql://user:password@host/database"
        ) from None


def with_installed_driver(url: URL) -> URL:
    """Return `url` with psycopg 3 named as its driver where it only says PostgreSQL, as most hosts hand it out."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


@lru_cache
def get_engine() -> Engine:
    """Return the engine for `DATABASE_URL`."""
    return build_engine(get_settings().database_url)


def create_tables() -> None:
    """Create the tables that do not exist yet."""
    SQLModel.metadata.create_all(get_engine())


def open_session(engine: Engine) -> Session:
    """Return a session whose objects stay as they are after a commit.

    Otherwise each would be read again, by its id alone, when an attribute is next used: a query without the owner.
    """
    return Session(engine, expire_on_commit=False)


def get_session() -> Iterator[Session]:
    """Lend a session to one request; what was not committed is rolled back."""
    with open_session(get_engine()) as session:
        yield session


DatabaseSession = Annotated[Session, Depends(get_session)]
