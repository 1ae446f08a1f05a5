"""The queries on tasks. All of them filter by owner, except `get_by_id_of_any_owner`."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends
from sqlmodel import Session, col, delete, select, update

from backend.core.database import DatabaseSession
from backend.models.task import Task


class TaskRepository:
    """The access to tasks through a database session."""

    def __init__(self, session: Session) -> None:
        """Use `session`, which must be opened by `open_session`."""
        self.session = session

    def get_by_owner(self, owner_id: str) -> list[Task]:
        """Return all tasks of `owner_id`, oldest first."""
        statement = select(Task).where(Task.owner_id == owner_id).order_by(col(Task.created_at), col(Task.id))
        return list(self.session.exec(statement))

    def get_one(self, task_id: str, owner_id: str) -> Task | None:
        """Return the task if it exists and belongs to `owner_id`."""
        mine = select(Task).where(Task.id == task_id, Task.owner_id == owner_id)
        task: Task | None = self.session.exec(mine).one_or_none()
        return task

    def get_by_id_of_any_owner(self, task_id: str) -> Task | None:
        """Return the task of any owner, to decide between 403 and 404, or to show it if it is public.

        This is the only query without the owner. The caller must compare the owner before it returns the task.
        """
        task: Task | None = self.session.exec(select(Task).where(Task.id == task_id)).one_or_none()
        return task

    def create(self, task: Task, owner_id: str) -> Task:
        """Store `task` with `owner_id` as its owner, replacing any owner it has."""
        task.owner_id = owner_id
        self.session.add(task)
        self.session.commit()
        return task

    def update(self, task_id: str, owner_id: str, changes: Mapping[str, Any]) -> Task | None:
        """Set the columns in `changes` and return the task, or None if `owner_id` does not have it."""
        if changes:
            # A statement, because assigning to a loaded task would be written by its id alone.
            self.session.exec(
                update(Task).where(col(Task.id) == task_id, col(Task.owner_id) == owner_id).values(**changes)
            )
            self.session.commit()
        return self.get_one(task_id, owner_id)

    def delete(self, task_id: str, owner_id: str) -> bool:
        """Delete the task; return False if `owner_id` does not have it."""
        deleted = self.session.exec(delete(Task).where(col(Task.id) == task_id, col(Task.owner_id) == owner_id))
        self.session.commit()
        return deleted.rowcount > 0


def get_task_repository(session: DatabaseSession) -> TaskRepository:
    """Return the repository of a request."""
    return TaskRepository(session)


Tasks = Annotated[TaskRepository, Depends(get_task_repository)]
