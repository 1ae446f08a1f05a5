"""Repositories whose rows belong to one user, for SQLModel and for SQLAlchemy 2.

Example::

    class TaskRepository(OwnedRepository[Task]):
        pass

    Tasks = Annotated[TaskRepository, Depends(TaskRepository.dependency(get_session, UserId))]

    @app.get("/tasks")
    def list_tasks(tasks: Tasks) -> list[Task]:
        return tasks.list(order_by=Task.created_at)

SQLModel need not be installed: SQLAlchemy 2.0.24 or newer suffices.
"""

try:
    import fastapi  # noqa: F401 - the check of this module's extra
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this requires FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from fastjose._database.requirement import require_sqlalchemy, require_sqlalchemy_version

require_sqlalchemy("fastjose.sqlmodel")
require_sqlalchemy_version("fastjose.sqlmodel", (2, 0, 24))  # older ones omit criteria in the ON clause of a join

# ruff: noqa: E402 - the modules below import SQLAlchemy
from fastjose._ownership.declarations import declare_owned, declare_public
from fastjose._ownership.errors import OwnerIdError, OwnershipError
from fastjose._ownership.repositories.async_repository import AsyncOwnedRepository
from fastjose._ownership.repositories.repository import OwnedRepository

__all__ = [
    "AsyncOwnedRepository",
    "OwnedRepository",
    "OwnerIdError",
    "OwnershipError",
    "declare_owned",
    "declare_public",
]
