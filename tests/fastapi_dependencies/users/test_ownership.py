"""Checks that a user owns a resource."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import HTTPException

from fastjose.ownership import OwnershipChecker, require_ownership


def rejection_of(check: Any, owner: Any, user: Any) -> tuple[int, str]:
    with pytest.raises(HTTPException) as raised:
        check(owner, user)
    return raised.value.status_code, raised.value.detail


def test_ownership_check_accepts_the_owner() -> None:
    require_ownership("user-1", "user-1")
    OwnershipChecker("task").check("user-1", "user-1")
    OwnershipChecker("task", hide_existence=True).check("user-1", "user-1")


def test_ownership_check_rejects_other_users() -> None:
    assert rejection_of(require_ownership, "user-1", "user-2") == (403, "Not authorized to access this resource")
    assert rejection_of(OwnershipChecker().check, "user-1", "user-2") == (403, "Not authorized to access this resource")
    assert rejection_of(OwnershipChecker("task").check, "user-1", "user-2") == (
        403,
        "Not authorized to access this task",
    )


def test_ownership_check_with_hidden_existence_responds_404() -> None:
    hidden = OwnershipChecker("task", hide_existence=True)
    assert rejection_of(hidden.check, "user-1", "user-2") == (404, "Task not found")


@pytest.mark.parametrize("owner", [None, "", 0])
def test_ownership_check_without_owner_rejects_every_user(owner: Any) -> None:
    assert rejection_of(require_ownership, owner, owner)[0] == 403


def test_ownership_check_compares_case_and_type() -> None:
    assert rejection_of(require_ownership, "User-1", "user-1")[0] == 403
    assert rejection_of(require_ownership, 1, "1")[0] == 403
