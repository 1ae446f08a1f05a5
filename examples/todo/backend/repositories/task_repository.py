"""The tasks of the caller. Every query has the owner, except `find_task_of_any_owner`."""

from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from backend.core.database import DatabaseSession
from backend.dependencies.auth import UserId
from backend.models.task import Task
from fastjose.sqlmodel import OwnedRepository


class TaskRepository(OwnedRepository[Task], owner_column="owner_id", hide_existence=False):
    """The tasks of one user: a task of another user is a 403, and a missing one a 404."""


Tasks = Annotated[TaskRepository, Depends(TaskRepository.dependency(DatabaseSession, UserId))]


def find_task_of_any_owner(session: Session, task_id: str) -> Task | None:
    """Return the task of any owner, for the route of public tasks: its caller may be a guest, who owns nothing.

    This is the only query without the owner. The caller must compare the owner before it returns the task.
    """
    return session.get(Task, task_id)
