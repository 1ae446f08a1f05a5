"""Models whose rows have an owner, in each of the forms that a repository supports."""

from __future__ import annotations

from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotation

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from fastjose.sqlmodel import AsyncOwnedRepository, OwnedRepository, declare_owned, declare_public


class Base(DeclarativeBase):
    pass


task_tags = Table(
    "task_tags",
    Base.metadata,
    Column("task_id", ForeignKey("task.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    name: Mapped[str]
    tasks: Mapped[list[Task]] = relationship(back_populates="project")


class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    title: Mapped[str]
    done: Mapped[bool] = mapped_column(default=False)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    project: Mapped[Project | None] = relationship(back_populates="tasks")
    comments: Mapped[list[Comment]] = relationship(back_populates="task", cascade="all, delete-orphan")
    tags: Mapped[list[Tag]] = relationship(secondary=task_tags)
    secrets: Mapped[list[Secret]] = relationship()


class Comment(Base):
    """Its owner is that of its task."""

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    task: Mapped[Task] = relationship(back_populates="comments")
    reactions: Mapped[list[Reaction]] = relationship(back_populates="comment", cascade="all, delete-orphan")


class Reaction(Base):
    """Its owner is that of the task of its comment."""

    __tablename__ = "reaction"
    id: Mapped[int] = mapped_column(primary_key=True)
    emoji: Mapped[str]
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"))
    comment: Mapped[Comment] = relationship(back_populates="reactions")


class Tag(Base):
    """It has no owner."""

    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Vote(Base):
    """It has no owner, and every user may change it."""

    __tablename__ = "vote"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Secret(Base):
    """It is not declared."""

    __tablename__ = "secret"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))


class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "entry"}  # noqa: RUF012 - SQLAlchemy's form


class Photo(Entry):
    """Joined inheritance: the owner is in another table."""

    __tablename__ = "photo"
    id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    path: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "photo"}  # noqa: RUF012 - as above


class Memo(Entry):
    """Single-table inheritance."""

    memo: Mapped[str | None]
    __mapper_args__ = {"polymorphic_identity": "memo"}  # noqa: RUF012 - as above


class Document(Base):
    __tablename__ = "document"
    number: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[UUID]
    text: Mapped[str]


class Account(Base):
    __tablename__ = "account"
    slug: Mapped[str] = mapped_column(primary_key=True)
    owner_number: Mapped[int]
    label: Mapped[str] = mapped_column(default="")


class ProjectRepository(OwnedRepository[Project]):
    pass


class TaskRepository(OwnedRepository[Task]):
    pass


class OpenTaskRepository(OwnedRepository[Task], hide_existence=False, resource_name="to-do"):
    pass


class CommentRepository(OwnedRepository[Comment], parent="task"):
    pass


class ReactionRepository(OwnedRepository[Reaction], parent=Comment):
    pass


class EntryRepository(OwnedRepository[Entry]):
    pass


class PhotoRepository(OwnedRepository[Photo]):
    pass


class DocumentRepository(OwnedRepository[Document], owner_column="owner"):
    pass


class AccountRepository(OwnedRepository[Account], owner_column="owner_number"):
    pass


class AsyncTaskRepository(AsyncOwnedRepository[Task]):
    pass


class AsyncCommentRepository(AsyncOwnedRepository[Comment], parent="task"):
    pass


declare_owned(Memo)
declare_public(Tag, task_tags)
declare_public(Vote, writable=True)
