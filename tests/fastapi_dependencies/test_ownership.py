"""Whose a resource is."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import HTTPException

from fastjose.ownership import OwnershipChecker, require_ownership


def refusal(check: Any, owner: Any, user: Any) -> tuple[int, str]:
    with pytest.raises(HTTPException) as raised:
        check(owner, user)
    return raised.value.status_code, raised.value.detail


def test_the_owner_passes() -> None:
    require_ownership("user-1", "user-1")
    OwnershipChecker("task").check("user-1", "user-1")
    OwnershipChecker("task", hide_existence=True).check("user-1", "user-1")


def test_everybody_else_is_refused() -> None:
    assert refusal(require_ownership, "user-1", "user-2") == (403, "Not authorized to access this resource")
    assert refusal(OwnershipChecker().check, "user-1", "user-2") == (403, "Not authorized to access this resource")
    assert refusal(OwnershipChecker("task").check, "user-1", "user-2") == (403, "Not authorized to access this task")


def test_existence_can_be_hidden() -> None:
    hidden = OwnershipChecker("task", hide_existence=True)
    assert refusal(hidden.check, "user-1", "user-2") == (404, "Task not found")


@pytest.mark.parametrize("owner", [None, "", 0])
def test_what_nobody_owns_is_nobodys(owner: Any) -> None:
    assert refusal(require_ownership, owner, owner)[0] == 403


def test_ids_are_compared_with_case_and_type() -> None:
    assert refusal(require_ownership, "User-1", "user-1")[0] == 403
    assert refusal(require_ownership, 1, "1")[0] == 403
