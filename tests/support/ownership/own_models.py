"""Models that one test declares itself, on SQLite in memory."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Integer, StaticPool, String, create_engine
from sqlalchemy.orm import Session, declarative_base, mapped_column

from fastjose._ownership.session.restriction import restrict_session


class OwnModels:
    """The models of a test, and the database with their tables."""

    def __init__(self) -> None:
        """Begin without models."""
        self.base: Any = declarative_base()
        self._models: list[Any] = []  # the registry of SQLAlchemy does not keep them
        self.engine = create_engine("sqlite://", poolclass=StaticPool)

    def create(self, name: str, base: Any = None, /, **attributes: Any) -> Any:
        """Return a new model. Its primary key is `id`, unless an attribute is one."""
        columns = [getattr(attribute, "column", None) for attribute in attributes.values()]
        is_table_given = "__table__" in attributes
        has_key = is_table_given or any(column is not None and column.primary_key for column in columns)
        given = {} if is_table_given else {"__tablename__": name.lower()}
        given = given if has_key else {**given, "id": integer(primary_key=True)}
        model = type(name, (base or self.base,), {**given, **attributes})
        self._models.append(model)
        return model

    def store(self, *rows: Any) -> None:
        """Create the tables, and store rows without a restriction."""
        self.base.metadata.create_all(self.engine)
        with Session(self.engine) as session:
            session.add_all(rows)
            session.commit()

    def open(self) -> Session:
        """Return a session that is restricted to `ada`."""
        session = Session(self.engine)
        restrict_session(session, "ada")
        return session


def text(name: str | None = None, **options: Any) -> Any:
    """Return a column with a text."""
    return mapped_column(name=name, type_=String(), **options)


def integer(name: str | None = None, **options: Any) -> Any:
    """Return a column with a number."""
    return mapped_column(name=name, type_=Integer(), **options)


def reference(target: str, name: str | None = None, **options: Any) -> Any:
    """Return a column with a foreign key."""
    return mapped_column(ForeignKey(target), name=name, **options)
