"""The tasks of the caller. A task of another user returns 403, a missing task 404.

The routes are plain `def`: a query blocks, so FastAPI runs it in its thread pool and the event loop stays free.
"""

from fastapi import APIRouter, status

from backend.dependencies.auth import AuthenticatedUser, OwnershipChecker, UserId, require_ownership
from backend.models.task import Task, TaskCreate, TaskUpdate
from backend.repositories.task_repository import Tasks
from backend.routers.parameters import TaskId, task_not_found

router = APIRouter(prefix="/api/tasks", tags=["tasks"])

# `OwnershipChecker("task", hide_existence=True)` would answer 404, as if there were no such task.
task_ownership = OwnershipChecker("task")


@router.get("")
def list_tasks(user_id: UserId, tasks: Tasks) -> list[Task]:
    """List the caller's tasks."""
    return tasks.get_by_owner(user_id)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_task(new: TaskCreate, user: AuthenticatedUser, tasks: Tasks) -> Task:
    """Create a task for the caller."""
    return tasks.create(Task(**new.model_dump()), user.user_id)


@router.get("/{task_id}")
def get_task(task_id: TaskId, user: AuthenticatedUser, tasks: Tasks) -> Task:
    """Return one of the caller's tasks."""
    task = tasks.get_by_id_of_any_owner(task_id)
    if task is None:
        raise task_not_found()
    require_ownership(task.owner_id, user.user_id)
    return task


@router.patch("/{task_id}")
def update_task(task_id: TaskId, update: TaskUpdate, user: AuthenticatedUser, tasks: Tasks) -> Task:
    """Change one of the caller's tasks."""
    task = tasks.get_by_id_of_any_owner(task_id)
    if task is None:
        raise task_not_found()
    task_ownership.check(task.owner_id, user.user_id)
    updated = tasks.update(task_id, user.user_id, update.changes())
    if updated is None:  # deleted by another request in the meantime
        raise task_not_found()
    return updated


@router.delete("/{task_id}")
def delete_task(task_id: TaskId, user: AuthenticatedUser, tasks: Tasks) -> dict[str, bool]:
    """Delete one of the caller's tasks."""
    task = tasks.get_by_id_of_any_owner(task_id)
    if task is None:
        raise task_not_found()
    task_ownership.check(task.owner_id, user.user_id)
    if not tasks.delete(task_id, user.user_id):  # deleted by another request in the meantime
        raise task_not_found()
    return {"deleted": True}
