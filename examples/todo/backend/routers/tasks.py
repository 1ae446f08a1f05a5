"""The tasks of the caller. A task of another user returns 403, a missing task 404.

The routes are plain `def`: a query blocks, so FastAPI runs it in its thread pool and the event loop stays free.
"""

from fastapi import APIRouter, status
from sqlmodel import col

from backend.models.task import Task, TaskCreate, TaskUpdate
from backend.repositories.task_repository import Tasks
from backend.routers.parameters import TaskId

router = APIRouter(prefix="/api/tasks", tags=["tasks"])


@router.get("")
def list_tasks(tasks: Tasks) -> list[Task]:
    """List the caller's tasks, oldest first."""
    return tasks.list(order_by=[col(Task.created_at), col(Task.id)])


@router.post("", status_code=status.HTTP_201_CREATED)
def create_task(new: TaskCreate, tasks: Tasks) -> Task:
    """Create a task for the caller."""
    return tasks.create(new)


@router.get("/{task_id}")
def get_task(task_id: TaskId, tasks: Tasks) -> Task:
    """Return one of the caller's tasks."""
    return tasks.get(task_id)


@router.patch("/{task_id}")
def update_task(task_id: TaskId, update: TaskUpdate, tasks: Tasks) -> Task:
    """Change one of the caller's tasks."""
    return tasks.update(task_id, update.changes())


@router.delete("/{task_id}")
def delete_task(task_id: TaskId, tasks: Tasks) -> dict[str, bool]:
    """Delete one of the caller's tasks."""
    tasks.delete(task_id)
    return {"deleted": True}
