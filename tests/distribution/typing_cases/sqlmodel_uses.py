"""Typical uses of `fastjose.sqlmodel`. They are type-checked by mypy and pyright, never run."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID  # noqa: TC003 - as in an application

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from typing_extensions import assert_type

from fastjose.auth import UserId
from fastjose.sqlmodel import AsyncOwnedRepository, OwnedRepository, declare_owned, declare_public


class Base(DeclarativeBase):
    pass


class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    title: Mapped[str]
    done: Mapped[bool]


class TaskRepository(OwnedRepository[Task], owner_column="user_id", hide_existence=False, resource_name="to-do"):
    def open(self) -> list[Task]:
        return self.list(Task.done.is_(False), Task.title != "", order_by=Task.title, limit=20)


class AsyncTaskRepository(AsyncOwnedRepository[Task]):
    pass


def get_session() -> Session:
    raise NotImplementedError


Tasks = Annotated[TaskRepository, Depends(TaskRepository.dependency(get_session, UserId))]


def use(tasks: Tasks, session: Session, owner: UUID) -> None:
    assert_type(tasks.open(), list[Task])
    assert_type(tasks.list(Task.done), list[Task])
    assert_type(tasks.get(1), Task)
    assert_type(tasks.find((1, 2)), Task | None)
    assert_type(tasks.create({"title": "new"}, done=True), Task)
    assert_type(tasks.update(1, None, commit=False, done=True), Task)
    assert_type(tasks.count(), int)
    assert_type(tasks.exists(Task.id == 1), bool)
    assert_type(tasks.session, Session)
    with TaskRepository(session, owner).unrestricted() as everybody:
        assert_type(everybody, Session)
    assert_type(declare_owned(Task), type[Task])
    declare_public(Task, writable=True)


async def use_async(session: AsyncSession) -> None:
    tasks = AsyncTaskRepository(session, "ada")
    assert_type(await tasks.list(Task.done, offset=5), list[Task])
    assert_type(await tasks.get(1), Task)
    assert_type(await tasks.count(), int)
    assert_type(await tasks.create(None, title="new"), Task)
    async with tasks.unrestricted() as everybody:
        assert_type(everybody, AsyncSession)
