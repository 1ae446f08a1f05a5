"""Attributes of a model that are expressions, which the ORM adds to the statements that load it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import exists, func, insert, literal_column, select
from sqlalchemy.orm import aliased, column_property, deferred, query_expression, relationship

from fastjose.sqlmodel import OwnershipError, declare_owned, declare_public
from support.ownership.own_models import OwnModels, reference, text

if TYPE_CHECKING:
    from collections.abc import Callable


class Notes(OwnModels):
    """Projects and notes of two owners: every note belongs to the first project."""

    def __init__(self) -> None:
        """Declare the models."""
        super().__init__()
        self.project = declare_owned(self.create("Project", user_id=text()))
        self.note = declare_owned(self.create("Note", user_id=text(), project_id=reference("project.id")))
        self.secret = self.create("Secret")

    def store_rows(self) -> None:
        """Store a project of each owner, and three notes."""
        self.store(self.project(id=1, user_id="ada"), self.project(id=2, user_id="grace"))
        self.store(*(self.note(user_id=owner, project_id=1) for owner in ("ada", "grace", "grace")))


def count(column: Any) -> Any:
    return select(func.count(column)).scalar_subquery()


@pytest.fixture
def notes() -> Notes:
    """Return the models without rows."""
    return Notes()


EXPRESSIONS: dict[str, Callable[[Notes], Any]] = {
    "subquery": lambda models: count(models.note.id),
    "correlated subquery": lambda models: (
        select(func.count(models.note.id))
        .where(models.note.project_id == models.project.id)
        .correlate_except(models.note)
        .scalar_subquery()
    ),
    "correlated to the table": lambda models: (
        select(func.count(models.note.id))
        .where(models.note.project_id == models.project.__table__.c.id)
        .scalar_subquery()
    ),
    "alias": lambda models: count(aliased(models.note).id),
    "exists": lambda models: ~exists(select(models.note.id).where(models.note.user_id != "ada")),
    "own columns": lambda models: models.project.id * 1,
    "literal": lambda _: literal_column("1"),
}
REFUSED: dict[str, Callable[[Notes], Any]] = {
    "table": lambda models: count(models.note.__table__.c.id),
    "SQL text": lambda _: literal_column("(SELECT count(*) FROM note)"),
    "model that is not declared": lambda models: count(models.secret.id),
}


@pytest.mark.parametrize("wrap", [column_property, deferred, query_expression])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression_reads_rows_of_owner(notes: Notes, name: str, wrap: Any) -> None:
    notes.project.number = wrap(EXPRESSIONS[name](notes))
    notes.store_rows()
    with notes.open() as session:
        row = session.scalars(select(notes.project)).one()
        assert row.number == 1
        session.refresh(row)
        assert row.number == 1
        session.expire(row, ["number"])
        assert row.number == (None if wrap is query_expression else 1)  # the ORM does not load it a second time
        session.expunge_all()
        assert session.scalars(select(aliased(notes.project))).one().number == 1


@pytest.mark.parametrize("name", REFUSED)
def test_expression_that_cannot_be_filtered_is_refused(notes: Notes, name: str) -> None:
    notes.project.number = column_property(REFUSED[name](notes))
    leads_to_it = notes.create("Folder", user_id=text(), project_id=reference("project.id"))
    leads_to_it.project = relationship(notes.project)
    declare_owned(leads_to_it)
    notes.store_rows()
    with notes.open() as session:
        for model in (notes.project, leads_to_it):
            with pytest.raises(
                OwnershipError, match=r"^the expression of Project\.number cannot be filtered by owner: "
            ):
                session.scalars(select(model)).all()
        assert len(session.scalars(select(notes.note)).all()) == 1


def test_expression_of_an_inheriting_model_reads_rows_of_owner(notes: Notes) -> None:
    identity = {"polymorphic_on": "kind", "polymorphic_identity": "entry"}
    entry = declare_owned(notes.create("Entry", user_id=text(), kind=text(), __mapper_args__=identity))
    photo = notes.create(
        "Photo",
        entry,
        id=reference("entry.id", primary_key=True),
        path=text(),
        number=column_property(count(notes.note.id)),
        __mapper_args__={"polymorphic_identity": "photo"},
    )
    notes.store_rows()
    notes.store(photo(user_id="ada", path=""), photo(user_id="grace", path=""))
    with notes.open() as session:
        for model in (entry, photo):
            assert [row.number for row in session.scalars(select(model))] == [1]
            session.expunge_all()


def test_row_that_an_insert_returns_has_no_expression_that_reads_other_rows(notes: Notes) -> None:
    vote = notes.create("Vote", name=text())
    declare_public(vote, writable=True)
    vote.number = column_property(count(notes.note.id))
    notes.store_rows()
    with notes.open() as session:
        with pytest.raises(OwnershipError, match=r"^an INSERT must not read a model that has an owner"):
            session.scalars(insert(vote).values(id=1, name="yes").returning(vote))
        session.add(vote(id=2, name="no"))
        session.flush()
        assert [row.number for row in session.scalars(select(vote))] == [1]
