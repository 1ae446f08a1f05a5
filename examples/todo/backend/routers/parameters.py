"""The shared parts of the routes for a single task: the task id and the 404 response."""

from typing import Annotated

from fastapi import HTTPException, Path, status

# PostgreSQL takes no U+0000 in a text: a 422 here instead of an error there.
TaskId = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$", examples=["5f0c2f6e-2f3b-4c7e-9a55-0d7c0c8e3a11"])]


def task_not_found() -> HTTPException:
    """Return the 404 for a task that does not exist or must stay hidden from the caller."""
    return HTTPException(status.HTTP_404_NOT_FOUND, "Task not found")
