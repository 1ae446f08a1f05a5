"""Rows that the ORM loads with others, or later: through joins of inheriting models, and as further columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, relationship, selectinload, subqueryload

from fastjose.sqlmodel import OwnershipError, declare_owned
from support.ownership.own_models import OwnModels, integer, reference, text

if TYPE_CHECKING:
    from collections.abc import Callable

EAGER = [joinedload, selectinload, subqueryload]


class Library(OwnModels):
    """Entries of two owners, of which photos inherit; each photo has comments, which have reactions."""

    def __init__(self) -> None:
        """Declare the models and store their rows: a photo of each owner leads to the one of the other."""
        super().__init__()
        identity = {"polymorphic_on": "kind", "polymorphic_identity": "entry"}
        self.entry = self.create("Entry", user_id=text(), kind=text(), __mapper_args__=identity)
        self.photo = self.create(
            "Photo",
            self.entry,
            id=reference("entry.id", primary_key=True),
            path=text(),
            next_id=integer(),
            next=relationship("Photo", primaryjoin="foreign(Photo.next_id) == remote(Photo.id)"),
            comments=relationship("Comment", back_populates="photo", order_by="Comment.id"),
            __mapper_args__={"polymorphic_identity": "photo"},
        )
        self.comment = self.create(
            "Comment",
            photo_id=reference("photo.id"),
            photo=relationship("Photo", back_populates="comments"),
            answered_id=reference("comment.id"),
            answers=relationship("Comment", foreign_keys="Comment.answered_id", order_by="Comment.id"),
            reactions=relationship("Reaction", back_populates="comment"),
        )
        self.reaction = self.create(
            "Reaction", comment_id=reference("comment.id"), comment=relationship("Comment", back_populates="reactions")
        )
        declare_owned(self.entry)
        declare_owned(self.comment, parent="photo")
        declare_owned(self.reaction, parent="comment")
        owners = {1: "ada", 2: "grace", 3: "ada"}
        following = {1: 2, 2: 1, 3: 1}
        photos = [
            self.photo(id=key, user_id=owner, path=f"photo of {owner}", next_id=following[key])
            for key, owner in owners.items()
        ]
        comments = [self.comment(id=key, photo_id=key, answered_id=1) for key in owners]
        self.store(*photos)
        self.store(*comments)
        self.store(*(self.reaction(id=key, comment_id=key) for key in owners))


@pytest.fixture
def library() -> Library:
    """Return the models and their rows."""
    return Library()


@pytest.mark.parametrize("option", EAGER)
@pytest.mark.parametrize("is_whole", [True, False])
def test_inheriting_model_is_filtered(library: Library, option: Callable[..., Any], is_whole: bool) -> None:  # noqa: FBT001 - a parameter
    loads = option(library.photo.next)
    loads = loads if is_whole else loads.load_only(library.photo.path)
    with library.open() as session:
        photos = session.scalars(select(library.photo).options(loads)).unique().all()
        assert {photo.id: photo.next and photo.next.id for photo in photos} == {1: None, 3: 1}


@pytest.mark.parametrize("option", EAGER)
def test_rows_owned_through_a_parent_that_inherits_are_filtered(library: Library, option: Callable[..., Any]) -> None:
    with library.open() as session:
        comments = session.scalars(select(library.comment).options(option(library.comment.photo))).unique().all()
        assert {comment.id: comment.photo.path for comment in comments} == {1: "photo of ada", 3: "photo of ada"}
        session.expunge_all()
        loads = option(library.photo.comments).options(option(library.comment.reactions))
        photos = session.scalars(select(library.photo).options(loads)).unique().all()
        found = [(row.id, [(comment.id, len(comment.reactions)) for comment in row.comments]) for row in photos]
        assert found == [(1, [(1, 1)]), (3, [(3, 1)])]


@pytest.mark.parametrize("option", EAGER)
def test_rows_owned_through_a_parent_that_is_read_twice_are_filtered(
    library: Library, option: Callable[..., Any]
) -> None:
    loads = option(library.comment.answers).options(option(library.comment.reactions))
    with library.open() as session:
        comments = session.scalars(select(library.comment).options(loads)).unique().all()
        found = {row.id: [(answer.id, len(answer.reactions)) for answer in row.answers] for row in comments}
        assert found == {1: [(1, 1), (3, 1)], 3: []}


# Columns of an inheriting model that are loaded later, by its own table alone


def test_columns_that_were_not_loaded_are_those_of_the_owner(library: Library) -> None:
    with library.open() as session:
        entries = session.scalars(select(library.entry)).all()
        assert [entry.path for entry in entries] == ["photo of ada", "photo of ada"]


def test_columns_that_were_not_loaded_of_a_moved_row_are_refused(library: Library) -> None:
    with library.open() as session:
        entries = {entry.id: entry for entry in session.scalars(select(library.entry))}
        with Session(library.engine) as plain:  # of the same connection
            plain.get_one(library.entry, 1).user_id = "grace"
            plain.flush()
            with pytest.raises(OwnershipError, match=r"^a row of Photo must exist and belong to the owner"):
                _ = entries[1].path
            assert "path" not in entries[1].__dict__
            assert entries[3].path == "photo of ada"
