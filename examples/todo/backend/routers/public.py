"""Public tasks: the owner sees all of a task, other users and guests see only the public view."""

from fastapi import APIRouter

from backend.core.database import DatabaseSession
from backend.dependencies.auth import OptionalUser
from backend.models.task import OwnTask, SharedTask
from backend.repositories.task_repository import find_task_of_any_owner
from backend.routers.parameters import TaskId, task_not_found

router = APIRouter(prefix="/api/public", tags=["public"])


@router.get("/tasks/{task_id}")
def get_public_task(task_id: TaskId, user: OptionalUser, session: DatabaseSession) -> OwnTask | SharedTask:
    """Return the whole task to its owner and the public view to others. Others get a 404 for a private task."""
    task = find_task_of_any_owner(session, task_id)
    if task is not None and user is not None and task.owner_id == user.user_id:
        return OwnTask(task=task)
    if task is not None and task.is_public:
        return SharedTask(task=task.public_view())
    raise task_not_found()
