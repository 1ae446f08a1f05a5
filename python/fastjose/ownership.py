"""Ownership checks: reject a user who does not own a resource, with a 403 or a 404 response.

Example::

    @app.get("/tasks/{task_id}")
    async def read_task(task_id: int, user_id: UserId) -> Task:
        task = await find_task(task_id)
        require_ownership(task.owner_id, user_id)
        return task
"""

from __future__ import annotations

from fastapi import HTTPException, status

from fastjose._arguments import check_flag, check_text
from fastjose._fastapi.responses import to_http_exception
from fastjose._program_only import program_only
from fastjose._refusals.refusal import forbidden

__all__ = ["OwnershipChecker", "require_ownership"]

_IN_THE_ROUTE = " must be called in the route: a request must not send the ids, so it cannot be a dependency"


@program_only(f"require_ownership{_IN_THE_ROUTE}")
def require_ownership(resource_owner_id: str, current_user_id: str) -> None:
    """Raise a 403 unless the user owns the resource.

    Ids are compared exactly. If a resource has no owner, every user is rejected.

    Args:
        resource_owner_id: The id of the resource's owner.
        current_user_id: The id of the user who sent the request.

    Raises:
        HTTPException: 403 `Not authorized to access this resource`, if the ids differ or the owner's id is empty.
    """
    OwnershipChecker().check(resource_owner_id, current_user_id)


class OwnershipChecker:
    """An ownership check for one kind of resource.

    Example::

        tasks = OwnershipChecker("task", hide_existence=True)
        tasks.check(task.owner_id, user_id)  # 404 "Task not found" for any user but the owner

    Attributes:
        resource_name: The kind of resource, as it appears in the detail of the response.
        hide_existence: Whether the response is a 404.
    """

    @program_only('OwnershipChecker must be built outside the routes: call OwnershipChecker("task").check in the route')
    def __init__(self, resource_name: str = "resource", *, hide_existence: bool = False) -> None:
        """Create the check.

        Args:
            resource_name: The kind of resource, as it appears in the detail: `Not authorized to access this task`.
            hide_existence: Whether to respond with 404 (`Task not found`) in place of 403. A client then cannot find
                out which ids exist.
        """
        self.resource_name = check_text("resource_name", resource_name, "task")
        self.hide_existence = check_flag("hide_existence", hide_existence)

    @program_only(f"OwnershipChecker.check{_IN_THE_ROUTE}")
    def check(self, owner_id: str, user_id: str) -> None:
        """Raise a 403 or 404 unless the user owns the resource.

        Ids are compared exactly. If a resource has no owner, every user is rejected.

        Args:
            owner_id: The id of the resource's owner.
            user_id: The id of the user who sent the request.

        Raises:
            HTTPException: 403, or 404 with `hide_existence`, if the ids differ or the owner's id is empty.
        """
        if not owner_id or owner_id != user_id:
            raise self._error_response()

    def _error_response(self) -> HTTPException:
        """Return the 403 or 404 response."""
        if self.hide_existence:
            detail = f"{self.resource_name[:1].upper()}{self.resource_name[1:]} not found"
            return HTTPException(status.HTTP_404_NOT_FOUND, detail)
        return to_http_exception(forbidden(self.resource_name))
