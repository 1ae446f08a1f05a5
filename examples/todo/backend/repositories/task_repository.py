"""The queries on tasks. Each one filters by owner, save the one that is named for not doing so."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends
from sqlmodel import Session, col, delete, select, update

from backend.core.database import DatabaseSession
from backend.models.task import Task


class TaskRepository:
    """The tasks that a session can reach."""

    def __init__(self, session: Session) -> None:
        """Work through `session`; see `open_session` for what it must be like."""
        self.session = session

    def get_by_owner(self, owner_id: str) -> list[Task]:
        """Return all tasks of `owner_id`, the oldest first."""
        statement = select(Task).where(Task.owner_id == owner_id).order_by(col(Task.created_at), col(Task.id))
        return list(self.session.exec(statement))

    def get_one(self, task_id: str, owner_id: str) -> Task | None:
        """Return the task if it is there and `owner_id` owns it."""
        mine = select(Task).where(Task.id == task_id, Task.owner_id == owner_id)
        task: Task | None = self.session.exec(mine).one_or_none()
        return task

    def get_by_id_of_any_owner(self, task_id: str) -> Task | None:
        """Return the task whoever owns it, to decide between 403 and 404, or to show it if it is public.

        The only query without the owner. Whoever calls it compares the owner before anything leaves the server.
        """
        task: Task | None = self.session.exec(select(Task).where(Task.id == task_id)).one_or_none()
        return task

    def create(self, task: Task, owner_id: str) -> Task:
        """Store `task` as the property of `owner_id`, whatever owner it named before."""
        task.owner_id = owner_id
        self.session.add(task)
        self.session.commit()
        return task

    def update(self, task_id: str, owner_id: str, changes: Mapping[str, Any]) -> Task | None:
        """Set the columns in `changes`, and return the task; None if `owner_id` has no such task."""
        if changes:
            # A statement, because assigning to a loaded task would be written by its id alone.
            self.session.exec(
                update(Task).where(col(Task.id) == task_id, col(Task.owner_id) == owner_id).values(**changes)
            )
            self.session.commit()
        return self.get_one(task_id, owner_id)

    def delete(self, task_id: str, owner_id: str) -> bool:
        """Delete the task; False if `owner_id` has no such task."""
        deleted = self.session.exec(delete(Task).where(col(Task.id) == task_id, col(Task.owner_id) == owner_id))
        self.session.commit()
        return deleted.rowcount > 0


def get_task_repository(session: DatabaseSession) -> TaskRepository:
    """Give a request its repository."""
    return TaskRepository(session)


Tasks = Annotated[TaskRepository, Depends(get_task_repository)]
