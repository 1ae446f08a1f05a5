"""Ownership: whose a resource is, and the 403 for everybody else."""

from __future__ import annotations

from fastapi import HTTPException, status

from fastjose._fastapi.responses import forbidden_response

__all__ = ["OwnershipChecker", "require_ownership"]


def require_ownership(resource_owner_id: str, current_user_id: str) -> None:
    """Let the owner of a resource pass.

    Args:
        resource_owner_id: The id of the resource's owner.
        current_user_id: The id of the user who sent the request.

    Raises:
        HTTPException: 403 for everybody else. A resource without an owner is nobody's.
    """
    OwnershipChecker().check(resource_owner_id, current_user_id)


class OwnershipChecker:
    """Lets the owner of one kind of resource pass."""

    def __init__(self, resource_name: str = "resource", *, hide_existence: bool = False) -> None:
        """Name the kind of resource.

        Args:
            resource_name: As it stands in the answer's detail: `Not authorized to access this task`.
            hide_existence: Answer 404 (`Task not found`) instead of 403, so that nobody learns which ids exist.
        """
        self.resource_name = resource_name
        self.hide_existence = hide_existence

    def check(self, owner_id: str, user_id: str) -> None:
        """Let the owner pass.

        Args:
            owner_id: The id of the resource's owner.
            user_id: The id of the user who sent the request.

        Raises:
            HTTPException: 403, or 404 where existence is hidden, for everybody else. A resource without an owner is
                nobody's.
        """
        if not owner_id or owner_id != user_id:
            raise self._refusal()

    def _refusal(self) -> HTTPException:
        if self.hide_existence:
            detail = f"{self.resource_name[:1].upper()}{self.resource_name[1:]} not found"
            return HTTPException(status.HTTP_404_NOT_FOUND, detail)
        return forbidden_response(self.resource_name)
